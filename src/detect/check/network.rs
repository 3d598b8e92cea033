//! Addresses of the network: IPv4 (RFC 791), IPv6 (RFC 4291), MAC (IEEE 802), e-mail (RFC 5321).

use super::whole;
use std::net::Ipv6Addr;

/// Four octets without leading zeros; `0.0.0.0` and all ones name no machine.
pub(super) fn ipv4(value: &[u8]) -> Option<usize> {
    let mut octets = 0;
    let mut sum = 0_u32;
    for part in value.split(|b| *b == b'.') {
        let zero_led = part.len() > 1 && part.first() == Some(&b'0');
        let n: u8 = std::str::from_utf8(part).ok().filter(|_| !zero_led)?.parse().ok()?;
        octets += 1;
        sum += u32::from(n);
    }
    whole(value, octets == 4 && sum != 0 && sum != 4 * 255)
}

/// An address with at least three groups or a compression, neither unspecified nor loopback.
pub(super) fn ipv6(value: &[u8]) -> Option<usize> {
    let address: Ipv6Addr = std::str::from_utf8(value).ok()?.parse().ok()?;
    let groups = value.split(|b| *b == b':').filter(|g| !g.is_empty()).count();
    whole(value, groups >= 2 && !address.is_loopback() && !address.is_unspecified())
}

/// Six or eight octets; all zero and broadcast name no device.
pub(super) fn mac(value: &[u8]) -> Option<usize> {
    let mut hex = value.iter().filter(|b| b.is_ascii_hexdigit()).map(u8::to_ascii_lowercase);
    let count = hex.clone().count();
    let first = hex.next()?;
    let same = hex.all(|b| b == first) && matches!(first, b'0' | b'f');
    whole(value, matches!(count, 12 | 16) && !same)
}

/// Endings of file names that look like domains; with `@2x`-like marks before them they are pictures and packages.
const FILES: [&[u8]; 8] = [b"png", b"jpg", b"jpeg", b"gif", b"svg", b"webp", b"css", b"js"];

/// No empty or dot-ended local part, no doubled dot, labels that neither begin nor end with `-`, a known sort of ending.
pub(super) fn email(value: &[u8]) -> Option<usize> {
    let at = value.iter().rposition(|b| *b == b'@')?;
    let (local, domain) = (value.get(..at)?, value.get(at + 1..)?);
    let local_fits = !local.is_empty() && local.len() <= 64 && !local.ends_with(b".");
    let mut labels = domain.split(|b| *b == b'.');
    let labels_fit =
        domain.len() <= 253 && labels.all(|l| !l.is_empty() && l.len() < 64 && !l.starts_with(b"-") && !l.ends_with(b"-"));
    let ending = domain.rsplit(|b| *b == b'.').next()?.to_ascii_lowercase();
    whole(value, local_fits && labels_fit && !FILES.contains(&ending.as_slice()))
}
