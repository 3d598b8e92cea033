//! Numbers with a unit: sizes and shares.

use serde::de;
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;

/// A number of bytes: `"512MiB"`, `"64kB"`, `1048576`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(pub u64);

impl std::str::FromStr for Size {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (number, unit) = text.split_at(split);
        let factor: u64 = match unit.trim().to_ascii_lowercase().as_str() {
            "" | "b" => 1,
            "k" | "kb" => 1000,
            "kib" => 1 << 10,
            "m" | "mb" => 1_000_000,
            "mib" => 1 << 20,
            "g" | "gb" => 1_000_000_000,
            "gib" => 1 << 30,
            _ => return Err(format!("`{text}` is no size; write it as 512MiB or 1GB")),
        };
        let number: f64 = number.parse().map_err(|_| format!("`{text}` is no size; write it as 512MiB or 1GB"))?;
        let bytes = number * factor as f64;
        if !(0.0..=1e15).contains(&bytes) {
            return Err(format!("`{text}` is out of range"));
        }
        Ok(Self(bytes as u64))
    }
}

/// A share: `"1%"` or `0.01`; held as a fraction of 1.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Percent(pub f64);

impl std::str::FromStr for Percent {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no share; write it as 1% or 0.01");
        let share = match text.trim().strip_suffix('%') {
            Some(percent) => percent.trim().parse::<f64>().map_err(|_| wrong())? / 100.0,
            None => text.trim().parse::<f64>().map_err(|_| wrong())?,
        };
        if (0.0..=1.0).contains(&share) { Ok(Self(share)) } else { Err(wrong()) }
    }
}

/// A number of days: `"90d"`, `"13w"`, `90`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Days(pub u64);

/// A hundred years: what is kept longer is kept for good.
const MOST_DAYS: u64 = 36_525;

impl std::str::FromStr for Days {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{}` is no number of days up to {MOST_DAYS}; write it as 90d or 13w", text.escape_default());
        let text = text.trim();
        let (number, days) = match (text.strip_suffix('d'), text.strip_suffix('w')) {
            (Some(number), _) => (number, 1),
            (_, Some(number)) => (number, 7),
            _ => (text, 1),
        };
        let days = number.trim().parse::<u64>().ok().and_then(|number| number.checked_mul(days));
        days.filter(|days| *days <= MOST_DAYS).map(Self).ok_or_else(wrong)
    }
}

/// Numbers that are written as text with a unit or as a plain number.
macro_rules! written_with_unit {
    ($type:ident, $number:ty, $show:expr) => {
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                $show(self.0, f)
            }
        }
        impl Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                #[derive(Deserialize)]
                #[serde(untagged)]
                #[serde(expecting = "a number, or a text with a unit")]
                enum Written {
                    Number($number),
                    Text(String),
                }
                let text = match Written::deserialize(d)? {
                    Written::Number(n) => n.to_string(),
                    Written::Text(t) => t,
                };
                text.parse().map_err(de::Error::custom)
            }
        }
    };
}
written_with_unit!(Size, u64, |bytes: u64, f: &mut fmt::Formatter<'_>| match bytes {
    b if b >= 1 << 30 && b % (1 << 30) == 0 => write!(f, "{}GiB", b >> 30),
    b if b >= 1 << 20 && b % (1 << 20) == 0 => write!(f, "{}MiB", b >> 20),
    b if b >= 1 << 10 && b % (1 << 10) == 0 => write!(f, "{}KiB", b >> 10),
    b => write!(f, "{b}"),
});
written_with_unit!(Days, u64, |days: u64, f: &mut fmt::Formatter<'_>| write!(f, "{days}d"));
written_with_unit!(Percent, f64, |share: f64, f: &mut fmt::Formatter<'_>| {
    // 0.07 * 100 is 7.000000000000001.
    write!(f, "{}%", (share * 1e8).round() / 1e6)
});
