//! Numbers as they are written, without what floating point makes of them.

/// A decimal number: `digits` over ten to the `scale`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Decimal {
    digits: i128,
    scale: u32,
}

/// Most digits of a number that is read: products stay far below what 128 bits hold.
const DIGITS: usize = 18;

impl Decimal {
    /// Reads `-12.50`, `+3`, `.5` and `1.5e3`; nothing for what is no number or has too many digits.
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let (number, exponent) = match text.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (sign, number) = match number.strip_prefix('-') {
            Some(number) => (-1, number),
            None => (1, number.strip_prefix('+').unwrap_or(number)),
        };
        let (whole, part) = number.split_once('.').unwrap_or((number, ""));
        let is_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        let count = whole.len() + part.len();
        if count == 0 || count > DIGITS || !is_digits(whole) || !is_digits(part) {
            return None;
        }
        let digits = sign * [whole, part].concat().parse::<i128>().ok()?;
        let scale = i32::try_from(part.len()).ok()?.checked_sub(exponent)?;
        match u32::try_from(scale) {
            Ok(scale) if scale as usize <= DIGITS => Some(Self { digits, scale }),
            Ok(_) => None,
            Err(_) => {
                let zeros = u32::try_from(scale.checked_neg()?).ok()?;
                (count + zeros as usize <= DIGITS).then(|| Self { digits: digits * 10i128.pow(zeros), scale: 0 })
            }
        }
    }

    /// Whether it is above zero.
    pub fn is_positive(self) -> bool {
        self.digits > 0
    }

    /// Both over the same power of ten.
    fn aligned(self, other: Self) -> (i128, i128, u32) {
        let scale = self.scale.max(other.scale);
        let digits = |d: Self| d.digits * 10i128.pow(scale - d.scale);
        (digits(self), digits(other), scale)
    }

    /// The nearest multiple of a step above zero; halves go away from zero.
    pub fn rounded(self, step: Self) -> Self {
        let (value, step_digits, scale) = self.aligned(step);
        let step_digits = step_digits.max(1);
        let (times, rest) = (value.abs() / step_digits, value.abs() % step_digits);
        let magnitude = (times + i128::from(rest * 2 >= step_digits)) * step_digits;
        Self { digits: magnitude * value.signum(), scale }.with_at_least(self.scale.min(step.scale))
    }

    /// The greatest whole multiple of `width` that is not above it.
    pub fn floor_to(self, width: i128) -> i128 {
        let width = width.max(1);
        self.digits.div_euclid(10i128.pow(self.scale)).div_euclid(width) * width
    }

    /// Without zeros at the end, but for the first `least` places.
    fn with_at_least(mut self, least: u32) -> Self {
        while self.scale > least && self.digits % 10 == 0 {
            self.digits /= 10;
            self.scale -= 1;
        }
        self
    }
}

impl std::fmt::Display for Decimal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = if self.digits < 0 { "-" } else { "" };
        let scale = self.scale as usize;
        let digits = format!("{:0>width$}", self.digits.unsigned_abs(), width = scale + 1);
        let (whole, part) = digits.split_at_checked(digits.len() - scale).unwrap_or((&digits, ""));
        write!(f, "{sign}{whole}")?;
        if part.is_empty() { Ok(()) } else { write!(f, ".{part}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_and_written_to_the_digit() {
        for (text, want) in [
            ("12", Some("12")),
            ("-0.50", Some("-0.50")),
            ("+3", Some("3")),
            (".5", Some("0.5")),
            ("1.5e3", Some("1500")),
            ("15e-1", Some("1.5")),
            ("123456789012345678", Some("123456789012345678")),
            ("1234567890123456789", None),
            ("1e99", None),
            ("1e-2147483648", None),
            ("12a", None),
            ("", None),
            ("-", None),
            ("1.2.3", None),
        ] {
            assert_eq!(Decimal::read(text).map(|d| d.to_string()).as_deref(), want, "{text}");
        }
    }
}
