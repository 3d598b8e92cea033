//! Names and street addresses in running text: what looks like one and is none.

use crate::detect::check::{date, whole};

/// Words that stand behind "Dear" or a title without being a name.
const NO_NAMES: &[&str] = &[
    "admin", "administrator", "again", "all", "ambassador", "anonymous", "applicant", "bank", "board", "boss", "brother",
    "buyer", "can", "candidate", "captain", "chair", "chairman", "chairperson", "chief", "client", "colleague", "colleagues",
    "committee", "community", "company", "could", "council", "customer", "customers", "dad", "department", "diary", "director",
    "doctor", "editor", "editors", "everyone", "excel", "excellency", "family", "father", "folks", "friend", "friends",
    "gentleman", "gentlemen", "god", "governor", "group", "guest", "guests", "guys", "hiring", "honor", "honour", "how", "hr",
    "i", "investor", "investors", "is", "it", "judge", "justice", "ladies", "lord", "madam", "madame", "manager", "mate",
    "mates", "mayor", "member", "members", "minister", "mom", "mother", "mum", "neighbor", "neighbour", "none", "not", "office",
    "officer", "one", "ones", "owner", "paint", "parent", "parents", "patient", "please", "pope", "president", "prof",
    "professor", "reader", "readers", "recipient", "recruiter", "required", "resident", "santa", "secretary", "senator",
    "service", "services", "sir", "sirmadam", "sirs", "sister", "speaker", "staff", "student", "students", "subscriber",
    "supplier", "support", "team", "thank", "thanks", "that", "the", "there", "this", "unknown", "user", "users", "valued",
    "vendor", "voter", "we", "what", "when", "where", "why", "windows", "word", "world", "you",
];

/// Words before "Court", "Place" and the like in phrases that numbers precede: nine Supreme Court judges.
const NO_STREETS: &[&str] = &[
    "appeals", "appellate", "circuit", "county", "district", "federal", "first", "food", "high", "million", "moot", "second", "superior",
    "supreme", "tennis", "third", "trade", "world",
];

fn holds(list: &[&str], word: &[u8]) -> bool {
    list.iter().any(|known| word.eq_ignore_ascii_case(known.as_bytes()))
}

fn words(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|b| b.is_ascii_whitespace() || *b == b',' || *b == b'.').filter(|word| !word.is_empty())
}

/// No word of address, and more than one letter.
pub(super) fn name(value: &[u8]) -> Option<usize> {
    let long = words(value).any(|word| word.len() > 1);
    whole(value, long && words(value).all(|word| !holds(NO_NAMES, word)))
}

/// A house number that is no year and begins no date, before a street and not before a court of law.
pub(super) fn street(value: &[u8]) -> Option<usize> {
    let mut words = words(value);
    let number = words.next()?;
    let year = number.len() == 4 && (number.starts_with(b"19") || number.starts_with(b"20"));
    let (name, kind) = (words.next()?, words.next().unwrap_or_default());
    let phrase = holds(NO_STREETS, name) && holds(&["court", "courts", "place", "ct", "way"], kind);
    let date = words.next().is_none() && date::birth(value).is_some();
    whole(value, !year && !phrase && !date)
}
