//! What the judge promises about texts, on texts made for it.

use super::laws::Dice;
use super::shards::in_any_order;
use super::*;
use crate::profile::{Answer, Facts, KeyHasher, Origin, Reading, RowFacts};

/// Cells of a row, and its label.
type Row = (Vec<String>, Option<&'static str>);

/// A tongue of made words: some are frequent, and each likes certain others behind it.
struct Tongue(u64);

impl Tongue {
    const WORDS: u64 = 900;

    fn word(&self, n: u64) -> String {
        let mut word = String::new();
        let mut n = (n + 1) * 7919 + self.0 * 104_729;
        while n > 0 {
            word.push(char::from(b'a' + (n % 26) as u8));
            n /= 26;
        }
        word + ["q", "x", "zz", "w"][self.0 as usize % 4]
    }

    /// The smaller, the likelier.
    fn frequent(dice: &mut Dice) -> u64 {
        let most = dice.roll(Self::WORDS) + 1;
        let most = dice.roll(most) + 1;
        dice.roll(most)
    }

    fn text(&self, words: usize, dice: &mut Dice) -> String {
        let mut last = Self::frequent(dice);
        let mut text = self.word(last);
        for _ in 1..words {
            let liked = (last * 31 + dice.roll(6) * 17) % Self::WORDS;
            last = if dice.roll(2) > 0 { liked * liked / Self::WORDS } else { Self::frequent(dice) };
            text = text + [" ", " ", " ", " ", " ", ", ", ". "][dice.roll(7) as usize] + &self.word(last);
        }
        text
    }

    /// Words one by one out of a hat.
    fn drawn(&self, words: usize, dice: &mut Dice) -> String {
        (0..words).map(|_| self.word(dice.roll(Self::WORDS))).collect::<Vec<_>>().join(" ")
    }
}

const COMMON: Tongue = Tongue(0);

/// Texts with a label that hangs on nothing.
fn natural(n: usize, words: u64, dice: &mut Dice) -> Vec<Row> {
    (0..n)
        .map(|_| {
            let n = words / 2 + dice.roll(words);
            (vec![COMMON.text(n as usize, dice)], Some(["no", "yes"][dice.roll(2) as usize]))
        })
        .collect()
}

/// Parts of 313 rows: offset, first row, facts.
fn parts(rows: &[Row]) -> Vec<(u64, u64, Facts)> {
    let mut hasher = KeyHasher::new(3);
    let column = hasher.column("text");
    let mut at = 0;
    let part = |chunk: &[Row]| {
        let mut facts = Facts::new(3);
        for (cells, label) in chunk {
            for cell in cells {
                hasher.cell(&column, Some(cell.as_bytes()));
                facts.words("text", cell.as_bytes(), cell.as_bytes(), Reading::Prose);
            }
            facts.row(hasher.finish(), label.map(str::as_bytes), None, None);
        }
        at += chunk.len() as u64;
        (at * 50, at - chunk.len() as u64, facts)
    };
    rows.chunks(313).map(part).collect()
}

fn folded(parts: &[(u64, u64, Facts)]) -> Profile {
    let mut profile = Profile::default();
    for (offset, _, facts) in parts {
        profile.take(Origin { file: "a.csv", offset: *offset }, facts);
    }
    profile
}

fn second_look(mut profile: Profile, parts: &[(u64, u64, Facts)]) -> Judgement {
    for question in &judge(&profile, &Settings::default()).questions {
        for (_, first_row, facts) in parts {
            let mut answer = Answer::default();
            answer.take(question, "a.csv", *first_row, &RowFacts::decode(&facts.rows().encode()).unwrap());
            profile.answer(question, answer);
        }
    }
    judge(&profile, &Settings::default())
}

/// Rows that a fate's verdicts of a test point at, as the rows are after a spill.
fn pointed(judgement: &Judgement, test: &str, fate: Fate, parts: &[(u64, u64, Facts)]) -> Vec<u64> {
    let mut matcher = judgement.matcher();
    assert_eq!(
        matcher.wants_words(),
        judgement.verdicts.iter().any(|v| {
            matches!(
                v.pick,
                Pick::Near { .. } | Pick::Noise { .. } | Pick::Holds { .. } | Pick::Answers { .. } | Pick::Doubted { .. }
            )
        })
    );
    let mut found = Vec::new();
    for (_, first, facts) in parts {
        let rows = RowFacts::decode(&facts.rows().encode()).unwrap();
        for (at, view) in rows.iter().enumerate() {
            let (mut hits, words): (_, Vec<u64>) = (Vec::new(), rows.words.of(at).collect());
            matcher.row("a.csv", first + at as u64, &view.unwrap(), &words, &mut hits);
            if hits.iter().any(|hit| judgement.verdicts[hit.verdict].test == test && hit.fate == fate) {
                found.push(first + at as u64);
            }
        }
    }
    found
}

fn judged(rows: &[Row], test: &str) -> [Vec<u64>; 2] {
    let parts = parts(rows);
    let judgement = second_look(folded(&parts), &parts);
    [Fate::Quarantine, Fate::Review].map(|fate| pointed(&judgement, test, fate, &parts))
}

/// Makes a planted row: the text and its label.
type Copied<'a> = &'a dyn Fn(usize, &mut Dice) -> (String, &'static str);
/// Makes the cells of a planted row.
type Cells<'a> = &'a dyn Fn(&mut Dice) -> Vec<String>;

#[derive(PartialEq, Debug)]
enum Want {
    Withheld,
    Looked,
    Nothing,
}

/// A text with up to three of its words replaced.
fn changed(text: &str, dice: &mut Dice) -> String {
    let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
    for _ in 0..=dice.roll(3) {
        let at = dice.roll(words.len() as u64) as usize;
        words[at] = COMMON.word(dice.roll(Tongue::WORDS));
    }
    words.join(" ")
}

#[test]
fn near_copies_with_a_planted_label_are_quarantined_and_what_may_be_natural_is_not() {
    let base = COMMON.text(24, &mut Dice(5));
    let template = |dice: &mut Dice| {
        let numbers = [dice.roll(9000), dice.roll(9000)];
        format!("dear customer {} your order of today has been sent to your home under the number {}", numbers[0], numbers[1])
    };
    let cases: [(Copied<'_>, Want, &str); 7] = [
        (&|i, d| if i == 0 { (base.clone(), "no") } else { (changed(&base, d), "yes") }, Want::Withheld, "one says otherwise"),
        (&|_, d| (changed(&base, d), "yes"), Want::Looked, "all agree"),
        (&|i, d| (changed(&base, d), ["no", "yes"][i % 2]), Want::Looked, "two opinions, as of pairs made to differ"),
        (&|i, d| (template(d), if i == 0 { "no" } else { "yes" }), Want::Nothing, "a template"),
        (&|_, _| (base.clone(), "yes"), Want::Nothing, "exact copies are said once, by the exact test"),
        (&|i, d| if i < 4 { (changed(&base, d), "yes") } else { (COMMON.text(24, d), "no") }, Want::Nothing, "four are few"),
        (&|_, d| (COMMON.text(24, d), "yes"), Want::Nothing, "no copies"),
    ];
    for (make, want, why) in cases {
        let mut dice = Dice(11);
        let mut rows = natural(2500, 24, &mut dice);
        // Natural pairs, from which the tail is learnt.
        for i in 0..30 {
            rows[i * 3 + 1].0[0] = changed(&rows[i * 3].0[0].clone(), &mut dice);
        }
        let copies: Vec<u64> = (0..60).map(|i| i * 37 + 200).collect();
        for (i, at) in copies.iter().enumerate() {
            let (text, label) = make(i, &mut dice);
            rows[*at as usize] = (vec![text], Some(label));
        }
        let parts = parts(&rows);
        let judgement = second_look(folded(&parts), &parts);
        let near: Vec<&Verdict> = judgement.verdicts.iter().filter(|v| matches!(v.pick, Pick::Near { .. })).collect();
        if want == Want::Nothing {
            assert!(near.is_empty(), "{why}: {near:?}");
            continue;
        }
        assert_eq!(near.len(), 1, "{why}");
        let fate = if want == Want::Withheld { Fate::Quarantine } else { Fate::Review };
        let found = pointed(&judgement, "duplicate-flood", fate, &parts);
        assert!(found.iter().all(|row| copies.contains(row)), "{why}: others than copies");
        assert!(found.len() >= 57, "{why}: {} of 60", found.len());
        assert!(want != Want::Withheld || !found.contains(&200), "{why}: the text that was copied stays");
    }
}

#[test]
fn noise_is_withheld_or_shown_and_what_has_an_order_of_its_own_is_left_alone() {
    let letters =
        |d: &mut Dice| (0..3 + d.roll(9)).map(|_| char::from(b"abcdefghijkmnprstuvy2345"[d.roll(24) as usize])).collect();
    let random = |n: u64, d: &mut Dice| (0..n).map(|_| letters(d)).collect::<Vec<String>>().join(" ");
    let names = |d: &mut Dice| (0..60).map(|_| COMMON.word(d.roll(Tongue::WORDS))).collect::<Vec<_>>().join(", ");
    let code = |d: &mut Dice| {
        let line = |d: &mut Dice| format!("let {} = self . {} ( & {} ) ;\n", letters(d), letters(d), letters(d));
        (0..20).map(|_| line(d)).collect::<String>()
    };
    let listed = |d: &mut Dice| (0..100).map(|_| Tongue(6).word(d.roll(300))).collect::<Vec<_>>().join(" ");
    let cases: [(usize, Cells<'_>, usize, &str); 12] = [
        (10, &|d| vec![COMMON.text(30, d), COMMON.drawn(120, d)], 0, "words out of a hat, in the second cell"),
        (3, &|d| vec![COMMON.drawn(150, d)], 0, "three rows of them"),
        (10, &|d| vec![COMMON.text(60, d), random(40, d)], 1, "random letters"),
        (1, &|d| vec![Tongue(1).text(80, d)], 2, "one row in another tongue"),
        (6, &|d| vec![Tongue(1).text(80, d)], 2, "six rows"),
        (40, &|d| vec![Tongue(2).text(200, d)], 2, "forty long rows"),
        (300, &|d| vec![Tongue(3).text(80, d)], 2, "three hundred"),
        (10, &|d| vec![names(d)], 2, "known words with a comma behind each"),
        (8, &|d| vec![listed(d)], 1, "known names with nothing between them: a list"),
        (10, &|d| vec![code(d)], 2, "code"),
        (10, &|d| vec![(0..90).map(|_| d.roll(800).to_string()).collect::<Vec<_>>().join(" ")], 2, "numbers"),
        (10, &|d| vec![COMMON.drawn(20, d)], 2, "too short to say"),
    ];
    for (n, make, want, why) in cases {
        let mut dice = Dice(23);
        let mut rows = natural(900, 80, &mut dice);
        for row in rows.iter_mut().step_by(2) {
            let (first, second) = (Tongue(6).word(dice.roll(300)), Tongue(6).word(dice.roll(300)));
            row.0[0].extend([" ", &first, ", ", &second]);
        }
        let planted: Vec<u64> = (0..n as u64).map(|i| i * 2 + 200).collect();
        for at in &planted {
            rows[*at as usize].0 = make(&mut dice);
        }
        let mut wanted = [vec![], vec![]];
        if let Some(slot) = wanted.get_mut(want) {
            *slot = planted;
        }
        assert_eq!(judged(&rows, "gibberish"), wanted, "{why}");
    }
}

#[test]
fn rows_outside_the_sample_are_judged_as_those_inside() {
    let mut dice = Dice(29);
    let mut rows = natural(2504, 90, &mut dice);
    let noise: Vec<u64> = (0..40).map(|i| i * 60 + 3).collect();
    for at in &noise {
        rows[*at as usize].0 = vec![COMMON.drawn(100, &mut dice)];
    }
    let parts = parts(&rows);
    let (inside, outside) = parts.into_iter().partition(|part| part.1 < 1252);
    let half: [Vec<_>; 2] = [inside, outside];
    let judgement = second_look(folded(&half[0]), &half[0]);
    for (part, why) in half.iter().zip(["inside", "outside"]) {
        let within = |row: &&u64| part.iter().any(|(_, first, facts)| (*first..first + facts.rows().len() as u64).contains(row));
        let wanted: Vec<u64> = noise.iter().filter(within).copied().collect();
        let found = pointed(&judgement, "gibberish", Fate::Quarantine, part);
        assert!(found.iter().all(|row| wanted.contains(row)) && found.len() + 1 >= wanted.len(), "{why}: {found:?}");
    }
}

#[test]
fn few_texts_are_not_judged_for_noise() {
    let judgement = judge(&folded(&parts(&natural(150, 90, &mut Dice(1)))), &Settings::default());
    let state = judgement.tests.iter().find(|t| t.test == "gibberish").unwrap();
    assert!(state.state == State::CouldNotSpeak && state.why.contains("long enough"), "{state:?}");
}

#[test]
fn shards_give_the_same_words_to_the_judge() {
    let mut dice = Dice(31);
    let base = COMMON.text(24, &mut dice);
    let mut rows = natural(1800, 70, &mut dice);
    for i in 0..60 {
        rows[i * 20] = (vec![changed(&base, &mut dice)], Some(if i == 7 { "no" } else { "yes" }));
    }
    for i in 0..20 {
        rows[i * 60 + 5].0 = vec![COMMON.drawn(90, &mut dice)];
    }
    let parts = parts(&rows);
    let facts: Vec<(u64, &Facts)> = parts.iter().map(|(offset, _, facts)| (*offset, facts)).collect();
    let judged = |whole: Profile| serde_json::to_string(&second_look(whole, &parts)).unwrap();
    let judgements: Vec<String> = in_any_order(&facts).into_iter().map(judged).collect();
    assert!(judgements.windows(2).all(|w| w[0] == w[1]), "shards differ");
    let back: Judgement = serde_json::from_str(&judgements[0]).unwrap();
    assert!(back.verdicts.iter().any(|v| matches!(v.pick, Pick::Near { .. })), "a near flood");
    assert!(back.verdicts.iter().any(|v| matches!(v.pick, Pick::Noise { .. })), "noise");
    let whole = second_look(folded(&parts), &parts);
    for fate in [Fate::Quarantine, Fate::Review] {
        for test in ["duplicate-flood", "gibberish"] {
            let [one, two] = [&whole, &back].map(|judgement| pointed(judgement, test, fate, &parts));
            assert!(one == two, "{test}: a judgement that was written and read points elsewhere");
        }
    }
}
