//! `report.json`: the report for programs.

use super::shown::is_invisible;
use super::{Renderer, Report, SCHEMA_VERSION};
use crate::error::{Error, Result};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufReader, ErrorKind, Read};
use std::path::Path;

/// More than a report ever is; a foreign file in its place is not read whole into memory.
const LONGEST_BYTES: u64 = 256 << 20;

/// Indented JSON with a line end; keys in the order of the structs, maps in order of their keys.
pub(super) struct Json;

impl Renderer for Json {
    fn file_name(&self) -> &'static str {
        "report.json"
    }

    fn render(&self, report: &Report) -> Result<String> {
        let mut text = serde_json::to_string_pretty(report).map_err(|e| Error::Bug(format!("report.json: {e}")))?;
        text.push('\n');
        Ok(text)
    }
}

/// The summary for `--json`: the whole report on one line, so that a script needs one shape only.
///
/// # Errors
/// [`Error::Bug`] only.
pub fn summary_json(report: &Report) -> Result<String> {
    let text = serde_json::to_string(report).map_err(|e| Error::Bug(format!("summary: {e}")))?;
    Ok(for_terminals(&text) + "\n")
}

/// JSON text with everything escaped that cannot be seen and that JSON itself leaves as it is (controls, what turns text
/// around): it may be printed to a terminal, and some obey them. The same document.
#[must_use]
pub fn for_terminals(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if c != '\n' && is_invisible(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    out
}

impl Report {
    /// Reads a `report.json`.
    ///
    /// # Errors
    /// [`Error::Usage`] where there is none, it is none, or another version wrote it; [`Error::Store`] where reading fails.
    pub fn read(path: &Path) -> Result<Self> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(e) if e.kind() == ErrorKind::NotFound => {
                return Err(Error::Usage(format!("{}: no such report; name the folder of a finished run", path.display())));
            }
            Err(e) => return Err(Error::store(path, "cannot open")(e)),
        };
        let broken = |e: serde_json::Error| match e.io_error_kind() {
            Some(kind) => Error::store(path, "cannot read")(kind.into()),
            // The position only: the parser's words may quote what it met.
            None => Error::Usage(format!("{}: not a report (line {})", path.display(), e.line())),
        };
        let report: Self = serde_json::from_reader(BufReader::new(file.take(LONGEST_BYTES))).map_err(broken)?;
        if report.schema_version != SCHEMA_VERSION {
            return Err(Error::Usage(format!(
                "{}: schema_version {}, but this program reads {SCHEMA_VERSION}; use the version that wrote it",
                path.display(),
                report.schema_version
            )));
        }
        Ok(report)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::full;

    #[test]
    fn what_is_read_writes_the_same_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        let text = Json.render(&full()).unwrap();
        std::fs::write(&path, &text).unwrap();
        assert_eq!(Json.render(&Report::read(&path).unwrap()).unwrap(), text);
    }

    #[test]
    fn what_is_no_report_is_told_without_its_content() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        for (text, wanted) in [
            (r#"{"rows": "jane@example.org"}"#, "not a report (line 1)"),
            ("", "not a report"),
            (r#"{"schema_version": 7}"#, "schema_version 7, but"),
        ] {
            std::fs::write(&path, text).unwrap();
            let error = Report::read(&path).unwrap_err();
            assert!(error.to_string().contains(wanted) && !error.to_string().contains("jane"), "{error}");
            assert_eq!(error.exit_code(), 2);
        }
        assert_eq!(Report::read(&folder.path().join("none")).unwrap_err().exit_code(), 2);
    }

    #[test]
    fn the_whole_report_as_json() {
        insta::assert_snapshot!(Json.render(&full()).unwrap());
    }

    #[test]
    fn what_is_printed_steers_no_terminal_and_says_the_same() {
        let names = ["a\u{202e}b\u{200b}\u{9b}c", "\u{e0041}\u{a0} \u{1b}[2J\n", "Straße 😀"];
        let text = serde_json::to_string(&names).unwrap();
        let printed = for_terminals(&text);
        assert!(printed.chars().all(|c| !is_invisible(c)), "{printed}");
        assert_eq!(serde_json::from_str::<Vec<String>>(&printed).unwrap(), names);
    }

    #[test]
    fn numbers_that_are_none_are_null() {
        let mut report = full();
        report.verdicts[0].p_value = Some(f64::NAN);
        report.verdicts[0].statistic = Some(f64::INFINITY);
        report.timing.mb_per_second = f64::NAN;
        let text = summary_json(&report).unwrap();
        assert!(text.contains(r#""statistic":null,"p_value":null"#) && text.contains(r#""mb_per_second":0.0"#));
        assert_eq!(text.lines().count(), 1);
    }
}
