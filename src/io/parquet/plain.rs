//! Writes a chunk of texts anew as plain pages.
//!
//! The library's writer asks a dictionary first, copies each value into a buffer that grows, and moves that for its codec. Texts
//! that the source kept plain need none of it: they are copied once, to where they are packed.

use super::chunk::{Bloom, Spool};
use super::data_page::{Body, Form, Levels};
use super::dictionary::orders_by_bytes;
use super::failure::{Failure, fenced, writing};
use super::summary::Summary;
use super::values::Work;
use super::writer::{Closed, properties};
use crate::batch::Reason;
use bytes::Bytes;
use parquet::basic::{Compression, Encoding, Type as Physical};
use parquet::column::page::PageWriter;
use parquet::data_type::AsBytes;
use parquet::file::properties::{WriterProperties, WriterVersion};
use parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use std::ops::Range;

/// A page ends with the first record behind so many bytes of values, or so many rows: what other writers do by default.
const PAGE_BYTES: usize = 1 << 20;
const PAGE_ROWS: u32 = 20_000;

/// Takes levels and values and writes pages.
pub(super) struct PlainWriter<'a, 's> {
    out: SerializedPageWriter<'s, Spool<'a>>,
    work: &'a Work<'a>,
    properties: WriterProperties,
    form: Form,
    summary: Summary<'a>,
    levels: Levels,
    body: Body,
    /// Where the page's lowest and highest value stand in the body's values.
    span: Option<(Range<usize>, Range<usize>)>,
    packed: Vec<u8>,
}

/// Whether the source's chunk is of texts that are mostly plain. Where a dictionary's entries are used often, plain pages would
/// hold each text many times.
pub(super) fn is_plain(work: &Work<'_>) -> bool {
    let outline = work.outline;
    work.leaf.descr.physical_type() == Physical::BYTE_ARRAY
        && orders_by_bytes(work)
        && outline.encoding == Some(Encoding::PLAIN)
        && outline.indexed <= outline.entries.saturating_mul(2)
        && work.meta.bloom_filter_offset().is_none()
}

impl<'a, 's> PlainWriter<'a, 's> {
    pub(super) fn new(work: &'a Work<'a>, sink: &'s mut TrackedWrite<Spool<'a>>) -> Self {
        let properties = properties(work.input, work.meta, work.outline);
        let v2 = properties.writer_version() == WriterVersion::PARQUET_2_0;
        let form = Form { v2, codec: Compression::from(work.meta.compression_codec()), encoding: Encoding::PLAIN };
        let (out, levels) = (SerializedPageWriter::new(sink), Levels::new(&work.leaf.descr));
        let (summary, body) = (Summary::new(work), Body::new());
        Self { out, work, properties, form, summary, levels, body, span: None, packed: Vec::new() }
    }

    /// Takes the next levels and values; a record may be cut between two calls.
    pub(super) fn write<V: AsBytes>(&mut self, defs: &[i16], reps: &[i16], values: &[V]) -> Result<(), Failure> {
        let max_def = self.work.leaf.descr.max_def_level();
        let mut values = values.iter();
        let levels = if self.work.leaf.descr.max_def_level() > 0 { defs.len() } else { values.len() };
        for level in 0..levels {
            let rep = reps.get(level).map_or(0, |rep| u32::from(rep.unsigned_abs()));
            let def = defs.get(level).copied().unwrap_or(max_def);
            if rep == 0 && (self.body.len() >= PAGE_BYTES || self.summary.rows() >= PAGE_ROWS) {
                self.page()?;
            }
            self.levels.push(rep, u32::from(def.unsigned_abs()), 1);
            self.summary.count(rep, def != max_def, 1);
            if def == max_def
                && let Some(value) = values.next()
            {
                self.value(value.as_bytes())?;
            }
        }
        Ok(())
    }

    #[inline]
    fn value(&mut self, value: &[u8]) -> Result<(), Failure> {
        let length = u32::try_from(value.len()).map_err(|_| Failure::Data(Reason::TooLarge))?;
        if (self.body.len() + value.len()) as u64 > self.work.input.limits.memory {
            // A record of a list that is larger than all that may be held.
            return Err(Failure::Data(Reason::TooLarge));
        }
        self.body.extend(&length.to_le_bytes());
        let at = self.body.len()..self.body.len() + value.len();
        let of = |range: &Range<usize>| self.body.values().get(range.clone()).unwrap_or_default();
        match &mut self.span {
            None => self.span = Some((at.clone(), at)),
            Some((low, _)) if value < of(low) => *low = at,
            Some((_, high)) if value > of(high) => *high = at,
            Some(_) => {}
        }
        self.body.extend(value);
        Ok(())
    }

    fn page(&mut self) -> Result<(), Failure> {
        if self.summary.levels() == 0 {
            return Ok(());
        }
        let of = |range: Range<usize>| Bytes::copy_from_slice(self.body.values().get(range).unwrap_or_default());
        let span = self.span.take().map(|(low, high)| (of(low), of(high)));
        let levels = std::mem::replace(&mut self.levels, Levels::new(&self.work.leaf.descr));
        let page = levels.page(&mut self.body, &self.summary, self.form, &mut self.packed)?;
        let spec = fenced(|| self.out.write_page(page).map_err(writing))?;
        self.summary.page(&spec, span);
        self.body.clear();
        Ok(())
    }

    pub(super) fn close(mut self) -> Result<Closed, Failure> {
        self.page()?;
        let (metadata, column_index, offset_index) = fenced(|| self.summary.finish(&self.properties))?;
        Ok(Closed { metadata, column_index, offset_index, bloom: Bloom::None })
    }
}
