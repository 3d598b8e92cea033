//! What `leak` promises, and what the trusted set does for the others, on data made for it.

use super::laws::Dice;
use super::model::{Models, labelled};
use super::shards::in_any_order;
use super::*;
use crate::profile::{Facts, KeyHasher, Origin, Reading};

const SEED: u64 = 5;

/// Cells with their columns and how they are read, and the label.
type Row = (Vec<(&'static str, String, Reading)>, Option<String>);

/// A word; low numbers are frequent, as words are.
fn word(dice: &mut Dice) -> String {
    let number = dice.roll(500).min(dice.roll(500));
    format!("w{number}")
}

/// A text of made words, some of which tell its class.
fn text(class: u64, words: u64, dice: &mut Dice) -> String {
    let telling = |dice: &mut Dice| format!("{}{}", ["bad", "good"][class as usize], dice.roll(30));
    (0..words).map(|_| if dice.roll(5) == 0 { telling(dice) } else { word(dice) }).collect::<Vec<_>>().join(" ")
}

fn row(text: String, id: u64, class: u64) -> Row {
    (vec![("text", text, Reading::Prose), ("number", format!("n{id}"), Reading::Value)], Some(class.to_string()))
}

/// Texts of one source: some short and frequent, some that repeat whatever their length, some out of templates.
fn natural(n: usize, seed: u64) -> Vec<Row> {
    let mut dice = Dice(seed * 977 + 13);
    let mut pool = Dice(3);
    let stock: Vec<(String, u64)> = (0..60).map(|i| (text(i % 2, 12, &mut pool), i % 2)).collect();
    (0..n as u64)
        .map(|id| {
            let class = dice.roll(2);
            let words = 8 + dice.roll(16);
            match dice.roll(40) {
                0 => row("thank you".to_owned(), id, class),
                1 => row("thank you very much for all of your help".to_owned(), id, 1),
                2 => {
                    let (text, class) = &stock[dice.roll(60).min(dice.roll(60)) as usize];
                    row(text.clone(), id, *class)
                }
                3..6 => {
                    let form = ["your order of the day was sent to", "the ticket that you wrote is now with our team for"];
                    row(format!("{} {} {}", form[dice.roll(2) as usize], word(&mut dice), word(&mut dice)), id, class)
                }
                _ => row(text(class, words, &mut dice), id, class),
            }
        })
        .collect()
}

fn parts(rows: &[Row], seed: u64) -> Vec<Facts> {
    let part = |rows: &[Row]| {
        let (mut facts, mut hasher) = (Facts::new(seed), KeyHasher::new(seed));
        for (cells, label) in rows {
            for (column, text, how) in cells {
                hasher.cell(&hasher.column(column), Some(text.as_bytes()));
                facts.words(column, text.as_bytes(), text.as_bytes(), *how);
            }
            facts.row(hasher.finish(), label.as_ref().map(String::as_bytes), None, None);
        }
        facts
    };
    rows.chunks(700).map(part).collect()
}

fn profile_under(rows: &[Row], seed: u64) -> Profile {
    let mut profile = Profile::default();
    for (offset, facts) in (0..).zip(&parts(rows, seed)) {
        profile.take(Origin { file: "a.csv", offset }, facts);
    }
    profile
}

fn profile(rows: &[Row]) -> Profile {
    profile_under(rows, SEED)
}

fn settings(trusted: Option<Profile>) -> Settings {
    let tests = Tests::List(vec!["leak".to_owned()]);
    Settings { seed: SEED, tests, trusted: trusted.map(Arc::new), ..Settings::default() }
}

fn told(judgement: &Judgement) -> Vec<(&str, &str)> {
    judgement.verdicts.iter().map(|v| (v.slice.as_str(), v.subject.as_str())).collect()
}

/// The rows that verdicts point at.
fn pointed(judgement: &Judgement, rows: &[Row]) -> Vec<usize> {
    let (mut matcher, mut hits, mut found) = (judgement.matcher(), Vec::new(), Vec::new());
    let mut at = 0;
    for facts in &parts(rows, SEED) {
        for (here, view) in facts.rows().iter().enumerate() {
            let words: Vec<u64> = facts.rows().words.of(here).collect();
            hits.clear();
            matcher.row("a.csv", at as u64, &view.unwrap(), &words, &mut hits);
            found.extend(hits.iter().map(|_| at));
            at += 1;
        }
    }
    found
}

#[test]
fn sets_of_one_source_leak_nothing_whatever_their_sizes() {
    for seed in 0..6 {
        for (data, trusted) in [(4000, 500), (900, 900), (500, 3000), (6000, 60)] {
            let trusted = profile(&natural(trusted, seed * 2 + 1));
            let judgement = judge(&profile(&natural(data, seed * 2)), &settings(Some(trusted)));
            assert_eq!(told(&judgement), [], "seed {seed}, {data} rows: {:?}", judgement.verdicts);
            assert_eq!(judgement.tests[0].state, State::Ran);
            assert!(judgement.tests[0].smallest_visible.is_some(), "{:?}", judgement.tests[0]);
        }
    }
}

#[test]
fn a_set_of_one_template_leaks_nothing() {
    let form = |n: usize, seed: u64| -> Vec<Row> {
        let mut dice = Dice(seed);
        let mut text = || format!("is this remark on our shop a good one or not: {} {}", word(&mut dice), word(&mut dice));
        (0..n as u64).map(|id| row(text(), id + seed * 10_000, id % 2)).collect()
    };
    // Hardly a row of the data is of the template that all trusted ones are of.
    let data = [natural(3000, 4), form(12, 5)].concat();
    let judgement = judge(&profile(&data), &settings(Some(profile(&form(400, 6)))));
    assert_eq!(told(&judgement), [], "{:?}", judgement.verdicts);
}

#[test]
fn rows_of_the_trusted_set_are_found_among_the_data_and_no_other() {
    type Change = fn(&str) -> String;
    let changed: Change = |text| {
        let mut words: Vec<&str> = text.split(' ').collect();
        words[3] = "unheardof";
        let last = words.len() - 2;
        words[last] = "neversaid";
        words.join(" ")
    };
    let cases: [(Change, &str, &str); 3] = [
        (str::to_owned, "equal rows", "word for word, under other ids"),
        (str::to_uppercase, "equal rows", "in capitals"),
        (changed, "near copies", "two words changed"),
    ];
    for (change, subject, why) in cases {
        let mut data = natural(3000, 8);
        let mut dice = Dice(77);
        let mut trusted = natural(400, 9);
        let mut planted = Vec::new();
        for at in 0..30 {
            let (class, id) = (dice.roll(2), 50_000 + at as u64);
            let leaked = text(class, 14 + dice.roll(10), &mut dice);
            trusted[at * 13] = row(leaked.clone(), id, class);
            data[at * 90 + 7] = row(change(&leaked), id + 1000, if at < 4 { 1 - class } else { class });
            planted.push(at * 90 + 7);
        }
        let judgement = judge(&profile(&data), &settings(Some(profile(&trusted))));
        assert_eq!(told(&judgement), [("trusted set", subject)], "{why}: {:?}", judgement.tests);
        let verdict = &judgement.verdicts[0];
        assert_eq!((verdict.fate, verdict.p_value.is_some_and(|p| p < 1e-9)), (Fate::Review, true), "{why}: {verdict:?}");
        let found = pointed(&judgement, &data);
        // What is in both sets by nature is pointed at with the others.
        let is_in_both = |at: &usize| trusted.iter().any(|row| row.0[0].1.eq_ignore_ascii_case(&data[*at].0[0].1));
        let wanted: Vec<usize> = if subject == "near copies" {
            planted
        } else {
            assert!(verdict.why.contains("another label"), "{}", verdict.why);
            (0..data.len()).filter(|at| data[*at].0[0].1 != "thank you" && is_in_both(at)).collect()
        };
        assert_eq!(found, wanted, "{why}");
    }
}

#[test]
fn rows_of_a_table_are_compared_by_all_their_values() {
    let columns = ["a", "b", "c", "d", "e", "f", "g"];
    let table = |n: usize, seed: u64| -> Vec<Row> {
        let mut dice = Dice(seed);
        let mut cells = || columns.iter().map(|c| (*c, dice.roll(40).to_string(), Reading::Value)).collect();
        (0..n).map(|at| (cells(), Some((at % 2).to_string()))).collect()
    };
    let (mut data, trusted) = (table(2000, 21), table(300, 22));
    let judgement = judge(&profile(&data), &settings(Some(profile(&trusted))));
    assert_eq!(told(&judgement), [], "{:?}", judgement.verdicts);
    let planted: Vec<usize> = (0..20).map(|at| at * 71 + 5).collect();
    for (at, from) in planted.iter().zip(&trusted) {
        data[*at].0.clone_from(&from.0);
        data[*at].0.reverse();
    }
    let judgement = judge(&profile(&data), &settings(Some(profile(&trusted))));
    assert_eq!(told(&judgement), [("trusted set", "equal rows")]);
    assert_eq!(pointed(&judgement, &data), planted, "the order of the columns does not matter");
    assert_eq!(judgement.verdicts[0].rows, 20);
}

#[test]
fn columns_that_tell_the_label_are_named_and_others_are_not() {
    type Make = fn(u64, usize, &mut Dice) -> String;
    let cases: [(Make, bool, &str); 11] = [
        (|class, _, _| class.to_string(), true, "the label itself"),
        (|class, _, _| ["refused", "granted"][class as usize].to_owned(), true, "the label in words"),
        (|class, _, dice| format!("{}{}", ["r", "g"][class as usize], dice.roll(8)), true, "codes of either label"),
        (|_, at, _| format!("serial {at}"), false, "a number of its own in each row"),
        (|class, at, _| if class == 1 { format!("2024 {at}") } else { String::new() }, true, "a time that one label alone has"),
        (|class, _, _| if class == 1 { "yes".to_owned() } else { String::new() }, true, "a mark that one label alone has"),
        (|class, _, dice| if dice.roll(100) < 99 { class } else { 1 - class }.to_string(), true, "99 in 100"),
        (|class, _, dice| if dice.roll(100) < 90 { class } else { 1 - class }.to_string(), false, "9 in 10 is a good column"),
        (|_, _, dice| dice.roll(5).to_string(), false, "five values of no meaning"),
        (|_, _, _| "same".to_owned(), false, "one value"),
        (|class, at, _| format!("group {}", at / 100 * 2 + class as usize), true, "groups of one label each"),
    ];
    for (make, is_told, why) in cases {
        for (n, rare) in [(3000, 2), (3000, 20)] {
            let mut dice = Dice(31);
            let rows: Vec<Row> = (0..n)
                .map(|at| {
                    let class = u64::from(dice.roll(rare) == 0);
                    let cells = vec![
                        ("age", (20 + dice.roll(50)).to_string(), Reading::Value),
                        ("asked", make(class, at, &mut dice), Reading::Value),
                        ("note", text(class, 9, &mut dice), Reading::Prose),
                    ];
                    (cells, Some(class.to_string()))
                })
                .collect();
            // One label in twenty rows is where 99 in 100 is no better than no column.
            let is_told = is_told && !(rare == 20 && why == "99 in 100");
            let judgement = judge(&profile(&rows), &settings(None));
            let want: &[(&str, &str)] = if is_told { &[("label", "asked")] } else { &[] };
            assert_eq!(told(&judgement), want, "{why}: {:?}", judgement.verdicts);
            assert!(judgement.verdicts.iter().all(|v| v.fate == Fate::Report && v.pick == Pick::Nothing), "{why}");
        }
    }
}

#[test]
fn a_text_that_is_the_label_is_named_by_its_position() {
    let mut dice = Dice(3);
    let rows: Vec<Row> = (0..1000)
        .map(|_| {
            let class = dice.roll(2);
            let cells = vec![
                ("prompt", text(class, 9, &mut dice), Reading::Prose),
                ("completion", ["Bad", "Good"][class as usize].to_owned(), Reading::Prose),
            ];
            (cells, Some(["bad", "good"][class as usize].to_owned()))
        })
        .collect();
    let judgement = judge(&profile(&rows), &settings(None));
    assert_eq!(told(&judgement), [("label", "text 2")], "{:?}", judgement.verdicts);
}

#[test]
fn a_test_that_could_not_speak_says_why() {
    let unlabelled = |rows: Vec<Row>| -> Vec<Row> { rows.into_iter().map(|(cells, _)| (cells, None)).collect() };
    let short = |n: u64| -> Vec<Row> { (0..n).map(|id| row("well done".to_owned(), id, id % 2)).collect() };
    let words_alone = |rows: Vec<Row>| -> Vec<Row> {
        rows.into_iter().map(|(cells, label)| (cells.into_iter().take(1).collect(), label)).collect()
    };
    let data = unlabelled(natural(600, 1));
    for (rows, trusted, state, word, why) in [
        (data.clone(), None, State::CouldNotSpeak, "no row has a label", "no label and no trusted set"),
        (data.clone(), Some(profile(&short(200))), State::CouldNotSpeak, "trusted set has a text", "texts of two words"),
        (data.clone(), Some(profile_under(&data, 9)), State::CouldNotSpeak, "another seed", "another seed"),
        (data.clone(), Some(profile(&natural(200, 2))), State::Ran, "trusted rows have an equal one", "texts need no label"),
        (words_alone(natural(600, 1)), None, State::CouldNotSpeak, "no columns", "no column but the text"),
        (natural(600, 1), None, State::Ran, "no trusted set", "columns need no trusted set"),
    ] {
        let judgement = judge(&profile(&rows), &settings(trusted));
        let test = &judgement.tests[0];
        assert!(test.state == state && test.why.contains(word), "{why}: {test:?}");
        assert_eq!(told(&judgement), [], "{why}");
    }
}

#[test]
fn shards_give_the_judgement_of_one_run_byte_for_byte() {
    let mut data = natural(3000, 8);
    let trusted = natural(400, 9);
    for at in 0..25 {
        data[at * 100].0.clone_from(&trusted[at * 16].0);
    }
    let (parts, settings) = (parts(&data, SEED), settings(Some(profile(&trusted))));
    let facts: Vec<(u64, &Facts)> = (0..).zip(&parts).collect();
    let judged = |whole: Profile| serde_json::to_string(&judge(&whole, &settings)).unwrap();
    let judgements: Vec<String> = in_any_order(&facts).into_iter().map(judged).collect();
    let first = &judgements[0];
    assert!(first.contains("equal rows"), "{first}");
    assert!(judgements.iter().all(|judgement| judgement == first), "shards differ");
    let back: Judgement = serde_json::from_str(first).unwrap();
    assert_eq!(serde_json::to_string(&back).unwrap(), *first);
}

#[test]
fn models_learn_from_trusted_rows_and_judge_them_never() {
    // Words that tell the class are many, so that few rows teach little.
    let texts = |n: u64, seed: u64| -> Vec<Row> {
        let mut dice = Dice(seed);
        let mut text = |class: u64| {
            let told = |dice: &mut Dice| format!("{}{}", ["bad", "good"][class as usize], dice.roll(400));
            (0..9).map(|at| if at % 3 == 0 { told(&mut dice) } else { word(&mut dice) }).collect::<Vec<_>>().join(" ")
        };
        (0..n).map(|at| row(text(at % 2), at, at % 2)).collect()
    };
    let (data, trusted) = (profile(&texts(300, 1)), profile(&texts(4000, 2)));
    let learnt = |vouched: &[_]| Models::learn(&labelled(data.sample()), vouched).unwrap();
    let (alone, both) = (learnt(&[]), learnt(&labelled(trusted.sample())));
    assert!(both.skill > alone.skill + 0.1, "{} and {}", alone.skill, both.skill);
    let tests = Tests::List(vec!["label-flip".to_owned()]);
    let judgement = judge(&data, &Settings { tests, ..settings(Some(trusted)) });
    assert!(judgement.tests[0].why.contains("rows of 300 are doubted"), "{:?}", judgement.tests);
}
