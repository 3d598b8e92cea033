//! Policy, packs and a first look at the data, resolved: what happens to each column and each finding.

use crate::batch::{Block, Column, Finding, Form};
use crate::detect::{self, AllowList, Catalogue, Scanner, Selection, View};
use crate::error::{Error, Result};
use crate::mask::{self, Key, Operator, Restorer};
use crate::policy::{ColumnRule, ColumnScan, OperatorSpec, Policy, Profile, Propagate, Tests};
use crate::verdict::TESTS;
use sha2::{Digest, Sha256};
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// What the whole run goes by. Immutable, shared by all workers.
pub struct Plan {
    /// What the user asked for.
    pub policy: Policy,
    /// Every detector there is, in order.
    pub catalogue: Arc<Catalogue>,
    /// What was told in the dataset, where the policy has it looked for everywhere.
    pub hearsay: detect::Hearsay,
    /// The scanner for the detectors in use; none with `--no-pii`.
    pub scanner: Option<Scanner>,
    /// The side line is run: facts, verdicts, fates.
    pub poison: bool,
    /// The seed of every hash and sample.
    pub seed: u64,
    /// What names the key, where there is one.
    pub key_id: Option<String>,
    /// Which columns play which part.
    pub roles: Roles,
    /// By detector.
    operators: Vec<Arc<dyn Operator>>,
    by_place: bool,
    /// An operator in use reads dates.
    dates: bool,
    /// The columns that operators in use ask for.
    others: Vec<String>,
    /// Tokens are turned back, and nothing else is done.
    restorer: Option<Arc<Restorer>>,
    /// The same, as the operator of what turns back.
    restoring: Option<Arc<dyn Operator>>,
    /// The operator of what stays.
    keeps: Arc<dyn Operator>,
    tags: Vec<String>,
    rules: HashMap<String, Rule>,
    /// The columns with a rule that were met since they were last asked for.
    met: Mutex<BTreeSet<String>>,
    /// A digest of what the allow lists held when they were read.
    pub allow_digest: [u8; 32],
    /// How a text is seen that stands in no column.
    unnamed: View,
    /// Lent to whoever scans a name: what it takes to make one costs far more than the scan.
    scratch: Mutex<Vec<detect::Scratch>>,
    /// What takes the place of a finding that its own operator cannot serve (a key or a header cannot become null).
    pub fallback: Arc<dyn Operator>,
}

/// A column's rule with its operator made.
#[derive(Clone)]
struct Rule {
    scan: bool,
    whole: Option<Arc<dyn Operator>>,
    drop: bool,
}

/// Which columns play which part, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roles {
    /// The label.
    pub label: Option<String>,
    /// Set where nobody named the label: a column `label` is then used if there is one.
    pub label_by_default: bool,
    /// The text columns.
    pub text: Vec<String>,
    /// The record's id.
    pub id: Option<String>,
    /// Where a record comes from.
    pub source: Option<String>,
    /// When it was made.
    pub time: Option<String>,
}

/// What happens to a column.
#[derive(Clone)]
#[expect(clippy::struct_excessive_bools, reason = "a column may play several parts at once")]
pub struct ColumnPlan {
    /// What the scanner knows of the column; none where it is not scanned.
    pub view: Option<Arc<View>>,
    /// An operator for the whole cell.
    pub whole: Option<Arc<dyn Operator>>,
    /// The column is left out.
    pub drop: bool,
    /// It is the label.
    pub label: bool,
    /// It is the source.
    pub source: bool,
    /// It is the time.
    pub time: bool,
    /// Its cells are, or may be, free text: values of the record are looked for in them once more.
    pub prose: bool,
    /// Its text is part of the key by which duplicates are known.
    pub key: bool,
    /// Its cells are read word by word where words are counted; otherwise each is one word.
    pub by_word: bool,
    /// Its dates in numbers have the day before the month, or the month before the day, where the first look shows it.
    pub day_first: Option<bool>,
}

impl ColumnPlan {
    /// Nothing is to be known of its cells.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.view.is_none() && self.whole.is_none() && !(self.label || self.source || self.time || self.key)
    }
}

/// Whether personal data is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Looking {
    /// It is.
    For,
    /// `--no-pii`.
    NotFor,
}

impl Plan {
    /// Resolves a policy against a catalogue.
    ///
    /// # Errors
    /// `Policy` or `Usage`: an unknown detector or operator, a keyed operator without a key, a bad allow pattern.
    pub fn resolve(policy: Policy, catalogue: Arc<Catalogue>, key: Option<&Key>, seed: u64, looking: Looking) -> Result<Self> {
        let wrong = |message: String| Error::Policy { file: "policy".into(), message };
        let build = |spec: &OperatorSpec| -> Result<Arc<dyn Operator>> { Ok(Arc::from(mask::build(spec, key).map_err(wrong)?)) };
        for id in policy.pii.operators.keys() {
            crate::policy::known("detector", id, catalogue.detectors().iter().map(|d| d.id.as_str())).map_err(wrong)?;
        }
        check_tests(&policy)?;
        if policy.pii.default.operator == "drop-column" {
            return Err(wrong("pii.default cannot be drop-column; name the column in [columns.NAME]".into()));
        }
        let default = build(&policy.pii.default)?;
        let mut operators = Vec::with_capacity(catalogue.detectors().len());
        for detector in catalogue.detectors() {
            let operator = match policy.pii.operators.get(&detector.id) {
                Some(spec) if spec.operator == "drop-column" => {
                    return Err(wrong(format!("operator drop-column is for columns, not for detector {}", detector.id)));
                }
                Some(spec) => build(spec)?,
                None => Arc::clone(&default),
            };
            let serves = mask::Serves { id: &detector.id, check: detector.check };
            operators.push(operator.serving(serves).map_or(operator, Arc::from));
        }
        let tags = catalogue.detectors().iter().map(detect::Detector::tag).collect();
        let mut rules = HashMap::new();
        for (name, rule) in &policy.columns {
            rules.insert(name.clone(), Self::rule(rule, &build)?);
        }
        let (scanner, allow_digest) = match looking {
            Looking::For => {
                let selection = selection(&policy)?;
                (Some(Scanner::new(&catalogue, &selection)?), digest(&selection.allow))
            }
            Looking::NotFor => (None, [0; 32]),
        };
        let d = &policy.dataset;
        let roles = Roles {
            label: d.label.clone().or_else(|| Some("label".into())),
            label_by_default: d.label.is_none(),
            text: d.text.clone(),
            id: d.id.clone(),
            source: d.source.clone(),
            time: d.time.clone(),
        };
        let fallback = build(&OperatorSpec::default())?;
        let keeps = build(&OperatorSpec::named("keep"))?;
        let key_id = key.map(Key::id);
        let poison = !matches!(&policy.poison.tests, Tests::Word(word) if word == "none")
            && !matches!(&policy.poison.tests, Tests::Named(ids) if ids.is_empty());
        let unnamed = scanner.as_ref().map_or_else(View::default, |scanner| scanner.column(&Column::default()));
        let scratch = Mutex::default();
        let in_use = policy.pii.operators.values().chain([&policy.pii.default]);
        let in_use = in_use.chain(policy.columns.values().filter_map(|c| c.operator.as_ref()));
        let dates = in_use.clone().any(|spec| matches!(spec.operator.as_str(), "shift-date" | "generalise"));
        let by_place = in_use.filter_map(|spec| mask::known(&spec.operator)).any(|row| row.by_place);
        let whole = rules.values().filter_map(|rule: &Rule| rule.whole.as_ref());
        let others: BTreeSet<&str> = operators.iter().chain(whole).filter_map(|operator| operator.other()).collect();
        let others = others.into_iter().map(str::to_owned).collect();
        Ok(Self {
            policy,
            catalogue,
            hearsay: detect::Hearsay::default(),
            scanner,
            poison,
            seed,
            key_id,
            roles,
            operators,
            by_place,
            dates,
            others,
            restorer: None,
            restoring: None,
            keeps,
            tags,
            rules,
            met: Mutex::default(),
            allow_digest,
            unnamed,
            scratch,
            fallback,
        })
    }

    /// A plan that turns tokens back with `key` and does nothing else. Of the policy its limits count.
    ///
    /// # Errors
    /// As [`Plan::resolve`].
    pub fn restoring(policy: &Policy, catalogue: Arc<Catalogue>, key: &Key) -> Result<Self> {
        let policy = Policy {
            limits: policy.limits.clone(),
            key: policy.key.clone(),
            poison: crate::policy::Poison { tests: Tests::Word("none".into()), ..Default::default() },
            ..Policy::default()
        };
        let mut plan = Self::resolve(policy, catalogue, Some(key), 0, Looking::NotFor)?;
        let detectors = (0u16..).zip(plan.catalogue.detectors()).map(|(number, d)| (number, d.id.clone(), d.tag()));
        let restorer = Arc::new(Restorer::new(key, detectors));
        plan.restoring = Some(Arc::<Restorer>::clone(&restorer));
        plan.restorer = Some(restorer);
        Ok(plan)
    }

    /// Whether tokens are looked for, and nothing else.
    #[must_use]
    pub fn restores(&self) -> bool {
        self.restorer.is_some()
    }

    /// Lists the tokens in the texts of a block; what has another type holds none.
    pub fn tokens_of(&self, part: &[u8], block: &Block, findings: &mut Vec<Finding>) {
        if self.restores() {
            let texts = (0u32..).zip(&block.cells).filter(|(_, cell)| matches!(cell.form, Form::Bare | Form::Quoted));
            texts.for_each(|(number, cell)| self.tokens(block.text(part, cell), number, findings));
        }
    }

    /// Lists the tokens of a text that stands in the cell `cell`; those that the key does not open have no confidence.
    pub fn tokens(&self, text: &[u8], cell: u32, findings: &mut Vec<Finding>) {
        let Some(restorer) = &self.restorer else { return };
        findings.extend(restorer.find(text).into_iter().map(|found| Finding {
            cell,
            start: found.span.start as u32,
            end: found.span.end as u32,
            detector: found.detector.unwrap_or(u16::MAX),
            confidence: if found.opens { 100 } else { 0 },
            ..Finding::default()
        }));
    }

    fn rule(rule: &ColumnRule, build: &dyn Fn(&OperatorSpec) -> Result<Arc<dyn Operator>>) -> Result<Rule> {
        let drop = rule.operator.as_ref().is_some_and(|o| o.operator == "drop-column");
        let whole = match &rule.operator {
            Some(spec) if !drop => Some(build(spec)?),
            _ => None,
        };
        Ok(Rule { scan: rule.pii == ColumnScan::Scan, whole, drop })
    }

    /// The operator for a finding's detector.
    #[must_use]
    pub fn operator(&self, finding: &Finding) -> &Arc<dyn Operator> {
        if let Some(restoring) = &self.restoring {
            return if finding.confidence == 0 { &self.keeps } else { restoring };
        }
        self.operators.get(finding.detector as usize).unwrap_or(&self.fallback)
    }

    /// Whether an operator in use looks at more than the value: its record or its place.
    #[must_use]
    pub fn by_place(&self) -> bool {
        self.by_place
    }

    /// The columns that operators in use ask for, sorted: the value there decides about others in the row.
    #[must_use]
    pub fn others(&self) -> &[String] {
        &self.others
    }

    /// What operators are told of a detector.
    #[must_use]
    pub fn target(&self, detector: u16) -> mask::Target<'_> {
        let id = self.catalogue.detectors().get(detector as usize).map_or("", |d| d.id.as_str());
        let tag = self.tags.get(detector as usize).map_or("<MASKED>", String::as_str);
        mask::Target { id, tag }
    }

    /// The columns with a rule that were met since the last call.
    #[must_use]
    pub fn take_met(&self) -> BTreeSet<String> {
        std::mem::take(&mut *self.met.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What is personal in a text that stands in no column: a name, metadata, a path.
    #[must_use]
    pub fn scan_name(&self, text: &str) -> Vec<Finding> {
        let mut findings = Vec::new();
        self.tokens(text.as_bytes(), 0, &mut findings);
        if let Some(scanner) = &self.scanner {
            let lend = || self.scratch.lock().unwrap_or_else(PoisonError::into_inner);
            let mut scratch = lend().pop().unwrap_or_default();
            scanner.scan_text(text.as_bytes(), &self.unnamed, &mut scratch, &mut findings);
            lend().push(scratch);
        }
        findings
    }

    /// What a found value stands for.
    pub(crate) fn plain<'a>(&self, value: &'a str, detector: u16) -> std::borrow::Cow<'a, str> {
        self.scanner.as_ref().map_or(value.into(), |scanner| scanner.plain(value, detector))
    }

    /// What happens to a column. `sample` is its first look: texts of non-empty cells of the file's first records.
    #[must_use]
    pub fn column(&self, column: &Column, sample: &[&[u8]]) -> ColumnPlan {
        let ruled = names_of(column).find_map(|name| self.rules.get_key_value(name));
        if let Some((name, _)) = ruled {
            self.met.lock().unwrap_or_else(PoisonError::into_inner).insert(name.clone());
        }
        let rule = ruled.map(|(_, rule)| rule);
        let is = |role: &Option<String>| role.as_deref() == Some(column.name.as_str());
        let (label, source, time, id) = (is(&self.roles.label), is(&self.roles.source), is(&self.roles.time), is(&self.roles.id));
        let drop = rule.is_some_and(|r| r.drop);
        let whole = rule.and_then(|r| r.whole.clone());
        let scanned = rule.is_none_or(|r| r.scan) && whole.is_none() && !drop;
        let view = match &self.scanner {
            Some(scanner) if scanned => Some(Arc::new(if sample.is_empty() {
                scanner.column(column)
            } else {
                scanner.look(column, &mut sample.iter().copied())
            })),
            _ => None,
        };
        let free = || sample.len() < TELLING_CELLS || sample.iter().any(|cell| detect::is_prose(cell));
        let sweeps = self.policy.pii.propagate != Propagate::Off;
        let prose = sweeps && view.as_ref().is_some_and(|view| !view.names_cells()) && free();
        let key = if self.roles.text.is_empty() {
            !(label || source || time || id || counts_rows(column, sample))
        } else {
            self.roles.text.contains(&column.name)
        };
        let by_word = !self.roles.text.is_empty() || free();
        let on = self.poison;
        let texts = sample.iter().filter(|_| self.dates).filter_map(|text| std::str::from_utf8(text).ok());
        let day_first = mask::day_first(texts);
        ColumnPlan {
            view,
            whole,
            drop,
            label: label && on,
            source: source && on,
            time: time && on,
            prose,
            key: key && on,
            by_word,
            day_first,
        }
    }
}

/// The names under which a policy may have a rule for a column, nearest first: its own, then those of the objects and lists
/// it lies in, so that `dob` means all of `dob` where some records hold an object there.
pub fn names_of(column: &Column) -> impl Iterator<Item = &str> {
    let nested = column.elements.len() > 1;
    let flat = column.elements.first().is_none_or(|only| !nested && *only == column.name);
    let border = move |(at, c): &(usize, char)| !flat && *at > 0 && (*c == '[' || (*c == '.' && nested));
    let outer = column.name.char_indices().rev().filter(border).filter_map(|(at, _)| column.name.get(..at));
    std::iter::once(column.name.as_str()).chain(outer)
}

/// Checks that the poisoning tests that a policy names are there: a misspelt one would be left out in silence.
///
/// # Errors
/// `Policy` with the nearest known id.
pub fn check_tests(policy: &Policy) -> Result<()> {
    let wrong = |message: String| Error::Policy { file: "policy".into(), message };
    let named: &[String] = if let Tests::Named(ids) = &policy.poison.tests { ids } else { &[] };
    let known = |id| crate::policy::known("poisoning test", id, TESTS.iter().map(|t| t.id()));
    named.iter().chain(policy.poison.fate.keys()).try_for_each(|id| known(id)).map_err(wrong)
}

/// What the scanner is to look for, as the policy has it.
///
/// # Errors
/// `Usage` where an allow list cannot be read.
pub fn selection(policy: &Policy) -> Result<Selection> {
    let mut allow = AllowList { values: policy.allow.values.clone(), patterns: policy.allow.patterns.clone() };
    for file in &policy.allow.files {
        let text = std::fs::read_to_string(file)
            .map_err(|e| Error::Usage(format!("cannot read the allow list {}: {e}", file.display())))?;
        allow.values.extend(text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')).map(str::to_owned));
    }
    let profile = match policy.pii.profile {
        Profile::Recommended => detect::Profile::Recommended,
        Profile::All => detect::Profile::All,
        Profile::None => detect::Profile::None,
    };
    Ok(Selection {
        profile,
        detectors: policy.pii.detectors.clone(),
        min_confidence: policy.pii.min_confidence,
        allow,
        ..Selection::default()
    })
}

/// One hash over everything that an allow list lets pass.
fn digest(allow: &AllowList) -> [u8; 32] {
    let mut hash = Sha256::new();
    for list in [&allow.values, &allow.patterns] {
        hash.update((list.len() as u64).to_le_bytes());
        for entry in list {
            hash.update((entry.len() as u64).to_le_bytes());
            hash.update(entry);
        }
    }
    hash.finalize().into()
}

/// Whether a column numbers or names its rows, so that no two rows agree on it: every sampled value is its own and the name
/// says so, or the values count upwards by one.
fn counts_rows(column: &Column, sample: &[&[u8]]) -> bool {
    let name = column.elements.last().map(|n| n.to_ascii_lowercase()).unwrap_or_default();
    let words: Vec<&str> = name.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    let named = words.iter().any(|w| matches!(*w, "id" | "uuid" | "guid" | "idx" | "index" | "rowid" | "rownum"))
        || name.ends_with("_no");
    let numbers: Option<Vec<i64>> = sample.iter().map(|t| std::str::from_utf8(t).ok()?.parse().ok()).collect();
    let counts =
        numbers.is_some_and(|n| n.len() > 2 && n.windows(2).all(|w| matches!(w, [a, b] if a.checked_add(1) == Some(*b))));
    let mut texts = sample.to_vec();
    texts.sort_unstable();
    counts || (named && texts.windows(2).all(|w| matches!(w, [a, b] if a != b)))
}

/// The plans of one file's columns: those of the first look, and those met later, which are judged by name alone.
pub struct FilePlan {
    looked: HashMap<String, Arc<ColumnPlan>>,
    later: RwLock<HashMap<String, Arc<ColumnPlan>>>,
}

/// How many columns met after the first look are remembered; more are planned anew each time.
const REMEMBERED_COLUMNS: usize = 10_000;

impl FilePlan {
    /// Plans for the columns of a first look: each with up to [`SAMPLE_RECORDS`] texts.
    #[must_use]
    pub fn new(plan: &Plan, columns: &[(Arc<Column>, Vec<&[u8]>)]) -> Self {
        let looked = columns.iter().map(|(c, sample)| (c.name.clone(), Arc::new(plan.column(c, sample)))).collect();
        Self { looked, later: RwLock::default() }
    }

    /// The same plans under other names: `columns` and `names` go together in order.
    #[must_use]
    pub fn renamed(mut self, columns: &[Arc<Column>], names: &[String]) -> Self {
        for (column, name) in columns.iter().zip(names).filter(|(c, n)| c.name != **n) {
            if let Some(plan) = self.looked.remove(&column.name) {
                self.looked.insert(name.clone(), plan);
            }
        }
        self
    }

    /// The plan of a column.
    #[must_use]
    pub fn column(&self, plan: &Plan, column: &Column) -> Arc<ColumnPlan> {
        if let Some(known) = self.looked.get(&column.name) {
            return Arc::clone(known);
        }
        if let Some(known) = self.later.read().unwrap_or_else(PoisonError::into_inner).get(&column.name) {
            return Arc::clone(known);
        }
        let made = Arc::new(plan.column(column, &[]));
        let mut later = self.later.write().unwrap_or_else(PoisonError::into_inner);
        if later.len() < REMEMBERED_COLUMNS {
            later.insert(column.name.clone(), Arc::clone(&made));
        }
        made
    }
}

/// A sample of fewer cells does not tell that a column holds no free text.
const TELLING_CELLS: usize = 5;

/// How many records a first look takes in.
pub const SAMPLE_RECORDS: usize = 1000;
