//! What every test on labels asks first: whether there are labels to judge, and what they are called.

use crate::profile::{LABELS, Profile, fold};

/// Fewer labelled rows than this say nothing.
const FEWEST: u64 = 100;
/// A label with more distinct values than this, nearly all of them numbers, is a measurement, …
const NUMERIC_DISTINCT: usize = 256;
/// … unless each value stands at least this often: then it numbers classes.
const CLASS_ROWS: f64 = 20.0;

/// Why the labels cannot be judged, if they cannot.
pub fn silence(profile: &Profile) -> Option<String> {
    let labels = profile.labels();
    // An estimate may err upwards; there are no more labels than rows that have one.
    let distinct = distinct(profile).min(labels.rows as f64);
    if labels.rows == 0 {
        Some("no row has a label".to_owned())
    } else if labels.rows < FEWEST {
        Some(format!("only {} rows have a label", labels.rows))
    } else if labels.distinct() == 1 {
        Some("all rows have the same label".to_owned())
    } else if labels.distinct() > NUMERIC_DISTINCT
        && labels.numeric as f64 >= 0.99 * labels.rows as f64
        && distinct * CLASS_ROWS > labels.rows as f64
    {
        Some(format!("the label is a number with about {distinct:.0} distinct values, not a class"))
    } else if distinct > 0.5 * labels.rows as f64 {
        Some(format!("the label has about {distinct:.0} distinct values in {} rows: it is no class", labels.rows))
    } else {
        None
    }
}

fn distinct(profile: &Profile) -> f64 {
    let labels = profile.labels();
    match labels.largest_hash().filter(|_| labels.is_sample()) {
        Some(largest) => LABELS as f64 / (largest as f64 / 2f64.powi(64)).max(1e-12),
        None => labels.distinct() as f64,
    }
}

/// A name out of the data, fit for a sentence: no control or invisible direction characters, at most 80 characters.
pub fn shown(name: &str) -> String {
    let hidden = |c: char| {
        c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let mut clean: Vec<char> = name.chars().filter(|c| !hidden(*c)).take(81).collect();
    if clean.len() > 80 {
        clean.truncate(79);
        clean.push('…');
    }
    clean.into_iter().collect()
}

/// What a label or class of labels is called in a sentence, quoted.
pub fn name(profile: &Profile, label: u64, classes: usize) -> String {
    if classes == 0 {
        return format!("\"{}\"", shown(profile.labels().name(label).unwrap_or("?")));
    }
    let in_class = profile.labels().iter().filter(|(hash, _, _)| fold(*hash, classes) == label);
    let best = in_class.max_by(|a, b| a.2.cmp(&b.2).then(b.1.cmp(a.1)));
    best.map_or_else(|| "a group of labels".to_owned(), |(_, name, _)| format!("\"{}\" or labels grouped with it", shown(name)))
}

/// A share as whole percent, with a digit where it is small.
pub fn percent(share: f64) -> String {
    if share > 0.0 && share < 0.0995 { format!("{:.1} %", share * 100.0) } else { format!("{:.0} %", share * 100.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_fit_for_a_sentence() {
        for (name, want, why) in [
            ("s09", "s09", "a plain name stays"),
            ("a\u{1b}[31mb\n", "a[31mb", "no escapes, no lines"),
            ("x\u{202e}y", "xy", "no change of direction"),
        ] {
            assert_eq!(shown(name), want, "{why}");
        }
        assert_eq!(shown(&"ä".repeat(200)).chars().count(), 80);
    }
}
