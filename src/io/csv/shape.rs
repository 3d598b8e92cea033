//! What a cell looks like, as far as it helps to tell dialects and headers.

/// The look of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// Nothing but spaces.
    Empty,
    /// Digits with signs, separators, an exponent, a currency or a percent sign.
    Number,
    /// A date or a time of day.
    Time,
    /// An e-mail address, a URL or a UUID.
    Address,
    /// One word, as names and codes are.
    Word,
    /// Anything else.
    Text,
}

impl Look {
    /// The look that `cell` has.
    pub(super) fn of(cell: &[u8]) -> Self {
        let cell = cell.trim_ascii();
        if cell.is_empty() {
            Self::Empty
        } else if cell.len() <= 40 && time(cell) {
            Self::Time
        } else if cell.len() <= 40 && number(cell) {
            Self::Number
        } else if address(cell) {
            Self::Address
        } else if cell.len() <= 64 && cell.iter().all(|&b| b.is_ascii_alphanumeric() || b >= 0x80 || b"_-.#$/[]:".contains(&b)) {
            Self::Word
        } else {
            Self::Text
        }
    }

    /// Says what kind of value it is: no name of a column looks so.
    pub(super) fn is_typed(self) -> bool {
        matches!(self, Self::Number | Self::Time | Self::Address)
    }
}

fn number(cell: &[u8]) -> bool {
    let digits = cell.iter().filter(|b| b.is_ascii_digit()).count();
    let letters = cell.iter().filter(|b| b.is_ascii_alphabetic()).count();
    let marks = |b: &u8| b.is_ascii_digit() || b"+-.,_'()$% eE".contains(b) || "€£".as_bytes().contains(b);
    digits > 0 && letters <= 1 && cell.iter().all(marks) && !matches!(cell, [b'e' | b'E', ..])
}

fn time(cell: &[u8]) -> bool {
    let digits = cell.iter().filter(|b| b.is_ascii_digit()).count();
    let marks = |mark: u8| memchr::memchr_iter(mark, cell).count();
    let parted = b"-/:.".iter().any(|&mark| marks(mark) == 2);
    let clock = marks(b':') == 1;
    cell.first().is_some_and(u8::is_ascii_digit)
        && ((parted && digits >= 4) || (clock && digits >= 3))
        && cell.iter().all(|b| b.is_ascii_digit() || b"-/:.+ TZ".contains(b))
}

fn address(cell: &[u8]) -> bool {
    if cell.len() > 2048 || cell.iter().any(u8::is_ascii_whitespace) {
        return false;
    }
    let mut at = cell.splitn(2, |&b| b == b'@');
    if let (Some([_, ..]), Some(host)) = (at.next(), at.next()) {
        return host.contains(&b'.') && !host.contains(&b'@') && !matches!(host, [b'.', ..] | [.., b'.']);
    }
    let uuid = cell.len() == 36 && cell.iter().all(|b| b.is_ascii_hexdigit() || *b == b'-');
    uuid || cell.starts_with(b"http://") || cell.starts_with(b"https://") || cell.starts_with(b"www.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_are_told_apart() {
        for (cell, look) in [
            ("  ", Look::Empty),
            ("-3.335724", Look::Number),
            ("1,5", Look::Number),
            ("1.5e-7", Look::Number),
            ("$1,200.00", Look::Number),
            ("12%", Look::Number),
            ("2026-01-31", Look::Time),
            ("31.01.2026", Look::Time),
            ("2026-01-31T10:00:00Z", Look::Time),
            ("10:30", Look::Time),
            ("ann@example.com", Look::Address),
            ("https://example.com/a?b", Look::Address),
            ("123e4567-e89b-12d3-a456-426614174000", Look::Address),
            ("first_name", Look::Word),
            ("e", Look::Word),
            ("straße", Look::Word),
            ("Hello there", Look::Text),
            ("@here", Look::Text),
        ] {
            assert_eq!(Look::of(cell.as_bytes()), look, "{cell}");
        }
    }
}
