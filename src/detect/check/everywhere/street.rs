//! Street addresses in running text: what looks like one and is none.

use super::prose::{holds, words};
use crate::detect::check::{date, whole};

/// Words before "Court", "Place" and the like in phrases that numbers precede: nine Supreme Court judges.
const NO_STREETS: &[&str] = &[
    "appeals",
    "appellate",
    "circuit",
    "county",
    "district",
    "federal",
    "first",
    "food",
    "high",
    "million",
    "moot",
    "second",
    "superior",
    "supreme",
    "tennis",
    "third",
    "trade",
    "world",
];

/// Words that a number stands before without being that of a house: times, amounts, books of the Bible.
const COUNTED: &[&str] = &[
    "acre",
    "acres",
    "am",
    "bed",
    "bedroom",
    "billion",
    "block",
    "blocks",
    "business",
    "corinthians",
    "day",
    "days",
    "degrees",
    "different",
    "feet",
    "ft",
    "gb",
    "ghz",
    "hour",
    "hours",
    "kg",
    "kings",
    "km",
    "lines",
    "mb",
    "meters",
    "metres",
    "mhz",
    "mile",
    "miles",
    "million",
    "minute",
    "minutes",
    "month",
    "months",
    "more",
    "noon",
    "of",
    "other",
    "people",
    "percent",
    "persons",
    "pm",
    "points",
    "samuel",
    "seconds",
    "star",
    "story",
    "thessalonians",
    "thousand",
    "timothy",
    "to",
    "week",
    "weeks",
    "year",
    "years",
];

/// Months and days of the week.
const DATES: &[&str] = &[
    "jan",
    "january",
    "feb",
    "february",
    "mar",
    "march",
    "apr",
    "april",
    "may",
    "jun",
    "june",
    "jul",
    "july",
    "aug",
    "august",
    "sep",
    "sept",
    "september",
    "oct",
    "october",
    "nov",
    "november",
    "dec",
    "december",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// Words before the number of something else than a house.
const NUMBERED: &[&str] = &[
    "apartment",
    "apt",
    "area",
    "article",
    "base",
    "block",
    "box",
    "building",
    "camp",
    "channel",
    "chapter",
    "class",
    "district",
    "exit",
    "figure",
    "flat",
    "floor",
    "gate",
    "grade",
    "group",
    "level",
    "line",
    "lot",
    "number",
    "page",
    "part",
    "phase",
    "pier",
    "planet",
    "platform",
    "psalm",
    "question",
    "room",
    "season",
    "section",
    "sector",
    "space",
    "stage",
    "step",
    "suite",
    "table",
    "team",
    "terminal",
    "type",
    "unit",
    "version",
    "volume",
    "warehouse",
    "windows",
    "zone",
];

/// Words for a street.
const STREETS: &[&str] = &[
    "ave",
    "avenue",
    "blvd",
    "boulevard",
    "broadway",
    "court",
    "drive",
    "highway",
    "hwy",
    "lane",
    "main",
    "parkway",
    "place",
    "rd",
    "road",
    "route",
    "rue",
    "square",
    "st",
    "str",
    "street",
    "strasse",
    "straße",
    "terrace",
    "via",
    "way",
];

fn is_year(number: &[u8]) -> bool {
    number.len() == 4 && (number.starts_with(b"19") || number.starts_with(b"20"))
}

fn has_digit(word: &[u8]) -> bool {
    word.iter().any(u8::is_ascii_digit)
}

/// Behind words such as "lives at": a number and a name, or a name and a number, that say nothing else.
pub(super) fn cued(value: &[u8]) -> Option<usize> {
    let mut rest = words(value);
    let first = rest.next()?;
    let dated = words(value).any(|word| holds(DATES, word)) || words(value).nth(1).is_some_and(|word| holds(COUNTED, word));
    let street = words(value).skip(1).any(|word| has_digit(word) || holds(STREETS, word));
    let fits = if has_digit(first) {
        let phrase = first.len() == 1 && words(value).count() == 2 && !street;
        !(phrase || is_year(first) && !street)
    } else {
        let numbered = words(value).any(|word| holds(NUMBERED, word));
        !numbered && !words(value).last().is_some_and(is_year)
    };
    whole(value, fits && !dated)
}

/// One of the two has a number or a word for a street.
pub(super) fn corner(value: &[u8]) -> Option<usize> {
    whole(value, words(value).any(|word| has_digit(word) || holds(STREETS, word)))
}

/// A house number that is no year and begins no date, before a street and not before a court of law.
pub(super) fn street(value: &[u8]) -> Option<usize> {
    let mut words = words(value);
    let number = words.next()?;
    let year = is_year(number);
    let (name, kind) = (words.next()?, words.next().unwrap_or_default());
    let phrase = holds(NO_STREETS, name) && holds(&["court", "courts", "place", "ct", "way"], kind);
    let date = words.next().is_none() && date::birth(value).is_some() || [name, kind].iter().any(|word| holds(DATES, word));
    whole(value, !year && !phrase && !date && !holds(COUNTED, name))
}
