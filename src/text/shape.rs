//! The shape of a value: what it looks like, for people who may not see it.

/// Longest shape, in characters.
const LONGEST: usize = 32;
/// A run of letters is drawn no longer: how long a name is tells something of it.
const LETTERS: usize = 3;
/// A token that changes between digits, capitals and small letters more often is drawn as one kind.
const CHANGES: usize = 3;

/// What is drawn of a character.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Digit,
    Upper,
    Lower,
    Sign,
}

fn kind(c: char) -> Kind {
    match c {
        c if c.is_numeric() => Kind::Digit,
        c if c.is_uppercase() => Kind::Upper,
        c if c.is_alphabetic() => Kind::Lower,
        _ => Kind::Sign,
    }
}

/// The shape of a value, at most 32 characters and `…`: `9` for a digit, `A` and `a` for letters, runs of letters cut to three,
/// `X` for each character of a token in which these alternate, common signs as they are and `?` for others.
///
/// Nothing for a value that is its own shape: it would be told.
#[must_use]
pub fn shape(value: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = value;
    // A shape may be shorter than what it is drawn of, but no value is read far beyond it.
    while !rest.is_empty() && out.chars().count() <= LONGEST {
        let end = rest.find(|c| kind(c) == Kind::Sign).unwrap_or(rest.len());
        let (token, behind) = rest.split_at(end);
        draw(token, &mut out);
        let mut signs = behind.chars();
        if let Some(sign) = signs.next() {
            out.push(if " -./@:+()_,#".contains(sign) { sign } else { '?' });
        }
        rest = signs.as_str();
    }
    if let Some((at, _)) = out.char_indices().nth(LONGEST) {
        out.truncate(at);
        out.push('…');
    }
    (!out.is_empty() && out != value).then_some(out)
}

/// Draws a token without signs.
fn draw(token: &str, out: &mut String) {
    let kinds = token.chars().take(2 * LONGEST).map(kind);
    let mixed = kinds.clone().zip(kinds.clone().skip(1)).filter(|(one, next)| one != next).count() > CHANGES;
    let (mut last, mut run) = (None, 0);
    for kind in kinds {
        // What is capital in a word is its own run: `Aaa`, not `A`.
        run = if last == Some(kind) { run + 1 } else { 1 };
        last = Some(kind);
        match kind {
            _ if mixed => out.push('X'),
            Kind::Digit => out.push('9'),
            _ if run > LETTERS => {}
            Kind::Upper => out.push('A'),
            Kind::Lower | Kind::Sign => out.push('a'),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn shapes_are_as_people_draw_them() {
        for (value, want) in [
            ("219-09-9123", Some("999-99-9999")),
            ("4111 1111 1111 1111", Some("9999 9999 9999 9999")),
            ("maria.lang@example.com", Some("aaa.aaa@aaa.aaa")),
            ("Maria Lang", Some("Aaaa Aaaa")),
            ("DE89370400440532013000", Some("AA99999999999999999999")),
            ("GB82WEST12345698765432", Some("AA99AAA99999999999999")),
            ("1HGCM82633A004352", Some("XXXXXXXXXXXXXXXXX")),
            ("+49 30 1234567", Some("+99 99 9999999")),
            ("a$b{c}", Some("a?a?a?")),
            ("Zoë Ωmega ٣٤", Some("Aaa Aaaa 99")),
            ("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", Some("XXXXXXXXXXXXX/A9AAA/XXXXXXXXXXXX…")),
            ("4916 4916 4916 4916 4916 4916 4916 4916", Some("9999 9999 9999 9999 9999 9999 99…")),
            ("999-99-9999", None),
            ("...", None),
            ("", None),
        ] {
            assert_eq!(shape(value).as_deref(), want, "{value}");
        }
    }

    proptest! {
        #[test]
        fn a_shape_is_short_and_tells_no_letter_and_no_digit(value in "\\PC{0,80}") {
            let Some(shape) = shape(&value) else { return Ok(()) };
            prop_assert!(shape.chars().count() <= LONGEST + 1 && shape != value);
            prop_assert!(shape.chars().all(|c| "9aAX? -./@:+()_,#…".contains(c)), "{}", shape);
        }
    }
}
