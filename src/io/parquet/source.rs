//! The file under a Parquet reader: read by position, so that many threads share one handle, and never mapped.

use super::failure::Failure;
use crate::batch::Reason;
use bytes::Bytes;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::sync::Arc;

/// A file and the length it had when it was opened.
pub(super) struct Source {
    file: File,
    len: u64,
    #[cfg(not(any(unix, windows)))]
    lock: std::sync::Mutex<()>,
}

impl Source {
    pub(super) fn new(file: File, len: u64) -> Self {
        Self {
            file,
            len,
            #[cfg(not(any(unix, windows)))]
            lock: std::sync::Mutex::new(()),
        }
    }

    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// Exactly `len` bytes from `start`. The caller has bounded `len`.
    pub(super) fn read(&self, start: u64, len: usize) -> Result<Bytes, Failure> {
        let end = start.checked_add(len as u64).ok_or(Failure::Data(Reason::BrokenPage))?;
        if end > self.len {
            return Err(Failure::Data(Reason::Truncated));
        }
        let mut bytes = vec![0; len];
        self.fill(start, &mut bytes).map_err(|_| Failure::Data(Reason::Unreadable))?;
        Ok(Bytes::from(bytes))
    }

    fn fill(&self, mut at: u64, mut to: &mut [u8]) -> io::Result<()> {
        while !to.is_empty() {
            match self.read_at(at, to) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(got) => {
                    at += got as u64;
                    to = to.get_mut(got..).unwrap_or_default();
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        Ok(())
    }

    #[cfg(unix)]
    fn read_at(&self, at: u64, to: &mut [u8]) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(&self.file, to, at)
    }

    #[cfg(windows)]
    fn read_at(&self, at: u64, to: &mut [u8]) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(&self.file, to, at)
    }

    #[cfg(not(any(unix, windows)))]
    fn read_at(&self, at: u64, to: &mut [u8]) -> io::Result<usize> {
        use std::io::{Read, Seek, SeekFrom};
        let _held = self.lock.lock();
        let mut file = &self.file;
        file.seek(SeekFrom::Start(at))?;
        file.read(to)
    }
}

/// Chunks up to this size are read at once; larger ones page by page.
const WHOLE: u64 = 4 << 20;

/// The bytes of one column chunk, by position in the file.
#[derive(Clone)]
pub(super) struct ChunkBytes {
    source: Arc<Source>,
    range: Range<u64>,
    whole: Option<Bytes>,
}

impl ChunkBytes {
    pub(super) fn open(source: &Arc<Source>, range: Range<u64>) -> Result<Self, Failure> {
        if range.start > range.end || range.end > source.len() {
            return Err(Failure::Data(Reason::BrokenPage));
        }
        let len = range.end - range.start;
        let whole = if len <= WHOLE { Some(source.read(range.start, len as usize)?) } else { None };
        Ok(Self { source: Arc::clone(source), range, whole })
    }

    pub(super) fn start(&self) -> u64 {
        self.range.start
    }

    pub(super) fn end(&self) -> u64 {
        self.range.end
    }

    /// Exactly `len` bytes from the position `at` in the file; an error where they leave the chunk.
    pub(super) fn read(&self, at: u64, len: usize) -> Result<Bytes, Failure> {
        let end = at.checked_add(len as u64).ok_or(Failure::Data(Reason::BrokenPage))?;
        if at < self.range.start || end > self.range.end {
            return Err(Failure::Data(Reason::BrokenPage));
        }
        match &self.whole {
            Some(whole) => {
                let from = (at - self.range.start) as usize;
                Ok(whole.slice(from..from + len))
            }
            None => self.source.read(at, len),
        }
    }

    /// At most `len` bytes from `at`, fewer at the end of the chunk.
    pub(super) fn peek(&self, at: u64, len: usize) -> Result<Bytes, Failure> {
        let left = self.range.end.saturating_sub(at);
        self.read(at, left.min(len as u64) as usize)
    }
}
