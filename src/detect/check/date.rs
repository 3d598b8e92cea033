//! Calendar dates as people write a day of birth.

use super::whole;

const MONTHS: [&[u8]; 12] = [b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec"];

/// Month words whose first letters differ from the English ones: German, French, Spanish, Italian, Portuguese, Dutch, Danish
/// and the like; the first that fits.
const FOREIGN: &[(&[u8], u32)] = &[
    (b"ene", 1),
    (b"gen", 1),
    (b"fev", 2),
    (b"f\xC3\xA9v", 2),
    (b"maa", 3),
    (b"mrt", 3),
    (b"m\xC3\xA4r", 3),
    (b"abr", 4),
    (b"avr", 4),
    (b"mag", 5),
    (b"mai", 5),
    (b"maj", 5),
    (b"mei", 5),
    (b"giu", 6),
    (b"juil", 7),
    (b"jui", 6),
    (b"lug", 7),
    (b"ago", 8),
    (b"ao\xC3\xBB", 8),
    (b"set", 9),
    (b"okt", 10),
    (b"ott", 10),
    (b"out", 10),
    (b"dez", 12),
    (b"dic", 12),
    (b"d\xC3\xA9c", 12),
];

fn month_of(word: &[u8]) -> Option<u32> {
    let begins = |m: &[u8]| word.get(..m.len()).is_some_and(|w| w.eq_ignore_ascii_case(m));
    let english = MONTHS.iter().position(|m| begins(m)).map(|i| i as u32 + 1);
    english.or_else(|| FOREIGN.iter().find(|(m, _)| begins(m)).map(|(_, n)| *n))
}

fn days_in(month: u32, year: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn fits(year: u32, month: u32, day: u32) -> bool {
    let year = if year < 100 { 2000 + year } else { year };
    (1900..2100).contains(&year) && (1..=12).contains(&month) && (1..=days_in(month, year)).contains(&day)
}

/// Six digits YYMMDD of a day in this century or the last.
pub(super) fn short_date(digits: [u8; 6]) -> bool {
    let [y1, y2, m1, m2, d1, d2] = digits.map(u32::from);
    // 1900 was no leap year, 2000 was one.
    fits(y1 * 10 + y2, m1 * 10 + m2, d1 * 10 + d2)
}

/// Eight digits YYYYMMDD of a day from 1900 on.
pub(super) fn long_date(digits: [u8; 8]) -> bool {
    let [y1, y2, y3, y4, m1, m2, d1, d2] = digits.map(u32::from);
    let year = y1 * 1000 + y2 * 100 + y3 * 10 + y4;
    year >= 1900 && fits(year, m1 * 10 + m2, d1 * 10 + d2)
}

/// Two of day, month and year: `05/1980`, `05/80`, `5/21`, `May 1980`, `21st May`.
pub(super) fn birth_part(value: &[u8]) -> Option<usize> {
    let mut parts = value.split(|b| !b.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
    let (first, second) = (parts.next()?, parts.next()?);
    let number = |part: &[u8]| {
        let digits = part.iter().take_while(|b| b.is_ascii_digit()).count();
        std::str::from_utf8(part.get(..digits)?).ok()?.parse::<u32>().ok()
    };
    // A leap year allows all days of a month.
    let day_of = |month, day| fits(2000, month, day);
    let month_of_year = |month, year: &[u8]| match year.len() {
        2 => (1..=12).contains(&month),
        _ => number(year).is_some_and(|year| fits(year, month, 1)),
    };
    let good = match (number(first), number(second)) {
        (Some(a), Some(b)) => month_of_year(a, second) || day_of(a, b) || day_of(b, a),
        (Some(a), None) => day_of(month_of(second)?, a),
        (None, Some(b)) => month_of_year(month_of(first)?, second) || day_of(month_of(first)?, b),
        (None, None) => false,
    };
    whole(value, good)
}

/// Year first, day first, month first, a month word, or eight digits in a row; a time may follow after `T` or a space.
pub(super) fn birth(value: &[u8]) -> Option<usize> {
    let time = |pair: &[u8]| matches!(pair, [b'0'..=b'9', b'T'] | [_, b':']);
    let date_end = value.windows(2).position(time).map_or(value.len(), |at| at + 1);
    let mut numbers = [0_u32; 3];
    let mut widths = [0_usize; 3];
    let mut count = 0;
    let mut month_word = None;
    for part in value.get(..date_end)?.split(|b| !b.is_ascii_alphanumeric() && *b < 0x80).filter(|p| !p.is_empty()) {
        let width = part.iter().take_while(|b| b.is_ascii_digit()).count();
        if width == 0 {
            if let Some(month) = month_of(part) {
                month_word = Some(month);
            }
            continue;
        }
        if count == 3 {
            break;
        }
        let text = std::str::from_utf8(part.get(..width)?).ok()?;
        *numbers.get_mut(count)? = text.parse().ok()?;
        *widths.get_mut(count)? = width;
        count += 1;
    }
    let [a, b, c] = numbers;
    let good = match (count, month_word, widths) {
        (1, None, [8, ..]) => fits(a / 10_000, a / 100 % 100, a % 100) || fits(a % 10_000, a / 100 % 100, a / 10_000),
        (2.., Some(month), [4, ..]) => fits(a, month, b),
        (2.., Some(month), _) => fits(b, month, a),
        (3, None, [4, ..]) => fits(a, b, c),
        (3, None, _) => fits(c, b, a) || fits(c, a, b),
        _ => false,
    };
    whole(value, good)
}
