//! A column chunk on its way to the output: the source's bytes, or new ones in memory or in a temporary file.

use super::failure::Failure;
use super::visit::Rejected;
use parquet::bloom_filter::Sbbf;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::page_index::column_index::ColumnIndexMetaData;
use parquet::file::page_index::offset_index::OffsetIndexMetaData;
use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Gives temporary files; called when a rewritten chunk outgrows memory.
pub type Spill<'a> = &'a (dyn Fn() -> io::Result<File> + Sync);

/// Rewritten chunks up to this many bytes stay in memory, as long as all of them together are few.
const HELD: usize = 8 << 20;
/// Chunks up to this many bytes stay in memory even then: a file for each would use up the handles.
const ALWAYS_HELD: usize = 1 << 20;

/// A column chunk to be written.
pub struct Chunk {
    /// The leaf's index in the source.
    pub leaf: usize,
    /// Values were changed or rows left out; otherwise the source's bytes go over.
    pub rewritten: bool,
    /// Values were changed, so that an order of rows by this leaf may be gone.
    pub edited: bool,
    /// Rows (numbers in the row group, ascending) that must not stay in the output.
    pub rejected: Vec<Rejected>,
    pub(super) body: Body,
    pub(super) metadata: ColumnChunkMetaData,
    pub(super) column_index: Option<ColumnIndexMetaData>,
    pub(super) offset_index: Option<OffsetIndexMetaData>,
    pub(super) bloom: Bloom,
    /// The position that the metadata's offsets count the body's first byte as.
    pub(super) base: i64,
}

impl Chunk {
    /// The chunk's compressed size, in bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.metadata.compressed_size().unsigned_abs()
    }

    /// The bounds of byte strings that the source's footer and index claim for a chunk that goes over as it is. They may be
    /// of other values than those in it.
    pub fn claimed_bounds(&self) -> impl Iterator<Item = &[u8]> {
        let statistics = self.metadata.statistics().filter(|_| !self.rewritten);
        let of_chunk = statistics.into_iter().flat_map(|s| [s.min_bytes_opt(), s.max_bytes_opt()]).flatten();
        let index = self.column_index.as_ref().filter(|_| !self.rewritten);
        let of_pages = index.into_iter().flat_map(|index| {
            let index = if let ColumnIndexMetaData::BYTE_ARRAY(index) = index { Some(index) } else { None };
            index.into_iter().flat_map(|index| index.min_values_iter().chain(index.max_values_iter()).flatten())
        });
        of_chunk.chain(of_pages)
    }

    /// Leaves the source's bounds out.
    ///
    /// # Errors
    /// The metadata cannot be built.
    pub fn forget_bounds(&mut self) -> Result<(), Failure> {
        let builder = self.metadata.clone().into_builder().clear_statistics();
        self.metadata = builder.build().map_err(super::failure::writing)?;
        self.column_index = None;
        Ok(())
    }
}

pub(super) enum Body {
    Source(Range<u64>),
    Held(Held),
    Spilled(File, u64),
}

pub(super) enum Bloom {
    None,
    Source(Range<u64>),
    Built(Box<Sbbf>),
}

/// Bytes in memory that rewritten chunks of one file take together, and how many they may.
#[derive(Clone)]
pub(super) struct Meter {
    now: Arc<AtomicU64>,
    most: u64,
}

impl Meter {
    pub(super) fn new(most: u64) -> Self {
        Self { now: Arc::default(), most }
    }
}

/// A chunk in memory.
pub(super) struct Held {
    bytes: Vec<u8>,
    meter: Meter,
}

impl Held {
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn extend(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        self.meter.now.fetch_add(bytes.len() as u64, Ordering::Relaxed);
    }

    /// The most that may be held now. Where it goes changes no byte of the output.
    fn most(&self) -> usize {
        if self.meter.now.load(Ordering::Relaxed) > self.meter.most { ALWAYS_HELD } else { HELD }
    }

    fn clear(&mut self) {
        self.meter.now.fetch_sub(self.bytes.len() as u64, Ordering::Relaxed);
        self.bytes = Vec::new();
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.clear();
    }
}

/// Takes bytes into memory, and into a temporary file when there are many.
pub(super) struct Spool<'a> {
    held: Held,
    file: Option<File>,
    len: u64,
    spill: Spill<'a>,
}

impl<'a> Spool<'a> {
    pub(super) fn new(spill: Spill<'a>, meter: &Meter) -> Self {
        let held = Held { bytes: Vec::new(), meter: meter.clone() };
        Self { held, file: None, len: 0, spill }
    }

    pub(super) fn finish(mut self) -> Result<Body, Failure> {
        match self.file.take() {
            None => Ok(Body::Held(self.held)),
            Some(mut file) => {
                file.seek(SeekFrom::Start(0)).map_err(Failure::Store)?;
                Ok(Body::Spilled(file, self.len))
            }
        }
    }
}

impl Write for Spool<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.file.is_none() && self.held.bytes.len() + bytes.len() > self.held.most() {
            let mut file = (self.spill)()?;
            file.write_all(&self.held.bytes)?;
            self.held.clear();
            self.file = Some(file);
        }
        match &mut self.file {
            Some(file) => file.write_all(bytes)?,
            None => self.held.extend(bytes),
        }
        self.len += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), Write::flush)
    }
}
