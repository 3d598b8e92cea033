//! Which column plays which part, by its name and by what its first cells are like.

use super::Seen;
use crate::report::count;
use crate::text::words;

/// A part that a column may play.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// The label.
    Label,
    /// A text.
    Text,
    /// What names the record.
    Id,
    /// Where it comes from.
    Source,
    /// When it was made.
    Time,
}

/// All of them, in the order of a policy.
pub const ROLES: [Role; 5] = [Role::Label, Role::Text, Role::Id, Role::Source, Role::Time];

impl Role {
    /// The key in `[dataset]`.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Label => "label",
            Self::Text => "text",
            Self::Id => "id",
            Self::Source => "source",
            Self::Time => "time",
        }
    }

    /// Last words of a name that say the part and nothing else, and those that may say it.
    fn names(self) -> (&'static [&'static str], &'static [&'static str]) {
        match self {
            Self::Label => (
                &["label", "labels", "class", "target", "sentiment"],
                &["category", "intent", "rating", "score", "stars", "topic", "tag", "verdict", "outcome", "spam", "toxic", "y"],
            ),
            Self::Text => (
                &["text", "content", "message", "body", "prompt", "completion", "response", "question", "answer", "instruction"],
                &[
                    "comment",
                    "description",
                    "review",
                    "title",
                    "subject",
                    "summary",
                    "input",
                    "output",
                    "note",
                    "notes",
                    "chosen",
                ],
            ),
            Self::Id => (&["id", "uuid", "guid"], &["key", "number", "no", "index", "idx"]),
            Self::Source => (
                &["source", "origin", "provenance", "annotator", "labeler", "vendor"],
                &["site", "domain", "channel", "dataset", "author", "publisher", "provider", "batch"],
            ),
            Self::Time => (
                &["time", "timestamp", "datetime", "created", "created at", "date"],
                &["at", "day", "updated", "published", "posted", "modified"],
            ),
        }
    }
}

/// A column that may play a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guess {
    /// Its number among the columns.
    pub column: usize,
    /// Name and content both say so, and every input has it.
    pub sure: bool,
    /// Why, without a value.
    pub why: String,
}

/// Columns for a part, the sure ones first. Of a part that one column plays, one guess at most is sure: the one whose name is
/// that word alone.
#[must_use]
pub fn guesses(role: Role, columns: &[Seen], files: u64) -> Vec<Guess> {
    let mut found: Vec<Guess> = (0..)
        .zip(columns)
        .filter(|(_, seen)| seen.cells > 0 && !seen.masked)
        .filter_map(|(column, seen)| {
            let (sure, why) = weigh(role, seen)?;
            // A text that half of the inputs lack would leave their records without a key.
            let everywhere = seen.files == files;
            let why = if everywhere { why } else { format!("{why}; not in every input") };
            Some(Guess { column, sure: sure && everywhere, why })
        })
        .collect();
    found.sort_by_key(|g| !g.sure);
    if role != Role::Text && found.iter().filter(|g| g.sure).count() > 1 {
        let plain = |g: &Guess| g.sure && columns.get(g.column).is_some_and(|c| words(&c.name).len() == 1);
        let only = found.iter().filter(|g| plain(g)).count() == 1;
        for guess in &mut found {
            guess.sure = only && plain(guess);
        }
        found.sort_by_key(|g| !g.sure);
    }
    found
}

/// Whether a column plays a part, whether that is sure, and why.
fn weigh(role: Role, seen: &Seen) -> Option<(bool, String)> {
    let (strong, weak) = role.names();
    let (named, hinted) = (ends_with(&seen.name, strong), ends_with(&seen.name, weak));
    let cells = seen.cells;
    let most = |part: u64| part * 10 >= cells * 9;
    let chars = seen.chars / cells.max(1);
    let few = seen.distinct <= 100 && seen.distinct * 3 <= cells;
    let different = format!("{} different values in {} cells", count(seen.distinct), count(cells));
    let (fits, content) = match role {
        Role::Label => (few && seen.distinct > 1 && !most(seen.worded) && !seen.listed, different),
        Role::Source => (few && !most(seen.worded) && !most(seen.dated) && !seen.listed, different),
        Role::Text => (seen.worded * 2 >= cells && chars >= 20, format!("{chars} characters a cell")),
        Role::Id => (
            seen.is_unique() && seen.cells == seen.rows && cells > 1 && seen.worded == 0 && !most(seen.dated) && !seen.listed,
            "every value is its own".to_owned(),
        ),
        Role::Time => (most(seen.dated) && !seen.listed, "dates or times".to_owned()),
    };
    // Dates of birth are dates, and card numbers could be Unix time; cells that are values of another kind play no part.
    let personal = seen.found.values().any(|hits| hits.whole * 2 >= cells);
    let by_content = !personal && (role == Role::Time || (role == Role::Text && chars >= 60));
    match (named, hinted, fits) {
        (true, _, true) => Some((true, format!("by its name; {content}"))),
        (false, true, true) => Some((false, format!("its name may say so; {content}"))),
        (true, _, false) => Some((false, "by its name alone; the first cells do not bear it out".to_owned())),
        (false, false, true) if by_content => Some((false, format!("by its first cells: {content}"))),
        _ => None,
    }
}

/// Whether the last element of a column's name ends in one of these words.
fn ends_with(name: &str, endings: &[&str]) -> bool {
    let leaf = name.rsplit('.').next().unwrap_or(name);
    let leaf = words(leaf.trim_end_matches("[]"));
    endings.iter().any(|ending| leaf.ends_with(&words(ending)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(name: &str, cells: u64, distinct: u64, chars: u64, worded: u64, dated: u64) -> Seen {
        Seen { name: name.into(), files: 1, rows: 100, cells, distinct, chars: chars * cells, worded, dated, ..Seen::default() }
    }

    #[test]
    fn a_part_is_sure_where_name_and_content_agree() {
        for (role, column, want, why) in [
            (Role::Label, seen("label", 100, 2, 4, 0, 0), Some(true), "few values under the name"),
            (Role::Label, seen("label", 100, 100, 40, 100, 0), Some(false), "sentences under the name"),
            (Role::Label, seen("category", 100, 5, 4, 0, 0), Some(false), "a name that may say it"),
            (Role::Label, seen("age", 100, 5, 2, 0, 0), None, "few values under another name"),
            (Role::Label, seen("label", 100, 1, 2, 0, 0), Some(false), "one value parts nothing"),
            (Role::Text, seen("messages[].content", 100, 99, 80, 95, 0), Some(true), "a path is judged by its end"),
            (Role::Text, seen("text", 100, 3, 2, 0, 0), Some(false), "codes under the name"),
            (Role::Text, seen("q7", 100, 99, 80, 95, 0), Some(false), "sentences under another name"),
            (Role::Id, seen("ticket_id", 100, 100, 6, 0, 0), Some(true), "every value its own"),
            (Role::Id, seen("user_id", 100, 40, 6, 0, 0), Some(false), "users come again"),
            (Role::Id, seen("id", 99, 99, 6, 0, 0), Some(false), "a record without one"),
            (Role::Source, seen("source", 100, 8, 6, 0, 0), Some(true), "few values under the name"),
            (Role::Source, seen("resource", 100, 8, 6, 0, 0), None, "the word stands within another"),
            (Role::Time, seen("createdAt", 100, 90, 19, 0, 100), Some(true), "two words are a name"),
            (Role::Time, seen("x", 100, 90, 19, 0, 100), Some(false), "times under another name"),
            (Role::Time, seen("date", 100, 90, 19, 0, 3), Some(false), "no times under the name"),
        ] {
            assert_eq!(weigh(role, &column).map(|w| w.0), want, "{why}");
        }
    }

    #[test]
    fn two_that_are_sure_are_both_in_doubt_and_so_is_one_that_an_input_lacks() {
        let label = seen("label", 100, 2, 4, 0, 0);
        let class = seen("class", 100, 3, 4, 0, 0);
        let sure = |columns: &[Seen], files| guesses(Role::Label, columns, files).iter().filter(|g| g.sure).count();
        assert_eq!(sure(std::slice::from_ref(&label), 1), 1, "one");
        assert_eq!(sure(std::slice::from_ref(&label), 2), 0, "an input without it");
        assert_eq!(sure(&[label, class], 1), 0, "two");
        let id = |name| seen(name, 100, 100, 6, 0, 0);
        let ids = guesses(Role::Id, &[id("user_id"), id("id"), id("order_id")], 1);
        assert_eq!(
            ids.iter().map(|g| (g.column, g.sure)).collect::<Vec<_>>(),
            [(1, true), (0, false), (2, false)],
            "a plain name"
        );
    }
}
