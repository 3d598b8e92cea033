//! `round`: a number to the nearest multiple of a step, `1234.5` to `1200` by hundreds.

use super::decimal::Decimal;
use super::{Key, Operator, Outcome, Target, tag_instead};
use crate::batch::Replacement;
use crate::policy::OperatorSpec;

struct Round(Decimal);

impl Operator for Round {
    fn name(&self) -> &'static str {
        "round"
    }

    fn apply(&self, value: &str, target: Target<'_>) -> Outcome {
        Decimal::read(value)
            .map_or_else(|| tag_instead(target), |number| Outcome::Edit(Replacement::Text(number.rounded(self.0).to_string())))
    }

    fn keeps_type(&self) -> bool {
        true
    }

    fn spares_tags(&self) -> bool {
        true
    }
}

pub(super) fn build(spec: &OperatorSpec, _: Option<&Key>) -> Result<Box<dyn Operator>, String> {
    let step = Decimal::read(spec.to.as_deref().unwrap_or("1")).filter(|step| step.is_positive());
    Ok(Box::new(Round(step.ok_or("operator `round`: `to` is the step, a number above zero such as 100 or 0.01")?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_to_the_nearest_step() {
        let target = Target { id: "x", tag: "<X>" };
        for (to, value, want, why) in [
            ("100", "1234.5", Some("1200"), "hundreds"),
            ("100", "1250", Some("1300"), "halves go up"),
            ("100", "-1250", Some("-1300"), "away from zero"),
            ("0.01", "52.520008", Some("52.52"), "hundredths"),
            ("0.5", "3.26", Some("3.5"), "halves"),
            ("0.01", "5", Some("5"), "a whole number stays one"),
            ("0.1", "0.04", Some("0.0"), "nothing is left"),
            ("3", "4", Some("3"), "an odd step, down"),
            ("3", "5", Some("6"), "an odd step, up"),
            ("100", "12 km", None, "no number"),
        ] {
            let spec = OperatorSpec { to: Some(to.into()), ..OperatorSpec::named("round") };
            let wanted = want.map_or_else(|| tag_instead(target), |text| Outcome::Edit(Replacement::Text(text.into())));
            assert_eq!(build(&spec, None).unwrap().apply(value, target), wanted, "{why}");
        }
        for to in ["0", "-1", "ten"] {
            assert!(build(&OperatorSpec { to: Some(to.into()), ..OperatorSpec::named("round") }, None).is_err(), "{to}");
        }
    }
}
