//! How names and numbers of the data are shown to people: nothing invisible, nothing that steers a terminal or turns text
//! around, nothing endless.

use std::fmt::Write as _;

/// Characters of a name that are shown.
pub const NAME_CHARS: usize = 120;

/// `text` with every character that cannot be seen written out (`\n`, `\u202e`, `\u{e0041}`).
#[must_use]
pub fn shown(text: &str) -> String {
    shown_up_to(text, usize::MAX)
}

/// [`shown`], cut to `chars` characters; a cut ends in `…`.
#[must_use]
pub fn shown_up_to(text: &str, chars: usize) -> String {
    let mut out = String::new();
    let mut length = 0;
    // Where to cut, should it come to that: the last place with room for the ellipsis.
    let mut fits = 0;
    for c in text.chars() {
        let before = out.len();
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if !is_invisible(c) => out.push(c),
            c if u32::from(c) <= 0xffff => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
        }
        let width = if out.len() - before == c.len_utf8() { 1 } else { out.len() - before };
        length += width;
        if length > chars {
            out.truncate(fits);
            out.push('…');
            break;
        }
        if length < chars {
            fits = out.len();
        }
    }
    out
}

/// Whether a character leaves no mark of its own: controls, format and bidi controls, joiners, tags, variation selectors,
/// fillers, noncharacters and every space but U+0020. (Unicode 16, general categories Cc, Cf, Zl, Zp, Zs and
/// `Default_Ignorable_Code_Point`.)
pub fn is_invisible(c: char) -> bool {
    matches!(u32::from(c),
        0x00..=0x1f | 0x7f..=0xa0 | 0xad | 0x34f | 0x600..=0x605 | 0x61c | 0x6dd | 0x70f | 0x890..=0x891 | 0x8e2
        | 0x115f..=0x1160 | 0x1680 | 0x17b4..=0x17b5 | 0x180b..=0x180f | 0x2000..=0x200f | 0x2028..=0x202f
        | 0x205f..=0x206f | 0x2800 | 0x3000 | 0x3164 | 0xfdd0..=0xfdef | 0xfe00..=0xfe0f | 0xfeff | 0xffa0
        | 0xfff0..=0xfffb | 0x110bd | 0x110cd | 0x13430..=0x1343f | 0x1bca0..=0x1bca3 | 0x1d173..=0x1d17a
        | 0xe0000..=0xe0fff | 0xf0000..=0x0010_ffff)
        || matches!(u32::from(c) & 0xffff, 0xfffe | 0xffff)
        || ('\u{e000}'..='\u{f8ff}').contains(&c)
}

/// A count with thousands parted by commas.
#[must_use]
pub fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A count and its noun, in the plural where it is one.
#[must_use]
pub fn counted(value: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(value), if value == 1 { one } else { many })
}

/// A size in decimal units, three digits or so.
#[must_use]
pub fn bytes(value: u64) -> String {
    let (mut size, mut unit) = (value as f64, "B");
    for next in ["kB", "MB", "GB", "TB", "PB"] {
        if size < 999.5 {
            break;
        }
        size /= 1000.0;
        unit = next;
    }
    if unit == "B" || size >= 99.95 { format!("{size:.0} {unit}") } else { format!("{size:.1} {unit}") }
}

/// A share in percent with a digit or two; never `0 %` or `100 %` where it is not.
#[must_use]
pub fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "–".to_owned();
    }
    let share = part as f64 * 100.0 / whole as f64;
    match share {
        _ if part == 0 => "0 %".to_owned(),
        _ if part == whole => "100 %".to_owned(),
        s if s < 0.01 => "<0.01 %".to_owned(),
        s if s < 1.0 => format!("{s:.2} %"),
        s if s > 99.9 => ">99.9 %".to_owned(),
        s => format!("{s:.1} %"),
    }
}

/// A statistic with three significant digits; a dash where there is none.
#[must_use]
pub fn number(value: Option<f64>) -> String {
    let Some(value) = value.filter(|v| v.is_finite()) else { return "–".to_owned() };
    let size = value.abs();
    if value == 0.0 {
        "0".to_owned()
    } else if !(0.001..1e6).contains(&size) {
        format!("{value:.1e}")
    } else if size >= 100.0 {
        format!("{value:.0}")
    } else if size >= 10.0 {
        format!("{value:.1}")
    } else if size >= 1.0 {
        format!("{value:.2}")
    } else {
        format!("{value:.3}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_cannot_be_seen_is_written_out() {
        for (given, wanted, why) in [
            ("Straße 北京 😀 <b>&", "Straße 北京 😀 <b>&", "what can be seen stays"),
            ("a\u{202e}b", "a\\u202eb", "right-to-left override"),
            ("a\u{1b}[31mb", "a\\u001b[31mb", "terminal escape"),
            ("a\r\nb\tc", "a\\r\\nb\\tc", "line ends"),
            ("a\u{200b}\u{feff}b", "a\\u200b\\ufeffb", "zero width"),
            ("a\u{e0041}b", "a\\u{e0041}b", "tag character"),
            ("a\u{2028}b\u{a0}c\u{85}", "a\\u2028b\\u00a0c\\u0085", "separators, odd spaces, C1 controls"),
            ("\u{3164}", "\\u3164", "a filler letter that is blank"),
        ] {
            assert_eq!(shown(given), wanted, "{why}");
        }
    }

    #[test]
    fn long_names_are_cut_with_a_mark() {
        assert_eq!(shown_up_to("abcdef", 6), "abcdef");
        assert_eq!(shown_up_to("abcdefg", 6), "abcde…");
        assert_eq!(shown_up_to("ab\u{202e}cdefg", 6), "ab…", "an escape is not cut in two");
        assert_eq!(shown_up_to(&"x".repeat(10_000_000), NAME_CHARS).chars().count(), NAME_CHARS);
    }

    #[test]
    fn numbers_read_well() {
        assert_eq!((count(0), count(999), count(1_234_567)), ("0".into(), "999".into(), "1,234,567".into()));
        assert_eq!(
            (bytes(999), bytes(1000), bytes(999_950), bytes(84_100_000)),
            ("999 B".into(), "1.0 kB".into(), "1.0 MB".into(), "84.1 MB".into())
        );
        assert_eq!(
            (percent(1, 1_000_000), percent(999_999, 1_000_000), percent(0, 0)),
            ("<0.01 %".into(), ">99.9 %".into(), "–".into())
        );
        assert_eq!((number(Some(1.2e-94)), number(Some(0.8512)), number(None)), ("1.2e-94".into(), "0.851".into(), "–".into()));
    }

    proptest! {
        #[test]
        fn nothing_invisible_is_left_and_cuts_hold(text in any::<String>(), chars in 1usize..40) {
            let out = shown_up_to(&text, chars);
            prop_assert!(out.chars().all(|c| !is_invisible(c)));
            prop_assert!(out.chars().count() <= chars);
            prop_assert_eq!(shown(&shown(&text)), shown(&text));
        }
    }
}
