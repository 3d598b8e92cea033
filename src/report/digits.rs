//! Floats of the report: six significant digits, never a NaN, the same on every machine.

use serde::{Deserialize, Deserializer, Serializer};

/// `value` with six significant digits; nothing where it is no finite number.
#[must_use]
pub fn six(value: f64) -> Option<f64> {
    if !value.is_finite() {
        return None;
    }
    // Through decimal text, which rounds the same everywhere. Adding zero turns -0 into 0.
    format!("{value:.5e}").parse::<f64>().ok().filter(|v| v.is_finite()).map(|v| v + 0.0)
}

/// For `#[serde(with)]` on an `f64`; what is no finite number becomes 0.
pub mod plain {
    use super::{Deserialize, Deserializer, Serializer, six};

    /// Writes six significant digits.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
    pub fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(six(*value).unwrap_or(0.0))
    }

    /// Reads a number to six significant digits.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
        Ok(six(f64::deserialize(deserializer)?).unwrap_or(0.0))
    }
}

/// For `#[serde(with)]` on an `Option<f64>`; what is no finite number becomes null.
pub mod optional {
    use super::{Deserialize, Deserializer, Serializer, six};

    /// Writes six significant digits, or null.
    #[expect(clippy::ref_option, reason = "the signature serde asks for")]
    pub fn serialize<S: Serializer>(value: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
        match value.and_then(six) {
            Some(value) => serializer.serialize_f64(value),
            None => serializer.serialize_none(),
        }
    }

    /// Reads a number to six significant digits, or null.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
        Ok(Option::<f64>::deserialize(deserializer)?.and_then(six))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_are_rounded_to_six_digits() {
        for (given, wanted, why) in [
            (0.1 + 0.2, Some("0.3"), "binary noise is gone"),
            (1_234_567.0, Some("1234570.0"), "large numbers lose digits too"),
            (1.234_567e-300, Some("1.23457e-300"), "tiny p-values keep theirs"),
            (5e-324, Some("5e-324"), "the smallest there is"),
            (-0.0, Some("0.0"), "no negative zero"),
            (f64::MAX, Some("1.79769e+308"), "the largest rounds down"),
            (f64::NAN, None, "no number"),
            (f64::NEG_INFINITY, None, "not finite"),
        ] {
            assert_eq!(six(given).map(|v| serde_json::to_string(&v).unwrap()).as_deref(), wanted, "{why}");
        }
    }

    proptest! {
        #[test]
        fn rounding_twice_changes_nothing(value in any::<f64>()) {
            let once = six(value);
            prop_assert_eq!(once.and_then(six), once);
        }
    }
}
