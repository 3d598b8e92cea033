//! Writes a dictionary chunk again: a new dictionary page, and data pages that are copied where their indices still hold.
//!
//! Two entries that become equal become one: readers that keep dictionaries (pandas categoricals) refuse or misread doubles.

use super::chunk::{Bloom, Chunk, Spool};
use super::codec;
use super::data_page::{Body, Form, Levels, v1};
use super::entries::{Entries, each};
use super::failure::{Failure, fenced, writing};
use super::hybrid::{Encoder, Run, width_of};
use super::pages::{Located, Shape, Walk};
use super::summary::Summary;
use super::value::New;
use super::values::Work;
use super::visit::Place;
use super::writer::{Closed, properties, written};
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
    let mut summary = Summary::new(work);
    let ranks = Ranks::new(&renewed.entries);
    {
        let mut out = SerializedPageWriter::new(&mut sink);
        let mut walk = work.walk.clone();
        let mut place = Place::new(work.leaf.descr.max_rep_level());
        while let Some(page) = walk.next()? {
            if page.head.is_dictionary() {
                let spec = put(&mut out, dictionary_page(&renewed.entries, codec, page.head.encoding)?)?;
                summary.dictionary(&spec);
            } else if page.head.is_data() {
                let mut span = None;
                let mut turn = Turn { work, walk: &walk, page: &page, entries: entries.len(), renewed: &renewed, codec };
                if let Some(new) = turn.page(&mut place, keep, &mut summary, |number| ranks.widen(&mut span, number))? {
                    let spec = put(&mut out, new)?;
                    summary.page(&spec, span.map(|span| ranks.bounds(span)));
                }
            }
        }
        work.expect_rows(place.rows())?;
    }
    let (metadata, column_index, offset_index) = fenced(|| summary.finish(&properties))?;
    written(work.leaf_index, Closed { metadata, column_index, offset_index, bloom: bloom(work, &renewed.entries)? }, sink)
}

/// The order of a dictionary's entries by their bytes.
struct Ranks<'a> {
    entries: &'a [Bytes],
    /// Position of each entry in that order.
    of: Vec<u32>,
    by_rank: Vec<u32>,
}

/// Lowest and highest rank.
type Span = (u32, u32);

impl<'a> Ranks<'a> {
    fn new(entries: &'a [Bytes]) -> Self {
        let mut by_rank: Vec<u32> = (0..entries.len() as u32).collect();
        by_rank.sort_by_key(|entry| entries.get(*entry as usize));
        let mut of = vec![0; entries.len()];
        for (rank, entry) in by_rank.iter().enumerate() {
            if let Some(slot) = of.get_mut(*entry as usize) {
                *slot = rank as u32;
            }
        }
        Self { entries, of, by_rank }
    }

    fn widen(&self, span: &mut Option<Span>, number: u32) {
        if let Some(rank) = self.of.get(number as usize) {
            let (low, high) = span.unwrap_or((*rank, *rank));
            *span = Some((low.min(*rank), high.max(*rank)));
        }
    }

    fn bounds(&self, (low, high): Span) -> (Bytes, Bytes) {
        let entry = |rank: u32| self.by_rank.get(rank as usize).and_then(|entry| self.entries.get(*entry as usize)).cloned();
        (entry(low).unwrap_or_default(), entry(high).unwrap_or_default())
    }
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

impl Turn<'_> {
    /// The new page; nothing where no row of it stays.
    fn page(
        &mut self,
        place: &mut Place,
        keep: Option<&dyn Fn(u32) -> bool>,
        summary: &mut Summary<'_>,
        mut used: impl FnMut(u32),
    ) -> Result<Option<CompressedPage>, Failure> {
        let plain = self.walk.plain(self.page)?;
        let head = &self.page.head;
        let descr = &self.work.leaf.descr;
        let max = (descr.max_def_level(), descr.max_rep_level());
        let width = width_of((self.renewed.entries.len() as u32).saturating_sub(1)).max(1);
        let (mut levels, mut indices) = (Levels::new(descr), Encoder::new(width));
        let renewed = self.renewed;
        summary.begin();
        each(head, &plain, max, self.entries, |same| {
            let number = same.entry.and_then(|entry| renewed.map.get(entry as usize)).copied().filter(|n| *n != NULL);
            let def = if same.entry.is_some() && number.is_none() { same.def.saturating_sub(1) } else { same.def };
            let mut add = |len: u32| {
                levels.push(same.rep, def, len);
                if let Some(value) = number {
                    indices.push(Run { value, len });
                    used(value);
                }
                summary.count(same.rep, number.is_none(), len);
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
        if summary.levels() == 0 {
            return Ok(None);
        }
        if renewed.same && keep.is_none() {
            return self.copied(summary.nulls(), summary.rows()).map(Some);
        }
        let mut body = Body::new();
        body.extend(&[width]);
        body.extend(&indices.finish());
        let form = Form { v2: matches!(head.shape, Shape::V2 { .. }), codec: self.codec, encoding: head.encoding };
        levels.page(&mut body, summary, form, &mut Vec::new()).map(Some)
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
}
