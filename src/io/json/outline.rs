//! Finds where a JSON value ends from quotes and brackets alone, across refills of a buffer.

use super::text::plain_end;
use super::walk::is_space;

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// The value's first byte comes next.
    Before,
    /// Inside a string.
    Text,
    /// Behind a backslash in a string.
    Escape,
    /// Inside a container, outside of strings.
    Between,
    /// Inside a number, a literal or what stands in its place.
    Bare,
}

/// The state of a scan over one value. Whether the value is JSON is for the walk to say.
#[derive(Clone, Copy)]
pub(super) struct Outline {
    state: State,
    depth: u64,
}

/// Ends a run of bytes that is no string and no container.
fn ends_bare(byte: u8) -> bool {
    is_space(byte) || matches!(byte, b',' | b']' | b'}' | b'{' | b'[' | b'"' | b':')
}

impl Outline {
    /// At the first byte of a value.
    pub const fn new() -> Self {
        Self { state: State::Before, depth: 0 }
    }

    /// Goes on at `from`; the value's end, or nothing where `text` ends inside it. A bare run ends with the text at the
    /// earliest when a byte behind it is seen.
    pub fn run(&mut self, text: &[u8], from: usize) -> Option<usize> {
        let mut at = from;
        loop {
            match self.state {
                State::Before => {
                    self.state = match text.get(at)? {
                        b'"' => State::Text,
                        b'{' | b'[' => {
                            self.depth = 1;
                            State::Between
                        }
                        _ => State::Bare,
                    };
                    at += 1;
                }
                State::Text => {
                    at = plain_end(text, at);
                    match text.get(at)? {
                        b'"' if self.depth == 0 => return Some(at + 1),
                        b'"' => self.state = State::Between,
                        b'\\' => self.state = State::Escape,
                        _ => {}
                    }
                    at += 1;
                }
                State::Escape => {
                    text.get(at)?;
                    self.state = State::Text;
                    at += 1;
                }
                State::Between => {
                    let rest = text.get(at..).unwrap_or_default();
                    at += rest.iter().position(|b| matches!(b, b'"' | b'{' | b'}' | b'[' | b']'))?;
                    match text.get(at)? {
                        b'"' => self.state = State::Text,
                        b'{' | b'[' => self.depth += 1,
                        _ => {
                            self.depth -= 1;
                            if self.depth == 0 {
                                return Some(at + 1);
                            }
                        }
                    }
                    at += 1;
                }
                State::Bare => {
                    let rest = text.get(at..).unwrap_or_default();
                    return rest.iter().position(|&b| ends_bare(b)).map(|len| at + len);
                }
            }
        }
    }
}

/// The end of the value that begins at `from`; the text's end where it ends inside the value.
pub(super) fn outline_end(text: &[u8], from: usize) -> usize {
    Outline::new().run(text, from).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_end_at_any_cut() {
        for (text, expected, reason) in [
            (r#"{"a":"]}","b":[{}]} ,"#, Some(19), "brackets in strings do not count"),
            (r#""a\"b","#, Some(6), "escaped quote"),
            (r#""a\\","#, Some(5), "escaped backslash"),
            ("12.5e3,", Some(6), "a number ends where another byte comes"),
            ("12", None, "a number at the end could go on"),
            ("[[1],[2]", None, "unclosed"),
            ("[}x", Some(2), "the kind of bracket is for the walk to judge"),
        ] {
            for cut in 0..text.len() {
                let mut outline = Outline::new();
                let found = outline.run(&text.as_bytes()[..cut], 0).or_else(|| outline.run(text.as_bytes(), cut));
                assert_eq!(found, expected, "{reason}, cut at {cut}");
            }
        }
    }
}
