//! `numbered`: the type's tag with a number, `<EMAIL_1>`: the same value of a record has the same number, another another.

use super::{Operator, Outcome, Record, Target, tag_instead};
use crate::batch::Replacement;
use crate::policy::OperatorSpec;

struct Numbered;

impl Operator for Numbered {
    fn name(&self) -> &'static str {
        "numbered"
    }

    /// A name stands in no record, and a second one with its number would be taken for it.
    fn apply(&self, _value: &str, target: Target<'_>) -> Outcome {
        tag_instead(target)
    }

    fn apply_in(&self, value: &str, target: Target<'_>, record: &mut Record<'_>) -> Outcome {
        let Some(number) = record.numbers.number(target.tag, value) else { return tag_instead(target) };
        Outcome::Edit(Replacement::Text(format!("{}_{number}>", target.tag.trim_end_matches('>'))))
    }

    fn spares_tags(&self) -> bool {
        true
    }
}

pub(super) fn build(_: &OperatorSpec) -> Box<dyn Operator> {
    Box::new(Numbered)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mask::{Numbers, Place};

    #[test]
    fn numbers_are_given_by_first_appearance() {
        let mut numbers = Numbers::default();
        let mut text = |value: &str, tag: &str| {
            let mut record = Record { numbers: &mut numbers, other: &|_| None, place: Place::default(), typed: false };
            match build(&OperatorSpec::named("numbered")).apply_in(value, Target { id: "x", tag }, &mut record) {
                Outcome::Edit(Replacement::Text(text)) => text,
                other => panic!("{other:?}"),
            }
        };
        for (value, tag, want, why) in [
            ("b@x.org", "<EMAIL>", "<EMAIL_1>", "the first"),
            ("a@x.org", "<EMAIL>", "<EMAIL_2>", "another"),
            ("b@x.org", "<EMAIL>", "<EMAIL_1>", "the same again"),
            ("b@x.org", "<NAME>", "<NAME_1>", "each type counts for itself"),
        ] {
            assert_eq!(text(value, tag), want, "{why}");
        }
    }
}
