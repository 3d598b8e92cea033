//! Chunks whose every page holds dictionary indices: the entries are looked at once, and an edit changes the dictionary.
//!
//! No value is ever expanded, so that a dictionary that stands for terabytes costs what its few entries cost.

use super::chunk::Chunk;
use super::entries::{Entries, each, width};
use super::failure::Failure;
use super::leaf::Kind;
use super::pages::Located;
use super::reindex::{Fate, reindex};
use super::value::New;
use super::values::{Seen, Work, reject, replace};
use super::visit::{Gather, Occurrence, Place, Rejected, Visitor, Wish};
use crate::batch::{Reason, Replacement};
use parquet::basic::Type as Physical;
use parquet::data_type::{ByteArrayType, DoubleType, FixedLenByteArrayType, FloatType, Int32Type, Int64Type, Int96Type};
use std::collections::{BTreeMap, HashMap};

/// What the visitor said to the entries.
struct Verdicts {
    news: Vec<(u32, New)>,
    /// Entries whose occurrences the visitor wants.
    wanted: Vec<bool>,
    bad: BTreeMap<u32, Reason>,
}

/// The dictionary page and its entries.
fn entries(work: &Work<'_>) -> Result<(Located, Entries), Failure> {
    let mut walk = work.walk.clone();
    let page = walk.next()?.filter(|p| p.head.is_dictionary()).ok_or(Failure::Data(Reason::BrokenPage))?;
    let descr = &work.leaf.descr;
    let entries = Entries::read(&walk, &page, width(descr.physical_type(), descr.type_length())?)?;
    Ok((page, entries))
}

/// The length of the longest entry, in bytes.
pub(super) fn longest(work: &Work<'_>) -> Result<u64, Failure> {
    let (_, entries) = entries(work)?;
    Ok((0..entries.len()).map(|entry| entries.get(entry).len() as u64).max().unwrap_or(0))
}

/// Whether the chunk has dictionary entries that no value uses: nobody was shown them, so that they must not go over. A chunk
/// whose levels cannot be walked here is said to have some.
pub(super) fn has_unused(work: &Work<'_>) -> Result<bool, Failure> {
    if work.outline.dictionary.is_none() {
        return Ok(false);
    }
    if work.outline.old_levels {
        return Ok(true);
    }
    let (_, entries) = entries(work)?;
    let max = (work.leaf.descr.max_def_level(), work.leaf.descr.max_rep_level());
    let mut used = vec![false; entries.len() as usize];
    let mut walk = work.walk.clone();
    while let Some(page) = walk.next()? {
        if page.head.is_data() && page.head.is_indexed() {
            let plain = walk.plain(&page)?;
            each(&page.head, &plain, max, entries.len(), |same| {
                if let Some(slot) = same.entry.and_then(|entry| used.get_mut(entry as usize)) {
                    *slot = true;
                }
                Ok(())
            })?;
        }
    }
    Ok(used.contains(&false))
}

/// The bytes of such values order as the column's statistics do.
pub(super) fn orders_by_bytes(work: &Work<'_>) -> bool {
    work.leaf.descr.physical_type() == Physical::BYTE_ARRAY && matches!(work.leaf.kind, Kind::Text { .. })
}

/// Shows the entries, tells where the wanted ones stand, and writes the chunk again where there is an edit.
pub(super) fn examine(work: &Work<'_>, visitor: &mut dyn Visitor, rewrite: bool) -> Result<Seen, Failure> {
    let (_, entries) = entries(work)?;
    let wish = visitor.wish();
    let verdicts = show(work, &entries, visitor, wish);
    let rejected = tell(work, &entries, visitor, wish, &verdicts)?;
    if !rewrite || verdicts.news.is_empty() {
        return Ok(Seen { chunk: None, rejected });
    }
    let chunk = if orders_by_bytes(work) {
        let mut news = verdicts.news.into_iter().peekable();
        let changed = |(_, new)| Fate::Changed(new);
        reindex(work, &entries, |entry| news.next_if(|(of, _)| *of == entry).map_or(Fate::Kept, changed), None)?
    } else {
        by_value(work, &entries, verdicts.news)?
    };
    Ok(Seen { chunk: Some(chunk), rejected })
}

fn show(work: &Work<'_>, entries: &Entries, visitor: &mut dyn Visitor, wish: Wish) -> Verdicts {
    let mut gather = Gather::new(work.leaf, wish, work.input.limits.cell);
    let mut verdicts = Verdicts { news: Vec::new(), wanted: vec![wish.every_row; entries.len() as usize], bad: BTreeMap::new() };
    // Most entries that change become the same: its bytes are shared.
    let mut last: Option<(Replacement, New)> = None;
    let mut look = |gather: &mut Gather<'_>, verdicts: &mut Verdicts| {
        gather.show(
            |batch| visitor.entries(batch),
            |entry, with| {
                if let Some(with) = with {
                    let new = match &last {
                        Some((known, new)) if known == with => new.clone(),
                        _ => {
                            let new = work.encode(with);
                            last = Some((with.clone(), new.clone()));
                            new
                        }
                    };
                    verdicts.news.push((entry, new));
                }
                if let Some(wanted) = verdicts.wanted.get_mut(entry as usize) {
                    *wanted = true;
                }
            },
        );
    };
    for entry in 0..entries.len() {
        if let Some(reason) = gather.add(entries.get(entry), entry, entry, &[]) {
            verdicts.bad.insert(entry, reason);
        }
        if gather.is_full() {
            look(&mut gather, &mut verdicts);
        }
    }
    look(&mut gather, &mut verdicts);
    verdicts
}

/// Walks the indices: checks them, counts rows, and tells where wanted entries stand.
fn tell(
    work: &Work<'_>,
    entries: &Entries,
    visitor: &mut dyn Visitor,
    wish: Wish,
    verdicts: &Verdicts,
) -> Result<Vec<Rejected>, Failure> {
    let max = (work.leaf.descr.max_def_level(), work.leaf.descr.max_rep_level());
    let mut place = Place::new(max.1);
    let mut rejected = Vec::new();
    let mut walk = work.walk.clone();
    while let Some(page) = walk.next()? {
        if !page.head.is_data() {
            continue;
        }
        let plain = walk.plain(&page)?;
        each(&page.head, &plain, max, entries.len(), |same| {
            let wanted = match same.entry {
                Some(entry) => verdicts.wanted.get(entry as usize).copied().unwrap_or(false),
                None => wish.every_row,
            };
            let bad = same.entry.and_then(|entry| verdicts.bad.get(&entry));
            if !wanted && bad.is_none() {
                place.step_by(same.rep, same.len);
            } else {
                for _ in 0..same.len {
                    place.step(same.rep);
                    if u64::from(place.row) >= work.rows {
                        break;
                    }
                    match bad {
                        Some(reason) => reject(&mut rejected, place.row, *reason),
                        None => visitor.occurrence(Occurrence { row: place.row, entry: same.entry, positions: &place.positions }),
                    }
                }
            }
            // Checked inside a page: a page may claim billions of rows.
            if place.rows() > work.rows { Err(Failure::Data(Reason::BrokenPage)) } else { Ok(()) }
        })?;
    }
    work.expect_rows(place.rows())?;
    Ok(rejected)
}

/// Numbers and fixed-length bytes are small: they are written again value by value.
fn by_value(work: &Work<'_>, entries: &Entries, news: Vec<(u32, New)>) -> Result<Chunk, Failure> {
    let news: HashMap<Vec<u8>, New> = news.into_iter().map(|(entry, new)| (entries.get(entry).to_vec(), new)).collect();
    match work.leaf.descr.physical_type() {
        Physical::INT32 => replace::<Int32Type>(work, &news),
        Physical::INT64 => replace::<Int64Type>(work, &news),
        Physical::INT96 => replace::<Int96Type>(work, &news),
        Physical::FLOAT => replace::<FloatType>(work, &news),
        Physical::DOUBLE => replace::<DoubleType>(work, &news),
        Physical::FIXED_LEN_BYTE_ARRAY => replace::<FixedLenByteArrayType>(work, &news),
        Physical::BYTE_ARRAY => replace::<ByteArrayType>(work, &news),
        Physical::BOOLEAN => Err(Failure::Data(Reason::BrokenPage)),
    }
}

/// The chunk with the rows for which `keep` is true, and only the entries that they use.
pub(super) fn filter(work: &Work<'_>, keep: &dyn Fn(u32) -> bool) -> Result<Chunk, Failure> {
    let (_, entries) = entries(work)?;
    let max = (work.leaf.descr.max_def_level(), work.leaf.descr.max_rep_level());
    let mut used = vec![false; entries.len() as usize];
    let mut place = Place::new(max.1);
    let mut walk = work.walk.clone();
    while let Some(page) = walk.next()? {
        if !page.head.is_data() {
            continue;
        }
        let plain = walk.plain(&page)?;
        each(&page.head, &plain, max, entries.len(), |same| {
            for _ in 0..same.len {
                place.step(same.rep);
                let slot = same.entry.and_then(|entry| used.get_mut(entry as usize));
                if let Some(slot) = slot.filter(|slot| !**slot) {
                    *slot = keep(place.row);
                }
                if place.rows() > work.rows {
                    return Err(Failure::Data(Reason::BrokenPage));
                }
            }
            Ok(())
        })?;
    }
    work.expect_rows(place.rows())?;
    let fate = |entry: u32| if used.get(entry as usize) == Some(&true) { Fate::Kept } else { Fate::Dropped };
    reindex(work, &entries, fate, Some(keep))
}
