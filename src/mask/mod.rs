//! Findings in, replacements out. Pure: one file an operator, one row each in [`OPERATORS`].

mod bucket;
mod constant;
mod dates;
mod decimal;
pub mod encrypt;
pub mod fpe;
mod generalise;
mod hmac;
mod key;
#[expect(clippy::module_inception, reason = "the operator is called mask, as the layer is")]
mod mask;
mod numbered;
mod plain;
mod record;
mod restore;
mod round;
mod shift_date;
mod surrogate;
mod token;

pub use dates::day_first;
pub use key::Key;
pub use record::{Numbers, Place, Record};
pub use restore::{Found, Restorer};
pub use shift_date::entity;

use crate::batch::{Leaves, Replacement};
use crate::detect::check::Check;
use crate::policy::OperatorSpec;

/// What an operator does with one found value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The value stays.
    Keep,
    /// Something takes its place.
    Edit(Replacement),
    /// The operator cannot serve this value; another, which is named, does in its stead.
    Instead(&'static str, Replacement),
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

/// The id under which the rule of a whole column masks.
pub const COLUMN_RULE: &str = "policy.column";

/// The detector that an operator serves, told once for all its values.
#[derive(Clone, Copy)]
pub struct Serves<'a> {
    /// The detector's id, or [`COLUMN_RULE`].
    pub id: &'a str,
    /// What its values pass.
    pub check: Option<&'static Check>,
}

/// A masking operator with its settings and key. Deterministic.
pub trait Operator: Send + Sync {
    /// The name in policies, findings and reports.
    fn name(&self) -> &'static str;
    /// What takes the place of `value` in a text that stands in no record: a name.
    fn apply(&self, value: &str, target: Target<'_>) -> Outcome;
    /// What takes the place of `value` in a cell of a record.
    fn apply_in(&self, value: &str, target: Target<'_>, _record: &mut Record<'_>) -> Outcome {
        self.apply(value, target)
    }
    /// The same operator for one detector alone, where it can make use of knowing it.
    fn serving(&self, _detector: Serves<'_>) -> Option<Box<dyn Operator>> {
        None
    }
    /// What it makes may be a number or a date, and stays where the cell has such a type.
    fn keeps_type(&self) -> bool {
        false
    }
    /// What it makes hangs on the value: it wants to know what the value stands for, decoded.
    fn reads_value(&self) -> bool {
        true
    }
    /// It would make something new of our own tags: a cell that is one stays.
    fn spares_tags(&self) -> bool {
        false
    }
    /// The column that it asks for in [`Record::other`].
    fn other(&self) -> Option<&str> {
        None
    }
}

/// The type's tag, where an operator cannot serve a value.
fn tag_instead(target: Target<'_>) -> Outcome {
    Outcome::Instead("replace", Replacement::Text(target.tag.to_owned()))
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
    /// The settings it takes.
    pub takes: &'static [&'static str],
    /// What it writes looks like a value of the kind, and is found again.
    pub alike: bool,
    /// What it writes hangs on more than the value: the record or the place it stands in.
    pub by_place: bool,
    /// What it leaves of a value.
    pub leaves: Leaves,
    build: Build,
}

const ROW: Row = Row {
    name: "",
    help: "",
    keyed: false,
    takes: &[],
    alike: false,
    by_place: false,
    leaves: Leaves::Nothing,
    build: Build::Sure(plain::replace),
};

/// Every operator.
pub static OPERATORS: &[Row] = &[
    Row { name: "keep", help: "the value stays and is listed", leaves: Leaves::Value, build: Build::Sure(plain::keep), ..ROW },
    Row { name: "replace", help: "the type's tag, <EMAIL>", ..ROW },
    Row { name: "constant", help: "a text of your own (value)", takes: &["value"], build: Build::Sure(constant::build), ..ROW },
    Row {
        name: "numbered",
        help: "the type's tag with a number that is the value's own in its record, <EMAIL_1>",
        by_place: true,
        build: Build::Sure(numbered::build),
        ..ROW
    },
    Row { name: "redact", help: "nothing takes its place", build: Build::Sure(plain::redact), ..ROW },
    Row {
        name: "mask",
        help: "a character for each letter and digit (char, keep_first, keep_last)",
        takes: &["char", "keep_first", "keep_last"],
        leaves: Leaves::Part,
        build: Build::Fallible(mask::build),
        ..ROW
    },
    Row { name: "null", help: "the whole cell becomes null", build: Build::Sure(plain::null), ..ROW },
    Row {
        name: "hmac",
        help: "a keyed token, the same for the same value",
        keyed: true,
        leaves: Leaves::Pseudonym,
        build: Build::Fallible(hmac::build),
        ..ROW
    },
    Row {
        name: "token",
        help: "the value encrypted, the same for the same value",
        keyed: true,
        leaves: Leaves::Pseudonym,
        build: Build::Fallible(token::build),
        ..ROW
    },
    Row {
        name: "shift-date",
        help: "a date moved by some days, those of one entity by the same number (days, by)",
        keyed: true,
        takes: &["days", "by"],
        alike: true,
        by_place: true,
        leaves: Leaves::Pseudonym,
        build: Build::Fallible(shift_date::build),
    },
    Row {
        name: "generalise",
        help: "the year or month of a date, a band of ages, 3 digits of a ZIP, a network, 2 decimals (to)",
        takes: &["to"],
        alike: true,
        leaves: Leaves::Part,
        build: Build::Fallible(generalise::build),
        ..ROW
    },
    Row {
        name: "bucket",
        help: "the range of whole numbers that a number lies in (width)",
        takes: &["width"],
        alike: true,
        leaves: Leaves::Part,
        build: Build::Fallible(bucket::build),
        ..ROW
    },
    Row {
        name: "round",
        help: "a number to the nearest multiple of a step (to)",
        takes: &["to"],
        alike: true,
        leaves: Leaves::Part,
        build: Build::Fallible(round::build),
        ..ROW
    },
    Row {
        name: "encrypt",
        help: "the value encrypted, differently in each place",
        keyed: true,
        by_place: true,
        leaves: Leaves::Pseudonym,
        build: Build::Fallible(encrypt::build),
        ..ROW
    },
    Row {
        name: "fpe",
        help: "the value encrypted into one of its own form: digits to digits, letters to letters (check_digit)",
        keyed: true,
        takes: &["check_digit"],
        alike: true,
        leaves: Leaves::Pseudonym,
        build: Build::Fallible(fpe::build),
        ..ROW
    },
    Row {
        name: "surrogate",
        help: "a made-up value of the same kind, the same for the same value (kind)",
        keyed: true,
        takes: &["kind"],
        alike: true,
        leaves: Leaves::Pseudonym,
        build: Build::Fallible(surrogate::build),
        ..ROW
    },
    Row { name: "drop-column", help: "the column is left out (columns only)", build: Build::Sure(plain::null), ..ROW },
    Row { name: "drop-row", help: "the row goes to the quarantine", build: Build::Sure(plain::drop_row), ..ROW },
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
    let takes = row(spec)?.takes;
    let given = [
        ("value", spec.value.is_some()),
        ("char", spec.mask_char.is_some()),
        ("keep_first", spec.keep_first.is_some()),
        ("keep_last", spec.keep_last.is_some()),
        ("days", spec.days.is_some()),
        ("by", spec.by.is_some()),
        ("to", spec.to.is_some()),
        ("width", spec.width.is_some()),
        ("check_digit", spec.check_digit.is_some()),
        ("kind", spec.kind.is_some()),
    ];
    if let Some((name, _)) = given.iter().find(|(name, given)| *given && !takes.contains(name)) {
        let takes = if takes.is_empty() { "no settings".to_owned() } else { takes.join(", ") };
        return Err(format!("operator `{}` takes no `{name}`; it takes {takes}", spec.operator));
    }
    if spec.operator == "constant" && spec.value.is_none() {
        return Err("operator `constant` needs a `value`".into());
    }
    if spec.operator == "surrogate" {
        surrogate::check(spec)?;
    }
    Ok(())
}

/// The row of an operator that a policy names; nothing for one that there is not.
pub fn known(operator: &str) -> Option<&'static Row> {
    OPERATORS.iter().find(|o| o.name == operator)
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
