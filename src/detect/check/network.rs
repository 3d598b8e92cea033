//! Addresses of the network: IPv4 (RFC 791), IPv6 (RFC 4291), MAC (IEEE 802), e-mail (RFC 5321).

use super::whole;
use std::net::{IpAddr, Ipv6Addr};

/// Where an address ends, and the length of the prefix behind it (`/24`, RFC 4632).
fn prefix(value: &[u8]) -> Option<(usize, Option<u8>)> {
    let Some(at) = value.iter().position(|b| *b == b'/') else { return Some((value.len(), None)) };
    let length = std::str::from_utf8(value.get(at + 1..)?).ok()?.parse().ok()?;
    Some((at, Some(length)))
}

/// Four octets without leading zeros; `0.0.0.0` and all ones name no machine. A prefix has up to 32 bits.
pub(super) fn ipv4(value: &[u8]) -> Option<usize> {
    let (end, _) = prefix(value).filter(|(_, bits)| bits.is_none_or(|bits| bits <= 32))?;
    let mut octets = 0;
    let mut sum = 0_u32;
    for part in value.get(..end)?.split(|b| *b == b'.') {
        let zero_led = part.len() > 1 && part.first() == Some(&b'0');
        let n: u8 = std::str::from_utf8(part).ok().filter(|_| !zero_led)?.parse().ok()?;
        octets += 1;
        sum += u32::from(n);
    }
    whole(value, octets == 4 && sum != 0 && sum != 4 * 255)
}

/// An address of at least two groups or with a prefix of up to 128 bits, neither unspecified nor loopback; a zone may follow
/// (RFC 4007). The full stop or colon of a sentence behind it is cut off.
pub(super) fn ipv6(value: &[u8]) -> Option<usize> {
    let (end, bits) = prefix(value).filter(|(_, bits)| bits.is_none_or(|bits| bits <= 128))?;
    let zoned = value.get(..end)?;
    let plain = zoned.iter().position(|b| *b == b'%').and_then(|at| zoned.get(..at)).unwrap_or(zoned);
    let stop = plain.ends_with(b".") || plain.ends_with(b":") && !plain.ends_with(b"::");
    let text = plain.get(..plain.len() - usize::from(stop))?;
    let address: Ipv6Addr = std::str::from_utf8(text).ok()?.parse().ok()?;
    let groups = text.split(|b| *b == b':').filter(|g| !g.is_empty()).count();
    let named = (groups >= 2 || groups == 1 && bits.is_some()) && !address.is_loopback() && !address.is_unspecified();
    let length = if stop && plain.len() == value.len() { text.len() } else { value.len() };
    named.then_some(length)
}

/// What [`ipv4`] and [`ipv6`] leave out: unspecified, loopback of version 6, broadcast.
pub(super) fn ip_reserved(value: &[u8]) -> Option<usize> {
    let (end, bits) = prefix(value)?;
    let address: IpAddr = std::str::from_utf8(value.get(..end)?).ok()?.parse().ok()?;
    let (reserved, most) = match address {
        IpAddr::V4(address) => (address.is_unspecified() || address.is_broadcast(), 32),
        IpAddr::V6(address) => (address.is_unspecified() || address.is_loopback(), 128),
    };
    whole(value, reserved && bits.is_none_or(|bits| bits <= most))
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
