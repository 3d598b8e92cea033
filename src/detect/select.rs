//! What the user wants looked for: a profile, detectors more or less, a threshold, values that may stay.

use super::catalogue::Catalogue;
use super::pack::{bare, nearest};
use crate::error::{Error, Result};
use regex::bytes::{RegexSet, RegexSetBuilder};
use std::collections::HashSet;

/// The detectors one starts from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// What most training data should not hold.
    #[default]
    Recommended,
    /// Every detector.
    All,
    /// None but those named.
    None,
}

/// Values that may stay.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowList {
    /// Whole values, compared without regard to case.
    pub values: Vec<String>,
    /// Regexes searched in the value.
    pub patterns: Vec<String>,
}

/// Which detectors look, and what counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// Where to start.
    pub profile: Profile,
    /// `+id` and `-id` (no sign is `+`), applied in order; `*` stands for any run of characters.
    pub detectors: Vec<String>,
    /// Findings below this many percent are none.
    pub min_confidence: u8,
    /// Values that may stay.
    pub allow: AllowList,
    /// Leaves documented values (test cards, sample numbers) where they are.
    pub skip_samples: bool,
}

impl Default for Selection {
    fn default() -> Self {
        Self {
            profile: Profile::Recommended,
            detectors: Vec::new(),
            min_confidence: 50,
            allow: AllowList::default(),
            skip_samples: false,
        }
    }
}

impl Selection {
    /// For each detector of the catalogue whether it looks. `X.unchecked` goes with X unless it is named itself.
    ///
    /// # Errors
    /// [`Error::Usage`] where a name fits no detector; the nearest id is named.
    pub(super) fn enabled(&self, catalogue: &Catalogue) -> Result<Vec<bool>> {
        let all = catalogue.detectors();
        let mut enabled: Vec<bool> = all
            .iter()
            .map(|d| match self.profile {
                Profile::Recommended => d.recommended,
                Profile::All => true,
                Profile::None => false,
            })
            .collect();
        for wanted in &self.detectors {
            let (on, name) = match wanted.strip_prefix('-') {
                Some(name) => (false, name),
                None => (true, wanted.strip_prefix('+').unwrap_or(wanted)),
            };
            let mut fits = false;
            for (at, detector) in all.iter().enumerate() {
                let by_parent = detector.parent.and_then(|p| catalogue.get(p)).is_some_and(|p| matches_glob(name, &p.id));
                if by_parent || matches_glob(name, &detector.id) {
                    fits = true;
                    if let Some(slot) = enabled.get_mut(at) {
                        *slot = on;
                    }
                }
            }
            if !fits {
                let nearest = nearest(name, all.iter().map(|d| d.id.as_str())).unwrap_or_default();
                return Err(Error::Usage(format!("unknown detector `{name}`; the nearest is `{nearest}`")));
            }
        }
        Ok(enabled)
    }
}

/// True where `glob`, in which `*` stands for any run, fits the whole of `text`. Linear in practice: no backtracking past the
/// last star.
fn matches_glob(glob: &str, text: &str) -> bool {
    let mut parts = glob.split('*');
    let Some(first) = parts.next() else { return false };
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    true
}

/// A compiled allow list.
pub(super) struct Allowed {
    values: HashSet<Vec<u8>>,
    patterns: RegexSet,
}

impl Allowed {
    /// # Errors
    /// [`Error::Usage`] with the pattern that does not compile.
    pub(super) fn new(list: &AllowList) -> Result<Self> {
        let patterns = RegexSetBuilder::new(&list.patterns)
            .size_limit(16 << 20)
            .build()
            .map_err(|e| Error::Usage(format!("allow pattern: {}", one_line(&e.to_string()))))?;
        Ok(Self { values: list.values.iter().map(|v| v.trim().to_lowercase().into_bytes()).collect(), patterns })
    }

    /// True where nothing is allowed.
    pub(super) fn is_empty(&self) -> bool {
        self.values.is_empty() && self.patterns.is_empty()
    }

    /// True where this value may stay.
    pub(super) fn holds(&self, value: &[u8]) -> bool {
        if !self.values.is_empty() {
            let lower = String::from_utf8_lossy(value).trim().to_lowercase();
            if self.values.contains(lower.as_bytes()) {
                return true;
            }
        }
        !self.patterns.is_empty() && self.patterns.is_match(value)
    }
}

/// True where the value is one of the documented ones.
pub(super) fn is_sample(samples: &[String], value: &[u8]) -> bool {
    !samples.is_empty() && std::str::from_utf8(value).is_ok_and(|v| samples.contains(&bare(v)))
}

/// The last line of a message that spans several: the reason without the drawing.
pub(super) fn one_line(message: &str) -> String {
    message.lines().rev().find(|l| !l.trim().is_empty()).unwrap_or_default().trim().trim_start_matches("error: ").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_fit_whole_ids() {
        let table: &[(&str, &str, bool)] = &[
            ("us.*", "us.ssn", true),
            ("*", "us.ssn", true),
            ("us.ssn", "us.ssn", true),
            ("us.ss", "us.ssn", false),
            ("*.ssn", "us.ssn", true),
            ("*s*n", "us.ssn", true),
            ("us.*x", "us.ssn", false),
        ];
        for (glob, text, fits) in table {
            assert_eq!(matches_glob(glob, text), *fits, "{glob} {text}");
        }
    }

    #[test]
    fn unknown_detectors_name_the_nearest() {
        let catalogue = Catalogue::builtin().unwrap();
        let selection = Selection { detectors: vec!["+us.snn".to_owned()], ..Selection::default() };
        let message = selection.enabled(&catalogue).unwrap_err().to_string();
        assert!(message.contains("`us.ssn`"), "{message}");
    }
}
