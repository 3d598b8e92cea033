//! `mask`: a character for each letter and digit; separators stay, so do the first and last n on request.

use super::{Key, Operator, Outcome, Target};
use crate::batch::Replacement;
use crate::policy::OperatorSpec;

/// For so many letters and digits that are kept at least one is masked: of a payment card with the six first and four last
/// kept it is six of sixteen.
const LEAST_SHARE: usize = 2;

struct Mask {
    with: char,
    keep_first: usize,
    keep_last: usize,
}

impl Operator for Mask {
    fn name(&self) -> &'static str {
        "mask"
    }

    fn apply(&self, value: &str, _target: Target<'_>) -> Outcome {
        let letters = value.chars().filter(|c| c.is_alphanumeric()).count();
        // No more to be seen than would be kept, and the rest is masked: it was done before.
        if (1..=self.keep_first + self.keep_last).contains(&letters) && value.contains(self.with) {
            return Outcome::Edit(Replacement::Text(value.to_owned()));
        }
        // Ends are kept only of a value that hides something all the same: what is left of `10.0.0.1` with four kept is an
        // address again.
        let kept = self.keep_first + self.keep_last;
        let hides = letters.saturating_sub(kept) * LEAST_SHARE >= kept.max(1);
        let (first, last) = if hides { (self.keep_first, self.keep_last) } else { (0, 0) };
        let mut seen = 0;
        let masked = value
            .chars()
            .map(|c| {
                if !c.is_alphanumeric() {
                    return c;
                }
                seen += 1;
                if seen <= first || seen > letters - last { c } else { self.with }
            })
            .collect();
        Outcome::Edit(Replacement::Text(masked))
    }
}

pub(super) fn build(spec: &OperatorSpec, _: Option<&Key>) -> Result<Box<dyn Operator>, String> {
    let with = spec.mask_char.unwrap_or('*');
    if with.is_alphanumeric() || with.is_control() {
        return Err("operator `mask`: `char` must be neither a letter, a digit nor a control character".into());
    }
    let keep = |n: Option<u32>| n.unwrap_or(0) as usize;
    Ok(Box::new(Mask { with, keep_first: keep(spec.keep_first), keep_last: keep(spec.keep_last) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_stay_and_what_is_kept_is_kept() {
        let cases = [
            ("4111 1111 1111 1234", 0, 4, "**** **** **** 1234", "the last four"),
            ("536-22-8726", 0, 0, "***-**-****", "all of it"),
            ("AB12", 2, 4, "****", "too short to keep anything"),
            ("10.0.0.1", 0, 4, "**.*.*.*", "too short to keep so much"),
            ("Zoë", 1, 0, "Z**", "letters, not bytes"),
            ("**** **** **** 1234", 0, 4, "**** **** **** 1234", "masked before"),
            ("5*6", 1, 0, "5**", "more to be seen than is kept"),
        ];
        for (value, first, last, want, why) in cases {
            let spec = OperatorSpec { keep_first: Some(first), keep_last: Some(last), ..OperatorSpec::named("mask") };
            let got = build(&spec, None).unwrap().apply(value, Target { id: "x", tag: "<X>" });
            assert_eq!(got, Outcome::Edit(Replacement::Text(want.into())), "{why}");
        }
    }
}
