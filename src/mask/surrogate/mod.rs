//! `surrogate`: a made-up value of the same kind and spelling. The key and the value choose it, so that the same person is called
//! the same in every file and run; it cannot be turned back, but values of a small set can be guessed by who has the key.
//!
//! What is made comes out of ranges that are kept for examples where a kind has such; else it has the same shape, and passes
//! the check that the old value passed. So it looks like a value, and a second run finds it again.

mod date;
mod draw;
mod kind;
mod names;
mod network;
mod number;
mod person;
mod phone;
mod place;

use super::{COLUMN_RULE, Key, Operator, Outcome, Record, Serves, Target, fpe, tag_instead};
use crate::batch::Replacement;
use crate::detect;
use crate::detect::check::Check;
use crate::policy::OperatorSpec;
use draw::{Draw, Source};
use kind::{KINDS, Kind};

/// Attempts to make a value of a kind that fits.
const ATTEMPTS: u32 = 64;

/// Attempts to make a value of the same shape that passes a check; as many with the same letters.
const SHAPES: usize = 1 << 13;

/// Signs that all attempts write together, at most.
const WORK: usize = 1 << 20;

/// A check that fewer values pass is not tried for.
const LEAST_CHANCE: f64 = 0.0005;

/// The longest value, in bytes, that is looked at as one of its kind; a longer one is a text, as is one with foreign digits.
const LONGEST: usize = 1024;

/// The operator for one detector, or for the rule of a column.
struct Surrogate {
    key: Key,
    /// The kind that the policy names.
    named: Option<Kind>,
    id: String,
    kind: Kind,
    country: Option<String>,
    check: Option<&'static Check>,
}

impl Surrogate {
    fn new(key: &Key, named: Option<Kind>, detector: Serves<'_>) -> Self {
        let country = detector.id.split('.').next().filter(|c| c.len() == 2).map(str::to_owned);
        let kind = named.unwrap_or_else(|| Kind::of_detector(detector.id));
        Self { key: key.clone(), named, id: detector.id.to_owned(), kind, country, check: detector.check }
    }

    /// A made-up value that may stand where `value` stands; nothing where none was found.
    fn made(&self, value: &str, column: &str, typed: bool) -> Option<String> {
        if detect::is_tag(value.as_bytes()) || typed && !keeps_type(value, value, self.kind) {
            return None;
        }
        let check = self.check.filter(|check| passes(check, value));
        let fits = |made: &str, check: Option<&Check>| {
            made != value && (!typed || keeps_type(value, made, self.kind)) && check.is_none_or(|check| passes(check, made))
        };
        let normal = self.kind.normal(value);
        let mut source = Source::new(&self.key);
        let wanted = check.filter(|_| !self.kind.is_reserved());
        let plain = value.len() <= LONGEST && !value.contains(|c: char| c.is_numeric() && !c.is_ascii());
        while plain && source.attempt < ATTEMPTS {
            match self.kind.make(value, &normal, self.country.as_deref(), column, source) {
                Some(made) if fits(&made, wanted) => return Some(made),
                None => break,
                Some(_) => source.attempt += 1,
            }
        }
        let normal = Kind::Number.normal(value);
        let seed = self.key.tag("surrogate", "number", normal.as_bytes());
        let shapes: [fn(&str, &mut Draw) -> String; 2] = [number::shape, number::digits_alone];
        if check.is_some_and(|check| check.chance < LEAST_CHANCE) {
            return None;
        }
        // Without a check the first or second attempt fits.
        let most = if check.is_some() || typed { SHAPES } else { 8 };
        let attempts = most.min(WORK / value.len().max(1)).max(2) as u32;
        let mut made = shapes.iter().flat_map(|shape| (0..attempts).map(|attempt| shape(value, &mut Draw::new(&seed, attempt))));
        made.find(|made| fits(made, check))
    }

    fn outcome(&self, value: &str, target: Target<'_>, column: &str, typed: bool) -> Outcome {
        let made = if self.id == target.id {
            self.made(value, column, typed)
        } else {
            Self::new(&self.key, self.named, Serves { id: target.id, check: None }).made(value, column, typed)
        };
        made.map_or_else(|| tag_instead(target), |text| Outcome::Edit(Replacement::Text(text)))
    }
}

fn passes(check: &Check, text: &str) -> bool {
    (check.run)(text.as_bytes()) == Some(text.len())
}

/// Whether a typed cell that holds `value` can hold `made`: a number that fits into as many bits, a date or a timestamp.
fn keeps_type(value: &str, made: &str, kind: Kind) -> bool {
    let number = fpe::size_class(value);
    let dated = |text: &str| [4, 7].iter().all(|at| text.as_bytes().get(*at) == Some(&b'-'));
    number.is_some() && number == fpe::size_class(made)
        || kind == Kind::Date && value.len() == made.len() && dated(value) && dated(made)
}

impl Operator for Surrogate {
    fn name(&self) -> &'static str {
        "surrogate"
    }

    fn apply(&self, value: &str, target: Target<'_>) -> Outcome {
        self.outcome(value, target, "", false)
    }

    fn apply_in(&self, value: &str, target: Target<'_>, record: &mut Record<'_>) -> Outcome {
        self.outcome(value, target, record.place.column, record.typed)
    }

    fn serving(&self, detector: Serves<'_>) -> Option<Box<dyn Operator>> {
        Some(Box::new(Self::new(&self.key, self.named, detector)))
    }

    fn keeps_type(&self) -> bool {
        true
    }

    fn spares_tags(&self) -> bool {
        true
    }
}

/// The kind that a policy names.
fn named(spec: &OperatorSpec) -> Result<Option<Kind>, String> {
    let Some(name) = &spec.kind else { return Ok(None) };
    crate::policy::known("kind", name, KINDS.iter().map(|(name, _)| *name))?;
    Ok(KINDS.iter().find(|(known, _)| known == name).map(|(_, kind)| *kind))
}

/// Checks the settings without the key.
pub(super) fn check(spec: &OperatorSpec) -> Result<(), String> {
    named(spec).map(|_| ())
}

pub(super) fn build(spec: &OperatorSpec, key: Option<&Key>) -> Result<Box<dyn Operator>, String> {
    let key = key.ok_or("operator `surrogate` needs a key")?;
    Ok(Box::new(Surrogate::new(key, named(spec)?, Serves { id: COLUMN_RULE, check: None })))
}

#[cfg(test)]
mod laws;
