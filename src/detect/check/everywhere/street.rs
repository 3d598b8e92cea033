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
    "dollars",
    "euros",
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
    "pounds",
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

/// The first three digits of the ZIP codes of each state, first and last.
const ZIPS: &[(&str, u16, u16)] = &[
    ("AK", 995, 999),
    ("AL", 350, 369),
    ("AR", 716, 729),
    ("AR", 755, 755),
    ("AZ", 850, 865),
    ("CA", 900, 961),
    ("CO", 800, 816),
    ("CT", 60, 69),
    ("DC", 200, 205),
    ("DE", 197, 199),
    ("FL", 320, 349),
    ("GA", 300, 319),
    ("GA", 398, 399),
    ("HI", 967, 968),
    ("IA", 500, 528),
    ("ID", 832, 838),
    ("IL", 600, 629),
    ("IN", 460, 479),
    ("KS", 660, 679),
    ("KY", 400, 427),
    ("LA", 700, 714),
    ("MA", 10, 27),
    ("MA", 55, 55),
    ("MD", 206, 219),
    ("ME", 39, 49),
    ("MI", 480, 499),
    ("MN", 550, 567),
    ("MO", 630, 658),
    ("MS", 386, 397),
    ("MT", 590, 599),
    ("NC", 270, 289),
    ("ND", 580, 588),
    ("NE", 680, 693),
    ("NH", 30, 38),
    ("NJ", 70, 89),
    ("NM", 870, 884),
    ("NV", 889, 898),
    ("NY", 5, 5),
    ("NY", 63, 63),
    ("NY", 100, 149),
    ("OH", 430, 459),
    ("OK", 730, 749),
    ("OR", 970, 979),
    ("PA", 150, 196),
    ("PR", 6, 9),
    ("RI", 28, 29),
    ("SC", 290, 299),
    ("SD", 570, 577),
    ("TN", 370, 385),
    ("TX", 733, 733),
    ("TX", 750, 799),
    ("TX", 885, 885),
    ("UT", 840, 847),
    ("VA", 201, 201),
    ("VA", 220, 246),
    ("VT", 50, 59),
    ("WA", 980, 994),
    ("WI", 530, 549),
    ("WV", 247, 268),
    ("WY", 820, 831),
];

/// A state's code and a ZIP code of that state.
pub(super) fn zip(value: &[u8]) -> Option<usize> {
    let mut words = words(value);
    let (state, code) = (words.next()?, words.next()?);
    let prefix = std::str::from_utf8(code.get(..3)?).ok()?.parse::<u16>().ok()?;
    whole(value, ZIPS.iter().any(|(of, first, last)| of.as_bytes() == state && (*first..=*last).contains(&prefix)))
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
    // A date of three words ends in its year.
    let day = words.next().is_none() && has_digit(kind) && date::birth(value).is_some();
    let date = day || [name, kind].iter().any(|word| holds(DATES, word));
    whole(value, !year && !phrase && !date && !holds(COUNTED, name))
}
