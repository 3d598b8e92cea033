//! `token`: the value encrypted with AES-256-SIV (RFC 5297), `<EMAIL:t.…>`: the same value the same token, and who has the
//! key can turn it back.

use super::{Key, Operator, Outcome, Target, tag_instead};
use crate::batch::Replacement;
use crate::detect;
use crate::policy::OperatorSpec;
use aes_siv::KeyInit;
use aes_siv::siv::Aes256Siv;
use zeroize::Zeroizing;

/// Longest value, in bytes, whose token is known as ours.
const LONGEST: usize = 640;

/// Length of the nonce that stands before what was encrypted with its place, in bytes.
pub(super) const NONCE: usize = 16;

pub(super) struct Token(Key);

impl Token {
    pub fn new(key: &Key) -> Self {
        Self(key.clone())
    }

    /// The token of a value; the plain tag where it would be too long.
    pub fn of(&self, value: &str, target: Target<'_>) -> Option<String> {
        sealed(&self.0, 't', &[], value, target)
    }
}

/// A value encrypted under the sub-key of `mark` and the detector, as a tag.
pub(super) fn sealed(key: &Key, mark: char, nonce: &[u8], value: &str, target: Target<'_>) -> Option<String> {
    if value.len() > LONGEST {
        return None;
    }
    let sub = sub_key(key, nonce.is_empty(), target.id);
    let headers: &[&[u8]] = if nonce.is_empty() { &[] } else { &[nonce] };
    let sealed = Aes256Siv::new(&(*sub).into()).encrypt(headers, value.as_bytes()).ok()?;
    let body = detect::token_body(mark, &[nonce, &sealed].concat());
    Some(format!("{}:{body}>", target.tag.trim_end_matches('>')))
}

/// The key of all tokens of a detector, or of all else that is encrypted for it.
pub(super) fn sub_key(key: &Key, token: bool, id: &str) -> Zeroizing<[u8; 64]> {
    key.sub_key(if token { "token" } else { "encrypt" }, id)
}

/// What a tag holds that [`sealed`] made.
pub(super) struct Sealed {
    nonce: Vec<u8>,
    sealed: Vec<u8>,
}

impl Sealed {
    /// Reads a tag; nothing for any other text, and for a tag with a wrong check.
    pub fn read(tag: &str) -> Option<Self> {
        let (_, body) = tag.strip_prefix('<')?.strip_suffix('>')?.split_once(':')?;
        let bytes = detect::token_bytes(body.as_bytes())?;
        let nonce = if body.starts_with('e') { NONCE } else { 0 };
        let (nonce, sealed) = bytes.split_at_checked(nonce)?;
        Some(Self { nonce: nonce.to_vec(), sealed: sealed.to_vec() })
    }

    /// It hangs on the value alone.
    pub fn is_token(&self) -> bool {
        self.nonce.is_empty()
    }

    /// The value, where this is the key it was sealed with.
    pub fn open(&self, sub_key: &[u8; 64]) -> Option<String> {
        let headers: &[&[u8]] = if self.is_token() { &[] } else { &[&self.nonce] };
        String::from_utf8(Aes256Siv::new(&(*sub_key).into()).decrypt(headers, &self.sealed).ok()?).ok()
    }
}

impl Operator for Token {
    fn name(&self) -> &'static str {
        "token"
    }

    fn apply(&self, value: &str, target: Target<'_>) -> Outcome {
        self.of(value, target).map_or_else(|| tag_instead(target), |token| Outcome::Edit(Replacement::Text(token)))
    }

    fn spares_tags(&self) -> bool {
        true
    }
}

pub(super) fn build(_: &OperatorSpec, key: Option<&Key>) -> Result<Box<dyn Operator>, String> {
    Ok(Box::new(Token::new(key.ok_or("operator `token` needs a key")?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(key: u8, value: &str, id: &str) -> String {
        let made = build(&OperatorSpec::named("token"), Some(&Key::new(&[key; 32]).unwrap())).unwrap();
        match made.apply(value, Target { id, tag: "<EMAIL>" }) {
            Outcome::Edit(Replacement::Text(text)) => text,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_token_is_ours_and_turns_back() {
        let made = token(7, "x@y.org", "contact.email");
        assert_eq!(made, token(7, "x@y.org", "contact.email"), "the same");
        assert_ne!(made, token(7, "z@y.org", "contact.email"), "another value");
        assert_ne!(made, token(7, "x@y.org", "custom.email"), "another type");
        assert_ne!(made, token(8, "x@y.org", "contact.email"), "another key");
        assert!(detect::is_tag(made.as_bytes()), "{made}");
        assert!(detect::is_tag(token(7, &"é".repeat(LONGEST / 2), "x").as_bytes()), "the longest");
        let sealed = detect::token_bytes(made.trim_start_matches("<EMAIL:").trim_end_matches('>').as_bytes()).unwrap();
        let sub = Key::new(&[7; 32]).unwrap().sub_key::<64>("token", "contact.email");
        let none: &[&[u8]] = &[];
        assert_eq!(Aes256Siv::new(&(*sub).into()).decrypt(none, &sealed).unwrap(), b"x@y.org");
    }

    #[test]
    fn what_would_be_too_long_is_a_tag() {
        let made = build(&OperatorSpec::named("token"), Some(&Key::new(&[7; 32]).unwrap())).unwrap();
        let target = Target { id: "x", tag: "<X>" };
        assert_eq!(made.apply(&"x".repeat(LONGEST + 1), target), tag_instead(target));
    }
}
