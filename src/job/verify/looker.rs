//! What a second look goes by: the run's policy, its detectors, and what its operators leave where it is.

use crate::batch::Column;
use crate::detect::reference::Reference;
use crate::detect::{Catalogue, Scanner};
use crate::error::Result;
use crate::mask::{self, Operator, Outcome, Target};
use crate::plan::{names_of, selection};
use crate::policy::{ColumnScan, OperatorSpec, Policy};
use std::collections::HashMap;
use std::sync::Arc;

/// What a second look goes by.
pub(super) struct Looker {
    pub scanner: Scanner,
    pub reference: Reference,
    pub catalogue: Arc<Catalogue>,
    pub policy: Policy,
    /// By detector: its operator and its tag. No operator where that needs a key.
    operators: Vec<(Option<Box<dyn Operator>>, String)>,
    /// By name: operators of whole columns.
    rules: HashMap<String, Box<dyn Operator>>,
}

/// An operator that can be made without a key: what one with a key wrote is a tag and no finding.
fn keyless(spec: &OperatorSpec) -> Option<Box<dyn Operator>> {
    mask::build(spec, None).ok()
}

/// Whether the operator leaves the value where it is.
fn leaves(operator: &dyn Operator, value: &str, target: Target<'_>) -> bool {
    match operator.apply(value, target) {
        Outcome::Keep => true,
        Outcome::Edit(crate::batch::Replacement::Text(with)) => with == value,
        Outcome::Edit(_) | Outcome::Instead(..) | Outcome::DropRow => false,
    }
}

impl Looker {
    /// Detectors that the policy names and the catalogue does not have are left out: they are those of packs.
    pub fn new(policy: Policy, catalogue: &Arc<Catalogue>) -> Result<Self> {
        let mut selection = selection(&policy)?;
        selection.detectors.retain(|wanted| {
            let id = wanted.trim_start_matches(['+', '-']);
            id.contains('*') || catalogue.find(id).is_some()
        });
        let spec = |id: &str| policy.pii.operators.get(id).unwrap_or(&policy.pii.default);
        let operators = catalogue.detectors().iter().map(|d| (keyless(spec(&d.id)), d.tag())).collect();
        let rule = |rule: &crate::policy::ColumnRule| rule.operator.as_ref().and_then(keyless);
        let rules = policy.columns.iter().filter_map(|(name, r)| Some((name.clone(), rule(r)?))).collect();
        let scanner = Scanner::new(catalogue, &selection)?;
        let reference = Reference::new(catalogue, &selection)?;
        Ok(Self { scanner, reference, catalogue: Arc::clone(catalogue), policy, operators, rules })
    }

    /// Whether a value that a detector found is left over: its operator would do something to it.
    pub fn counts(&self, detector: u16, value: &str) -> bool {
        let Some((Some(operator), tag)) = self.operators.get(usize::from(detector)) else { return true };
        let id = self.catalogue.get(detector).map_or("", |d| d.id.as_str());
        !leaves(&**operator, &self.scanner.plain(value, detector), Target { id, tag })
    }

    /// Whether a column was to be searched at all.
    pub fn searches(&self, column: &Column) -> bool {
        names_of(column).find_map(|name| self.policy.columns.get(name)).is_none_or(|rule| rule.pii == ColumnScan::Scan)
    }

    /// Whether the rule of its column leaves a cell as it is.
    pub fn rule_leaves(&self, column: &Column, text: &str) -> bool {
        if self.rules.is_empty() {
            return false;
        }
        let named = names_of(column).find(|name| self.policy.columns.contains_key(*name));
        let rule = named.and_then(|name| self.rules.get(name));
        rule.is_some_and(|operator| leaves(&**operator, text, Target { id: crate::job::COLUMN_RULE, tag: "<MASKED>" }))
    }
}
