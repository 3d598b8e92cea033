//! Candidates that overlap become one finding: the strongest gives the detector, all give the span.

use super::judge::Candidate;
use crate::batch::Finding;
use std::cmp::Reverse;

/// The total order of candidates: check passed, confidence, how little chance passes the check, length, start, detector.
fn rank(c: &Candidate) -> (bool, u8, u8, u32, Reverse<u32>, Reverse<u16>) {
    (c.checked, c.confidence, c.surprise, c.end - c.start, Reverse(c.start), Reverse(c.detector))
}

/// Appends findings sorted by cell and start; none overlap, and no byte of a candidate is left out.
pub(super) fn resolve(candidates: &mut [Candidate], out: &mut Vec<Finding>) {
    let order = |c: &Candidate| (c.cell, c.start, c.end, c.detector);
    if !candidates.is_sorted_by_key(order) {
        // Few runs, each in order: what the stable sort is quick at.
        candidates.sort_by_key(order);
    }
    let mut rest = candidates.iter();
    let Some(mut best) = rest.next() else { return };
    let (mut start, mut end) = (best.start, best.end);
    for c in rest {
        if c.cell == best.cell && c.start < end {
            end = end.max(c.end);
            if rank(c) > rank(best) {
                best = c;
            }
            continue;
        }
        out.push(finding(best, start, end));
        (best, start, end) = (c, c.start, c.end);
    }
    out.push(finding(best, start, end));
}

fn finding(best: &Candidate, start: u32, end: u32) -> Finding {
    Finding { cell: best.cell, start, end, detector: best.detector, confidence: best.confidence, propagated: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strongest_names_the_union() {
        let c = |start, end, detector, confidence, checked| Candidate {
            cell: 0,
            start,
            end,
            detector,
            confidence,
            checked,
            surprise: 0,
        };
        let mut candidates = vec![
            c(4, 9, 1, 90, false),
            c(0, 5, 2, 60, true),
            c(9, 12, 3, 50, false),
            Candidate { cell: 1, ..c(0, 3, 4, 50, false) },
            Candidate { cell: 2, surprise: 10, ..c(0, 9, 5, 70, true) },
            Candidate { cell: 2, surprise: 25, ..c(0, 9, 6, 70, true) },
        ];
        let mut out = Vec::new();
        resolve(&mut candidates, &mut out);
        let got: Vec<_> = out.iter().map(|f| (f.cell, f.start, f.end, f.detector)).collect();
        assert_eq!(
            got,
            [(0, 0, 9, 2), (0, 9, 12, 3), (1, 0, 3, 4), (2, 0, 9, 6)],
            "a passed check wins, the rarer one of two; neighbours that only touch stay apart"
        );
    }
}
