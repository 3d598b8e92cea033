//! Which bytes can stand at the first places of a match, and around its anchor: what is read off the automata of patterns.

#![expect(clippy::indexing_slicing, reason = "states and bytes index tables made for all of them")]

use super::shape::{Demand, Demands};
use regex_automata::nfa::thompson::{NFA, State};
use regex_automata::util::look::Look;
use regex_automata::util::primitives::StateID;
use std::ops::Range;

/// A set of bytes, a bit each.
pub(super) type Mask = [u64; 4];

pub(super) const NONE: Mask = [0; 4];
pub(super) const ALL: Mask = [u64::MAX; 4];

/// Adds a range of bytes.
fn fill(mask: &mut Mask, from: u8, to: u8) {
    for (word, first) in mask.iter_mut().zip([0_u8, 64, 128, 192]) {
        let last = first + 63;
        if from <= last && to >= first {
            let (low, high) = (from.max(first) - first, to.min(last) - first);
            *word |= u64::MAX << low & u64::MAX >> (63 - high);
        }
    }
}

pub(super) fn holds(mask: &Mask, byte: u8) -> bool {
    mask[usize::from(byte) / 64] >> (byte % 64) & 1 == 1
}

pub(super) fn united(one: &Mask, other: &Mask) -> Mask {
    [one[0] | other[0], one[1] | other[1], one[2] | other[2], one[3] | other[3]]
}

pub(super) fn common(one: &Mask, other: &Mask) -> Mask {
    [one[0] & other[0], one[1] & other[1], one[2] & other[2], one[3] & other[3]]
}

/// The bytes of some ranges.
pub(super) fn set(ranges: &[(u8, u8)]) -> Mask {
    let mut set = NONE;
    for (from, to) in ranges {
        fill(&mut set, *from, *to);
    }
    set
}

/// All bytes but letters, digits and `_`.
fn no_word() -> Mask {
    set(&[(b'0', b'9'), (b'A', b'Z'), (b'_', b'_'), (b'a', b'z')]).map(|bits| !bits)
}

/// Walks over the automaton of a pattern, whose memory serves again.
pub(super) struct Walk<'a> {
    nfa: &'a NFA,
    /// By state: twice the last round that came by, one less where it came by a border.
    seen: Vec<u32>,
    round: u32,
    stack: Vec<(StateID, bool)>,
    no_word: Mask,
}

/// What is reached without a byte.
struct Reached {
    /// States that lead on by a byte.
    states: Vec<StateID>,
    /// A match may end here, whatever stands behind it.
    ends: bool,
    /// A match may end here before a byte that is no word.
    ends_at_border: bool,
}

impl<'a> Walk<'a> {
    pub(super) fn new(nfa: &'a NFA) -> Self {
        Self { nfa, seen: vec![0; nfa.states().len()], round: 0, stack: Vec::new(), no_word: no_word() }
    }

    /// What is reached from some states behind a byte of `before`. Of looks only the borders of words are understood, where a
    /// match ends; others are taken to hold.
    fn closure(&mut self, from: &[StateID], before: &Mask) -> Reached {
        self.round += 2;
        let apart = common(before, &self.no_word) != NONE;
        self.stack.extend(from.iter().map(|id| (*id, false)));
        let mut reached = Reached { states: Vec::new(), ends: false, ends_at_border: false };
        while let Some((id, border)) = self.stack.pop() {
            let round = self.round - u32::from(border);
            if self.seen[id.as_usize()] >= round {
                continue;
            }
            self.seen[id.as_usize()] = round;
            match self.nfa.state(id) {
                State::Look { look: Look::WordStartHalfAscii, .. } if !apart => {}
                State::Look { look: Look::WordEndHalfAscii, next } => self.stack.push((*next, true)),
                State::Look { next, .. } | State::Capture { next, .. } => self.stack.push((*next, border)),
                State::Union { alternates } => self.stack.extend(alternates.iter().map(|id| (*id, border))),
                State::BinaryUnion { alt1, alt2 } => self.stack.extend([(*alt1, border), (*alt2, border)]),
                State::Match { .. } if border => reached.ends_at_border = true,
                State::Match { .. } => reached.ends = true,
                State::Fail => {}
                State::ByteRange { .. } | State::Sparse(_) | State::Dense(_) => reached.states.push(id),
            }
        }
        reached
    }
}

/// Calls `each` with every range of bytes that leads on from a state, and where to.
fn steps(nfa: &NFA, id: StateID, mut each: impl FnMut(u8, u8, StateID)) {
    match nfa.state(id) {
        State::ByteRange { trans } => each(trans.start, trans.end, trans.next),
        State::Sparse(sparse) => sparse.transitions.iter().for_each(|t| each(t.start, t.end, t.next)),
        State::Dense(dense) => {
            for b in 0..=255 {
                if let Some(next) = dense.matches_byte(b) {
                    each(b, b, next);
                }
            }
        }
        _ => {}
    }
}

/// One way in which matches of a pattern begin.
#[derive(Clone)]
pub(super) struct Way<const PLACES: usize> {
    /// What stands at the first places. Behind the shortest match anything may stand.
    pub(super) sets: [Mask; PLACES],
    /// How long the shortest match is at least, where what stands behind is not told.
    pub(super) shortest: Option<usize>,
    at: Vec<StateID>,
}

/// Most ways of one pattern that are told apart.
const MOST_WAYS: usize = 64;

/// A way that has come to more states at once is not followed further.
const MOST_STATES: usize = 64;

/// The ways in which a match begins whose first bytes are of `lead`. At the places of `forks` they
/// part, so that the letters of alternatives do not mix.
pub(super) fn places<const PLACES: usize>(walk: &mut Walk<'_>, lead: &[Mask], forks: &Range<usize>) -> Vec<Way<PLACES>> {
    let mut ways = vec![Way { sets: [NONE; PLACES], shortest: None, at: vec![walk.nfa.start_anchored()] }];
    let mut targets: Vec<(StateID, Mask)> = Vec::new();
    for place in 0..PLACES {
        let of = lead.get(place).unwrap_or(&ALL);
        for mut way in std::mem::take(&mut ways) {
            if way.shortest.is_some() {
                way.sets[place] = *of;
                ways.push(way);
                continue;
            }
            if way.at.len() > MOST_STATES {
                way.shortest = Some(place);
                way.sets[place] = *of;
                ways.push(way);
                continue;
            }
            let before = place.checked_sub(1).map_or(ALL, |before| way.sets[before]);
            let reached = walk.closure(&way.at, &before);
            let behind = if reached.ends { *of } else { common(of, &walk.no_word) };
            if reached.ends || reached.ends_at_border && behind != NONE {
                let mut ended = Way { shortest: Some(place), ..way.clone() };
                ended.sets[place] = behind;
                ways.push(ended);
            }
            if reached.ends {
                continue;
            }
            targets.clear();
            for id in reached.states {
                steps(walk.nfa, id, |from, to, target| {
                    let some = common(&set(&[(from, to)]), of);
                    match targets.iter_mut().find(|t| t.0 == target) {
                        _ if some == NONE => {}
                        Some(known) => known.1 = united(&known.1, &some),
                        None => targets.push((target, some)),
                    }
                });
            }
            if forks.contains(&place) && ways.len() + targets.len() <= MOST_WAYS {
                for (target, set) in &targets {
                    let mut one = Way { at: vec![*target], ..way.clone() };
                    one.sets[place] = *set;
                    ways.push(one);
                }
            } else if !targets.is_empty() {
                way.sets[place] = targets.iter().fold(NONE, |all, (_, set)| united(&all, set));
                way.at.clear();
                way.at.extend(targets.iter().map(|t| t.0));
                ways.push(way);
            }
        }
    }
    ways
}

/// What a match that begins at `at` demands of texts of a shape (`0` a digit, `a` and `A` letters), where matches of all of them
/// go alike, and only to the end; nothing where they do not, or more is demanded.
pub(super) fn demands(walk: &mut Walk<'_>, shape: &[u8], at: usize) -> Option<Demands> {
    let (mut demands, mut count) = ([Demand::NONE; 2], 0);
    let (mut states, mut before) = (vec![walk.nfa.start_anchored()], ALL);
    for (place, byte) in shape.iter().enumerate().skip(at) {
        let alike = match byte {
            b'0' => set(&[(b'0', b'9')]),
            b'a' => set(&[(b'a', b'z')]),
            b'A' => set(&[(b'A', b'Z')]),
            other => set(&[(*other, *other)]),
        };
        let reached = walk.closure(&states, &before);
        if reached.ends || reached.ends_at_border && common(&alike, &walk.no_word) != NONE {
            return None;
        }
        states.clear();
        let mut allowed: Option<Mask> = None;
        let mut differs = false;
        for id in reached.states {
            steps(walk.nfa, id, |from, to, target| {
                let some = common(&set(&[(from, to)]), &alike);
                if some != NONE {
                    differs |= *allowed.get_or_insert(some) != some;
                    states.push(target);
                }
            });
        }
        states.sort_unstable();
        states.dedup();
        before = allowed.filter(|_| !differs)?;
        if before != alike {
            let bits = (0..=127_u8).filter(|b| holds(&before, *b)).fold(0, |bits, b| bits | 1 << (b & 0x1F));
            *demands.get_mut(count)? = Demand { place: place as u8, allowed: bits };
            count += 1;
        }
    }
    let reached = walk.closure(&states, &before);
    (reached.ends || reached.ends_at_border).then_some(demands)
}

/// The bytes that can stand in a match before its first `anchor`, where every match has the anchor's first byte and, behind
/// it, the rest of the anchor.
pub(super) fn before_anchor(walk: &mut Walk<'_>, anchor: &[u8]) -> Option<Mask> {
    let first = *anchor.first()?;
    let mut before = NONE;
    let nfa = walk.nfa;
    let mut seen = vec![false; nfa.states().len()];
    let mut stack = vec![nfa.start_anchored()];
    let mut behind = Vec::new();
    while let Some(id) = stack.pop() {
        let reached = walk.closure(&[id], &ALL);
        if reached.ends || reached.ends_at_border {
            return None;
        }
        for id in reached.states {
            if std::mem::replace(&mut seen[id.as_usize()], true) {
                continue;
            }
            steps(nfa, id, |from, to, target| {
                if (from..=to).contains(&first) {
                    behind.push(target);
                }
                if from != first || to != first {
                    fill(&mut before, from, to);
                    stack.push(target);
                }
            });
        }
    }
    before = common(&before, &set(&[(first, first)]).map(|bits| !bits));
    for want in anchor.iter().skip(1) {
        let reached = walk.closure(&behind, &ALL);
        behind.clear();
        let mut only = !reached.ends && !reached.ends_at_border;
        for id in reached.states {
            steps(nfa, id, |from, to, target| {
                only &= from == *want && to == *want;
                behind.push(target);
            });
        }
        if !only {
            return None;
        }
    }
    Some(before)
}

/// True where no match has more than `most` bytes before its first byte `anchor`.
pub(super) fn is_within(walk: &mut Walk<'_>, anchor: u8, most: usize) -> bool {
    let mut at = vec![walk.nfa.start_anchored()];
    for _ in 0..=most {
        let mut next = Vec::new();
        for id in walk.closure(&at, &ALL).states {
            steps(walk.nfa, id, |from, to, target| {
                if from != anchor || to != anchor {
                    next.push(target);
                }
            });
        }
        next.sort_unstable();
        next.dedup();
        at = next;
    }
    at.is_empty()
}

/// How many bytes of one pattern are looked at.
const HEAD: usize = 8;

/// What a match of one pattern may begin with.
pub(super) struct Head {
    sets: [Mask; HEAD],
    /// How long the shortest match is, at most as many bytes as are looked at.
    shortest: usize,
}

impl Head {
    /// Of the pattern that is walked.
    pub(super) fn new(walk: &mut Walk<'_>) -> Self {
        let mut head = Self { sets: [NONE; HEAD], shortest: HEAD };
        for way in places::<HEAD>(walk, &[], &(0..0)) {
            head.sets.iter_mut().zip(&way.sets).for_each(|(set, more)| *set = united(set, more));
            head.shortest = head.shortest.min(way.shortest.unwrap_or(HEAD));
        }
        head
    }

    /// True where the bytes at `at` may begin a match.
    #[inline]
    pub(super) fn fits(&self, text: &[u8], at: usize) -> bool {
        let rest = text.get(at..).unwrap_or_default();
        rest.len() >= self.shortest && self.sets.iter().zip(rest).all(|(set, byte)| holds(set, *byte))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nfa(pattern: &str) -> NFA {
        NFA::compiler().build(pattern).unwrap()
    }

    #[test]
    fn places_follow_the_pattern_and_open_behind_it() {
        let nfa = nfa("ab?[0-9]{2}");
        let sets = places::<4>(&mut Walk::new(&nfa), &[], &(0..0)).remove(0).sets;
        let held = |p: usize| (0..=255u8).filter(|b| holds(&sets[p], *b)).map(char::from).collect::<String>();
        assert_eq!(held(0), "a");
        assert_eq!(held(1), "0123456789b");
        assert_eq!(held(2), "0123456789");
        assert_eq!(sets[3], ALL, "the shortest match has three bytes");
    }

    #[test]
    fn ways_part_where_they_are_told_to_and_begin_as_they_are_told() {
        let nfa = nfa("[0-9]{1,2} (?:may|june)|x");
        let mut digit = NONE;
        fill(&mut digit, b'0', b'9');
        let other = digit.map(|word| !word);
        let table: [(&[Mask], Range<usize>, usize, &str); 5] = [
            (&[], 0..0, 1, "all in one"),
            (&[], 0..1, 2, "a number, an x"),
            (&[digit], 0..0, 1, "a number"),
            (&[digit, other], 1..3, 2, "one digit, then two months"),
            (&[digit, digit, digit], 0..0, 0, "no such number"),
        ];
        for (lead, forks, ways, why) in table {
            assert_eq!(places::<6>(&mut Walk::new(&nfa), lead, &forks).len(), ways, "{why}");
        }
    }

    #[test]
    fn a_border_ends_a_match_before_what_is_no_word() {
        let edge = r"(?-u:\b{start-half}|\b{end-half})";
        for (pattern, text, fits, why) in [
            ("[0-9]{2}", "12 a", true, "a space behind it"),
            ("[0-9]{2}", "12", true, "the end behind it"),
            ("[0-9]{2}", "123", false, "more of the number behind it"),
            ("[0-9]{2}", "1", false, "too short"),
            ("[0-9]{2}-", "12-3", true, "a match that ends in no word needs no border behind it"),
            ("[0-9]{2}a?", "12a", true, "the longer match"),
            ("[0-9]{2}a?", "12b", false, "another letter behind it"),
            ("[0-9]{2,12}", "1234567890", true, "beyond what is looked at"),
        ] {
            let nfa = nfa(&format!("{edge}(?:{pattern}){edge}"));
            let head = Head::new(&mut Walk::new(&nfa));
            assert_eq!(head.fits(text.as_bytes(), 0), fits, "{pattern} at {text}: {why}");
        }
    }

    #[test]
    fn a_shape_tells_a_match_but_for_what_is_demanded() {
        let edge = r"(?-u:\b{start-half}|\b{end-half})";
        // Pattern, shape, what fits and what does not of that shape; nothing where the shape does not tell.
        let table = [
            ("[0-9]{3}-[0-9]{2}", "000-00", Some(("123-45", None)), "every text of the shape"),
            ("[1-9][0-9]{2}-[0-9]{2}", "000-00", Some(("123-45", Some("023-45"))), "one digit is demanded"),
            ("[1-9][0-9]-[3-5][0-9]", "00-00", Some(("12-33", Some("12-63"))), "two are"),
            ("[1-9][1-9]-[3-5][0-9]", "00-00", None, "three are"),
            ("[0-9]{2}(?:-[0-9]{2})?", "00-00", None, "a match may end earlier"),
            ("[0-9]{2,9}", "0000", Some(("1234", None)), "a number must go to its border"),
            ("(?:1[0-9]|[0-9]5)-", "00-", None, "ways that demand different things"),
            ("[a-f]{2}[A-Z]", "aaA", Some(("abX", Some("axX"))), "letters"),
            ("[0-9]{3}", "00", None, "more than there is"),
            ("[0-9]{3}", "00a", None, "no match"),
        ];
        for (pattern, shape, fits, why) in table {
            let nfa = nfa(&format!("{edge}(?:{pattern}){edge}"));
            let told = demands(&mut Walk::new(&nfa), shape.as_bytes(), 0);
            assert_eq!(told.is_some(), fits.is_some(), "{why}");
            let met = |text: &str| told.is_some_and(|all| all.iter().all(|d| d.is_met(text.as_bytes())));
            if let Some((text, other)) = fits {
                assert!(met(text) && !other.is_some_and(met), "{why}");
            }
        }
    }

    #[test]
    fn anchors_must_be_in_every_match() {
        let table = [
            ("[a-z]+@x", "@", true),
            ("[a-z@]+@x", "@", true),
            ("[a-z:]+://x", "://", false),
            ("[a-z]+(?:@x|-y)", "@", false),
            ("[a-z]+://x", "://", true),
            ("[a-z]+:/?/x", "://", false),
        ];
        for (pattern, anchor, fits) in table {
            let nfa = nfa(pattern);
            assert_eq!(before_anchor(&mut Walk::new(&nfa), anchor.as_bytes()).is_some(), fits, "{pattern} {anchor}");
        }
    }

    #[test]
    fn bytes_before_an_anchor_are_counted() {
        for (pattern, within) in [("[a-z]{1,8}@x", true), ("[a-z]{1,9}@x", false), ("[a-z]+@x", false), ("[a-z@]{1,8}@x", true)] {
            let nfa = nfa(pattern);
            assert_eq!(is_within(&mut Walk::new(&nfa), b'@', 8), within, "{pattern}");
        }
    }
}
