//! Findings in, replacements out. Pure: one file an operator, one row each in [`OPERATORS`].

mod constant;
mod hmac;
mod key;
#[expect(clippy::module_inception, reason = "the operator is called mask, as the layer is")]
mod mask;
mod plain;

pub use key::Key;

use crate::batch::Replacement;
use crate::policy::OperatorSpec;

/// What an operator does with one found value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The value stays.
    Keep,
    /// Something takes its place.
    Edit(Replacement),
    /// The type tag takes its place and the row goes to the quarantine.
    DropRow,
}

/// What an operator is told of a finding besides the value.
#[derive(Clone, Copy)]
pub struct Target<'a> {
    /// The detector's id, `contact.email`.
    pub id: &'a str,
    /// The detector's tag, `<EMAIL>`.
    pub tag: &'a str,
}

/// A masking operator with its settings and key. Deterministic.
pub trait Operator: Send + Sync {
    /// The name in policies, findings and reports.
    fn name(&self) -> &'static str;
    /// What takes the place of `value` in text.
    fn apply(&self, value: &str, target: Target<'_>) -> Outcome;
}

/// How an operator is made from what the policy says of it.
#[derive(Clone, Copy)]
enum Build {
    /// Settings are of no matter, or cannot be wrong.
    Sure(fn(&OperatorSpec) -> Box<dyn Operator>),
    /// Settings or the key may be wrong.
    Fallible(fn(&OperatorSpec, Option<&Key>) -> Built),
}

/// What building gives.
type Built = Result<Box<dyn Operator>, String>;

/// An operator there is.
pub struct Row {
    /// Its name.
    pub name: &'static str,
    /// One line for help and reports.
    pub help: &'static str,
    /// Needs a key.
    pub keyed: bool,
    build: Build,
}

/// Every operator.
pub static OPERATORS: &[Row] = &[
    Row { name: "keep", help: "the value stays and is listed", keyed: false, build: Build::Sure(plain::keep) },
    Row { name: "replace", help: "the type's tag, <EMAIL>", keyed: false, build: Build::Sure(plain::replace) },
    Row { name: "constant", help: "a text of your own (value)", keyed: false, build: Build::Sure(constant::build) },
    Row { name: "redact", help: "nothing takes its place", keyed: false, build: Build::Sure(plain::redact) },
    Row {
        name: "mask",
        help: "a character for each letter and digit (char, keep_first, keep_last)",
        keyed: false,
        build: Build::Fallible(mask::build),
    },
    Row { name: "null", help: "the whole cell becomes null", keyed: false, build: Build::Sure(plain::null) },
    Row { name: "hmac", help: "a keyed token, the same for the same value", keyed: true, build: Build::Fallible(hmac::build) },
    Row { name: "drop-column", help: "the column is left out (columns only)", keyed: false, build: Build::Sure(plain::null) },
    Row { name: "drop-row", help: "the row goes to the quarantine", keyed: false, build: Build::Sure(plain::drop_row) },
];

fn row(spec: &OperatorSpec) -> Result<&'static Row, String> {
    crate::policy::known("operator", &spec.operator, OPERATORS.iter().map(|o| o.name))?;
    OPERATORS.iter().find(|o| o.name == spec.operator).ok_or_else(|| "unknown operator".to_owned())
}

/// Checks an operator's name and settings without needing its key.
///
/// # Errors
/// A sentence about what is wrong.
pub fn check(spec: &OperatorSpec) -> Result<(), String> {
    let takes: &[&str] = match row(spec)?.name {
        "constant" => &["value"],
        "mask" => &["char", "keep_first", "keep_last"],
        _ => &[],
    };
    let given = [
        ("value", spec.value.is_some()),
        ("char", spec.mask_char.is_some()),
        ("keep_first", spec.keep_first.is_some()),
        ("keep_last", spec.keep_last.is_some()),
    ];
    if let Some((name, _)) = given.iter().find(|(name, given)| *given && !takes.contains(name)) {
        return Err(format!("operator `{}` takes no `{name}`", spec.operator));
    }
    if spec.operator == "constant" && spec.value.is_none() {
        return Err("operator `constant` needs a `value`".into());
    }
    Ok(())
}

/// Makes an operator.
///
/// # Errors
/// An unknown name or setting, or a keyed operator without a key.
pub fn build(spec: &OperatorSpec, key: Option<&Key>) -> Built {
    check(spec)?;
    let row = row(spec)?;
    if row.keyed && key.is_none() {
        return Err(format!(
            "operator `{}` needs a key of at least {} bytes: set key.env in the policy, --key-env or --key-file",
            row.name,
            Key::MIN_BYTES
        ));
    }
    match row.build {
        Build::Sure(build) => Ok(build(spec)),
        Build::Fallible(build) => build(spec, key),
    }
}
