//! Physical values as text and back. A value is handled as its plain little-endian bytes, whatever its type.

use super::leaf::Kind;
use crate::batch::Replacement;
use bytes::Bytes;
use parquet::basic::Type as Physical;
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DataType, DoubleType, FixedLenByteArray, FixedLenByteArrayType, FloatType, Int32Type,
    Int64Type, Int96, Int96Type,
};
use std::io::Write as _;

/// What became of showing a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// Its text was appended.
    Text,
    /// It is bytes that are text for the most part: the text was appended, with U+FFFD where there is none.
    Partly,
    /// It has no text worth a look.
    Nothing,
    /// It should be UTF-8 and is not.
    Invalid,
}

/// Whether fractions are shown too: they hold no identifiers, but a label or a key may be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fractions {
    Shown,
    Left,
}

/// Appends the text of a value to `out`.
pub(super) fn show(kind: Kind, raw: &[u8], fractions: Fractions, out: &mut Vec<u8>) -> Shown {
    match kind {
        Kind::Text { promised } => {
            if simdutf8::basic::from_utf8(raw).is_ok() {
                out.extend_from_slice(raw);
                Shown::Text
            } else if promised {
                Shown::Invalid
            } else if is_mostly_text(raw) {
                out.extend_from_slice(String::from_utf8_lossy(raw).as_bytes());
                Shown::Partly
            } else {
                Shown::Nothing
            }
        }
        Kind::Bool => {
            out.extend_from_slice(if raw.first().is_some_and(|b| *b != 0) { b"true" } else { b"false" });
            Shown::Text
        }
        Kind::Int { unsigned, wide } => print(out, integer(raw, unsigned, wide)),
        Kind::Decimal { scale, big_endian } => decimal(out, raw, scale, big_endian),
        Kind::Date => match i32_of(raw) {
            Some(days) => print(out, date_text(i64::from(days))),
            None => Shown::Nothing,
        },
        Kind::Timestamp { ticks } => match i64_of(raw) {
            Some(value) => print(out, timestamp_text(value, ticks)),
            None => Shown::Nothing,
        },
        Kind::Int96 => int96(out, raw),
        Kind::Float => match <[u8; 4]>::try_from(raw) {
            Ok(bytes) => float(out, f64::from(f32::from_le_bytes(bytes)), f32::from_le_bytes(bytes), fractions),
            Err(_) => Shown::Nothing,
        },
        Kind::Double => match <[u8; 8]>::try_from(raw) {
            Ok(bytes) => float(out, f64::from_le_bytes(bytes), f64::from_le_bytes(bytes), fractions),
            Err(_) => Shown::Nothing,
        },
        Kind::Opaque => Shown::Nothing,
    }
}

/// Bytes by which a value is judged.
const HEAD: usize = 4096;

/// Whether bytes that are not UTF-8 are text all the same: in another encoding, or inside BSON, a pickle or the like. At least
/// five in eight are of printable characters; of random bytes, and so of packed ones, it is not half.
fn is_mostly_text(raw: &[u8]) -> bool {
    let head = raw.get(..HEAD).unwrap_or(raw);
    let printable = |c: &char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
    let text: usize = head.utf8_chunks().flat_map(|c| c.valid().chars().filter(printable).map(char::len_utf8)).sum();
    text * 8 >= head.len() * 5
}

fn print(out: &mut Vec<u8>, text: Option<impl std::fmt::Display>) -> Shown {
    let Some(text) = text else { return Shown::Nothing };
    match write!(out, "{text}") {
        Ok(()) => Shown::Text,
        Err(_) => Shown::Nothing,
    }
}

fn i32_of(raw: &[u8]) -> Option<i32> {
    raw.try_into().ok().map(i32::from_le_bytes)
}

fn i64_of(raw: &[u8]) -> Option<i64> {
    raw.try_into().ok().map(i64::from_le_bytes)
}

fn integer(raw: &[u8], unsigned: bool, wide: bool) -> Option<i128> {
    Some(match (wide, unsigned) {
        (true, false) => i64_of(raw)?.into(),
        (true, true) => (i64_of(raw)? as u64).into(),
        (false, false) => i32_of(raw)?.into(),
        (false, true) => (i32_of(raw)? as u32).into(),
    })
}

/// Digits of a decimal: little-endian where the physical type is an integer, else big-endian two's complement.
fn decimal(out: &mut Vec<u8>, raw: &[u8], scale: u8, big_endian: bool) -> Shown {
    let value = if big_endian { twos_complement(raw) } else { integer(raw, false, raw.len() == 8) };
    let Some(value) = value else { return Shown::Nothing };
    let digits = value.unsigned_abs().to_string();
    if value < 0 {
        out.push(b'-');
    }
    let scale = usize::from(scale);
    if scale == 0 {
        out.extend_from_slice(digits.as_bytes());
    } else {
        let padded = format!("{digits:0>width$}", width = scale + 1);
        let (whole, part) = padded.split_at(padded.len() - scale);
        out.extend_from_slice(whole.as_bytes());
        out.push(b'.');
        out.extend_from_slice(part.as_bytes());
    }
    Shown::Text
}

fn twos_complement(raw: &[u8]) -> Option<i128> {
    let first = *raw.first()?;
    let fill = if first & 0x80 == 0 { 0u8 } else { 0xff };
    let spare = raw.len().saturating_sub(16);
    // Sixteen bytes hold every precision that has digits enough for an identifier.
    if raw.iter().take(spare).any(|b| *b != fill) {
        return None;
    }
    let start = if fill == 0 { 0i128 } else { -1 };
    Some(raw.iter().skip(spare).fold(start, |v, b| v << 8 | i128::from(*b)))
}

/// The digits of a decimal of this type; nothing where the text has more of them behind the point, or too many.
fn decimal_of(text: &str, scale: u8, big_endian: bool, physical: Physical, len: usize) -> Option<Vec<u8>> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let part = part.trim_end_matches('0');
    let scale = usize::from(scale);
    if part.len() > scale || part.bytes().any(|b| !b.is_ascii_digit()) {
        return None;
    }
    let digits = format!("{whole}{part:0<scale$}").parse::<i128>().ok()?;
    let bytes = match physical {
        Physical::INT32 => i32::try_from(digits).ok()?.to_le_bytes().to_vec(),
        Physical::INT64 => i64::try_from(digits).ok()?.to_le_bytes().to_vec(),
        Physical::BYTE_ARRAY if big_endian => digits.to_be_bytes().to_vec(),
        Physical::FIXED_LEN_BYTE_ARRAY if big_endian && len <= 16 => digits.to_be_bytes().get(16 - len..)?.to_vec(),
        Physical::FIXED_LEN_BYTE_ARRAY if big_endian && len <= 64 => {
            let fill = if digits < 0 { 0xff } else { 0 };
            [vec![fill; len - 16], digits.to_be_bytes().to_vec()].concat()
        }
        _ => return None,
    };
    // What was cut off at the front must have been signs alone.
    let as_read = if big_endian { twos_complement(&bytes) } else { Some(digits) };
    (as_read == Some(digits)).then_some(bytes)
}

/// Nanoseconds of the day and the Julian day of a text without a fraction of a second.
fn int96_of(text: &str) -> Option<Vec<u8>> {
    let seconds = timestamp_of(text, 1)?;
    let day = u32::try_from(seconds.div_euclid(86_400).checked_add(2_440_588)?).ok()?;
    let nanos = seconds.rem_euclid(86_400) * 1_000_000_000;
    Some([&nanos.to_le_bytes()[..], &day.to_le_bytes()].concat())
}

fn float(out: &mut Vec<u8>, value: f64, text: impl std::fmt::Display, fractions: Fractions) -> Shown {
    // Beyond 2^63 a float spells no identifier.
    if value.fract() == 0.0 && value.abs() < 9.3e18 {
        return print(out, Some(value as i128));
    }
    if fractions == Fractions::Shown { print(out, Some(text)) } else { Shown::Nothing }
}

/// Proleptic Gregorian date of a day count from 1970-01-01; nothing beyond the year 9999.
fn date_text(days: i64) -> Option<String> {
    // Counting from 0000-03-01 puts the leap day at the end of a year.
    let days = days.checked_add(719_468)?;
    let era = days.div_euclid(146_097);
    let day = days.rem_euclid(146_097);
    let year_of_era = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (0..=9999).contains(&year).then(|| format!("{year:04}-{month:02}-{day_of_month:02}"))
}

fn date_of(text: &str) -> Option<i64> {
    let mut parts = text.splitn(3, '-');
    let mut next = || parts.next()?.parse::<i64>().ok();
    let (year, month, day) = (next()?, next()?, next()?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || !(0..=9999).contains(&year) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month = (month + 9) % 12;
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

/// `2024-02-29T12:00:00`, with a fraction of as many digits as the unit has, if it is not zero.
fn timestamp_text(value: i64, ticks: i64) -> Option<String> {
    let (seconds, part) = (value.div_euclid(ticks), value.rem_euclid(ticks));
    let date = date_text(seconds.div_euclid(86_400))?;
    let second = seconds.rem_euclid(86_400);
    let clock = format!("{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60);
    if part == 0 {
        return Some(format!("{date}T{clock}"));
    }
    let width = ticks.ilog10() as usize;
    Some(format!("{date}T{clock}.{part:0width$}"))
}

fn timestamp_of(text: &str, ticks: i64) -> Option<i64> {
    let (date, clock) = match text.split_once(['T', ' ']) {
        Some((date, clock)) => (date, clock.trim_end_matches('Z')),
        None => (text, "00:00:00"),
    };
    let (clock, part) = clock.split_once('.').unwrap_or((clock, "0"));
    let mut parts = clock.split(':').map(|p| p.parse::<i64>().ok().filter(|n| (0..60).contains(n)));
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next().unwrap_or(Some(0))?);
    let width = ticks.ilog10() as usize;
    let part: i64 = if width == 0 { 0 } else { format!("{part:0<width$}").get(..width)?.parse().ok()? };
    let seconds = date_of(date)?.checked_mul(86_400)? + hour * 3600 + minute * 60 + second;
    seconds.checked_mul(ticks)?.checked_add(part)
}

/// Nanoseconds of a day, then the Julian day.
fn int96(out: &mut Vec<u8>, raw: &[u8]) -> Shown {
    let Some((nanos, day)) = raw.split_first_chunk::<8>() else { return Shown::Nothing };
    let Some(day) = i32_of(day) else { return Shown::Nothing };
    let seconds = (i64::from(day) - 2_440_588) * 86_400 + i64::from_le_bytes(*nanos) / 1_000_000_000;
    print(out, timestamp_text(seconds, 1))
}

/// What a value becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum New {
    Null,
    /// Plain bytes; equal values mostly share them.
    Value(Bytes),
}

/// The physical form of a replacement. A typed value takes a text that it can hold (a shifted date, a rounded number);
/// otherwise it becomes null, or zero where there is no null.
pub(super) fn encode(kind: Kind, physical: Physical, len: usize, nullable: bool, with: &Replacement) -> New {
    let text = match with {
        Replacement::Text(text) => Some(text.as_str()),
        Replacement::Null => None,
    };
    let fitting = match (kind, physical, text) {
        (Kind::Text { .. }, Physical::BYTE_ARRAY, Some(text)) => Some(text.as_bytes().to_vec()),
        (Kind::Text { .. }, Physical::FIXED_LEN_BYTE_ARRAY, Some(text)) if text.len() == len => Some(text.as_bytes().to_vec()),
        (Kind::Int { unsigned: false, wide: false }, _, Some(text)) => text.parse::<i32>().ok().map(|v| v.to_le_bytes().to_vec()),
        (Kind::Int { unsigned: false, wide: true }, _, Some(text)) => text.parse::<i64>().ok().map(|v| v.to_le_bytes().to_vec()),
        (Kind::Int { unsigned: true, wide: false }, _, Some(text)) => text.parse::<u32>().ok().map(|v| v.to_le_bytes().to_vec()),
        (Kind::Int { unsigned: true, wide: true }, _, Some(text)) => text.parse::<u64>().ok().map(|v| v.to_le_bytes().to_vec()),
        (Kind::Float, _, Some(text)) => text.parse::<f32>().ok().filter(|v| v.is_finite()).map(|v| v.to_le_bytes().to_vec()),
        (Kind::Double, _, Some(text)) => text.parse::<f64>().ok().filter(|v| v.is_finite()).map(|v| v.to_le_bytes().to_vec()),
        (Kind::Date, _, Some(text)) => date_of(text).and_then(|v| i32::try_from(v).ok()).map(|v| v.to_le_bytes().to_vec()),
        (Kind::Decimal { scale, big_endian }, _, Some(text)) => decimal_of(text, scale, big_endian, physical, len),
        (Kind::Int96, _, Some(text)) => int96_of(text),
        (Kind::Timestamp { ticks }, _, Some(text)) => timestamp_of(text, ticks).map(|v| v.to_le_bytes().to_vec()),
        (Kind::Bool, _, Some("true")) => Some(vec![1]),
        (Kind::Bool, _, Some("false")) => Some(vec![0]),
        _ => None,
    };
    match fitting {
        Some(value) => New::Value(value.into()),
        None if nullable => New::Null,
        None => New::Value(zero(kind, physical, len).into()),
    }
}

/// The value that stands for nothing: empty bytes, zero, the epoch.
pub(super) fn zero(kind: Kind, physical: Physical, len: usize) -> Vec<u8> {
    match physical {
        Physical::BOOLEAN => vec![0],
        Physical::INT32 | Physical::FLOAT => vec![0; 4],
        Physical::INT64 | Physical::DOUBLE => vec![0; 8],
        // The Julian day of the epoch.
        Physical::INT96 => [&[0; 8][..], &2_440_588u32.to_le_bytes()].concat(),
        Physical::BYTE_ARRAY if matches!(kind, Kind::Decimal { .. }) => vec![0],
        Physical::BYTE_ARRAY => Vec::new(),
        Physical::FIXED_LEN_BYTE_ARRAY => vec![0; len],
    }
}

/// Makes a value of the library's type from its plain bytes.
pub(super) trait Physically: DataType {
    /// Nothing where the length does not fit.
    fn from_raw(raw: &[u8]) -> Option<Self::T>;
}

macro_rules! physically {
    ($($of:ty: $raw:ident => $made:expr;)*) => {
        $(impl Physically for $of {
            fn from_raw($raw: &[u8]) -> Option<Self::T> {
                $made
            }
        })*
    };
}

physically! {
    BoolType: raw => raw.first().map(|b| *b != 0);
    Int32Type: raw => i32_of(raw);
    Int64Type: raw => i64_of(raw);
    Int96Type: raw => {
        let word = |at: usize| raw.get(at..at + 4).and_then(i32_of).map(|v| v as u32);
        let mut value = Int96::new();
        value.set_data(word(0)?, word(4)?, word(8)?);
        Some(value)
    };
    FloatType: raw => raw.try_into().ok().map(f32::from_le_bytes);
    DoubleType: raw => i64_of(raw).map(|v| f64::from_bits(v as u64));
    ByteArrayType: raw => Some(ByteArray::from(raw.to_vec()));
    FixedLenByteArrayType: raw => Some(FixedLenByteArray::from(raw.to_vec()));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(kind: Kind, raw: &[u8]) -> Option<String> {
        let mut out = Vec::new();
        matches!(show(kind, raw, Fractions::Left, &mut out), Shown::Text | Shown::Partly).then(|| String::from_utf8(out).unwrap())
    }

    #[test]
    fn values_are_shown_as_people_write_them() {
        let int = Kind::Int { unsigned: false, wide: true };
        let rows: Vec<(Kind, Vec<u8>, Option<&str>, &str)> = vec![
            (int, (-5i64).to_le_bytes().to_vec(), Some("-5"), "signed"),
            (Kind::Int { unsigned: true, wide: false }, (-1i32).to_le_bytes().to_vec(), Some("4294967295"), "unsigned"),
            (Kind::Date, 0i32.to_le_bytes().to_vec(), Some("1970-01-01"), "the epoch"),
            (Kind::Date, 11_016i32.to_le_bytes().to_vec(), Some("2000-02-29"), "a leap day"),
            (Kind::Date, (-1i32).to_le_bytes().to_vec(), Some("1969-12-31"), "before the epoch"),
            (Kind::Date, i32::MAX.to_le_bytes().to_vec(), None, "a year that no one writes"),
            (Kind::Timestamp { ticks: 1000 }, 1_500i64.to_le_bytes().to_vec(), Some("1970-01-01T00:00:01.500"), "millis"),
            (Kind::Double, 4_915_112_345_678f64.to_le_bytes().to_vec(), Some("4915112345678"), "an integral float"),
            (Kind::Double, 0.5f64.to_le_bytes().to_vec(), None, "a fraction"),
            (Kind::Double, f64::NAN.to_le_bytes().to_vec(), None, "not a number"),
            (Kind::Decimal { scale: 2, big_endian: true }, vec![0xff, 0xfb], Some("-0.05"), "a big-endian decimal"),
            (Kind::Decimal { scale: 0, big_endian: true }, vec![0; 20], Some("0"), "a wide decimal"),
            (Kind::Decimal { scale: 1, big_endian: false }, 15i32.to_le_bytes().to_vec(), Some("1.5"), "a narrow decimal"),
            (Kind::Text { promised: false }, vec![0xff], None, "bytes that are no text"),
            (Kind::Text { promised: false }, b"\xe9t\xe9 a@b".to_vec(), Some("\u{fffd}t\u{fffd} a@b"), "another encoding"),
            (Kind::Text { promised: false }, b"\x89PNG\xf0\x01\x02".to_vec(), None, "a word in binary data"),
        ];
        for (kind, raw, want, why) in rows {
            assert_eq!(shown(kind, &raw).as_deref(), want, "{why}");
        }
    }

    #[test]
    fn dates_and_timestamps_go_there_and_back() {
        for day in (-719_000..2_900_000).step_by(997) {
            assert_eq!(date_of(&date_text(day).unwrap()), Some(day));
        }
        for (value, ticks) in [(1_700_000_000_123, 1000), (-1, 1_000_000), (1_700_000_000_000_000_001, 1_000_000_000)] {
            assert_eq!(timestamp_of(&timestamp_text(value, ticks).unwrap(), ticks), Some(value));
        }
    }

    #[test]
    fn decimals_and_old_timestamps_go_there_and_back() {
        let narrow = Kind::Decimal { scale: 2, big_endian: false };
        let wide = Kind::Decimal { scale: 2, big_endian: true };
        for (kind, physical, len, text, fits, why) in [
            (narrow, Physical::INT32, 0, "-12.50", true, "four bytes"),
            (narrow, Physical::INT32, 0, "99999999999.00", false, "too many digits"),
            (narrow, Physical::INT64, 0, "99999999999.00", true, "eight bytes"),
            (wide, Physical::BYTE_ARRAY, 0, "0.05", true, "any number of bytes"),
            (wide, Physical::FIXED_LEN_BYTE_ARRAY, 3, "-327.68", true, "three bytes"),
            (wide, Physical::FIXED_LEN_BYTE_ARRAY, 2, "400.00", false, "two are too few"),
            (wide, Physical::FIXED_LEN_BYTE_ARRAY, 20, "-1.00", true, "twenty"),
            (narrow, Physical::INT64, 0, "1.005", false, "a third place"),
            (narrow, Physical::INT64, 0, "<AMOUNT>", false, "no number"),
            (Kind::Int96, Physical::INT96, 0, "1969-12-31T23:59:59", true, "before the epoch"),
        ] {
            let new = encode(kind, physical, len, true, &Replacement::Text(text.into()));
            let back = match &new {
                New::Value(raw) => shown(kind, raw),
                New::Null => None,
            };
            assert_eq!(back.as_deref(), fits.then_some(text), "{why}");
        }
    }

    #[test]
    fn what_does_not_fit_becomes_null_or_zero() {
        let text = Replacement::Text("<PHONE>".into());
        let int = Kind::Int { unsigned: false, wide: true };
        assert_eq!(encode(int, Physical::INT64, 0, true, &text), New::Null);
        assert_eq!(encode(int, Physical::INT64, 0, false, &text), New::Value(vec![0; 8].into()));
        assert_eq!(
            encode(int, Physical::INT64, 0, false, &Replacement::Text("7".into())),
            New::Value(7i64.to_le_bytes().to_vec().into())
        );
        let fixed = Kind::Text { promised: false };
        assert_eq!(encode(fixed, Physical::FIXED_LEN_BYTE_ARRAY, 3, false, &text), New::Value(vec![0; 3].into()));
        assert_eq!(encode(fixed, Physical::BYTE_ARRAY, 0, false, &Replacement::Null), New::Value(Bytes::new()));
    }
}
