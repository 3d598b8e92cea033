//! The way back: tags that hold an encrypted value (`token`, `encrypt`) are opened with the key that made them.
//!
//! A tag names the kind of a value and not its detector, under whose key the value was encrypted. So the keys of all detectors
//! with that tag are tried; the cipher tells which is right, and that nobody changed a bit.

use super::token::{self, Sealed};
use super::{COLUMN_RULE, Key, Operator, Outcome, Target};
use crate::batch::Replacement;
use crate::detect;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::OnceLock;
use zeroize::Zeroizing;

/// Turns tags with an encrypted value back.
pub struct Restorer {
    key: Key,
    /// By the tag's name: who may have made it.
    by_tag: HashMap<String, Vec<Maker>>,
}

/// A detector, or the rule of a column.
struct Maker {
    number: u16,
    id: String,
    /// The sub-keys of `token` and `encrypt`, once they were needed.
    keys: [OnceLock<Zeroizing<[u8; 64]>>; 2],
}

/// A tag with an encrypted value in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Where it stands, in bytes.
    pub span: Range<usize>,
    /// The number of the detector that made it; of one that may have where it does not open; none where none is known.
    pub detector: Option<u16>,
    /// The key opens it.
    pub opens: bool,
}

impl Restorer {
    /// For tags that detectors (number, id and tag) or column rules may have made.
    #[must_use]
    pub fn new(key: &Key, detectors: impl Iterator<Item = (u16, String, String)>) -> Self {
        let mut by_tag: HashMap<String, Vec<Maker>> = HashMap::new();
        let rule = (u16::MAX, COLUMN_RULE.to_owned(), "<MASKED>".to_owned());
        for (number, id, tag) in detectors.chain([rule]) {
            let name = tag.trim_matches(['<', '>']).to_owned();
            by_tag.entry(name).or_default().push(Maker { number, id, keys: Default::default() });
        }
        Self { key: key.clone(), by_tag }
    }

    /// The tags in a text, in order.
    #[must_use]
    pub fn find(&self, text: &[u8]) -> Vec<Found> {
        let found = detect::token_spans(text).map(|span| {
            let tag = text.get(span.clone()).and_then(|tag| std::str::from_utf8(tag).ok()).unwrap_or_default();
            let opened = self.open(tag).map(|(number, _)| number);
            let made = || name(tag).and_then(|name| self.by_tag.get(name)?.first()).map(|maker| maker.number);
            Found { opens: opened.is_some(), detector: opened.or_else(made), span }
        });
        found.collect()
    }

    /// The value that a tag holds.
    #[must_use]
    pub fn restore(&self, tag: &str) -> Option<String> {
        self.open(tag).map(|(_, value)| value)
    }

    fn open(&self, tag: &str) -> Option<(u16, String)> {
        let sealed = Sealed::read(tag)?;
        self.by_tag.get(name(tag)?)?.iter().find_map(|maker| {
            let [token, encrypt] = &maker.keys;
            let slot = if sealed.is_token() { token } else { encrypt };
            let sub = slot.get_or_init(|| token::sub_key(&self.key, sealed.is_token(), &maker.id));
            Some((maker.number, sealed.open(sub)?))
        })
    }
}

/// The name of a tag: `EMAIL` of `<EMAIL:t.…>`.
fn name(tag: &str) -> Option<&str> {
    tag.strip_prefix('<')?.split_once(':').map(|(name, _)| name)
}

impl Operator for Restorer {
    fn name(&self) -> &'static str {
        "restore"
    }

    fn apply(&self, tag: &str, _target: Target<'_>) -> Outcome {
        self.restore(tag).map_or(Outcome::Keep, |value| Outcome::Edit(Replacement::Text(value)))
    }

    fn keeps_type(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::OperatorSpec;

    const KEY: [u8; 32] = [7; 32];

    fn restorer(key: u8) -> Restorer {
        let detectors = [(3, "contact.email", "<EMAIL>"), (9, "shop.email", "<EMAIL>"), (4, "us.ssn", "<US_SSN>")];
        let detectors = detectors.into_iter().map(|(number, id, tag)| (number, id.to_owned(), tag.to_owned()));
        Restorer::new(&Key::new(&[key; 32]).unwrap(), detectors)
    }

    fn made(value: &str, id: &str, tag: &str) -> String {
        let key = Key::new(&KEY).unwrap();
        match super::super::build(&OperatorSpec::named("token"), Some(&key)).unwrap().apply(value, Target { id, tag }) {
            Outcome::Edit(Replacement::Text(text)) => text,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_tag_turns_back_whoever_of_its_name_made_it() {
        for (value, id, tag, number, why) in [
            ("x@y.org", "contact.email", "<EMAIL>", 3, "the first of the name"),
            ("x@y.org", "shop.email", "<EMAIL>", 9, "the second"),
            ("536-22-8726", "us.ssn", "<US_SSN>", 4, "another name"),
            ("Zoë, \"the\" one\n", COLUMN_RULE, "<MASKED>", u16::MAX, "a column's rule"),
        ] {
            let tag = made(value, id, tag);
            assert_eq!(restorer(7).restore(&tag).as_deref(), Some(value), "{why}");
            let found = restorer(7).find(format!("a {tag} b").as_bytes());
            assert_eq!(found, [Found { span: 2..2 + tag.len(), detector: Some(number), opens: true }], "{why}");
        }
    }

    #[test]
    fn a_place_is_part_of_what_was_encrypted() {
        let key = Key::new(&KEY).unwrap();
        let target = Target { id: "us.ssn", tag: "<US_SSN>" };
        let tag = token::sealed(&key, 'e', &[5; token::NONCE], "536-22-8726", target).unwrap();
        assert_eq!(restorer(7).restore(&tag).as_deref(), Some("536-22-8726"));
    }

    #[test]
    fn what_does_not_open_is_told() {
        let tag = made("x@y.org", "contact.email", "<EMAIL>");
        let mut tampered = tag.clone().into_bytes();
        let at = tag.len() - 8;
        tampered[at] = if tampered[at] == b'A' { b'B' } else { b'A' };
        let tampered = String::from_utf8(tampered).unwrap();
        let unknown = made("x@y.org", "shop.mail", "<SHOP_MAIL>");
        for (key, tag, detector, why) in [
            (8, &tag, Some(3), "another key"),
            (7, &tampered, Some(3), "tampered with"),
            (7, &made("x@y.org", "old.email", "<EMAIL>"), Some(3), "of a detector that is not there"),
            (7, &unknown, None, "of a tag that nobody makes"),
        ] {
            assert_eq!(restorer(key).restore(tag), None, "{why}");
            assert_eq!(restorer(key).find(tag.as_bytes()), [Found { span: 0..tag.len(), detector, opens: false }], "{why}");
        }
        for text in ["<EMAIL>", "<EMAIL_2>", "<EMAIL:0123456789abcdef0123456789abcdef>", "<EMAIL:t.short>", "a:t.b > c", ""] {
            assert_eq!(restorer(7).find(text.as_bytes()), [], "{text}");
        }
    }
}
