//! What `drift` and `outlier` promise, on tables made for it.

use super::*;
use crate::merge::Merge;
use crate::profile::{Facts, Origin, Reading};

const SEED: u64 = 5;
const COLUMNS: [&str; 6] = ["age", "gain", "city", "note", "serial", "label"];

/// Numbers that look random and are the same every time.
struct Dice(u64);

impl Dice {
    fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as f64 + 0.5) / 2f64.powi(31)
    }
    fn roll(&mut self, sides: u32) -> u32 {
        (self.share() * f64::from(sides)) as u32
    }
}

type Row = [String; 6];

/// Ages, gains with a heavy tail, towns, notes that are all different, serial numbers that are declared to name rows, labels.
fn table(seed: u64, n: usize) -> Vec<Row> {
    let mut dice = Dice(seed);
    (0..n)
        .map(|i| {
            let gain = if dice.roll(10) == 0 { (500.0 * dice.share().powf(-0.8)) as u64 } else { 0 };
            let label = if dice.roll(3) == 0 { "yes" } else { "no" };
            [
                (18 + dice.roll(60)).to_string(),
                gain.to_string(),
                format!("town {}", dice.roll(12).min(dice.roll(12))),
                format!("note {} of {}", dice.roll(1 << 30), "some length".repeat(dice.roll(3) as usize)),
                (seed as usize * 1_000_000 + i).to_string(),
                label.to_owned(),
            ]
        })
        .collect()
}

/// The facts of a table's rows, a part each 1000 rows; `names` are the columns it has.
fn facts(rows: &[Row], names: &[&str]) -> Vec<Facts> {
    let part = |rows: &[Row]| {
        let mut facts = Facts::new(SEED);
        facts.columns(&names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>());
        for row in rows {
            for (at, name) in names.iter().enumerate() {
                let Some(text) = COLUMNS.iter().position(|c| c == name).map_or(Some("1"), |c| row.get(c).map(String::as_str))
                else {
                    continue;
                };
                facts.cell(at as u32, (!text.is_empty()).then_some(text.as_bytes()));
                if *name != "label" {
                    facts.words(name, text.as_bytes(), text.as_bytes(), Reading::Value);
                }
            }
            facts.row(1, Some(row[5].as_bytes()), None, None);
        }
        facts
    };
    rows.chunks(1000).map(part).collect()
}

fn profile(rows: &[Row], names: &[&str]) -> Profile {
    let mut profile = Profile::default();
    for (at, part) in (0..).zip(facts(rows, names)) {
        let mut one = Profile::default();
        one.take(Origin { file: "a.csv", offset: at * 1000 }, &part);
        profile.merge(Profile::from_bytes(&one.to_bytes()).unwrap());
    }
    profile
}

fn settings(baseline: Option<Profile>, test: &str) -> Settings {
    Settings {
        seed: SEED,
        tests: Tests::List(vec![test.to_owned()]),
        baseline: baseline.map(Arc::new),
        names_rows: vec!["serial".to_owned()],
        ..Settings::default()
    }
}

fn told(judgement: &Judgement) -> Vec<(String, String)> {
    judgement.verdicts.iter().map(|v| (v.slice.clone(), v.subject.clone())).collect()
}

#[test]
fn two_deliveries_of_one_kind_are_no_drift_whatever_their_sizes() {
    for seed in 0..8 {
        for (before, now) in [(2000, 2000), (4000, 300), (200, 3000), (150, 150)] {
            let (one, other) = (table(seed * 2 + 1, before), table(seed * 2 + 2, now));
            let settings = settings(Some(profile(&one, &COLUMNS)), "drift");
            let judgement = judge(&profile(&other, &COLUMNS), &settings);
            assert_eq!(told(&judgement), [], "seed {seed}, {before} and {now} rows: {:?}", judgement.verdicts);
            assert_eq!(judgement.tests[0].state, State::Ran);
        }
    }
}

/// What happens to a row.
type Change = Box<dyn FnMut(&mut Row, &mut Dice)>;

#[test]
fn what_changed_is_named_and_nothing_else() {
    let before = table(1, 3000);
    let mut dice = Dice(99);
    let mut changed = |mut change: Change| {
        let mut rows = table(2, 3000);
        for row in &mut rows {
            change(row, &mut dice);
        }
        rows
    };
    let half = |text: &'static str, at: usize| -> Change {
        Box::new(move |row, dice| {
            if dice.roll(2) == 0 {
                text.clone_into(&mut row[at]);
            }
        })
    };
    let pair = |slice: &str, subject: &str| (slice.to_owned(), subject.to_owned());
    for (rows, want, why) in [
        (changed(half("yes", 5)), vec![pair("labels", "labels")], "half of the labels are one"),
        (
            changed(Box::new(|row, dice| {
                if dice.roll(7) == 0 {
                    "yes".clone_into(&mut row[5]);
                }
            })),
            vec![pair("labels", "labels")],
            "one label of seven is one",
        ),
        (changed(half("", 2)), vec![pair("completeness", "city")], "half of the towns are gone, the others are spread alike"),
        (changed(half("town 3", 2)), vec![pair("shares of values", "city")], "half of the rows are of one town"),
        (
            changed(half("old", 0)),
            vec![pair("kind of values", "age"), pair("shares of values", "age")],
            "half of the ages are no numbers",
        ),
        (
            changed(Box::new(|row, _| row[0] = (row[0].parse::<u32>().unwrap() * 2).to_string())),
            vec![pair("shares of values", "age")],
            "ages twice as large",
        ),
        (
            changed(Box::new(|row, _| row[1] = (row[1].parse::<u64>().unwrap() * 9).to_string())),
            vec![pair("distribution", "gain")],
            "gains in another unit",
        ),
        (
            changed(Box::new(|row, _| row[3] = row[3].repeat(9))),
            vec![pair("lengths", "note")],
            "notes nine times as long, still all different",
        ),
        (
            changed(Box::new(|row, dice| row[3] = format!("note {:>9}", dice.roll(400)))),
            vec![pair("lengths", "note"), pair("distinct values", "note")],
            "few different notes",
        ),
        (changed(Box::new(|row, _| row[4] = "7".to_owned())), vec![], "a column that names rows is not compared"),
    ] {
        let judgement = judge(&profile(&rows, &COLUMNS), &settings(Some(profile(&before, &COLUMNS)), "drift"));
        let mut told = told(&judgement);
        // A flood of one value may show in more ways than the one that has to be seen.
        told.retain(|t| t.0 != "shares of values" || want.contains(t) || t.1 != want.first().map_or("", |w| w.1.as_str()));
        assert_eq!(told, want, "{why}: {:?}", judgement.verdicts);
        assert!(judgement.verdicts.iter().all(|v| v.fate == Fate::Report && v.pick == Pick::Nothing), "{why}");
        assert!(judgement.matcher().is_empty(), "{why}: drift points at no rows");
        for evidence in judgement.verdicts.iter().filter(|v| v.slice == "labels").filter_map(|v| v.evidence.as_ref()) {
            let count = |of: &[Row], label: &str| of.iter().filter(|row| row[5] == label).count() as u64;
            for point in &evidence.points {
                let reference = point.reference.unwrap();
                assert_eq!((point.part, reference.part), (count(&rows, &point.name), count(&before, &point.name)), "{why}");
                assert_eq!((point.whole, reference.whole), (3000, 3000), "{why}");
            }
            assert!(!evidence.points.is_empty());
        }
    }
}

#[test]
fn columns_that_come_and_go_are_named() {
    let rows = table(1, 400);
    let before = profile(&rows, &["age", "city", "note", "label"]);
    let judgement = judge(&profile(&rows, &["age", "note", "label", "extra\u{1b}[2J"]), &settings(Some(before), "drift"));
    let want = [("absence", "city"), ("presence", "extra[2J")];
    assert_eq!(told(&judgement), want.map(|w| (w.0.to_owned(), w.1.to_owned())));
}

#[test]
fn without_a_baseline_that_fits_drift_says_why_it_is_silent() {
    let now = profile(&table(1, 400), &COLUMNS);
    let mut mixed = Profile::from_bytes(&now.to_bytes()).unwrap();
    let mut facts = Facts::new(SEED + 1);
    facts.row(1, Some(b"yes"), None, None);
    mixed.take(Origin { file: "b.csv", offset: 0 }, &facts);
    let mut seeded = Profile::default();
    seeded.take(Origin { file: "b.csv", offset: 0 }, &facts);
    for (baseline, word, why) in [
        (None, "no baseline", "none"),
        (Some(mixed), "seed", "of two seeds"),
        (Some(seeded), "seed", "of another seed"),
        (Some(profile(&table(2, 20), &COLUMNS)), "20 rows", "too few to compare with"),
    ] {
        let judgement = judge(&now, &settings(baseline, "drift"));
        let test = &judgement.tests[0];
        assert!(test.state == State::CouldNotSpeak && test.why.contains(word), "{why}: {}", test.why);
    }
}

/// Rows that the verdicts of a judgement point at.
fn pointed(judgement: &Judgement, rows: &[Row]) -> Vec<u64> {
    let (mut matcher, mut hits, mut out, mut row) = (judgement.matcher(), Vec::new(), Vec::new(), 0);
    for part in facts(rows, &COLUMNS) {
        matcher.part(&part.rows().words);
        for at in 0..part.rows().len() {
            let words: Vec<u64> = part.rows().words.of(at).collect();
            hits.clear();
            matcher.row("a.csv", row, &part.rows().get(at).unwrap(), &words, &mut hits);
            if !hits.is_empty() {
                out.push(row);
            }
            row += 1;
        }
    }
    out
}

#[test]
fn heavy_tails_are_no_outliers_and_planted_numbers_are() {
    for seed in 1..9 {
        let mut rows = table(seed, 3000);
        let judgement = judge(&profile(&rows, &COLUMNS), &settings(None, "outlier"));
        assert_eq!(judgement.verdicts, [], "seed {seed}");
        let planted = [7, 800, 801, 2999];
        for at in &planted {
            rows[*at][0] = format!("{}", 4_000_000 + at);
        }
        let judgement = judge(&profile(&rows, &COLUMNS), &settings(None, "outlier"));
        assert_eq!(told(&judgement), [("numbers".to_owned(), "age".to_owned())], "seed {seed}");
        assert_eq!((judgement.verdicts[0].fate, judgement.verdicts[0].rows), (Fate::Review, 4));
        assert_eq!(pointed(&judgement, &rows), planted.map(|at| at as u64), "in whatever part they lie");
    }
}

#[test]
fn a_number_that_is_usual_may_be_far_out_for_its_label() {
    let mut rows = table(3, 6000);
    let scale = |row: &Row| if row[5] == "yes" { 5000 } else { 1 };
    for row in &mut rows {
        row[0] = (row[0].parse::<u32>().unwrap() * scale(row)).to_string();
    }
    let planted: Vec<u64> = rows.iter().zip(0..).filter(|(row, _)| row[5] == "no").map(|r| r.1).step_by(800).collect();
    for at in &planted {
        rows[*at as usize][0] = "250000".to_owned();
    }
    let judgement = judge(&profile(&rows, &COLUMNS), &settings(None, "outlier"));
    assert_eq!(told(&judgement), [("numbers".to_owned(), "age of \"no\"".to_owned())], "{:?}", judgement.verdicts);
    assert_eq!(pointed(&judgement, &rows), planted);
}

#[test]
fn values_that_the_baseline_never_had_are_pointed_at_where_they_are_rare() {
    let before = profile(&table(1, 4000), &COLUMNS);
    for (step, found, why) in [(1000, 4, "four rows"), (20, 0, "one row in twenty is drift")] {
        let mut rows = table(2, 4000);
        rows.iter_mut().step_by(step).for_each(|row| row[2] = "Atlantis".to_owned());
        let judgement = judge(&profile(&rows, &COLUMNS), &settings(Some(before.clone()), "outlier"));
        let named: Vec<&Verdict> = judgement.verdicts.iter().filter(|v| v.slice == "never seen before").collect();
        assert_eq!(named.iter().map(|v| v.rows).sum::<u64>(), found, "{why}");
        if found > 0 {
            assert!(named[0].why.contains("Atlantis") && named[0].fate == Fate::Review, "{}", named[0].why);
            assert_eq!(pointed(&judgement, &rows), [0, 1000, 2000, 3000]);
        }
    }
}

#[test]
fn values_that_come_and_go_are_no_outliers() {
    // Sixty villages, each a few times at most in a table: some are new in every delivery.
    let with_villages = |seed: u64| {
        let (mut rows, mut dice) = (table(seed, 4000), Dice(seed + 70));
        rows.iter_mut().step_by(60).for_each(|row| row[2] = format!("village {}", dice.roll(60)));
        rows
    };
    for seed in 1..6 {
        let before = profile(&with_villages(seed), &COLUMNS);
        let judgement = judge(&profile(&with_villages(seed + 20), &COLUMNS), &settings(Some(before), "outlier"));
        assert_eq!(judgement.verdicts, [], "seed {seed}");
    }
}

#[test]
fn numbers_that_are_not_kept_by_row_are_told_of_their_column_alone() {
    let mut facts = Facts::new(SEED);
    facts.columns(&["age".to_owned()]);
    for n in 0..3000 {
        let text = if n == 70 { "90000".to_owned() } else { (20 + n % 50).to_string() };
        facts.cell(0, Some(text.as_bytes()));
        facts.words("age", text.as_bytes(), text.as_bytes(), Reading::Prose);
        facts.row(n, None, None, None);
    }
    let mut profile = Profile::default();
    profile.take(Origin { file: "a.csv", offset: 0 }, &facts);
    let judgement = judge(&profile, &settings(None, "outlier"));
    assert_eq!(told(&judgement), [("numbers".to_owned(), "age".to_owned())]);
    let verdict = &judgement.verdicts[0];
    assert!(verdict.pick == Pick::Nothing && verdict.why.contains("Which rows is not told"), "{}", verdict.why);
}
