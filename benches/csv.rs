//! Delimited text, bytes a second on one core: cutting, parsing, both on prose and on a dense table; sniffing a sample.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::fmt::Write as _;
use std::hint::black_box;
use untaint::batch::{Block, Part, Reason};
use untaint::io::csv::{Dialect, Hints, Limits, open, sniff};
use untaint::io::{NoNames, Parse, Split};

/// About how much text a sample holds, in bytes.
const SIZE: usize = 16 << 20;

/// About how much a part holds, in bytes.
const TARGET: usize = 1 << 20;

/// A label and some hundred bytes of text, every third row quoted, some with quotes inside.
fn prose() -> String {
    let mut text = String::from("id,text,label\n");
    let sentence = "The quick brown fox jumps over the lazy dog and runs on through the long grass of the field. ";
    for row in 0.. {
        if text.len() >= SIZE {
            break;
        }
        let body = sentence.repeat(1 + row % 7);
        let _ = match row % 6 {
            0 => writeln!(text, "{row},\"{body}, and so, it says, on\",good"),
            3 => writeln!(text, "{row},\"{body}\nThen \"\"on\"\" it goes\",bad"),
            _ => writeln!(text, "{row},{body},good"),
        };
    }
    text
}

/// Twenty short columns.
fn dense(quoted: bool) -> String {
    let quote = if quoted { "\"" } else { "" };
    let mut text = (0..20).map(|c| format!("column{c}")).collect::<Vec<_>>().join(",") + "\n";
    for row in 0_u64.. {
        if text.len() >= SIZE {
            break;
        }
        for column in 0..20_u64 {
            let value = (row * 20 + column).wrapping_mul(2_654_435_761) % 10_u64.pow(2 + (column % 9) as u32);
            let _ = write!(text, "{}{quote}{value}{quote}", if column == 0 { "" } else { "," });
        }
        text.push('\n');
    }
    text
}

fn split(text: &str, dialect: Dialect) -> u64 {
    let opened = open(text.as_bytes(), Vec::new(), &dialect, Limits::default(), TARGET, |_| Reason::Unreadable);
    let Ok(mut opened) = opened else { return 0 };
    let mut part = Part::default();
    while opened.split.next(&mut part) {}
    part.index
}

fn csv(c: &mut Criterion) {
    let dialect = Dialect::default();
    for (name, text) in [("prose", prose()), ("dense", dense(false)), ("dense quoted", dense(true))] {
        let mut group = c.benchmark_group(name);
        group.sample_size(10).throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function("split", |b| b.iter(|| split(black_box(&text), dialect)));
        let Ok(mut opened) = open(text.as_bytes(), Vec::new(), &dialect, Limits::default(), TARGET, |_| Reason::Unreadable)
        else {
            return;
        };
        let mut parts = Vec::new();
        let mut part = Part::default();
        while opened.split.next(&mut part) {
            parts.push(std::mem::take(&mut part));
        }
        let mut block = Block::default();
        group.bench_function("parse", |b| {
            b.iter(|| {
                let mut cells = 0;
                for part in &parts {
                    opened.parse.parse(black_box(part), &NoNames, &mut block);
                    cells += block.cells.len();
                }
                cells
            });
        });
        let sample = text.as_bytes().get(..TARGET).unwrap_or_default();
        group.throughput(Throughput::Bytes(sample.len() as u64));
        group.bench_function("sniff", |b| b.iter(|| sniff(black_box(sample), false, &Hints::default())));
        group.finish();
    }
}

criterion_group!(benches, csv);
criterion_main!(benches);
