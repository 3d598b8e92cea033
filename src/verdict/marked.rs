//! `hidden-text` and `injection`: rows whose text hides characters from its readers, or speaks to a model.
//!
//! Nothing is inferred: a mark stands in a row or it does not, so there is no null, and no p-value. What no writer types by
//! chance is withheld; where more than [`NATURAL`] of all rows have a mark it is the nature of this data (text that was scraped
//! with its invisible separators) and people should look at it.

use super::{Case, Outcome, Pick, Test, Verdict};
use crate::batch::Fate;
use crate::profile::{INJECTION, Profile};
use crate::text::hidden::sign;

/// The tests.
pub struct HiddenText;
pub struct Injection;

/// A share of rows beyond which a mark is this data's nature. Half of what published attacks poison at most.
const NATURAL: f64 = 0.05;

const HIDDEN: &[(u8, &str, &str)] = &[
    (sign::ZERO_WIDTH, "zero-width characters", "hold characters that are not seen (U+200B, U+2060 and on, U+FEFF)"),
    (sign::DIRECTION, "direction controls", "hold controls that turn the direction of text (U+202A and on, U+2066 and on)"),
    (
        sign::TAGS,
        "tag characters",
        "hold tag characters, with which whole sentences are written that nobody sees (U+E0000 and on)",
    ),
    (sign::MIXED, "mixed scripts", "hold words of letters that look alike in several scripts"),
];

fn verdicts(test: &str, marks: &[(u8, &str, &str)], fate: Fate, profile: &Profile) -> Outcome {
    let all = profile.read().max(1) as f64;
    let of = |(mark, subject, what): &(u8, &str, &str)| {
        let rows = profile.marked(*mark);
        let share = rows as f64 / all;
        let natural = share > NATURAL;
        let nature = if natural { ", so many that it seems the nature of this data" } else { "" };
        (rows > 0).then(|| Verdict {
            test: test.to_owned(),
            subject: (*subject).to_owned(),
            slice: String::new(),
            statistic: rows as f64,
            p_value: None,
            q_value: None,
            rows,
            effect: share,
            fate: if natural { Fate::Review } else { fate },
            why: format!("{rows} of {} rows {what}{nature}.", profile.read()),
            pick: Pick::Marked { mark: *mark },
            evidence: None,
        })
    };
    Outcome {
        verdicts: marks.iter().filter_map(of).collect(),
        hypotheses: marks.len() as u64,
        smallest_visible: Some(1),
        ..Outcome::default()
    }
}

impl Test for HiddenText {
    fn id(&self) -> &'static str {
        "hidden-text"
    }

    fn judge(&self, case: &Case<'_>) -> Outcome {
        let profile = case.profile;
        verdicts(self.id(), HIDDEN, Fate::Quarantine, profile)
    }
}

impl Test for Injection {
    fn id(&self) -> &'static str {
        "injection"
    }

    fn judge(&self, case: &Case<'_>) -> Outcome {
        let profile = case.profile;
        let what = "speak to a model instead of a reader: orders to forget its instructions, roles to play, marks of turns";
        verdicts(self.id(), &[(INJECTION, "prompt injection", what)], Fate::Review, profile)
    }
}
