//! Which dialect a file's first bytes are written in.
//!
//! Every candidate reads the sample; the one whose rows agree best on their number of cells, whose quotes pair at the borders
//! of cells and whose cells look like values wins. Where none convinces, every line is one cell.

use super::grammar::{Grammar, Shape, behind_blank_lines, behind_line_end};
use super::shape::Look;
use super::{BOM, Dialect, Encoding, Escape, Hints, encoding, header};

/// Delimiters that are looked for; the earlier wins a tie.
const DELIMITERS: [u8; 4] = [b',', b'\t', b';', b'|'];

/// Rows that are counted at most.
const MOST_ROWS: usize = 2_000;

/// Cells whose looks are judged at most.
const MOST_CELLS: usize = 20_000;

/// A delimiter must reach this score; prose with its commas stays below.
const CONVINCING: f64 = 0.25;

/// The same where the first row reads like names of columns.
const CONVINCING_WITH_NAMES: f64 = 0.03;

/// The dialect of a file that begins with `head` (1 MiB is plenty) and, if `whole`, ends with it.
pub fn sniff(head: &[u8], whole: bool, hints: &Hints) -> Dialect {
    let bom = head.starts_with(BOM);
    let sample = head.strip_prefix(BOM).unwrap_or(head);
    let encoding = if bom { Encoding::Utf8 } else { encoding::detect(sample, whole) };
    let given = hints.delimiter.filter(|d| d.is_ascii() && !b"\r\n\"'".contains(d));
    let best = match given {
        Some(delimiter) => best_quotes(sample, whole, Some(delimiter)),
        None => best_delimiter(sample, whole),
    };
    let dialect = Dialect { encoding, bom, header: !hints.no_header, ..best.dialect };
    Dialect { header: dialect.header && best.header_fits && header::found(dialect, sample, whole), ..dialect }
}

/// What a candidate makes of the sample.
struct Reading {
    dialect: Dialect,
    /// 0 to 1.
    score: f64,
    /// The first row can be a header: it is no shorter than most.
    header_fits: bool,
    /// Rows that were read.
    rows: usize,
    /// The rows have more than one cell.
    parted: bool,
    /// The first row reads like names of columns.
    named: bool,
    /// Quoted cells that close at a border.
    clean: usize,
    /// Quoted cells that close elsewhere or nowhere.
    dirty: usize,
}

fn best_delimiter(sample: &[u8], whole: bool) -> Reading {
    let mut best: Option<Reading> = None;
    for delimiter in DELIMITERS {
        if !sample.contains(&delimiter) {
            continue;
        }
        let reading = best_quotes(sample, whole, Some(delimiter));
        let needed = if reading.named { CONVINCING_WITH_NAMES } else { CONVINCING };
        if reading.parted && reading.score >= needed && best.as_ref().is_none_or(|b| reading.score > b.score) {
            best = Some(reading);
        }
    }
    best.unwrap_or_else(|| best_quotes(sample, whole, None))
}

/// The best way to read quotes with this delimiter.
fn best_quotes(sample: &[u8], whole: bool, delimiter: Option<u8>) -> Reading {
    let plain = Dialect { delimiter, quote: Some(b'"'), ..Dialect::default() };
    let mut best = read(sample, whole, plain);
    let slashed = |quote: u8| memchr::memmem::find(sample, &[b'\\', quote]).is_some();
    let slash = |dialect: Dialect| Dialect { escape: Escape::Backslash, ..dialect };
    if slashed(b'"') {
        let other = read(sample, whole, slash(plain));
        if other.clean > 0 && (other.dirty < best.dirty || (other.dirty == best.dirty && other.score > best.score)) {
            best = other;
        }
    }
    if sample.contains(&b'\'') {
        let single = Dialect { quote: Some(b'\''), ..plain };
        let mut other = read(sample, whole, single);
        if slashed(b'\'') {
            let escaped = read(sample, whole, slash(single));
            if escaped.dirty < other.dirty {
                other = escaped;
            }
        }
        // Apostrophes open and close words, too: they must pair at the borders of cells nearly always.
        if other.clean >= 2 && other.dirty * 10 <= other.clean && other.clean > best.clean * 2 {
            return other;
        }
    }
    // A stray quote or two are broken records; quotes that mostly swallow line ends are plain text.
    if best.dirty >= 3 && best.dirty > best.clean {
        let none = read(sample, whole, Dialect { quote: None, ..plain });
        if none.rows > best.rows && none.score > best.score {
            best = none;
        }
    }
    best
}

/// Reads the sample in one dialect and says how well it goes.
fn read(sample: &[u8], whole: bool, dialect: Dialect) -> Reading {
    let grammar = Grammar::new(dialect);
    let (mut widths, mut looks) = (Vec::new(), Looks::default());
    let (mut clean, mut dirty) = (0_usize, 0_usize);
    let mut at = behind_blank_lines(sample, 0);
    while at < sample.len() && widths.len() < MOST_ROWS {
        let mut width = 0;
        let (before, mut from) = ((clean, dirty), at);
        let (end, cut_short) = loop {
            let field = grammar.field(sample, from);
            match field.shape {
                Shape::Bare => {}
                Shape::Quoted | Shape::Escaped => clean += 1,
                Shape::Tailed | Shape::Open => dirty += 1,
            }
            looks.take(&grammar, sample.get(from..field.end).unwrap_or_default(), field.shape, width, widths.len());
            width += 1;
            if field.shape == Shape::Open || !grammar.goes_on(sample, field.end) {
                break (field.end, !whole && (field.shape == Shape::Open || field.end == sample.len()));
            }
            from = field.end + 1;
        };
        if cut_short && !widths.is_empty() {
            // An open quote in a sample that goes on may be a long cell; that it is one of many rows speaks against it.
            (clean, dirty) = (before.0, dirty.min(before.1 + 1));
            break;
        }
        widths.push(width);
        at = behind_blank_lines(sample, behind_line_end(sample, end));
    }
    let first = widths.first().copied().unwrap_or(1);
    let (mode, share) = mode(&widths);
    let paired = (clean + 1) as f64 / (clean + 3 * dirty + 1) as f64;
    let mut score = share * share * looks.score() * paired * (0.5 + 0.5 * (mode - 1) as f64 / mode as f64);
    let prose = looks.spaced() > 0.8;
    let named = first > 1 && looks.named == first;
    if first < mode && (prose || (first == 1 && looks.named == 1)) {
        // The name of one column, then lines of text or numbers with commas in them.
        score *= 0.2;
    }
    if prose && (widths.len() < 3 || share < 0.98) {
        score *= 0.3;
    }
    Reading {
        dialect,
        score,
        // Names over longer rows are a header, and the rows wrong, unless nearly all of many are.
        header_fits: first >= mode || (named && (share < 0.9 || widths.len() < 4)),
        parted: mode > 1,
        named,
        rows: widths.len(),
        clean,
        dirty,
    }
}

/// The most common width, the first row's in a tie, and the share of rows that have it.
fn mode(widths: &[usize]) -> (usize, f64) {
    let mut counts = std::collections::BTreeMap::<usize, usize>::new();
    for &width in widths {
        *counts.entry(width).or_default() += 1;
    }
    let first = widths.first().copied().unwrap_or(1);
    let best = counts.iter().max_by_key(|&(&width, &count)| (count, width == first, width));
    best.map_or((1, 0.0), |(&width, &count)| (width, count as f64 / widths.len() as f64))
}

/// How much the cells look like cells.
#[derive(Default)]
struct Looks {
    cells: usize,
    sum: f64,
    /// Cells of the first row that may name a column.
    named: usize,
    /// Bare cells behind a delimiter, and those of them that begin with a space, as words in prose do.
    inner: usize,
    inner_spaced: usize,
}

impl Looks {
    fn take(&mut self, grammar: &Grammar, literal: &[u8], shape: Shape, column: usize, row: usize) {
        let bare = shape == Shape::Bare;
        if row == 0 {
            let name = if bare { literal } else { literal.get(1..literal.len().saturating_sub(1)).unwrap_or_default() };
            self.named += usize::from(Look::of(name) == Look::Word && !name.starts_with(b" "));
        }
        if self.cells >= MOST_CELLS {
            return;
        }
        if bare && column > 0 && !literal.is_empty() {
            self.inner += 1;
            self.inner_spaced += usize::from(literal.starts_with(b" "));
        }
        self.cells += 1;
        self.sum += match shape {
            Shape::Quoted | Shape::Escaped => 1.0,
            Shape::Tailed | Shape::Open => 0.1,
            Shape::Bare => match Look::of(literal) {
                Look::Text if other_delimiter(grammar.delimiter, literal) => 0.4,
                Look::Text => 0.8,
                _ => 1.0,
            },
        };
    }

    fn score(&self) -> f64 {
        self.sum / self.cells.max(1) as f64
    }

    fn spaced(&self) -> f64 {
        self.inner_spaced as f64 / self.inner.max(1) as f64
    }
}

/// The cell holds what parts cells elsewhere. Commas do not count: text is full of them.
fn other_delimiter(own: u8, literal: &[u8]) -> bool {
    DELIMITERS.iter().any(|&d| d != own && d != b',' && literal.contains(&d))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Delimiter, quote, escape and header in one line: `, " doubled header`.
    fn found(sample: &str, hints: Hints) -> String {
        let dialect = sniff(sample.as_bytes(), true, &hints);
        let shown = |byte: Option<u8>| byte.map_or("none".into(), |b| char::from(b).escape_default().to_string());
        let escape = if dialect.escape == Escape::Doubled { "doubled" } else { "backslash" };
        let header = if dialect.header { "header" } else { "data" };
        format!("{} {} {escape} {header}", shown(dialect.delimiter), shown(dialect.quote))
    }

    #[test]
    fn dialects_are_told_from_samples() {
        for (sample, expected, why) in [
            ("a,b\n1,2\n", ", \\\" doubled header", "plain"),
            ("a\tb\n1\tx, y\n2\tz\n", "\\t \\\" doubled header", "commas in cells"),
            ("a;b;c\n1,5;2,5;3,5\n1,0;2,0;3,0\n", "; \\\" doubled header", "decimal commas"),
            ("a|b\n1|2\n3|4\n", "| \\\" doubled header", "pipes"),
            ("a,b", ", \\\" doubled header", "a header alone"),
            ("a,b,c\n1\n1,2\n1,2,3\n1,2,3,4\n,,,,,,,\n", ", \\\" doubled header", "ragged under names"),
            ("a,b\n1,2,3\n4,5\n", ", \\\" doubled header", "a row longer than the header"),
            ("text\nHello, how are you\nI am fine, thanks\n", "none \\\" doubled header", "commas in prose"),
            (
                "It was late, and cold.\nNobody came; nobody called, or wrote, at all.\nSo it was.\n",
                "none \\\" doubled data",
                "sentences",
            ),
            ("price\n1,50\n2,75\n3,00\n9,99\n", "none \\\" doubled header", "a column of decimals"),
            ("text\n\"a, b\"\n\"c\nd, e\"\n", "none \\\" doubled header", "one quoted column with line ends"),
            ("id,t\n1,\"a\nb,c\nd\"\n2,\"e\n,,f\"\n", ", \\\" doubled header", "quoted line ends and commas"),
            ("id,t\n1,'a, b'\n2,'it''s'\n3,'x'\n", ", \\' doubled header", "single quotes that pair at borders"),
            ("id,t\n1,'tis late\n2,it's 'me'!\n3,'90s\n", ", \\\" doubled header", "apostrophes"),
            ("id,t\n1,\"a \\\"b\\\", c\"\n2,\"d\"\n", ", \\\" backslash header", "backslashed quotes"),
            ("id,t\n1,\"C:\\dir\\\",x\n2,\"d\",y\n", ", \\\" doubled header", "a backslash before the closing quote"),
            ("id,t\n1,\"{\"\"a\"\":\"\"b\\\"\"c\"\"}\"\n", ", \\\" doubled header", "JSON with doubled quotes"),
            ("id,t\n1,\"never closed\n2,x\n3,y\n", ", \\\" doubled header", "one broken quote is no dialect"),
            (
                "id\tt\n1\t\"So\n2\tso\n3\t\"Or\" not\n4\t\"x\n5\ty\n6\t\"z\" z\n7\tw\n8\t\"\"\"v\n9\tu\n",
                "\\t none doubled header",
                "quotes as plain text",
            ),
            ("Report of May, all shops\nA1,3,4\nB2,5,6\nC3,7,8\n", ", \\\" doubled data", "a title over the table"),
            ("", "none \\\" doubled header", "nothing"),
        ] {
            assert_eq!(found(sample, Hints::default()), expected, "{why}");
        }
    }

    #[test]
    fn hints_are_heeded_where_they_make_sense() {
        let sample = "a,b\n1,2\n";
        for (delimiter, expected, why) in [
            (Some(b';'), "; \\\" doubled data", "given"),
            (Some(b':'), ": \\\" doubled data", "given and never seen"),
            (Some(b'\n'), ", \\\" doubled data", "a line end parts no cells"),
            (Some(0xA7), ", \\\" doubled data", "would cut characters apart"),
        ] {
            assert_eq!(found(sample, Hints { delimiter, no_header: true }), expected, "{why}");
        }
    }
}
