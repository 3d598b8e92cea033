//! JSON in bytes a second, on one core: cutting, parsing and both.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::fmt::Write as _;
use std::hint::black_box;
use std::io::Cursor;
use untaint::batch::{Block, Part};
use untaint::io::json::{Json, Limits, Shape, split};
use untaint::io::{NoNames, Parse};

/// Chats of three messages, with escapes now and then, about 900 bytes a record.
fn chat(bytes: usize) -> String {
    let mut out = String::with_capacity(bytes + 2048);
    let sentence = "The quick brown fox jumps over the lazy dog and asks whether the invoice of last month has been paid yet";
    let mut i = 0_u32;
    while out.len() < bytes {
        i += 1;
        let _ = write!(out, r#"{{"id":{i},"source":"web","messages":["#);
        for (turn, role) in ["system", "user", "assistant"].iter().enumerate() {
            let comma = if turn > 0 { "," } else { "" };
            let _ = write!(out, r#"{comma}{{"role":"{role}","content":"{sentence}. "#);
            for _ in 0..(i + turn as u32) % 4 {
                let _ = write!(out, r"{sentence}.\n\n");
            }
            let _ = write!(out, r#"Regards, customer {i}."}}"#);
        }
        let _ = writeln!(out, r#"],"score":0.{i},"ok":true,"meta":{{"lang":"en","parent":null}}}}"#);
    }
    out
}

/// Records of many short cells.
fn dense(bytes: usize) -> String {
    let mut out = String::with_capacity(bytes + 2048);
    let mut i = 0_u32;
    while out.len() < bytes {
        i += 1;
        let _ = writeln!(
            out,
            r#"{{"id":{i},"name":"customer {i}","email":"c{i}@example.com","age":{},"active":true,"score":{i}.5,"city":"Berlin","zip":"{}","note":null}}"#,
            i % 90,
            10_000 + i % 80_000
        );
    }
    out
}

fn array_of(lines: &str) -> String {
    format!("[{}]", lines.trim_end().replace('\n', ",\n"))
}

fn benches(c: &mut Criterion) {
    const TARGET: usize = 1 << 20;
    let limits = Limits::default();
    let files = [
        ("chat", Shape::Lines, chat(16 << 20)),
        ("dense", Shape::Lines, dense(16 << 20)),
        ("chat-array", Shape::Array, array_of(&chat(16 << 20))),
        ("dense-array", Shape::Array, array_of(&dense(16 << 20))),
    ];
    for (name, shape, file) in files {
        let json = Json::new(shape, limits);
        let mut group = c.benchmark_group(format!("json/{name}"));
        group.throughput(Throughput::Bytes(file.len() as u64)).sample_size(10);
        let bytes = std::sync::Arc::<[u8]>::from(file.into_bytes());
        let (mut part, mut block) = (Part::default(), Block::default());
        group.bench_function("split", |b| {
            b.iter(|| {
                let mut split = split(Cursor::new(bytes.clone()), shape, TARGET, limits);
                while split.next(&mut part) {
                    black_box(&part.bytes);
                }
            });
        });
        group.bench_function("split+parse", |b| {
            b.iter(|| {
                let mut split = split(Cursor::new(bytes.clone()), shape, TARGET, limits);
                while split.next(&mut part) {
                    json.parse(&part, &NoNames, &mut block);
                    black_box(&block.cells);
                }
            });
        });
        group.finish();
    }
}

criterion_group!(json, benches);
criterion_main!(json);
