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

impl Mask {
    /// Ends are kept only of a value that hides something all the same: what is left of `10.0.0.1` with four kept is an address
    /// again. `signs` are its letters and digits.
    fn hides(&self, signs: usize) -> bool {
        let kept = self.keep_first + self.keep_last;
        signs.saturating_sub(kept) * LEAST_SHARE >= kept.max(1)
    }

    /// Whether `value` looks as this operator leaves a value: nothing but mask characters between the ends that are kept.
    fn is_done(&self, value: &str) -> bool {
        let signs = || value.chars().filter(|c| c.is_alphanumeric() || *c == self.with);
        let count = signs().count();
        let between = count.saturating_sub(self.keep_first + self.keep_last);
        self.hides(count) && signs().skip(self.keep_first).take(between).all(|c| c == self.with)
    }
}

impl Operator for Mask {
    fn name(&self) -> &'static str {
        "mask"
    }

    fn apply(&self, value: &str, _target: Target<'_>) -> Outcome {
        if self.is_done(value) {
            return Outcome::Edit(Replacement::Text(value.to_owned()));
        }
        let letters = value.chars().filter(|c| c.is_alphanumeric()).count();
        let (first, last) = if self.hides(letters) { (self.keep_first, self.keep_last) } else { (0, 0) };
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
            ("ab*1", 0, 4, "****", "a value of its own that holds the mask character"),
            ("*ab*1", 0, 4, "*****", "the same, too short to keep so much"),
        ]
        .map(|(value, first, last, want, why)| ('*', value, first, last, want, why));
        let other_signs = [
            ('-', "536-22-8726", 0, 9, "-----------", "a separator is the mask character"),
            ('.', "8.8.8.8", 0, 4, ".......", "the same, with four kept of four"),
            ('-', "----------8726", 0, 4, "----------8726", "masked before"),
        ];
        for (with, value, first, last, want, why) in cases.into_iter().chain(other_signs) {
            let mut spec = OperatorSpec { keep_first: Some(first), keep_last: Some(last), ..OperatorSpec::named("mask") };
            spec.mask_char = Some(with);
            let got = build(&spec, None).unwrap().apply(value, Target { id: "x", tag: "<X>" });
            assert_eq!(got, Outcome::Edit(Replacement::Text(want.into())), "{why}");
        }
    }
}
