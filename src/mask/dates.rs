//! A date as people write it, taken apart so that another can be written the same way: ISO with or without a clock, `d/m/y`
//! and `m/d/y`, `20240131`, and names of months in four languages.

use chrono::{Datelike as _, NaiveDate};
use std::fmt::Write as _;

/// Longest text that is read as a date, in bytes.
const LONGEST: usize = 80;

/// Two-digit years from here on are of the last century, as POSIX has it.
const PIVOT: u32 = 69;

/// Names of months by language.
const MONTHS: [[&str; 12]; 4] = [
    ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"],
    ["januar", "februar", "märz", "april", "mai", "juni", "juli", "august", "september", "oktober", "november", "dezember"],
    ["janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"],
    ["enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"],
];

const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// Words between the parts of a date.
const BETWEEN: &[&str] = &["of", "the", "de", "del", "le", "den"];

/// A part of a written date.
#[derive(Clone, Copy)]
enum Piece<'a> {
    /// Stays as it is.
    Text(&'a str),
    Year,
    ShortYear,
    Month,
    Day,
    /// `st`, `nd`, `rd` or `th`.
    Ordinal,
    /// A month's name in a language; the first letters of it where `short`.
    MonthName {
        language: usize,
        short: bool,
        as_in: &'a str,
    },
    Weekday {
        short: bool,
        as_in: &'a str,
    },
}

/// A date and how it was written.
pub(super) struct Written<'a> {
    /// The date.
    pub date: NaiveDate,
    pieces: Vec<Piece<'a>>,
    /// Days and months below 10 have a zero before them.
    padded: bool,
}

/// What a number is that opens or closes three numbers with a separator between, or a text of eight digits.
struct Numbers {
    year: u32,
    month: u32,
    day: u32,
}

/// A run of digits, of letters or of other characters.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Run {
    Digits,
    Letters,
    Other,
}

fn run_of(c: char) -> Run {
    match c {
        '0'..='9' => Run::Digits,
        c if c.is_alphabetic() => Run::Letters,
        _ => Run::Other,
    }
}

fn runs(text: &str) -> Vec<(Run, &str)> {
    let mut runs = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next().map(run_of) {
        let end = rest.find(|c| run_of(c) != first).unwrap_or(rest.len());
        let (run, behind) = rest.split_at(end);
        runs.push((first, run));
        rest = behind;
    }
    runs
}

impl<'a> Written<'a> {
    /// Reads a text that is a date and nothing else. `day_first` says how `3/4/2024` is read where its column shows it; by
    /// itself it is the fourth of March with slashes and the third of April with points and dashes.
    pub fn read(text: &'a str, day_first: Option<bool>) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let runs = runs(text);
        Self::in_numbers(text, &runs, day_first).or_else(|| Self::with_a_name(text, &runs))
    }

    fn in_numbers(text: &'a str, runs: &[(Run, &'a str)], day_first: Option<bool>) -> Option<Self> {
        if let [(Run::Digits, digits), ..] = runs
            && digits.len() == 8
        {
            let part = |range: std::ops::Range<usize>| digits.get(range)?.parse().ok();
            let date = made(&Numbers { year: part(0..4)?, month: part(4..6)?, day: part(6..8)? })?;
            let rest = clock(text.get(8..)?)?;
            return Some(Self { date, pieces: vec![Piece::Year, Piece::Month, Piece::Day, Piece::Text(rest)], padded: true });
        }
        let [(Run::Digits, first), (Run::Other, by), (Run::Digits, second), (Run::Other, again), (Run::Digits, third), ..] = runs
        else {
            return None;
        };
        if by != again || !matches!(*by, "-" | "/" | "." | ". " | " ") {
            return None;
        }
        let rest = clock(text.get(first.len() + second.len() + third.len() + 2 * by.len()..)?)?;
        let number = |digits: &str| digits.parse::<u32>().ok();
        let numbers = [number(first)?, number(second)?, number(third)?];
        let padded = |day: &str, month: &str| day.len() == 2 && month.len() == 2;
        let short = |digits: &str| matches!(digits.len(), 1 | 2);
        if first.len() == 4 && short(second) && short(third) {
            let [year, month, day] = numbers;
            let date = made(&Numbers { year, month, day })?;
            let pieces = vec![Piece::Year, Piece::Text(by), Piece::Month, Piece::Text(by), Piece::Day, Piece::Text(rest)];
            return Some(Self { date, pieces, padded: padded(second, third) });
        }
        if !(short(first) && short(second) && matches!(third.len(), 2 | 4)) {
            return None;
        }
        let padded = padded(first, second);
        let [first, second, year] = numbers;
        let (year, year_piece) = if third.len() == 4 { (year, Piece::Year) } else { (of_short(year), Piece::ShortYear) };
        let day_first = match (first > 12, second > 12) {
            (true, _) => true,
            (_, true) => false,
            _ => day_first.unwrap_or(*by != "/"),
        };
        let (day, month) = if day_first { (first, second) } else { (second, first) };
        let date = made(&Numbers { year, month, day })?;
        let (before, behind) = if day_first { (Piece::Day, Piece::Month) } else { (Piece::Month, Piece::Day) };
        let pieces = vec![before, Piece::Text(by), behind, Piece::Text(by), year_piece, Piece::Text(rest)];
        Some(Self { date, pieces, padded })
    }

    fn with_a_name(text: &'a str, runs: &[(Run, &'a str)]) -> Option<Self> {
        let mut pieces = Vec::with_capacity(runs.len());
        let (mut year, mut month, mut day) = (None, None, None);
        let (mut padded, mut at) = (false, 0);
        for (run, piece) in runs {
            at += piece.len();
            match run {
                Run::Digits if piece.len() == 4 && year.is_none() => {
                    year = Some(piece.parse().ok()?);
                    pieces.push(Piece::Year);
                }
                Run::Digits if piece.len() <= 2 && day.is_none() => {
                    day = Some(piece.parse().ok()?);
                    padded = piece.starts_with('0');
                    pieces.push(Piece::Day);
                }
                Run::Digits if piece.len() == 2 && month.is_some() && year.is_none() => {
                    year = Some(of_short(piece.parse().ok()?));
                    pieces.push(Piece::ShortYear);
                }
                Run::Other if piece.chars().all(|c| " ,.-/'\u{a0}".contains(c)) => pieces.push(Piece::Text(piece)),
                Run::Letters => match word(piece)? {
                    (found, Some(number)) if month.is_none() => {
                        month = Some(number);
                        pieces.push(found);
                    }
                    (Piece::Ordinal, _) if !matches!(pieces.last(), Some(Piece::Day)) => return None,
                    (found, None) => pieces.push(found),
                    _ => return None,
                },
                _ => return None,
            }
            if let (Some(year), Some(month), Some(day)) = (year, month, day) {
                let date = made(&Numbers { year, month, day })?;
                // An ordinal may still stand behind the day.
                let (rest, ordinal) = match text.get(at..)? {
                    rest if matches!(pieces.last(), Some(Piece::Day)) && rest.len() >= 2 => match rest.split_at_checked(2) {
                        Some((mark, rest)) if is_ordinal(mark) => (rest, true),
                        _ => (rest, false),
                    },
                    rest => (rest, false),
                };
                if ordinal {
                    pieces.push(Piece::Ordinal);
                }
                pieces.push(Piece::Text(clock(rest)?));
                return Some(Self { date, pieces, padded });
            }
        }
        None
    }

    /// Another date in the same manner; nothing where its year has not four digits.
    pub fn again(&self, date: NaiveDate) -> Option<String> {
        if !(0..=9999).contains(&date.year()) {
            return None;
        }
        let mut out = String::with_capacity(32);
        let number = |out: &mut String, n: u32| {
            let _ = if self.padded { write!(out, "{n:02}") } else { write!(out, "{n}") };
        };
        for piece in &self.pieces {
            match *piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Year => {
                    let _ = write!(out, "{:04}", date.year());
                }
                Piece::ShortYear => {
                    let _ = write!(out, "{:02}", date.year() % 100);
                }
                Piece::Month => number(&mut out, date.month()),
                Piece::Day => number(&mut out, date.day()),
                Piece::Ordinal => out.push_str(match (date.day() % 10, date.day() / 10) {
                    (_, 1) => "th",
                    (1, _) => "st",
                    (2, _) => "nd",
                    (3, _) => "rd",
                    _ => "th",
                }),
                Piece::MonthName { language, short, as_in } => {
                    let name = MONTHS.get(language).and_then(|names| names.get(date.month0() as usize)).copied()?;
                    out.push_str(&like(name.get(..if short { 3 } else { name.len() })?, as_in));
                }
                Piece::Weekday { short, as_in } => {
                    let name = WEEKDAYS.get(date.weekday().num_days_from_monday() as usize).copied()?;
                    out.push_str(&like(name.get(..if short { 3 } else { name.len() })?, as_in));
                }
            }
        }
        Some(out)
    }

    /// The date goes by no name and has its year first: what a date or a timestamp of a typed column is shown as.
    pub fn is_iso(&self) -> bool {
        matches!(self.pieces.as_slice(), [Piece::Year, Piece::Text("-"), ..])
    }
}

/// Which of day and month stands first in a column, as far as one of its values can be read in one way only.
pub fn day_first<'t>(values: impl Iterator<Item = &'t str>) -> Option<bool> {
    values.into_iter().find_map(|text| {
        let mut numbers = text.trim().splitn(3, ['/', '-', '.']);
        let mut short = || numbers.next().filter(|n| matches!(n.len(), 1 | 2))?.parse::<u32>().ok();
        match (short()?, short()?) {
            (13..=31, 1..=12) => Some(true),
            (1..=12, 13..=31) => Some(false),
            _ => None,
        }
    })
}

fn made(numbers: &Numbers) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(i32::try_from(numbers.year).ok()?, numbers.month, numbers.day)
}

fn of_short(year: u32) -> u32 {
    if year < PIVOT { 2000 + year } else { 1900 + year }
}

fn is_ordinal(word: &str) -> bool {
    matches!(word.to_ascii_lowercase().as_str(), "st" | "nd" | "rd" | "th")
}

/// What a word in a date is, and the month's number if it is one; nothing where it has no place in a date.
fn word(text: &str) -> Option<(Piece<'_>, Option<u32>)> {
    let lower = text.to_lowercase();
    for (language, names) in MONTHS.iter().enumerate() {
        let whole = names.iter().position(|name| *name == lower);
        let by_start = || names.iter().position(|name| lower.len() == 3 && name.starts_with(&lower));
        let found = whole.map(|at| (at, false)).or_else(|| (language == 0).then(by_start).flatten().map(|at| (at, true)));
        if let Some((at, short)) = found {
            return Some((Piece::MonthName { language, short, as_in: text }, Some(at as u32 + 1)));
        }
    }
    let is_weekday = |name: &&str| *name == lower || lower.len() == 3 && name.starts_with(&lower);
    if WEEKDAYS.iter().any(is_weekday) {
        return Some((Piece::Weekday { short: lower.len() == 3, as_in: text }, None));
    }
    match lower.as_str() {
        _ if is_ordinal(&lower) => Some((Piece::Ordinal, None)),
        _ if BETWEEN.contains(&lower.as_str()) => Some((Piece::Text(text), None)),
        _ => None,
    }
}

/// A name in the case of another.
fn like(name: &str, as_in: &str) -> String {
    let upper = |text: &str| text.chars().all(|c| !c.is_lowercase());
    let mut letters = name.chars();
    match as_in.chars().next() {
        _ if upper(as_in) => name.to_uppercase(),
        Some(first) if first.is_uppercase() => letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect(),
        _ => name.to_owned(),
    }
}

/// What may stand behind a date: nothing, or a clock with its zone.
fn clock(rest: &str) -> Option<&str> {
    let Some(first) = rest.chars().next() else { return Some(rest) };
    let signs = |c: char| c.is_ascii_digit() || " :.+-,/()_'".contains(c);
    let zones = |word: &str| word.len() <= 4 && word.chars().all(|c| c.is_ascii_alphabetic());
    let words = || rest.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
    let begins = matches!(first, 'T' | 't' | ' ' | ',' | '_');
    let digits = rest.chars().filter(char::is_ascii_digit).count();
    let is_clock = begins && digits >= 2 && rest.chars().all(|c| signs(c) || c.is_alphabetic()) && words().all(zones);
    (is_clock || rest.trim().is_empty() || matches!(rest, "." | "Z")).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_as_they_were() {
        let later = |text: &str, hint| {
            let written = Written::read(text, hint)?;
            written.again(written.date.checked_add_days(chrono::Days::new(40))?)
        };
        let table: &[(&str, Option<bool>, Option<&str>, &str)] = &[
            ("2024-01-31", None, Some("2024-03-11"), "ISO"),
            ("2024-01-31T23:59:59.123Z", None, Some("2024-03-11T23:59:59.123Z"), "with a clock and a zone"),
            ("2024-01-31 10:00:00+02:00", None, Some("2024-03-11 10:00:00+02:00"), "with an offset"),
            ("20240131", None, Some("20240311"), "without separators"),
            ("20240131T101500Z", None, Some("20240311T101500Z"), "and with a clock"),
            ("2024/1/31", None, Some("2024/3/11"), "no zeros"),
            ("31/01/2024", None, Some("11/03/2024"), "can only be day first"),
            ("01/31/2024", None, Some("03/11/2024"), "can only be month first"),
            ("01/02/2024", None, Some("02/11/2024"), "slashes: month first"),
            ("01.02.2024", None, Some("12.03.2024"), "points: day first"),
            ("01/02/2024", Some(true), Some("12/03/2024"), "as the column has it"),
            ("1/2/24", Some(false), Some("2/11/24"), "a short year"),
            ("31.01.69", None, Some("12.03.69"), "of the last century"),
            ("12. 3. 1990", None, Some("21. 4. 1990"), "points and spaces"),
            ("March 12, 1990", None, Some("April 21, 1990"), "a name first"),
            ("12-MAR-90", None, Some("21-APR-90"), "short, in capitals"),
            ("1st of May 2024", None, Some("10th of June 2024"), "an ordinal"),
            ("May 12th, 2024 10:00 PM", None, Some("June 21st, 2024 10:00 PM"), "an ordinal behind the name"),
            ("Wed, 31 Jan 2024 10:00:00 +0000", None, Some("Mon, 11 Mar 2024 10:00:00 +0000"), "the weekday follows"),
            ("12. März 1990", None, Some("21. April 1990"), "German"),
            ("3 août 2024", None, Some("12 septembre 2024"), "French"),
            ("12 de marzo de 1990", None, Some("21 de abril de 1990"), "Spanish"),
            ("2024-02-30", None, None, "no such day"),
            ("9999-12-31", None, None, "five digits"),
            ("10:30", None, None, "a clock alone"),
            ("12 March", None, None, "no year"),
            ("1.2.3.4", None, None, "an address"),
            ("2024-01-31 was cold", None, None, "a text"),
            ("1700000000", None, None, "a number"),
            ("", None, None, "nothing"),
        ];
        for (text, hint, want, why) in table {
            assert_eq!(later(text, *hint).as_deref(), *want, "{why}");
        }
    }

    #[test]
    fn a_column_tells_which_of_day_and_month_is_first() {
        for (values, want, why) in [
            (&["1/2/2024", "13/2/2024"][..], Some(true), "day first"),
            (&["1/2/2024", "2/13/2024"], Some(false), "month first"),
            (&["1/2/2024"], None, "either"),
            (&["2024-13-01", "10.0.0.1", "a"], None, "no such dates"),
        ] {
            assert_eq!(day_first(values.iter().copied()), want, "{why}");
        }
    }
}
