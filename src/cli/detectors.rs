//! `detectors list`, `explain` and `check`.

use super::args::Detectors;
use super::{print, runs, tell};
use crate::detect::{self, Detector};
use crate::error::{Error, Result};
use std::fmt::Write as _;

/// Runs one of them.
pub(super) fn run(what: Detectors) -> Result<u8> {
    match what {
        Detectors::List { json, detectors } => {
            let (catalogue, _) = runs::catalogue(&detectors)?;
            let text = if json { as_json(catalogue.detectors())? } else { as_table(catalogue.detectors()) };
            print(text.as_bytes())
        }
        Detectors::Explain { id, detectors } => {
            let (catalogue, _) = runs::catalogue(&detectors)?;
            let ids = catalogue.detectors().iter().map(|d| d.id.as_str());
            crate::policy::known("detector", &id, ids).map_err(Error::Usage)?;
            let detector = catalogue.detectors().iter().find(|d| d.id == id);
            print(detector.map(detect::explain).unwrap_or_default().as_bytes())
        }
        Detectors::Check { pack } => {
            let text = std::fs::read_to_string(&pack)
                .map_err(|e| Error::Usage(format!("cannot read the pack {}: {e}", pack.display())))?;
            let name = pack.display().to_string();
            let problems = detect::pack::check(&name, &text);
            for p in &problems {
                let id = p.id.as_deref().map(|id| format!("{id}: ")).unwrap_or_default();
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

fn as_json(detectors: &[Detector]) -> Result<String> {
    let rows: Vec<serde_json::Value> = detectors
        .iter()
        .map(|d| {
            serde_json::json!({
                "id": d.id, "name": d.name, "country": d.country, "severity": d.severity.name(), "tag": d.tag(),
                "source": d.source, "names": d.names,
            })
        })
        .collect();
    let text = serde_json::to_string_pretty(&rows).map_err(|e| Error::Bug(e.to_string()))?;
    Ok(text + "\n")
}
