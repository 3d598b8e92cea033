//! Made-up names of persons, word by word: the same word becomes the same wherever it stands, so that a first name agrees with
//! the full name in the next column.

use super::draw::Source;
use super::names::{self, SCRIPTS};

/// Words that stay beside others: titles, particles, what follows a name. In small letters.
#[rustfmt::skip]
const STAYS: &[&str] = &[
    "mr", "mrs", "ms", "miss", "mx", "dr", "prof", "professor", "sir", "dame", "herr", "frau", "hr", "fr", "mme", "mlle", "sr",
    "sra", "srta", "don", "doña", "señor", "señora", "monsieur", "madame", "signor", "signora", "sig", "dott", "ing", "mag", "jr",
    "ii", "iii", "iv", "phd", "md", "von", "van", "der", "den", "de", "del", "della", "di", "da", "do", "dos", "das", "du", "la", "le",
    "zu", "bin", "ibn", "al", "el", "and", "und", "et", "ten", "ter", "op",
];

/// Which names the words are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// The last one is the family's, or those before a comma.
    Full,
    /// All are given ones.
    Given,
    /// All are the family's.
    Family,
}

/// How words begin in the names of columns that hold family names.
const FAMILY_COLUMNS: &[&str] =
    &["last", "lname", "surname", "family", "maiden", "birth", "nachname", "familie", "apellido", "cognome", "sobrenome"];

/// The same for given names.
const GIVEN_COLUMNS: &[&str] = &["first", "fname", "given", "forename", "middle", "vorname", "prenom", "prénom"];

impl Part {
    /// What a column's name says of the names in it.
    pub fn of_column(column: &str) -> Self {
        let words = crate::text::words(column);
        let says = |starts: &[&str]| words.iter().any(|word| starts.iter().any(|start| word.starts_with(start)));
        match (says(FAMILY_COLUMNS), says(GIVEN_COLUMNS)) {
            (true, false) => Self::Family,
            (false, true) => Self::Given,
            _ => Self::Full,
        }
    }
}

/// Another name for each word of a name; nothing where a word is of a script without names here.
pub(super) fn person(value: &str, part: Part, source: Source<'_>) -> Option<String> {
    let words: Vec<&str> = value.split_whitespace().collect();
    let naming = words.iter().filter(|word| names_somebody(word)).count();
    let all = naming == 0;
    let count = if all { words.len() } else { naming };
    let comma = value.contains(',');
    let (mut out, mut rest, mut seen, mut behind) = (String::with_capacity(value.len()), value, 0, false);
    for word in words {
        let at = rest.find(word)?;
        out.push_str(rest.get(..at)?);
        rest = rest.get(at + word.len()..)?;
        if !all && !names_somebody(word) {
            out.push_str(word);
            continue;
        }
        seen += 1;
        let family = match part {
            Part::Family => Some(true),
            Part::Given => Some(false),
            Part::Full if comma => Some(!behind),
            Part::Full if count == 1 => None,
            Part::Full if is_east_asian(word) => Some(seen == 1),
            Part::Full => Some(seen == count),
        };
        behind |= word.ends_with(',');
        out.push_str(&token(word, family, source)?);
    }
    out.push_str(rest);
    Some(out)
}

/// Whether a word names somebody: it has letters, and is no title or particle.
fn names_somebody(word: &str) -> bool {
    let core: String = word.chars().filter(|c| c.is_alphabetic()).flat_map(char::to_lowercase).collect();
    !core.is_empty() && !STAYS.contains(&core.as_str())
}

fn is_east_asian(word: &str) -> bool {
    word.chars().any(|c| ('\u{3040}'..='\u{9fff}').contains(&c) || ('\u{ac00}'..='\u{d7a3}').contains(&c))
}

/// A word with what stands around and between its parts: `Smith,`, `Anna-Maria`, `(Bob)`.
fn token(word: &str, family: Option<bool>, source: Source<'_>) -> Option<String> {
    let mut out = String::with_capacity(word.len());
    let mut core = String::new();
    let inside = |c: char| c.is_alphabetic() || matches!(c, '\'' | '’') || is_mark(c);
    for c in word.chars() {
        if inside(c) {
            core.push(c);
            continue;
        }
        out.push_str(&name(&core, family, source)?);
        core.clear();
        out.push(if c.is_numeric() { char::from(source.draw("name", word).digit()) } else { c });
    }
    out.push_str(&name(&core, family, source)?);
    Some(out)
}

/// Marks that stand on letters: of Hebrew, Arabic, Devanagari, and the combining ones.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5c7}' | '\u{64b}'..='\u{65f}' | '\u{900}'..='\u{903}' | '\u{93a}'..='\u{94f}')
}

/// Another name for one; never itself.
fn name(old: &str, family: Option<bool>, source: Source<'_>) -> Option<String> {
    if !old.chars().any(char::is_alphabetic) {
        return Some(old.to_owned());
    }
    let small = old.to_lowercase();
    let mut draw = source.draw("name", &small);
    if old.chars().count() == 1 && !is_east_asian(old) {
        return Some(draw.like(old.chars().next()?).to_string());
    }
    let script = SCRIPTS.iter().find(|s| old.chars().any(s.tells));
    if script.is_none() && old.chars().any(|c| c.is_alphabetic() && !is_latin(c)) {
        return None;
    }
    let (given, families) = script.map_or((names::GIVEN, names::FAMILY), |s| (s.given, s.family));
    if is_east_asian(old) {
        return Some(east_asian(old, family, given, families, &mut draw));
    }
    let family = family.unwrap_or_else(|| families.iter().any(|f| f.to_lowercase() == small));
    let list = if family { families } else { given };
    let at = draw.below(list.len());
    let new = [at, at + 1].iter().filter_map(|at| list.get(at % list.len())).find(|new| new.to_lowercase() != small)?;
    let cased = |is: fn(char) -> bool| old.chars().filter(|c| c.is_alphabetic()).all(is);
    Some(match (cased(|c| !c.is_lowercase()), cased(|c| !c.is_uppercase())) {
        (true, false) => new.to_uppercase(),
        (false, true) => new.to_lowercase(),
        _ => (*new).to_owned(),
    })
}

fn is_latin(c: char) -> bool {
    c < '\u{250}' || ('\u{1e00}'..='\u{1eff}').contains(&c)
}

/// A name of as many signs, written without a space: the family's first sign, then given ones.
fn east_asian(
    old: &str,
    family: Option<bool>,
    given: &[&'static str],
    families: &[&'static str],
    draw: &mut super::draw::Draw,
) -> String {
    let signs = old.chars().count();
    for _ in 0..8 {
        let mut new = String::new();
        if family != Some(false) {
            new.extend(draw.of(families));
        }
        while new.chars().count() < signs {
            let left = signs - new.chars().count();
            new.extend(draw.of(given).unwrap_or("文").chars().take(left));
        }
        if new != old {
            return new;
        }
    }
    old.to_owned()
}
