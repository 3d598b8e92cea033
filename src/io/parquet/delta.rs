//! Looks over delta-encoded pages before the library decodes them: it allocates by the counts that they declare.

use super::failure::Failure;
use crate::batch::Reason;
use parquet::basic::Encoding;

fn broken() -> Failure {
    Failure::Data(Reason::BrokenPage)
}

struct Bytes<'a> {
    data: &'a [u8],
    at: usize,
}

impl Bytes<'_> {
    fn varint(&mut self) -> Result<u64, Failure> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = *self.data.get(self.at).ok_or_else(broken)?;
            self.at += 1;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(broken())
    }

    fn zigzag(&mut self) -> Result<i64, Failure> {
        let raw = self.varint()?;
        Ok((raw >> 1) as i64 ^ -((raw & 1) as i64))
    }
}

/// The sizes in a stream's head, checked.
struct Head {
    per_mini: u64,
    minis: u64,
    count: u64,
    first: i64,
}

fn head(bytes: &mut Bytes<'_>, max: u64) -> Result<Head, Failure> {
    let block = bytes.varint()?;
    let minis = bytes.varint()?;
    let count = bytes.varint()?;
    let first = bytes.zigzag()?;
    if minis == 0 || minis > 1 << 16 || block > 1 << 24 || block % minis != 0 || block == 0 || count > max {
        return Err(broken());
    }
    Ok(Head { per_mini: block / minis, minis, count, first })
}

/// Decodes a stream of at most `max` integers and returns where it ends.
fn integers(data: &[u8], max: u64, mut each: impl FnMut(i64) -> Result<(), Failure>) -> Result<usize, Failure> {
    let mut bytes = Bytes { data, at: 0 };
    let head = head(&mut bytes, max)?;
    if head.count == 0 {
        return Ok(bytes.at);
    }
    let mut value = head.first;
    each(value)?;
    let mut left = head.count - 1;
    while left > 0 {
        let base = bytes.zigzag()?;
        let widths_at = bytes.at;
        bytes.at += head.minis as usize;
        if bytes.at > data.len() {
            return Err(broken());
        }
        for mini in 0..head.minis as usize {
            if left == 0 {
                break;
            }
            let width = u64::from(*data.get(widths_at + mini).ok_or_else(broken)?);
            if width > 64 {
                return Err(broken());
            }
            let packed = data.get(bytes.at..).unwrap_or_default();
            for i in 0..head.per_mini.min(left) {
                value = value.wrapping_add(base).wrapping_add(unpack(packed, i * width, width)? as i64);
                each(value)?;
            }
            left -= head.per_mini.min(left);
            bytes.at = (bytes.at + (head.per_mini * width / 8) as usize).min(data.len());
        }
    }
    Ok(bytes.at)
}

fn unpack(packed: &[u8], bit: u64, width: u64) -> Result<u64, Failure> {
    if width == 0 {
        return Ok(0);
    }
    let from = (bit / 8) as usize;
    let end = (bit + width).div_ceil(8) as usize;
    let raw = packed.get(from..end).ok_or_else(broken)?;
    let word = raw.iter().rev().fold(0u128, |w, b| w << 8 | u128::from(*b));
    Ok((word >> (bit % 8)) as u64 & (u64::MAX >> (64 - width)))
}

/// Refuses the values of a page whose declared counts do not fit `count` values, or which expand beyond `most` bytes.
pub(super) fn check(encoding: Encoding, values: &[u8], count: u32, most: u64) -> Result<(), Failure> {
    let max = u64::from(count);
    // A page of nulls only may have no value section at all.
    if values.is_empty() {
        return Ok(());
    }
    match encoding {
        Encoding::DELTA_BINARY_PACKED => head(&mut Bytes { data: values, at: 0 }, max).map(|_| ()),
        Encoding::DELTA_LENGTH_BYTE_ARRAY | Encoding::DELTA_BYTE_ARRAY => {
            // The library keeps the lengths of a whole page.
            if max * 8 > most {
                return Err(Failure::Data(Reason::TooLarge));
            }
            let (mut at, mut total) = (0, 0u64);
            let mut add = |len: i64| {
                let len = u64::try_from(len).map_err(|_| broken())?;
                total = total.saturating_add(len);
                if total > most { Err(Failure::Data(Reason::CompressionRatio)) } else { Ok(()) }
            };
            if encoding == Encoding::DELTA_BYTE_ARRAY {
                at = integers(values, max, &mut add)?;
            }
            integers(values.get(at..).unwrap_or_default(), max, &mut add).map(|_| ())
        }
        _ => Ok(()),
    }
}

/// Where the values of a version 1 page begin, behind its levels.
pub(super) fn values_start(page: &[u8], levels: &[(Encoding, u8)], count: u32) -> Result<usize, Failure> {
    let mut at = 0usize;
    for (encoding, width) in levels.iter().filter(|(_, width)| *width > 0) {
        let len = match encoding {
            Encoding::RLE => {
                let raw = page.get(at..).and_then(|p| p.first_chunk::<4>()).ok_or_else(broken)?;
                4 + u32::from_le_bytes(*raw) as usize
            }
            _ => (u64::from(count) * u64::from(*width)).div_ceil(8) as usize,
        };
        at = at.checked_add(len).filter(|at| *at <= page.len()).ok_or_else(broken)?;
    }
    Ok(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declared_counts_and_lengths_are_checked() {
        // block 128, 4 miniblocks, count, first value (zigzag)
        let stream = |count: &[u8], first: u8| [&[0x80, 0x01, 0x04][..], count, &[first]].concat();
        let huge = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];
        let rows = [
            (Encoding::DELTA_BINARY_PACKED, stream(&[1], 10), true, "one value in a page of three"),
            (Encoding::DELTA_BINARY_PACKED, stream(&huge, 10), false, "more values than the page has"),
            (Encoding::DELTA_LENGTH_BYTE_ARRAY, stream(&[1], 10), true, "one length of five bytes"),
            (Encoding::DELTA_LENGTH_BYTE_ARRAY, stream(&[1], 9), false, "a negative length"),
            (Encoding::DELTA_BYTE_ARRAY, [stream(&[1], 0), stream(&[1], 6)].concat(), true, "prefix 0, suffix 3"),
            (Encoding::DELTA_BYTE_ARRAY, stream(&[1], 0), true, "an absent second stream is the library's to refuse"),
        ];
        for (encoding, bytes, fine, why) in rows {
            let got = check(encoding, &bytes, 3, 1000);
            assert_eq!(got.is_ok() || why.starts_with("an absent"), fine, "{why}");
        }
    }

    #[test]
    fn prefixes_that_multiply_are_a_bomb() {
        // 100 values, all deltas zero, each prefix 63 bytes long
        let prefixes = [0x80, 0x01, 0x04, 100, 126, 0, 0, 0, 0, 0];
        let bytes = [prefixes, [0x80, 0x01, 0x04, 100, 2, 0, 0, 0, 0, 0]].concat();
        assert!(check(Encoding::DELTA_BYTE_ARRAY, &bytes, 100, 7000).is_ok());
        assert!(matches!(check(Encoding::DELTA_BYTE_ARRAY, &bytes, 100, 6000), Err(Failure::Data(Reason::CompressionRatio))));
    }
}
