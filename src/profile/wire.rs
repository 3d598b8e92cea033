//! Integers and texts to bytes and back: little-endian base-128 numbers, lengths before content. Reading trusts nothing.

/// Bytes that are no profile, question or row facts of ours; the text says what is wrong and holds nothing of the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Broken(pub &'static str);

const SHORT: Broken = Broken("the bytes end too early");

/// Bytes being written.
#[derive(Default)]
pub(crate) struct Out {
    bytes: Vec<u8>,
}

impl Out {
    /// Writes behind these bytes.
    pub(crate) fn behind(bytes: Vec<u8>) -> Self {
        Self { bytes }
    }

    pub(crate) fn done(self) -> Vec<u8> {
        self.bytes
    }

    pub(crate) fn byte(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    pub(crate) fn u(&mut self, mut n: u64) {
        while n >= 0x80 {
            self.bytes.push(n as u8 | 0x80);
            n >>= 7;
        }
        self.bytes.push(n as u8);
    }

    /// Signed, small magnitudes short.
    pub(crate) fn i(&mut self, n: i64) {
        self.u(((n << 1) ^ (n >> 63)) as u64);
    }

    pub(crate) fn fixed64(&mut self, n: u64) {
        self.raw(&n.to_le_bytes());
    }

    pub(crate) fn fixed128(&mut self, n: u128) {
        self.raw(&n.to_le_bytes());
    }

    /// Numbers up to `most`, each in as few bytes as that takes: 1, 2 or 4. Read by [`In::narrow`].
    pub(crate) fn narrow(&mut self, numbers: &[u32], most: usize) {
        let width = width(most);
        let start = self.bytes.len();
        self.bytes.resize(start + numbers.len() * width, 0);
        let to = self.bytes.get_mut(start..).unwrap_or_default();
        match width {
            1 => to.iter_mut().zip(numbers).for_each(|(to, n)| *to = *n as u8),
            2 => to.as_chunks_mut().0.iter_mut().zip(numbers).for_each(|(to, n)| *to = (*n as u16).to_le_bytes()),
            _ => to.as_chunks_mut().0.iter_mut().zip(numbers).for_each(|(to, n)| *to = n.to_le_bytes()),
        }
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.u(text.len() as u64);
        self.raw(text.as_bytes());
    }
}

/// Bytes of a number up to `most`.
fn width(most: usize) -> usize {
    match most {
        0..0x100 => 1,
        0x100..0x1_0000 => 2,
        _ => 4,
    }
}

/// Bytes being read.
pub(crate) struct In<'a> {
    rest: &'a [u8],
}

impl<'a> In<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(crate) fn take(&mut self, n: usize) -> Result<&'a [u8], Broken> {
        let (taken, rest) = self.rest.split_at_checked(n).ok_or(SHORT)?;
        self.rest = rest;
        Ok(taken)
    }

    pub(crate) fn byte(&mut self) -> Result<u8, Broken> {
        let (&byte, rest) = self.rest.split_first().ok_or(SHORT)?;
        self.rest = rest;
        Ok(byte)
    }

    pub(crate) fn u(&mut self) -> Result<u64, Broken> {
        let mut n = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            if shift == 63 && byte > 1 {
                break;
            }
            n |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(n);
            }
        }
        Err(Broken("a number is too large"))
    }

    pub(crate) fn u32(&mut self) -> Result<u32, Broken> {
        u32::try_from(self.u()?).map_err(|_| Broken("a number is too large"))
    }

    pub(crate) fn size(&mut self) -> Result<usize, Broken> {
        usize::try_from(self.u()?).map_err(|_| Broken("a number is too large"))
    }

    pub(crate) fn i(&mut self) -> Result<i64, Broken> {
        let n = self.u()?;
        Ok((n >> 1) as i64 ^ -((n & 1) as i64))
    }

    pub(crate) fn fixed64(&mut self) -> Result<u64, Broken> {
        Ok(self.take(8)?.iter().rev().fold(0, |n, &b| n << 8 | u64::from(b)))
    }

    pub(crate) fn fixed128(&mut self) -> Result<u128, Broken> {
        Ok(self.take(16)?.iter().rev().fold(0, |n, &b| n << 8 | u128::from(b)))
    }

    /// A number of things, each of at least `each` bytes: what cannot be there is refused before memory is taken for it.
    pub(crate) fn count(&mut self, each: usize) -> Result<usize, Broken> {
        let n = self.size()?;
        if n > self.rest.len() / each.max(1) { Err(SHORT) } else { Ok(n) }
    }

    /// So many numbers that [`Out::narrow`] wrote; none is larger than `most`.
    pub(crate) fn narrow(&mut self, numbers: usize, most: usize) -> Result<Vec<u32>, Broken> {
        let width = width(most);
        let bytes = self.take(numbers.checked_mul(width).ok_or(SHORT)?)?;
        let found: Vec<u32> = match width {
            1 => bytes.iter().map(|n| u32::from(*n)).collect(),
            2 => bytes.as_chunks().0.iter().map(|n| u32::from(u16::from_le_bytes(*n))).collect(),
            _ => bytes.as_chunks().0.iter().map(|n| u32::from_le_bytes(*n)).collect(),
        };
        if found.iter().any(|n| *n as usize > most) { Err(Broken("a number is too large")) } else { Ok(found) }
    }

    pub(crate) fn text(&mut self) -> Result<String, Broken> {
        let n = self.count(1)?;
        let text = std::str::from_utf8(self.take(n)?).map_err(|_| Broken("a text is not UTF-8"))?;
        Ok(text.to_owned())
    }

    pub(crate) fn at_end(&self) -> bool {
        self.rest.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_as_they_went() {
        let mut out = Out::default();
        for n in [0, 1, 127, 128, 1 << 40, u64::MAX] {
            out.u(n);
            out.i(n as i64);
        }
        let bytes = out.done();
        let mut from = In::new(&bytes);
        for n in [0, 1, 127, 128, 1 << 40, u64::MAX] {
            assert_eq!((from.u(), from.i()), (Ok(n), Ok(n as i64)));
        }
        assert!(from.at_end());
    }

    #[test]
    fn narrow_numbers_take_the_bytes_that_the_largest_needs() {
        for (most, width) in [(0, 1), (255, 1), (256, 2), (65_535, 2), (65_536, 4), (u32::MAX as usize, 4)] {
            let numbers = [0, most as u32 / 2, most as u32];
            let mut out = Out::default();
            out.narrow(&numbers, most);
            let bytes = out.done();
            assert_eq!(bytes.len(), 3 * width, "{most}");
            assert_eq!(In::new(&bytes).narrow(3, most), Ok(numbers.to_vec()));
            assert!(In::new(&bytes).narrow(4, most).is_err(), "one more than there are");
        }
        assert!(In::new(&[101]).narrow(1, 100).is_err(), "one that is too large");
        assert!(In::new(&[]).narrow(usize::MAX, 1 << 20).is_err());
    }

    #[test]
    fn what_cannot_be_there_is_refused() {
        for (bytes, why) in [
            (&[0xffu8, 0xff, 0xff, 0xff, 0x0f][..], "a count beyond the bytes"),
            (&[0xff; 12], "a number without an end"),
            (&[], "nothing"),
            (&[0x80], "half a number"),
        ] {
            assert!(In::new(bytes).count(1).is_err(), "{why}");
        }
    }
}
