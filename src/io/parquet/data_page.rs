//! Puts a data page together: levels, then what stands for the values, packed by the chunk's codec.

use super::codec;
use super::failure::Failure;
use super::hybrid::{Encoder, Run, width_of};
use super::summary::Summary;
use bytes::Bytes;
use parquet::basic::{Compression, Encoding};
use parquet::column::page::{CompressedPage, Page};
use parquet::schema::types::ColumnDescriptor;

/// Bytes kept free before the values: the levels of most pages are a run or two, and version 1 packs them with the values.
const FRONT: usize = 64;

/// What stands for the values of a page.
pub(super) struct Body {
    bytes: Vec<u8>,
}

impl Body {
    pub(super) fn new() -> Self {
        Self { bytes: vec![0; FRONT] }
    }

    pub(super) fn clear(&mut self) {
        self.bytes.truncate(FRONT);
    }

    /// Bytes of the values so far.
    pub(super) fn len(&self) -> usize {
        self.bytes.len() - FRONT
    }

    pub(super) fn extend(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    pub(super) fn values(&self) -> &[u8] {
        self.bytes.get(FRONT..).unwrap_or_default()
    }

    /// Levels and values as one piece; the values are used up.
    fn behind(&mut self, front: &[u8]) -> &[u8] {
        let from = FRONT.checked_sub(front.len());
        match from.and_then(|from| self.bytes.get_mut(from..FRONT)) {
            Some(free) => free.copy_from_slice(front),
            None => drop(self.bytes.splice(..FRONT, front.iter().copied())),
        }
        self.bytes.get(from.unwrap_or(0)..).unwrap_or_default()
    }
}

/// Levels of a page at work.
pub(super) struct Levels {
    max: (i16, i16),
    defs: Encoder,
    reps: Encoder,
}

impl Levels {
    pub(super) fn new(descr: &ColumnDescriptor) -> Self {
        let max = (descr.max_def_level(), descr.max_rep_level());
        let encoder = |max: i16| Encoder::new(width_of(u32::try_from(max).unwrap_or(0)));
        Self { max, defs: encoder(max.0), reps: encoder(max.1) }
    }

    #[inline]
    pub(super) fn push(&mut self, rep: u32, def: u32, len: u32) {
        if self.max.1 > 0 {
            self.reps.push(Run { value: rep, len });
        }
        if self.max.0 > 0 {
            self.defs.push(Run { value: def, len });
        }
    }

    /// The page of these levels and of `body`, of which the summary knows how many rows and values it has. `packed` is scratch.
    pub(super) fn page(
        self,
        body: &mut Body,
        summary: &Summary<'_>,
        form: Form,
        packed: &mut Vec<u8>,
    ) -> Result<CompressedPage, Failure> {
        let part = |max: i16, levels: Encoder| if max > 0 { levels.finish() } else { Vec::new() };
        let (defs, reps) = (part(self.max.0, self.defs), part(self.max.1, self.reps));
        let (num_values, encoding) = (summary.levels(), form.encoding);
        if form.v2 {
            codec::compress_into(form.codec, body.values(), packed)?;
            let plain = reps.len() + defs.len() + body.len();
            let page = Page::DataPageV2 {
                buf: Bytes::from([&reps[..], &defs, packed].concat()),
                num_values,
                encoding,
                num_nulls: summary.nulls(),
                num_rows: summary.rows(),
                def_levels_byte_len: defs.len() as u32,
                rep_levels_byte_len: reps.len() as u32,
                is_compressed: form.codec != Compression::UNCOMPRESSED,
                statistics: None,
            };
            return Ok(CompressedPage::new(page, plain));
        }
        let mut front = Vec::new();
        for (max, levels) in [(self.max.1, reps), (self.max.0, defs)] {
            if max > 0 {
                front.extend_from_slice(&(levels.len() as u32).to_le_bytes());
                front.extend_from_slice(&levels);
            }
        }
        let plain = body.behind(&front);
        codec::compress_into(form.codec, plain, packed)?;
        Ok(CompressedPage::new(v1(Bytes::copy_from_slice(packed), num_values, encoding), plain.len()))
    }
}

/// How the pages of a chunk are written.
#[derive(Clone, Copy)]
pub(super) struct Form {
    pub v2: bool,
    pub codec: Compression,
    pub encoding: Encoding,
}

/// A page of version 1.
pub(super) fn v1(buf: Bytes, num_values: u32, encoding: Encoding) -> Page {
    let (def_level_encoding, rep_level_encoding) = (Encoding::RLE, Encoding::RLE);
    Page::DataPage { buf, num_values, encoding, def_level_encoding, rep_level_encoding, statistics: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_stand_right_before_the_values_however_long_they_are() {
        for length in [0, 1, FRONT - 1, FRONT, FRONT + 1, 1000] {
            let front = vec![7; length];
            let mut body = Body::new();
            body.extend(b"gone");
            body.clear();
            body.extend(b"val");
            body.extend(b"ues");
            assert_eq!((body.len(), body.values()), (6, &b"values"[..]));
            assert_eq!(body.behind(&front), [&front[..], b"values"].concat(), "{length}");
        }
    }
}
