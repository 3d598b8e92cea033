//! Whether a file's first record names its columns.

use super::Dialect;
use super::grammar::{Grammar, Shape, behind_blank_lines, behind_line_end};
use super::shape::Look;

/// Rows that are compared with the first.
const MOST_ROWS: usize = 1_000;

/// Columns that are compared.
const MOST_COLUMNS: usize = 256;

/// The first record is a header. Text over text is taken for one unless it is plainly data: it has the look of its column, it
/// comes again further down, or it is a sentence.
pub(super) fn found(dialect: Dialect, sample: &[u8], whole: bool) -> bool {
    let rows = rows(dialect, sample, whole);
    let Some((first, rest)) = rows.split_first() else { return true };
    if years(first) {
        return true;
    }
    let (mut header, mut data) = (0, 0);
    for (column, cell) in first.iter().enumerate() {
        let look = Look::of(cell);
        let below = Below::new(cell, first, rest, column);
        match look {
            // A typed cell over cells of its kind is data; over others it is a name, of a wide table or of a person.
            Look::Time | Look::Address | Look::Number if below.mostly(below.alike) || rest.is_empty() => data += 2,
            Look::Time | Look::Address | Look::Number | Look::Empty => {}
            Look::Word | Look::Text if below.mostly(below.typed) && below.filled > 0 => header += 2,
            Look::Word | Look::Text => data += usize::from(below.repeats || sentence(cell)),
        }
    }
    data == 0 || header > data
}

/// What stands below a cell of the first row.
struct Below {
    filled: usize,
    typed: usize,
    /// Cells with the look of the first.
    alike: usize,
    /// The cell's text comes again in a row that is not the first row again.
    repeats: bool,
}

impl Below {
    fn new(cell: &[u8], first: &[&[u8]], rest: &[Vec<&[u8]>], column: usize) -> Self {
        let mut below = Self { filled: 0, typed: 0, alike: 0, repeats: false };
        let own = Look::of(cell);
        for row in rest {
            let Some(other) = row.get(column) else { continue };
            let look = Look::of(other);
            below.filled += usize::from(look != Look::Empty);
            below.typed += usize::from(look.is_typed());
            below.alike += usize::from(look == own);
            below.repeats |= *other == cell && row.as_slice() != first;
        }
        below
    }

    /// Four of five cells that hold something.
    fn mostly(&self, count: usize) -> bool {
        count * 5 >= self.filled * 4 && self.filled > 0
    }
}

/// Columns named by consecutive years, behind one that is not.
fn years(first: &[&[u8]]) -> bool {
    let year = |cell: &&[u8]| std::str::from_utf8(cell).ok().filter(|t| t.len() == 4).and_then(|t| t.parse::<u16>().ok());
    let years: Vec<u16> = first.iter().filter_map(year).filter(|y| (1900..2100).contains(y)).collect();
    let words = first.iter().filter(|c| Look::of(c) == Look::Word).count();
    let consecutive = years.iter().zip(years.iter().skip(1)).all(|(a, b)| a + 1 == *b);
    years.len() >= 2 && consecutive && words > 0 && words + years.len() == first.len()
}

/// Text that is written to be read, not to name.
fn sentence(cell: &[u8]) -> bool {
    let words = cell.split(u8::is_ascii_whitespace).filter(|w| !w.is_empty()).count();
    let ended = matches!(cell.trim_ascii(), [.., b'.' | b'!' | b'?']);
    words >= 12 || (ended && words >= 4) || cell.len() > 200
}

/// The texts of the first rows' cells, escapes left as they are.
fn rows(dialect: Dialect, sample: &[u8], whole: bool) -> Vec<Vec<&[u8]>> {
    let grammar = Grammar::new(dialect);
    let mut rows = Vec::new();
    let mut at = behind_blank_lines(sample, 0);
    while at < sample.len() && rows.len() <= MOST_ROWS {
        let mut row = Vec::new();
        let mut from = at;
        let end = loop {
            let field = grammar.field(sample, from);
            let literal = sample.get(from..field.end).unwrap_or_default();
            if row.len() < MOST_COLUMNS {
                row.push(match field.shape {
                    Shape::Quoted | Shape::Escaped => literal.get(1..literal.len() - 1).unwrap_or_default(),
                    _ => literal,
                });
            }
            if field.shape == Shape::Open || !grammar.goes_on(sample, field.end) {
                break field.end;
            }
            from = field.end + 1;
        };
        if end == sample.len() && !whole && !rows.is_empty() {
            break;
        }
        rows.push(row);
        at = behind_blank_lines(sample, behind_line_end(sample, end));
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_told_from_data() {
        for (sample, header, why) in [
            ("name,age\nAnn,31\nBob,40\n", true, "words over numbers"),
            ("Ann,31\nBob,40\n", false, "a number over numbers"),
            ("text,label\nHello there,good\nGo away,bad\n", true, "text over text is taken for a header"),
            ("ham,Go until jurong point\nspam,Free entry\nham,Ok lar\n", false, "a label that comes again"),
            ("a,b\n1,2\na,b\n3,4\n", true, "a header that was copied along with the data"),
            ("ann@example.com,x\nbob@example.com,y\n", false, "an address is no name"),
            ("2026-01-01,x\n2026-01-02,y\n", false, "a date is no name"),
            ("country,2019,2020\nDE,1,2\nFR,3,4\n", true, "years as names"),
            ("This is the first of the texts.\nAnd this is another.\n", false, "a sentence is no name"),
            ("id,ann@example.com,note\n1,hello there,x\n2,good bye,y\n", true, "a column named after a person"),
            ("ann@example.com,2026-01-01\nhello,world\n", true, "names over text"),
            ("name,2026-01-01,2026-01-02\nx,1,2\ny,3,4\n", true, "days as names"),
            ("a,b", true, "a lone row of words"),
            ("1,2", false, "a lone row of numbers"),
            ("id,\n1,x\n2,y\n", true, "a column without a name"),
        ] {
            assert_eq!(found(Dialect::default(), sample.as_bytes(), true), header, "{why}");
        }
    }
}
