//! UTF-16 and UTF-32 read as UTF-8, and written back as they were.
//!
//! What has no place in UTF-8 is not lost on the way: it becomes bytes that no UTF-8 has, so that its record is rejected like
//! any other with broken bytes, and the way back gives exactly what was read. Half of a surrogate pair is written as three
//! bytes (`ED A0..BF ..`), a number above U+10FFFF as `FF` and six bytes, a byte too few for a unit as `FE` and two.

use serde::{Deserialize, Serialize};
use std::io::{self, Read};

/// An encoding whose units have more than one byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Wide {
    /// UTF-16, the low byte first.
    #[serde(rename = "utf-16le")]
    Utf16Le,
    /// UTF-16, the high byte first.
    #[serde(rename = "utf-16be")]
    Utf16Be,
    /// UTF-32, the lowest byte first.
    #[serde(rename = "utf-32le")]
    Utf32Le,
    /// UTF-32, the highest byte first.
    #[serde(rename = "utf-32be")]
    Utf32Be,
}

/// Opens a number that is no character.
const NUMBER: u8 = 0xFF;
/// Opens a byte that is no unit.
const BYTE: u8 = 0xFE;

impl Wide {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Utf16Le, Self::Utf16Be, Self::Utf32Le, Self::Utf32Be];

    /// The name that reports and the manifest show.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf16Le => "utf-16le",
            Self::Utf16Be => "utf-16be",
            Self::Utf32Le => "utf-32le",
            Self::Utf32Be => "utf-32be",
        }
    }

    /// The encoding of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|wide| wide.name() == name)
    }

    /// How many bytes a unit has.
    #[must_use]
    pub fn unit_bytes(self) -> usize {
        match self {
            Self::Utf16Le | Self::Utf16Be => 2,
            Self::Utf32Le | Self::Utf32Be => 4,
        }
    }

    /// The unit that `raw` begins with.
    fn unit(self, raw: &[u8]) -> Option<u32> {
        Some(match (self, raw) {
            (Self::Utf16Le, [a, b, ..]) => u32::from(u16::from_le_bytes([*a, *b])),
            (Self::Utf16Be, [a, b, ..]) => u32::from(u16::from_be_bytes([*a, *b])),
            (Self::Utf32Le, [a, b, c, d, ..]) => u32::from_le_bytes([*a, *b, *c, *d]),
            (Self::Utf32Be, [a, b, c, d, ..]) => u32::from_be_bytes([*a, *b, *c, *d]),
            _ => return None,
        })
    }

    /// Appends `raw` to `out` as UTF-8 and gives the bytes used: all of them if nothing follows (`last`), else all but an
    /// unfinished character.
    pub fn decode(self, raw: &[u8], last: bool, out: &mut Vec<u8>) -> usize {
        let size = self.unit_bytes();
        let mut rest = raw;
        while let Some(unit) = self.unit(rest) {
            let mut code = unit;
            let mut used = size;
            if size == 2 && (0xD800..0xDC00).contains(&unit) {
                match self.unit(rest.get(size..).unwrap_or_default()) {
                    Some(low @ 0xDC00..0xE000) => {
                        code = 0x1_0000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
                        used = 4;
                    }
                    None if !last => break,
                    _ => {}
                }
            }
            push(code, out);
            rest = rest.get(used..).unwrap_or_default();
        }
        if last {
            for byte in std::mem::take(&mut rest) {
                out.extend([BYTE, 0x80 | (byte >> 4), 0x80 | (byte & 15)]);
            }
        }
        raw.len() - rest.len()
    }

    /// How many bytes of this encoding stand behind what [`Wide::decode`] made of them. A sequence counts where it begins.
    #[must_use]
    pub fn source_len(self, decoded: &[u8]) -> u64 {
        let one = self.unit_bytes() as u64;
        let width = |byte: &u8| match *byte {
            0x80..0xC0 => 0,
            0xF0..0xF8 | NUMBER => 4,
            BYTE => 1,
            _ => one,
        };
        decoded.iter().map(width).sum()
    }

    /// Makes positions in `decoded`, which ascend, positions in what it was decoded from.
    pub fn to_source<'a>(self, decoded: &[u8], positions: impl Iterator<Item = &'a mut u32>) {
        let (mut at, mut source) = (0, 0);
        for position in positions {
            let next = *position as usize;
            source += self.source_len(decoded.get(at..next).unwrap_or_default());
            at = next;
            *position = u32::try_from(source).unwrap_or(u32::MAX);
        }
    }

    /// Appends a number as this encoding writes it.
    fn put(self, code: u32, out: &mut Vec<u8>) {
        let mut two = |unit: u32| {
            let unit = unit as u16;
            out.extend(if self == Self::Utf16Le { unit.to_le_bytes() } else { unit.to_be_bytes() });
        };
        match self {
            Self::Utf32Le => out.extend(code.to_le_bytes()),
            Self::Utf32Be => out.extend(code.to_be_bytes()),
            _ if code < 0x1_0000 => two(code),
            _ => {
                two(0xD800 + ((code - 0x1_0000) >> 10));
                two(0xDC00 + (code & 0x3FF));
            }
        }
    }
}

/// Appends a number in the form of UTF-8, whether or not it is a character.
fn push(code: u32, out: &mut Vec<u8>) {
    let tail = |shift: u32| 0x80 | (code >> shift & 0x3F) as u8;
    match code {
        0..0x80 => out.push(code as u8),
        0x80..0x800 => out.extend([0xC0 | (code >> 6) as u8, tail(0)]),
        0x800..0x1_0000 => out.extend([0xE0 | (code >> 12) as u8, tail(6), tail(0)]),
        0x1_0000..0x11_0000 => out.extend([0xF0 | (code >> 18) as u8, tail(12), tail(6), tail(0)]),
        _ => out.extend([NUMBER, 0x80 | (code >> 30) as u8, tail(24), tail(18), tail(12), tail(6), tail(0)]),
    }
}

/// How many bytes of a source are decoded at once.
const STEP: usize = 1 << 16;

/// A source in a wide encoding, read as UTF-8.
pub struct Decoder<R> {
    inner: R,
    wide: Wide,
    /// What was read and not yet decoded: at most an unfinished character between two steps.
    raw: Vec<u8>,
    out: Vec<u8>,
    at: usize,
    ended: bool,
    /// The error that ended the source, still to be told.
    error: Option<io::Error>,
}

impl<R: Read> Decoder<R> {
    /// Reads `inner`, which is written in `wide`.
    pub fn new(inner: R, wide: Wide) -> Self {
        Self { inner, wide, raw: Vec::new(), out: Vec::new(), at: 0, ended: false, error: None }
    }

    /// Decodes the next bytes of the source. An error of the source ends it, and is told behind what came before it.
    fn step(&mut self) -> io::Result<()> {
        self.out.clear();
        self.at = 0;
        let kept = self.raw.len();
        self.raw.resize(kept + STEP, 0);
        let read = self.inner.read(self.raw.get_mut(kept..).unwrap_or_default());
        self.raw.truncate(kept + *read.as_ref().unwrap_or(&0));
        match read {
            Ok(0) => self.ended = true,
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
            Err(error) => {
                self.ended = true;
                self.error = Some(error);
            }
        }
        let used = self.wide.decode(&self.raw, self.ended, &mut self.out);
        self.raw.drain(..used);
        Ok(())
    }
}

impl<R: Read> Read for Decoder<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.out.len() && !buffer.is_empty() {
            if self.ended {
                return self.error.take().map_or(Ok(0), Err);
            }
            self.step()?;
        }
        let n = self.out.get(self.at..).unwrap_or_default().read(buffer)?;
        self.at += n;
        Ok(n)
    }
}

/// Turns what a [`Decoder`] gave, edited or not, back into its encoding. Takes the bytes in any pieces.
pub struct Encoder {
    wide: Wide,
    /// A sequence that the last piece cut.
    cut: Vec<u8>,
}

impl Encoder {
    /// Writes `wide`.
    #[must_use]
    pub fn new(wide: Wide) -> Self {
        Self { wide, cut: Vec::new() }
    }

    /// Appends `bytes` to `out` in the encoding.
    ///
    /// # Errors
    /// Where `bytes` are neither UTF-8 nor what a decoder gives.
    pub fn encode(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
        while !self.cut.is_empty() {
            let Some((first, rest)) = bytes.split_first() else { return Ok(()) };
            self.cut.push(*first);
            bytes = rest;
            let cut = std::mem::take(&mut self.cut);
            if self.sequence(&cut, out)?.is_none() {
                self.cut = cut;
            }
        }
        while !bytes.is_empty() {
            let Some(used) = self.sequence(bytes, out)? else {
                self.cut.extend_from_slice(bytes);
                break;
            };
            bytes = bytes.get(used..).unwrap_or_default();
        }
        Ok(())
    }

    /// Says whether the last piece ended where a character does.
    ///
    /// # Errors
    /// Where it did not.
    pub fn finish(&self) -> io::Result<()> {
        if self.cut.is_empty() { Ok(()) } else { Err(stray()) }
    }

    /// Encodes the sequence that `bytes` begin with and gives its length; nothing where more bytes are needed.
    fn sequence(&self, bytes: &[u8], out: &mut Vec<u8>) -> io::Result<Option<usize>> {
        let Some(&lead) = bytes.first() else { return Ok(None) };
        let (len, head) = match lead {
            0..0x80 => {
                self.wide.put(u32::from(lead), out);
                return Ok(Some(1));
            }
            0xC2..0xE0 => (2, lead & 0x1F),
            0xE0..0xF0 => (3, lead & 0x0F),
            0xF0..0xF5 => (4, lead & 0x07),
            NUMBER if self.wide.unit_bytes() == 4 => (7, 0),
            BYTE => (3, 0),
            _ => return Err(stray()),
        };
        let Some(tail) = bytes.get(1..len) else { return Ok(None) };
        if tail.iter().any(|byte| byte & 0xC0 != 0x80) {
            return Err(stray());
        }
        if let (BYTE, [high, low]) = (lead, tail) {
            out.push(high << 4 | (low & 15));
        } else {
            let code = tail.iter().fold(u32::from(head), |code, byte| code << 6 | u32::from(byte & 0x3F));
            self.wide.put(code, out);
        }
        Ok(Some(len))
    }
}

fn stray() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "bytes that stand for nothing in the file's encoding")
}

#[cfg(test)]
mod tests;
