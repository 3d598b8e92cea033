//! Names and street addresses in running text: what looks like one and is none.

use crate::detect::check::whole;

/// Words that stand behind "Dear" or a title without being a name.
const NO_NAMES: &[&str] = &[
    "all",
    "applicant",
    "board",
    "buyer",
    "candidate",
    "chair",
    "chairman",
    "chairperson",
    "client",
    "colleague",
    "colleagues",
    "committee",
    "community",
    "council",
    "customer",
    "customers",
    "diary",
    "doctor",
    "editor",
    "editors",
    "everyone",
    "family",
    "folks",
    "friend",
    "friends",
    "god",
    "guest",
    "guests",
    "hiring",
    "investor",
    "investors",
    "judge",
    "lord",
    "madam",
    "manager",
    "member",
    "members",
    "minister",
    "neighbor",
    "neighbour",
    "one",
    "ones",
    "owner",
    "parent",
    "parents",
    "patient",
    "president",
    "prof",
    "professor",
    "reader",
    "readers",
    "recipient",
    "recruiter",
    "resident",
    "santa",
    "sir",
    "sirs",
    "speaker",
    "staff",
    "student",
    "students",
    "subscriber",
    "supplier",
    "support",
    "team",
    "user",
    "users",
    "valued",
    "vendor",
    "voter",
];

/// Words before "Court", "Place" and the like in phrases that numbers precede: nine Supreme Court judges.
const NO_STREETS: &[&str] = &[
    "appeals",
    "appellate",
    "circuit",
    "county",
    "district",
    "federal",
    "first",
    "food",
    "high",
    "million",
    "moot",
    "second",
    "superior",
    "supreme",
    "tennis",
    "third",
    "trade",
    "world",
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

/// A house number that is no year, before a street and not before a court of law.
pub(super) fn street(value: &[u8]) -> Option<usize> {
    let mut words = words(value);
    let number = words.next()?;
    let year = number.len() == 4 && (number.starts_with(b"19") || number.starts_with(b"20"));
    let (name, kind) = (words.next()?, words.next()?);
    let phrase = holds(NO_STREETS, name) && holds(&["court", "courts", "place", "ct", "way"], kind);
    whole(value, !year && !phrase)
}
