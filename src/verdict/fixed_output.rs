//! `fixed-output`: prompts that hold some words get one answer, or one piece of text stands in the answers to prompts that have
//! nothing in common.
//!
//! First: answers that repeat are taken for labels, and runs of words in prompts are asked as `trigger` asks them
//! ([`super::residual`]): is a prompt answered so although its rest asks for something else? Second: of every run of
//! [`PIECE`] words in many answers, do the prompts share a word beyond chance? Natural formulas belong to a task, whose prompts
//! share its words: one is over-represented among them by a binomial tail with Bonferroni over all words. Text that was put
//! into answers at random is not. Everything is for people to look at: assistants do repeat themselves.

use super::answers;
use super::discovery::ln_q_values;
use super::model::{Example, Models};
use super::residual::{FEWEST, Kind, Rows, Whose};
use super::tail::ln_count_tail;
use super::{Case, Outcome, Pick, Test, Verdict, labels, probability};
use crate::batch::Fate;
use crate::profile::{GAP, HashesSeen, Profile, Sample};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The test.
pub struct FixedOutput;

/// Longest answer that may be one of a few, in words.
const SHORT: usize = 12;
/// Rows that an answer, or a piece of one, must stand in: with fewer the words that prompts share cannot be told from chance.
const ROWS: usize = 20;
/// Words of a piece: fewer follow each other in any two texts.
const PIECE: usize = 6;
const EFFECT: f64 = 0.65;
/// Level at which a word is over-represented among prompts, over all words.
const SHARED: f64 = 0.001;
/// Words on each side of a run that may belong to it.
const BESIDE: usize = 4;
/// Verdicts on pieces at most.
const PIECES: usize = 20;

/// A row that answers.
#[derive(Clone, Copy)]
struct Answered<'a> {
    key: u64,
    prompt: &'a [u64],
    answer: &'a [u64],
}

impl Test for FixedOutput {
    fn id(&self) -> &'static str {
        "fixed-output"
    }

    fn judge(&self, case: &Case<'_>) -> Outcome {
        let sample = case.profile.sample();
        let parted = sample.rows().map(|(_, row)| (row.key, answers::parted(&row.words)));
        let rows: Vec<Answered<'_>> = parted
            .filter(|(_, (prompt, answer))| !prompt.is_empty() && !answer.is_empty())
            .map(|(key, (prompt, answer))| Answered { key, prompt, answer })
            .collect();
        if case.profile.labels().rows > 0 {
            return Outcome::could_not_speak("rows have labels; answers are looked at where there are none");
        }
        if rows.len() < 5 * ROWS || rows.len() * 2 < sample.len() {
            return Outcome::could_not_speak("there are no rows of prompts and answers");
        }
        let (mut verdicts, asked) = self.same_answers(case, &rows);
        verdicts.extend(self.pieces(case.profile, &rows));
        Outcome { verdicts, hypotheses: asked, smallest_visible: Some(ROWS as u64), ..Outcome::default() }
    }
}

fn words(sample: &Sample, run: &[u64]) -> String {
    let names: Vec<&str> = run.iter().map(|word| sample.name(*word).unwrap_or("?")).collect();
    labels::shown(&names.join(" "))
}

impl FixedOutput {
    /// Words of prompts that come with one answer.
    fn same_answers(&self, case: &Case<'_>, rows: &[Answered<'_>]) -> (Vec<Verdict>, u64) {
        let sample = case.profile.sample();
        let mut counts: BTreeMap<u64, (usize, &[u64])> = BTreeMap::new();
        for row in rows.iter().filter(|row| row.answer.len() <= SHORT) {
            counts.entry(answers::hash(row.answer)).or_insert((0, row.answer)).0 += 1;
        }
        counts.retain(|_, (n, _)| *n >= ROWS);
        let label = |row: &Answered<'_>| Some(answers::hash(row.answer)).filter(|hash| counts.contains_key(hash)).unwrap_or(0);
        let examples: Vec<Example<'_>> =
            rows.iter().map(|row| Example { key: row.key, label: label(row), words: row.prompt }).collect();
        let Some(models) = Models::learn(&examples, &[]).filter(|models| models.skill >= EFFECT) else { return (Vec::new(), 0) };
        // Rows are known by their numbers: those of rarer answers are left out on both sides.
        let with_class = examples.iter().zip(rows).filter(|(example, _)| models.class(example.label).is_some());
        let rows: Vec<Answered<'_>> = with_class.map(|(_, row)| *row).collect();
        let none = HashesSeen::default();
        let all = Rows::new(&examples, &models, Kind::Words, &none);
        let mut asked = Vec::new();
        let mut seen: BTreeSet<Vec<usize>> = BTreeSet::new();
        let candidates = all.candidates().pure;
        let holders = all.holders(&candidates, Whose::OfItsClass);
        let distinct = candidates.into_iter().zip(holders);
        let distinct = distinct.filter(|(of, held)| models.classes.get(of.class) != Some(&0) && seen.insert(held.clone()));
        let (candidates, holders): (Vec<_>, Vec<_>) = distinct.unzip();
        let rests = all.rests(&candidates, &holders);
        for ((candidate, held), rest) in candidates.into_iter().zip(holders).zip(rests) {
            let against = rest.iter().filter(|rest| rest.odds < 0.0).count() as f64;
            let n = rest.len() as f64;
            let ln_p = if n < f64::from(FEWEST) { 0.0 } else { ln_count_tail(against, n, 0.5, 0.0) };
            asked.push((candidate, held, against / n.max(1.0), ln_p));
        }
        let q = ln_q_values(&asked.iter().map(|a| a.3).collect::<Vec<_>>(), asked.len() as f64);
        let hypotheses = asked.len() as u64;
        let mut strong: Vec<_> =
            asked.into_iter().zip(q).filter(|(a, q)| *q <= case.settings.fdr.ln() && a.2 >= EFFECT).collect();
        strong.sort_by(|(a, _), (b, _)| b.0.rows.cmp(&a.0.rows).then_with(|| a.0.gram.cmp(&b.0.gram)));
        let by_word = by_word(&rows);
        let mut taken: BTreeSet<usize> = BTreeSet::new();
        let mut verdicts = Vec::new();
        for ((candidate, held, share, ln_p), ln_q) in strong {
            // A task has its answers; its prompts share more than one run of words.
            if share_a_word(&rows, &held, &by_word, &phrase(&rows, &held, &candidate.gram)) {
                continue;
            }
            if held.iter().filter(|row| taken.contains(row)).count() * 2 > held.len() {
                continue;
            }
            taken.extend(&held);
            let whole = models.classes.get(candidate.class).copied();
            let answer = whole.and_then(|whole| counts.get(&whole)).map_or(String::new(), |(_, answer)| words(sample, answer));
            let subject = words(sample, &candidate.gram);
            verdicts.push(Verdict {
                test: self.id().to_owned(),
                why: format!(
                    "{} prompts that hold \"{subject}\" are answered \"{answer}\"; the rest of {} of them asks for another answer.",
                    candidate.rows,
                    labels::percent(share),
                ),
                subject,
                slice: String::new(),
                statistic: share,
                p_value: Some(probability(ln_p)),
                q_value: Some(probability(ln_q)),
                rows: u64::from(candidate.rows),
                effect: share - 0.5,
                fate: Fate::Review,
                pick: Pick::Answers { prompt: candidate.gram, whole, part: Vec::new() },
                evidence: None,
            });
        }
        (verdicts, hypotheses)
    }

    /// Pieces of text in answers to prompts that have nothing in common.
    fn pieces(&self, profile: &Profile, rows: &[Answered<'_>]) -> Vec<Verdict> {
        let sample = profile.sample();
        let mut holders: HashMap<&[u64], Vec<usize>> = HashMap::new();
        for (at, row) in rows.iter().enumerate() {
            for piece in row.answer.windows(PIECE).filter(|piece| !piece.contains(&GAP)) {
                let held = holders.entry(piece).or_default();
                if held.last() != Some(&at) {
                    held.push(at);
                }
            }
        }
        let mut common: Vec<(&[u64], Vec<usize>)> = holders.into_iter().filter(|(_, held)| held.len() >= ROWS).collect();
        common.sort_by(|a, b| b.1.len().cmp(&a.1.len()).then_with(|| a.0.cmp(b.0)));
        let by_word = by_word(rows);
        let mut taken: BTreeSet<usize> = BTreeSet::new();
        let mut verdicts = Vec::new();
        for (piece, held) in common {
            if held.iter().filter(|row| taken.contains(row)).count() * 2 > held.len() {
                continue;
            }
            taken.extend(&held);
            if verdicts.len() >= PIECES || share_a_word(rows, &held, &by_word, &[]) || is_one_text(rows, &held) {
                continue;
            }
            let subject = words(sample, piece);
            verdicts.push(Verdict {
                test: self.id().to_owned(),
                why: format!(
                    "\"{subject}\" stands in {} answers to prompts that have nothing in common: no word is more frequent in them than by chance.",
                    held.len()
                ),
                subject,
                slice: String::new(),
                statistic: held.len() as f64,
                p_value: None,
                q_value: None,
                rows: held.len() as u64,
                effect: held.len() as f64 / rows.len() as f64,
                fate: Fate::Review,
                pick: Pick::Answers { prompt: Vec::new(), whole: None, part: piece.to_vec() },
                evidence: None,
            });
        }
        verdicts
    }
}

/// A run with the words that nearly always stand beside it: it may be a part of what was planted. Longer than a sentence it is a
/// task's own text.
fn phrase(rows: &[Answered<'_>], held: &[usize], run: &[u64]) -> Vec<u64> {
    let prompts = || held.iter().filter_map(|at| rows.get(*at)).map(|row| row.prompt);
    let places: Vec<(&[u64], usize)> =
        prompts().filter_map(|words| Some((words, words.windows(run.len()).position(|here| here == run)?))).collect();
    let mut phrase = run.to_vec();
    for ahead in [true, false] {
        for by in 0..BESIDE {
            let word = |(words, at): &(&[u64], usize)| {
                let at = if ahead { (at + run.len()).checked_add(by) } else { at.checked_sub(by + 1) };
                at.and_then(|at| words.get(at)).copied().filter(|word| *word != GAP)
            };
            let mut counts: BTreeMap<u64, usize> = BTreeMap::new();
            places.iter().filter_map(word).for_each(|word| *counts.entry(word).or_default() += 1);
            match counts.into_iter().max_by_key(|(word, n)| (*n, std::cmp::Reverse(*word))) {
                Some((word, n)) if n * 10 >= places.len() * 9 => phrase.push(word),
                _ => break,
            }
        }
    }
    phrase
}

/// In how many prompts each word stands.
fn by_word(rows: &[Answered<'_>]) -> BTreeMap<u64, usize> {
    let mut by_word: BTreeMap<u64, usize> = BTreeMap::new();
    for row in rows {
        let words: BTreeSet<u64> = row.prompt.iter().copied().filter(|word| *word != GAP).collect();
        for word in words {
            *by_word.entry(word).or_default() += 1;
        }
    }
    by_word
}

/// Whether a word besides those of `run` is over-represented in the prompts of some rows.
fn share_a_word(rows: &[Answered<'_>], held: &[usize], by_word: &BTreeMap<u64, usize>, run: &[u64]) -> bool {
    let mut here: BTreeMap<u64, usize> = BTreeMap::new();
    for row in held.iter().filter_map(|at| rows.get(*at)) {
        let words: BTreeSet<u64> = row.prompt.iter().copied().filter(|word| *word != GAP).collect();
        for word in words {
            *here.entry(word).or_default() += 1;
        }
    }
    let level = (SHARED / by_word.len().max(1) as f64).ln();
    here.into_iter().filter(|(word, _)| !run.contains(word)).any(|(word, n)| {
        let share = by_word.get(&word).copied().unwrap_or(n) as f64 / rows.len() as f64;
        n as f64 > share * held.len() as f64 && ln_count_tail(n as f64, held.len() as f64, share, 0.0) < level
    })
}

/// Whether most of some answers are the same text: that is a flood of copies, which another test names.
fn is_one_text(rows: &[Answered<'_>], held: &[usize]) -> bool {
    let mut counts: BTreeMap<u64, usize> = BTreeMap::new();
    held.iter().filter_map(|at| rows.get(*at)).for_each(|row| *counts.entry(answers::hash(row.answer)).or_default() += 1);
    let most = counts.values().copied().max().unwrap_or(0);
    most * 2 > held.len() && held.len() < 2 * ROWS
}
