//! Judges a profile: which slices, windows and clusters stand out beyond chance and beyond what is natural here.
//!
//! A test is a file and a row of [`TESTS`]. Each controls false discoveries over all of its hypotheses, asks for an effect
//! that matters, and says in one sentence what it saw. A verdict is a predicate on rows: [`Matcher`] applies it anywhere.
//! What a profile cannot answer is asked ([`Judgement::questions`]); with the answers in the profile, judge again.

mod answers;
mod bias;
pub mod discovery;
pub mod divergence;
mod drift;
mod duplicate_flood;
mod equal_match;
mod evidence;
mod fixed_output;
mod gibberish;
mod label_flip;
mod labels;
mod leak;
mod leak_column;
mod leak_rows;
mod learn;
mod marked;
mod matcher;
mod mix;
mod model;
mod near_flood;
mod near_match;
mod noise;
mod order_scan;
mod outlier;
pub mod own_tail;
mod pick;
mod pii_label;
mod recount;
mod residual;
mod seen;
mod shingle;
mod slice_kind;
mod slice_shift;
pub mod spread;
pub mod tail;
mod track;
mod trigger;

pub use bias::{Bias, FacetBias, FacetKind, Measures};
pub use evidence::{Evidence, Point, Reference};
pub use matcher::{Hit, Matcher};
pub use noise::NoiseKind;
pub use pick::{Pick, SliceKey};
pub use recount::Recount;

use crate::batch::Fate;
use crate::profile::{Profile, Question};
use model::{Example, Models, Scratch, Seen};
use near_flood::Near;
use rayon::prelude::*;
use residual::{Candidates, Rows};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

/// How to judge.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The seed that facts are hashed with.
    pub seed: u64,
    /// The share of false discoveries that is allowed among the verdicts of a test.
    pub fdr: f64,
    /// Fates by test id, in the place of the test's own.
    pub fates: BTreeMap<String, Fate>,
    /// The tests to run.
    pub tests: Tests,
    /// Every row is to be scored.
    pub scores: bool,
    /// The profile of an earlier delivery, under the same seed.
    pub baseline: Option<Arc<Profile>>,
    /// The profile of rows that people vouch for, under the same seed.
    pub trusted: Option<Arc<Profile>>,
    /// The column of labels.
    pub label: String,
    /// The column of sources, where one is named.
    pub source: Option<String>,
    /// Columns whose values name rows or times, and differ from delivery to delivery.
    pub names_rows: Vec<String>,
}

impl Settings {
    /// Whether a column is that of the labels.
    fn is_label(&self, column: &str) -> bool {
        self.label == column
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            seed: 0,
            fdr: 0.05,
            fates: BTreeMap::new(),
            tests: Tests::All,
            scores: false,
            baseline: None,
            trusted: None,
            label: "label".to_owned(),
            source: None,
            names_rows: Vec::new(),
        }
    }
}

/// Which tests run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Tests {
    /// All of them.
    #[default]
    All,
    /// These ids.
    List(Vec<String>),
}

/// One thing that stands out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// Id of the test.
    pub test: String,
    /// The bare name of what stands out: `s09`, `rows 4100-4300`.
    pub subject: String,
    /// What kind of thing it is, or the file it lies in; empty where neither says more.
    pub slice: String,
    /// The test's statistic.
    pub statistic: f64,
    /// Probability of this or worse where nothing is wrong, at least 1e-300; none where a test counts what is there.
    pub p_value: Option<f64>,
    /// The share of false verdicts among those at least as strong.
    pub q_value: Option<f64>,
    /// Rows it is about. It points at them, unless there are so many that nobody could look at them.
    pub rows: u64,
    /// Size of the effect: total-variation distance for slices and windows, share of all rows for clusters.
    pub effect: f64,
    /// What happens to the rows it points at.
    pub fate: Fate,
    /// One sentence for a steward.
    pub why: String,
    /// Which rows it points at.
    pub pick: Pick,
    /// The numbers behind it, where there is something to draw.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
}

/// Whether a test could do its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// It ran.
    #[serde(rename = "ran")]
    Ran,
    /// The data does not allow it to say anything.
    #[serde(rename = "could not speak")]
    CouldNotSpeak,
}

/// What a test did, for the report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestState {
    /// Id of the test.
    pub test: String,
    /// Whether it ran.
    pub state: State,
    /// Why not, or what is worth knowing; may be empty.
    pub why: String,
    /// Hypotheses that were tested.
    pub hypotheses: u64,
    /// The fewest poisoned rows that it would have seen in this data.
    pub smallest_visible: Option<u64>,
}

/// All that was found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// What survived error control, by test, the strongest first.
    pub verdicts: Vec<Verdict>,
    /// What the tests did.
    pub tests: Vec<TestState>,
    /// Labels and their rows, the most frequent first.
    pub labels: Vec<(String, u64)>,
    /// How evenly labels are spread.
    pub bias: Bias,
    /// The seed of the facts that verdicts apply to.
    pub seed: u64,
    /// What has to be known before the judgement is final; empty: it is.
    #[serde(skip)]
    pub questions: Vec<Question>,
    /// Ids of the tests that asked.
    #[serde(skip)]
    asked: Vec<&'static str>,
    /// What was learnt of the rows, where a test asked for it.
    #[serde(skip)]
    learnt: Learnt,
}

/// What was learnt; no part of what a judgement says.
#[derive(Clone, Default)]
struct Learnt {
    models: Option<Arc<Models>>,
    near: Option<Near>,
}

impl PartialEq for Learnt {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl std::fmt::Debug for Learnt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.models.is_some() { "learnt" } else { "nothing" })
    }
}

impl Judgement {
    /// The predicate of all verdicts that point at rows.
    pub fn matcher(&self) -> Matcher {
        Matcher::new(self)
    }

    /// Takes what a test found.
    fn take(&mut self, test: &dyn Test, outcome: Outcome, settings: &Settings) {
        self.tests.push(TestState {
            test: test.id().to_owned(),
            state: if outcome.silent { State::CouldNotSpeak } else { State::Ran },
            why: outcome.why,
            hypotheses: outcome.hypotheses,
            smallest_visible: outcome.smallest_visible,
        });
        if !outcome.questions.is_empty() {
            self.asked.push(test.id());
        }
        self.questions.extend(outcome.questions);
        self.verdicts.extend(outcome.verdicts.into_iter().map(|mut verdict| {
            if let Some(fate) = settings.fates.get(test.id()).filter(|_| verdict.fate != Fate::Report) {
                verdict.fate = *fate;
            }
            let probabilities = [&mut verdict.p_value, &mut verdict.q_value].into_iter().flatten();
            for value in probabilities.chain([&mut verdict.statistic, &mut verdict.effect]) {
                *value = six_digits(*value);
            }
            verdict
        }));
    }
}

/// What a test hands back.
#[derive(Default)]
pub struct Outcome {
    verdicts: Vec<Verdict>,
    silent: bool,
    why: String,
    hypotheses: u64,
    smallest_visible: Option<u64>,
    questions: Vec<Question>,
}

impl Outcome {
    /// The data does not allow to say anything.
    fn could_not_speak(why: impl Into<String>) -> Self {
        Self { silent: true, why: why.into(), ..Self::default() }
    }
}

/// A test of the profile. Adding one: a file, a row in [`TESTS`].
pub trait Test: Sync {
    /// The stable id.
    fn id(&self) -> &'static str;

    /// Whether it asks what the words of rows say of their labels.
    fn learns(&self) -> bool {
        false
    }

    /// Judges. Tests run side by side.
    fn judge(&self, case: &Case<'_>) -> Outcome;
}

/// What is judged.
pub struct Case<'a> {
    /// Finished and of one seed.
    pub profile: &'a Profile,
    /// How.
    pub settings: &'a Settings,
    models: Option<Arc<Models>>,
    seen: Vec<(usize, Seen)>,
    runs: OnceLock<Candidates>,
    near: OnceLock<Near>,
}

impl<'a> Case<'a> {
    fn new(profile: &'a Profile, settings: &'a Settings, known: Learnt) -> Self {
        let near = known.near.map_or_else(OnceLock::new, OnceLock::from);
        Self { profile, settings, models: known.models, seen: Vec::new(), runs: OnceLock::new(), near }
    }

    /// What the tests say, side by side, by their number; those that stand are left out.
    fn outcomes<K: Sync>(&self, tests: &[(&dyn Test, Option<K>)]) -> BTreeMap<usize, Outcome> {
        let outcome = |(at, (test, known)): (usize, &(&dyn Test, Option<K>))| {
            known.is_none().then(|| {
                if self.profile.is_mixed() {
                    (at, Outcome::could_not_speak("profiles made with different seeds were put together"))
                } else if self.profile.read() == 0 {
                    (at, Outcome::could_not_speak("there are no rows"))
                } else {
                    (at, test.judge(self))
                }
            })
        };
        tests.par_iter().enumerate().with_max_len(1).filter_map(outcome).collect()
    }

    /// Learns what tests ask for that learn.
    fn learn(&mut self) {
        let examples = model::labelled(self.profile.sample());
        if self.models.is_none() {
            let vouched = self.trusted().map(|trusted| model::labelled(trusted.sample())).unwrap_or_default();
            self.models = Models::learn(&examples, &vouched).map(Arc::new);
        }
        if let Some(models) = &self.models {
            let see = |scratch: &mut Scratch, row: &Example<'_>| Some((models.class(row.label)?, models.see(row, scratch)));
            self.seen = examples.par_iter().map_init(Scratch::default, see).flatten_iter().collect();
        }
    }

    /// What the words of rows say of their labels; nothing where there are too few rows. For tests that learn.
    fn models(&self) -> Option<&Models> {
        self.models.as_deref()
    }

    /// Of the rows of the sample whose label was learnt: its class, and what the models say of it. For tests that learn.
    fn seen(&self) -> &[(usize, Seen)] {
        &self.seen
    }

    /// Runs of words that come with a label, counted when they are first asked for: on one thread, since two tests may wait.
    fn runs(&self, rows: &Rows<'_>) -> &Candidates {
        self.runs.get_or_init(|| rows.candidates())
    }

    /// Floods of near copies, looked for when they are first asked for. For one test alone.
    fn near(&self) -> &Near {
        self.near.get_or_init(|| near_flood::judge(self.profile, self.settings.fdr))
    }

    /// The trusted set, where its hashes can be compared with those of the data.
    fn trusted(&self) -> Option<&Profile> {
        let comparable = |trusted: &&Profile| !trusted.is_mixed() && trusted.seed() == self.profile.seed();
        self.settings.trusted.as_deref().filter(comparable)
    }

    /// Whether words tell labels so well that single rows can be doubted.
    fn can_doubt(&self) -> bool {
        self.models().is_some_and(|models| models.skill >= Models::KNOWS)
    }
}

/// All tests, in the order of reports.
pub static TESTS: &[&dyn Test] = &[
    &marked::HiddenText,
    &duplicate_flood::DuplicateFlood,
    &trigger::Trigger,
    &mix::TriggerMix,
    &label_flip::LabelFlip,
    &gibberish::Gibberish,
    &slice_shift::SliceShift,
    &order_scan::OrderScan,
    &trigger::ValueTrigger,
    &marked::Injection,
    &fixed_output::FixedOutput,
    &outlier::Outlier,
    &drift::Drift,
    &pii_label::PiiLabel,
    &leak::Leak,
];

/// Judges a profile. Fast beside making one: milliseconds, and a few hundred where all tables are full.
pub fn judge(profile: &Profile, settings: &Settings) -> Judgement {
    judge_again(profile, settings, &Judgement::default())
}

/// Judges again what a judgement asked about, now that the profile has the answers. What asked nothing stands.
pub fn judge_again(profile: &Profile, settings: &Settings, known: &Judgement) -> Judgement {
    let mut profile = std::borrow::Cow::Borrowed(profile);
    if !profile.is_finished() {
        profile.to_mut().finish();
    }
    let mut judgement = Judgement { seed: profile.seed().unwrap_or(settings.seed), ..Judgement::default() };
    judgement.labels = profile.labels().counts().into_iter().map(|(name, n)| (labels::shown(name), n)).collect();
    judgement.bias = bias::of_profile(&profile, settings);
    let is_meant = |test: &&&dyn Test| !matches!(&settings.tests, Tests::List(ids) if !ids.iter().any(|id| id == test.id()));
    let stands = |test: &dyn Test| {
        known.tests.iter().find(|state| state.test == test.id() && !known.asked.contains(&test.id())).map(|state| {
            let verdicts = known.verdicts.iter().filter(|verdict| verdict.test == test.id());
            (state.clone(), verdicts.cloned().collect::<Vec<_>>())
        })
    };
    let tests: Vec<_> = TESTS.iter().filter(is_meant).map(|test| (*test, stands(*test))).collect();
    let mut case = Case::new(&profile, settings, known.learnt.clone());
    // Before the others, and not beside them: what is learnt from takes room that they need.
    if tests.iter().any(|(test, known)| known.is_none() && test.learns()) || settings.scores && case.models.is_none() {
        case.learn();
    }
    let mut outcomes = case.outcomes(&tests);
    for (at, (test, known)) in tests.into_iter().enumerate() {
        if let Some((state, verdicts)) = known {
            judgement.tests.push(state);
            judgement.verdicts.extend(verdicts);
        }
        if let Some(outcome) = outcomes.remove(&at) {
            judgement.take(test, outcome, settings);
        }
    }
    judgement.learnt = Learnt { models: case.models.take(), near: case.near.take() };
    judgement
}

/// Rounds to six significant digits: what reports show, and what machines agree on.
fn six_digits(value: f64) -> f64 {
    if value.is_finite() { format!("{value:.5e}").parse().unwrap_or(value) } else { f64::MAX.copysign(value) }
}

/// A probability out of its logarithm, never 0.
fn probability(ln: f64) -> f64 {
    ln.exp().clamp(1e-300, 1.0)
}

#[cfg(test)]
mod bias_laws;
#[cfg(test)]
mod delivery_laws;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod laws_words;
#[cfg(test)]
mod leak_laws;
#[cfg(test)]
mod shards;
#[cfg(test)]
mod text_laws;
