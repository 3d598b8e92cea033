//! A reading of a text: other bytes, and where each of them comes from.

use crate::detect::judge::Candidate;

/// Bytes of a reading that stand for themselves up to the next piece, or that stand for `raw` bytes of the source as a whole.
#[derive(Clone, Copy)]
struct Piece {
    /// Where it begins in the reading, and in the source.
    plain: u32,
    raw: u32,
    /// Where it ends in the source; 0 where its bytes stand for themselves.
    raw_end: u32,
}

/// Other bytes for a text, with the way back.
#[derive(Default)]
pub(super) struct Reading {
    pub(super) text: Vec<u8>,
    pieces: Vec<Piece>,
}

impl Reading {
    /// Takes bytes of the source as they are; `raw` is where they begin.
    pub(super) fn keep(&mut self, bytes: &[u8], raw: usize) {
        let plain = self.text.len() as u32;
        let follows = self.pieces.last().is_some_and(|p| p.raw_end == 0 && raw as u32 - p.raw == plain - p.plain);
        if !follows && !bytes.is_empty() {
            self.pieces.push(Piece { plain, raw: raw as u32, raw_end: 0 });
        }
        self.text.extend_from_slice(bytes);
    }

    /// Puts `bytes` where the source has `raw`, which is one literal. Nothing to put: what it has is left out.
    pub(super) fn put(&mut self, bytes: &[u8], raw: std::ops::Range<usize>) {
        if !bytes.is_empty() {
            let plain = self.text.len() as u32;
            self.pieces.push(Piece { plain, raw: raw.start as u32, raw_end: raw.end as u32 });
            self.text.extend_from_slice(bytes);
        }
    }

    /// The piece that holds the byte at `at`.
    fn piece(&self, at: u32) -> Piece {
        let behind = self.pieces.partition_point(|p| p.plain <= at);
        behind.checked_sub(1).and_then(|i| self.pieces.get(i)).copied().unwrap_or(Piece { plain: 0, raw: 0, raw_end: 0 })
    }

    /// Puts candidates where they stand in the source, whole literals.
    pub(super) fn settle(&self, candidates: &mut [Candidate]) {
        for c in candidates.iter_mut().filter(|c| c.start < c.end) {
            let (first, last) = (self.piece(c.start), self.piece(c.end - 1));
            c.start = if first.raw_end > 0 { first.raw } else { first.raw + (c.start - first.plain) };
            c.end = if last.raw_end > 0 { last.raw_end } else { last.raw + (c.end - last.plain) };
        }
    }

    /// What is held: bytes and places.
    pub(super) fn cost(&self) -> usize {
        self.text.len() + self.pieces.len() * size_of::<Piece>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_go_back_to_whole_literals() {
        // The source is `ab%40cXXd`, the reading `ab@cd`: `%40` is a literal, `XX` is left out.
        let mut reading = Reading::default();
        reading.keep(b"ab", 0);
        reading.put(b"@", 2..5);
        reading.keep(b"c", 5);
        reading.put(b"", 6..8);
        reading.keep(b"d", 8);
        assert_eq!(reading.text, b"ab@cd");
        for (plain, raw, why) in [
            (0..2, 0..2, "plain bytes"),
            (1..3, 1..5, "up to a literal's end"),
            (2..4, 2..6, "from its start"),
            (3..5, 5..9, "over what was left out"),
            (0..4, 0..6, "not what was left out behind it"),
        ] {
            let mut one = [Candidate {
                cell: 0,
                start: plain.start,
                end: plain.end,
                detector: 0,
                confidence: 0,
                checked: false,
                surprise: 0,
            }];
            reading.settle(&mut one);
            assert_eq!(one[0].start..one[0].end, raw, "{why}");
        }
    }
}
