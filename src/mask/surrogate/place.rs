//! Made-up streets, towns and firms: words that say what a thing is stay, names and numbers change.

use super::draw::Draw;
use super::names;

/// Words that stay, in small letters.
#[rustfmt::skip]
const STAYS: &[&str] = &[
    "st", "street", "ave", "avenue", "av", "rd", "road", "blvd", "boulevard", "ln", "lane", "dr", "drive", "ct", "court", "pl", "place",
    "ter", "terrace", "sq", "square", "hwy", "highway", "pkwy", "parkway", "way", "cir", "circle", "trl", "trail", "close", "row",
    "apt", "apartment", "suite", "ste", "unit", "floor", "fl", "room", "rm", "building", "bldg", "box", "po", "p", "o", "no", "nr",
    "rue", "chemin", "allée", "quai", "impasse", "bis", "via", "viale", "piazza", "corso", "calle", "avenida", "paseo", "plaza",
    "rua", "travessa", "praça", "ul", "ulica", "straße", "strasse", "str", "weg", "platz", "gasse", "allee", "postfach",
    "de", "la", "le", "les", "du", "des", "del", "da", "do", "dos", "der", "die", "das", "am", "an", "im", "in", "of", "the", "and", "und",
    "et", "y", "zum", "zur", "n", "s", "e", "w", "ne", "nw", "se", "sw", "north", "south", "east", "west",
    "inc", "ltd", "llc", "llp", "plc", "gmbh", "ag", "kg", "ohg", "sa", "sas", "sarl", "spa", "srl", "bv", "nv", "oy", "ab", "as", "co",
    "corp", "company", "corporation", "group", "holding", "bank", "university", "hospital", "school",
];

/// Ends of words that say what a thing is.
const ENDS: &[&str] =
    &["straße", "strasse", "str", "weg", "platz", "gasse", "allee", "gatan", "vägen", "straat", "laan", "katu", "tie", "vej"];

/// States of the United States, as they stand before a ZIP code.
#[rustfmt::skip]
const STATES: &[&str] = &[
    "AL", "AK", "AZ", "AR", "CA", "CO", "CT", "DE", "FL", "GA", "HI", "ID", "IL", "IN", "IA", "KS", "KY", "LA", "ME", "MD", "MA", "MI", "MN",
    "MS", "MO", "MT", "NE", "NV", "NH", "NJ", "NM", "NY", "NC", "ND", "OH", "OK", "OR", "PA", "RI", "SC", "SD", "TN", "TX", "UT", "VT", "VA",
    "WA", "WV", "WI", "WY",
];

/// A place or a firm with other names and numbers in the same order.
pub(super) fn place(value: &str, draw: &mut Draw) -> Option<String> {
    let mut out = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(first) = rest.chars().next() {
        let alike: fn(char) -> bool = match first {
            c if c.is_alphabetic() => |c| c.is_alphabetic() || c == '\'' || c == '’',
            c if c.is_numeric() => char::is_numeric,
            _ => |c| !c.is_alphanumeric(),
        };
        let end = rest.find(|c| !alike(c)).unwrap_or(rest.len());
        let (part, behind) = rest.split_at(end);
        let code = behind.starts_with(|c: char| c.is_ascii_digit()) || out.ends_with(|c: char| c.is_ascii_digit());
        match first {
            c if c.is_alphabetic() && code => out.extend(part.chars().map(|c| draw.like(c))),
            c if c.is_alphabetic() => out.push_str(&word(part, draw)?),
            c if c.is_numeric() => number(part, &mut out, draw),
            _ => out.push_str(part),
        }
        rest = behind;
    }
    Some(out)
}

/// A number of as many digits, without a zero before it where the old one has none.
fn number(old: &str, out: &mut String, draw: &mut Draw) {
    for (at, c) in old.chars().enumerate() {
        let leads = at == 0 && c != '0';
        out.push(if leads { char::from(b'1' + draw.below(9) as u8) } else { draw.like(c) });
    }
}

fn word(old: &str, draw: &mut Draw) -> Option<String> {
    let small = old.to_lowercase();
    if STATES.contains(&old) {
        return draw.of(STATES).map(str::to_owned);
    }
    if STAYS.contains(&small.as_str()) {
        return Some(old.to_owned());
    }
    if old.chars().any(|c| !(c < '\u{250}' || ('\u{1e00}'..='\u{1eff}').contains(&c))) {
        // No words of other scripts are at hand.
        return None;
    }
    let at = draw.below(names::WORDS.len());
    let new = [at, at + 1]
        .iter()
        .filter_map(|at| names::WORDS.get(at % names::WORDS.len()))
        .find(|new| !small.starts_with(&new.to_lowercase()))?;
    let end = ENDS.iter().find(|end| small.ends_with(*end) && small.len() > end.len() + 1).copied().unwrap_or("");
    let made = format!("{new}{end}");
    let shouts = old.chars().count() > 1 && !old.chars().any(char::is_lowercase);
    let whispers = !old.chars().any(char::is_uppercase);
    Some(match (shouts, whispers) {
        (true, _) => made.to_uppercase(),
        (_, true) => made.to_lowercase(),
        _ => made,
    })
}
