//! What a call came to, as the glue in the function's isolate tells it in the header `x-hashi-outcome` (js/isolate/serve.js).

/// What a call came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome<'t> {
    /// The code of a failure, if it is one.
    pub failure: Option<&'t str>,
    /// Of a trap: which.
    pub kind: Option<&'t str>,
    /// The fuel that was used.
    pub fuel: u64,
    /// The bytes of memory that the guest had in the end.
    pub memory: u64,
    /// Whether the isolate had served a call before.
    pub warm: bool,
    /// Whether the instance was `fresh` or `restored`; `none` where there was none.
    pub instance: &'static str,
    /// Of a success: the bytes of the answer's body, or of the value's JSON text.
    pub returned: Option<u64>,
}

impl<'t> Outcome<'t> {
    /// Reads `ok 1234 65536 warm restored 57`, or `trap:unreachable 1234 65536 warm none`: a code and its kind in the place of `ok`, and nothing returned.
    pub fn parse(line: &'t str) -> Option<Outcome<'t>> {
        let mut words = line.split(' ');
        let state = words.next()?;
        let (code, kind) = match state.split_once(':') {
            Some((code, kind)) => (code, Some(kind)),
            None => (state, None),
        };
        Some(Outcome {
            failure: (code != "ok").then_some(code),
            kind,
            fuel: words.next()?.parse().ok()?,
            memory: words.next()?.parse().ok()?,
            warm: words.next()? == "warm",
            instance: match words.next()? {
                "fresh" => "fresh",
                "restored" => "restored",
                _ => "none",
            },
            returned: match (code, words.next()) {
                ("ok", bytes) => Some(bytes?.parse().ok()?),
                _ => None,
            },
        })
    }

    /// How much of the way was gone before: `Server-Timing`'s (<https://www.w3.org/TR/server-timing/>) descriptions of isolate and instance.
    pub fn server_timing(&self) -> &'static str {
        match (self.warm, self.instance) {
            (true, "restored") => "isolate;desc=warm, instance;desc=restored",
            (true, "fresh") => "isolate;desc=warm, instance;desc=fresh",
            (true, _) => "isolate;desc=warm",
            (false, "fresh") => "isolate;desc=cold, instance;desc=fresh",
            (false, _) => "isolate;desc=cold",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_is_read() {
        let ok = Outcome::parse("ok 1234 65536 warm restored 57").expect("an outcome");
        assert_eq!((ok.failure, ok.fuel, ok.memory, ok.warm, ok.instance), (None, 1234, 65536, true, "restored"));
        assert_eq!(ok.returned, Some(57));
        assert_eq!(ok.server_timing(), "isolate;desc=warm, instance;desc=restored");
        let trap = Outcome::parse("trap:unreachable 9 0 cold none").expect("an outcome");
        assert_eq!(
            (trap.failure, trap.kind, trap.warm, trap.instance),
            (Some("trap"), Some("unreachable"), false, "none")
        );
        assert_eq!(trap.returned, None);
        for wrong in
            ["", "ok", "ok 1 2", "ok -1 0 warm fresh", "ok 1 x warm fresh", "ok 1 2 warm fresh", "ok 1 2 warm fresh x"]
        {
            assert_eq!(Outcome::parse(wrong), None, "{wrong}");
        }
    }
}
