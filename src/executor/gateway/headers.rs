//! Which of a guest's headers leave; which of an answer's come back is for the glue in its isolate to say (js/isolate/outbound.js).

/// Headers of one connection (RFC 9110 section 7.6.1), and those that the host writes itself.
const HOP_BY_HOP: [&str; 13] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
];

/// Prefixes of what only the platform, or the network around it, may say.
const OURS: [&str; 4] = ["cf-", "x-forwarded-", "x-hashi-", "sec-"];

/// More of the same, without a prefix.
const OURS_ALONE: [&str; 4] = ["cdn-loop", "forwarded", "true-client-ip", "x-real-ip"];

/// What of a guest's headers goes out, names in lower case: none of one connection, none that `connection` names, none of ours.
///
/// What a guest sends of its own accord to prove who it is (`authorization`, `cookie`) goes to the server that it names, and no further: see
/// [`without_credentials`]. Nothing that a caller sent to Hashi is ever among a guest's headers unless the guest puts it there.
pub fn outgoing(given: &[(String, String)]) -> Vec<(String, String)> {
    let named: Vec<String> = given
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("connection"))
        .flat_map(|(_, value)| value.split(','))
        .map(|name| name.trim().to_ascii_lowercase())
        .collect();
    let lower = given.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone()));
    lower.filter(|(name, _)| !ours(name) && !HOP_BY_HOP.contains(&name.as_str()) && !named.contains(name)).collect()
}

fn ours(name: &str) -> bool {
    OURS.iter().any(|prefix| name.starts_with(prefix)) || OURS_ALONE.contains(&name)
}

/// Takes out what proves to one origin who asks, before another one is asked.
pub fn without_credentials(headers: &mut Vec<(String, String)>) {
    headers.retain(|(name, _)| !matches!(name.as_str(), "authorization" | "cookie" | "apikey" | "x-api-key"));
}

/// Takes out what describes a body that is no longer sent.
pub fn without_body(headers: &mut Vec<(String, String)>) {
    headers.retain(|(name, _)| {
        !matches!(name.as_str(), "content-encoding" | "content-language" | "content-location" | "content-type")
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(names: &[&str]) -> Vec<(String, String)> {
        names.iter().map(|name| (name.to_string(), "v".to_owned())).collect()
    }

    fn names(headers: &[(String, String)]) -> Vec<&str> {
        headers.iter().map(|(name, _)| name.as_str()).collect()
    }

    #[test]
    fn what_is_the_connections_or_ours_stays() {
        let headers = given(&[
            "Accept",
            "Host",
            "Connection",
            "Transfer-Encoding",
            "TE",
            "Upgrade",
            "Proxy-Authorization",
            "Content-Length",
            "CF-Worker",
            "cf-connecting-ip",
            "X-Forwarded-For",
            "X-Real-IP",
            "X-Hashi-Function",
            "CDN-Loop",
            "Sec-Fetch-Site",
            "Expect",
            "Keep-Alive",
            "Proxy-Authenticate",
            "Proxy-Connection",
            "Trailer",
            "Via",
            "Forwarded",
            "True-Client-IP",
            "Authorization",
            "X-Custom",
        ]);
        assert_eq!(names(&outgoing(&headers)), ["accept", "authorization", "x-custom"]);
    }

    #[test]
    fn what_proves_who_asks_or_describes_a_body_is_taken_out() {
        let mut headers = given(&["accept", "authorization", "cookie", "apikey", "x-api-key", "x-api-keys"]);
        without_credentials(&mut headers);
        assert_eq!(names(&headers), ["accept", "x-api-keys"]);
        let mut headers =
            given(&["accept", "content-encoding", "content-language", "content-location", "content-type"]);
        without_body(&mut headers);
        assert_eq!(names(&headers), ["accept"]);
    }

    #[test]
    fn connection_names_more_of_its_own() {
        let mut headers = given(&["x-one", "x-two", "x-three"]);
        headers.push(("Connection".into(), "close, X-One,x-two".into()));
        assert_eq!(names(&outgoing(&headers)), ["x-three"]);
    }
}
