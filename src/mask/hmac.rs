//! `hmac`: a keyed token, `<EMAIL:0123…>`, the same for the same value, not to be turned back.

use super::{Key, Operator, Outcome, Target};
use crate::batch::Replacement;
use crate::policy::OperatorSpec;
use crate::text::hex;

struct HmacToken(Key);

impl Operator for HmacToken {
    fn name(&self) -> &'static str {
        "hmac"
    }

    fn spares_tags(&self) -> bool {
        true
    }

    /// 128 bits of HMAC-SHA-256, 32 hexadecimal digits, separated by detector so that equal values of two types differ.
    fn apply(&self, value: &str, target: Target<'_>) -> Outcome {
        let mac = self.0.tag("hmac", target.id, value.as_bytes());
        let digits = hex(mac.get(..16).unwrap_or(&mac));
        let name = target.tag.trim_end_matches('>');
        Outcome::Edit(Replacement::Text(format!("{name}:{digits}>")))
    }
}

pub(super) fn build(_: &OperatorSpec, key: Option<&Key>) -> Result<Box<dyn Operator>, String> {
    let key = key.ok_or("operator `hmac` needs a key")?;
    Ok(Box::new(HmacToken(key.clone())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(key: &[u8], value: &str, id: &str) -> Outcome {
        build(&OperatorSpec::named("hmac"), Some(&Key::new(key).unwrap())).unwrap().apply(value, Target { id, tag: "<EMAIL>" })
    }

    #[test]
    fn a_token_depends_on_value_type_and_key() {
        let (a, b) = ([7; 32], [8; 32]);
        let first = token(&a, "x@y.org", "contact.email");
        assert_eq!(first, token(&a, "x@y.org", "contact.email"), "the same");
        assert_ne!(first, token(&a, "z@y.org", "contact.email"), "another value");
        assert_ne!(first, token(&a, "x@y.org", "custom.email"), "another type");
        assert_ne!(first, token(&b, "x@y.org", "contact.email"), "another key");
        let Outcome::Edit(Replacement::Text(text)) = first else { panic!("an edit") };
        assert!(text.starts_with("<EMAIL:") && text.len() == "<EMAIL:>".len() + 32 && !text.contains("00000000"), "{text}");
    }

    #[test]
    fn a_short_key_is_refused() {
        assert!(Key::new(b"too short").is_err());
    }
}
