//! Shipped packs keep their promises, through the scanner and through the reference.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use base64::Engine;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};
use untaint::batch::{Block, Cell, Column, Finding, Form};
use untaint::detect::reference::Reference;
use untaint::detect::{AllowList, Catalogue, PACKS, Profile, Scanner, Scratch, Selection, Severity, View, pack};

struct Both {
    scanner: Scanner,
    reference: Reference,
}

fn both(selection: &Selection) -> Both {
    let catalogue = Arc::new(Catalogue::builtin().unwrap());
    Both { scanner: Scanner::new(&catalogue, selection).unwrap(), reference: Reference::new(&catalogue, selection).unwrap() }
}

static ALL: LazyLock<Both> = LazyLock::new(|| both(&Selection { profile: Profile::All, ..Selection::default() }));

fn column(name: &str) -> Column {
    Column { name: name.to_owned(), elements: name.split('.').map(str::to_owned).collect() }
}

fn scanned(text: &str, view: &View) -> Vec<Finding> {
    let mut out = Vec::new();
    ALL.scanner.scan_text(text.as_bytes(), view, &mut Scratch::default(), &mut out);
    out
}

fn referred(text: &str, view: &View) -> Vec<Finding> {
    let mut out = Vec::new();
    ALL.reference.scan_text(text.as_bytes(), view, &mut out);
    out
}

#[test]
fn every_entry_finds_and_ignores_what_it_says() {
    let mut told = Vec::new();
    for (file, text) in PACKS {
        told.extend(pack::check(file, text).iter().map(|p| format!("{file}: {p}")));
    }
    assert!(told.is_empty(), "{}", told.join("\n"));
}

#[test]
fn every_entry_has_two_examples_of_each_kind_and_a_source() {
    for d in ALL.scanner.catalogue().detectors().iter().filter(|d| d.parent.is_none()) {
        let found: usize = d.finds.iter().map(|e| e.spans.len()).sum();
        assert!(found >= 1 && d.ignores.len() >= 2, "{}", d.id);
        assert!(d.source.len() > 5, "{}", d.id);
    }
}

#[test]
fn scanner_and_reference_agree_on_every_example_with_all_detectors_at_work() {
    for d in ALL.scanner.catalogue().detectors() {
        for example in d.finds.iter().chain(&d.ignores) {
            let view = ALL.scanner.column(&column(example.column.as_deref().unwrap_or_default()));
            assert_eq!(scanned(&example.text, &view), referred(&example.text, &view), "{}: {}", d.id, example.text);
        }
    }
}

#[test]
fn values_alone_in_running_text_are_found() {
    let table = [
        ("536-22-8726", "us.ssn"),
        ("DE89 3704 0044 0532 0130 00", "finance.iban"),
        ("4111 1111 1111 1111", "finance.payment-card"),
        ("203.0.113.77", "network.ipv4"),
        ("maria.keller@mailbox.org", "contact.email"),
        ("tom.ward@corp.example", "contact.email"),
        ("+1 415 555 0134", "contact.phone"),
    ];
    for (value, id) in table {
        for text in [value.to_owned(), format!("the order was late {value}, and more"), format!("({value})\nnext")] {
            let found = scanned(&text, &View::default());
            assert_eq!(found.len(), 1, "{text}");
            assert_eq!(ALL.scanner.catalogue().get(found[0].detector).unwrap().id, id, "{text}");
            assert_eq!(&text[found[0].start as usize..found[0].end as usize], value);
        }
    }
}

#[test]
fn bare_numbers_without_context_are_never_found() {
    for text in
        ["9434765919", "130692544", "021000021", "490154203237518", "536228726", "4155550134", "row 130692544 of 490154203237518"]
    {
        assert!(scanned(text, &View::default()).is_empty(), "{text}");
    }
}

/// The law of low noise, asked of every example and of ten thousand numbers that nobody issued: without a word for it a plain
/// number is a value only where chance passes its check less than twice in a hundred times, or where it is a card's.
#[test]
fn a_plain_number_in_a_sentence_is_no_value_where_chance_passes_its_check() {
    let catalogue = ALL.scanner.catalogue();
    let examples = catalogue.detectors().iter().flat_map(|d| d.finds.iter());
    let mut numbers: BTreeSet<String> =
        examples.flat_map(|e| e.spans.iter().map(|span| e.text[span.clone()].to_owned())).collect();
    numbers.retain(|n| n.bytes().all(|b| b.is_ascii_digit()));
    assert!(numbers.len() > 150, "{}", numbers.len());
    let mut state = 1_u64;
    for i in 0..10_000 {
        let digit = |state: &mut u64| {
            *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(b'0' + (*state >> 40) as u8 % 10)
        };
        numbers.insert((0..6 + i % 10).map(|_| digit(&mut state)).collect());
    }
    let views = [View::default(), ALL.scanner.column(&column("value")), ALL.scanner.column(&column("reading"))];
    let mut told = Vec::new();
    for number in &numbers {
        for (text, view) in [format!("it was {number} then"), number.clone(), number.clone()].iter().zip(&views) {
            for f in scanned(text, view) {
                let d = catalogue.get(f.detector).unwrap();
                let telling = d.check.is_some_and(|check| check.chance < 0.02);
                if !telling && d.id != "finance.payment-card" {
                    told.push(format!("{}: {text}", d.id));
                }
            }
        }
    }
    assert!(told.is_empty(), "{}", told.join("\n"));
}

#[test]
fn a_word_in_the_columns_name_reads_a_cell_in_capitals() {
    let passport = ALL.scanner.column(&column("passport_no"));
    let table = [
        ("c01x00t47", 1, "a passport number typed small"),
        ("  'c01x00t47' ", 1, "blanks and quotes around it"),
        ("mine is c01x00t47", 0, "a text"),
        ("C01X00T47", 1, "in capitals anyway"),
        ("unknown", 0, "no digit"),
        ("c01x00t47c01x00t47c01x00t47c01x00t47c01x00t47c01x00t47", 0, "longer than any number"),
    ];
    for (text, count, why) in table {
        let found = scanned(text, &passport);
        assert_eq!(found.len(), count, "{why}");
        assert_eq!(found, referred(text, &passport), "{why}");
        for f in &found {
            assert!(text[f.start as usize..f.end as usize].eq_ignore_ascii_case("c01x00t47"), "{why}");
        }
    }
    assert!(scanned("c01x00t47", &ALL.scanner.column(&column("file_name"))).is_empty());
}

#[test]
fn failed_checks_with_context_are_their_own_kind() {
    let found = scanned("my credit card 4111 1111 1111 1112 thanks", &View::default());
    let got: Vec<_> = found
        .iter()
        .map(|f| (ALL.scanner.catalogue().get(f.detector).unwrap().id.as_str(), f.confidence, f.start, f.end))
        .collect();
    assert_eq!(got, [("finance.payment-card.unchecked", 50, 15, 34)]);
    assert_eq!(ALL.scanner.catalogue().get(found[0].detector).unwrap().tag(), "<PAYMENT_CARD>");
    let found = scanned("IBAN DE89 3700 0440 0532 0130 00 OK", &View::default());
    let got: Vec<_> =
        found.iter().map(|f| (ALL.scanner.catalogue().get(f.detector).unwrap().id.as_str(), f.start, f.end)).collect();
    assert_eq!(got, [("finance.iban.unchecked", 5, 32)]);
}

#[test]
fn a_serial_column_is_no_card_column_unless_the_cell_says_so() {
    let serials: Vec<String> = (0..400_u64).map(|i| (4_000_000_000_000_000 + i * 7_919_333_777).to_string()).collect();
    let view = ALL.scanner.look(&column("serial"), &mut serials.iter().map(String::as_bytes));
    assert!(scanned("4111111111111111", &view).is_empty());
    assert_eq!(scanned("card 4111111111111111", &view).len(), 1);
    assert_eq!(scanned("4111111111111111", &View::default()).len(), 1);
}

/// Ten digits with the check digit of British health numbers and of books, or nine with Luhn's.
fn passing(count: u32, luhn: bool) -> Vec<String> {
    let weight = |at: usize, digit: u32| match (luhn, at % 2) {
        (true, 1) => digit * 2 / 10 + digit * 2 % 10,
        (true, _) => digit,
        (false, _) => digit * (10 - at as u32),
    };
    let passes = |number: &String| {
        let digits = number.bytes().enumerate().map(|(at, b)| weight(at, u32::from(b - b'0')));
        digits.sum::<u32>() % if luhn { 10 } else { 11 } == 0
    };
    let start = if luhn { 732_800_000 } else { 943_476_000 };
    let candidates =
        (0..).map(|n| if luhn { format!("{}", start + n * 7) } else { format!("{}{}", start + n / 10 * 13, n % 10) });
    candidates.filter(passes).take(count as usize).collect()
}

#[test]
fn a_column_of_passing_numbers_is_found_without_a_name() {
    let cells = passing(20, false);
    let view = ALL.scanner.look(&column("c7"), &mut cells.iter().map(String::as_bytes));
    assert_eq!(scanned(&cells[0], &view).len(), 1);
    let view = ALL.scanner.look(&column("c7"), &mut std::iter::repeat_n(cells[0].as_bytes(), 20));
    assert_eq!(scanned(&cells[0], &view).len(), 0, "one value in all cells speaks once");
}

#[test]
fn columns_of_things_with_a_persons_check_are_left_alone() {
    for (name, luhn) in [("isbn10", false), ("asin", false), ("siren", true)] {
        let cells = passing(20, luhn);
        let cell = cells[0].as_str();
        let view = |name: &str| ALL.scanner.look(&column(name), &mut cells.iter().map(String::as_bytes));
        let found = scanned(cell, &view(name));
        let of_persons = |f: &&Finding| ALL.scanner.catalogue().get(f.detector).is_some_and(|d| d.recommended);
        assert_eq!(found.iter().filter(of_persons).count(), 0, "{name}");
        assert_eq!(scanned(cell, &view("c7")).len(), 1, "the sample alone speaks for it");
    }
}

#[test]
fn allowed_values_pass_and_are_counted() {
    let allow = AllowList { values: vec!["Ann@Example.com".to_owned()], patterns: vec![r"@corp\.example$".to_owned()] };
    let two = both(&Selection { allow, skip_samples: true, ..Selection::default() });
    let text = "ann@example.com, bob@corp.example, eve@mail.org, card 4111 1111 1111 1111";
    let (mut scratch, mut out, mut slow) = (Scratch::default(), Vec::new(), Vec::new());
    two.scanner.scan_text(text.as_bytes(), &View::default(), &mut scratch, &mut out);
    two.reference.scan_text(text.as_bytes(), &View::default(), &mut slow);
    assert_eq!(out, slow);
    assert_eq!(out.iter().map(|f| &text[f.start as usize..f.end as usize]).collect::<Vec<_>>(), ["eve@mail.org"]);
    let catalogue = two.scanner.catalogue();
    let counted: Vec<_> = scratch.take_allowed().into_iter().map(|(d, n)| (catalogue.get(d).unwrap().id.clone(), n)).collect();
    assert_eq!(counted, [("contact.email".to_owned(), 2), ("finance.payment-card".to_owned(), 1)]);
    assert!(scratch.take_allowed().is_empty());
}

#[test]
fn scratch_of_another_scanner_does_no_harm() {
    let other = both(&Selection { profile: Profile::None, detectors: vec!["us.*".to_owned()], ..Selection::default() });
    let mut scratch = Scratch::default();
    for _ in 0..2 {
        for (scanner, found) in [(&ALL.scanner, 2), (&other.scanner, 1)] {
            let mut out = Vec::new();
            scanner.scan_text(b"536-22-8726 a@mail.org", &View::default(), &mut scratch, &mut out);
            assert_eq!(out.len(), found);
        }
    }
}

#[test]
fn null_cells_are_skipped_and_names_decide_whole_cells() {
    let texts: Vec<String> = ["Maria", "", "12", "<NAME>", "a@mail.org"].map(str::to_owned).to_vec();
    let (part, mut block) = block(&texts, ",", false);
    block.cells[1].form = Form::Null;
    let views = [Arc::new(ALL.scanner.column(&column("customer.first_name")))];
    let mut out = Vec::new();
    ALL.scanner.scan(&part, &block, &views, &mut Scratch::default(), &mut out);
    let catalogue = ALL.scanner.catalogue();
    let got: Vec<_> = out.iter().map(|f| (f.cell, catalogue.get(f.detector).unwrap().id.as_str())).collect();
    assert_eq!(got, [(0, "person.name"), (4, "contact.email")]);
}

#[test]
fn what_a_column_names_is_found_beside_other_values() {
    let table = [
        ("full_name", "Maria Lang <maria@mail.org>", 27, "a name before an address"),
        ("street", "4111 1111 1111 1111 Main St", 27, "an address behind a card"),
        ("full_name", "<maria@mail.org>", 0, "an address alone is no name"),
        ("full_name", "Maria <NAME>", 0, "masked before"),
        ("full_name", "' <a@mail.org', <b@mail.org>'", 0, "values over the ends of the text between quotes"),
        ("full_name", "'<+49 30 901820'> '", 0, "a bracket over the end"),
    ];
    for (name, text, end, why) in table {
        let view = Arc::new(ALL.scanner.column(&column(name)));
        let found = scanned(text, &view);
        assert_eq!(found.iter().any(|f| (f.start, f.end) == (0, end)), end > 0, "{why}: {found:?}");
        assert_eq!(found, referred(text, &view), "{why}");
        let texts = vec!["x".to_owned(), text.to_owned(), "a@mail.org".to_owned(), text.to_owned()];
        let (part, block) = block(&texts, ",", false);
        let mut out = Vec::new();
        ALL.scanner.scan(&part, &block, &[view], &mut Scratch::default(), &mut out);
        let of = |cell: u32| out.iter().filter(|f| f.cell == cell).map(|f| Finding { cell: 0, ..*f }).collect::<Vec<_>>();
        assert_eq!((of(1), of(3)), (found.clone(), found), "{why}: in a block");
    }
}

#[test]
fn tags_say_country_first() {
    let catalogue = ALL.scanner.catalogue();
    for (id, tag) in [("contact.email", "<EMAIL>"), ("de.tax-id", "<DE_TAX_ID>"), ("us.ssn", "<US_SSN>")] {
        assert_eq!(catalogue.get(catalogue.find(id).unwrap()).unwrap().tag(), tag);
    }
}

#[test]
fn problems_come_with_lines_and_the_nearest_word() {
    let text = "[[detector]]\nid = \"my.thing\"\nname = \"x\"\nseverity = \"high\"\nsource = \"y\"\npattern = '(a'\nchek = \"luhn\"\n\n[[detector]]\nid = \"my.other\"\nname = \"x\"\nseverity = \"low\"\nsource = \"y\"\npattern = 'ab\\d'\ncheck = \"luhm\"\nfinds = [\"«ab1»\"]\n";
    let told: Vec<String> = pack::check("mine.toml", text).iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told[0].starts_with("line 6: my.thing: `pattern`:"), "{told:?}");
    assert_eq!(told[1], "line 7: my.thing: unknown key `chek`; the nearest is `check`");
    assert!(told[2].starts_with("line 15: my.other: unknown check `luhm`"), "{told:?}");
}

#[test]
fn an_anchor_far_behind_the_start_hides_no_match() {
    let mut catalogue = Catalogue::default();
    let head = "[[detector]]\nid = \"my.thing\"\nname = \"x\"\nseverity = \"high\"\nsource = \"y\"\n";
    catalogue.add_pack("mine.toml", &format!("{head}pattern = '[a-z]+@x'\nanchor = '@'\n")).unwrap();
    let catalogue = Arc::new(catalogue);
    let selection = Selection::default();
    let (scanner, reference) = (Scanner::new(&catalogue, &selection).unwrap(), Reference::new(&catalogue, &selection).unwrap());
    for length in [1, 255, 256, 257, 5000] {
        let text = format!("see {}@x", "a".repeat(length));
        let (mut fast, mut slow) = (Vec::new(), Vec::new());
        scanner.scan_text(text.as_bytes(), &View::default(), &mut Scratch::default(), &mut fast);
        reference.scan_text(text.as_bytes(), &View::default(), &mut slow);
        assert_eq!(fast, slow, "{length} letters");
        assert_eq!(fast.len(), 1, "{length} letters");
    }
}

#[test]
fn half_a_pair_of_marks_is_no_example() {
    let head = "[[detector]]\nid = \"my.thing\"\nname = \"x\"\nseverity = \"low\"\nsource = \"y\"\npattern = 'abc'\n";
    for example in ["abc»", "«abc", "abc"] {
        let told = pack::check("mine.toml", &format!("{head}finds = [\"{example}\"]\n"));
        assert!(told.iter().any(|p| p.line == 7 && p.message.contains("between « and »")), "{example}: {told:?}");
    }
}

/// A block of texts one behind the other; `glue` stands between them.
fn block(texts: &[String], glue: &str, side: bool) -> (Vec<u8>, Block) {
    let mut bytes = Vec::new();
    let mut block = Block { columns: vec![Arc::new(Column::default())], ..Block::default() };
    for text in texts {
        bytes.extend_from_slice(glue.as_bytes());
        let start = bytes.len() as u32;
        bytes.extend_from_slice(text.as_bytes());
        let end = bytes.len() as u32;
        block.cells.push(Cell {
            start,
            end,
            text_start: start,
            text_end: end,
            in_side: side,
            form: Form::Bare,
            column: 0,
            row: 0,
        });
    }
    if side {
        block.side = std::mem::take(&mut bytes);
    }
    (bytes, block)
}

fn planted() -> Vec<String> {
    let mut values: BTreeSet<String> = BTreeSet::new();
    for d in ALL.scanner.catalogue().detectors() {
        for e in d.finds.iter().chain(&d.ignores) {
            values.insert(e.text.clone());
            values.extend(e.spans.iter().map(|s| e.text[s.clone()].to_owned()));
        }
        values.extend(d.near.iter().take(2).cloned());
    }
    values.into_iter().collect()
}

/// A value as somebody writes it who does not want it found.
fn disguised(value: &str, how: u8) -> String {
    let each = |put: &dyn Fn(char) -> String| value.chars().map(put).collect::<String>();
    let bytes = |sign: &str| value.bytes().map(|b| format!("{sign}{b:02X}")).collect::<Vec<_>>().concat();
    let ascii = |c: char, from: u32| char::from_u32(c as u32 - 0x21 + from).unwrap_or(c).to_string();
    match how {
        0 => each(&|c| format!("{c}\u{200b}")),
        1 => each(&|c| format!("\u{ad}{c}")),
        2 => each(&|c| if c.is_ascii_graphic() { ascii(c, 0xFF01) } else { c.to_string() }),
        3 => each(&|c| c.to_digit(10).map_or(c.to_string(), |d| char::from_u32(0x0966 + d).unwrap().to_string())),
        4 => bytes("%"),
        5 => bytes("="),
        6 => bytes(""),
        7 => each(&|c| format!("&#{};", c as u32)),
        8 => base64::engine::general_purpose::STANDARD.encode(value),
        9 => base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(disguised(value, 4)),
        10 => each(&|c| format!("{c} ")),
        11 => each(&|c| format!("{c}-")),
        12 => value.replace('@', " [at] ").replace('.', "(dot)").replace([' ', '-'], "\u{a0}"),
        13 => value.replace(['-', ' '], "/").replace('1', "l"),
        14 => format!("\u{202e}{}\u{202c}", value.chars().rev().collect::<String>()),
        _ => value.to_owned(),
    }
}

#[test]
fn disguised_values_are_found_to_their_ends() {
    let values = [
        ("maria.keller@mailbox.org", "contact.email"),
        ("credit card 5425 2334 3010 9903", "finance.payment-card"),
        ("my SSN 536-22-8726", "us.ssn"),
    ];
    for (value, id) in values {
        for how in 0..=14 {
            let (words, number) = value
                .rsplit_once(|c: char| c.is_ascii_alphabetic())
                .filter(|_| !value.contains('@'))
                .map_or(("", value), |(_, number)| value.split_at(value.len() - number.len()));
            let hidden = disguised(number.trim_start(), how);
            let text = format!("Please note {words} {hidden} and more");
            let found = scanned(&text, &View::default());
            if how == 12 && !value.contains('@') && id != "us.ssn" {
                continue;
            }
            let got = found.iter().find(|f| ALL.scanner.catalogue().get(f.detector).unwrap().id.starts_with(id));
            let Some(got) = got else {
                assert!(how == 13 && value.contains('@') || how == 11 || how == 12, "{text:?}: {found:?}");
                continue;
            };
            let start = text.find(&hidden).unwrap();
            let hidden = hidden.trim_end_matches(['-', ' ']);
            let whole = got.start as usize <= start && got.end as usize >= start + hidden.len();
            assert!(whole, "{text:?} {how}: {}..{} of {}", got.start, got.end, text.len());
        }
    }
}

#[test]
fn natural_text_gives_no_alarm() {
    for text in [
        "René a payé 1\u{202f}234,50\u{a0}€ le 3 mars, n° 12 345 678",
        "السعر ١٢٣٤ ريال في عام ٢٠٢٤",
        "मूल्य ५००० रुपये, वर्ष २०२४",
        "👨‍👩‍👧 ❤️ 1️⃣ 2️⃣ 3️⃣ 🇺🇸",
        "Meet us at example dot com [at] noon (at the door)",
        "the series 3 1 4 1 5 9 2 6 5 3 5 8 9 7 9 3 and 0 1 0 0 1 0 1 1",
        "see https://shop.example/list?a=20&b=30%20x&c=%E2%82%AC",
        "sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 of InternationalBusinessMachines2024",
        "oid 1.3.6.1.4.1.311.21.20 at 2024/03/14 12:30",
        "ИНН Привет, iPhone-ом за 5 000 ₽ — да",
    ] {
        let mut found = scanned(text, &View::default());
        // The address of a page and a time of day are what they are, and no person's.
        found.retain(|f| ALL.scanner.catalogue().get(f.detector).is_some_and(|d| d.severity != Severity::Low));
        assert_eq!(found, [], "{text}");
    }
}

/// What stands between values: words, escapes, and what belongs to other encodings.
fn noise() -> impl Strategy<Value = String> {
    prop_oneof![
        1 => "[ a-z]{0,3}(%40|%2|&#64;|&lt;|=2E|=\n|\u{200b}|\u{a0}|\u{202e}|１|٣|é|— )[ a-z0-9]{0,3}",
        1 => " ([0-9a-z][ -]){0,9}| [at] | dot |[Il0-9]{0,5}/|YW5uQGV4|%2561",
        3 => "[ a-z,.]{0,12}",
        1 => r#"[a-z{ ]{0,2}(\\\\|\\|)(\\[nt"\\/x]|\\u0040|\\x31|\\ud83d)[}a-z0-9]{0,2}"#,
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(300), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn cells_that_are_values_or_come_again_are_found_as_by_the_reference(
        picked in proptest::collection::vec((any::<proptest::sample::Index>(), "[0-9 ]{0,3}|[0-9]{1,7}", any::<bool>()), 1..8),
        name in any::<proptest::sample::Index>(),
    ) {
        let values = planted();
        let names = ["", "phone", "card", "email", "ip", "iban", "ssn", "birth_date", "name", "zip", "account", "street"];
        let view = Arc::new(ALL.scanner.column(&Column { name: (*name.get(&names)).to_owned(), ..Column::default() }));
        let text = |(value, noise, before): &(proptest::sample::Index, String, bool)| match (value.get::<String>(&values), before) {
            (value, true) => format!("{noise}{value}"),
            (value, false) => format!("{value}{noise}"),
        };
        let mut texts: Vec<String> = picked.iter().map(text).collect();
        texts.extend(picked.iter().map(|p| p.0.get::<String>(&values).clone()));
        texts.extend_from_within(..texts.len() / 2);
        let (part, block) = block(&texts, ",", false);
        let want: Vec<Finding> = (0_u32..)
            .zip(&texts)
            .flat_map(|(cell, text)| referred(text, &view).into_iter().map(move |f| Finding { cell, ..f }))
            .collect();
        let mut scratch = Scratch::default();
        for _ in 0..2 {
            let mut got = Vec::new();
            ALL.scanner.scan(&part, &block, &[Arc::clone(&view)], &mut scratch, &mut got);
            prop_assert_eq!(&got, &want, "{:?}", texts);
        }
    }

    #[test]
    fn scanner_equals_reference_on_values_in_noise(
        pieces in proptest::collection::vec((any::<proptest::sample::Index>(), prop_oneof![3 => "[ -~äß€\\n]{0,12}|[0-9 .-]{0,14}|[A-Za-z0-9_/+-]{0,50}", 1 => noise()], 0_u8..45), 0..12),
        cells in 1_usize..5,
        glue in prop_oneof![Just(""), Just(","), Just("\u{0}"), Just("\",\"")],
        side in any::<bool>(),
    ) {
        let values = planted();
        let mut texts = vec![String::new(); cells];
        for (i, (value, noise, how)) in pieces.iter().enumerate() {
            texts[i % cells].push_str(noise);
            texts[i % cells].push_str(&disguised(value.get::<String>(&values), *how));
        }
        let (part, block) = block(&texts, glue, side);
        let views = [Arc::new(View::default())];
        let mut got = Vec::new();
        ALL.scanner.scan(&part, &block, &views, &mut Scratch::default(), &mut got);
        let mut want = Vec::new();
        for (cell, text) in (0_u32..).zip(&texts) {
            want.extend(referred(text, &views[0]).into_iter().map(|f| Finding { cell, ..f }));
        }
        prop_assert_eq!(&got, &want, "{:?}", texts);
        for f in &got {
            let text = &texts[f.cell as usize];
            prop_assert!(text.is_char_boundary(f.start as usize) && text.is_char_boundary(f.end as usize));
        }
    }

    #[test]
    fn masked_text_holds_no_findings(
        pieces in proptest::collection::vec((any::<proptest::sample::Index>(), noise(), 0_u8..45), 0..8),
        operator in 0_usize..4,
    ) {
        let values = planted();
        let written = |(v, noise, how): &(proptest::sample::Index, String, u8)| [noise.clone(), disguised(v.get::<String>(&values), *how)];
        let text = pieces.iter().flat_map(written).collect::<Vec<_>>().join(" ");
        let mut masked = String::new();
        let mut at = 0;
        for f in scanned(&text, &View::default()) {
            let tag = ALL.scanner.catalogue().get(f.detector).unwrap().tag();
            masked.push_str(&text[at..f.start as usize]);
            at = f.end as usize;
            match operator {
                0 => masked.push_str(&tag),
                1 => masked.push_str(&tag.replace('>', "_12>")),
                2 => masked.push_str(&tag.replace('>', ":00ff4111111111111111aa0123456789>")),
                _ => masked.extend(text[f.start as usize..at].chars().map(|_| '*')),
            }
        }
        masked.push_str(&text[at..]);
        let again = scanned(&masked, &View::default());
        prop_assert!(again.is_empty(), "{} -> {} -> {:?}", text, masked, again);
    }
}
