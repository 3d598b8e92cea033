//! Reads Thrift's compact protocol over a slice: page headers, and a first look at a footer before a library sees it.
//!
//! Never allocates by a length that the bytes declare, never recurses deeper than [`MAX_DEPTH`].

/// How deep structures may lie in each other while they are skipped; Parquet's own stay below ten.
const MAX_DEPTH: u8 = 32;

/// Type codes of the compact protocol.
pub(super) mod kind {
    pub const TRUE: u8 = 1;
    pub const FALSE: u8 = 2;
    pub const BYTE: u8 = 3;
    pub const I16: u8 = 4;
    pub const I32: u8 = 5;
    pub const I64: u8 = 6;
    pub const DOUBLE: u8 = 7;
    pub const BINARY: u8 = 8;
    pub const LIST: u8 = 9;
    pub const SET: u8 = 10;
    pub const MAP: u8 = 11;
    pub const STRUCT: u8 = 12;
    pub const UUID: u8 = 13;
}

/// Why a structure cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bad {
    /// The bytes end inside it; more bytes may help.
    End,
    /// It is not the protocol.
    Form,
}

/// A cursor over compact Thrift.
pub(super) struct Compact<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Compact<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Bytes read so far.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    pub(super) fn byte(&mut self) -> Result<u8, Bad> {
        let byte = *self.bytes.get(self.at).ok_or(Bad::End)?;
        self.at += 1;
        Ok(byte)
    }

    pub(super) fn varint(&mut self) -> Result<u64, Bad> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Bad::Form)
    }

    /// A zigzag integer of any width.
    pub(super) fn int(&mut self) -> Result<i64, Bad> {
        let raw = self.varint()?;
        Ok((raw >> 1) as i64 ^ -((raw & 1) as i64))
    }

    /// A zigzag integer that must fit 32 bits.
    pub(super) fn i32(&mut self) -> Result<i32, Bad> {
        i32::try_from(self.int()?).map_err(|_| Bad::Form)
    }

    pub(super) fn binary(&mut self) -> Result<&'a [u8], Bad> {
        let len = usize::try_from(self.varint()?).map_err(|_| Bad::Form)?;
        let end = self.at.checked_add(len).ok_or(Bad::Form)?;
        let found = self.bytes.get(self.at..end).ok_or(Bad::End)?;
        self.at = end;
        Ok(found)
    }

    /// The next field's id and type; nothing at the end of the structure. `last` is the id before, 0 at first.
    pub(super) fn field(&mut self, last: &mut i16) -> Result<Option<(i16, u8)>, Bad> {
        let head = self.byte()?;
        let kind = head & 0x0f;
        if kind == 0 {
            return if head == 0 { Ok(None) } else { Err(Bad::Form) };
        }
        let id = match head >> 4 {
            0 => i16::try_from(self.int()?).map_err(|_| Bad::Form)?,
            delta => last.checked_add(i16::from(delta)).ok_or(Bad::Form)?,
        };
        *last = id;
        Ok(Some((id, kind)))
    }

    /// The element type and length of a list or set. The length never exceeds the bytes left.
    pub(super) fn list(&mut self) -> Result<(u8, usize), Bad> {
        let head = self.byte()?;
        let len = match head >> 4 {
            15 => usize::try_from(self.varint()?).map_err(|_| Bad::Form)?,
            short => usize::from(short),
        };
        if len > self.bytes.len() - self.at {
            return Err(Bad::End);
        }
        Ok((head & 0x0f, len))
    }

    /// Steps over a value of a type.
    pub(super) fn skip(&mut self, kind: u8) -> Result<(), Bad> {
        self.skip_at(kind, 0, false)
    }

    fn advance(&mut self, len: usize) -> Result<(), Bad> {
        if len > self.bytes.len() - self.at {
            return Err(Bad::End);
        }
        self.at += len;
        Ok(())
    }

    fn skip_at(&mut self, kind: u8, depth: u8, element: bool) -> Result<(), Bad> {
        if depth > MAX_DEPTH {
            return Err(Bad::Form);
        }
        match kind {
            // A boolean field lies in its field head; as an element it is a byte.
            kind::TRUE | kind::FALSE => {
                if element {
                    self.advance(1)?;
                }
            }
            kind::BYTE => self.advance(1)?,
            kind::I16 | kind::I32 | kind::I64 => {
                self.varint()?;
            }
            kind::DOUBLE => self.advance(8)?,
            kind::BINARY => {
                self.binary()?;
            }
            kind::UUID => self.advance(16)?,
            kind::LIST | kind::SET => {
                let (inner, len) = self.list()?;
                for _ in 0..len {
                    self.skip_at(inner, depth + 1, true)?;
                }
            }
            kind::MAP => {
                let len = self.varint()?;
                if len > 0 {
                    let kinds = self.byte()?;
                    for _ in 0..len {
                        self.skip_at(kinds >> 4, depth + 1, true)?;
                        self.skip_at(kinds & 0x0f, depth + 1, true)?;
                    }
                }
            }
            kind::STRUCT => {
                let mut last = 0;
                while let Some((_, inner)) = self.field(&mut last)? {
                    self.skip_at(inner, depth + 1, false)?;
                }
            }
            _ => return Err(Bad::Form),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_declared_length_beyond_the_bytes_is_an_end_and_no_allocation() {
        assert_eq!(Compact::new(&[0xff, 0xff, 0xff, 0xff, 0x7f]).binary(), Err(Bad::End));
        assert_eq!(Compact::new(&[0xf5, 0xff, 0xff, 0xff, 0x7f]).list(), Err(Bad::End));
    }

    #[test]
    fn deep_nesting_ends_in_an_error() {
        let deep = vec![0x1c; 100_000];
        assert_eq!(Compact::new(&deep).skip(kind::STRUCT), Err(Bad::Form));
    }

    #[test]
    fn zigzag_integers_read_back() {
        for (bytes, value) in [(vec![0], 0), (vec![1], -1), (vec![2], 1), (vec![0xd8, 0x04], 300)] {
            assert_eq!(Compact::new(&bytes).int(), Ok(value));
        }
        assert_eq!(Compact::new(&[0x80; 11]).varint(), Err(Bad::Form), "a varint has ten bytes at most");
    }
}
