//! Writes a dictionary chunk again: a new dictionary page, and data pages that are copied where their indices still hold.
//!
//! Two entries that become equal become one: readers that keep dictionaries (pandas categoricals) refuse or misread doubles.

use super::chunk::{Bloom, Chunk, Spool};
use super::codec;
use super::entries::{Entries, each};
use super::failure::{Failure, fenced, writing};
use super::hybrid::{Encoder, Run, width_of};
use super::pages::{Head, Located, Shape, Walk};
use super::summary::Summary;
use super::value::New;
use super::values::Work;
use super::visit::Place;
use super::writer::properties;
use crate::batch::Reason;
use bytes::Bytes;
use parquet::basic::{Compression, Encoding};
use parquet::bloom_filter::Sbbf;
use parquet::column::page::{CompressedPage, Page, PageWriteSpec, PageWriter};
use parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use std::collections::HashMap;

/// What becomes of an entry.
pub(super) enum Fate {
    Kept,
    Changed(New),
    /// No row that stays uses it.
    Dropped,
}

/// Where an index leads that has no entry any more.
const NULL: u32 = u32::MAX;

/// The new dictionary.
struct Renewed {
    entries: Vec<Bytes>,
    /// New index by old one; [`NULL`] where the value becomes null or is not used.
    map: Vec<u32>,
    /// Every index means the same entry as before.
    same: bool,
}

fn renew(entries: &Entries, mut fate: impl FnMut(u32) -> Fate) -> Renewed {
    let mut numbers: HashMap<Bytes, u32> = HashMap::with_capacity(entries.len() as usize);
    let mut renewed = Renewed { entries: Vec::new(), map: Vec::with_capacity(entries.len() as usize), same: true };
    // Most of what changes becomes the same.
    let mut last: Option<(Bytes, u32)> = None;
    for entry in 0..entries.len() {
        let mut changed = false;
        let value = match fate(entry) {
            Fate::Kept => Some(entries.bytes(entry)),
            Fate::Changed(New::Value(value)) => {
                changed = true;
                Some(value)
            }
            Fate::Changed(New::Null) | Fate::Dropped => None,
        };
        let number = match (value, &last) {
            (None, _) => NULL,
            (Some(value), Some((known, number))) if changed && value == known => *number,
            (Some(value), _) => {
                let kept = changed.then(|| value.clone());
                let number = *numbers.entry(value).or_insert_with_key(|value| {
                    renewed.entries.push(value.clone());
                    renewed.entries.len() as u32 - 1
                });
                last = kept.map(|value| (value, number)).or(last);
                number
            }
        };
        renewed.same &= number == entry;
        renewed.map.push(number);
    }
    renewed
}

/// Writes the chunk with what `fate` says of each entry, and only the rows that `keep` names, where it is given.
pub(super) fn reindex(
    work: &Work<'_>,
    entries: &Entries,
    fate: impl FnMut(u32) -> Fate,
    keep: Option<&dyn Fn(u32) -> bool>,
) -> Result<Chunk, Failure> {
    let renewed = renew(entries, fate);
    let codec = Compression::from(work.meta.compression_codec());
    let properties = properties(work.input, work.meta, work.outline);
    let mut sink = TrackedWrite::new(Spool::new(work.spill, &work.input.held));
    let mut summary = Summary::new(work, &renewed.entries);
    {
        let mut out = SerializedPageWriter::new(&mut sink);
        let mut walk = work.walk.clone();
        let mut place = Place::new(work.leaf.descr.max_rep_level());
        while let Some(page) = walk.next()? {
            if page.head.is_dictionary() {
                let spec = put(&mut out, dictionary_page(&renewed.entries, codec, page.head.encoding)?)?;
                summary.dictionary(&spec);
            } else if page.head.is_data() {
                let mut turn = Turn { work, walk: &walk, page: &page, entries: entries.len(), renewed: &renewed, codec };
                if let Some(new) = turn.page(&mut place, keep, &mut summary)? {
                    let spec = put(&mut out, new)?;
                    summary.page(&spec);
                }
            }
        }
        work.expect_rows(place.rows())?;
    }
    let (metadata, column_index, offset_index) = fenced(|| summary.finish(&properties))?;
    let spool = sink.into_inner().map_err(|e| Failure::Store(std::io::Error::other(e.to_string())))?;
    Ok(Chunk {
        leaf: work.leaf_index,
        rewritten: true,
        edited: false,
        rejected: Vec::new(),
        body: spool.finish()?,
        base: 0,
        metadata,
        column_index,
        offset_index,
        bloom: bloom(work, &renewed.entries)?,
    })
}

fn put(out: &mut SerializedPageWriter<'_, Spool<'_>>, page: CompressedPage) -> Result<PageWriteSpec, Failure> {
    fenced(|| out.write_page(page).map_err(writing))
}

fn dictionary_page(entries: &[Bytes], codec: Compression, encoding: Encoding) -> Result<CompressedPage, Failure> {
    let mut plain = Vec::with_capacity(entries.iter().map(|e| e.len() + 4).sum());
    for entry in entries {
        let len = u32::try_from(entry.len()).map_err(|_| Failure::Data(Reason::TooLarge))?;
        plain.extend_from_slice(&len.to_le_bytes());
        plain.extend_from_slice(entry);
    }
    let buf = Bytes::from(codec::compress(codec, &plain)?);
    let page = Page::DictionaryPage { buf, num_values: entries.len() as u32, encoding, is_sorted: false };
    Ok(CompressedPage::new(page, plain.len()))
}

fn bloom(work: &Work<'_>, entries: &[Bytes]) -> Result<Bloom, Failure> {
    if work.meta.bloom_filter_offset().is_none() {
        return Ok(Bloom::None);
    }
    fenced(|| {
        let mut filter = Sbbf::new_with_ndv_fpp((entries.len() as u64).max(1), 0.05).map_err(writing)?;
        for entry in entries {
            filter.insert(&entry[..]);
        }
        Ok(Bloom::Built(Box::new(filter)))
    })
}

/// One data page on its way.
struct Turn<'a> {
    work: &'a Work<'a>,
    walk: &'a Walk,
    page: &'a Located,
    entries: u32,
    renewed: &'a Renewed,
    codec: Compression,
}

/// Levels and indices of a new page.
struct Streams {
    reps: Encoder,
    defs: Encoder,
    indices: Encoder,
    values: u32,
    nulls: u32,
}

impl Turn<'_> {
    /// The new page; nothing where no row of it stays.
    fn page(
        &mut self,
        place: &mut Place,
        keep: Option<&dyn Fn(u32) -> bool>,
        summary: &mut Summary<'_>,
    ) -> Result<Option<CompressedPage>, Failure> {
        let plain = self.walk.plain(self.page)?;
        let head = &self.page.head;
        let descr = &self.work.leaf.descr;
        let max = (descr.max_def_level(), descr.max_rep_level());
        let level = |max: i16| width_of(u32::try_from(max).unwrap_or(0));
        let width = width_of((self.renewed.entries.len() as u32).saturating_sub(1)).max(1);
        let (reps, defs, indices) = (Encoder::new(level(max.1)), Encoder::new(level(max.0)), Encoder::new(width));
        let mut to = Streams { reps, defs, indices, values: 0, nulls: 0 };
        let renewed = self.renewed;
        summary.begin();
        each(head, &plain, max, self.entries, |same| {
            let number = same.entry.and_then(|entry| renewed.map.get(entry as usize)).copied().filter(|n| *n != NULL);
            let def = if same.entry.is_some() && number.is_none() { same.def.saturating_sub(1) } else { same.def };
            let mut add = |len: u32| {
                to.reps.push(Run { value: same.rep, len });
                to.defs.push(Run { value: def, len });
                match number {
                    Some(value) => to.indices.push(Run { value, len }),
                    None => to.nulls += len,
                }
                to.values += len;
                summary.values(same.rep, number, len);
            };
            match keep {
                None => {
                    place.step_by(same.rep, same.len);
                    add(same.len);
                }
                Some(keep) => {
                    for _ in 0..same.len {
                        place.step(same.rep);
                        if keep(place.row) {
                            add(1);
                        }
                    }
                }
            }
            if place.rows() > self.work.rows { Err(Failure::Data(Reason::BrokenPage)) } else { Ok(()) }
        })?;
        if to.values == 0 {
            return Ok(None);
        }
        if renewed.same && keep.is_none() {
            return self.copied(to.nulls, summary.rows()).map(Some);
        }
        self.encoded(head, to, width, summary.rows()).map(Some)
    }

    /// The page's body as it is, under a header without statistics.
    fn copied(&self, nulls: u32, rows: u32) -> Result<CompressedPage, Failure> {
        let (head, buf) = (&self.page.head, self.walk.body(self.page)?);
        let page = match head.shape {
            Shape::V2 { def_bytes, rep_bytes, compressed, .. } => Page::DataPageV2 {
                buf,
                num_values: head.values,
                encoding: head.encoding,
                num_nulls: nulls,
                num_rows: rows,
                def_levels_byte_len: def_bytes,
                rep_levels_byte_len: rep_bytes,
                is_compressed: compressed,
                statistics: None,
            },
            _ => v1(buf, head.values, head.encoding),
        };
        Ok(CompressedPage::new(page, head.uncompressed))
    }

    fn encoded(&self, head: &Head, to: Streams, width: u8, rows: u32) -> Result<CompressedPage, Failure> {
        let descr = &self.work.leaf.descr;
        let (max_def, max_rep) = (descr.max_def_level(), descr.max_rep_level());
        let (reps, defs, indices) = (to.reps.finish(), to.defs.finish(), to.indices.finish());
        let mut plain = Vec::new();
        if let Shape::V2 { .. } = head.shape {
            let reps = if max_rep > 0 { reps } else { Vec::new() };
            let defs = if max_def > 0 { defs } else { Vec::new() };
            plain.push(width);
            plain.extend_from_slice(&indices);
            let is_compressed = self.codec != Compression::UNCOMPRESSED;
            let packed = codec::compress(self.codec, &plain)?;
            let page = Page::DataPageV2 {
                buf: Bytes::from([&reps[..], &defs, &packed].concat()),
                num_values: to.values,
                encoding: head.encoding,
                num_nulls: to.nulls,
                num_rows: rows,
                def_levels_byte_len: defs.len() as u32,
                rep_levels_byte_len: reps.len() as u32,
                is_compressed,
                statistics: None,
            };
            return Ok(CompressedPage::new(page, reps.len() + defs.len() + plain.len()));
        }
        for (max, levels) in [(max_rep, reps), (max_def, defs)] {
            if max > 0 {
                plain.extend_from_slice(&(levels.len() as u32).to_le_bytes());
                plain.extend_from_slice(&levels);
            }
        }
        plain.push(width);
        plain.extend_from_slice(&indices);
        let packed = Bytes::from(codec::compress(self.codec, &plain)?);
        Ok(CompressedPage::new(v1(packed, to.values, head.encoding), plain.len()))
    }
}

fn v1(buf: Bytes, num_values: u32, encoding: Encoding) -> Page {
    let (def_level_encoding, rep_level_encoding) = (Encoding::RLE, Encoding::RLE);
    Page::DataPage { buf, num_values, encoding, def_level_encoding, rep_level_encoding, statistics: None }
}
