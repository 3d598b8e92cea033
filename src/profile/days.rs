//! Days out of the usual spellings of time, without a time zone's subtleties: a slice of time is a day or longer.

/// The day a text names, counted from 1970-01-01: ISO dates and date-times (`-`, `/` or nothing between), and Unix time
/// in seconds, milliseconds, microseconds or nanoseconds. Nothing where the text is no time between 1900 and 2200.
pub fn day_of(text: &[u8]) -> Option<i32> {
    let text = text.trim_ascii();
    let digits = text.iter().take_while(|b| b.is_ascii_digit()).count();
    let whole = digits == text.len() || text.get(digits) == Some(&b'.');
    if whole && (9..=19).contains(&digits) && digits != 14 {
        let n = number(text.get(..digits)?)?;
        let per_day = 86_400
            * 10i64.pow(match digits {
                9 | 10 => 0,
                11..=13 => 3,
                15 | 16 => 6,
                _ => 9,
            });
        return i32::try_from(n / per_day).ok().filter(|d| (*d) < 84_006);
    }
    let (year, rest) = text.split_at_checked(4)?;
    let (month, day) = match rest {
        [b'-' | b'/', a, b, rest @ ..] => match rest {
            [] => ([*a, *b], *b"01"),
            [b'-' | b'/', c, d, rest @ ..] if !rest.first().is_some_and(u8::is_ascii_digit) => ([*a, *b], [*c, *d]),
            _ => return None,
        },
        [a, b, c, d, rest @ ..]
            if matches!(digits, 8 | 14) && (digits == 14 || !rest.first().is_some_and(u8::is_ascii_digit)) =>
        {
            ([*a, *b], [*c, *d])
        }
        _ => return None,
    };
    let (year, month, day) = (number(year)?, number(&month)?, number(&day)?);
    ((1900..2200).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day)).then(|| days(year, month, day))
}

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0i64, |n, b| b.is_ascii_digit().then(|| n.checked_mul(10)?.checked_add(i64::from(b - b'0')))?)
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar, counted in years that begin in March.
fn days(year: i64, month: i64, day: i64) -> i32 {
    let year = if month <= 2 { year - 1 } else { year };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    (year * 365 + year / 4 - year / 100 + year / 400 + of_year - 719_468) as i32
}

/// Year, month and day of a day number.
pub fn date_of(day: i32) -> (i32, u32, u32) {
    let shifted = i64::from(day) + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let date = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    ((year + era * 400 + i64::from(month <= 2)) as i32, month as u32, date as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_the_usual_spellings() {
        for (text, day, why) in [
            ("1970-01-01", Some(0), "the first day"),
            ("2024-02-29T23:59:59Z", Some(19_782), "a leap day with a time"),
            ("2024/02/29", Some(19_782), "slashes"),
            ("20240229", Some(19_782), "no separators"),
            ("20240229120000", Some(19_782), "no separators, with a time"),
            ("2024-02", Some(19_754), "a month is its first day"),
            ("1709210000", Some(19_782), "seconds"),
            ("1709210000000", Some(19_782), "milliseconds"),
            ("1709210000.25", Some(19_782), "fractions of a second"),
            ("1969-12-31", Some(-1), "before the epoch"),
            ("2024-13-01", None, "no such month"),
            ("yesterday", None, "words"),
            ("", None, "nothing"),
            ("99999999999999999999999", None, "too many digits"),
        ] {
            assert_eq!(day_of(text.as_bytes()), day, "{why}");
        }
    }

    #[test]
    fn dates_and_days_are_inverse() {
        for day in (-25_000..84_000).step_by(37) {
            let (y, m, d) = date_of(day);
            assert_eq!(days(i64::from(y), i64::from(m), i64::from(d)), day);
        }
    }
}
