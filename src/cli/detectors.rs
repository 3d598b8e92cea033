//! `detectors list`, `explain` and `check`.

use super::args::Detectors;
use super::{print, runs, tell};
use crate::detect::{self, Catalogue, Detector, Example, Explanation, Spread};
use crate::error::{Error, Result};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Runs one of them.
pub(super) fn run(what: Detectors) -> Result<u8> {
    match what {
        Detectors::List { json, markdown, detectors } => {
            let (catalogue, _) = runs::catalogue(&detectors)?;
            let text = match (json, markdown) {
                (true, _) => as_json(catalogue.detectors())?,
                (_, true) => as_page(catalogue.detectors()),
                _ => as_table(catalogue.detectors()),
            };
            print(text.as_bytes())
        }
        Detectors::Explain { id, detectors } => {
            let (catalogue, _) = runs::catalogue(&detectors)?;
            let ids = catalogue.detectors().iter().map(|d| d.id.as_str());
            crate::policy::known("detector", &id, ids).map_err(Error::Usage)?;
            print(catalogue.explain(&id).map(|e| explained(&e)).unwrap_or_default().as_bytes())
        }
        Detectors::Check { pack } => {
            let text = std::fs::read_to_string(&pack)
                .map_err(|e| Error::Usage(format!("cannot read the pack {}: {e}", pack.display())))?;
            let name = pack.display().to_string();
            let mut problems = detect::pack::check(&name, &text);
            problems.extend(detect::pack::taken(&name, &text, &Catalogue::builtin()?));
            for p in &problems {
                let id = if p.id.is_empty() { String::new() } else { format!("{}: ", p.id) };
                tell(&crate::report::shown(&format!("{name}:{}: {id}{}", p.line, p.message)));
            }
            if problems.is_empty() {
                tell(&format!("{}: sound", crate::report::shown(&name)));
            }
            Ok(if problems.is_empty() { 0 } else { 2 })
        }
    }
}

fn as_table(detectors: &[Detector]) -> String {
    let width = detectors.iter().map(|d| d.id.len()).max().unwrap_or(0);
    detectors.iter().fold(String::new(), |mut out, d| {
        let _ = writeln!(out, "{:width$}  {:6}  {}", d.id, d.severity.name(), d.name);
        out
    })
}

/// Every detector on one page of Markdown, by what the id begins with.
fn as_page(detectors: &[Detector]) -> String {
    let shipped = detectors.iter().filter(|d| d.parent.is_none());
    let mut families: BTreeMap<&str, Vec<&Detector>> = BTreeMap::new();
    for detector in shipped {
        families.entry(detector.id.split('.').next().unwrap_or_default()).or_default().push(detector);
    }
    let count: usize = families.values().map(Vec::len).sum();
    let mut out = format!(
        "# Detectors\n\nAll {count} of them, as `untaint detectors list --markdown` prints them; `untaint detectors explain ID` \
         tells more of one. *Context* says that a value counts only beside a word for it, or in a column named so. Detectors in \
         *italics* are not in the profile `recommended`.\n"
    );
    for (family, mut detectors) in families {
        detectors.sort_by_key(|d| &d.id);
        let _ =
            writeln!(out, "\n## {family}\n\n| id | what | severity | check | context | elsewhere |\n|---|---|---|---|---|---|");
        for d in detectors {
            let id = if d.recommended { format!("`{}`", d.id) } else { format!("*`{}`*", d.id) };
            let check = d.check.map_or("", |c| c.name);
            let context = if d.context_required || d.pattern.is_none() { "required" } else { "" };
            let names: Vec<String> = elsewhere(d).iter().map(|(c, names)| format!("{c}: {}", names.join(", "))).collect();
            let (name, severity) = (d.name.replace('|', "/"), d.severity.name());
            let _ =
                writeln!(out, "| {id} | {name} | {severity} | {check} | {context} | {} |", names.join("; ").replace('|', "/"));
        }
    }
    out
}

/// A detector's names in other catalogues.
fn elsewhere(detector: &Detector) -> BTreeMap<&str, Vec<&str>> {
    let mut names: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (catalogue, name) in &detector.elsewhere {
        names.entry(catalogue).or_default().push(name);
    }
    names
}

/// One detector as a person reads it.
fn explained(explanation: &Explanation<'_>) -> String {
    let d = explanation.detector;
    let mut out = format!("{}  {}\n", d.id, d.name);
    let mut line = |name: &str, text: &str| {
        if !text.is_empty() {
            let _ = writeln!(out, "{name:12} {text}");
        }
    };
    line("severity", d.severity.name());
    line("country", d.country.as_deref().unwrap_or_default());
    line("tag", &d.tag());
    line("source", &d.source);
    for (catalogue, name) in &d.elsewhere {
        line(catalogue, name);
    }
    line("pattern", d.pattern.as_deref().unwrap_or_default());
    line(
        "check",
        &d.check.map(|c| format!("{}: {} (passes by chance: {} %)", c.name, c.demands, c.chance * 100.0)).unwrap_or_default(),
    );
    line("near", &d.near.join(", "));
    line("avoid", &d.avoid.join(", "));
    line("column", &d.column.join(", "));
    line("profile", if d.recommended { "recommended" } else { "all" });
    line(
        "context",
        if d.context_required { "required: no finding without a context word, column name or column sample" } else { "" },
    );
    for (what, percent) in &explanation.steps {
        line("confidence", &format!("{percent:+} % {what}"));
    }
    let again = match d.spread {
        Spread::Never => "never: what many records share says nothing of one",
        Spread::Value => "from 85 % on, in the free text of its record; numbers in any groups",
        Spread::Name => "from 85 % on, in the free text of its record; also turned round, and the family name alone",
    };
    line("found again", if d.parent.is_none() { again } else { "" });
    for example in &d.finds {
        line("finds", &marked(example));
    }
    for example in &d.ignores {
        line("ignores", &marked(example));
    }
    out
}

/// An example with its values between `«»`.
fn marked(example: &Example) -> String {
    let mut out = String::new();
    let mut at = 0;
    for span in &example.spans {
        let piece = |range: std::ops::Range<usize>| example.text.get(range).unwrap_or_default();
        let _ = write!(out, "{}«{}»", piece(at..span.start), piece(span.clone()));
        at = span.end;
    }
    out + example.text.get(at..).unwrap_or_default()
}

fn as_json(detectors: &[Detector]) -> Result<String> {
    let rows: Vec<serde_json::Value> = detectors
        .iter()
        .map(|d| {
            serde_json::json!({
                "id": d.id, "name": d.name, "country": d.country, "severity": d.severity.name(), "tag": d.tag(),
                "source": d.source, "recommended": d.recommended, "elsewhere": elsewhere(d),
                "check": d.check.map(|c| c.name), "context_required": d.context_required || d.pattern.is_none(),
            })
        })
        .collect();
    let text = serde_json::to_string_pretty(&rows).map_err(|e| Error::Bug(e.to_string()))?;
    Ok(text + "\n")
}
