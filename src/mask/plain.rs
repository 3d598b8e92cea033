//! The operators that need no settings: keep, replace, redact, null, drop-row.

use super::{Operator, Outcome, Target};
use crate::batch::Replacement;
use crate::policy::OperatorSpec;

struct Plain {
    name: &'static str,
    does: fn(Target<'_>) -> Outcome,
}

impl Operator for Plain {
    fn name(&self) -> &'static str {
        self.name
    }
    fn apply(&self, _value: &str, target: Target<'_>) -> Outcome {
        (self.does)(target)
    }
    fn reads_value(&self) -> bool {
        false
    }
}

/// The value stays.
pub(super) fn keep(_: &OperatorSpec) -> Box<dyn Operator> {
    Box::new(Plain { name: "keep", does: |_| Outcome::Keep })
}

/// The type's tag.
pub(super) fn replace(_: &OperatorSpec) -> Box<dyn Operator> {
    Box::new(Plain { name: "replace", does: |t| Outcome::Edit(Replacement::Text(t.tag.to_owned())) })
}

/// Nothing.
pub(super) fn redact(_: &OperatorSpec) -> Box<dyn Operator> {
    Box::new(Plain { name: "redact", does: |_| Outcome::Edit(Replacement::Text(String::new())) })
}

/// The whole cell becomes null.
pub(super) fn null(_: &OperatorSpec) -> Box<dyn Operator> {
    Box::new(Plain { name: "null", does: |_| Outcome::Edit(Replacement::Null) })
}

/// The row goes to the quarantine, its value as a tag.
pub(super) fn drop_row(_: &OperatorSpec) -> Box<dyn Operator> {
    Box::new(Plain { name: "drop-row", does: |_| Outcome::DropRow })
}
