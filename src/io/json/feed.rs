//! Bytes of a source in exact amounts, with what was taken too much given back.

use crate::batch::{Load, Part, Reason};
use std::io::{self, Read};

/// A reader that can be asked for an exact number of bytes, so that cuts do not depend on how the source delivers.
pub(super) struct Feed<R> {
    reader: R,
    /// Bytes given back; those before `carry_at` are used up.
    carry: Vec<u8>,
    carry_at: usize,
    ended: bool,
    fault: Option<Reason>,
    index: u64,
    offset: u64,
}

/// What a read error says about the source: the reason it carries ([`io::Error::other`] of a [`Reason`]), else whether the
/// system or a decoder said it.
fn fault_of(error: &io::Error) -> Reason {
    let told = error.get_ref().and_then(|inner| inner.downcast_ref::<Reason>());
    let guess = if error.raw_os_error().is_some() { Reason::Unreadable } else { Reason::BrokenCompression };
    told.copied().unwrap_or(guess)
}

impl<R: Read> Feed<R> {
    pub fn new(reader: R) -> Self {
        Self { reader, carry: Vec::new(), carry_at: 0, ended: false, fault: None, index: 0, offset: 0 }
    }

    /// Why the source ended early.
    pub fn fault(&self) -> Option<Reason> {
        self.fault
    }

    /// Grows `into` to `len` bytes; to fewer only where the source ends.
    pub fn fill(&mut self, into: &mut Vec<u8>, len: usize) {
        let held = self.carry.get(self.carry_at..).unwrap_or_default();
        let taken = held.len().min(len.saturating_sub(into.len()));
        into.extend_from_slice(held.get(..taken).unwrap_or_default());
        self.carry_at += taken;
        let need = len.saturating_sub(into.len());
        if need == 0 || self.ended {
            return;
        }
        let before = into.len();
        match (&mut self.reader).take(need as u64).read_to_end(into) {
            Ok(_) => self.ended = into.len() - before < need,
            Err(error) => {
                self.fault = Some(fault_of(&error));
                self.ended = true;
            }
        }
    }

    /// Takes back what `into`, filled from empty, has behind `keep` bytes.
    pub fn give_back(&mut self, into: &mut Vec<u8>, keep: usize) {
        let back = into.get(keep..).unwrap_or_default();
        if self.carry_at < self.carry.len() {
            // The reader was not asked, so all of it came from the carry.
            self.carry_at = self.carry_at.saturating_sub(back.len());
        } else {
            self.carry.clear();
            self.carry.extend_from_slice(back);
            self.carry_at = 0;
        }
        into.truncate(keep);
    }

    /// No byte is left.
    pub fn is_done(&self) -> bool {
        self.ended && self.carry_at >= self.carry.len()
    }

    /// Keeps `keep` bytes in the part, numbers it and says what it is.
    pub fn hand_out(&mut self, part: &mut Part, keep: usize, load: Load) -> bool {
        self.give_back(&mut part.bytes, keep);
        part.load = load;
        part.index = self.index;
        part.offset = self.offset;
        self.index += 1;
        self.offset += part.bytes.len() as u64;
        true
    }

    /// Hands out the next piece of a rejected record that lasts to the end of the stream.
    pub fn piece_of_rest(&mut self, part: &mut Part, target: usize, reason: Reason, first: bool) -> bool {
        self.fill(&mut part.bytes, target + 1);
        let last = part.bytes.len() <= target;
        let keep = part.bytes.len().min(target);
        self.hand_out(part, keep, Load::Oversize { reason, first, last })
    }
}
