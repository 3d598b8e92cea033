//! Patterns made wider: a digit stands for every digit, a letter for every letter of its case. What matches a pattern matches
//! it widened, and so does every text of the same shape. Automata of them have fewer states.

use regex_syntax::hir::{Capture, Class, ClassBytes, ClassBytesRange, ClassUnicodeRange, Hir, HirKind, Literal, Repetition};

/// Bytes that are taken for the same.
pub(super) type Alike = [(u8, u8)];

/// All digits.
pub(super) const DIGITS: &Alike = &[(b'0', b'9')];

/// All digits, all capitals, all lower-case letters: what has the same shape.
pub(super) const SHAPES: &Alike = &[(b'0', b'9'), (b'A', b'Z'), (b'a', b'z')];

/// The pattern, widened, without what it captures.
pub(super) fn widened(hir: &Hir, alike: &Alike) -> Hir {
    let widened = |part: &Hir| widened(part, alike);
    let one = |class: &ClassBytes| one(class, alike);
    match hir.kind() {
        HirKind::Empty => Hir::empty(),
        HirKind::Look(look) => Hir::look(*look),
        HirKind::Literal(Literal(bytes)) => {
            Hir::concat(bytes.iter().map(|b| one(&ClassBytes::new([ClassBytesRange::new(*b, *b)]))).collect())
        }
        HirKind::Class(Class::Bytes(class)) => one(class),
        HirKind::Class(Class::Unicode(class)) => {
            let mut wide = class.clone();
            for (from, to) in alike {
                if class.iter().any(|range| range.start() <= char::from(*to) && range.end() >= char::from(*from)) {
                    wide.push(ClassUnicodeRange::new(char::from(*from), char::from(*to)));
                }
            }
            Hir::class(Class::Unicode(wide))
        }
        HirKind::Repetition(Repetition { min, max, greedy, sub }) => {
            Hir::repetition(Repetition { min: *min, max: *max, greedy: *greedy, sub: Box::new(widened(sub)) })
        }
        HirKind::Capture(Capture { sub, .. }) => widened(sub),
        HirKind::Concat(parts) => Hir::concat(parts.iter().map(widened).collect()),
        HirKind::Alternation(ways) => Hir::alternation(ways.iter().map(widened).collect()),
    }
}

/// One byte of a class, or one that is taken for it.
fn one(class: &ClassBytes, alike: &Alike) -> Hir {
    let mut wide = class.clone();
    for (from, to) in alike {
        if class.iter().any(|range| range.start() <= *to && range.end() >= *from) {
            wide.push(ClassBytesRange::new(*from, *to));
        }
    }
    Hir::class(Class::Bytes(wide))
}
