//! Made-up days of the same year, spelled as the old ones are.

use super::draw::Draw;
use std::fmt::Write as _;
use std::ops::Range;

/// The names of months by language, short ones where people shorten them.
#[rustfmt::skip]
const MONTHS: &[[&str; 12]] = &[
    ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"],
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
    ["Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"],
    ["janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"],
    ["enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"],
];

/// What stands beside the word for a month; the empty one stands between two signs.
const BESIDE: [&str; 7] = ["", "st", "nd", "rd", "th", "of", "de"];

/// The last day that every month has.
const LAST: usize = 28;

/// A day of the same year; nothing where the text is not known as a date.
pub(super) fn date(value: &str, draw: &mut Draw) -> Option<String> {
    // A time of day begins behind the space or T before its first colon.
    let clock_at = value.find(':').map(|colon| value.get(..colon).and_then(|v| v.rfind([' ', 'T'])).unwrap_or(colon));
    let (day, clock) = value.split_at(clock_at.unwrap_or(value.len()));
    if clock.contains(|c: char| !(c.is_ascii_digit() || " :.,+-TZapmAPM".contains(c))) {
        return None;
    }
    let made = compact(day, draw).or_else(|| worded(day, draw)).or_else(|| numeric(day, draw))?;
    Some(made + &time(clock, draw))
}

/// Runs of digits.
fn runs(text: &str) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for at in text.bytes().enumerate().filter(|(_, b)| b.is_ascii_digit()).map(|(at, _)| at) {
        match runs.last_mut() {
            Some(run) if run.end == at => run.end = at + 1,
            _ => runs.push(at..at + 1),
        }
    }
    runs
}

/// The text with some runs replaced; numbers have as many digits as the old ones, or more where they need them.
fn put(text: &str, new: &[(&Range<usize>, usize)]) -> Option<String> {
    let (mut out, mut done) = (String::with_capacity(text.len() + 2), 0);
    for (run, number) in new {
        out.push_str(text.get(done..run.start)?);
        write!(out, "{number:0width$}", width = run.len()).ok()?;
        done = run.end;
    }
    out.push_str(text.get(done..)?);
    Some(out)
}

/// Eight digits, the year first.
fn compact(day: &str, draw: &mut Draw) -> Option<String> {
    let year: u32 = day.get(..4).filter(|_| day.len() == 8 && day.bytes().all(|b| b.is_ascii_digit()))?.parse().ok()?;
    let month: u32 = day.get(4..6)?.parse().ok()?;
    let known = (1800..2200).contains(&year) && (1..=12).contains(&month);
    known.then(|| format!("{year}{:02}{:02}", 1 + draw.below(12), 1 + draw.below(LAST)))
}

/// A day, a word for the month, a year; or the word first.
fn worded(day: &str, draw: &mut Draw) -> Option<String> {
    let words: Vec<&str> = day.split(|c: char| !c.is_alphabetic()).filter(|w| !BESIDE.contains(w)).collect();
    let mut found = words.iter().filter_map(|word| {
        let language = MONTHS.iter().find(|months| months.iter().any(|m| m.to_lowercase() == word.to_lowercase()))?;
        Some((*word, language))
    });
    let (word, language) = found.next().filter(|_| words.len() == 1)?;
    let [first, second]: [Range<usize>; 2] = runs(day).try_into().ok()?;
    let number = [first, second].into_iter().find(|run| run.len() <= 2)?;
    let month = draw.of(language)?;
    let cased = match word.chars().nth(1) {
        Some(c) if c.is_uppercase() => month.to_uppercase(),
        _ if word.chars().next().is_some_and(char::is_lowercase) => month.to_lowercase(),
        _ => {
            let mut rest = month.chars();
            rest.next().map(|first| first.to_uppercase().chain(rest).collect())?
        }
    };
    // An ordinal's ending stays, and is right for the new day: 21st for 1st.
    let behind = day.get(number.end..)?;
    let new = if behind.starts_with("th") {
        4 + draw.below(17)
    } else if ["st", "nd", "rd"].iter().any(|ending| behind.starts_with(ending)) {
        day.get(number.end - 1..number.end)?.parse::<usize>().ok()? + 20 * draw.below(2)
    } else {
        1 + draw.below(LAST)
    };
    let made = put(day, &[(&number, new)])?;
    let at = made.rfind(word)?;
    Some([made.get(..at)?, &cased, made.get(at + word.len()..)?].concat())
}

/// Three numbers: the year is the one with four digits, else the last.
fn numeric(day: &str, draw: &mut Draw) -> Option<String> {
    if day.contains(char::is_alphabetic) {
        return None;
    }
    let runs: [Range<usize>; 3] = runs(day).try_into().ok()?;
    let [first, second, third] = &runs;
    let number = |run: &Range<usize>| day.get(run.clone()).and_then(|n| n.parse::<usize>().ok());
    if first.len() == 4 {
        (number(second)? <= 12).then_some(())?;
        return put(day, &[(second, 1 + draw.below(12)), (third, 1 + draw.below(LAST))]);
    }
    let (a, b) = (number(first)?, number(second)?);
    let new = match (a > 12, b > 12) {
        (true, true) => return None,
        (true, false) => [1 + draw.below(LAST), 1 + draw.below(12)],
        (false, true) => [1 + draw.below(12), 1 + draw.below(LAST)],
        // Which is the month is not told: both are numbers of one.
        (false, false) => [1 + draw.below(12), 1 + draw.below(12)],
    };
    put(day, &[(first, new[0]), (second, new[1])])
}

/// A time of day: hours below 24, minutes and seconds below 60, any fraction; the zone stays.
fn time(clock: &str, draw: &mut Draw) -> String {
    let zone = clock.rfind(['+', '-']).unwrap_or(clock.len());
    let (time, zone) = clock.split_at(zone);
    let runs = runs(time);
    let new: Vec<(&Range<usize>, usize)> = runs
        .iter()
        .enumerate()
        .map(|(at, run)| match at {
            0 => (run, if time.contains(['m', 'M']) { 1 + draw.below(11) } else { draw.below(24) }),
            1 | 2 => (run, draw.below(60)),
            _ => (run, draw.below(10_usize.pow(run.len().min(9) as u32))),
        })
        .collect();
    put(time, &new).unwrap_or_default() + zone
}
