//! `constant`: a text of the user's own.

use super::{Operator, Outcome, Target};
use crate::batch::Replacement;
use crate::policy::OperatorSpec;

struct Constant(String);

impl Operator for Constant {
    fn name(&self) -> &'static str {
        "constant"
    }
    fn apply(&self, _value: &str, _target: Target<'_>) -> Outcome {
        Outcome::Edit(Replacement::Text(self.0.clone()))
    }
}

pub(super) fn build(spec: &OperatorSpec) -> Box<dyn Operator> {
    Box::new(Constant(spec.value.clone().unwrap_or_default()))
}
