//! Percent-encoding, as a browser's `URL` and `URLSearchParams` do it.

const HEX: &[u8; 16] = b"0123456789ABCDEF";

fn percent(out: &mut String, byte: u8) {
    out.push('%');
    out.push(char::from(HEX[usize::from(byte >> 4)]));
    out.push(char::from(HEX[usize::from(byte & 15)]));
}

/// Appends `text` as `application/x-www-form-urlencoded` (WHATWG URL, section 5.2): a space becomes `+`.
pub(crate) fn form(out: &mut String, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'*' | b'-' | b'.' | b'_' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            _ => percent(out, byte),
        }
    }
}

/// Appends `name` as exactly one path segment.
///
/// A name that needs no escaping comes out as `URL` would write it. The characters by which a name could leave its
/// segment (`/`, `\`, `?`, `#`, `%`) are escaped too, where supabase-js lets them through. Three names can't be a
/// segment at all, because URL parsers drop `.`, `..` and nothing: they become names that no relation has.
pub(super) fn segment(out: &mut String, name: &str) {
    match name {
        "" => out.push_str("%20"),
        "." => out.push_str("%252E"),
        ".." => out.push_str("%252E%252E"),
        _ => {
            for byte in name.bytes() {
                match byte {
                    b'"' | b'#' | b'<' | b'>' | b'?' | b'^' | b'`' | b'{' | b'}' | b'/' | b'\\' | b'%' => {
                        percent(out, byte);
                    }
                    0x21..=0x7e => out.push(char::from(byte)),
                    _ => percent(out, byte),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn formed(text: &str) -> String {
        let mut out = String::new();
        form(&mut out, text);
        out
    }

    fn segmented(name: &str) -> String {
        let mut out = String::new();
        segment(&mut out, name);
        out
    }

    #[test]
    fn a_query_value_is_written_as_url_search_params_writes_it() {
        assert_eq!(formed("x y&%+(),\"é*~'!"), "x+y%26%25%2B%28%29%2C%22%C3%A9*%7E%27%21");
        assert_eq!(formed("\u{1F30A}\n\0"), "%F0%9F%8C%8A%0A%00");
    }

    #[test]
    fn a_relation_name_never_leaves_its_path_segment() {
        assert_eq!(segmented("books"), "books");
        assert_eq!(segmented("本 ü"), "%E6%9C%AC%20%C3%BC");
        assert_eq!(segmented("../auth?x=1#y%2F\\"), "..%2Fauth%3Fx=1%23y%252F%5C");
        assert_eq!(segmented(".."), "%252E%252E");
        assert_eq!(segmented("."), "%252E");
        assert_eq!(segmented(""), "%20");
    }
}
