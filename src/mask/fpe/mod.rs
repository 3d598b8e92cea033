//! `fpe`: format-preserving encryption, FF1 of NIST SP 800-38G under AES-256. Digits become digits, letters letters of the same
//! case, everything else stays; the same value becomes the same, and who has the key can turn it back.
//!
//! A value becomes one of its form (what stands where it stands is the form), chosen out of all of them. Where `check_digit` is
//! set, and in typed cells, values fall into classes: those that pass their detector's check and those that do not, numbers
//! that begin with a zero, numbers that fit into 32 bits. FF1 is then applied until a value of the same class comes (cycle
//! walking), which is a permutation again and turns back the same way.

mod domain;

use super::{COLUMN_RULE, Key, Operator, Outcome, Record, Serves, Target, tag_instead};
use crate::batch::Replacement;
use crate::detect;
use crate::detect::check::Check;
use crate::policy::OperatorSpec;
use domain::Form;
use zeroize::Zeroizing;

/// A class with a smaller share of the values is not walked to.
const LEAST_SHARE: f64 = 0.001;

/// Steps of a walk for each that is needed on average: who runs out of them is one in many billions.
const STEPS: f64 = 32.0;

/// The fewest steps at which a walk ends, since a share is counted over what a pattern lets through, and the most: a walk that
/// long leads nowhere.
const END_STEPS: [usize; 2] = [1 << 12, 1 << 15];

/// Signs that all steps of a walk write together, at most.
const WORK: usize = 1 << 20;

/// The share of numbers of a length in the smallest class of a typed cell.
const TYPED_SHARE: f64 = 0.05;

/// Signs that an IBAN keeps when its check digits are to be right: they and the country make the rest's class.
const IBAN_HEAD: usize = 4;

/// The operator for one detector.
pub struct Fpe {
    key: Key,
    sub: Zeroizing<[u8; 32]>,
    id: String,
    check: Option<&'static Check>,
    check_digit: bool,
}

/// A direction.
type Step = fn(&Form, &[u8; 32], &str) -> Option<String>;

impl Fpe {
    /// An operator for the values of one detector; `check` is what passes again, where anything has to.
    #[must_use]
    pub fn new(key: &Key, detector: Serves<'_>, check_digit: bool) -> Self {
        Self {
            key: key.clone(),
            sub: key.sub_key("fpe", detector.id),
            id: detector.id.to_owned(),
            check: detector.check.filter(|_| check_digit),
            check_digit,
        }
    }

    /// What takes the place of a value; nothing where its form has too few values, or none of its class was met.
    #[must_use]
    pub fn encrypted(&self, value: &str, typed: bool) -> Option<String> {
        self.walk(value, typed, Form::encrypt).filter(|text| text != value)
    }

    /// The value that `text` took the place of, in a cell that holds text.
    #[must_use]
    pub fn restore(&self, text: &str) -> Option<String> {
        self.walk(text, false, Form::decrypt)
    }

    /// The value that `text` took the place of, in a cell that holds numbers: of Parquet, or bare in JSON.
    #[must_use]
    pub fn restore_typed(&self, text: &str) -> Option<String> {
        self.walk(text, true, Form::decrypt)
    }

    fn walk(&self, text: &str, typed: bool, step: Step) -> Option<String> {
        if detect::is_tag(text.as_bytes()) || typed && size_class(text).is_none() {
            return None;
        }
        let Some(check) = self.check else { return self.steps(text, 1.0, typed, step) };
        let passes = passes(check, text);
        if passes && check.name == "iban" {
            return self.iban(text, check, step);
        }
        let share = if passes { check.chance } else { 1.0 - check.chance };
        (share >= LEAST_SHARE).then(|| self.steps(text, share, typed, step)).flatten()
    }

    /// Steps until a value of the same class comes, which `share` of all values belong to.
    fn steps(&self, text: &str, share: f64, typed: bool, step: Step) -> Option<String> {
        let form = Form::of(text, 0)?;
        let class = |text: &str| (self.check.map(|check| passes(check, text)), typed.then(|| size_class(text)));
        let wanted = class(text);
        let share = if typed { share * TYPED_SHARE } else { share };
        let mut at = step(&form, &self.sub, text)?;
        // A step takes the longer the more signs there are.
        let most = ((STEPS / share) as usize).clamp(END_STEPS[0], END_STEPS[1]).min(WORK / text.len().max(1));
        for _ in 0..most {
            if class(&at) == wanted {
                return Some(at);
            }
            at = step(&form, &self.sub, &at)?;
        }
        None
    }

    /// An IBAN keeps its country; account and bank change, and the check digits are theirs.
    fn iban(&self, text: &str, check: &Check, step: Step) -> Option<String> {
        // Who passes with other digits than these would come back with these.
        if with_check_digits(text, check).as_deref() != Some(text) {
            return None;
        }
        with_check_digits(&step(&Form::of(text, IBAN_HEAD)?, &self.sub, text)?, check)
    }
}

fn passes(check: &Check, text: &str) -> bool {
    (check.run)(text.as_bytes()) == Some(text.len())
}

/// An IBAN with the check digits, 02 to 98, that make it one.
fn with_check_digits(text: &str, check: &Check) -> Option<String> {
    let mut signs = text.bytes().enumerate().filter(|(_, b)| b.is_ascii_alphanumeric()).map(|(at, _)| at).skip(2);
    let (tens, ones) = (signs.next()?, signs.next()?);
    let mut bytes = text.as_bytes().to_vec();
    for digits in 2_u8..=98 {
        *bytes.get_mut(tens)? = b'0' + digits / 10;
        *bytes.get_mut(ones)? = b'0' + digits % 10;
        if (check.run)(&bytes) == Some(bytes.len()) {
            return String::from_utf8(bytes).ok();
        }
    }
    None
}

/// Into how many bits a whole number fits that does not begin with a zero; nothing for any other text.
pub(super) fn size_class(text: &str) -> Option<u8> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.starts_with('0') || digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let fits =
        [text.parse::<i32>().is_ok(), text.parse::<u32>().is_ok(), text.parse::<i64>().is_ok(), text.parse::<u64>().is_ok()];
    Some(fits.iter().position(|fits| *fits).map_or(4, |at| at as u8))
}

impl Operator for Fpe {
    fn name(&self) -> &'static str {
        "fpe"
    }

    fn apply(&self, value: &str, target: Target<'_>) -> Outcome {
        self.outcome(value, target, false)
    }

    fn apply_in(&self, value: &str, target: Target<'_>, record: &mut Record<'_>) -> Outcome {
        self.outcome(value, target, record.typed)
    }

    fn serving(&self, detector: Serves<'_>) -> Option<Box<dyn Operator>> {
        Some(Box::new(Self::new(&self.key, detector, self.check_digit)))
    }

    fn keeps_type(&self) -> bool {
        true
    }

    fn spares_tags(&self) -> bool {
        true
    }
}

impl Fpe {
    fn outcome(&self, value: &str, target: Target<'_>, typed: bool) -> Outcome {
        let made = if self.id == target.id {
            self.encrypted(value, typed)
        } else {
            Self::new(&self.key, Serves { id: target.id, check: None }, self.check_digit).encrypted(value, typed)
        };
        made.map_or_else(|| tag_instead(target), |text| Outcome::Edit(Replacement::Text(text)))
    }
}

pub(super) fn build(spec: &OperatorSpec, key: Option<&Key>) -> Result<Box<dyn Operator>, String> {
    let key = key.ok_or("operator `fpe` needs a key")?;
    Ok(Box::new(Fpe::new(key, Serves { id: COLUMN_RULE, check: None }, spec.check_digit.unwrap_or(false))))
}

#[cfg(test)]
mod laws;
