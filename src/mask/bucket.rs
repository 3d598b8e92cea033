//! `bucket`: the range of whole numbers that a number lies in, `37` as `30-39`; its least number where the cell is typed.

use super::decimal::Decimal;
use super::{Key, Operator, Outcome, Record, Target, tag_instead};
use crate::batch::Replacement;
use crate::policy::OperatorSpec;

/// How many whole numbers share a bucket, where nothing is said.
const WIDTH: u32 = 10;

struct Bucket(i128);

/// The whole numbers from `least` to `most`, as they are written.
pub(super) fn range(least: i128, most: i128) -> String {
    match (least == most, least < 0) {
        (true, _) => least.to_string(),
        (_, true) => format!("{least} to {most}"),
        _ => format!("{least}-{most}"),
    }
}

impl Bucket {
    /// Whether a text is what this operator writes.
    fn is_done(&self, value: &str) -> bool {
        let parts = value.split_once(" to ").or_else(|| value.split_once('-'));
        let least = parts.and_then(|(least, _)| Decimal::read(least)).map(|least| least.floor_to(1));
        least.is_some_and(|least| range(least, least + self.0 - 1) == value && least.rem_euclid(self.0) == 0)
    }

    fn of(&self, value: &str, target: Target<'_>, typed: bool) -> Outcome {
        if self.is_done(value) {
            return Outcome::Edit(Replacement::Text(value.to_owned()));
        }
        let Some(number) = Decimal::read(value) else { return tag_instead(target) };
        let least = number.floor_to(self.0);
        let text = if typed { least.to_string() } else { range(least, least + self.0 - 1) };
        Outcome::Edit(Replacement::Text(text))
    }
}

impl Operator for Bucket {
    fn name(&self) -> &'static str {
        "bucket"
    }

    fn apply(&self, value: &str, target: Target<'_>) -> Outcome {
        self.of(value, target, false)
    }

    fn apply_in(&self, value: &str, target: Target<'_>, record: &mut Record<'_>) -> Outcome {
        self.of(value, target, record.typed)
    }

    fn keeps_type(&self) -> bool {
        true
    }

    fn spares_tags(&self) -> bool {
        true
    }
}

pub(super) fn build(spec: &OperatorSpec, _: Option<&Key>) -> Result<Box<dyn Operator>, String> {
    match spec.width.unwrap_or(WIDTH) {
        0 => Err("operator `bucket`: `width` must be at least 1".into()),
        width => Ok(Box::new(Bucket(width.into()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_becomes_its_range() {
        let target = Target { id: "x", tag: "<X>" };
        for (width, value, text, typed, why) in [
            (10, "37", "30-39", "30", "the range"),
            (10, "30", "30-39", "30", "its first"),
            (10, "39.99", "30-39", "30", "a fraction"),
            (10, "-3", "-10 to -1", "-10", "below zero"),
            (7, "-3.5", "-7 to -1", "-7", "an odd width"),
            (5, "0", "0-4", "0", "zero"),
            (1, "12", "12", "12", "a bucket of one"),
            (10, "30-39", "30-39", "30-39", "done before"),
        ] {
            let bucket = Bucket(width);
            assert_eq!(bucket.of(value, target, false), Outcome::Edit(Replacement::Text(text.into())), "{why}");
            assert_eq!(bucket.of(value, target, true), Outcome::Edit(Replacement::Text(typed.into())), "{why}, typed");
        }
        for (value, why) in [("12 km", "no number"), ("31-40", "another's range"), ("", "nothing")] {
            assert_eq!(Bucket(10).of(value, target, false), tag_instead(target), "{why}");
        }
        assert!(build(&OperatorSpec { width: Some(0), ..OperatorSpec::named("bucket") }, None).is_err());
    }
}
