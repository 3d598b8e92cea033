//! What is written turns back, keeps its form and its class, and hangs on key and detector.

use super::*;
use crate::detect::check;

/// Numbers that look random and are the same every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }

    fn text(&mut self, signs: &[u8], length: usize) -> String {
        (0..length).map(|_| char::from(signs[self.roll(signs.len())])).collect()
    }
}

fn fpe(check: Option<&str>) -> Fpe {
    let detector = Serves { id: "x.y", check: check.map(|name| check::find(name).unwrap()) };
    Fpe::new(&Key::new(&[7; 32]).unwrap(), detector, check.is_some())
}

/// A text with every letter and digit replaced by its class.
fn form(text: &str) -> String {
    let class = |c: char| match c {
        '0'..='9' => '9',
        'a'..='z' => 'a',
        'A'..='Z' => 'A',
        c => c,
    };
    text.chars().map(class).collect()
}

#[test]
fn what_is_encrypted_keeps_its_form_and_turns_back() {
    let mut dice = Dice(1);
    let all: &[&[u8]] = &[b"0123456789", b"abcdefghijklmnopqrstuvwxyz", b"AZ09az-.@ ", b"ABCDEFGH0123456789/", b"9\xc2\xa0"];
    let fpe = fpe(None);
    let mut served = 0;
    for round in 0..400 {
        let signs = all[round % 4];
        let length = 6 + dice.roll(if round % 20 == 0 { 200 } else { 24 });
        let text = dice.text(signs, length);
        let Some(made) = fpe.encrypted(&text, false) else { continue };
        served += 1;
        assert_eq!(form(&made), form(&text));
        assert_eq!(fpe.restore(&made).as_deref(), Some(text.as_str()));
    }
    assert!(served > 300, "{served}");
}

#[test]
fn what_passed_its_check_passes_again_and_nothing_else_does() {
    for (check, value, why) in [
        ("luhn", "79927398713", "Luhn"),
        ("payment-card", "4111 1111 1111 1111", "an issuer's prefix and Luhn; groups stay"),
        ("payment-card", "4111111111111112", "what did not pass does not"),
        ("nhs", "943 476 5919", "mod 11"),
        ("verhoeff", "234123412346", "Verhoeff"),
        ("nir", "2 95 10 99 126 111 93", "one in a hundred passes"),
        ("iban", "DE89 3704 0044 0532 0130 00", "country and check digits"),
        ("iban", "GB82WEST12345698765432", "letters in it"),
        ("iban", "GB83WEST12345698765432", "no IBAN"),
        ("us-ssn", "536-22-8726", "nearly all pass"),
        ("ipv4", "203.0.113.177", "four octets"),
        ("vin", "1M8GDM9AXKP042788", "a check digit in the middle"),
    ] {
        let fpe = fpe(Some(check));
        let check = check::find(check).unwrap();
        let made = fpe.encrypted(value, false).unwrap_or_else(|| panic!("{why}: {value}"));
        assert_eq!((passes(check, &made), form(&made)), (passes(check, value), form(value)), "{why}: {made}");
        assert_ne!(made, value, "{why}");
        assert_eq!(fpe.restore(&made).as_deref(), Some(value), "{why}: {made}");
    }
    assert_eq!(&fpe(Some("iban")).encrypted("GB82WEST12345698765432", false).unwrap()[..2], "GB", "the country stays");
}

#[test]
fn numbers_stay_numbers_of_their_size() {
    let fpe = fpe(Some("luhn"));
    for (value, why) in [
        ("4111111111111111", "a card"),
        ("2147483647", "the largest in 32 bits"),
        ("4294967295", "the largest in 32 bits without a sign"),
        ("9223372036854775807", "the largest in 64 bits"),
        ("18446744073709551615", "the largest without a sign"),
        ("-12345678", "below zero"),
    ] {
        let made = fpe.encrypted(value, true).unwrap_or_else(|| panic!("{why}"));
        assert_eq!((size_class(&made), made.len()), (size_class(value), value.len()), "{why}: {made}");
        assert_eq!(fpe.restore_typed(&made).as_deref(), Some(value), "{why}");
    }
    for (value, why) in [("0123456789", "no number"), ("1234567.5", "a fraction"), ("2024-01-31", "a date"), ("true", "a word")] {
        assert_eq!(fpe.encrypted(value, true), None, "{why}");
    }
}

#[test]
fn what_cannot_be_served_is_a_tag() {
    let target = Target { id: "x.y", tag: "<X_Y>" };
    let huge = "1".repeat(100_000);
    for (check, value, why) in [
        (None, "12345", "too few values"),
        (None, "Jos\u{e9} Mu\u{f1}oz Garc\u{ed}a", "letters out of no alphabet"),
        (None, "<EMAIL_ADDRESS>", "our own tag"),
        (None, huge.as_str(), "too long"),
        (Some("jwt"), "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "hardly a value passes"),
        (Some("iban"), "DE8937040044053201300", "too short for its country and no other form"),
    ] {
        let made = fpe(check).apply(value, target);
        let failed = value.starts_with("DE");
        assert_eq!(made == tag_instead(target), !failed, "{why}");
    }
}

#[test]
fn key_and_detector_tell_values_apart() {
    let value = "4111 1111 1111 1111";
    let made = |key: u8, id: &str| {
        let key = Key::new(&[key; 32]).unwrap();
        Fpe::new(&key, Serves { id, check: None }, false).encrypted(value, false).unwrap()
    };
    let first = made(7, "a.b");
    assert_eq!(first, made(7, "a.b"), "the same");
    assert_ne!(first, made(8, "a.b"), "another key");
    assert_ne!(first, made(7, "a.c"), "another detector");
    let (key, spec) = (Key::new(&[7; 32]).unwrap(), OperatorSpec::named("fpe"));
    let any = build(&spec, Some(&key)).unwrap();
    let Outcome::Edit(Replacement::Text(text)) = any.apply(value, Target { id: "a.b", tag: "<B>" }) else { panic!("an edit") };
    assert_eq!(first, text, "made for any detector or for one");
    let (spaced, plain) = (first.replace(' ', ""), value.replace(' ', ""));
    assert_eq!(
        Fpe::new(&key, Serves { id: "a.b", check: None }, false).encrypted(&plain, false),
        Some(spaced),
        "spelled otherwise"
    );
}
