//! What facts cost: rows and cells into facts, facts into a profile, profiles into one, one into a judgement.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use untaint::merge::Merge;
use untaint::profile::{Facts, KeyHasher, Origin, Profile};
use untaint::verdict::{Settings, judge};

const ROWS: u64 = 200_000;
const PART_ROWS: u64 = 10_000;

/// Uniform keys that repeat now and then.
fn key(i: u64) -> u128 {
    u128::from((i - i % 40 / 39).wrapping_mul(0xd134_2543_de82_ef95).rotate_left(31).wrapping_mul(0x9e37_79b9_7f4a_7c15)) << 64
}

fn part(first: u64, rows: u64) -> Facts {
    let sources: Vec<String> = (0..20).map(|s| format!("s{s:02}")).collect();
    let mut facts = Facts::new(1);
    for i in first..first + rows {
        let label: &[u8] = if i * 7 % 13 < 6 { b"0" } else { b"1" };
        facts.row(key(i), Some(label), sources.get((i * 31 % 20) as usize).map(String::as_bytes), None);
    }
    facts
}

fn profile(shift: u64) -> Profile {
    let mut profile = Profile::default();
    for first in (0..ROWS).step_by(PART_ROWS as usize) {
        profile.take(Origin { file: "a.csv", offset: (shift + first) * 100 }, &part(shift + first, PART_ROWS));
    }
    profile.finish();
    profile
}

fn stages(c: &mut Criterion) {
    let mut group = c.benchmark_group("profile");
    group.sample_size(20);
    group.throughput(Throughput::Elements(ROWS));
    group.bench_function("rows: facts and take", |b| b.iter(|| black_box(profile(0))));
    let parts: Vec<Facts> = (0..ROWS).step_by(PART_ROWS as usize).map(|first| part(first, PART_ROWS)).collect();
    group.bench_function("rows: spill", |b| b.iter(|| parts.iter().map(|p| p.rows().encode().len()).sum::<usize>()));

    let texts: Vec<String> = (0..1000).map(|i| format!("cell number {i} of a middling length")).collect();
    group.bench_function("cells: key", |b| {
        let mut hasher = KeyHasher::new(1);
        let column = hasher.column("text");
        b.iter(|| {
            let mut sum = 0u128;
            for text in texts.iter().cycle().take(ROWS as usize) {
                hasher.cell(&column, Some(text.as_bytes()));
                sum ^= hasher.finish();
            }
            sum
        });
    });
    group.bench_function("cells: column facts", |b| {
        b.iter(|| {
            let mut facts = Facts::new(1);
            facts.columns(&["text".to_owned()]);
            texts.iter().cycle().take(ROWS as usize).for_each(|t| facts.cell(0, Some(t.as_bytes())));
            facts
        });
    });

    group.throughput(Throughput::Elements(1));
    let (left, right) = (profile(0), profile(ROWS));
    group.bench_function("merge two profiles", |b| {
        b.iter(|| {
            let mut merged = left.clone();
            merged.merge(right.clone());
            merged
        });
    });
    group.bench_function("bytes there and back", |b| b.iter(|| Profile::from_bytes(&left.to_bytes())));
    group.bench_function("judge", |b| b.iter(|| judge(&left, &Settings::default())));
    group.finish();
}

criterion_group!(benches, stages);
criterion_main!(benches);
