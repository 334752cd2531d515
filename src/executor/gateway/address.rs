//! What no guest may reach, whatever its function allows: addresses and names that lead inside.
//!
//! A name that is allowed and resolves to such an address is the network's to refuse: a Worker doesn't resolve names itself, and workerd's network
//! service connects to public addresses only.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::host::Host;

/// Names of metadata services outside the reserved domains.
const METADATA: [&str; 6] = [
    "metadata.goog",
    "metadata.cloud.ibm.com",
    "metadata.azure.com",
    "metadata.tencentyun.com",
    "metadata.packet.net",
    "metadata.platformequinix.com",
];

/// Domains that name this machine or this network (RFC 6761, 6762, 8375; ICANN's `internal`).
const INSIDE: [&str; 5] = ["localhost", "local", "internal", "home.arpa", "localdomain"];

/// Ranges of IPv4 that aren't public (IANA's special-purpose registry), each with its prefix length and what it is.
const RESERVED: [(u32, u32, &str); 16] = [
    (0x0000_0000, 8, "unspecified"),
    (0x0a00_0000, 8, "private"),
    (0x6440_0000, 10, "carrier-grade NAT"),
    (0x7f00_0000, 8, "loopback"),
    (0xa83f_8110, 32, "metadata"),
    (0xa9fe_0000, 16, "link-local"),
    (0xac10_0000, 12, "private"),
    (0xc000_0000, 24, "reserved"),
    (0xc000_0200, 24, "documentation"),
    (0xc058_6300, 24, "reserved"),
    (0xc0a8_0000, 16, "private"),
    (0xc612_0000, 15, "benchmarking"),
    (0xc633_6400, 24, "documentation"),
    (0xcb00_7100, 24, "documentation"),
    (0xe000_0000, 4, "multicast"),
    (0xf000_0000, 4, "reserved"),
];

/// What of ours or of this network `host` is; `None` if it may be public.
pub fn inside(host: &Host) -> Option<&'static str> {
    match host {
        Host::V4(address) => inside_v4(*address),
        Host::V6(address) => inside_v6(*address),
        Host::Name(name) => inside_name(name),
    }
}

fn inside_name(name: &str) -> Option<&'static str> {
    let below = |domain: &str| name == domain || name.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
    if METADATA.iter().any(|known| below(known)) {
        return Some("metadata");
    }
    // Without a dot it is completed by the network that it is asked in.
    (!name.contains('.') || INSIDE.iter().any(|domain| below(domain))).then_some("local")
}

fn inside_v4(address: Ipv4Addr) -> Option<&'static str> {
    let bits = u32::from(address);
    RESERVED.iter().find(|(network, length, _)| (bits ^ network) >> (32 - length) == 0).map(|(_, _, what)| *what)
}

fn inside_v6(address: Ipv6Addr) -> Option<&'static str> {
    let parts = address.segments();
    let v4 = |high: u16, low: u16| inside_v4(Ipv4Addr::from(u32::from(high) << 16 | u32::from(low)));
    match parts {
        [0, 0, 0, 0, 0, 0, 0, 0] => Some("unspecified"),
        [0, 0, 0, 0, 0, 0, 0, 1] => Some("loopback"),
        // Mapped (RFC 4291), and translated (RFC 6052): whatever the IPv4 address in it is.
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => v4(high, low),
        // 6to4 (RFC 3056): the router behind it.
        [0x2002, high, low, ..] => v4(high, low),
        // Protocol assignments, Teredo among them, and documentation.
        [0x2001, 0..=0x1ff, ..] => Some("reserved"),
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => Some("documentation"),
        [0xfc00..=0xfdff, ..] => Some("unique-local"),
        [0xfe80..=0xfebf, ..] => Some("link-local"),
        [0xff00..=0xffff, ..] => Some("multicast"),
        // All that is handed out to networks so far (RFC 4291); compatible addresses and the rest of IPv6 lie outside.
        [0x2000..=0x3fff, ..] => None,
        _ => Some("reserved"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn what(host: &str) -> Option<&'static str> {
        inside(&Host::parse(host).expect(host))
    }

    #[test]
    fn each_range_of_ipv4_is_blocked_to_its_edges_and_no_further() {
        for (first, last, kind) in [
            ("0.0.0.0", "0.255.255.255", "unspecified"),
            ("10.0.0.0", "10.255.255.255", "private"),
            ("100.64.0.0", "100.127.255.255", "carrier-grade NAT"),
            ("127.0.0.0", "127.255.255.255", "loopback"),
            ("168.63.129.16", "168.63.129.16", "metadata"),
            ("169.254.0.0", "169.254.255.255", "link-local"),
            ("172.16.0.0", "172.31.255.255", "private"),
            ("192.0.0.0", "192.0.0.255", "reserved"),
            ("192.0.2.0", "192.0.2.255", "documentation"),
            ("192.88.99.0", "192.88.99.255", "reserved"),
            ("192.168.0.0", "192.168.255.255", "private"),
            ("198.18.0.0", "198.19.255.255", "benchmarking"),
            ("198.51.100.0", "198.51.100.255", "documentation"),
            ("203.0.113.0", "203.0.113.255", "documentation"),
            ("224.0.0.0", "239.255.255.255", "multicast"),
            ("240.0.0.0", "255.255.255.255", "reserved"),
        ] {
            assert_eq!((what(first), what(last)), (Some(kind), Some(kind)), "{first}");
        }
        for outside in [
            "1.0.0.0",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "168.63.129.15",
            "168.63.129.17",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "191.255.255.255",
            "192.0.1.0",
            "192.0.3.0",
            "192.88.98.255",
            "192.88.100.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "198.51.99.255",
            "198.51.101.0",
            "203.0.112.255",
            "203.0.114.0",
            "223.255.255.255",
        ] {
            assert_eq!(what(outside), None, "{outside}");
        }
    }

    #[test]
    fn ipv6_is_blocked_unless_it_is_global() {
        for (host, kind) in [
            ("[::]", "unspecified"),
            ("[::1]", "loopback"),
            ("[::ffff:127.0.0.1]", "loopback"),
            ("[::ffff:7f00:1]", "loopback"),
            ("[::ffff:169.254.169.254]", "link-local"),
            ("[::127.0.0.1]", "reserved"),
            ("[::8.8.8.8]", "reserved"),
            ("[64:ff9b::10.0.0.1]", "private"),
            ("[64:ff9b:1::1]", "reserved"),
            ("[100::1]", "reserved"),
            ("[2002:7f00:1::1]", "loopback"),
            ("[2001::1]", "reserved"),
            ("[2001:db8::1]", "documentation"),
            ("[3fff::1]", "documentation"),
            ("[fc00::1]", "unique-local"),
            ("[fdff:ffff::1]", "unique-local"),
            ("[fd00:ec2::254]", "unique-local"),
            ("[fe80::1]", "link-local"),
            ("[febf::1]", "link-local"),
            ("[fec0::1]", "reserved"),
            ("[ff02::1]", "multicast"),
            ("[4000::1]", "reserved"),
        ] {
            assert_eq!(what(host), Some(kind), "{host}");
        }
        for outside in [
            "[2606:4700::1111]",
            "[2001:4860:4860::8888]",
            "[2001:200::1]",
            "[2a00::1]",
            "[::ffff:8.8.8.8]",
            "[64:ff9b::8.8.8.8]",
            "[2002:808:808::1]",
            "[3ffe::1]",
        ] {
            assert_eq!(what(outside), None, "{outside}");
        }
    }

    #[test]
    fn names_that_lead_inside_are_blocked_and_their_neighbours_are_not() {
        for name in [
            "localhost",
            "LOCALHOST.",
            "a.localhost",
            "printer.local",
            "metadata.google.internal",
            "instance-data",
            "metadata",
            "router.home.arpa",
            "kubernetes",
            "x.localdomain",
            "metadata.goog",
            "Metadata.Azure.com",
            "a.metadata.tencentyun.com",
            "metadata.packet.net",
            "metadata.platformequinix.com",
            "api.metadata.cloud.ibm.com",
            "%6cocalhost",
        ] {
            assert!(what(name).is_some(), "{name}");
        }
        for name in [
            "localhost.example",
            "example.com",
            "mylocalhost.com",
            "notinternal.com",
            "local.example",
            "xmetadata.goog",
        ] {
            assert_eq!(what(name), None, "{name}");
        }
    }
}
