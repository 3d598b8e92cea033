//! What the first records of inputs hold, column by column, before a policy is written for them: counts, never a value.

pub mod roles;

use super::Stop;
use super::look::{self, Hints, Opened};
use super::names;
use super::table;
use crate::batch::{Block, Column, Load, Part, Reason};
use crate::detect::Scratch;
use crate::error::Result;
use crate::io::Names;
use crate::io::compress::Tally;
use crate::io::store::Input;
use crate::plan::{Plan, SAMPLE_RECORDS};
use crate::profile::day_of;
use std::cell::RefCell;
use std::collections::hash_map::RandomState;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::BuildHasher;

/// Columns that are told apart; the columns of further names are counted.
const COLUMNS: usize = 2000;
/// Values of a column that are told apart; with more of them nothing is said of copies.
const DISTINCT: usize = 20_000;

/// What was seen.
#[derive(Default)]
pub struct Survey {
    /// Inputs that were looked at.
    pub files: u64,
    /// Records that were looked at, of all of them.
    pub rows: u64,
    /// Inputs that could not be looked at, and why.
    pub unread: Vec<(String, Reason)>,
    /// The columns in the order in which they were met.
    pub columns: Vec<Seen>,
    /// How often a column was met for which there was no room.
    pub passed_over: u64,
    places: HashMap<String, usize>,
    /// By column: hashes of the values that were met.
    values: Vec<HashSet<u64>>,
    hasher: RandomState,
}

/// A column, over all inputs that have it.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Its name; masked where it is personal itself.
    pub name: String,
    /// The name is masked: no policy can name the column.
    pub masked: bool,
    /// It is an element of a list, or lies in one: a record may have several.
    pub listed: bool,
    /// How many inputs have it.
    pub files: u64,
    /// Records of those inputs that were looked at.
    pub rows: u64,
    /// Cells that are not empty.
    pub cells: u64,
    /// Different values among them, counted up to 20,000.
    pub distinct: u64,
    /// Their characters together.
    pub chars: u64,
    /// Cells of three words or more.
    pub worded: u64,
    /// Cells that are a date or a time.
    pub dated: u64,
    /// Findings by detector.
    pub found: BTreeMap<u16, Hits>,
}

/// What a detector found in a column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hits {
    /// Occurrences.
    pub values: u64,
    /// Cells with at least one.
    pub cells: u64,
    /// Cells that are nothing but one.
    pub whole: u64,
}

/// Looks at the first records of every input.
///
/// # Errors
/// `Usage` and `Interrupted`; an input that cannot be read is listed.
pub fn survey(plan: &Plan, inputs: &[Input], hints: Hints, stop: &Stop) -> Result<Survey> {
    let mut survey = Survey::default();
    for input in inputs.iter().filter(|i| i.ignored.is_none()) {
        stop.check()?;
        match survey.input(plan, input, hints)? {
            Ok(rows) => {
                survey.files += 1;
                survey.rows += rows;
            }
            Err(reason) => survey.unread.push((names::spoken(plan, &input.name()), reason)),
        }
    }
    Ok(survey)
}

/// Masks names as a run does, and remembers which they were.
struct Noting<'a> {
    plan: &'a Plan,
    masked: RefCell<BTreeSet<String>>,
}

impl Names for Noting<'_> {
    fn masked(&self, name: &str) -> Option<String> {
        let masked = names::Personal(self.plan).masked(name)?;
        self.masked.borrow_mut().insert(name.to_owned());
        Some(masked)
    }
}

impl Survey {
    /// Looks at one input; the number of records, or why it cannot be read.
    fn input(&mut self, plan: &Plan, input: &Input, hints: Hints) -> Result<std::result::Result<u64, Reason>> {
        let mut stream = match look::open(plan, input, hints, &Tally::default())? {
            Opened::Stream(stream) => stream,
            // Read from its end; what comes in once has to be put down first, which a look is not worth.
            Opened::Parquet(Some(_)) => return Ok(Err(Reason::Unreadable)),
            Opened::Parquet(None) => return Ok(self.parquet(plan, input)),
            Opened::Empty(..) => return Ok(Ok(0)),
            Opened::Skipped(reason, _) => return Ok(Err(reason)),
        };
        let (mut part, mut block) = (Part::default(), Block::default());
        let noting = Noting { plan, masked: RefCell::default() };
        if stream.split.next(&mut part) && part.load == Load::Records {
            stream.parse.parse(&part, &noting, &mut block);
        }
        let masked = noting.masked.into_inner();
        let in_header: BTreeSet<&str> = stream.found.iter().map(|f| f.column.as_str()).collect();
        let rows = block.records.len().min(SAMPLE_RECORDS);
        for (column, texts) in block.columns.iter().zip(look::texts(&block, &part.bytes, rows)) {
            let personal = in_header.contains(column.name.as_str()) || column.elements.iter().any(|e| masked.contains(e));
            self.take(plan, column, &column.name, personal, rows as u64, &texts);
        }
        Ok(Ok(rows as u64))
    }

    fn parquet(&mut self, plan: &Plan, input: &Input) -> std::result::Result<u64, Reason> {
        let (rows, columns) = table::first_values(plan, input)?;
        for (column, texts) in &columns {
            let name = names::spoken(plan, &column.name);
            let texts: Vec<&[u8]> = texts.iter().map(String::as_bytes).collect();
            self.take(plan, column, &name, name != column.name, rows, &texts);
        }
        Ok(rows)
    }

    /// Takes in a column of one input.
    fn take(&mut self, plan: &Plan, column: &Column, name: &str, masked: bool, rows: u64, texts: &[&[u8]]) {
        let place = match self.places.get(name) {
            Some(place) => *place,
            None if self.columns.len() >= COLUMNS => {
                self.passed_over += 1;
                return;
            }
            None => {
                self.places.insert(name.to_owned(), self.columns.len());
                self.columns.push(Seen { name: name.to_owned(), ..Seen::default() });
                self.values.push(HashSet::new());
                self.columns.len() - 1
            }
        };
        let (Some(seen), Some(values)) = (self.columns.get_mut(place), self.values.get_mut(place)) else { return };
        seen.masked |= masked;
        seen.listed |= column.name.contains("[]");
        seen.files += 1;
        seen.rows += rows;
        let view = plan.column(column, texts).view;
        let mut scratch = Scratch::default();
        let mut findings = Vec::new();
        for text in texts {
            seen.cell(text);
            if values.len() < DISTINCT {
                values.insert(self.hasher.hash_one(text));
            }
            let (Some(view), Some(scanner)) = (&view, &plan.scanner) else { continue };
            findings.clear();
            scanner.scan_text(text, view, &mut scratch, &mut findings);
            let mut here = BTreeSet::new();
            for finding in &findings {
                let hits = seen.found.entry(finding.detector).or_default();
                hits.values += 1;
                hits.cells += u64::from(here.insert(finding.detector));
                hits.whole += u64::from(finding.start == 0 && finding.end as usize == text.len());
            }
        }
        seen.distinct = values.len() as u64;
    }
}

impl Seen {
    /// Takes in a cell that is not empty.
    fn cell(&mut self, text: &[u8]) {
        let text = String::from_utf8_lossy(text);
        self.cells += 1;
        self.chars += text.chars().count() as u64;
        self.worded += u64::from(text.split_whitespace().nth(2).is_some());
        self.dated += u64::from(day_of(text.trim().as_bytes()).is_some());
    }

    /// True where every value that was seen is its own.
    #[must_use]
    pub fn is_unique(&self) -> bool {
        self.distinct == self.cells
    }
}
