//! Parquet's run-length and bit-packed hybrid, read and written as runs: levels and dictionary indices.
//!
//! Runs are handed out as runs, so that a page of a billion equal indices costs as much as its bytes.

use super::failure::Failure;
use crate::batch::Reason;

/// Equal values in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub value: u32,
    pub len: u32,
}

/// Reads runs of a fixed bit width, 0 to 32.
pub(super) struct Decoder<'a> {
    data: &'a [u8],
    width: u32,
    repeated: Run,
    /// Values left in the open bit-packed group, and the bit where the next one starts in `data`.
    packed: u64,
    bit: u64,
    packed_end: usize,
}

fn broken() -> Failure {
    Failure::Data(Reason::BrokenPage)
}

impl<'a> Decoder<'a> {
    pub(super) fn new(data: &'a [u8], width: u8) -> Result<Self, Failure> {
        if width > 32 {
            return Err(broken());
        }
        Ok(Self { data, width: u32::from(width), repeated: Run { value: 0, len: 0 }, packed: 0, bit: 0, packed_end: 0 })
    }

    /// The next run, at most `max` long (at least 1); an error where the data end first.
    pub(super) fn run(&mut self, max: u32) -> Result<Run, Failure> {
        loop {
            if self.repeated.len > 0 {
                let len = self.repeated.len.min(max);
                self.repeated.len -= len;
                return Ok(Run { value: self.repeated.value, len });
            }
            if self.packed > 0 {
                self.packed -= 1;
                let value = self.packed_value();
                self.close_packed()?;
                return Ok(Run { value, len: 1 });
            }
            self.open()?;
        }
    }

    /// The next packed values, as many as fit in `into` and at most `max`; none where a run comes next.
    pub(super) fn packed(&mut self, max: u32, into: &mut [u32]) -> Result<usize, Failure> {
        if self.repeated.len > 0 || self.packed == 0 {
            return Ok(0);
        }
        let len = self.packed.min(u64::from(max)).min(into.len() as u64);
        for slot in into.iter_mut().take(len as usize) {
            *slot = self.packed_value();
        }
        self.packed -= len;
        self.close_packed()?;
        Ok(len as usize)
    }

    /// Goes behind the packed values once the last was taken.
    fn close_packed(&mut self) -> Result<(), Failure> {
        if self.packed == 0 {
            self.data = self.data.get(self.packed_end..).ok_or_else(broken)?;
            self.bit = 0;
        }
        Ok(())
    }

    fn packed_value(&mut self) -> u32 {
        if self.width == 0 {
            return 0;
        }
        let byte = (self.bit / 8) as usize;
        let shift = self.bit % 8;
        let word = match self.data.get(byte..).and_then(|rest| rest.first_chunk::<8>()) {
            Some(bytes) => u64::from_le_bytes(*bytes),
            None => self.data.get(byte..).unwrap_or_default().iter().take(8).rev().fold(0, |w, b| w << 8 | u64::from(*b)),
        };
        self.bit += u64::from(self.width);
        (word >> shift & ((1u64 << self.width) - 1)) as u32
    }

    fn open(&mut self) -> Result<(), Failure> {
        let mut head = 0u64;
        let mut shift = 0;
        loop {
            let (byte, rest) = self.data.split_first().ok_or_else(broken)?;
            self.data = rest;
            head |= u64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                break;
            }
            if shift > 35 {
                return Err(broken());
            }
        }
        if head & 1 == 1 {
            let groups = head >> 1;
            // The last group may be cut short; only whole values in it count.
            let bytes = (groups * u64::from(self.width)).min(self.data.len() as u64);
            self.packed = if self.width == 0 { groups * 8 } else { (bytes * 8 / u64::from(self.width)).min(groups * 8) };
            self.bit = 0;
            self.packed_end = bytes as usize;
            if self.packed == 0 && groups > 0 {
                return Err(broken());
            }
        } else {
            let bytes = self.width.div_ceil(8) as usize;
            let raw = self.data.get(..bytes).ok_or_else(broken)?;
            let value = raw.iter().rev().fold(0u32, |v, b| v << 8 | u32::from(*b));
            self.data = self.data.get(bytes..).unwrap_or_default();
            self.repeated = Run { value, len: u32::try_from(head >> 1).map_err(|_| broken())? };
        }
        Ok(())
    }
}

/// Writes the hybrid: runs of eight and more as runs, the rest packed.
pub(super) struct Encoder {
    width: u32,
    out: Vec<u8>,
    open: Run,
    pending: Vec<u32>,
}

/// Bit-packed values in one group head: 63 groups of 8, so that the head is one byte.
const PENDING: usize = 504;

impl Encoder {
    pub(super) fn new(width: u8) -> Self {
        Self { width: u32::from(width), out: Vec::new(), open: Run { value: 0, len: 0 }, pending: Vec::new() }
    }

    pub(super) fn push(&mut self, run: Run) {
        if run.value == self.open.value && self.open.len.checked_add(run.len).is_some() {
            self.open.len += run.len;
        } else {
            self.close_run();
            self.open = run;
        }
    }

    fn close_run(&mut self) {
        let Run { value, mut len } = self.open;
        self.open.len = 0;
        let short = (8 - self.pending.len() as u32 % 8) % 8;
        if short > 0 {
            let take = short.min(len);
            self.pending.extend((0..take).map(|_| value));
            len -= take;
        }
        if len >= 8 {
            self.pack();
            self.head(u64::from(len) << 1);
            let bytes = self.width.div_ceil(8) as usize;
            self.out.extend(value.to_le_bytes().iter().take(bytes));
        } else {
            self.pending.extend((0..len).map(|_| value));
        }
        if self.pending.len() >= PENDING && self.pending.len().is_multiple_of(8) {
            self.pack();
        }
    }

    fn head(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.out.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.out.push(value as u8);
    }

    fn pack(&mut self) {
        if self.pending.is_empty() {
            return;
        }
        self.pending.resize(self.pending.len().next_multiple_of(8), 0);
        self.head((self.pending.len() as u64 / 8) << 1 | 1);
        let (mut word, mut bits) = (0u64, 0);
        for value in self.pending.drain(..) {
            word |= u64::from(value) << bits;
            bits += self.width;
            while bits >= 8 {
                self.out.push(word as u8);
                word >>= 8;
                bits -= 8;
            }
        }
    }

    /// The encoded bytes.
    pub(super) fn finish(mut self) -> Vec<u8> {
        self.close_run();
        self.pack();
        self.out
    }
}

/// Bits that hold every value up to `max`.
pub(super) fn width_of(max: u32) -> u8 {
    (u32::BITS - max.leading_zeros()) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decode(bytes: &[u8], width: u8, len: usize) -> Vec<u32> {
        let mut decoder = Decoder::new(bytes, width).unwrap();
        let mut out = Vec::new();
        let mut some = [0; 7];
        while out.len() < len {
            let packed = decoder.packed((len - out.len()) as u32, &mut some).unwrap();
            out.extend_from_slice(&some[..packed]);
            if packed > 0 {
                continue;
            }
            let run = decoder.run((len - out.len()) as u32).unwrap();
            out.extend((0..run.len).map(|_| run.value));
        }
        out
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(runs in prop::collection::vec((0u32..40, 1u32..30), 0..200), wide in any::<bool>()) {
            let values: Vec<u32> = runs.iter()
                .flat_map(|(v, n)| (0..*n).map(move |_| if wide { v.wrapping_mul(104_729_991) } else { *v }))
                .collect();
            let width = width_of(values.iter().copied().max().unwrap_or(0));
            let mut encoder = Encoder::new(width);
            for value in &values {
                encoder.push(Run { value: *value, len: 1 });
            }
            prop_assert_eq!(decode(&encoder.finish(), width, values.len()), values);
        }

        #[test]
        fn foreign_bytes_end_in_values_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..60), width in 0u8..40) {
            if let Ok(mut decoder) = Decoder::new(&bytes, width) {
                let mut some = [0; 9];
                for _ in 0..1000 {
                    if decoder.packed(1000, &mut some).is_err() || decoder.run(1000).is_err() {
                        break;
                    }
                }
            }
        }
    }

    #[test]
    fn a_long_run_stays_a_run() {
        let mut encoder = Encoder::new(1);
        encoder.push(Run { value: 1, len: 2_000_000_000 });
        let bytes = encoder.finish();
        assert!(bytes.len() < 8);
        assert_eq!(Decoder::new(&bytes, 1).unwrap().run(u32::MAX).unwrap(), Run { value: 1, len: 2_000_000_000 });
    }
}
