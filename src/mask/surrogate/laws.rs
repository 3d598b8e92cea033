//! What is made up is of the kind, out of ranges for examples where there are such, spelled as the old value, and the same again.

use super::*;
use crate::detect::Catalogue;
use crate::mask::{Numbers, Place};
use crate::policy::OperatorSpec;
use std::sync::OnceLock;

const KEY: [u8; 32] = [7; 32];

fn catalogue() -> &'static Catalogue {
    static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();
    CATALOGUE.get_or_init(|| Catalogue::builtin().unwrap())
}

fn serving(key: &[u8], id: &str) -> Box<dyn Operator> {
    let catalogue = catalogue();
    let check = catalogue.find(id).and_then(|at| catalogue.get(at)).and_then(|d| d.check);
    let any = build(&OperatorSpec::named("surrogate"), Some(&Key::new(key).unwrap())).unwrap();
    any.serving(Serves { id, check }).unwrap()
}

fn made_in(id: &str, value: &str, column: &str, typed: bool) -> Option<String> {
    let place = Place { column, ..Place::default() };
    let mut record = Record { numbers: &mut Numbers::default(), other: &|_| None, place, typed };
    match serving(&KEY, id).apply_in(value, Target { id, tag: "<X>" }, &mut record) {
        Outcome::Edit(Replacement::Text(text)) => Some(text),
        _ => None,
    }
}

fn made(id: &str, value: &str) -> String {
    made_in(id, value, "", false).unwrap_or_else(|| panic!("{id}: {value}"))
}

/// A text with every letter and digit replaced by its class.
fn form(text: &str) -> String {
    let class = |c: char| match c {
        c if c.is_numeric() => '9',
        c if c.is_uppercase() => 'A',
        c if c.is_alphabetic() => 'a',
        c => c,
    };
    text.chars().map(class).collect()
}

#[test]
fn values_come_out_of_ranges_for_examples() {
    let table: &[(&str, &str, &str, &str)] = &[
        ("us.phone", "(415) 867-5309", r"^\([2-9][0-8]\d\) 555-01\d\d$", "numbers for films"),
        ("contact.phone", "+1 415 867 5309 x12", r"^\+1 [2-9]\d\d 555 01\d\d x\d\d$", "an extension behind it"),
        ("gb.phone", "020 7123 4567", r"^0\d\d \d{4} \d{4}$", "a landline of Ofcom's, in its groups"),
        ("contact.phone", "+44 7912 345678", r"^\+44 7700 900\d{3}$", "a mobile stays one"),
        ("fr.phone", "06 12 34 56 78", r"^06 39 98 \d\d \d\d$", "of ARCEP's"),
        ("contact.phone", "+49 171 1234567", r"^\+49 171 39200\d\d$", "of the Bundesnetzagentur's"),
        ("contact.phone", "0034 912 345 678", r"^0034 9\d\d \d{3} \d{3}$", "no range known: the country stays"),
        ("contact.email", "ann.lee@corp.de", r"^[a-z]+\.[a-z]+\d{4}@example\.(com|org|net)$", "the separator stays"),
        ("contact.email", "ANN@CORP.DE", r"^[A-Z]+\d{4}@EXAMPLE\.(COM|ORG|NET)$", "so does the case"),
        ("network.ipv4", "10.1.2.3", r"^(192\.0\.2|198\.51\.100|203\.0\.113)\.\d{1,3}$", "the test nets"),
        ("network.ipv6", "fe80::1ff:fe23:4567:890a", "^2001:db8::[0-9a-f:]+$", "the block for documentation"),
        ("network.mac", "00:1A:2B:3C:4D:5E", "^00:00:5E:00:53:[0-9A-F]{2}$", "the same"),
        ("network.mac", "001a.2b3c.4d5e", "^0000\\.5e00\\.53[0-9a-f]{2}$", "spelled otherwise"),
        ("finance.payment-card", "4012 8888 8888 1881", r"^4111 11\d\d \d{4} \d{4}$", "an issuer's test cards"),
        ("finance.payment-card", "378282246310005", r"^378282\d{9}$", "of another issuer"),
        ("finance.iban", "GB82 WEST 1234 5698 7654 32", r"^GB\d\d XXXX \d{4} \d{4} \d{4} \d\d$", "a bank that there is not"),
        ("finance.iban", "DE89370400440532013000", r"^DE\d\d9999\d{14}$", "the same"),
        ("us.ssn", "536-22-8726", r"^9\d\d-[0-4]\d-\d{4}$", "an area that is not given out"),
        (
            "network.url",
            "https://shop.example.de/u?id=7",
            r"^https://[a-z]+-[a-z]+\.example\.(com|org|net)/\d{8}$",
            "the path is not told",
        ),
        ("person.date-of-birth", "1980-02-29", r"^1980-(0[1-9]|1[0-2])-([01]\d|2[0-8])$", "the same year"),
        ("person.date-of-birth", "31.12.1980", r"^([01]\d|2[0-8])\.(0\d|1[0-2])\.1980$", "the day first"),
        ("person.date-of-birth", "3. März 1975", r"^\d{1,2}\. \p{Lu}\p{Ll}+ 1975$", "a month of the same language"),
        ("person.date-of-birth", "March 3rd, 1975", r"^[JFMASOND][a-z]+ 2?3rd, 1975$", "an ordinal"),
        ("person.date-of-birth", "12 OCT 1980", r"^\d\d [A-Z]{3} 1980$", "a short month, shouted"),
        ("person.date-of-birth", "19800229", r"^1980(0\d|1[0-2])[012]\d$", "eight digits"),
        ("person.date", "1980-02-29T23:59:58.5+02:00", r"^1980-\d\d-\d\dT[012]\d:[0-5]\d:[0-5]\d\.\d\+02:00$", "with a time"),
        (
            "person.address",
            "12 Main St, Apt 4B, Springfield, IL 62704",
            r"^[1-9]\d [A-Z][a-z]+ St, Apt \d[A-Z], [A-Z][a-z]+, [A-Z]{2} \d{5}$",
            "a street",
        ),
        ("person.address", "Lindenstraße 7, 10969 Berlin", r"^[A-Z][a-z]+straße \d, [1-9]\d{4} [A-Z][a-z]+$", "in German"),
        ("person.name", "Dr. Anna-Maria von SMITH", r"^Dr\. \p{Lu}\p{Ll}+-\p{Lu}\p{Ll}+ von [A-Z]+$", "title, particle, case"),
        ("person.name", "j. r. o'neil", r"^[a-z]\. [a-z]\. [a-z]+$", "initials"),
        ("person.name", "Иван Петров", r"^\p{Cyrillic}+ \p{Cyrillic}+$", "another script"),
        ("person.name", "王小明", r"^\p{Han}{3}$", "no space"),
        ("person.name", "김철수", r"^\p{Hangul}{3}$", "no space"),
        ("person.username", "@j_doe", r"^@[a-z]+_[a-z]+\d{4}$", "a handle"),
    ];
    for (id, value, pattern, why) in table {
        let made = made(id, value);
        assert!(regex::Regex::new(pattern).unwrap().is_match(&made), "{id}: {value} became {made}: {why}");
        assert_ne!(made, *value);
        assert_eq!(Some(made), made_in(id, value, "", false), "the same again");
    }
}

#[test]
fn a_person_is_called_the_same_wherever_named() {
    let full = made("person.name", "Maria Johnson");
    let (given, family) = full.split_once(' ').unwrap();
    let column = |column: &str, value: &str| made_in("person.name", value, column, false).unwrap();
    assert_eq!(column("first_name", "Maria"), given);
    assert_eq!(column("last_name", "Johnson"), family);
    assert_eq!(column("customer.fullName", "Maria Johnson"), full, "a name that ends as `lname` does");
    let mail = made("contact.email", "maria.johnson@corp.de");
    assert!(mail.starts_with(&full.to_lowercase().replace(' ', ".")), "{mail} is the address of {full}");
    assert_eq!(column("", "Johnson"), family, "a name that is a family's mostly");
    assert_eq!(made("person.name", "Johnson, Maria"), format!("{family}, {given}"), "the family first");
    assert_eq!(made("person.name-titled", "MARIA JOHNSON"), full.to_uppercase(), "by another detector, shouted");
    assert_ne!(made("person.name", "Maria Johnsen"), full);
    let spelled = |number: &str, id: &str| made(id, number).chars().filter(char::is_ascii_digit).collect::<String>();
    assert_eq!(spelled("415-867-5309", "us.phone"), spelled("+1 (415) 867 5309", "us.phone")[1..], "one telephone");
}

#[test]
fn what_has_a_check_passes_it_whatever_the_detector() {
    let (mut served, mut failed) = (0, Vec::new());
    for detector in catalogue().detectors().iter().filter(|d| !d.is_secret()) {
        let Some(check) = detector.check else { continue };
        let values = detector.finds.iter().flat_map(|f| f.spans.iter().map(|span| &f.text[span.clone()]));
        for value in values.filter(|value| passes(check, value)) {
            let Some(made) = made_in(&detector.id, value, "", false) else {
                failed.push(&detector.id);
                continue;
            };
            served += 1;
            assert_ne!(made, value);
            assert!(passes(check, &made) || detector.id.starts_with("us.ssn"), "{}: {value} became {made}", detector.id);
        }
    }
    assert!(failed.len() * 20 < served, "{served} served, these not: {failed:?}");
}

#[test]
fn without_a_kind_the_shape_stays() {
    for (value, why) in [
        ("AB-12 345/c", "letters and digits"),
        ("\u{c4}rger 7", "letters beyond ASCII"),
        ("x", "one sign"),
        ("id\u{663}\u{664}", "digits of another script"),
    ] {
        let made = made("shop.order", value);
        assert_eq!((form(&made), made == value), (form(value), false), "{why}: {made}");
    }
    assert_eq!(made_in("shop.order", "--", "", false), None, "nothing to make up");
    assert_eq!(made_in("shop.order", "<EMAIL>", "", false), None, "our own tag");
    let long = "word 7 ".repeat(100_000);
    assert_eq!(form(&made("shop.order", &long)), form(&long), "a long text");
}

#[test]
fn typed_cells_keep_their_type() {
    for (id, value, serves, why) in [
        ("finance.payment-card", "4012888888881881", true, "a card"),
        ("shop.order", "2147483647", true, "32 bits"),
        ("shop.order", "-71", true, "below zero"),
        ("person.date-of-birth", "1980-02-29", true, "a date"),
        ("person.date-of-birth", "1980-02-29T12:00:00.125", true, "a timestamp"),
        ("shop.order", "1980-02-29", false, "a date that is none"),
        ("shop.order", "12.5", false, "a fraction"),
        ("shop.order", "true", false, "a word"),
    ] {
        let made = made_in(id, value, "", true);
        assert_eq!(made.is_some(), serves, "{why}");
        if let Some(made) = made {
            assert_eq!((fpe::size_class(&made), form(&made)), (fpe::size_class(value), form(value)), "{why}: {made}");
        }
    }
}

#[test]
fn a_policy_names_the_kind_and_the_key_chooses() {
    let spec = |kind: &str| OperatorSpec { kind: Some(kind.into()), ..OperatorSpec::named("surrogate") };
    let key = Key::new(&KEY).unwrap();
    let rule = Target { id: COLUMN_RULE, tag: "<MASKED>" };
    let Outcome::Edit(Replacement::Text(text)) = build(&spec("email"), Some(&key)).unwrap().apply("x y", rule) else {
        panic!("an edit")
    };
    assert!(text.contains("@example."), "{text}");
    assert!(check(&spec("emial")).unwrap_err().contains("`email`"), "the nearest is named");
    assert!(check(&OperatorSpec::named("surrogate")).is_ok());
    let other = serving(&[8; 32], "contact.email").apply("a@b.de", Target { id: "contact.email", tag: "<EMAIL>" });
    assert_ne!(other, Outcome::Edit(Replacement::Text(made("contact.email", "a@b.de"))), "another key");
}

#[test]
fn what_is_not_of_its_kind_leaves_nothing_of_itself() {
    let key = Key::new(&KEY).unwrap();
    for (name, kind) in KINDS {
        let operator = Surrogate::new(&key, Some(*kind), Serves { id: COLUMN_RULE, check: None });
        for value in [
            "Annabella 555-1234-5678",
            "555-1234-5678 Annabella",
            "3 March 1975 Annabella",
            "1975-03-03 Annabella",
            "1975-03-03 12:00:00 - Annabella",
            "annabella://x/annabella",
            "an.na/annabella",
            "annabella fed0 12 34 56",
            "annabella 12345678901234567890",
            "4111 1111 1111 1111 annabella",
        ] {
            let made = operator.made(value, "", false).unwrap();
            assert!(!made.to_lowercase().contains("annabella"), "{name}: {value} became {made}");
        }
    }
}

/// Texts that look random, of signs that kinds care about.
#[test]
fn no_kind_fails_on_any_text() {
    let signs: Vec<char> = "a\u{e9}Z09 .:-+@/()',T\u{130}\u{df}\u{4e2d}\u{627}\u{301}\u{1f600}\u{663}".chars().collect();
    let mut draw = Draw::new(&KEY, 0);
    let key = Key::new(&KEY).unwrap();
    for round in 0..3000 {
        let length = draw.below(24);
        let text: String = (0..length).map(|_| signs[draw.below(signs.len())]).collect();
        let (_, kind) = KINDS[round % KINDS.len()];
        let operator = Surrogate::new(&key, Some(kind), Serves { id: "gb.x", check: None });
        for typed in [false, true] {
            assert_ne!(operator.made(&text, "last_name", typed).as_deref(), Some(text.as_str()), "{kind:?}");
        }
    }
}
