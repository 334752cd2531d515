//! Ranges of bytes (RFC 9110 section 14).

/// What part of `size` bytes a request wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Range {
    /// All of it: no range was asked for, or one that isn't understood, or several at once.
    Whole,
    /// From the first byte up to, not including, the second.
    Part(u64, u64),
    /// Nothing that is there.
    Unsatisfiable,
}

impl Range {
    /// Reads a `Range` header for `size` bytes.
    pub fn parse(header: Option<&str>, size: u64) -> Range {
        let Some((unit, range)) = header.and_then(|header| header.split_once('=')) else { return Range::Whole };
        let Some((first, last)) = range.trim().split_once('-').filter(|_| unit.trim().eq_ignore_ascii_case("bytes"))
        else {
            return Range::Whole;
        };
        match (number(first), number(last)) {
            (Some(first), Some(last)) if first > last => Range::Whole,
            (Some(first), _) if first >= size && is_number_or_nothing(last) => Range::Unsatisfiable,
            (Some(first), Some(last)) => Range::Part(first, size.min(last.saturating_add(1))),
            (Some(first), None) if last.is_empty() => Range::Part(first, size),
            (None, Some(0)) if first.is_empty() => Range::Unsatisfiable,
            (None, Some(count)) if first.is_empty() && size > 0 => Range::Part(size.saturating_sub(count), size),
            (None, Some(_)) if first.is_empty() => Range::Unsatisfiable,
            _ => Range::Whole,
        }
    }
}

fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}

fn is_number_or_nothing(text: &str) -> bool {
    text.is_empty() || number(text).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_a_part_of_what_is_there() {
        for (header, range) in [
            ("bytes=0-0", Range::Part(0, 1)),
            ("bytes=0-9", Range::Part(0, 10)),
            ("bytes=5-", Range::Part(5, 10)),
            ("bytes=5-99", Range::Part(5, 10)),
            ("bytes=9-9", Range::Part(9, 10)),
            ("bytes=-3", Range::Part(7, 10)),
            ("bytes=-99", Range::Part(0, 10)),
            ("Bytes=1-2", Range::Part(1, 3)),
            ("bytes=1-99999999999999999999999", Range::Part(1, 10)),
        ] {
            assert_eq!(Range::parse(Some(header), 10), range, "{header}");
        }
    }

    #[test]
    fn what_is_not_there_can_not_be_had() {
        for header in ["bytes=10-", "bytes=10-11", "bytes=-0", "bytes=99999999999999999999999-"] {
            assert_eq!(Range::parse(Some(header), 10), Range::Unsatisfiable, "{header}");
        }
        assert_eq!(Range::parse(Some("bytes=0-"), 0), Range::Unsatisfiable);
        assert_eq!(Range::parse(Some("bytes=-1"), 0), Range::Unsatisfiable);
    }

    #[test]
    fn what_is_not_understood_is_not_asked_for() {
        for header in [
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=a-b",
            "bytes=0-1,3-4",
            "items=0-1",
            "bytes=5-4",
            "bytes=1 -2",
            "bytes=0x1-2",
            "bytes=10-x",
            "bytes=+1-2",
        ] {
            assert_eq!(Range::parse(Some(header), 10), Range::Whole, "{header:?}");
        }
        assert_eq!(Range::parse(None, 10), Range::Whole);
    }
}
