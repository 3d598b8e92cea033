//! Made-up telephone numbers: those that a country keeps for films where it does, else any of the shape.

use super::draw::Draw;
use super::number::{digits_of, with_digits};

/// A country's code, what stands before a number within it, how its mobile numbers begin, and numbers that are kept for fiction:
/// landlines, then mobile ones, `#` any digit.
struct Plan {
    code: &'static str,
    country: &'static str,
    trunk: &'static str,
    mobile: &'static [&'static str],
    landlines: &'static [&'static str],
    mobiles: &'static [&'static str],
}

/// Ofcom, ARCEP, Bundesnetzagentur, PTS and ACMA publish these; the North American plan is a rule of its own.
const PLANS: &[Plan] = &[
    Plan {
        code: "44",
        country: "gb",
        trunk: "0",
        mobile: &["7"],
        landlines: &[
            "2079460###",
            "1134960###",
            "1144960###",
            "1154960###",
            "1164960###",
            "1174960###",
            "1184960###",
            "1214960###",
            "1314960###",
            "1414960###",
            "1514960###",
            "1614960###",
            "1914980###",
            "1632960###",
        ],
        mobiles: &["7700900###"],
    },
    Plan {
        code: "33",
        country: "fr",
        trunk: "0",
        mobile: &["6", "7"],
        landlines: &["19900####", "26191####", "35301####", "46571####", "53649####"],
        mobiles: &["63998####"],
    },
    Plan {
        code: "49",
        country: "de",
        trunk: "0",
        mobile: &["15", "16", "17"],
        landlines: &["3023125###", "6990009###", "4066969###", "2214710###", "8999998###"],
        mobiles: &["176040690##", "17139200##"],
    },
    Plan {
        code: "46",
        country: "se",
        trunk: "0",
        mobile: &["7"],
        landlines: &["8465004##", "3139006##", "4062804##", "9803192##"],
        mobiles: &["70174066#", "70174067#", "70174068#"],
    },
    Plan {
        code: "61",
        country: "au",
        trunk: "0",
        mobile: &["4"],
        landlines: &["25550####", "27010####", "35550####", "37010####", "75550####", "77010####", "85550####", "87010####"],
        mobiles: &["491570006", "491570156", "491570157", "491570158", "491570159", "491570110"],
    },
];

/// Digits of a foreign number that stay: most codes of countries have two, some three.
const FOREIGN: usize = 3;

/// The number without what is behind its extension's word.
fn main_part(value: &str) -> (&str, &str) {
    let at = value.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(value.len());
    value.split_at(at)
}

/// A number that begins as the old one does where that names a country, and rings nowhere where the country keeps such numbers.
/// `country` is the detector's.
pub(super) fn phone(value: &str, country: Option<&str>, draw: &mut Draw) -> Option<String> {
    let (number, extension) = main_part(value);
    let digits = digits_of(number);
    let word = extension.trim_end_matches(|c: char| !c.is_ascii_alphabetic()).to_ascii_lowercase();
    let known = extension.is_empty() || matches!(word.as_str(), "x" | "ext" | "extension");
    if digits.len() < 5 || !known || number.contains(char::is_alphabetic) {
        return None;
    }
    let new = new_digits(number, &digits, country, draw);
    let extension: String = extension.chars().map(|c| if c.is_ascii_digit() { char::from(draw.digit()) } else { c }).collect();
    Some(format!("{}{extension}", with_digits(number, &new)))
}

fn new_digits(number: &str, digits: &[u8], country: Option<&str>, draw: &mut Draw) -> Vec<u8> {
    let dialled = digits.starts_with(b"00");
    let foreign = dialled || number.trim_start().starts_with(['+', '(']) && number.contains('+');
    let prefix = if dialled { 2 } else { 0 };
    let body = digits.get(prefix..).unwrap_or_default();
    let plain_american = match country {
        None => !foreign && body.len() == 10 && is_american(body),
        Some(country) => matches!(country, "us" | "ca"),
    };
    let american = body.len() == 11 && body.starts_with(b"1") && is_american(body.get(1..).unwrap_or_default())
        || body.len() == 10 && plain_american;
    if american {
        return kept(digits, digits.len() - 10, &american_digits(draw));
    }
    for plan in PLANS {
        let inside =
            if foreign { body.strip_prefix(plan.code.as_bytes()) } else { Some(body).filter(|_| country == Some(plan.country)) };
        let Some(inside) = inside else { continue };
        let significant = inside.strip_prefix(plan.trunk.as_bytes()).unwrap_or(inside);
        let mobile = plan.mobile.iter().any(|m| significant.starts_with(m.as_bytes()));
        let fitting: Vec<&str> =
            if mobile { plan.mobiles } else { plan.landlines }.iter().copied().filter(|n| n.len() == significant.len()).collect();
        if let Some(pattern) = draw.of(&fitting) {
            return kept(digits, digits.len() - significant.len(), &draw.filled(pattern));
        }
    }
    let stay = match (foreign, body.first()) {
        (true, _) => prefix + FOREIGN,
        (false, Some(b'0')) => 2,
        (false, _) => 1,
    };
    let rest: Vec<u8> = digits.iter().skip(stay).map(|_| draw.digit()).collect();
    kept(digits, stay.min(digits.len()), &rest)
}

fn kept(digits: &[u8], stay: usize, rest: &[u8]) -> Vec<u8> {
    [digits.get(..stay).unwrap_or_default(), rest].concat()
}

/// Area and exchange begin with 2 to 9.
fn is_american(digits: &[u8]) -> bool {
    digits.first().is_some_and(|d| *d > b'1') && digits.get(3).is_some_and(|d| *d > b'1')
}

/// 555-0100 to 555-0199 in any area are kept for fiction.
fn american_digits(draw: &mut Draw) -> Vec<u8> {
    let (first, second, third) = (2 + draw.below(8), draw.below(9), draw.below(10));
    let third = if second == 1 && third == 1 { 2 } else { third };
    let mut digits = format!("{first}{second}{third}").into_bytes();
    digits.extend(draw.filled("55501##"));
    digits
}
