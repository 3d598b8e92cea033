//! `pii-label`: does the presence of personal data of a type tell the label?
//!
//! Rows with a type against those without, by label: Fisher's exact test of the label whose share differs most surely, twice
//! the smaller tail (Fisher 1935), Bonferroni over the labels, Benjamini-Hochberg over the types. A difference of 5 % of the
//! rows is asked for beside: in a large table any difference is certain. The effect is that difference of shares.
//!
//! What it names is a property of the data and no row of it: masked or not, a model that sees the data or its tags may learn
//! the label from whether somebody's data is there. So the fate is a report. What cleaning changes of the balance stands with
//! the measures of [`super::bias`].

use super::discovery::ln_q_values;
use super::tail::ln_overlap_tail;
use super::{Case, Outcome, Pick, Test, Verdict, labels, probability};
use crate::batch::Fate;
use crate::profile::{CLASSES, Profile, Slice, fold};
use std::collections::BTreeMap;

/// The test.
pub struct PiiLabel;

/// Labelled rows with a type, and without it, from which it is tested.
const FEWEST: f64 = 20.0;
/// Difference of shares from which it matters.
const EFFECT: f64 = 0.05;

/// One type against the rest.
struct Compared<'a> {
    id: &'a str,
    ln_p: f64,
    /// The label, or the class of labels.
    label: u64,
    /// Labelled rows with the type, and of the label among them.
    with: (f64, f64),
    without: (f64, f64),
}

impl Test for PiiLabel {
    fn id(&self) -> &'static str {
        "pii-label"
    }

    fn judge(&self, case: &Case<'_>) -> Outcome {
        let (profile, settings) = (case.profile, case.settings);
        if let Some(why) = labels::silence(profile) {
            return Outcome::could_not_speak(why);
        }
        if profile.personal().is_empty() {
            return Outcome::could_not_speak("no row holds personal data that was looked for");
        }
        if profile.labels().is_sample() {
            return Outcome::could_not_speak("there are more labels than are kept");
        }
        let classes = if profile.labels().distinct() > CLASSES { CLASSES } else { 0 };
        let total = total(profile, classes);
        let compared: Vec<Compared<'_>> = profile.personal().iter().filter_map(|(_, slice)| compared(slice, &total)).collect();
        if compared.is_empty() {
            return Outcome::could_not_speak(format!(
                "no type of personal data is in {FEWEST} labelled rows and missing in as many"
            ));
        }
        let hypotheses = compared.len() as f64;
        let q = ln_q_values(&compared.iter().map(|c| c.ln_p).collect::<Vec<_>>(), hypotheses);
        let mut verdicts: Vec<Verdict> = compared
            .iter()
            .zip(q)
            .filter(|(c, q)| *q <= settings.fdr.ln() && c.effect() >= EFFECT)
            .map(|(c, q)| c.verdict(&labels::name(profile, c.label, classes), q))
            .collect();
        verdicts.sort_by(|a, b| {
            let p = |v: &Verdict| v.p_value.unwrap_or(1.0);
            p(a).total_cmp(&p(b)).then(b.statistic.total_cmp(&a.statistic)).then(a.subject.cmp(&b.subject))
        });
        Outcome {
            verdicts,
            hypotheses: compared.len() as u64,
            smallest_visible: smallest_visible(&total, settings.fdr, hypotheses),
            ..Outcome::default()
        }
    }
}

/// Labelled rows by label or class.
fn total(profile: &Profile, classes: usize) -> BTreeMap<u64, f64> {
    let mut total: BTreeMap<u64, f64> = BTreeMap::new();
    for (label, _, n) in profile.labels().iter() {
        *total.entry(if classes == 0 { label } else { fold(label, classes) }).or_default() += n as f64;
    }
    total
}

/// The label whose share differs most surely.
fn compared<'a>(slice: &'a Slice, total: &BTreeMap<u64, f64>) -> Option<Compared<'a>> {
    let with: f64 = slice.counts.iter().map(|c| c.1 as f64).sum();
    let all: f64 = total.values().sum();
    if with < FEWEST || all - with < FEWEST {
        return None;
    }
    let count = |label: u64| slice.counts.iter().find(|c| c.0 == label).map_or(0.0, |c| c.1 as f64);
    let of_label = |(label, n): (&u64, &f64)| {
        let (k, n) = (count(*label), *n);
        let tail = ln_overlap_tail(k, with, n, all).min(ln_overlap_tail(n - k, all - with, n, all));
        Compared {
            id: &slice.name,
            ln_p: (tail + 2f64.ln()).min(0.0),
            label: *label,
            with: (with, k),
            without: (all - with, n - k),
        }
    };
    let rank = |c: &Compared<'_>| (c.ln_p, -c.share_with());
    let best = total.iter().map(of_label).min_by(|a, b| {
        let (a, b) = (rank(a), rank(b));
        a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1))
    })?;
    // Of two labels the one says what the other does.
    let tried = if total.len() == 2 { 1.0 } else { total.len() as f64 };
    Some(Compared { ln_p: (best.ln_p + f64::ln(tried)).min(0.0), ..best })
}

impl Compared<'_> {
    fn share_with(&self) -> f64 {
        self.with.1 / self.with.0
    }

    fn share_without(&self) -> f64 {
        self.without.1 / self.without.0
    }

    fn effect(&self) -> f64 {
        (self.share_with() - self.share_without()).abs()
    }

    /// G of the table of four cells.
    fn g(&self) -> f64 {
        let (n, m) = (self.with.0, self.without.0);
        let share = (self.with.1 + self.without.1) / (n + m);
        let cell = |seen: f64, expected: f64| if seen > 0.0 { 2.0 * seen * (seen / expected).ln() } else { 0.0 };
        let side = |(rows, of): (f64, f64)| cell(of, rows * share) + cell(rows - of, rows * (1.0 - share));
        (side(self.with) + side(self.without)).max(0.0)
    }

    fn verdict(&self, label: &str, ln_q: f64) -> Verdict {
        let id = labels::shown(self.id);
        let why = format!(
            "rows with {id} are labelled {label} in {} against {} of the others ({:.0} of {:.0} rows, p = {:.1e}): whether \
             somebody's data is there tells the label, and a tag in its place tells it too.",
            labels::percent(self.share_with()),
            labels::percent(self.share_without()),
            self.with.1,
            self.with.0,
            probability(self.ln_p),
        );
        Verdict {
            test: PiiLabel.id().to_owned(),
            subject: id,
            slice: String::new(),
            statistic: self.g(),
            p_value: Some(probability(self.ln_p)),
            q_value: Some(probability(ln_q)),
            rows: self.with.0 as u64,
            effect: self.effect(),
            fate: Fate::Report,
            why,
            pick: Pick::Nothing,
            evidence: None,
        }
    }
}

/// The fewest rows with a type that would be seen, all of them of the rarest label that fills so many rows.
fn smallest_visible(total: &BTreeMap<u64, f64>, fdr: f64, hypotheses: f64) -> Option<u64> {
    let all: f64 = total.values().sum();
    let rows =
        |n: f64| ((fdr.ln() - hypotheses.ln() - (total.len() as f64).ln() - 2f64.ln()) / (n / all).ln()).ceil().max(FEWEST);
    let seen = total.values().filter(|n| **n < all).map(|n| (rows(*n), *n)).filter(|(rows, n)| rows <= n);
    seen.map(|(rows, _)| rows as u64).min()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::{Facts, Origin};
    use crate::verdict::{Settings, State, TestState, judge};

    /// Rows of (label, has an address, times); the judgement's only test.
    fn judged(rows: &[(&str, bool, usize)]) -> (TestState, Vec<Verdict>) {
        let mut facts = Facts::new(3);
        let email = facts.personal_type("contact.email");
        for (label, has, times) in rows {
            for _ in 0..*times {
                if *has {
                    facts.holds(email, facts.rows().len());
                }
                facts.row(1, Some(label.as_bytes()), None, None);
            }
        }
        let mut profile = Profile::default();
        profile.take(Origin { file: "a.csv", offset: 0 }, &facts);
        let tests = crate::verdict::Tests::List(vec!["pii-label".to_owned()]);
        let mut judgement = judge(&profile, &Settings { seed: 3, tests, ..Settings::default() });
        (judgement.tests.remove(0), judgement.verdicts)
    }

    #[test]
    fn a_type_that_tells_the_label_is_named_and_chance_is_not() {
        for (rows, named, why) in [
            (&[("spam", true, 182), ("ham", true, 18), ("spam", false, 430), ("ham", false, 570)][..], true, "91 % against 43 %"),
            (&[("spam", true, 18), ("ham", true, 182), ("spam", false, 570), ("ham", false, 430)], true, "the other way round"),
            (&[("spam", true, 100), ("ham", true, 100), ("spam", false, 500), ("ham", false, 500)], false, "the same shares"),
            (&[("spam", true, 12), ("ham", true, 8), ("spam", false, 500), ("ham", false, 500)], false, "chance"),
            (&[("a", true, 5200), ("b", true, 4800), ("a", false, 50_000), ("b", false, 50_000)], false, "sure, but by 2 %"),
            (
                &[("a", true, 90), ("b", true, 5), ("c", true, 5), ("a", false, 300), ("b", false, 300), ("c", false, 300)],
                true,
                "of three",
            ),
        ] {
            let (state, verdicts) = judged(rows);
            assert_eq!((state.state, state.hypotheses), (State::Ran, 1), "{why}");
            assert_eq!(verdicts.len(), usize::from(named), "{why}: {verdicts:?}");
            assert!(verdicts.iter().all(|v| v.fate == Fate::Report && v.pick == Pick::Nothing), "{why}");
        }
        let (_, verdicts) = judged(&[("spam", true, 182), ("ham", true, 18), ("spam", false, 430), ("ham", false, 570)]);
        let start = "rows with contact.email are labelled \"spam\" in 91 % against 43 % of the others (182 of 200 rows, p = ";
        assert!(verdicts[0].why.starts_with(start), "{}", verdicts[0].why);
        assert!((verdicts[0].effect - 0.48).abs() < 1e-9 && verdicts[0].rows == 200);
    }

    #[test]
    fn where_there_is_too_little_it_says_so() {
        for (rows, word, why) in [
            (&[("a", false, 200), ("b", false, 200)][..], "20 labelled rows", "a type in no row"),
            (&[("a", true, 10), ("b", false, 200)], "20 labelled rows", "in ten rows"),
            (&[("a", true, 200), ("b", true, 200), ("a", false, 3)], "20 labelled rows", "in nearly all rows"),
            (&[("a", true, 400)], "same label", "one label"),
        ] {
            let (state, verdicts) = judged(rows);
            assert_eq!((state.state, verdicts.len()), (State::CouldNotSpeak, 0), "{why}");
            assert!(state.why.contains(word), "{why}: {}", state.why);
        }
    }
}
