//! The laws of merging, on whole profiles.

use super::*;
use proptest::prelude::*;

/// A part as a test makes it: file, offset, rows of (key, label, source, day).
type Part = (u8, u64, Vec<(u8, u8, u8, u8)>);

fn profile_of(parts: &[Part]) -> Profile {
    let mut profile = Profile::default();
    for (file, offset, rows) in parts {
        let mut facts = Facts::new(42);
        facts.columns(&["text".to_owned(), format!("only in {file}"), "few".to_owned()]);
        let types = ["contact.email", "us.phone"].map(|id| facts.personal_type(id));
        for (key, label, source, day) in rows {
            if *key == 0 {
                facts.skip_row();
                continue;
            }
            for personal_type in types.iter().skip(usize::from(key % 2)).take(usize::from(source % 3)) {
                facts.holds(*personal_type, facts.rows().len());
            }
            facts.cell(2, (*day > 9).then_some(&[b'0' + source % 5]));
            let label = format!("label {}", label % if *file == 3 { 255 } else { 9 });
            facts.row(
                u128::from(*key) << 64 | 1,
                (*key % 5 != 1).then_some(label.as_bytes()),
                Some(&[b's', *source]),
                (*day % 4 != 0)
                    .then_some(format!("20{:02}-03-{:02}", 10 + day % 80, 1 + day % 28))
                    .as_ref()
                    .map(String::as_bytes),
            );
            facts.cell(0, (*key % 3 != 0).then_some(label.as_bytes()));
            facts.cell(1, (*source % 4 == 0).then_some((u64::from(*source) << (key % 40)).to_string().as_bytes()));
        }
        profile.take(Origin { file: &format!("f{file}.csv"), offset: *offset * 1000 }, &facts);
    }
    profile
}

fn parts() -> impl Strategy<Value = Vec<Part>> {
    let row = (any::<u8>(), any::<u8>(), any::<u8>(), any::<u8>());
    let part = (0u8..4, any::<u64>(), proptest::collection::vec(row, 0..120));
    // Offsets apart: two parts of a file never begin at one byte.
    proptest::collection::vec(part, 0..9).prop_map(|mut parts| {
        parts.iter_mut().enumerate().for_each(|(i, p)| p.1 = (p.1 % 1000) * 10 + i as u64);
        parts
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_grouping_and_order_gives_the_same_bytes(parts in parts(), cut in any::<prop::sample::Index>(), turn in any::<prop::sample::Index>()) {
        let whole = profile_of(&parts).to_bytes();
        let mut turned = parts.clone();
        if !turned.is_empty() {
            turned.rotate_left(turn.index(parts.len()));
            turned.reverse();
        }
        let (left, right) = turned.split_at(if turned.is_empty() { 0 } else { cut.index(turned.len()) });
        let mut merged = profile_of(left);
        merged.merge(profile_of(right));
        prop_assert_eq!(&merged.to_bytes(), &whole);
        let mut other_way = profile_of(right);
        other_way.merge(profile_of(left));
        prop_assert_eq!(&other_way.to_bytes(), &whole);
        let mut one_by_one = Profile::default();
        for part in &turned {
            one_by_one.merge(profile_of(std::slice::from_ref(part)));
        }
        prop_assert_eq!(&one_by_one.to_bytes(), &whole);
        let mut with_nothing = Profile::from_bytes(&whole).unwrap();
        with_nothing.merge(Profile::default());
        prop_assert_eq!(&with_nothing.to_bytes(), &whole);
    }

    #[test]
    fn damaged_bytes_are_refused(parts in parts(), at in any::<prop::sample::Index>(), by in 1u8..) {
        let mut bytes = profile_of(&parts).to_bytes();
        let at = at.index(bytes.len());
        prop_assert!(Profile::from_bytes(&bytes[..at]).is_err());
        bytes[at] ^= by;
        prop_assert!(Profile::from_bytes(&bytes).is_err());
    }

    #[test]
    fn hostile_bytes_with_a_right_checksum_never_panic(parts in parts(), at in any::<prop::sample::Index>(), by in 1u8..) {
        let mut bytes = profile_of(&parts).to_bytes();
        let at = at.index(bytes.len() - 8);
        bytes[at] ^= by;
        let bytes = resealed(&bytes);
        if let Ok(mut profile) = Profile::from_bytes(&bytes) {
            profile.merge(Profile::from_bytes(&bytes).unwrap_or_default());
            let _ = profile.to_bytes();
            let mut facts = Facts::new(42);
            facts.row(1 << 64, Some(b"a"), Some(b"s"), Some(b"2024-01-01"));
            profile.take(Origin { file: "f", offset: 0 }, &facts);
            let _ = profile.order().align();
        }
    }
}

#[test]
fn profiles_of_different_seeds_say_nothing_in_either_order() {
    let make = |seed| {
        let mut facts = Facts::new(seed);
        facts.row(1, Some(b"a"), None, None);
        let mut profile = Profile::default();
        profile.take(Origin { file: "a", offset: 0 }, &facts);
        profile
    };
    let (mut ab, mut ba) = (make(1), make(2));
    ab.merge(make(2));
    ba.merge(make(1));
    assert!(ab.is_mixed() && ab.to_bytes() == ba.to_bytes());
}

#[test]
fn a_million_sources_and_labels_stay_within_a_few_mebibytes() {
    let mut profile = Profile::default();
    for part in 0..100u64 {
        let mut facts = Facts::new(1);
        let mut hasher = KeyHasher::new(1);
        let column = hasher.column("id");
        for i in 0..3000 {
            let text = (part * 3000 + i).to_string();
            hasher.cell(&column, Some(text.as_bytes()));
            facts.row(hasher.finish(), Some(text.as_bytes()), Some(text.as_bytes()), None);
        }
        profile.take(Origin { file: "big.csv", offset: part << 20 }, &facts);
    }
    assert!(profile.sources().is_sample() && profile.labels().is_sample());
    assert!(profile.to_bytes().len() < 8 << 20, "{} bytes", profile.to_bytes().len());
}

/// Everything over its cap: labels, classes, sources, files, days, columns, blocks.
fn crowded(part: u64) -> Facts {
    let mut facts = Facts::new(9);
    facts.columns(&(0..60).map(|c| format!("column {}", part * 37 + c)).collect::<Vec<_>>());
    facts.columns(&(0..62).map(|c| format!("everywhere {c}")).collect::<Vec<_>>());
    let types: Vec<usize> = (0..90).map(|t| facts.personal_type(&format!("own.{}", part * 61 + t))).collect();
    for i in 0..400u64 {
        let n = (part * 400 + i).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33;
        let label = format!("{}", if part.is_multiple_of(9) { n % 7 } else { n % 9000 });
        let source = format!("source {}", n % 30_011);
        let day = format!("{}", 1_000_000_000 + n % 600_000_000);
        facts.row(u128::from(n % 5000) << 66, Some(label.as_bytes()), Some(source.as_bytes()), Some(day.as_bytes()));
        facts.cell((i % 60) as u32, Some(label.as_bytes()));
        facts.cell(60, Some(label.as_bytes()));
        facts.cell(61, Some(if n.is_multiple_of(3) { "a" } else { "b" }.as_bytes()));
        types.iter().skip((n % 80) as usize).take(9).for_each(|t| facts.holds(*t, i as usize));
    }
    facts
}

#[test]
fn beyond_every_cap_all_merge_trees_still_give_the_same_bytes() {
    let parts: Vec<Facts> = (0..80).map(crowded).collect();
    let fold = |order: &mut dyn Iterator<Item = usize>| {
        let mut profile = Profile::default();
        for at in order {
            profile.take(Origin { file: &format!("f{}", at % 50), offset: at as u64 * 70_000 }, &parts[at]);
        }
        profile
    };
    let whole = fold(&mut (0..80));
    assert!(whole.labels().is_sample() && whole.sources().is_sample() && whole.columns().is_sample());
    assert!(whole.personal().is_sample());
    let crosses = || whole.columns().iter().map(|(_, column)| column.cross.pairs().is_some());
    assert!(crosses().any(|few| few) && crosses().any(|few| !few));
    let bytes = whole.to_bytes();
    assert!(fold(&mut (0..80).rev()).to_bytes() == bytes, "another order");
    let mut pairs = Profile::default();
    for first in (0..80).step_by(2) {
        let mut pair = fold(&mut (first..first + 1));
        pair.merge(Profile::from_bytes(&fold(&mut (first + 1..first + 2)).to_bytes()).unwrap());
        pair.merge(std::mem::take(&mut pairs));
        pairs = pair;
    }
    assert!(pairs.to_bytes() == bytes, "a chain of pairs");
    let mut quarters: Vec<Profile> = (0..4).map(|q| fold(&mut (q..80).step_by(4))).collect();
    let (mut last, mut first) = (quarters.pop().unwrap(), quarters.remove(0));
    last.merge(quarters.pop().unwrap());
    first.merge(quarters.pop().unwrap());
    last.merge(first);
    assert!(last.to_bytes() == bytes, "a balanced tree");
}
