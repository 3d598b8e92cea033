//! Patterns made wider: a digit stands for every digit, a letter for every letter of its case. What matches a pattern matches
//! it widened, and so does every text of the same shape.

use regex_syntax::hir::{Capture, Class, ClassBytes, ClassBytesRange, Hir, HirKind, Literal, Repetition};

/// What is taken for the same.
const ALIKE: [(u8, u8); 3] = [(b'0', b'9'), (b'A', b'Z'), (b'a', b'z')];

/// The pattern for texts of ASCII alone, widened.
pub(super) fn widened(hir: &Hir) -> Hir {
    match hir.kind() {
        HirKind::Empty => Hir::empty(),
        HirKind::Look(look) => Hir::look(*look),
        HirKind::Literal(Literal(bytes)) => {
            Hir::concat(bytes.iter().map(|b| one(&ClassBytes::new([ClassBytesRange::new(*b, *b)]))).collect())
        }
        HirKind::Class(Class::Bytes(class)) => one(class),
        HirKind::Class(Class::Unicode(class)) => {
            let ascii = class.iter().filter_map(|range| {
                let (start, end) = (u8::try_from(range.start()).ok()?, range.end().min('\x7f'));
                (start < 0x80).then(|| ClassBytesRange::new(start, end as u8))
            });
            one(&ClassBytes::new(ascii))
        }
        HirKind::Repetition(Repetition { min, max, greedy, sub }) => {
            Hir::repetition(Repetition { min: *min, max: *max, greedy: *greedy, sub: Box::new(widened(sub)) })
        }
        HirKind::Capture(Capture { sub, .. }) => widened(sub),
        HirKind::Concat(parts) => Hir::concat(parts.iter().map(widened).collect()),
        HirKind::Alternation(ways) => Hir::alternation(ways.iter().map(widened).collect()),
    }
}

/// One byte of a class, or of what is alike.
fn one(class: &ClassBytes) -> Hir {
    let mut wide = class.clone();
    for (from, to) in ALIKE {
        if class.iter().any(|range| range.start() <= to && range.end() >= from) {
            wide.push(ClassBytesRange::new(from, to));
        }
    }
    if wide.ranges().is_empty() { Hir::fail() } else { Hir::class(Class::Bytes(wide)) }
}
