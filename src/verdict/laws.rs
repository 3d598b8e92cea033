//! What the judge promises, on data made for it.

use super::shards::in_any_order;
use super::*;
use crate::profile::{Answer, Facts, KeyHasher, Origin, RowFacts};

/// Numbers that look random and are the same every time.
pub(super) struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// (text, label, source)
type Row = (String, String, String);

fn rows(n: usize, mut label: impl FnMut(usize, u64, &mut Dice) -> u64) -> Vec<Row> {
    let mut dice = Dice(7);
    (0..n)
        .map(|i| {
            let source = dice.roll(20);
            (format!("row {i}"), label(i, source, &mut dice).to_string(), format!("s{source:02}"))
        })
        .collect()
}

/// Parts of 997 rows: file, offset, first row, facts.
fn parts(rows: &[Row]) -> Vec<(u64, u64, Facts)> {
    let mut hasher = KeyHasher::new(3);
    let column = hasher.column("text");
    let mut at = 0;
    rows.chunks(997)
        .map(|chunk| {
            let mut facts = Facts::new(3);
            for (text, label, source) in chunk {
                hasher.cell(&column, Some(text.as_bytes()));
                facts.row(hasher.finish(), Some(label.as_bytes()), Some(source.as_bytes()), None);
            }
            at += chunk.len() as u64;
            ((at - chunk.len() as u64) * 50, at - chunk.len() as u64, facts)
        })
        .collect()
}

/// One run as a job makes it: profile, judge, answer from spilled rows, judge again.
fn run(rows: &[Row]) -> Judgement {
    let parts = parts(rows);
    second_look(folded(&parts), &parts)
}

fn folded(parts: &[(u64, u64, Facts)]) -> Profile {
    let mut profile = Profile::default();
    for (offset, _, facts) in parts {
        profile.take(Origin { file: "a.csv", offset: *offset }, facts);
    }
    profile
}

fn second_look(mut profile: Profile, parts: &[(u64, u64, Facts)]) -> Judgement {
    let first = judge(&profile, &Settings::default());
    for question in &first.questions {
        for (_, first_row, facts) in parts {
            let mut answer = Answer::default();
            let spilled = RowFacts::decode(&facts.rows().encode()).unwrap();
            answer.take(question, "a.csv", *first_row, &spilled);
            profile.answer(question, answer);
        }
    }
    let last = judge(&profile, &Settings::default());
    assert!(last.questions.is_empty());
    assert_eq!(judge_again(&profile, &Settings::default(), &first), last, "what asked nothing stands");
    last
}

fn named(judgement: &Judgement, test: &str) -> Vec<String> {
    judgement.verdicts.iter().filter(|v| v.test == test && v.fate != Fate::Report).map(|v| v.subject.clone()).collect()
}

fn state<'a>(judgement: &'a Judgement, test: &str) -> &'a TestState {
    judgement.tests.iter().find(|t| t.test == test).unwrap()
}

#[test]
fn even_labels_name_nothing() {
    let judgement = run(&rows(9000, |_, _, dice| dice.roll(2)));
    assert_eq!(judgement.verdicts, []);
    let speaks = |t: &TestState| t.state == State::Ran && t.hypotheses > 0 && t.smallest_visible.is_some();
    assert!(["duplicate-flood", "slice-shift", "order-scan"].iter().all(|test| speaks(state(&judgement, test))));
    assert_eq!(state(&judgement, "trigger").state, State::CouldNotSpeak, "there are no words");
}

#[test]
fn one_bad_source_is_named_alone_and_its_flipped_rows_are_pointed_at() {
    let data = rows(9000, |_, source, dice| if source == 9 && dice.roll(2) == 0 { 1 } else { dice.roll(2) });
    let judgement = run(&data);
    assert_eq!(named(&judgement, "slice-shift"), ["s09"]);
    let mut matcher = judgement.matcher();
    let mut hits = Vec::new();
    let mut first = 0;
    for (_, _, facts) in parts(&data) {
        for view in facts.rows().iter().flatten() {
            let before = hits.len();
            matcher.row("a.csv", first, &view, &[], &mut hits);
            let (_, label, source) = &data[first as usize];
            assert_eq!(hits.len() > before, source == "s09" && label == "1");
            first += 1;
        }
    }
    assert_eq!(hits.len() as u64, judgement.verdicts[0].rows);
    assert!(judgement.verdicts[0].why.contains("s09"), "{}", judgement.verdicts[0].why);
    let evidence = judgement.verdicts[0].evidence.as_ref().unwrap();
    let count =
        |name: &str, label: &str| data.iter().filter(|r| r.2 == name && (label.is_empty() || r.1 == label)).count() as u64;
    for point in &evidence.points {
        assert_eq!((point.part, point.whole), (count(&point.name, "1"), count(&point.name, "")), "{}", point.name);
        assert_eq!(point.meant, point.name == "s09");
    }
    assert_eq!(evidence.points[0].name, "s09", "the largest share first");
}

#[test]
fn sources_that_differ_by_nature_are_not_named() {
    let data = rows(9000, |_, source, dice| u64::from(dice.roll(100) < 20 + 3 * source));
    let judgement = run(&data);
    assert!(named(&judgement, "slice-shift").len() <= 1, "{:?}", named(&judgement, "slice-shift"));
}

#[test]
fn a_flipped_window_is_named_where_it_lies() {
    let judgement = run(&rows(9000, |i, _, dice| if (4010..4160).contains(&i) { 1 } else { dice.roll(2) }));
    let windows = named(&judgement, "order-scan");
    assert_eq!(windows.len(), 1, "{windows:?}");
    let Pick::Window { start, end, .. } = judgement.verdicts[0].pick else { panic!("no window") };
    assert!((3900..=4060).contains(&start) && (4110..4300).contains(&end), "{start}-{end}");
    let evidence = judgement.verdicts[0].evidence.as_ref().unwrap();
    assert!(evidence.ordered && evidence.points.iter().map(|p| p.whole).sum::<u64>() == 9000, "the whole file");
    let most = evidence.points.iter().max_by_key(|p| p.part * 1000 / p.whole.max(1)).unwrap();
    assert!(most.meant && evidence.points.iter().filter(|p| p.meant).count() <= 3, "{:?}", evidence.points);
}

#[test]
fn a_sorted_file_is_said_once() {
    let judgement = run(&rows(9000, |i, _, _| u64::from(i > 5000)));
    let order: Vec<&Verdict> = judgement.verdicts.iter().filter(|v| v.test == "order-scan").collect();
    assert_eq!(order.iter().map(|v| v.subject.as_str()).collect::<Vec<_>>(), ["sorted by label"]);
    assert_eq!(order[0].fate, Fate::Report);
}

#[test]
fn a_flood_that_disagrees_is_quarantined_but_for_its_first_row_and_pairs_are_left_alone() {
    let mut data = rows(9000, |_, _, dice| dice.roll(2));
    for i in 0..100 {
        data[i * 40 + 1].0 = format!("pair {}", i / 2);
    }
    for i in 0..60 {
        data[i * 100 + 7].0 = "buy now".to_owned();
        data[i * 100 + 7].1 = u64::from(i != 30).to_string();
    }
    let judgement = run(&data);
    assert_eq!(named(&judgement, "duplicate-flood").len(), 1);
    let verdict = &judgement.verdicts[0];
    assert_eq!((verdict.fate, verdict.rows), (Fate::Quarantine, 59));
    assert_eq!(verdict.pick_row(), Some(7));
    let sizes: Vec<(u64, bool)> = verdict.evidence.as_ref().unwrap().points.iter().map(|p| (p.part, p.meant)).collect();
    assert_eq!(
        sizes,
        [(100, false), (0, false), (0, false), (0, false), (60, true)],
        "rows in groups of 2, 4, 8, 16, 32 and more"
    );
    data.iter_mut().filter(|r| r.0 == "buy now").for_each(|r| r.1 = "1".to_owned());
    let judgement = run(&data);
    let verdict = judgement.verdicts.iter().find(|v| v.test == "duplicate-flood").unwrap();
    assert_eq!(verdict.fate, Fate::Review, "copies that agree are for review");
}

impl Verdict {
    fn pick_row(&self) -> Option<u64> {
        if let Pick::Copies { row, .. } = self.pick { Some(row) } else { None }
    }
}

#[test]
fn floods_are_found_among_more_keys_than_are_kept() {
    let mut data = rows(300_000, |_, _, dice| dice.roll(2));
    for flood in 0..6 {
        for i in 0..80 {
            data[i * 3000 + flood * 17].0 = format!("flood {flood}");
        }
    }
    let judgement = run(&data);
    assert_eq!(named(&judgement, "duplicate-flood").len(), 6);
}

#[test]
fn labels_that_are_no_classes_are_not_judged_and_the_report_says_why() {
    for (make, word, why) in [
        (&(|i: usize| i as u64) as &dyn Fn(usize) -> u64, "number", "a number of its own in each row"),
        (&|_| 1, "same label", "one label"),
    ] {
        let judgement = run(&rows(2000, |i, _, _| make(i)));
        let slices = state(&judgement, "slice-shift");
        assert!(slices.state == State::CouldNotSpeak && slices.why.contains(word), "{why}: {}", slices.why);
        assert_eq!(state(&judgement, "duplicate-flood").state, State::Ran, "{why}: copies need no label");
    }
}

#[test]
fn many_classes_are_judged() {
    let data = rows(30_000, |_, source, dice| if source == 3 && dice.roll(3) == 0 { 5 } else { dice.roll(700) });
    assert_eq!(named(&run(&data), "slice-shift"), ["s03"]);
    let data = rows(30_000, |i, _, dice| if (9000..9300).contains(&i) { 5 } else { dice.roll(60) });
    let windows = run(&data).verdicts;
    assert_eq!(windows.len(), 1, "{windows:?}");
}

#[test]
fn shards_give_the_judgement_of_one_run_byte_for_byte() {
    let data = rows(6000, |i, s, dice| if s == 4 || (1000..1200).contains(&i) { 1 } else { dice.roll(2) });
    let parts = parts(&data);
    let facts: Vec<(u64, &Facts)> = parts.iter().map(|(offset, _, facts)| (*offset, facts)).collect();
    let tree = |whole: Profile| (whole.to_bytes(), serde_json::to_string(&second_look(whole, &parts)).unwrap());
    let trees: Vec<(Vec<u8>, String)> = in_any_order(&facts).into_iter().map(tree).collect();
    assert!(trees.windows(2).all(|w| w[0] == w[1]));
    let back: Judgement = serde_json::from_str(&trees[0].1).unwrap();
    assert_eq!(serde_json::to_string(&back).unwrap(), trees[0].1);
}

/// A profile of parts of its own making: (file, rows of (label, source, time)).
fn profile_of(files: &[(String, Vec<(u64, String)>)]) -> Profile {
    let mut profile = Profile::default();
    for (n, (name, rows)) in files.iter().enumerate() {
        let mut facts = Facts::new(3);
        for (at, (label, time)) in rows.iter().enumerate() {
            let key = (n as u128 * 1_000_003 + at as u128 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
            facts.row(key, Some(label.to_string().as_bytes()), None, Some(time.as_bytes()));
        }
        profile.take(Origin { file: name, offset: 0 }, &facts);
    }
    profile
}

#[test]
fn a_shifted_file_and_a_shifted_month_are_named() {
    let mut dice = Dice(5);
    let mut file = |n: usize| {
        let rows = (0..600).map(|i| {
            let month = i % 24;
            let bad = n == 7 || month == 5;
            let label = if bad && dice.roll(2) == 0 { 1 } else { dice.roll(2) };
            (label, format!("{}-{:02}-{:02}", 2020 + month / 12, month % 12 + 1, dice.roll(28) + 1))
        });
        (format!("part-{n:02}.csv"), rows.collect())
    };
    let files: Vec<_> = (0..20).map(&mut file).collect();
    let mut subjects = named(&judge(&profile_of(&files), &Settings::default()), "slice-shift");
    subjects.sort();
    assert_eq!(subjects, ["2020-06", "part-07.csv"]);
}

#[test]
fn a_source_for_each_label_is_no_anomaly() {
    let mut data = rows(8000, |_, _, dice| dice.roll(10));
    for row in &mut data {
        row.2 = format!("folder {}", row.1);
    }
    assert_eq!(run(&data).verdicts, []);
}

#[test]
fn a_fate_of_the_settings_takes_the_place_of_the_tests_own() {
    let data = rows(9000, |_, source, dice| if source == 9 { 1 } else { dice.roll(2) });
    let profile = folded(&parts(&data));
    for (fate, points, why) in [(Fate::Quarantine, true, "raised"), (Fate::Report, false, "a report points at no rows")] {
        let settings = Settings { fates: [("slice-shift".to_owned(), fate)].into(), ..Settings::default() };
        let judgement = judge(&profile, &settings);
        assert_eq!(judgement.verdicts[0].fate, fate, "{why}");
        assert_eq!(!judgement.matcher().is_empty(), points, "{why}");
    }
    let settings = Settings { tests: Tests::List(vec!["order-scan".to_owned()]), ..Settings::default() };
    assert_eq!(judge(&profile, &settings).tests.len(), 1);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    #[test]
    fn tampered_profiles_are_judged_without_a_panic(at in proptest::prelude::any::<proptest::sample::Index>(), by in 1u8..) {
        static WHOLE: std::sync::LazyLock<Vec<u8>> = std::sync::LazyLock::new(|| {
            let data = rows(1200, |i, s, dice| if s == 4 || i < 200 { 1 } else { dice.roll(2) });
            folded(&parts(&data)).to_bytes()
        });
        let mut bytes = WHOLE.clone();
        // The row keys at the end are many and say little: aim at what stands before them.
        let at = at.index(bytes.len().min(1500));
        bytes[at] ^= by;
        if let Ok(profile) = Profile::from_bytes(&crate::profile::resealed(&bytes)) {
            let json = serde_json::to_string(&judge(&profile, &Settings::default())).unwrap();
            let _: Judgement = serde_json::from_str(&json).unwrap();
        }
    }
}
