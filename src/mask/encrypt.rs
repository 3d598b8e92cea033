//! `encrypt`: the value encrypted with AES-256-SIV (RFC 5297), `<EMAIL:e.…>`, under a nonce that is made of its place: equal
//! values differ, and who has the key can turn each back.
//!
//! It hides which values are equal; what it does not hide is their length and the kind that the tag names. A name (a header, a
//! key) stands in no place: the same name is encrypted alike.

use super::{COLUMN_RULE, Key, Operator, Outcome, Place, Record, Serves, Target, tag_instead, token};
use crate::batch::Replacement;
use crate::detect;
use crate::policy::OperatorSpec;
use aes_siv::KeyInit;
use aes_siv::siv::Aes256Siv;

/// Length of the nonce that stands before what was encrypted.
const NONCE: usize = 16;

/// The operator, and the id under whose key it turns back.
pub struct Encrypt {
    key: Key,
    id: String,
}

impl Encrypt {
    /// An operator that turns back what was encrypted for the detector `id`, or by a column's rule.
    #[must_use]
    pub fn new(key: &Key, id: &str) -> Self {
        Self { key: key.clone(), id: id.to_owned() }
    }

    /// The value behind `text`, a whole tag that this key and detector made.
    #[must_use]
    pub fn restore(&self, text: &str) -> Option<String> {
        let body = text.strip_prefix('<')?.strip_suffix('>')?.split_once(':')?.1;
        let sealed = detect::token_bytes(body.strip_prefix("e.").map(|_| body)?.as_bytes())?;
        let (nonce, sealed) = sealed.split_at_checked(NONCE)?;
        let sub = self.key.sub_key::<64>("encrypt", &self.id);
        let value = Aes256Siv::new(&(*sub).into()).decrypt([nonce], sealed).ok()?;
        String::from_utf8(value).ok()
    }

    fn at(&self, place: Place<'_>, value: &str, target: Target<'_>) -> Outcome {
        let nonce = self.key.tag("encrypt place", target.id, &spelled(place));
        let nonce = nonce.get(..NONCE).unwrap_or(&nonce);
        let sealed = token::sealed(&self.key, 'e', nonce, value, target);
        sealed.map_or_else(|| tag_instead(target), |text| Outcome::Edit(Replacement::Text(text)))
    }
}

/// A place as bytes; no two are spelled alike.
fn spelled(place: Place<'_>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(place.file.len() + place.column.len() + 40);
    for name in [place.file, place.column] {
        bytes.extend_from_slice(&(name.len() as u64).to_le_bytes());
        bytes.extend_from_slice(name.as_bytes());
    }
    for number in [place.record, place.within[0], place.within[1]] {
        bytes.extend_from_slice(&number.to_le_bytes());
    }
    bytes
}

impl Operator for Encrypt {
    fn name(&self) -> &'static str {
        "encrypt"
    }

    fn apply(&self, value: &str, target: Target<'_>) -> Outcome {
        self.at(Place::default(), value, target)
    }

    fn apply_in(&self, value: &str, target: Target<'_>, record: &mut Record<'_>) -> Outcome {
        self.at(record.place, value, target)
    }

    fn serving(&self, detector: Serves<'_>) -> Option<Box<dyn Operator>> {
        Some(Box::new(Self::new(&self.key, detector.id)))
    }

    fn spares_tags(&self) -> bool {
        true
    }
}

pub(super) fn build(_: &OperatorSpec, key: Option<&Key>) -> Result<Box<dyn Operator>, String> {
    Ok(Box::new(Encrypt::new(key.ok_or("operator `encrypt` needs a key")?, COLUMN_RULE)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mask::Numbers;

    const EMAIL: Target<'static> = Target { id: "contact.email", tag: "<EMAIL>" };

    fn encrypted(key: u8, value: &str, place: Place<'_>, target: Target<'_>) -> String {
        let key = Key::new(&[key; 32]).unwrap();
        let mut record = Record { numbers: &mut Numbers::default(), other: &|_| None, place, typed: false };
        match Encrypt::new(&key, target.id).apply_in(value, target, &mut record) {
            Outcome::Edit(Replacement::Text(text)) => text,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn equal_values_differ_by_anything_of_their_place() {
        let at = Place { file: "a.csv", column: "mail", record: 7, within: [3, 0], ..Place::default() };
        let first = encrypted(7, "x@y.org", at, EMAIL);
        assert_eq!(first, encrypted(7, "x@y.org", at, EMAIL), "the same place");
        for (place, why) in [
            (Place { file: "b.csv", ..at }, "another file"),
            (Place { column: "from", ..at }, "another column"),
            (Place { record: 8, ..at }, "another record"),
            (Place { within: [4, 0], ..at }, "another cell"),
            (Place { within: [3, 9], ..at }, "another value in the cell"),
            (Place { file: "a.csvm", column: "ail", ..at }, "names do not run into one another"),
        ] {
            assert_ne!(first, encrypted(7, "x@y.org", place, EMAIL), "{why}");
        }
    }

    #[test]
    fn what_is_encrypted_is_ours_and_turns_back() {
        for value in ["x@y.org", "", "é", &"x".repeat(640)] {
            let made = encrypted(7, value, Place::default(), EMAIL);
            assert!(detect::is_tag(made.as_bytes()), "{made}");
            let back = |key: u8, id: &str| Encrypt::new(&Key::new(&[key; 32]).unwrap(), id).restore(&made);
            assert_eq!(back(7, EMAIL.id).as_deref(), Some(value));
            assert_eq!(back(8, EMAIL.id), None, "another key");
            assert_eq!(back(7, "us.ssn"), None, "another type");
        }
        let encrypt = Encrypt::new(&Key::new(&[7; 32]).unwrap(), EMAIL.id);
        for other in ["", "<EMAIL>", "<EMAIL:e.AAAA>", "x@y.org", "<EMAIL:t.AAECAwQFBgcICQoLDA0OD0rPPw>"] {
            assert_eq!(encrypt.restore(other), None, "{other}");
        }
        assert_eq!(encrypt.apply(&"x".repeat(641), EMAIL), tag_instead(EMAIL), "too long to be known as ours");
    }
}
