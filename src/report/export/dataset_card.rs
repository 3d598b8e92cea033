//! `README.md`: a Hugging Face dataset card, YAML front matter and the sections of the Hub's template that a run can fill.
//!
//! Language, licence, source and use are people's to say; the card names them as missing. The front matter holds no name of
//! the data, so nothing in it can be taken for YAML.

use super::data::DataFile;
use super::{Exporter, Finished};
use crate::error::Result;
use crate::report::{Action, FileStatus, Report, TestState, count, counted, shown_up_to};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// Rows of a table.
const ROWS: usize = 200;
/// Paragraphs.
const VERDICTS: usize = 50;
/// Configurations of the front matter.
const CONFIGS: usize = 20;

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
    if finished.is_masked() {
        out.push_str("- \"pii-masked\"\n");
    }
    if finished.is_cleaned() {
        out.push_str(&configs(data).unwrap_or_default());
    }
    out.push_str("---\n");
    out
}

/// How files of one configuration are loaded: format, number of the list of columns, what parts cells where that is no comma.
type Loaded<'a> = (&'a str, Option<u64>, Option<&'static str>);

/// How a file is loaded; nothing where the Hub's loader, which goes by its ending, would take it for something else.
fn loaded<'a>(file: &DataFile<'a>) -> Option<Loaded<'a>> {
    let format = file.facts.format.as_deref()?;
    let (kind, packed) = format.split_once('+').unwrap_or((format, ""));
    let known = |path: &str, endings: &[&str]| endings.iter().any(|e| path.ends_with(e));
    let path = match packed {
        "" => file.path,
        packed @ ("gz" | "bz2" | "zst") => file.path.strip_suffix(packed)?.strip_suffix('.')?,
        _ => return None,
    };
    let sep = match kind {
        "csv" | "tsv" => {
            let is = |key: &str, value: serde_json::Value| file.written.and_then(|w| w.pointer(key)) == Some(&value);
            let plain = is("/csv/header", true.into()) && is("/csv/encoding", "utf8".into());
            let quoted = is("/csv/quote", b'"'.into()) || is("/csv/quote", serde_json::Value::Null);
            let ending = known(path, &[".csv", ".tsv"]);
            let by_name = if known(path, &[".tsv"]) { b'\t' } else { b',' };
            let parts = [(b',', ","), (b';', ";"), (b'\t', "\\t"), (b'|', "|")];
            let (byte, sep) = parts.into_iter().find(|(byte, _)| is("/csv/delimiter", (*byte).into()))?;
            (plain && quoted && ending).then_some((byte != by_name).then_some(sep))?
        }
        "jsonl" | "json" => known(path, &[".json", ".jsonl", ".ndjson"]).then_some(None)?,
        "parquet" => known(path, &[".parquet"]).then_some(None)?,
        _ => return None,
    };
    Some((kind, file.facts.schema, sep))
}

/// A configuration for all files of one format and the same columns. None at all where one file cannot be loaded as it is: a
/// loader would take it along by its folder, or leave it out without a word.
fn configs(data: &[DataFile<'_>]) -> Option<String> {
    let mut groups: BTreeMap<Loaded<'_>, Vec<&str>> = BTreeMap::new();
    // A pattern would be read into other names, and the front matter holds what nobody can take for YAML.
    let harmless = |path: &str| path.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'/' | b' '));
    for file in data.iter().filter(|f| f.rows > 0) {
        groups.entry(loaded(file).filter(|_| harmless(file.path))?).or_default().push(file.path);
    }
    if groups.is_empty() || groups.len() > CONFIGS || groups.values().map(Vec::len).sum::<usize>() > ROWS {
        return None;
    }
    let mut out = String::from("configs:\n");
    let alone = groups.len() == 1;
    for (n, ((_, _, sep), paths)) in (1..).zip(groups) {
        let name = if alone { "default".to_owned() } else { format!("part-{n}") };
        let _ = writeln!(out, "- config_name: \"{name}\"\n  data_files:\n  - split: \"train\"\n    path:");
        for path in paths {
            let _ = writeln!(out, "    - \"{path}\"");
        }
        if let Some(sep) = sep {
            let _ = writeln!(out, "  sep: \"{sep}\"");
        }
    }
    Some(out)
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
        let _ = writeln!(card, "{} of {files} were looked at and not changed.", finished.looked_at());
    }
    let _ = writeln!(card, "\n- **Made by:** {}", markdown(&report.program, 100));
    let _ = writeln!(card, "- **Verdict of the run:** {}", report.verdict.name());
    if let Some(label) = report.policy.label.as_ref().filter(|_| !report.labels.is_empty()) {
        let _ = writeln!(card, "- **Label column:** {}", markdown(label, 120));
    }
    if !report.policy.text.is_empty() {
        let names: Vec<String> = report.policy.text.iter().take(20).map(|t| markdown(t, 120)).collect();
        let _ = writeln!(card, "- **Text columns:** {}{}", names.join(", "), more(report.policy.text.len(), 20, "columns", ""));
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
    let _ = writeln!(card, "{}", line_more(data.len(), ROWS, "files", ""));
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
                count(c.nulls.saturating_add(c.empty).min(c.cells)),
                found.unwrap_or_default()
            );
        }
        let all: BTreeSet<&String> = report.schemas.iter().flatten().collect();
        let least = if finished.is_part("columns") { "at least " } else { "" };
        let _ = writeln!(card, "{}", line_more(all.len().max(report.columns.len()), ROWS, "columns", least));
    }
    if !report.labels.is_empty() {
        let _ = writeln!(card, "### Labels\n\n| label | records read | records here |\n|---|---:|---:|");
        for (label, n) in report.labels.iter().take(ROWS) {
            let here = if finished.is_cleaned() { n.after } else { n.before };
            let _ = writeln!(card, "| {} | {} | {} |", markdown(label, 120), count(n.before), count(here));
        }
        let least = if finished.is_part("labels") { "at least " } else { "" };
        let _ = writeln!(card, "{}", line_more(report.labels.len(), ROWS, "labels", least));
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
        let done = if finished.is_cleaned() { "found; the table says what became of them" } else { "found; nothing was changed" };
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
        let _ = writeln!(card, "{}", line_more(report.pii.by_detector.len(), ROWS, "types", ""));
    }
}

fn risks(card: &mut String, finished: &Finished<'_>) {
    let report = finished.report;
    let _ = writeln!(card, "## Bias, Risks, and Limitations\n");
    if report.policy.poison {
        let ran = report.tests_asked().filter(|t| t.state == TestState::Ran).count() as u64;
        let silent = report.tests_asked().count() as u64 - ran;
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
        let _ = writeln!(card, "{}", line_more(report.verdicts.len(), VERDICTS, "verdicts", ""));
    } else {
        let _ = writeln!(card, "Marks of poisoning were not looked for.\n");
    }
    decisions(card, report);
    let uneven = report.bias.facets.len();
    if uneven > 0 {
        let _ = writeln!(card, "How labels are spread over {} is in `report.json`.\n", counted(uneven as u64, "group", "groups"));
    }
    let unread = report.files.iter().filter(|f| matches!(f.status, FileStatus::Partial | FileStatus::Skipped)).count();
    if unread > 0 {
        let _ = writeln!(card, "{} read in part or not at all.\n", counted(unread as u64, "input file was", "input files were"));
    }
}

/// What people decided since: what the verdicts above say of rows is of before.
fn decisions(card: &mut String, report: &Report) {
    let of = |action| {
        let all = report.decisions.iter().filter(move |d| d.action == action);
        (
            all.clone().map(|d| d.rows).sum::<u64>(),
            all.clone().next_back().map(|d| markdown(d.time.get(..10).unwrap_or_default(), 10)),
        )
    };
    if let (rows, Some(last)) = of(Action::Release) {
        let rows = counted(rows, "withheld record was", "withheld records were");
        let _ = writeln!(card, "Since the run {rows} put back by people, last on {last}; `report.json` has who and why.\n");
    }
    if let (_, Some(last)) = of(Action::Purge) {
        let _ = writeln!(card, "What was still withheld was removed on {last}.\n");
    }
}

/// ` and 3 more columns`, or nothing.
fn more(all: usize, cap: usize, noun: &str, least: &str) -> String {
    let left = all.saturating_sub(cap);
    if left == 0 { String::new() } else { format!(" and {least}{} more {noun}", count(left as u64)) }
}

/// The same as a line of its own behind a table.
fn line_more(all: usize, cap: usize, noun: &str, least: &str) -> String {
    let more = more(all, cap, noun, least);
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
    // Whatever its case, it would begin a link.
    let mut at = 0;
    while let Some(found) = out.get(at..).and_then(|rest| rest.to_ascii_lowercase().find("www.")) {
        out.insert(at + found + 3, '\\');
        at += found + 5;
    }
    out
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
            ("WWW.evil.example wWw.www.x", "WWW\\.evil.example wWw\\.www\\.x"),
        ] {
            assert_eq!(markdown(name, 100), want);
        }
    }

    #[test]
    fn files_are_loaded_as_what_they_are_or_by_nobody() {
        let csv = |delimiter: u8, header: bool| serde_json::json!({"csv": {"header": header, "delimiter": delimiter, "quote": 34, "encoding": "utf8"}});
        let facts = |format: &str, schema| crate::report::FileFacts {
            format: Some(format.into()),
            schema: Some(schema),
            ..crate::report::FileFacts::default()
        };
        let (one, other, lines) = (facts("csv", 0), facts("csv", 1), facts("jsonl+gz", 0));
        let (plain, semicolon, tab, bare) = (csv(b',', true), csv(b';', true), csv(b'\t', true), csv(b',', false));
        let json = serde_json::json!({"json": "lines"});
        let file = |path: &'static str, written, facts, rows| DataFile {
            path,
            bytes: 1,
            rows,
            sha256: "",
            written: Some(written),
            facts,
            columns: None,
        };
        let path = |name: &str| format!("  data_files:\n  - split: \"train\"\n    path:\n    - \"{name}\"\n");
        for (files, want, why) in [
            (vec![file("clean/a.csv", &plain, &one, 9)], Some(path("clean/a.csv")), "one file"),
            (vec![file("clean/b.csv", &semicolon, &one, 9)], Some(path("clean/b.csv") + "  sep: \";\"\n"), "semicolons"),
            (vec![file("clean/b.tsv", &tab, &one, 9)], Some(path("clean/b.tsv")), "tabs by name"),
            (vec![file("clean/b.csv", &tab, &one, 9)], Some(path("clean/b.csv") + "  sep: \"\\t\"\n"), "tabs unnamed"),
            (vec![file("clean/c.jsonl.gz", &json, &lines, 9)], Some(path("clean/c.jsonl.gz")), "packed"),
            (vec![file("clean/a.csv", &bare, &one, 9)], None, "no header"),
            (vec![file("clean/a.txt", &plain, &one, 9)], None, "it would be text"),
            (vec![file("clean/a*.csv", &plain, &one, 9)], None, "a pattern"),
            (vec![file("clean/a.csv", &plain, &one, 0)], None, "no rows"),
            (vec![file("clean/a.csv", &plain, &one, 9), file("clean/b.csv", &bare, &one, 9)], None, "one that is none"),
        ] {
            let want = want.map(|w| format!("configs:\n- config_name: \"default\"\n{w}"));
            assert_eq!(configs(&files), want, "{why}");
        }
        let two = configs(&[file("clean/a.csv", &plain, &one, 9), file("clean/b.csv", &plain, &other, 9)]).unwrap();
        assert_eq!(two.matches("config_name: \"part-").count(), 2, "other columns: {two}");
    }

    #[test]
    fn sizes_are_the_hubs_words() {
        for (rows, word) in [(0, "n<1K"), (999, "n<1K"), (1000, "1K<n<10K"), (3381, "1K<n<10K"), (u64::MAX, "n>1T")] {
            assert_eq!(size_category(rows), word);
        }
    }
}
