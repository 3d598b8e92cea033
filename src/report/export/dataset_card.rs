//! `README.md`: a Hugging Face dataset card, YAML front matter and the sections of the Hub's template that a run can fill.
//!
//! Language, licence, source and use are people's to say; the card names them as missing. The front matter holds no name of
//! the data, so nothing in it can be taken for YAML.

use super::data::DataFile;
use super::{Exporter, Finished};
use crate::error::Result;
use crate::report::{FileStatus, TestState, count, counted, shown_up_to};
use std::fmt::Write as _;

/// Rows of a table.
const ROWS: usize = 200;
/// Paragraphs.
const VERDICTS: usize = 50;

/// A dataset card.
pub(super) struct DatasetCard;

impl Exporter for DatasetCard {
    fn kind(&self) -> &'static str {
        "dataset-card"
    }

    fn file_name(&self) -> &'static str {
        "README.md"
    }

    fn purpose(&self) -> &'static str {
        "Hugging Face dataset card, to stand beside clean/"
    }

    fn export(&self, finished: &Finished<'_>) -> Result<String> {
        let data = finished.data();
        let mut card = front_matter(finished, &data);
        card.push_str("\n# Dataset Card\n\n");
        description(&mut card, finished);
        structure(&mut card, finished, &data);
        creation(&mut card, finished);
        risks(&mut card, finished);
        let _ = write!(
            card,
            "\n## More Information Needed\n\nThis card says what a program can know. Language, licence, source, purpose and contact are for people to add: \
`language`, `license`, `annotations_creators` and `source_datasets` are not set above.\n"
        );
        Ok(card)
    }
}

/// The Hub's words for how many rows there are.
fn size_category(rows: u64) -> &'static str {
    const SIZES: [(u64, &str); 10] = [
        (1_000, "n<1K"),
        (10_000, "1K<n<10K"),
        (100_000, "10K<n<100K"),
        (1_000_000, "100K<n<1M"),
        (10_000_000, "1M<n<10M"),
        (100_000_000, "10M<n<100M"),
        (1_000_000_000, "100M<n<1B"),
        (10_000_000_000, "1B<n<10B"),
        (100_000_000_000, "10B<n<100B"),
        (1_000_000_000_000, "100B<n<1T"),
    ];
    SIZES.iter().find(|(below, _)| rows < *below).map_or("n>1T", |(_, word)| word)
}

fn front_matter(finished: &Finished<'_>, data: &[DataFile<'_>]) -> String {
    let rows = finished.report.rows;
    let rows = if finished.is_cleaned() { rows.clean } else { rows.read };
    let mut out = String::from("---\npretty_name: \"Dataset cleaned by untaint\"\n");
    if !finished.is_cleaned() {
        out = String::from("---\npretty_name: \"Dataset scanned by untaint\"\n");
    }
    let _ = writeln!(out, "size_categories:\n- \"{}\"\ntags:\n- \"untaint\"", size_category(rows));
    if finished.is_cleaned() && finished.report.looked_for_pii() {
        out.push_str("- \"pii-masked\"\n");
    }
    // One builder loads all files of a dataset: a folder of several formats has no configuration that works.
    let mut formats: Vec<&str> = data.iter().filter_map(|f| f.facts.format.as_deref()).collect();
    formats.sort_unstable();
    formats.dedup();
    if finished.is_cleaned() && formats.len() == 1 {
        out.push_str("configs:\n- config_name: \"default\"\n  data_files:\n  - split: \"train\"\n    path: \"clean/**\"\n");
    }
    out.push_str("---\n");
    out
}

fn description(card: &mut String, finished: &Finished<'_>) {
    let report = finished.report;
    let rows = report.rows;
    let _ = writeln!(card, "## Dataset Description\n");
    if finished.is_cleaned() {
        let _ = writeln!(
            card,
            "{} were read from {}: {} are here, {} were withheld for review, {} could not be parsed.",
            counted(rows.read, "record", "records"),
            counted(finished.manifest.inputs.len() as u64, "file", "files"),
            count(rows.clean),
            count(rows.quarantined),
            count(rows.rejected)
        );
    } else {
        let files = counted(finished.manifest.inputs.len() as u64, "file", "files");
        let _ = writeln!(card, "{} of {files} were looked at and not changed.", counted(rows.read, "record", "records"));
    }
    let _ = writeln!(card, "\n- **Made by:** {}", markdown(&report.program, 100));
    let _ = writeln!(card, "- **Verdict of the run:** {}", report.verdict.name());
    if let Some(label) = &report.policy.label {
        let _ = writeln!(card, "- **Label column:** {}", markdown(label, 120));
    }
    if !report.policy.text.is_empty() {
        let names: Vec<String> = report.policy.text.iter().take(20).map(|t| markdown(t, 120)).collect();
        let _ = writeln!(card, "- **Text columns:** {}{}", names.join(", "), more(report.policy.text.len(), 20, "columns"));
    }
}

fn structure(card: &mut String, finished: &Finished<'_>, data: &[DataFile<'_>]) {
    let report = finished.report;
    let _ =
        writeln!(card, "\n## Dataset Structure\n\n### Data Files\n\n| file | records | bytes | SHA-256 |\n|---|---:|---:|---|");
    for file in data.iter().take(ROWS) {
        let (path, sha256) = (markdown(file.path, 200), markdown(file.sha256, 64));
        let _ = writeln!(card, "| {path} | {} | {} | {sha256} |", count(file.rows), count(file.bytes));
    }
    let _ = writeln!(card, "{}", line_more(data.len(), ROWS, "files"));
    if !report.columns.is_empty() {
        let _ = writeln!(card, "### Data Fields\n\nAfter masking; how many values differ is an estimate.\n");
        let _ = writeln!(card, "| column | cells | empty | different values | personal data found |\n|---|---:|---:|---:|---|");
        for c in report.columns.iter().take(ROWS) {
            let found = report.pii.by_column.get(&c.column).map(|ids| {
                let ids: Vec<String> = ids.keys().take(10).map(|id| markdown(id, 80)).collect();
                ids.join(", ")
            });
            let (name, distinct) = (markdown(&c.column, 120), c.distinct.map(count).unwrap_or_default());
            let _ = writeln!(
                card,
                "| {name} | {} | {} | {distinct} | {} |",
                count(c.cells),
                count(c.nulls),
                found.unwrap_or_default()
            );
        }
        let _ = writeln!(card, "{}", line_more(report.columns.len(), ROWS, "columns"));
    }
    if !report.labels.is_empty() {
        let _ = writeln!(card, "### Labels\n\n| label | records read | records here |\n|---|---:|---:|");
        for (label, n) in report.labels.iter().take(ROWS) {
            let here = if finished.is_cleaned() { n.after } else { n.before };
            let _ = writeln!(card, "| {} | {} | {} |", markdown(label, 120), count(n.before), count(here));
        }
        let _ = writeln!(card, "{}", line_more(report.labels.len(), ROWS, "labels"));
    }
}

fn creation(card: &mut String, finished: &Finished<'_>) {
    let report = finished.report;
    let _ = writeln!(card, "## Dataset Creation\n\n### Personal and Sensitive Information\n");
    let found: u64 = report.pii.by_detector.values().map(|d| d.occurrences).sum();
    if !report.looked_for_pii() {
        let _ = writeln!(card, "Personal data was not looked for.\n");
    } else if found == 0 {
        let _ = writeln!(
            card,
            "{} looked for personal data and secrets and found none. That is no proof that there are none.\n",
            counted(report.policy.detectors, "detector", "detectors")
        );
    } else {
        let done = if finished.is_cleaned() { "found and changed as the table says" } else { "found; nothing was changed" };
        let _ = writeln!(
            card,
            "{} of personal data and secrets were {done}. What {} do not know is still there.\n",
            counted(found, "occurrence", "occurrences"),
            counted(report.policy.detectors, "detector", "detectors")
        );
        let _ = writeln!(card, "| type | what | severity | occurrences | records | operator |\n|---|---|---|---:|---:|---|");
        for (id, d) in report.pii.by_detector.iter().take(ROWS) {
            let operators: Vec<String> = d.operators.keys().take(10).map(|o| markdown(o, 40)).collect();
            let _ = writeln!(
                card,
                "| {} | {} | {} | {} | {} | {} |",
                markdown(id, 80),
                markdown(&d.name, 120),
                markdown(&d.severity, 20),
                count(d.occurrences),
                count(d.rows),
                operators.join(", ")
            );
        }
        let _ = writeln!(card, "{}", line_more(report.pii.by_detector.len(), ROWS, "types"));
    }
}

fn risks(card: &mut String, finished: &Finished<'_>) {
    let report = finished.report;
    let _ = writeln!(card, "## Bias, Risks, and Limitations\n");
    if report.policy.poison {
        let ran = report.tests.iter().filter(|t| t.state == TestState::Ran).count() as u64;
        let silent = report.tests.len() as u64 - ran;
        let _ = writeln!(
            card,
            "{} for poisoning ran, {} could not speak. {}",
            counted(ran, "test", "tests"),
            count(silent),
            if report.verdicts.is_empty() { "None raised an alarm." } else { "They say:" }
        );
        card.push('\n');
        for v in report.verdicts.iter().take(VERDICTS) {
            let (test, subject) = (markdown(&v.test, 60), markdown(&v.subject, 120));
            let _ = writeln!(card, "- **{test}**, {subject} ({}): {}", crate::report::fate_name(v.fate), markdown(&v.why, 600));
        }
        let _ = writeln!(card, "{}", line_more(report.verdicts.len(), VERDICTS, "verdicts"));
    } else {
        let _ = writeln!(card, "Marks of poisoning were not looked for.\n");
    }
    let uneven = report.bias.facets.len();
    if uneven > 0 {
        let _ = writeln!(card, "How labels are spread over {} is in `report.json`.\n", counted(uneven as u64, "group", "groups"));
    }
    let unread = report.files.iter().filter(|f| matches!(f.status, FileStatus::Partial | FileStatus::Skipped)).count();
    if unread > 0 {
        let _ = writeln!(card, "{} read in part or not at all.\n", counted(unread as u64, "input file was", "input files were"));
    }
}

/// ` and 3 more columns`, or nothing.
fn more(all: usize, cap: usize, noun: &str) -> String {
    let left = all.saturating_sub(cap);
    if left == 0 { String::new() } else { format!(" and {} more {noun}", count(left as u64)) }
}

/// The same as a line of its own behind a table.
fn line_more(all: usize, cap: usize, noun: &str) -> String {
    let more = more(all, cap, noun);
    if more.is_empty() { more } else { format!("\n…{more}\n") }
}

/// A name or sentence as Markdown that shows it and does nothing else: no markup, no HTML, no link, no mention, no cell's end.
fn markdown(text: &str, chars: usize) -> String {
    let shown = shown_up_to(text, chars);
    let mut out = String::with_capacity(shown.len());
    for c in shown.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '|' => out.push_str("&#124;"),
            // A link without brackets needs a colon, an at or a leading www.
            ':' | '@' | '\\' | '`' | '*' | '_' | '[' | ']' | '(' | ')' | '#' | '!' | '~' | '$' | '{' | '}' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out.replace("www.", "www\\.")
}

#[cfg(test)]
mod tests {
    use super::super::tests::shown_as;
    use super::*;

    #[test]
    fn the_whole_file() {
        insta::assert_snapshot!(shown_as(&DatasetCard));
    }

    #[test]
    fn a_name_does_nothing_but_show() {
        for (name, want) in [
            ("a|b\n---", "a&#124;b\\\\n---"),
            ("[x](https://evil.example)", "\\[x\\]\\(https\\://evil.example\\)"),
            ("<img src=x> www.evil.example @root", "&lt;img src=x&gt; www\\.evil.example \\@root"),
        ] {
            assert_eq!(markdown(name, 100), want);
        }
    }

    #[test]
    fn sizes_are_the_hubs_words() {
        for (rows, word) in [(0, "n<1K"), (999, "n<1K"), (1000, "1K<n<10K"), (3381, "1K<n<10K"), (u64::MAX, "n>1T")] {
            assert_eq!(size_category(rows), word);
        }
    }
}
