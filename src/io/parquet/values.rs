//! Chunks whose values are looked at one by one: every type, encoding and nesting that the library can decode.

use super::chunk::{Chunk, Spill, Spool};
use super::dictionary;
use super::examine::Pick;
use super::failure::Failure;
use super::input::{Outline, ParquetInput};
use super::leaf::Leaf;
use super::pages::Walk;
use super::reader::{RECORDS, Reader};
use super::value::{Fractions, New, Physically, Shown, encode, show};
use super::visit::{Gather, Place, Rejected, Visitor};
use super::writer::{ChunkWriter, written};
use crate::batch::Reason;
use parquet::basic::Type as Physical;
use parquet::data_type::AsBytes;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::writer::TrackedWrite;
use std::collections::HashMap;

/// A chunk at work.
pub(super) struct Work<'a> {
    pub input: &'a ParquetInput,
    pub leaf_index: usize,
    pub leaf: &'a Leaf,
    pub meta: &'a ColumnChunkMetaData,
    pub walk: &'a Walk,
    pub outline: &'a Outline,
    pub rows: u64,
    pub spill: Spill<'a>,
}

impl Work<'_> {
    pub(super) fn encode(&self, with: &crate::batch::Replacement) -> New {
        let descr = &self.leaf.descr;
        let len = usize::try_from(descr.type_length()).unwrap_or(0);
        encode(self.leaf.kind, descr.physical_type(), len, self.leaf.nullable, with)
    }

    pub(super) fn expect_rows(&self, rows: u64) -> Result<(), Failure> {
        if rows == self.rows { Ok(()) } else { Err(Failure::Data(Reason::BrokenPage)) }
    }

    /// The most bytes of text that may be shown value by value. A chunk that expands further is for its entries only.
    fn most_shown(&self) -> u64 {
        let packed = u64::try_from(self.meta.compressed_size()).unwrap_or(0);
        packed.saturating_mul(self.input.limits.ratio).max(1 << 30)
    }

    fn reader<T: Physically>(&self) -> Result<Reader<T>, Failure> {
        Ok(Reader::new(&self.leaf.descr, self.walk.clone(), self.records()?))
    }

    /// Records that are decoded at once: fewer where a dictionary has long entries, which indices multiply.
    fn records(&self) -> Result<usize, Failure> {
        if self.outline.dictionary.is_none() || self.leaf.descr.physical_type() != Physical::BYTE_ARRAY {
            return Ok(RECORDS);
        }
        let longest = dictionary::longest(self)?.max(1);
        Ok(usize::try_from(self.input.limits.memory / 8 / longest).unwrap_or(RECORDS).clamp(1, RECORDS))
    }
}

/// What came of a look at a chunk.
pub(super) struct Seen {
    /// The rewritten chunk, where there was an edit and it was asked for.
    pub chunk: Option<Chunk>,
    pub rejected: Vec<Rejected>,
}

/// Adds a row that cannot stay; rows come in order.
pub(super) fn reject(rejected: &mut Vec<Rejected>, row: u32, reason: Reason) {
    if rejected.last().is_none_or(|(last, _)| *last != row) {
        rejected.push((row, reason));
    }
}

/// Shows every value to the visitor, and writes the chunk again from its first page on as soon as there is an edit.
pub(super) fn examine<T: Physically>(work: &Work<'_>, visitor: &mut dyn Visitor, rewrite: bool) -> Result<Seen, Failure> {
    let wish = visitor.wish();
    let mut gather = Gather::new(work.leaf, wish, work.input.limits.cell);
    let mut place = Place::new(work.leaf.descr.max_rep_level());
    let mut reader = work.reader::<T>()?;
    let mut sink = TrackedWrite::new(Spool::new(work.spill, &work.input.held));
    let mut slot = Some(&mut sink);
    let mut writer: Option<ChunkWriter<'_, '_, T>> = None;
    let mut rejected = Vec::new();
    let mut edits: Vec<(u32, New)> = Vec::new();
    let mut batches = 0u64;
    // Levels of the last record, which may go on.
    let mut open = 0usize;
    let mut shown = 0u64;
    let most = work.most_shown();
    while reader.next()? {
        edits.clear();
        let mut fresh = 0u64;
        let mut look = |gather: &mut Gather<'_>, edits: &mut Vec<(u32, New)>| -> Result<(), Failure> {
            gather.show(
                |batch| {
                    shown += batch.bytes.len() as u64;
                    visitor.values(batch)
                },
                |id, with| {
                    if let Some(new) = with.map(|with| work.encode(with)) {
                        fresh += if let New::Value(value) = &new { value.len() as u64 } else { 0 };
                        edits.push((id, new));
                    }
                },
            );
            // What indices into a dictionary multiply is no longer the page's size.
            match (shown > most, fresh > work.input.limits.memory / 2) {
                (true, _) => Err(Failure::Data(Reason::CompressionRatio)),
                (_, true) => Err(Failure::Data(Reason::TooLarge)),
                _ => Ok(()),
            }
        };
        let max_def = work.leaf.descr.max_def_level();
        let mut values = reader.values.iter().enumerate();
        for level in 0..reader.levels {
            place.step(reader.reps.get(level).map_or(0, |rep| rep.unsigned_abs().into()));
            if reader.defs.get(level).is_some_and(|def| *def != max_def) {
                if wish.every_row {
                    gather.add_null(place.row, &place.positions);
                }
            } else if let Some((id, value)) = values.next()
                && let Some(reason) = gather.add(value.as_bytes(), id as u32, place.row, &place.positions)
            {
                reject(&mut rejected, place.row, reason);
            }
            if gather.is_full() {
                look(&mut gather, &mut edits)?;
            }
        }
        look(&mut gather, &mut edits)?;
        if place.rows() > work.rows {
            return Err(Failure::Data(Reason::BrokenPage));
        }
        // A record that is too long to be written again is refused now: taking other rows out later would fail on it.
        open = match reader.reps.iter().rposition(|rep| *rep == 0) {
            Some(at) => reader.reps.len() - at,
            None => open + reader.reps.len(),
        };
        if open as u64 > work.input.bounds().levels {
            return Err(Failure::Data(Reason::TooLarge));
        }
        if rewrite
            && !edits.is_empty()
            && writer.is_none()
            && let Some(sink) = slot.take()
        {
            let mut late = ChunkWriter::<T>::new(work, sink)?;
            replay(work, &mut late, batches)?;
            writer = Some(late);
        }
        if let Some(writer) = &mut writer {
            apply::<T>(&mut reader, &mut edits, max_def)?;
            writer.write(&reader.defs, &reader.reps, &reader.values)?;
        }
        batches += 1;
    }
    work.expect_rows(place.rows())?;
    if rewrite
        && writer.is_none()
        && dictionary::has_unused(work)?
        && let Some(sink) = slot.take()
    {
        let mut late = ChunkWriter::<T>::new(work, sink)?;
        replay(work, &mut late, batches)?;
        writer = Some(late);
    }
    let close = writer.map(ChunkWriter::close).transpose()?;
    let chunk = close.map(|close| written(work.leaf_index, close, sink)).transpose()?;
    Ok(Seen { chunk, rejected })
}

/// Writes the first batches again, which had no edits.
fn replay<T: Physically>(work: &Work<'_>, writer: &mut ChunkWriter<'_, '_, T>, batches: u64) -> Result<(), Failure> {
    let mut again = work.reader::<T>()?;
    for _ in 0..batches {
        if !again.next()? {
            return Err(Failure::Data(Reason::Changed));
        }
        writer.write(&again.defs, &again.reps, &again.values)?;
    }
    Ok(())
}

/// Puts new values in the place of old ones; `edits` are ascending by the number of the value.
fn apply<T: Physically>(reader: &mut Reader<T>, edits: &mut Vec<(u32, New)>, max_def: i16) -> Result<(), Failure> {
    if edits.is_empty() {
        return Ok(());
    }
    edits.sort_by_key(|(id, _)| *id);
    let mut nulls = Vec::new();
    for (id, new) in edits.drain(..) {
        match new {
            New::Null => nulls.push(id),
            New::Value(raw) => {
                let value = T::from_raw(&raw).ok_or(Failure::Data(Reason::DecoderFault))?;
                if let Some(slot) = reader.values.get_mut(id as usize) {
                    *slot = value;
                }
            }
        }
    }
    if nulls.is_empty() {
        return Ok(());
    }
    let (mut id, mut next) = (0u32, nulls.iter().copied().peekable());
    for def in reader.defs.iter_mut().filter(|def| **def == max_def) {
        if next.next_if_eq(&id).is_some() {
            *def = max_def - 1;
        }
        id += 1;
    }
    let (mut id, mut next) = (0u32, nulls.iter().copied().peekable());
    reader.values.retain(|_| {
        let kept = next.next_if_eq(&id).is_none();
        id += 1;
        kept
    });
    Ok(())
}

/// Writes the chunk again with every value that equals a key of `news` replaced.
pub(super) fn replace<T: Physically>(work: &Work<'_>, news: &HashMap<Vec<u8>, New>) -> Result<Chunk, Failure> {
    let mut sink = TrackedWrite::new(Spool::new(work.spill, &work.input.held));
    let mut writer = ChunkWriter::<T>::new(work, &mut sink)?;
    let mut reader = work.reader::<T>()?;
    let max_def = work.leaf.descr.max_def_level();
    while reader.next()? {
        let known = reader.values.iter().enumerate();
        let mut edits = known.filter_map(|(id, v)| Some((id as u32, news.get(v.as_bytes())?.clone()))).collect();
        apply::<T>(&mut reader, &mut edits, max_def)?;
        writer.write(&reader.defs, &reader.reps, &reader.values)?;
    }
    let close = writer.close()?;
    written(work.leaf_index, close, sink)
}

/// Writes the chunk again with the rows for which `keep` is true.
pub(super) fn filter<T: Physically>(work: &Work<'_>, keep: &dyn Fn(u32) -> bool) -> Result<Chunk, Failure> {
    let mut sink = TrackedWrite::new(Spool::new(work.spill, &work.input.held));
    let mut writer = ChunkWriter::<T>::new(work, &mut sink)?;
    let mut reader = work.reader::<T>()?;
    let max_def = work.leaf.descr.max_def_level();
    let mut place = Place::new(work.leaf.descr.max_rep_level());
    let (mut defs, mut reps, mut values) = (Vec::new(), Vec::new(), Vec::new());
    let mut kept = false;
    while reader.next()? {
        defs.clear();
        reps.clear();
        values.clear();
        let mut present = reader.values.iter();
        for level in 0..reader.levels {
            let rep = reader.reps.get(level).copied();
            place.step(rep.map_or(0, |rep| rep.unsigned_abs().into()));
            if rep.is_none_or(|rep| rep == 0) {
                kept = keep(place.row);
            }
            let def = reader.defs.get(level).copied();
            let value = if def.is_none_or(|def| def == max_def) { present.next() } else { None };
            if kept {
                defs.extend(def);
                reps.extend(rep);
                values.extend(value.cloned());
            }
        }
        writer.write(&defs, &reps, &values)?;
    }
    work.expect_rows(place.rows())?;
    let close = writer.close()?;
    written(work.leaf_index, close, sink)
}

/// Rows that are gathered before they are written.
const WOVEN_ROWS: u32 = 1024;

/// Writes a chunk of rows that are picked among those of two.
pub(super) fn weave<T: Physically>(
    own: &Work<'_>,
    other: &Work<'_>,
    rows: u32,
    pick: &dyn Fn(u32) -> Pick,
) -> Result<Chunk, Failure> {
    if own.leaf.descr.physical_type() != other.leaf.descr.physical_type() {
        return Err(Failure::Data(Reason::BrokenPage));
    }
    let mut sink = TrackedWrite::new(Spool::new(own.spill, &own.input.held));
    let mut writer = ChunkWriter::<T>::new(own, &mut sink)?;
    let (mut mine, mut theirs) = (Rows::new(own.reader::<T>()?), Rows::new(other.reader::<T>()?));
    let mut woven = Levels::<T> { defs: Vec::new(), reps: Vec::new(), values: Vec::new() };
    for row in 0..rows {
        let next = match pick(row) {
            Pick::Own => mine.next(own, Some(&mut woven)),
            Pick::Other => theirs.next(other, Some(&mut woven)),
            Pick::Passed => theirs.next(other, None),
        };
        if !next? {
            return Err(Failure::Data(Reason::BrokenPage));
        }
        if row % WOVEN_ROWS == WOVEN_ROWS - 1 {
            writer.write(&woven.defs, &woven.reps, &woven.values)?;
            woven.defs.clear();
            woven.reps.clear();
            woven.values.clear();
        }
    }
    writer.write(&woven.defs, &woven.reps, &woven.values)?;
    if mine.next(own, None)? || theirs.next(other, None)? {
        return Err(Failure::Data(Reason::BrokenPage));
    }
    let close = writer.close()?;
    written(own.leaf_index, close, sink)
}

/// Levels and values of rows.
struct Levels<T: Physically> {
    defs: Vec<i16>,
    reps: Vec<i16>,
    values: Vec<T::T>,
}

/// A chunk row by row.
struct Rows<T: Physically> {
    reader: Reader<T>,
    /// The next level and value of the batch.
    level: usize,
    value: usize,
}

impl<T: Physically> Rows<T> {
    fn new(reader: Reader<T>) -> Self {
        Self { reader, level: 0, value: 0 }
    }

    /// Goes past the next row, and copies it where it is wanted; false behind the last one.
    fn next(&mut self, work: &Work<'_>, mut to: Option<&mut Levels<T>>) -> Result<bool, Failure> {
        let max_def = work.leaf.descr.max_def_level();
        let mut begun = false;
        loop {
            if self.level == self.reader.levels {
                (self.level, self.value) = (0, 0);
                if !self.reader.next()? {
                    return Ok(begun);
                }
            }
            let (rep, def) = (self.reader.reps.get(self.level).copied(), self.reader.defs.get(self.level).copied());
            if begun && rep.is_none_or(|rep| rep == 0) {
                return Ok(true);
            }
            begun = true;
            self.level += 1;
            let present = def.is_none_or(|def| def == max_def);
            let value = self.reader.values.get(self.value).filter(|_| present);
            self.value += usize::from(present);
            if let Some(to) = to.as_deref_mut() {
                to.defs.extend(def);
                to.reps.extend(rep);
                to.values.extend(value.cloned());
            }
        }
    }
}

/// Bytes of text that a sample holds at most: a few long values say as much about a column as a thousand.
const SAMPLE_BYTES: usize = 1 << 20;

/// Adds the texts of the chunk's first values until there are `most`.
pub(super) fn sample<T: Physically>(work: &Work<'_>, most: usize, texts: &mut Vec<String>) -> Result<(), Failure> {
    let mut reader = work.reader::<T>()?;
    let mut bytes = 0;
    while texts.len() < most && bytes < SAMPLE_BYTES && reader.next()? {
        for value in &reader.values {
            let raw = value.as_bytes();
            let mut text = Vec::new();
            bytes += raw.len();
            if texts.len() < most
                && bytes <= SAMPLE_BYTES
                && raw.len() as u64 <= work.input.limits.cell
                && matches!(show(work.leaf.kind, raw, Fractions::Left, &mut text), Shown::Text | Shown::Partly)
            {
                texts.extend(String::from_utf8(text));
            }
        }
    }
    Ok(())
}
