//! The summary on the terminal: what a person wants to know in ten seconds, in some twenty lines.

use super::ranked;
use super::sections::FileStatus;
use super::shown::{bytes, count, counted, number, shown_up_to};
use super::{Listed, Outcome, Report};
use crate::batch::Fate;
use std::fmt::Write as _;

/// Whether the terminal shows colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Colour {
    /// ANSI colours.
    On,
    /// Plain text.
    #[default]
    Off,
}

impl Colour {
    fn paint(self, code: &str, text: &str) -> String {
        match self {
            Self::On => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            Self::Off => text.to_owned(),
        }
    }
}

const REASONS: usize = 3;
const FINDINGS: usize = 5;
const ALARMS: usize = 3;
const FILES: usize = 2;
/// Characters of a name; a summary is read on 80 columns.
const CHARS: usize = 48;

/// The summary: lines that end in a line feed. Control characters of the data do not reach it.
#[must_use]
pub fn summary(report: &Report, colour: Colour) -> String {
    let mut out = String::new();
    let code = match report.verdict {
        Outcome::Pass => "1;32",
        Outcome::Review => "1;33",
        Outcome::Fail => "1;31",
    };
    let verdict = colour.paint(code, &report.verdict.name().to_uppercase());
    let reasons = report.reasons.split_first();
    let first = reasons.map_or(String::new(), |(first, _)| format!("  {}", shown_up_to(first, 100)));
    let _ = writeln!(out, "{verdict}{first}");
    let rest = reasons.map_or(&[][..], |(_, rest)| rest);
    for reason in rest.iter().take(REASONS - 1) {
        line(&mut out, "", &shown_up_to(reason, 100));
    }
    more(&mut out, rest.len().saturating_sub(REASONS - 1), "reason", "reasons");
    let rows = report.rows;
    line(
        &mut out,
        "rows",
        &format!(
            "{} read = {} clean + {} quarantined + {} rejected",
            count(rows.read),
            count(rows.clean),
            count(rows.quarantined),
            count(rows.rejected)
        ),
    );
    findings(&mut out, report);
    alarms(&mut out, report, colour);
    files(&mut out, report);
    changed(&mut out, report);
    if let Some(folder) = &report.timing.out {
        let folder = shown_up_to(folder, 200);
        let slash = if folder.ends_with('/') { "" } else { "/" };
        line(&mut out, "report", &format!("{folder}{slash}report.html"));
    }
    let first_read = match (report.timing.first_read_seconds, report.timing.first_read_bytes) {
        (Some(seconds), Some(read)) => format!(" ({seconds:.1} s of it for a first read of {})", bytes(read)),
        _ => String::new(),
    };
    line(
        &mut out,
        "time",
        &format!(
            "{:.1} s{}, {:.1} MB/s, peak memory {} of {}",
            report.timing.seconds,
            first_read,
            report.timing.mb_per_second,
            bytes(report.memory.peak_bytes),
            bytes(report.memory.cap_bytes)
        ),
    );
    out
}

fn findings(out: &mut String, report: &Report) {
    let ranked = ranked::detectors(report);
    let total = ranked.iter().fold(0u64, |sum, (_, facts)| sum.saturating_add(facts.occurrences));
    let kept = report.operators.get("keep").copied().unwrap_or(0);
    let word = if report.command == "scan" || kept > 0 { "found" } else { "masked" };
    if ranked.is_empty() {
        let words = if report.looked_for_pii() { "no personal data or secrets found" } else { "nothing was looked for" };
        line(out, word, words);
        return;
    }
    let (occurrences, types) = (counted(total, "occurrence", "occurrences"), counted(ranked.len() as u64, "type", "types"));
    let as_they_are = if kept > 0 { format!(", {} of them kept as they are", count(kept)) } else { String::new() };
    let told = report.pii.propagated.values().fold(0u64, |sum, n| sum.saturating_add(*n));
    let elsewhere = if told > 0 { format!(", {} told elsewhere", count(told)) } else { String::new() };
    line(out, word, &format!("{occurrences} of {types}{as_they_are}{elsewhere}"));
    for (id, facts) in ranked.iter().take(FINDINGS) {
        let operators: Vec<_> = facts.operators.keys().take(3).map(|o| shown_up_to(o, 16)).collect();
        let _ = writeln!(
            out,
            "            {:<32} {:>11}  {:<8}  {}",
            shown_up_to(id, 32),
            count(facts.occurrences),
            shown_up_to(&facts.severity, 8),
            operators.join(", ")
        );
    }
    more(out, ranked.len().saturating_sub(FINDINGS), "type", "types");
}

fn alarms(out: &mut String, report: &Report, colour: Colour) {
    // That personal data tells the label is worth knowing, and no suspicion.
    let (telling, ranked): (Vec<_>, Vec<_>) = ranked::verdicts(report).into_iter().partition(|v| v.test == "pii-label");
    for (i, verdict) in ranked.iter().take(ALARMS).enumerate() {
        let text = format!(
            "{} {}: {}, {}{}",
            shown_up_to(&verdict.test, 24),
            colour.paint("1", &shown_up_to(&verdict.subject, CHARS)),
            counted(verdict.rows, "row", "rows"),
            match verdict.fate {
                Fate::Quarantine => "withheld",
                Fate::Review => "to review",
                Fate::Report => "for information",
            },
            verdict.q_value.map_or(String::new(), |q| format!(", q {}", number(Some(q)))),
        );
        line(out, if i == 0 { "suspicious" } else { "" }, &text);
    }
    more(out, ranked.len().saturating_sub(ALARMS), "suspicion", "suspicions");
    if ranked.is_empty() {
        let text = if report.policy.poison { "nothing" } else { "poisoning was not looked for" };
        line(out, "suspicious", text);
    }
    let types: Vec<_> = telling.iter().take(2).map(|verdict| shown_up_to(&verdict.subject, CHARS)).collect();
    let further = match telling.len().saturating_sub(types.len()) as u64 {
        0 => String::new(),
        n => format!(" and {}", counted(n, "more type", "more types")),
    };
    if !types.is_empty() {
        line(out, "labels", &format!("told by whether a row has {}{further}", types.join(", ")));
    }
}

fn files(out: &mut String, report: &Report) {
    let unread: Vec<_> = report.files.iter().filter(|f| matches!(f.status, FileStatus::Partial | FileStatus::Skipped)).collect();
    for (i, file) in unread.iter().take(FILES).enumerate() {
        let reason = file.reason.as_deref().unwrap_or("no reason given");
        let text = format!("{}  {}: {}", shown_up_to(&file.file, CHARS), file.status.name(), shown_up_to(reason, CHARS));
        line(out, if i == 0 { "not whole" } else { "" }, &text);
    }
    more(out, unread.len().saturating_sub(FILES), "file", "files");
}

/// What changed since an earlier run, by kind, in one line.
fn changed(out: &mut String, report: &Report) {
    let Some(changes) = &report.timing.changes else { return };
    let number = |sign: char, of: &Listed| match (of.names.len() as u64).saturating_add(of.left) {
        0 => String::new(),
        n => format!(" {sign}{}", count(n)),
    };
    let mut all: Vec<String> = changes
        .turnovers
        .iter()
        .map(|t| format!("{}{}{}", shown_up_to(&t.what, 32), number('+', &t.appeared), number('-', &t.gone)))
        .collect();
    if !changes.shares.is_empty() {
        all.push(counted(changes.shares.len() as u64, "share moved", "shares moved"));
    }
    if all.is_empty() {
        all.push(if changes.is_empty() { "nothing" } else { "numbers and settings alone" }.to_owned());
    }
    line(out, "changed", &shown_up_to(&format!("since {}: {}", changes.since, all.join(", ")), 160));
}

fn line(out: &mut String, head: &str, text: &str) {
    let _ = writeln!(out, "{head:<10}  {text}");
}

fn more(out: &mut String, left: usize, one: &str, many: &str) {
    if left > 0 {
        line(out, "", &format!("… and {} more {}", count(left as u64), if left == 1 { one } else { many }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::{endless, full};
    use crate::report::{DetectorFacts, VerdictFacts};

    #[test]
    fn a_run_with_a_bit_of_everything() {
        insta::assert_snapshot!(summary(&full(), Colour::Off));
    }

    #[test]
    fn an_empty_run() {
        let mut report = Report { program: "untaint".into(), ..Report::default() };
        report.policy.detectors = 60;
        report.conclude();
        insta::assert_snapshot!(summary(&report, Colour::Off));
    }

    #[test]
    fn what_was_kept_is_not_said_to_be_masked() {
        for (kept, detectors, types, wanted, why) in [
            (0, 60, 1, "masked      7 occurrences of 1 type\n", "all were masked"),
            (3, 60, 1, "found       7 occurrences of 1 type, 3 of them kept as they are\n", "some were not"),
            (0, 1, 0, "masked      no personal data or secrets found\n", "one detector, added to the profile none, looked"),
            (0, 0, 0, "masked      nothing was looked for\n", "no detector was on"),
            (0, 0, 1, "masked      7 occurrences of 1 type\n", "a column rule masks without a detector"),
        ] {
            let facts = DetectorFacts { occurrences: 7, ..DetectorFacts::default() };
            let mut report = Report::default();
            report.policy.profile = "none".into();
            report.policy.detectors = detectors;
            report.operators = [("keep".to_owned(), kept)].into();
            report.pii.by_detector = (0..types).map(|n| (format!("own.{n}"), facts.clone())).collect();
            let text = summary(&report, Colour::Off);
            assert!(text.contains(wanted), "{why}: {text}");
            report.pii.propagated = [("own.0".to_owned(), 2)].into();
            let text = summary(&report, Colour::Off);
            assert_eq!(text.contains(", 2 told elsewhere\n"), types > 0, "{why}: {text}");
        }
    }

    #[test]
    fn personal_data_that_tells_the_label_is_a_line_and_no_suspicion() {
        let verdict =
            |n: usize| VerdictFacts { test: "pii-label".into(), subject: format!("own.{n}"), ..VerdictFacts::default() };
        for (types, wanted) in [(1, "own.0\n"), (2, "own.0, own.1\n"), (4, "own.0, own.1 and 2 more types\n")] {
            let mut report = Report { verdicts: (0..types).map(verdict).collect(), ..Report::default() };
            report.policy.poison = true;
            let text = summary(&report, Colour::Off);
            let lines = format!("suspicious  nothing\nlabels      told by whether a row has {wanted}");
            assert!(text.contains(&lines), "{text}");
        }
    }

    #[test]
    fn a_folder_named_with_a_slash_has_one() {
        let mut report = Report::default();
        for (out, wanted) in [("o", "o/report.html\n"), ("o/", "o/report.html\n"), ("/", " /report.html\n")] {
            report.timing.out = Some(out.to_owned());
            assert!(summary(&report, Colour::Off).contains(wanted), "{out}");
        }
    }

    #[test]
    fn the_longest_one_is_short_and_steers_no_terminal() {
        let text = summary(&endless(), Colour::Off);
        assert!(text.lines().count() <= 22, "{}", text.lines().count());
        assert!(text.lines().all(|l| l.chars().count() <= 230));
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()) && !text.contains('\u{202e}'));
    }

    #[test]
    fn colours_are_only_there_when_asked_for() {
        assert!(summary(&full(), Colour::On).contains("\u{1b}[1;31mFAIL\u{1b}[0m"));
        assert!(!summary(&full(), Colour::Off).contains('\u{1b}'));
    }
}
