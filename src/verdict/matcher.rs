//! Applies verdicts to rows: a pure function of (file, row, facts), whatever part a machine looks at.

use super::equal_match::EqualTexts;
use super::model::{Example, Models, Scratch};
use super::near_match::NearTexts;
use super::noise::Noise;
use super::seen::Seen;
use super::{Judgement, Pick, SliceKey, answers};
use crate::batch::Fate;
use crate::profile::{RowView, Span, Words, file_hash, fold, half, named_number};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// A verdict that points at a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// Index into [`Judgement::verdicts`].
    pub verdict: usize,
    /// Higher is worse: minus log10 of the p-value; 1 where there is none.
    pub score: f64,
    /// The verdict's p-value.
    pub p_value: Option<f64>,
    /// What happens to the row.
    pub fate: Fate,
}

struct Pointing {
    hit: Hit,
    at: Vec<u64>,
    classes: usize,
    doubted: bool,
}

impl Pointing {
    fn holds(&self, label: u64) -> bool {
        let class = if self.classes == 0 { label } else { fold(label, self.classes) };
        self.at.contains(&class)
    }
}

/// Prompts and answers that a verdict points at.
struct Answer {
    prompt: Vec<u64>,
    whole: Option<u64>,
    part: Vec<u64>,
    hit: Hit,
}

/// Words that a verdict points at.
struct Held {
    grams: Vec<Vec<u64>>,
    all: bool,
    label: Option<u64>,
    hit: Hit,
}

impl Held {
    fn holds(&self, label: Option<u64>, words: &[u64]) -> bool {
        if self.label.is_some() && self.label != label {
            return false;
        }
        let held = |gram: &Vec<u64>| !gram.is_empty() && words.windows(gram.len()).any(|here| here == gram);
        if self.all { self.grams.iter().all(held) } else { self.grams.iter().any(held) }
    }
}

/// Numbers that a verdict points at.
struct Beyond {
    column: String,
    from: i32,
    label: Option<u64>,
    hit: Hit,
    /// The words of the part at work that are such numbers.
    words: HashSet<u64>,
}

impl Beyond {
    fn is_of(&self, column: &str, bucket: i32) -> bool {
        self.column == column && if self.from < 0 { bucket <= self.from } else { bucket >= self.from }
    }

    fn holds(&self, label: Option<u64>, words: &[u64]) -> bool {
        !self.words.is_empty()
            && (self.label.is_none() || self.label == label)
            && words.iter().any(|word| self.words.contains(word))
    }
}

/// The predicate of a judgement. Costs a few table look-ups a row, however many verdicts there are.
pub struct Matcher {
    seed: u64,
    slices: HashMap<SliceKey, Vec<Pointing>>,
    spans: Vec<Span>,
    /// By file: windows by first row; they do not overlap.
    windows: HashMap<u64, Vec<(u64, u64, Pointing)>>,
    copies: HashMap<u128, (Hit, String, u64)>,
    marks: Vec<(u8, Hit)>,
    words: Vec<Held>,
    answers: Vec<Answer>,
    /// Labels that rows have and others that they read like, and how likely these must be.
    doubts: Vec<(u64, usize, f64, Hit)>,
    models: Option<Arc<Models>>,
    scratch: Scratch,
    near: NearTexts,
    equal: EqualTexts,
    noise: Vec<(Noise, Hit)>,
    beyond: Vec<Beyond>,
    /// The file of the last row: path and hash.
    file: (String, u64),
}

impl Matcher {
    pub(super) fn new(judgement: &Judgement) -> Self {
        let mut matcher = Self {
            seed: judgement.seed,
            slices: HashMap::new(),
            spans: Vec::new(),
            windows: HashMap::new(),
            copies: HashMap::new(),
            marks: Vec::new(),
            words: Vec::new(),
            answers: Vec::new(),
            doubts: Vec::new(),
            models: judgement.learnt.models.clone(),
            scratch: Scratch::default(),
            near: NearTexts::default(),
            equal: EqualTexts::default(),
            noise: Vec::new(),
            beyond: Vec::new(),
            file: (String::new(), file_hash(judgement.seed, "")),
        };
        for (at, verdict) in judgement.verdicts.iter().enumerate().filter(|(_, v)| v.fate != Fate::Report) {
            let score = verdict.p_value.map_or(1.0, |p| -p.log10() + 0.0);
            let hit = Hit { verdict: at, score, p_value: verdict.p_value, fate: verdict.fate };
            match &verdict.pick {
                Pick::Nothing => {}
                Pick::Slice { of, labels, classes, doubted } => {
                    if let SliceKey::Time(span, _) = of
                        && !matcher.spans.contains(span)
                    {
                        matcher.spans.push(*span);
                    }
                    let pointing = Pointing { hit, at: labels.clone(), classes: *classes, doubted: *doubted };
                    matcher.slices.entry(*of).or_default().push(pointing);
                }
                Pick::Window { file, start, end, labels, classes, doubted } => {
                    let windows = matcher.windows.entry(*file).or_default();
                    let pointing = Pointing { hit, at: labels.clone(), classes: *classes, doubted: *doubted };
                    windows.push((*start, *end, pointing));
                    windows.sort_by_key(|w| w.0);
                }
                Pick::Marked { mark } => matcher.marks.push((*mark, hit)),
                Pick::Holds { grams, all, label } => {
                    matcher.words.push(Held { grams: grams.clone(), all: *all, label: *label, hit });
                }
                Pick::Answers { prompt, whole, part } => {
                    matcher.answers.push(Answer { prompt: prompt.clone(), whole: *whole, part: part.clone(), hit });
                }
                Pick::Doubted { from, to, least } => {
                    let to = matcher.models.as_ref().and_then(|models| models.class(*to));
                    let least = f64::from(*least) / f64::from(Pick::DOUBT);
                    matcher.doubts.extend(to.map(|to| (*from, to, least, hit)));
                }
                Pick::Near { signature, label } => matcher.near.add(signature, *label, hit),
                Pick::NearAny { signatures } => signatures.iter().for_each(|signature| matcher.near.add(signature, None, hit)),
                Pick::Equal { texts } => matcher.equal.add(texts, hit),
                Pick::Noise { kind, seen, least } => {
                    if let Some(seen) = Seen::from_text(seen) {
                        matcher.noise.push((Noise { kind: *kind, seen, least: least.clone() }, hit));
                    }
                }
                Pick::Beyond { column, from, label } => {
                    let (column, words) = (column.clone(), HashSet::new());
                    matcher.beyond.push(Beyond { column, from: *from, label: *label, hit, words });
                }
                Pick::Copies { key, file, row } => {
                    if let Ok(key) = u128::from_str_radix(key, 16) {
                        matcher.copies.insert(key, (hit, file.clone(), *row));
                    }
                }
            }
        }
        matcher.near.settle();
        matcher
    }

    /// Whether no verdict points at any row, so that rows need not be asked for.
    pub fn is_empty(&self) -> bool {
        self.slices.is_empty()
            && self.windows.is_empty()
            && self.copies.is_empty()
            && self.marks.is_empty()
            && !self.wants_words()
    }

    /// Whether the words of rows are asked for.
    pub fn wants_words(&self) -> bool {
        let none = self.words.is_empty() && self.doubts.is_empty() && self.answers.is_empty();
        let pointing = self.slices.values().flatten().chain(self.windows.values().flatten().map(|window| &window.2));
        !(none
            && !pointing.into_iter().any(|of| of.doubted)
            && self.near.is_empty()
            && self.equal.is_empty()
            && self.noise.is_empty()
            && self.beyond.is_empty())
    }

    /// How likely it is that a row has another label than it should, from 0 to 1, out of what was learnt from other rows;
    /// nothing where its label was not learnt.
    pub fn doubt(&mut self, facts: &RowView, words: &[u64]) -> Option<f64> {
        let models = self.models.as_ref()?;
        let class = models.class(facts.label?)?;
        let row = Example { key: half(facts.key), label: facts.label?, words };
        let seen = models.see(&row, &mut self.scratch);
        Some(1.0 - models.probability(&seen, class))
    }

    /// Opens a part: `words` are those of its rows. Numbers are told by them, once for each that is distinct.
    pub fn part(&mut self, words: &Words) {
        self.beyond.iter_mut().for_each(|beyond| beyond.words.clear());
        if self.beyond.is_empty() {
            return;
        }
        for (word, column, bucket) in words.names().filter_map(|(word, name)| named_number(name).map(|n| (word, n.0, n.1))) {
            for beyond in self.beyond.iter_mut().filter(|beyond| beyond.is_of(column, bucket)) {
                beyond.words.insert(word);
            }
        }
    }

    /// Appends the verdicts that point at row `row` of `file`, in no particular order but always the same. `words` are the
    /// row's, where they are asked for; its part was opened by [`Matcher::part`].
    pub fn row(&mut self, file: &str, row: u64, facts: &RowView, words: &[u64], hits: &mut Vec<Hit>) {
        hits.extend(self.marks.iter().filter(|(mark, _)| facts.marks & mark != 0).map(|(_, hit)| *hit));
        hits.extend(self.words.iter().filter(|held| held.holds(facts.label, words)).map(|held| held.hit));
        self.near.row(facts.label, words, hits);
        self.equal.row(words, hits);
        hits.extend(self.noise.iter().filter(|(noise, _)| noise.is_in(words)).map(|(_, hit)| *hit));
        hits.extend(self.beyond.iter().filter(|beyond| beyond.holds(facts.label, words)).map(|beyond| beyond.hit));
        if self.file.0 != file {
            self.file = (file.to_owned(), file_hash(self.seed, file));
        }
        if let Some((hit, first_file, first_row)) = self.copies.get(&facts.key)
            && (first_file.as_str(), *first_row) != (file, row)
        {
            hits.push(*hit);
        }
        if !self.answers.is_empty() {
            let (asked, answer) = answers::parted(words);
            let hash = answers::hash(answer);
            let holds = |words: &[u64], run: &[u64]| run.is_empty() || words.windows(run.len()).any(|here| here == run);
            hits.extend(self.answers.iter().filter_map(|of| {
                let is = of.whole.is_none_or(|whole| whole == hash) && holds(asked, &of.prompt) && holds(answer, &of.part);
                is.then_some(of.hit)
            }));
        }
        let Some(label) = facts.label else { return };
        if self.doubts.iter().any(|doubt| doubt.0 == label)
            && let Some(models) = &self.models
        {
            let seen = models.see(&Example { key: half(facts.key), label, words }, &mut self.scratch);
            let likeliest = (0..models.classes.len()).map(|class| (class, models.probability(&seen, class)));
            let likeliest = likeliest.max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
            let doubts = self.doubts.iter().filter(|(from, ..)| *from == label);
            hits.extend(
                doubts
                    .filter(|(_, to, least, _)| likeliest.is_some_and(|(at, p)| at == *to && p >= *least))
                    .map(|d| Hit { score: likeliest.map_or(0.0, |l| l.1), ..d.3 }),
            );
        }
        // A label that was not learnt cannot be doubted: its rows are meant as they are.
        let (models, scratch, mut told) = (&self.models, &mut self.scratch, None);
        let mut is_doubted = || {
            let row = Example { key: half(facts.key), label, words };
            *told.get_or_insert_with(|| models.as_ref().and_then(|models| models.doubts(&row, scratch)).unwrap_or(true))
        };
        if !self.slices.is_empty() {
            let times = facts.day.map(|day| self.spans.iter().map(move |span| SliceKey::Time(*span, span.of(day))));
            let keys = facts.source.map(SliceKey::Source).into_iter().chain([SliceKey::File(self.file.1)]);
            for key in keys.chain(times.into_iter().flatten()) {
                let verdicts = self.slices.get(&key).into_iter().flatten();
                hits.extend(verdicts.filter(|v| v.holds(label) && (!v.doubted || is_doubted())).map(|v| v.hit));
            }
        }
        if let Some(windows) = self.windows.get(&self.file.1) {
            let at = windows.partition_point(|w| w.0 <= row);
            let window = at.checked_sub(1).and_then(|at| windows.get(at)).filter(|w| row <= w.1);
            hits.extend(window.filter(|w| w.2.holds(label) && (!w.2.doubted || is_doubted())).map(|w| w.2.hit));
        }
    }
}
