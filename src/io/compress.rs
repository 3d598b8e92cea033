//! Streams in and out of compression, counted and hashed on the way, with a guard against bombs.

use super::wide::{self, Wide};
use crate::batch::Reason;
use bzip2::read::MultiBzDecoder;
use flate2::read::MultiGzDecoder;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::io::{self, BufReader, Read, Write};
use std::sync::{Arc, Mutex, PoisonError};

/// Compression of a whole file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Codec {
    /// None.
    #[default]
    None,
    /// gzip (RFC 1952), any number of members.
    Gzip,
    /// bzip2, any number of streams.
    Bzip2,
    /// Zstandard (RFC 8878), any number of frames.
    Zstd,
}

/// What stands between the bytes of a file and the text in it: a compression, and an encoding that is not read as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coat {
    /// The outer layer.
    pub codec: Codec,
    /// The inner one: UTF-16 or UTF-32.
    pub wide: Option<Wide>,
}

impl Coat {
    /// The text of a file that is our own output: whatever it expands to is true.
    ///
    /// # Errors
    /// Where the decoder cannot be made.
    pub fn reader<R: Read + Send + 'static>(self, file: R) -> io::Result<Box<dyn Read + Send>> {
        let plain = reader(file, self.codec, Tally::default(), u32::MAX)?;
        Ok(match self.wide {
            Some(wide) => Box::new(wide::Decoder::new(plain, wide)),
            None => plain,
        })
    }
}

/// Bytes and SHA-256 of what went through; shared with whoever reads the stream.
#[derive(Clone, Default)]
pub struct Tally(Arc<Mutex<(u64, Sha256)>>);

impl Tally {
    /// Takes bytes in.
    pub fn add(&self, bytes: &[u8]) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.0 += bytes.len() as u64;
        inner.1.update(bytes);
    }

    /// How many bytes went through.
    pub fn bytes(&self) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0
    }

    /// The SHA-256 of all of them, hexadecimal.
    pub fn sha256(&self) -> String {
        crate::text::hex(&self.0.lock().unwrap_or_else(PoisonError::into_inner).1.clone().finalize())
    }
}

/// A reader that tells a [`Tally`] what it reads.
pub struct Counted<R> {
    inner: R,
    tally: Tally,
}

impl<R> Counted<R> {
    /// Counts what is read from `inner`.
    pub fn new(inner: R, tally: Tally) -> Self {
        Self { inner, tally }
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.tally.add(buffer.get(..n).unwrap_or_default());
        Ok(n)
    }
}

/// The reason that a read error stands for: the one it carries ([`io::Error::other`] of a [`Reason`]), else what its kind says.
pub fn reason_of(error: &io::Error) -> Reason {
    if let Some(reason) = error.get_ref().and_then(|e| e.downcast_ref::<Reason>()) {
        return *reason;
    }
    match error.kind() {
        _ if error.raw_os_error().is_some() => Reason::Unreadable,
        io::ErrorKind::UnexpectedEof => Reason::Truncated,
        _ => Reason::BrokenCompression,
    }
}

/// Bytes that may come out before the ratio is judged: a small file may hold a long run.
const RATIO_FREE_BYTES: u64 = 1 << 20;

/// Stops a stream that expands by more than a ratio.
struct Guard<R> {
    inner: R,
    read: Tally,
    out_bytes: u64,
    ratio: u64,
}

impl<R: Read> Read for Guard<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.out_bytes += n as u64;
        if self.out_bytes > RATIO_FREE_BYTES && self.out_bytes / self.ratio > self.read.bytes() {
            return Err(io::Error::other(Reason::CompressionRatio));
        }
        Ok(n)
    }
}

/// The decompressed bytes of `source`, which `tally` counts as it is read. An expansion beyond `ratio` fails with
/// [`Reason::CompressionRatio`].
///
/// # Errors
/// Where the decoder cannot be made.
pub fn reader<R: Read + Send + 'static>(source: R, codec: Codec, tally: Tally, ratio: u32) -> io::Result<Box<dyn Read + Send>> {
    let counted = Counted::new(source, tally.clone());
    let guard = |inner: Box<dyn Read + Send>| Guard { inner, read: tally, out_bytes: 0, ratio: u64::from(ratio.max(1)) };
    Ok(match codec {
        Codec::None => Box::new(counted),
        Codec::Gzip => Box::new(guard(Box::new(MultiGzDecoder::new(BufReader::with_capacity(1 << 16, counted))))),
        Codec::Bzip2 => Box::new(guard(Box::new(MultiBzDecoder::new(BufReader::with_capacity(1 << 16, counted))))),
        // A window of 2^27 bytes is what the zstd tools accept without being asked; it must fit under the memory cap.
        Codec::Zstd => {
            let mut decoder = zstd::Decoder::new(counted)?;
            decoder.window_log_max(27)?;
            Box::new(guard(Box::new(decoder)))
        }
    })
}

/// A writer that compresses; finish it, or the end is missing.
pub enum Writer<W: Write> {
    /// As it is.
    None(W),
    /// gzip at its default level, without a time stamp.
    Gzip(flate2::write::GzEncoder<W>),
    /// bzip2 in blocks of 900 kB, as its tool writes it.
    Bzip2(bzip2::write::BzEncoder<W>),
    /// Zstandard at level 3.
    Zstd(zstd::Encoder<'static, W>),
}

impl<W: Write> Writer<W> {
    /// Wraps `inner`.
    ///
    /// # Errors
    /// Where the encoder cannot be made.
    pub fn new(inner: W, codec: Codec) -> io::Result<Self> {
        Ok(match codec {
            Codec::None => Self::None(inner),
            Codec::Gzip => Self::Gzip(flate2::GzBuilder::new().write(inner, flate2::Compression::default())),
            Codec::Bzip2 => Self::Bzip2(bzip2::write::BzEncoder::new(inner, bzip2::Compression::best())),
            Codec::Zstd => Self::Zstd(zstd::Encoder::new(inner, 3)?),
        })
    }

    /// Writes what is left and gives the inner writer back.
    ///
    /// # Errors
    /// Of the inner writer.
    pub fn finish(self) -> io::Result<W> {
        match self {
            Self::None(w) => Ok(w),
            Self::Gzip(w) => w.finish(),
            Self::Bzip2(w) => w.finish(),
            Self::Zstd(w) => w.finish(),
        }
    }
}

impl<W: Write> Write for Writer<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::None(w) => w.write(bytes),
            Self::Gzip(w) => w.write(bytes),
            Self::Bzip2(w) => w.write(bytes),
            Self::Zstd(w) => w.write(bytes),
        }
    }
    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::None(w) => w.flush(),
            Self::Gzip(w) => w.flush(),
            Self::Bzip2(w) => w.flush(),
            Self::Zstd(w) => w.flush(),
        }
    }
}

/// A writer that tells a [`Tally`] what it writes.
pub struct CountedWriter<W> {
    inner: W,
    tally: Tally,
}

impl<W> CountedWriter<W> {
    /// Counts what is written to `inner`.
    pub fn new(inner: W, tally: Tally) -> Self {
        Self { inner, tally }
    }

    /// The inner writer.
    pub fn into_inner(self) -> W {
        self.inner
    }
}

impl<W: Write> Write for CountedWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.inner.write(bytes)?;
        self.tally.add(bytes.get(..n).unwrap_or_default());
        Ok(n)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(bytes: &[u8], codec: Codec) -> Vec<u8> {
        let mut w = Writer::new(Vec::new(), codec).unwrap();
        w.write_all(bytes).unwrap();
        w.finish().unwrap()
    }

    #[test]
    fn what_goes_in_comes_out_and_members_follow_each_other() {
        for codec in [Codec::None, Codec::Gzip, Codec::Bzip2, Codec::Zstd] {
            let twice = [packed(b"one\n", codec), packed(b"two\n", codec)].concat();
            let tally = Tally::default();
            let mut got = Vec::new();
            reader(io::Cursor::new(twice.clone()), codec, tally.clone(), 1000).unwrap().read_to_end(&mut got).unwrap();
            assert_eq!(got, b"one\ntwo\n", "{codec:?}");
            assert_eq!(tally.bytes(), twice.len() as u64, "{codec:?}");
        }
    }

    #[test]
    fn a_bomb_and_a_cut_have_their_reasons() {
        for codec in [Codec::Gzip, Codec::Bzip2, Codec::Zstd] {
            let bomb = packed(&vec![0; 64 << 20], codec);
            let cut = packed(b"some text that is cut", codec);
            let cases = [
                (bomb, 100, Reason::CompressionRatio, "a bomb"),
                (cut[..cut.len() - 6].to_vec(), 1000, Reason::Truncated, "a cut"),
            ];
            for (bytes, ratio, want, why) in cases {
                let mut r = reader(io::Cursor::new(bytes), codec, Tally::default(), ratio).unwrap();
                let error = io::copy(&mut r, &mut io::sink()).unwrap_err();
                assert_eq!(reason_of(&error), want, "{codec:?}: {why}");
            }
        }
    }
}
