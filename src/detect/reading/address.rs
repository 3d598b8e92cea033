//! Addresses written for people: `bob [at] mail (dot) org`.

use super::map::Reading;
use std::ops::Range;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    At,
    Dot,
}

/// How a sign is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Plain,
    Word,
    Bracketed,
}

struct Sign {
    kind: Kind,
    style: Style,
    span: Range<usize>,
}

/// Words for the two signs.
const WORDS: &[(&[u8], Kind)] = &[
    (b"at", Kind::At),
    (b"@", Kind::At),
    (b"arroba", Kind::At),
    (b"dot", Kind::Dot),
    (b".", Kind::Dot),
    (b"punto", Kind::Dot),
    (b"punkt", Kind::Dot),
    (b"point", Kind::Dot),
];

/// Words that stand before "at" in a sentence about a place.
const PLACED: &[&[u8]] = &[
    b"us",
    b"me",
    b"you",
    b"him",
    b"her",
    b"them",
    b"it",
    b"is",
    b"are",
    b"was",
    b"be",
    b"look",
    b"site",
    b"website",
    b"page",
    b"blog",
    b"online",
    b"here",
    b"available",
    b"live",
    b"hosted",
    b"found",
    b"shop",
    b"store",
    b"more",
    b"available",
    b"information",
    b"details",
    b"code",
    b"docs",
];

/// Words behind "at" that are no names of domains.
const SMALL: &[&[u8]] = &[b"a", b"an", b"any", b"each", b"every", b"one", b"some", b"that", b"the", b"this", b"what", b"which"];

/// Ends of names that are languages and files.
const FILES: &[&[u8]] = &[b"js", b"ts", b"py", b"rb", b"rs", b"md", b"sh", b"cs"];

/// Names of two letters and these end an address that is written in words alone.
const ENDS: &[&[u8]] = &[b"com", b"org", b"net", b"edu", b"gov", b"mil", b"info", b"biz", b"name", b"dev", b"app"];

/// The text with signs for the words that stand for them in addresses; nothing where there is none.
pub(super) fn addresses(text: &[u8]) -> Option<Reading> {
    let mut out = Reading::default();
    let (mut kept, mut at) = (0, 0);
    while at < text.len() {
        let mut labels = vec![at..label(text, at)];
        let mut end = labels.first().map_or(at, |l| l.end);
        if end == at {
            at += 1;
            continue;
        }
        let mut signs: Vec<Sign> = Vec::new();
        while let Some(sign) = sign(text, end) {
            let next = sign.span.end..label(text, sign.span.end);
            if next.is_empty() {
                break;
            }
            end = next.end;
            labels.push(next);
            signs.push(sign);
        }
        at = end;
        for sign in chosen(text, &labels, &signs) {
            out.keep(text.get(kept..sign.span.start).unwrap_or_default(), kept);
            out.put(if sign.kind == Kind::At { b"@" } else { b"." }, sign.span.clone());
            kept = sign.span.end;
        }
    }
    if kept == 0 {
        return None;
    }
    out.keep(text.get(kept..).unwrap_or_default(), kept);
    Some(out)
}

/// The written signs of the address in a row of labels with signs between them; none where it is none.
fn chosen<'a>(text: &[u8], labels: &[Range<usize>], signs: &'a [Sign]) -> &'a [Sign] {
    let of = |style: fn(Style) -> bool| signs.iter().rposition(|s| s.kind == Kind::At && style(s.style));
    let Some(at) = of(|s| s != Style::Word).or_else(|| of(|s| s == Style::Word)) else { return &[] };
    let first = signs.iter().take(at).rposition(|s| s.kind == Kind::At).map_or(0, |i| i + 1);
    let domain = signs.get(at + 1..).unwrap_or_default();
    let (Some(sign), Some(used)) = (signs.get(at), signs.get(first..)) else { return &[] };
    let name = |i: usize| labels.get(i).and_then(|l| text.get(l.clone())).unwrap_or_default();
    let is = |words: &[&[u8]], name: &[u8]| words.iter().any(|w| w.eq_ignore_ascii_case(name));
    let last = name(labels.len() - 1);
    let spelled = |s: &Sign| s.style != Style::Plain;
    let closed = last.len() >= 2 && last.iter().all(u8::is_ascii_alphabetic);
    let sure = match sign.style {
        Style::Bracketed => true,
        Style::Plain => used.iter().any(spelled),
        Style::Word => {
            let ends = last.len() == 2 && !is(FILES, last) || is(ENDS, last);
            // "at some point in": no part of the domain is a small word.
            let small = labels
                .get(at + 1..)
                .unwrap_or_default()
                .iter()
                .rev()
                .skip(1)
                .any(|l| is(SMALL, text.get(l.clone()).unwrap_or_default()));
            domain.iter().any(spelled) && ends && !small && !is(PLACED, name(at))
        }
    };
    if closed && sure && !domain.is_empty() && domain.iter().all(|s| s.kind == Kind::Dot) { used } else { &[] }
}

/// The end of the label at `at`.
fn label(text: &[u8], at: usize) -> usize {
    let is_label = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'+');
    at + text.get(at..).unwrap_or_default().iter().take(64).take_while(|b| is_label(b)).count()
}

/// The sign at `at`, with the spaces around it where it is written out.
fn sign(text: &[u8], at: usize) -> Option<Sign> {
    let spaces = |at: usize| text.get(at..).unwrap_or_default().iter().take(2).take_while(|b| **b == b' ').count();
    let word = |at: usize| {
        let rest = text.get(at..)?;
        let here = |word: &[u8]| rest.get(..word.len()).is_some_and(|r| r.eq_ignore_ascii_case(word));
        WORDS.iter().find(|(word, _)| here(word)).map(|(word, kind)| (*kind, at + word.len()))
    };
    let before = spaces(at);
    let open = at + before;
    let close = match text.get(open)? {
        b'[' => b']',
        b'(' => b')',
        b'{' => b'}',
        b'<' => b'>',
        _ if before == 0 => {
            let (kind, end) = word(at).filter(|(_, end)| *end == at + 1)?;
            return Some(Sign { kind, style: Style::Plain, span: at..end });
        }
        first => {
            let (kind, end) = word(open).filter(|_| first.is_ascii_alphabetic())?;
            let behind = spaces(end);
            return (behind > 0).then_some(Sign { kind, style: Style::Word, span: at..end + behind });
        }
    };
    let (kind, end) = word(open + 1 + spaces(open + 1))?;
    let end = end + spaces(end);
    (text.get(end) == Some(&close)).then(|| Sign { kind, style: Style::Bracketed, span: at..end + 1 + spaces(end + 1) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_signs_are_read_in_addresses_only() {
        for (text, want, why) in [
            ("to bob [at] mail [dot] org.", Some("to bob@mail.org."), "brackets"),
            ("bob(at)mail.org", Some("bob@mail.org"), "one sign"),
            ("bob.smith{AT}mail<dot>co.uk, or", Some("bob.smith@mail.co.uk, or"), "other brackets"),
            ("ask bob dot smith at mail dot org", Some("ask bob.smith@mail.org"), "words"),
            ("bob@mail dot org", Some("bob@mail.org"), "a dot alone"),
            ("mail me at bob [at] mail [dot] org", Some("mail me at bob@mail.org"), "a place before it"),
            ("meet me at example.com", None, "a place"),
            ("look at node dot js", None, "a language"),
            ("a DVD at some point in the future", None, "a time"),
            ("find us at example dot com", None, "a site"),
            ("we met [at] noon", None, "no dot"),
            ("a dot b", None, "no at"),
        ] {
            let got = addresses(text.as_bytes()).map(|r| String::from_utf8(r.text).unwrap());
            assert_eq!(got.as_deref(), want, "{why}");
        }
    }
}
