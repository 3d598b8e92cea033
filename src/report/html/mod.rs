//! `report.html`: one file that says the same as `report.json` to a person. No script, nothing fetched, under 1 MB.

mod bias;
mod changes;
mod decisions;
mod plots;
mod recall;
mod risk;
mod tables;
mod view;

use super::{Renderer, Report};
use crate::error::{Error, Result};
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment};
use view::{Caps, View};

/// Longest page, in bytes. Lists are cut until it holds; `report.json` has all of them.
const LONGEST_BYTES: usize = 1_000_000;

/// The page.
pub(super) struct Html;

impl Renderer for Html {
    fn file_name(&self) -> &'static str {
        "report.html"
    }

    fn render(&self, report: &Report) -> Result<String> {
        let fault = |e: minijinja::Error| Error::Bug(format!("report.html: {e}"));
        let mut environment = Environment::new();
        environment.set_auto_escape_callback(|_| AutoEscape::Html);
        environment.add_template("report.html", include_str!("report.html")).map_err(fault)?;
        let template = environment.get_template("report.html").map_err(fault)?;
        let mut caps = Caps::default();
        loop {
            let page = template.render(Serde(View::new(report, caps))).map_err(fault)?;
            match caps.halved() {
                Some(smaller) if page.len() > LONGEST_BYTES => caps = smaller,
                _ => return Ok(page),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::{endless, full};

    #[test]
    fn the_whole_page() {
        insta::assert_snapshot!(Html.render(&full()).unwrap());
    }

    #[test]
    fn an_empty_report_has_a_page() {
        let mut report = Report::default();
        report.policy.detectors = 60;
        let page = Html.render(&report).unwrap();
        assert!(page.contains("<title>") && page.contains("No personal data or secrets were found."));
    }

    #[test]
    fn a_poison_larger_than_the_data_is_not_promised_to_be_seen() {
        let mut report = full();
        report.rows.read = 30;
        report.tests[0].smallest_visible = Some(89_997);
        let page = Html.render(&report).unwrap();
        assert!(page.contains("more than all rows") && !page.contains("89,997"));
    }

    #[test]
    fn findings_are_shown_whatever_the_profile_is_called() {
        let off = "Not looked for: the policy or a flag switches it off.";
        let mut report = full();
        report.policy.profile = "none".into();
        report.allowed.insert("us.ssn".into(), 77);
        let page = Html.render(&report).unwrap();
        assert!(page.contains("contact.email") && !page.contains(off), "added to the profile none by name");
        assert!(page.contains("us.ssn") && page.contains(">77<"), "what the allow list let through everywhere is a fact too");
        report.policy.detectors = 0;
        (report.pii, report.allowed) = Default::default();
        assert!(Html.render(&report).unwrap().contains(off));
    }

    #[test]
    fn the_longest_report_fits_and_nothing_of_it_is_markup() {
        let page = Html.render(&endless()).unwrap();
        assert!(page.len() <= LONGEST_BYTES, "{}", page.len());
        assert!(page.len() > 100_000, "cut more than needed: {}", page.len());
        assert!(!page.contains("<script") && !page.contains("alert(1)</"));
        assert!(page.chars().all(|c| c == '\n' || !c.is_control()) && !page.contains('\u{202e}'));
        assert!(page.contains("\\u202e"), "what turns text around is written out");
        assert!(page.contains("more"), "what is cut is counted");
    }

    #[test]
    fn the_page_fetches_nothing() {
        let page = Html.render(&full()).unwrap();
        assert!(page.contains(r#"content="default-src 'none'; style-src 'unsafe-inline'"#));
        for word in ["<script", "http:", "https:", "url(", "@import", "<img", "<link", "<iframe", "javascript:"] {
            assert!(!page.to_lowercase().contains(word), "{word}");
        }
        assert_eq!(page.matches("<table").count(), page.matches("<caption").count(), "every table has a caption");
        assert_eq!(page.matches("<th>").count(), 0, "every header cell has a scope");
        assert_eq!(page.matches("<h1").count(), 1);
        assert_eq!(page.matches("role=\"img\"").count(), page.matches("</title>").count() - 1, "every chart has a title");
    }

    #[test]
    #[ignore = "writes pages to look at into the temporary folder"]
    fn pages_to_look_at() {
        for (name, report) in [("full", full()), ("endless", endless()), ("empty", Report::default())] {
            std::fs::write(std::env::temp_dir().join(format!("untaint-{name}.html")), Html.render(&report).unwrap()).unwrap();
        }
    }
}
