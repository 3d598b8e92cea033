//! Made-up addresses of machines, out of the blocks that are kept for examples.

use super::draw::{Draw, Source};
use super::names;
use super::person::{Part, person};

/// Kept for examples by RFC 2606.
const DOMAINS: &[&str] = &["example.com", "example.org", "example.net"];

/// Kept for examples by RFC 5737.
const NETS: &[&str] = &["192.0.2", "198.51.100", "203.0.113"];

/// Schemes that stay; another may tell something.
const SCHEMES: &[&str] = &["http", "https", "ftp", "sftp", "ftps", "ws", "wss", "HTTP", "HTTPS"];

/// What parts the words of a user name.
const SEPARATORS: [char; 3] = ['.', '_', '-'];

/// A text in the case of another: all capitals where that has no small letter.
pub(super) fn cased(text: String, like: &str) -> String {
    let shouts = like.chars().any(char::is_uppercase) && !like.chars().any(char::is_lowercase);
    if shouts { text.to_uppercase() } else { text }
}

/// A user name whose words are those that the same words of a person's name become, and a number.
pub(super) fn username(value: &str, source: Source<'_>, draw: &mut Draw) -> Option<String> {
    let body = value.strip_prefix('@').unwrap_or(value);
    let parted = body.chars().find(|c| SEPARATORS.contains(c)).unwrap_or('.');
    let latin = |c: char| if c.is_ascii_alphabetic() { Some(c) } else { SEPARATORS.contains(&c).then_some(' ') };
    let words: String = body.chars().filter_map(latin).collect();
    let words = if words.trim().is_empty() { draw.of(names::GIVEN)?.to_owned() } else { words };
    let named = person(&words, Part::Full, source)?.to_lowercase();
    let named = named.split_whitespace().collect::<Vec<_>>().join(parted.encode_utf8(&mut [0; 4]));
    let at = if body.len() < value.len() { "@" } else { "" };
    Some(cased(format!("{at}{named}{}", 1000 + draw.below(9000)), value))
}

/// An address at an example's domain.
pub(super) fn email(value: &str, source: Source<'_>, draw: &mut Draw) -> Option<String> {
    let (local, _) = value.rsplit_once('@').unwrap_or((value, ""));
    let local = username(local.trim_start_matches('@'), source, draw)?;
    Some(cased(format!("{local}@{}", draw.of(DOMAINS)?), value))
}

/// A host under an example's domain.
pub(super) fn domain(value: &str, draw: &mut Draw) -> Option<String> {
    let word = |draw: &mut Draw| draw.of(names::WORDS).map(str::to_lowercase);
    let (first, second) = (word(draw)?, word(draw)?);
    Some(cased(format!("{first}-{second}.{}", draw.of(DOMAINS)?), value))
}

/// An address at an example's host with the old one's scheme; whatever it named is not told.
pub(super) fn url(value: &str, draw: &mut Draw) -> Option<String> {
    let scheme = value.split_once("://").map(|(scheme, _)| scheme).filter(|scheme| SCHEMES.contains(scheme)).unwrap_or("https");
    let host = domain("", draw)?;
    let page = String::from_utf8(draw.filled("########")).ok()?;
    Some(format!("{scheme}://{host}/{page}"))
}

/// An address of the nets for documentation; a mask or a port behind the old one stays behind the new.
pub(super) fn ip(value: &str, draw: &mut Draw) -> Option<String> {
    if value.contains('.') && !value.contains("::") {
        let behind = value.find(['/', ':']).and_then(|at| value.get(at..)).unwrap_or_default();
        let number = behind.len() > 1 && behind.bytes().skip(1).all(|b| b.is_ascii_digit());
        let rest = if number { behind } else { "" };
        return Some(format!("{}.{}{rest}", draw.of(NETS)?, 1 + draw.below(254)));
    }
    let mut group = || format!("{:x}", 1 + draw.below(0xffff));
    let made = if value.contains("::") {
        format!("2001:db8::{}:{}", group(), group())
    } else {
        format!("2001:db8:{}", (0..6).map(|_| group()).collect::<Vec<_>>().join(":"))
    };
    Some(cased(made, value))
}

/// An address of the block for documentation (RFC 7042), written as the old one is; nothing for another number of digits.
pub(super) fn mac(value: &str, draw: &mut Draw) -> Option<String> {
    if value.contains(|c: char| !c.is_ascii_hexdigit() && !matches!(c, ':' | '-' | '.' | ' ')) {
        return None;
    }
    let block = match value.chars().filter(char::is_ascii_hexdigit).count() {
        12 => "00005e0053",
        16 => "02005eef100000",
        _ => return None,
    };
    let digits = format!("{block}{:02x}", draw.below(256));
    let digits = if value.chars().any(char::is_uppercase) { digits.to_uppercase() } else { digits };
    let mut digits = digits.chars();
    Some(value.chars().map(|c| if c.is_ascii_hexdigit() { digits.next().unwrap_or(c) } else { c }).collect())
}
