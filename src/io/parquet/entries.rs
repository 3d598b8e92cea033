//! A chunk's dictionary, and a walk over its data pages that never looks a value up.

use super::failure::Failure;
use super::hybrid::{Decoder, Run, width_of};
use super::pages::{Head, Located, Shape, Walk};
use crate::batch::Reason;
use bytes::Bytes;
use parquet::basic::Type as Physical;
use std::ops::Range;

fn broken() -> Failure {
    Failure::Data(Reason::BrokenPage)
}

/// The entries of a dictionary page, as plain bytes.
pub(super) struct Entries {
    plain: Bytes,
    ends: Vec<u32>,
    /// Bytes of a length before each entry.
    prefix: u32,
}

impl Entries {
    /// Reads the first page of a chunk. `width` is the size of a value; nothing where each has its own length.
    pub(super) fn read(walk: &Walk, page: &Located, width: Option<usize>) -> Result<Self, Failure> {
        let plain = walk.plain(page)?;
        walk.check_entries(&page.head, plain.len())?;
        let mut ends = Vec::with_capacity(page.head.values as usize);
        let mut at = 0usize;
        for _ in 0..page.head.values {
            let len = if let Some(width) = width {
                width
            } else {
                let raw = plain.get(at..).and_then(|p| p.first_chunk::<4>()).ok_or_else(broken)?;
                4 + u32::from_le_bytes(*raw) as usize
            };
            at = at.checked_add(len).filter(|at| *at <= plain.len()).ok_or_else(broken)?;
            ends.push(u32::try_from(at).map_err(|_| broken())?);
        }
        Ok(Self { plain, ends, prefix: if width.is_none() { 4 } else { 0 } })
    }

    pub(super) fn len(&self) -> u32 {
        self.ends.len() as u32
    }

    pub(super) fn get(&self, entry: u32) -> &[u8] {
        self.plain.get(self.span(entry)).unwrap_or_default()
    }

    /// The entry, sharing the page's memory.
    pub(super) fn bytes(&self, entry: u32) -> Bytes {
        self.plain.slice(self.span(entry))
    }

    fn span(&self, entry: u32) -> Range<usize> {
        let at = entry as usize;
        let start = at.checked_sub(1).and_then(|b| self.ends.get(b)).copied().unwrap_or(0) + self.prefix;
        let end = self.ends.get(at).copied().unwrap_or(start);
        start as usize..end as usize
    }
}

/// The size of a value in a dictionary; nothing where each has its own length.
pub(super) fn width(physical: Physical, len: i32) -> Result<Option<usize>, Failure> {
    Ok(match physical {
        Physical::BYTE_ARRAY => None,
        Physical::INT32 | Physical::FLOAT => Some(4),
        Physical::INT64 | Physical::DOUBLE => Some(8),
        Physical::INT96 => Some(12),
        Physical::FIXED_LEN_BYTE_ARRAY => Some(usize::try_from(len).ok().filter(|len| *len > 0).ok_or_else(broken)?),
        Physical::BOOLEAN => return Err(broken()),
    })
}

/// Some values in a row that have the same levels and the same entry.
#[derive(Clone, Copy, Debug)]
pub(super) struct Same {
    pub rep: u32,
    pub def: u32,
    /// Nothing for a null.
    pub entry: Option<u32>,
    pub len: u32,
}

/// A stream of runs that can be taken in pieces.
struct Stream<'a> {
    decoder: Option<Decoder<'a>>,
    run: Run,
}

impl<'a> Stream<'a> {
    /// A column without levels has none of them in its pages: all are 0.
    fn levels(data: Option<&'a [u8]>, max: i16) -> Result<Self, Failure> {
        let width = width_of(u32::try_from(max).unwrap_or(0));
        let decoder = data.map(|data| Decoder::new(data, width)).transpose()?;
        Ok(Self { decoder, run: Run { value: 0, len: 0 } })
    }

    fn peek(&mut self, most: u32) -> Result<Run, Failure> {
        if self.run.len == 0 {
            self.run = match &mut self.decoder {
                Some(decoder) => decoder.run(most)?,
                None => Run { value: 0, len: most },
            };
        }
        Ok(Run { value: self.run.value, len: self.run.len.min(most) })
    }

    fn take(&mut self, len: u32) {
        self.run.len -= len;
    }

    /// The next values where they are packed, at most `most`; none where a run comes next.
    fn packed<'b>(&mut self, most: u32, buffer: &'b mut [u32]) -> Result<&'b [u32], Failure> {
        let len = match &mut self.decoder {
            Some(decoder) if self.run.len == 0 => decoder.packed(most, buffer)?,
            _ => 0,
        };
        Ok(buffer.get(..len).unwrap_or_default())
    }
}

/// The three parts of a decompressed data page.
struct Parts<'a> {
    reps: Option<&'a [u8]>,
    defs: Option<&'a [u8]>,
    indices: &'a [u8],
}

fn parts<'a>(head: &Head, plain: &'a [u8], max: (i16, i16)) -> Result<Parts<'a>, Failure> {
    if let Shape::V2 { def_bytes, rep_bytes, .. } = head.shape {
        let (reps, rest) = plain.split_at_checked(rep_bytes as usize).ok_or_else(broken)?;
        let (defs, indices) = rest.split_at_checked(def_bytes as usize).ok_or_else(broken)?;
        Ok(Parts { reps: (max.1 > 0).then_some(reps), defs: (max.0 > 0).then_some(defs), indices })
    } else {
        let mut rest = plain;
        let mut level = |max: i16| -> Result<Option<&'a [u8]>, Failure> {
            if max == 0 {
                return Ok(None);
            }
            let (len, after) = rest.split_first_chunk::<4>().ok_or_else(broken)?;
            let (data, after) = after.split_at_checked(u32::from_le_bytes(*len) as usize).ok_or_else(broken)?;
            rest = after;
            Ok(Some(data))
        };
        let (reps, defs) = (level(max.1)?, level(max.0)?);
        Ok(Parts { reps, defs, indices: rest })
    }
}

/// Calls `each` with the values of a data page, as runs. `max` are the highest definition and repetition level; entries are
/// below `entries`.
pub(super) fn each(
    head: &Head,
    plain: &[u8],
    max: (i16, i16),
    entries: u32,
    mut each: impl FnMut(Same) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let parts = parts(head, plain, max)?;
    let mut reps = Stream::levels(parts.reps, max.1)?;
    let mut defs = Stream::levels(parts.defs, max.0)?;
    let mut indices = match parts.indices.split_first() {
        Some((width, data)) => Stream { decoder: Some(Decoder::new(data, *width)?), run: Run { value: 0, len: 0 } },
        None => Stream { decoder: Some(Decoder::new(&[], 0)?), run: Run { value: 0, len: 0 } },
    };
    let (max_def, max_rep) = (u32::try_from(max.0).unwrap_or(0), u32::try_from(max.1).unwrap_or(0));
    let mut buffer = [0; 256];
    let mut left = head.values;
    while left > 0 {
        let rep = reps.peek(left)?;
        let def = defs.peek(rep.len)?;
        if rep.value > max_rep || def.value > max_def {
            return Err(broken());
        }
        let mut len = def.len;
        if def.value == max_def {
            // Indices mostly come packed: as runs, each would be asked for by itself.
            let packed = indices.packed(len, &mut buffer)?;
            if !packed.is_empty() {
                for index in packed {
                    if *index >= entries {
                        return Err(broken());
                    }
                    each(Same { rep: rep.value, def: def.value, entry: Some(*index), len: 1 })?;
                }
                let taken = packed.len() as u32;
                reps.take(taken);
                defs.take(taken);
                left -= taken;
                continue;
            }
        }
        let entry = if def.value == max_def {
            let index = indices.peek(len)?;
            if index.value >= entries {
                return Err(broken());
            }
            len = index.len;
            indices.take(len);
            Some(index.value)
        } else {
            None
        };
        reps.take(len);
        defs.take(len);
        left -= len;
        each(Same { rep: rep.value, def: def.value, entry, len })?;
    }
    Ok(())
}
