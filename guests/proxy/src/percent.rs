/// What a value of a query stands for; `None` if it is not UTF-8 or a `%` isn't followed by two hexadecimal digits.
pub fn decode(value: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => digit(rest.next()?)? * 16 + digit(rest.next()?)?,
            b'+' => b' ',
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|digit| digit as u8)
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn values_are_decoded_or_not_at_all() {
        assert_eq!(decode("https%3A%2f%2Fa.example/b+c").as_deref(), Some("https://a.example/b c"));
        assert_eq!(decode("%e6%a9%8b").as_deref(), Some("橋"));
        for broken in ["%", "%4", "%zz", "%ff"] {
            assert_eq!(decode(broken), None, "{broken}");
        }
    }
}
