//! Points in time, as a query writes them: checked here, computed with in Postgres.

/// The text as Postgres gets it, if it is a date (`2018-02-06`, midnight UTC) or a date and time with its offset after RFC 3339
/// (`2018-02-06T12:30:00Z`, `…+09:00`).
pub fn parse(text: &str) -> Option<String> {
    let date = text.get(..10)?;
    is_date(date).then_some(())?;
    let rest = &text[10..];
    if rest.is_empty() {
        return Some(format!("{date}T00:00:00Z"));
    }
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let clock = rest.get(..8)?;
    is_clock(clock).then_some(())?;
    let rest = &rest[8..];
    let digits = match rest.strip_prefix('.') {
        Some(fraction) => fraction.bytes().take_while(u8::is_ascii_digit).count(),
        None => 0,
    };
    if rest.starts_with('.') && !(1..=9).contains(&digits) {
        return None;
    }
    let offset = if rest.starts_with('.') { &rest[1 + digits..] } else { rest };
    let valid = matches!(offset, "Z" | "z") || is_offset(offset);
    let fraction = if digits == 0 { "" } else { &rest[..1 + digits] };
    valid.then(|| format!("{date}T{clock}{fraction}{}", offset.to_ascii_uppercase()))
}

/// The instant that a text of [`parse`] names, for comparing: seconds, and nanoseconds after them.
pub fn instant(text: &str) -> (i64, u32) {
    let part = |from: usize, to: usize| i64::from(number(text.get(from..to).unwrap_or_default()));
    let (year, month, day) = (part(0, 4), part(5, 7), part(8, 10));
    // Days from 1 March of year 0 of the Gregorian calendar: a leap day is a year's last then.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day;
    let seconds = ((days * 24 + part(11, 13)) * 60 + part(14, 16)) * 60 + part(17, 19);
    let rest = text.get(19..).unwrap_or_default();
    let (fraction, offset) = rest.split_at(rest.find(['Z', '+', '-']).unwrap_or(rest.len()));
    let nanoseconds = number(&format!("{:0<9}", fraction.strip_prefix('.').unwrap_or_default()));
    let east = if offset.len() == 6 {
        let minutes = i64::from(number(&offset[1..3]) * 60 + number(&offset[4..]));
        if offset.starts_with('-') { -minutes } else { minutes }
    } else {
        0
    };
    (seconds - east * 60, nanoseconds)
}

/// `shape` has a digit where the text must have one, and the character itself elsewhere.
fn numbers(text: &str, shape: &str) -> bool {
    text.len() == shape.len()
        && text
            .bytes()
            .zip(shape.bytes())
            .all(|(byte, wanted)| if wanted == b'0' { byte.is_ascii_digit() } else { byte == wanted })
}

fn number(text: &str) -> u32 {
    text.parse().unwrap_or(u32::MAX)
}

fn is_date(text: &str) -> bool {
    if !numbers(text, "0000-00-00") {
        return false;
    }
    let (year, month, day) = (number(&text[..4]), number(&text[5..7]), number(&text[8..]));
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u32::from(leap),
        _ => return false,
    };
    // Postgres has no year 0.
    year > 0 && (1..=days).contains(&day)
}

fn is_clock(text: &str) -> bool {
    numbers(text, "00:00:00") && number(&text[..2]) < 24 && number(&text[3..5]) < 60 && number(&text[6..]) < 60
}

fn is_offset(text: &str) -> bool {
    // Postgres takes offsets up to 15:59.
    (numbers(text, "+00:00") || numbers(text, "-00:00")) && number(&text[1..3]) < 16 && number(&text[4..]) < 60
}

#[cfg(test)]
mod tests {
    use super::{instant, parse};

    #[test]
    fn instants_are_in_order_whatever_their_offsets() {
        let at = |text: &str| instant(&parse(text).expect(text));
        let ascending = [
            "1999-12-31T23:59:59Z",
            "2000-01-01",
            "2000-02-29T00:00:00+00:01",
            "2000-02-29",
            "2000-02-29T00:00:00.5Z",
            "2000-02-29T00:00:00.50000001Z",
            "2000-02-29T00:00:01Z",
            "2000-02-29T23:59:59-01:00",
            "2000-03-01T01:00:00Z",
            "2001-01-01T00:00:00Z",
        ];
        assert!(ascending.is_sorted_by(|earlier, later| at(earlier) < at(later)));
        assert_eq!(at("2018-02-06T09:00:00+09:00"), at("2018-02-06"));
        assert_eq!(at("2018-02-05T14:30:00-09:30"), at("2018-02-06T00:00:00.000Z"));
        assert_eq!(at("2018-03-01").0 - at("2018-02-28").0, 86_400);
        assert_eq!(at("2016-03-01").0 - at("2016-02-28").0, 2 * 86_400);
    }

    #[test]
    fn dates_and_times_with_offsets_are_taken() {
        for (text, wanted) in [
            ("2018-02-06", "2018-02-06T00:00:00Z"),
            ("2018-02-06T12:30:00Z", "2018-02-06T12:30:00Z"),
            ("2018-02-06t12:30:00.123456z", "2018-02-06T12:30:00.123456Z"),
            ("2018-02-06T12:30:00+09:00", "2018-02-06T12:30:00+09:00"),
            ("2018-02-06 12:30:00.5-03:30", "2018-02-06T12:30:00.5-03:30"),
            ("2020-02-29", "2020-02-29T00:00:00Z"),
        ] {
            assert_eq!(parse(text).as_deref(), Some(wanted), "{text}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for text in [
            "",
            "now",
            "2018",
            "2018-2-6",
            "2018-02-30",
            "2019-02-29",
            "1900-02-29",
            "0000-01-01",
            "2018-13-01",
            "2018-00-01",
            "2018-01-00",
            "2018-02-06T12:30:00",
            "2018-02-06T12:30Z",
            "2018-02-06T24:00:00Z",
            "2018-02-06T12:60:00Z",
            "2018-02-06T12:30:60Z",
            "2018-02-06T12:30:00.Z",
            "2018-02-06T12:30:00.1234567890Z",
            "2018-02-06T12:30:00+0900",
            "2018-02-06T12:30:00+16:00",
            "2018-02-06T12:30:00 09:00",
            "2018-02-06,x",
            "2018-02-06T12:30:00Z)",
            "２018-02-06",
            "+018-02-06",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
