//! Conditional requests (RFC 9110 section 13).

/// Whether `if_match` allows a change of what has the entity tag `current`: it is absent, `*`, or lists it. Weak tags never match.
pub fn allows_change(if_match: Option<&str>, current: &str) -> bool {
    if_match.is_none_or(|listed| tags(listed).any(|tag| tag == "*" || tag == current))
}

/// Whether `if_match` asks for a certain state of what is changed, and not only that it is there.
pub fn names_a_state(if_match: Option<&str>) -> bool {
    if_match.is_some_and(|listed| tags(listed).all(|tag| tag != "*"))
}

/// Whether `if_none_match` says that the client has what has the entity tag `current`.
pub fn is_known(if_none_match: Option<&str>, current: &str) -> bool {
    if_none_match
        .is_some_and(|listed| tags(listed).any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == current))
}

fn tags(listed: &str) -> impl Iterator<Item = &str> {
    listed.split(',').map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_needs_the_current_tag_or_none() {
        for allowed in [None, Some("*"), Some("\"r2\""), Some("\"r1\", \"r2\"")] {
            assert!(allows_change(allowed, "\"r2\""), "{allowed:?}");
        }
        for refused in ["\"r1\"", "r2", "W/\"r2\"", "", "\"r22\"", "\"r1\",\"r3\""] {
            assert!(!allows_change(Some(refused), "\"r2\""), "{refused}");
        }
    }

    #[test]
    fn a_star_names_no_state() {
        for (if_match, names) in [(None, false), (Some("*"), false), (Some("\"r2\""), true), (Some("\"r1\", *"), false)]
        {
            assert_eq!(names_a_state(if_match), names, "{if_match:?}");
        }
    }

    #[test]
    fn what_is_known_is_not_sent_again() {
        for known in ["*", "\"a\"", "W/\"a\"", "\"b\", \"a\""] {
            assert!(is_known(Some(known), "\"a\""), "{known}");
        }
        for unknown in [None, Some("\"b\""), Some("a"), Some("")] {
            assert!(!is_known(unknown, "\"a\""), "{unknown:?}");
        }
    }
}
