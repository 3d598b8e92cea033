//! Labels by stretch of time: days, or months or years where there are too many.

use super::days::date_of;
use super::slices::{CLASSES, Slice, add_counts, fold_counts, read_counts, write_counts};
use super::wire::{Broken, In, Out};
use std::collections::BTreeMap;

/// More days than this become months, more months years.
const SPANS: usize = 400;

/// How long a time slice is. A longer one takes in whole shorter ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Span {
    /// A day.
    #[default]
    Day,
    /// A month.
    Month,
    /// A year.
    Year,
}

impl Span {
    /// The slice of this span that a day lies in: days, months or years counted from 1970.
    pub fn of(self, day: i32) -> i32 {
        let (year, month, _) = date_of(day);
        match self {
            Self::Day => day,
            Self::Month => (year - 1970) * 12 + month as i32 - 1,
            Self::Year => year - 1970,
        }
    }

    /// The name of a slice: `2024-02-29`, `2024-02`, `2024`.
    pub fn name(self, at: i32) -> String {
        match self {
            Self::Day => {
                let (year, month, day) = date_of(at);
                format!("{year:04}-{month:02}-{day:02}")
            }
            Self::Month => format!("{:04}-{:02}", 1970 + at.div_euclid(12), at.rem_euclid(12) + 1),
            Self::Year => format!("{:04}", 1970 + at),
        }
    }

    /// What a slice of this span becomes in the next longer one.
    fn longer(self, at: i32) -> i32 {
        match self {
            Self::Day => Self::Month.of(at),
            Self::Month => at.div_euclid(12),
            Self::Year => at,
        }
    }

    fn next(self) -> Self {
        if self == Self::Day { Self::Month } else { Self::Year }
    }
}

/// Slices of time. The span is the shortest that leaves at most 400 slices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Times {
    pub(crate) span: Span,
    pub(crate) kept: BTreeMap<i32, Slice>,
    /// Rows with a time that could not be read.
    pub unread: u64,
}

impl Times {
    /// The span of a slice.
    pub fn span(&self) -> Span {
        self.span
    }

    /// The slices in order of time.
    pub fn iter(&self) -> impl Iterator<Item = (i32, &Slice)> {
        self.kept.iter().map(|(at, s)| (*at, s))
    }

    pub(crate) fn add(&mut self, day: i32, rows: u64, counts: &[(u64, u64)]) {
        let slice = self.kept.entry(self.span.of(day)).or_default();
        slice.rows = slice.rows.saturating_add(rows);
        add_counts(&mut slice.counts, counts);
    }

    pub(crate) fn merge(&mut self, mut other: Self) {
        self.unread = self.unread.saturating_add(other.unread);
        while self.span < other.span {
            self.lengthen();
        }
        while other.span < self.span {
            other.lengthen();
        }
        for (at, slice) in other.kept {
            self.kept.entry(at).or_default().add(&slice);
        }
    }

    /// The same slices in the next longer span.
    pub fn lengthen(&mut self) {
        for (at, slice) in std::mem::take(&mut self.kept) {
            self.kept.entry(self.span.longer(at)).or_default().add(&slice);
        }
        self.span = self.span.next();
    }

    pub(crate) fn settle(&mut self, folded: bool) {
        if folded {
            self.kept.values_mut().for_each(|s| fold_counts(&mut s.counts, CLASSES));
        }
        while self.kept.len() > SPANS && self.span < Span::Year {
            self.lengthen();
        }
    }

    pub(crate) fn write(&self, out: &mut Out) {
        out.byte(self.span as u8);
        out.u(self.unread);
        out.u(self.kept.len() as u64);
        for (at, slice) in &self.kept {
            out.i(i64::from(*at));
            out.u(slice.rows);
            write_counts(&slice.counts, out);
        }
    }

    pub(crate) fn read(from: &mut In<'_>) -> Result<Self, Broken> {
        let span = match from.byte()? {
            0 => Span::Day,
            1 => Span::Month,
            2 => Span::Year,
            _ => return Err(Broken("no such span of time")),
        };
        let mut times = Self { span, unread: from.u()?, ..Self::default() };
        let n = from.count(3)?;
        if n > SPANS {
            return Err(Broken("more times than a profile holds"));
        }
        for _ in 0..n {
            let at =
                i32::try_from(from.i()?).ok().filter(|at| at.unsigned_abs() < 200_000).ok_or(Broken("a time is out of range"))?;
            times.kept.insert(at, Slice { name: String::new(), rows: from.u()?, counts: read_counts(from)? });
        }
        Ok(times)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_out_of_range_are_refused() {
        for at in [i32::MIN, -200_000, 200_000, i32::MAX] {
            let mut out = Out::default();
            let times = Times { kept: [(at, Slice::default())].into(), ..Times::default() };
            times.write(&mut out);
            assert!(Times::read(&mut In::new(&out.done())).is_err(), "{at}");
        }
    }
}
