//! `junit.xml`: one test case a gate, one for the ledger, one for the inputs, as build servers read them.
//!
//! The form is the JUnit XML that Jenkins, GitLab and the like take (the schemas of Ant's and of Jenkins' xUnit plugin at
//! once).

use super::words::{sentence, time};
use super::{Exporter, Finished};
use crate::error::Result;
use crate::report::{FileStatus, Report, counted, shown_up_to};
use std::fmt::Write as _;

/// Gates that are shown; there are eight.
const GATES: usize = 100;

/// JUnit XML.
pub(super) struct Junit;

/// A test case: name, and what is wrong where something is.
struct Case {
    class: &'static str,
    name: String,
    failure: Option<String>,
}

impl Exporter for Junit {
    fn kind(&self) -> &'static str {
        "junit"
    }

    fn file_name(&self) -> &'static str {
        "junit.xml"
    }

    fn purpose(&self) -> &'static str {
        "JUnit XML: gates and ledger as test cases of a build"
    }

    fn export(&self, finished: &Finished<'_>) -> Result<String> {
        let report = finished.report;
        let cases = cases(report);
        let failures = cases.iter().filter(|c| c.failure.is_some()).count();
        let began = time(&report.timing.started);
        // The schemas want a time without zone or fraction.
        let began = began.get(..19).unwrap_or_default();
        let seconds = if report.timing.seconds.is_finite() { report.timing.seconds.max(0.0) } else { 0.0 };
        let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
        let _ = writeln!(
            out,
            "  <testsuite name=\"untaint\" package=\"untaint\" id=\"0\" hostname=\"localhost\" tests=\"{}\" failures=\"{failures}\" errors=\"0\" time=\"{seconds:.3}\" timestamp=\"{began}\">",
            cases.len(),
        );
        let _ = writeln!(out, "    <properties>");
        for (name, value) in [
            ("program", report.program.as_str()),
            ("command", &report.command),
            ("verdict", report.verdict.name()),
            ("rows.read", &report.rows.read.to_string()),
            ("rows.clean", &report.rows.clean.to_string()),
            ("rows.quarantined", &report.rows.quarantined.to_string()),
            ("rows.rejected", &report.rows.rejected.to_string()),
            ("gates.left_out", &report.gates.len().saturating_sub(GATES).to_string()),
        ] {
            let _ = writeln!(out, "      <property name=\"{name}\" value=\"{}\"/>", escaped(&shown_up_to(value, 200)));
        }
        let _ = writeln!(out, "    </properties>");
        for Case { class, name, failure } in &cases {
            let _ = write!(out, "    <testcase classname=\"untaint.{class}\" name=\"{}\" time=\"0\"", escaped(name));
            match failure {
                None => out.push_str("/>\n"),
                Some(why) => {
                    let _ = writeln!(out, ">\n      <failure type=\"{class}\" message=\"{}\"/>\n    </testcase>", escaped(why));
                }
            }
        }
        let reasons: Vec<String> = report.reasons.iter().take(20).map(|r| escaped(&sentence(r))).collect();
        let _ = writeln!(out, "    <system-out>{}</system-out>\n    <system-err></system-err>", reasons.join("\n"));
        out.push_str("  </testsuite>\n</testsuites>\n");
        Ok(out)
    }
}

fn cases(report: &Report) -> Vec<Case> {
    let gate = |(name, gate): (&String, &crate::report::Gate)| Case {
        class: "gate",
        name: shown_up_to(name, 200),
        failure: gate.tripped.then(|| sentence(&gate.why)),
    };
    let mut cases: Vec<Case> = report.gates.iter().take(GATES).map(gate).collect();
    let rows = report.rows;
    let lost = || {
        let files = report.files.iter().filter(|f| !f.rows.balances()).count() as u64;
        format!(
            "{} rows read, {} clean, {} quarantined, {} rejected; they do not add up in {}",
            rows.read,
            rows.clean,
            rows.quarantined,
            rows.rejected,
            counted(files, "file", "files")
        )
    };
    cases.push(Case { class: "ledger", name: "rows add up".into(), failure: (!report.balances()).then(lost) });
    let unread = report.files.iter().filter(|f| matches!(f.status, FileStatus::Partial | FileStatus::Skipped)).count() as u64;
    let in_part = || format!("{} read in part or not at all", counted(unread, "file was", "files were"));
    cases.push(Case { class: "inputs", name: "inputs are read whole".into(), failure: (unread > 0).then(in_part) });
    cases
}

/// Text in XML 1.0, between tags or quotes. What XML has no characters for was written out by [`sentence`] or
/// [`shown_up_to`].
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            // Char ::= #x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF]
            '\0'..='\x08' | '\x0b' | '\x0c' | '\x0e'..='\x1f' | '\u{fffe}' | '\u{ffff}' => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::tests::shown_as;
    use super::*;

    #[test]
    fn the_whole_file() {
        insta::assert_snapshot!(shown_as(&Junit));
    }

    #[test]
    fn what_xml_cannot_hold_is_left_out() {
        assert_eq!(escaped("a\0<b>\u{b}&\"'\u{ffff}\u{1f600}"), "a&lt;b&gt;&amp;&quot;&apos;\u{1f600}");
    }
}
