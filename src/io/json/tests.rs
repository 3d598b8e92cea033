//! Split and parse together, by example and by law.

mod corpus;
mod examples;
mod laws;

use super::{Json, Limits, Shape, split};
use crate::batch::{Block, Edit, Load, Part, Reason, Replacement};
use crate::io::{Names, Parse};

/// Keys with an `@` are personal.
struct Emails;

impl Names for Emails {
    fn masked(&self, name: &str) -> Option<String> {
        name.contains('@').then(|| "<EMAIL>".to_owned())
    }
}

/// A reader that fails behind its bytes.
struct Failing(std::io::Cursor<Vec<u8>>, Reason);

impl std::io::Read for Failing {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match self.0.read(buffer)? {
            0 => Err(std::io::Error::other(self.1)),
            read => Ok(read),
        }
    }
}

/// What a file comes to.
#[derive(Debug, Default, PartialEq)]
struct Outcome {
    head: String,
    /// Text and verdict of each record, oversize ones put together.
    records: Vec<(String, Option<Reason>)>,
    tail: Option<String>,
    /// Name and text of each cell.
    cells: Vec<(String, String)>,
    fault: Option<Reason>,
}

fn text_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn run_reader(reader: impl std::io::Read + Send + 'static, shape: Shape, target: usize, limits: Limits) -> (Outcome, Vec<u8>) {
    let (mut part, mut block) = (Part::default(), Block::default());
    let mut split = split(reader, shape, target, limits);
    let json = Json::new(shape, limits);
    let (mut outcome, mut all, mut index) = (Outcome::default(), Vec::new(), 0);
    let mut large: Vec<u8> = Vec::new();
    while split.next(&mut part) {
        assert_eq!((part.index, part.offset), (index, all.len() as u64));
        assert!(!part.bytes.is_empty(), "a part holds something");
        index += 1;
        all.extend_from_slice(&part.bytes);
        match part.load {
            Load::Tail => outcome.tail = Some(text_of(&part.bytes)),
            Load::Oversize { reason, first, last } => {
                assert_eq!(first, large.is_empty());
                large.extend_from_slice(&part.bytes);
                if last {
                    outcome.records.push((text_of(&large), Some(reason)));
                    large.clear();
                }
            }
            Load::Records => {
                json.parse(&part, &Emails, &mut block);
                check_block(&part, &block);
                if part.index == 0 {
                    outcome.head = text_of(&part.bytes[..block.head_end as usize]);
                }
                for record in &block.records {
                    outcome.records.push((text_of(&part.bytes[record.start as usize..record.end as usize]), record.reject));
                }
                let indices: Vec<u32> = (0..block.cells.len() as u32).collect();
                let names = json.exact_names(&part.bytes, &block, &indices);
                assert_eq!(names.len(), block.cells.len());
                for (cell, name) in block.cells.iter().zip(names) {
                    outcome.cells.push((name, text_of(block.text(&part.bytes, cell))));
                }
            }
        }
    }
    assert!(large.is_empty(), "the last piece says so");
    outcome.fault = split.fault();
    (outcome, all)
}

/// What every block promises.
fn check_block(part: &Part, block: &Block) {
    let mut at = block.head_end;
    for record in &block.records {
        assert_eq!(record.start, at, "records and gaps leave nothing out");
        assert!(record.start < record.end && record.end <= record.gap_end);
        at = record.gap_end;
    }
    assert_eq!(at as usize, part.bytes.len());
    let mut end = 0;
    for cell in &block.cells {
        let record = block.records[cell.row as usize];
        assert!(record.reject.is_none(), "rejected records have no cells");
        assert!(cell.start >= end && record.start <= cell.start && cell.end <= record.end);
        assert!(std::str::from_utf8(block.text(&part.bytes, cell)).is_ok());
        assert!(block.columns.get(cell.column as usize).is_some());
        end = cell.end;
    }
    let sides = block.cells.iter().filter(|c| c.in_side).map(|c| (c.text_start, c.text_end));
    let mut side_end = None;
    for (start, end) in sides {
        assert_eq!(start, side_end.map_or(0, |e: u32| e + u32::from(e > 0)), "one NUL between texts");
        side_end = Some(end);
    }
}

fn run(input: &[u8], shape: Shape, target: usize) -> Outcome {
    let (outcome, all) = run_reader(std::io::Cursor::new(input.to_vec()), shape, target, Limits::default());
    assert_eq!(text_of(&all), text_of(input), "parts are the input");
    outcome
}

fn parsed(shape: Shape, input: &[u8]) -> (Part, Block) {
    let part = Part { bytes: input.to_vec(), ..Part::default() };
    let mut block = Block::default();
    Json::new(shape, Limits::default()).parse(&part, &Emails, &mut block);
    check_block(&part, &block);
    (part, block)
}

fn edit(start: usize, end: usize, text: &str) -> Edit {
    Edit { span: start as u32..end as u32, replacement: Replacement::Text(text.to_owned()) }
}

#[test]
fn a_number_over_the_limit_may_end_where_a_piece_ends() {
    let limits = Limits { record_bytes: 5, nesting: 3 };
    for target in 7..30 {
        let input = b"[ 12345678901234567890 ]\n".to_vec();
        let (outcome, all) = run_reader(std::io::Cursor::new(input.clone()), Shape::Array, target, limits);
        assert_eq!(all, input, "{target}: nothing is lost, and no part is empty");
        assert_eq!(outcome.records.len(), 1, "{target}");
        assert_eq!(outcome.records[0].1, Some(Reason::TooLarge), "{target}");
    }
}
