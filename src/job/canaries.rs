//! How much is missed: values that detectors say they find are put into copies of cells of the data, in memory, and searched
//! as the cells were.
//!
//! Which cells and which values hangs on the seed and on where the part lies, not on workers or on what ran before: an
//! interrupted run counts the same. They are taken of the first part of each file and of one in [`EACH`] of the others.
//! Most are of the types that the part holds, and some of others. The first files share all types there are: cells of their first
//! parts are handed to a thread of its own, since patterns that this data does not need have to be made ready first.
//! What is planted carries the words around it that its detector asks for, so that the figure tells what this data's texts and
//! columns hide; what no detector knows it cannot tell.

use crate::batch::{Block, Form};
use crate::detect::{Canary, Scanner, Scratch, View};
use crate::report::{Planted, Recall};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

/// Values of the types that were found in a part, which the scanner has ready: so many in the first parts of all files together,
/// and another part gets as many as a first one.
const MOST: usize = 512;
/// Values of other types, in the same way: each costs a look at patterns that this data does not need.
const OTHERS: usize = 16;
/// Fewest of either for a part.
const FEWEST: usize = 4;
/// One in so many parts behind a file's first.
const EACH: u64 = 16;
/// Columns that get some.
const COLUMNS: usize = 32;
/// Cells of a column that are taken, and the longest of them, in bytes.
const CELLS: usize = 32;
const LONGEST: usize = 512;
/// Files that share all types.
const FIRST_FILES: usize = 8;
/// Of these, types that are planted at once.
const AT_ONCE: usize = 180;
/// Columns that the report tells of.
const TOLD: usize = 1000;

/// By column and detector.
pub(super) type PlantedIn = BTreeMap<String, BTreeMap<String, Planted>>;

/// Takes the counts of a part into those of its file.
pub(super) fn join(all: &mut PlantedIn, part: &PlantedIn) {
    for (column, by_detector) in part {
        let sums = all.entry(column.clone()).or_default();
        for (detector, planted) in by_detector {
            sums.entry(detector.clone()).or_default().add(*planted);
        }
    }
}

/// Takes the counts of a file into the report.
pub(super) fn report(file: &PlantedIn, recall: &mut Option<Recall>) {
    for (column, by_detector) in file {
        let recall = recall.get_or_insert_default();
        for (id, planted) in by_detector {
            recall.all.add(*planted);
            recall.by_detector.entry(id.clone()).or_default().add(*planted);
            if recall.by_column.len() < TOLD || recall.by_column.contains_key(column) {
                recall.by_column.entry(column.clone()).or_default().add(*planted);
            }
        }
    }
}

/// What is planted in a run.
pub(super) struct Canaries {
    /// Of each type the first, then the second, and so on.
    all: Vec<Canary>,
    /// How many types there are.
    types: usize,
    /// The first files, which share them, and how many files there are.
    first: Vec<usize>,
    files: usize,
    seed: u64,
    /// Where the first part of the file at hand puts its cells, to have a share of all types planted in copies of them.
    desk: Mutex<Option<SyncSender<Sample>>>,
}

/// Cells of a part that outlive it.
struct Sample {
    columns: Vec<(String, Arc<View>, Vec<String>)>,
    start: u64,
}

impl Sample {
    fn cells(&self) -> Vec<Cells<'_>> {
        let of = self.columns.iter();
        of.map(|(name, view, texts)| (name.as_str(), view, texts.iter().map(String::as_str).collect())).collect()
    }
}

/// A column's name, how it is searched, and texts of its cells.
type Cells<'a> = (&'a str, &'a Arc<View>, Vec<&'a str>);

/// Cells to plant in.
pub(super) struct Ground<'a> {
    pub bytes: &'a [u8],
    pub block: &'a Block,
    /// By column of the block: its name and how it is searched; nothing where it is not, or is masked whole.
    pub columns: Vec<Option<(&'a str, &'a Arc<View>)>>,
    /// The file's number.
    pub file: usize,
    /// Where the part lies in it; the first at 0.
    pub place: u64,
    /// Of the parts that share the rows, which one this is, and how many there are.
    pub among: (usize, usize),
    /// Detectors that found something in it.
    pub found: BTreeSet<u16>,
}

impl Canaries {
    /// Of the numbers of the files.
    pub fn new(scanner: Option<&Scanner>, files: impl Iterator<Item = usize>, seed: u64) -> Option<Self> {
        let all = scanner.map(Scanner::canaries).filter(|all| !all.is_empty())?;
        let types = all.iter().map(|canary| canary.detector).collect::<BTreeSet<u16>>().len();
        let mut files = files;
        let first: Vec<usize> = files.by_ref().take(FIRST_FILES).collect();
        let files = (first.len() + files.count()).max(1);
        Some(Self { all, types, first, files, seed, desk: Mutex::default() })
    }

    /// Runs a pass over a file. Meanwhile a share of all types is planted in cells of its first part, if it is one of the first
    /// files: the result, and what was planted and found.
    pub fn beside<R>(&self, scanner: &Scanner, file: usize, pass: impl FnOnce() -> R) -> (R, PlantedIn) {
        let Some(nth) = self.first.iter().position(|first| *first == file) else { return (pass(), PlantedIn::new()) };
        std::thread::scope(|scope| {
            let (to, from) = sync_channel::<Sample>(1);
            let desk = || self.desk.lock().unwrap_or_else(PoisonError::into_inner);
            *desk() = Some(to);
            let share = scope.spawn(move || {
                let mut counts = PlantedIn::new();
                let Ok(sample) = from.recv() else { return counts };
                let share: Vec<Canary> = self.all.iter().take(self.types).skip(nth).step_by(self.first.len()).cloned().collect();
                // What the patterns of types need that are not there is let go with the scratch, some at a time: it takes room.
                for (nth, some) in (0u64..).zip(share.chunks(AT_ONCE)) {
                    let start = mixed(sample.start, nth);
                    put(scanner, &mut Scratch::default(), some, (&sample.cells(), start), &mut counts);
                }
                counts
            });
            let result = pass();
            drop(desk().take());
            (result, share.join().unwrap_or_default())
        })
    }

    /// Whether a part is one of those that get some.
    pub fn are_due(&self, place: u64) -> bool {
        place == 0 || mixed(self.seed, place).is_multiple_of(EACH)
    }

    /// Plants, searches and counts. What `scan` counts of cells must have been taken from it before.
    pub fn plant(&self, scanner: &Scanner, scan: &mut Scratch, ground: &Ground<'_>) -> PlantedIn {
        let mut counts = PlantedIn::new();
        let columns = ground.columns.iter().take(COLUMNS).map(|column| column.map(|(name, view)| (name, view, Vec::new())));
        let mut columns: Vec<Option<Cells<'_>>> = columns.collect();
        for cell in ground.block.cells.iter().filter(|cell| matches!(cell.form, Form::Bare | Form::Quoted)) {
            let Some(Some((.., texts))) = columns.get_mut(cell.column as usize) else { continue };
            let text = std::str::from_utf8(ground.block.text(ground.bytes, cell)).unwrap_or_default();
            if texts.len() < CELLS && (1..=LONGEST).contains(&text.len()) {
                texts.push(text);
            }
        }
        let cells: Vec<_> = columns.into_iter().flatten().filter(|(.., texts)| !texts.is_empty()).collect();
        if cells.is_empty() {
            return counts;
        }
        let start = mixed(self.seed ^ ground.file as u64, !ground.place);
        let parts = self.files * ground.among.1.max(1);
        let (known, others): (Vec<&Canary>, Vec<&Canary>) = self.all.iter().partition(|c| ground.found.contains(&c.detector));
        let some = |of: Vec<&'_ Canary>, most: usize| -> Vec<Canary> {
            let most = if of.is_empty() { 0 } else { (most / parts).max(FEWEST) };
            let first = (start % of.len().max(1) as u64) as usize;
            of.into_iter().cycle().skip(first).take(most).cloned().collect()
        };
        put(scanner, scan, &some(known, MOST), (&cells, start), &mut counts);
        put(scanner, scan, &some(others, OTHERS), (&cells, !start), &mut counts);
        if (ground.place, ground.among.0) == (0, 0)
            && let Some(desk) = self.desk.lock().unwrap_or_else(PoisonError::into_inner).take()
        {
            let of = |(name, view, texts): Cells<'_>| {
                (name.to_owned(), Arc::clone(view), texts.into_iter().map(str::to_owned).collect::<Vec<_>>())
            };
            // Whoever waits for it is there as long as the pass is.
            let _ = desk.send(Sample { columns: cells.into_iter().map(of).collect(), start: mixed(start, u64::MAX) });
        }
        counts
    }
}

/// Puts each value into a cell that `start` and its turn choose, and looks for it.
fn put(scanner: &Scanner, scan: &mut Scratch, planted: &[Canary], (cells, start): (&[Cells<'_>], u64), counts: &mut PlantedIn) {
    let (mut text, mut findings) = (String::new(), Vec::new());
    for (n, canary) in (0u64..).zip(planted) {
        let dice = mixed(start, n);
        let nth = |all: usize, dice: u64| (dice % all.max(1) as u64) as usize;
        // By chance and not in turn, or a value might meet one column alone.
        let Some((name, view, texts)) = cells.get(nth(cells.len(), dice)) else { break };
        let Some(host) = texts.get(nth(texts.len(), dice >> 8)) else { continue };
        let at = gap(host, nth(host.len(), dice >> 24));
        let (before, behind) = host.split_at(at);
        text.clear();
        text.extend([before, " ", &canary.text, behind]);
        let from = at + 1;
        findings.clear();
        scanner.scan_text(text.as_bytes(), view, scan, &mut findings);
        // What the allow list lets pass is not missed.
        let is_allowed = !scan.take_allowed().is_empty();
        scan.take_undecoded();
        if is_allowed {
            continue;
        }
        let (start, end) = (from + canary.span.start, from + canary.span.end);
        let is_found = findings.iter().any(|f| f.start as usize <= start && end <= f.end as usize);
        let id = scanner.catalogue().get(canary.detector).map_or("", |d| &d.id);
        let count = counts.entry((*name).to_owned()).or_default().entry(id.to_owned()).or_default();
        count.add(Planted { planted: 1, found: u64::from(is_found) });
    }
}

/// The place of a space at a place or behind it, or the end: words stay whole.
fn gap(text: &str, from: usize) -> usize {
    text.bytes().enumerate().skip(from).find(|(_, b)| *b == b' ').map_or(text.len(), |(at, _)| at)
}

/// A number that looks like chance (Steele, Lea, Flood 2014).
fn mixed(a: u64, b: u64) -> u64 {
    let n = a.wrapping_add(b.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let n = (n ^ n >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let n = (n ^ n >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    n ^ n >> 31
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::{Cell, Column};
    use crate::detect::{AllowList, Catalogue, Profile, Selection};

    const PROSE: &str = "The parcel came on Tuesday and nobody was at home to sign for it";

    fn scanner(selection: &Selection) -> Scanner {
        Scanner::new(&Arc::new(Catalogue::builtin().unwrap()), selection).unwrap()
    }

    /// Plants in one cell of the first part of a file: what its own scratch counted, and its share of all types.
    fn plant(canaries: &Canaries, scanner: &Scanner, text: &str, file: usize) -> (PlantedIn, PlantedIn) {
        let view = scanner.column(&Column { name: "notes".into(), elements: vec!["notes".into()] });
        let view = Arc::new(view);
        let (mut block, end) = (Block::default(), text.len() as u32);
        block.cells = vec![Cell { end, text_end: end, ..Cell::default() }];
        let ground = || {
            let found = canaries.all.iter().map(|canary| canary.detector).collect();
            let (bytes, columns) = (text.as_bytes(), vec![Some(("notes", &view))]);
            Ground { bytes, block: &block, columns, file, place: 0, among: (0, 1), found }
        };
        let planted = || canaries.beside(scanner, file, || canaries.plant(scanner, &mut Scratch::default(), &ground()));
        let both = planted();
        assert_eq!(both, planted(), "the same each time");
        both
    }

    fn counts(selection: &Selection, text: &str, seed: u64) -> Planted {
        let scanner = scanner(selection);
        let canaries = Canaries::new(Some(&scanner), 0..4, seed).unwrap();
        let (planted, _) = plant(&canaries, &scanner, text, 0);
        let mut recall = None;
        report(&planted, &mut recall);
        let recall = recall.unwrap_or_default();
        assert_eq!(recall.by_column.get("notes").copied().unwrap_or_default(), recall.all);
        recall.all
    }

    #[test]
    fn the_first_files_share_all_types_there_are() {
        let scanner = scanner(&Selection::default());
        for files in [1, 3, 20] {
            // Those before are not read as data.
            let canaries = Canaries::new(Some(&scanner), 5..5 + files, 1).unwrap();
            let shares: Vec<PlantedIn> = (5..5 + files).map(|file| plant(&canaries, &scanner, PROSE, file).1).collect();
            let types = |of: &PlantedIn| of.values().flat_map(BTreeMap::keys).cloned().collect::<BTreeSet<String>>();
            assert!(canaries.types > 500 && shares.iter().map(|of| types(of).len()).sum::<usize>() == canaries.types, "{files}");
            assert_eq!(shares.iter().flat_map(types).collect::<BTreeSet<_>>().len(), canaries.types, "{files}");
            assert!(shares.iter().skip(FIRST_FILES).all(BTreeMap::is_empty));
        }
        let canaries = Canaries::new(Some(&scanner), 0..1, 1).unwrap();
        assert_eq!(canaries.beside(&scanner, 0, || 7), (7, PlantedIn::new()), "no part came");
    }

    #[test]
    fn what_detectors_say_they_find_is_found_in_prose_and_not_behind_what_hides_it() {
        let all = Selection::default();
        let prose = counts(&all, PROSE, 1);
        assert_eq!(prose.planted, (MOST / 4) as u64);
        assert!(prose.found * 100 > prose.planted * 97, "{prose:?}");
        assert_eq!(counts(&all, "", 1), Planted::default(), "no cell to plant in");
        assert_eq!(counts(&all, &"x".repeat(LONGEST + 1), 1), Planted::default(), "none that is short enough");
        // What a higher bar lets through is missed.
        let sure = counts(&Selection { min_confidence: 99, ..Selection::default() }, PROSE, 1);
        assert!(sure.found < prose.found, "{sure:?}");
        // What the allow list lets pass is not.
        let patterns = vec!["@".to_owned()];
        let mail = Selection { profile: Profile::None, detectors: vec!["contact.email".into()], ..Selection::default() };
        let passed = counts(&Selection { allow: AllowList { patterns, ..AllowList::default() }, ..mail.clone() }, PROSE, 1);
        assert_eq!(passed, Planted::default());
        assert!(counts(&mail, PROSE, 1).found > 0);
        // What is found beside a value does not find it: days of birth are below the bar, the address is above.
        let detectors = vec!["contact.email".to_owned(), "person.date-of-birth".to_owned()];
        let bar = Selection { profile: Profile::None, detectors, min_confidence: 90, ..Selection::default() };
        let beside = counts(&bar, "write to ann@example.org about the parcel", 1);
        assert!(beside.planted > beside.found && beside.found > 0, "{beside:?}");
    }
}
