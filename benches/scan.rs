//! How fast blocks are scanned, in bytes a second: prose, a dense table, and what a sweep without candidates costs.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use std::sync::Arc;
use untaint::batch::{Block, Cell, Column, Form};
use untaint::detect::{Catalogue, Scanner, Scratch, Selection, View};

/// A small generator of repeatable choices.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

const WORDS: &str = "the order was late again and support promised a refund within a week which never came so we asked for a manager who agreed to help the government of that country felt a question about the money and its history";

fn prose(dice: &mut Dice) -> String {
    let words: Vec<&str> = WORDS.split(' ').collect();
    let mut text = String::new();
    for _ in 0..30 {
        text.push_str(words.get(dice.roll(words.len() as u64) as usize).copied().unwrap_or_default());
        text.push(if dice.roll(12) == 0 { '.' } else { ' ' });
    }
    if dice.roll(50) == 0 {
        text.push_str(" write to ann.lee@mailbox.org or call +1 415 555 0134");
    }
    text
}

/// A CSV-like block: cells one behind the other, a separator between them.
fn block(cells: impl Iterator<Item = (u32, String)>, columns: usize) -> (Vec<u8>, Block) {
    let mut bytes = Vec::new();
    let mut block = Block { columns: (0..columns).map(|_| Arc::new(Column::default())).collect(), ..Block::default() };
    for (column, text) in cells {
        let start = bytes.len() as u32;
        bytes.extend_from_slice(text.as_bytes());
        let end = bytes.len() as u32;
        bytes.push(b',');
        block.cells.push(Cell { start, end, text_start: start, text_end: end, in_side: false, form: Form::Bare, column, row: 0 });
    }
    (bytes, block)
}

fn scan(c: &mut Criterion) {
    let Ok(catalogue) = Catalogue::builtin().map(Arc::new) else { return };
    let Ok(scanner) = Scanner::new(&catalogue, &Selection::default()) else { return };
    let mut dice = Dice(7);
    let names = ["id", "first_name", "last_name", "email", "phone", "street", "dob", "ssn", "card", "ip", "amount", "created_at"];
    let views: Vec<Arc<View>> = names
        .iter()
        .map(|n| Arc::new(scanner.column(&Column { name: (*n).to_owned(), elements: vec![(*n).to_owned()] })))
        .collect();
    let row = |i: u64, dice: &mut Dice| {
        let d = |n: u64, dice: &mut Dice| dice.roll(n);
        vec![
            (0, i.to_string()),
            (1, "Maria".to_owned()),
            (2, "Keller".to_owned()),
            (3, format!("maria{}@mailbox.org", d(9999, dice))),
            (4, format!("+1 415 555 {:04}", d(9999, dice))),
            (5, format!("{} Main Street", d(999, dice))),
            (6, format!("19{:02}-0{}-1{}", 40 + d(60, dice), 1 + d(9, dice), d(9, dice))),
            (7, format!("{}-22-{:04}", 100 + d(500, dice), 1000 + d(8000, dice))),
            (8, "4111111111111111".to_owned()),
            (9, format!("203.0.113.{}", 1 + d(250, dice))),
            (10, format!("{}.{:02}", d(9999, dice), d(99, dice))),
            (11, format!("2024-01-0{}T12:00:0{}Z", 1 + d(9, dice), d(9, dice))),
        ]
    };
    let text = block((0..5000).map(|_| (0, prose(&mut dice))), 1);
    let table = block((0..5000).flat_map(|i| row(i, &mut dice)), names.len());
    let quiet = block((0..50_000).map(|_| (0, format!("{}", dice.roll(10_000_000_000)))), 1);
    let plain = vec![Arc::new(View::default())];
    let mut group = c.benchmark_group("scan");
    for (name, (bytes, block), views) in [("prose", &text, &plain), ("dense", &table, &views), ("numbers", &quiet, &plain)] {
        let mut scratch = Scratch::default();
        let mut out = Vec::new();
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function(name, |b| {
            b.iter(|| {
                out.clear();
                scanner.scan(black_box(bytes), block, views, &mut scratch, &mut out);
                black_box(out.len())
            });
        });
    }
    group.finish();
    c.bench_function("scanner/new", |b| b.iter(|| Scanner::new(&catalogue, &Selection::default()).is_ok()));
}

criterion_group!(benches, scan);
criterion_main!(benches);
