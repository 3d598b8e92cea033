//! What tells a secret from a word: randomness, encodings, placeholders.

use super::whole;

pub(super) fn bits_a_char(value: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    for b in value {
        if let Some(count) = counts.get_mut(usize::from(*b)) {
            *count += 1;
        }
    }
    let n = value.len() as f64;
    counts.iter().filter(|c| **c > 0).map(|c| f64::from(*c) / n).map(|p| -p * p.log2()).sum()
}

/// Letters and digits both.
pub(super) fn mixed(value: &[u8]) -> Option<usize> {
    whole(value, value.iter().any(u8::is_ascii_digit) && value.iter().any(u8::is_ascii_alphabetic))
}

/// Letters and digits both, at least 3 bits a character: words and counters stay below.
pub(super) fn entropy(value: &[u8]) -> Option<usize> {
    mixed(value).filter(|_| bits_a_char(value) >= 3.0)
}

/// Three of lower case, upper case, digits and other signs: no word of a sentence.
pub(super) fn three_classes(value: &[u8]) -> Option<usize> {
    let has = |class: fn(&u8) -> bool| u8::from(value.iter().any(class));
    let classes =
        has(u8::is_ascii_lowercase) + has(u8::is_ascii_uppercase) + has(u8::is_ascii_digit) + has(u8::is_ascii_punctuation);
    password(value)
        .filter(|_| classes >= 3)
        .or_else(|| whole(value, classes >= 3 && value.contains(&b'(') && !value.starts_with(b"(")))
}

pub(super) fn base64url(text: &[u8]) -> Vec<u8> {
    let mut bits = 0_u32;
    let mut held = 0;
    let mut out = Vec::with_capacity(text.len());
    for b in text {
        let six = match b {
            b'A'..=b'Z' => b - b'A',
            b'a'..=b'z' => b - b'a' + 26,
            b'0'..=b'9' => b - b'0' + 52,
            b'-' | b'+' => 62,
            _ => 63,
        };
        bits = bits << 6 | u32::from(six);
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    out
}

/// RFC 7519: the first part decodes to a JSON object that names its algorithm (or encryption).
pub(super) fn jwt(value: &[u8]) -> Option<usize> {
    let header = value.split(|b| *b == b'.').next()?;
    let plain = base64url(header.get(..header.len().min(512))?);
    let names = |key: &[u8]| plain.windows(key.len()).any(|w| w == key);
    whole(value, plain.starts_with(b"{") && (names(b"\"alg\"") || names(b"\"enc\"")))
}

/// Values that stand where a password would: placeholders, types and empty words.
const PLACEHOLDERS: [&str; 27] = [
    "none",
    "null",
    "nil",
    "true",
    "false",
    "undefined",
    "string",
    "required",
    "optional",
    "changeme",
    "redacted",
    "hidden",
    "password",
    "passwd",
    "pwd",
    "example",
    "your_password",
    "yourpassword",
    "reset",
    "incorrect",
    "wrong",
    "protected",
    "access_token",
    "auth_token",
    "api_key",
    "client_secret",
    "secret_key",
];

/// True where a document left the secret out: `xxxxxx`, `YOUR_KEY_HERE`.
pub(super) fn is_left_out(value: &[u8]) -> bool {
    let holds = |word: &[u8]| value.windows(word.len()).any(|w| w.eq_ignore_ascii_case(word));
    holds(b"xxxxxx") || holds(b"your_") || holds(b"your-") || holds(b"_here")
}

/// `ACCESS_TOKEN`: the name of a value in the place of the value.
fn is_constant(value: &[u8]) -> bool {
    value.contains(&b'_') && value.iter().all(|b| b.is_ascii_uppercase() || *b == b'_')
}

/// No placeholder, no variable (`${X}`, `{{x}}`, `%s`, `$X`, `os.environ`), no call, no run of one sign.
pub(super) fn password(value: &[u8]) -> Option<usize> {
    let text = std::str::from_utf8(value).ok()?;
    let lower = text.to_ascii_lowercase();
    let variable = text.starts_with(['$', '{', '%', '<', '[', '('])
        || text.contains('(')
        || ["os.", "process.", "self.", "this.", "env.", "config.", "request."].iter().any(|owner| lower.starts_with(owner));
    let one_sign = value.iter().all(|b| value.first() == Some(b));
    let named = is_left_out(value) || is_constant(value);
    whole(value, value.len() >= 4 && !named && !variable && !one_sign && !PLACEHOLDERS.contains(&lower.as_str()))
}
