//! Which export a call runs.

use crate::functions::Function;
use crate::functions::module::Prepared;

/// The export that answers HTTP requests, and its type in the world `http-handler` (wit/worlds.wit).
const HANDLE: (&str, &str) = ("handle", "func(request: request) -> result<response, string>");

/// The export that is started, of the world `edge-worker`.
const RUN: &str = "run";

/// The export of a call that names none: the function's entrypoint, or `run` where the module has that and not the entrypoint.
pub fn default_export<'f>(function: &'f Function, prepared: &Prepared) -> &'f str {
    let has = |name: &str| prepared.exports.iter().any(|export| export.name == name);
    if !has(&function.entrypoint) && has(RUN) { RUN } else { &function.entrypoint }
}

/// Whether the module answers HTTP requests.
pub fn answers_http(prepared: &Prepared) -> bool {
    prepared.exports.iter().any(|export| (&*export.name, &*export.signature) == HANDLE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::ArtifactHash;
    use crate::functions::module::Export;
    use crate::functions::tests::function;

    fn prepared(exports: &[(&str, &str)]) -> Prepared {
        let export = |(name, signature): &(&str, &str)| Export { name: (*name).into(), signature: (*signature).into() };
        let bundle = ArtifactHash::parse(&"0".repeat(64)).expect("a hash");
        Prepared { prepare: 1, exports: exports.iter().map(export).collect(), bundle }
    }

    #[test]
    fn a_call_without_a_name_runs_the_entrypoint_or_what_a_worker_runs() {
        let function = function("f");
        let (start, run) = (("_start", "func()"), (RUN, "func() -> result<_, string>"));
        assert_eq!(default_export(&function, &prepared(&[start, run])), "_start");
        assert_eq!(default_export(&function, &prepared(&[run])), "run");
        assert_eq!(default_export(&function, &prepared(&[])), "_start");
        let own = Function { entrypoint: "go".into(), ..function };
        assert_eq!(default_export(&own, &prepared(&[("go", "func()"), run])), "go");
    }

    #[test]
    fn only_what_has_the_type_of_a_handler_is_one() {
        assert!(answers_http(&prepared(&[HANDLE])));
        assert!(!answers_http(&prepared(&[("handle", "func(n: u32) -> u32")])));
        assert!(!answers_http(&prepared(&[("run", HANDLE.1)])));
    }
}
