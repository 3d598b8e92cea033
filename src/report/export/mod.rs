//! The report in the forms that other systems take: catalogues, lineage servers, monitors, security consoles, build servers.
//!
//! Each is a file of `OUT/exports`, made of `report.json`, `manifest.json` and, where it says where things are,
//! `findings.parquet`; so it can be made again without the data. A new form is one file here and one row in [`EXPORTERS`].
//! Names come out of hostile data: every form is cut to a length with a count of what is left out, and stays valid whatever
//! they hold.

mod croissant;
mod data;
mod dataset_card;
mod junit;
mod macie;
mod model_monitor;
mod ocsf;
mod openlineage;
mod path;
mod places;
mod prometheus;
mod sarif;
#[cfg(test)]
mod tests;
mod words;

pub use model_monitor::{MODEL_MONITOR, MODEL_MONITOR_FILES, model_monitor};
pub use path::shape;
pub use places::{At, Places, Spread};

use super::{Manifest, Report};
use crate::error::{Error, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::path::Path;

/// The folder in OUT.
pub const FOLDER: &str = "exports";

/// A finished run, as exporters see it.
#[derive(Clone, Copy)]
pub struct Finished<'a> {
    /// What was found out.
    pub report: &'a Report,
    /// What went in and came out. What it lists under [`FOLDER`] depends on what was exported before and is not looked at.
    pub manifest: &'a Manifest,
    /// Where findings are; empty for exporters that do not ask.
    pub places: &'a Places,
    /// What tells this dataset from others: the name of the folder that the run wrote.
    dataset: &'a str,
}

/// Longest name of a dataset, in bytes: a folder's.
const DATASET_BYTES: usize = 255;

impl<'a> Finished<'a> {
    /// A run with what it leaves.
    #[must_use]
    pub fn new(report: &'a Report, manifest: &'a Manifest, places: &'a Places) -> Self {
        let out = report.timing.out.as_deref().unwrap_or_default().trim_end_matches(['/', '\\']);
        let last = out.rsplit(['/', '\\']).next().filter(|last| !matches!(*last, "" | "." | ".."));
        let last = last.unwrap_or("out");
        let cut = (0..=last.len().min(DATASET_BYTES)).rev().find(|at| last.is_char_boundary(*at));
        let dataset = last.get(..cut.unwrap_or(0)).unwrap_or_default();
        Self { report, manifest, places, dataset }
    }
}

/// A form that another system takes a report in.
pub trait Exporter: Sync {
    /// The word for it after `--export`.
    fn kind(&self) -> &'static str;

    /// The file's name in [`FOLDER`].
    fn file_name(&self) -> &'static str;

    /// Whose form it is, in a few words.
    fn purpose(&self) -> &'static str;

    /// Whether it says where findings are.
    fn wants_places(&self) -> bool {
        false
    }

    /// The whole file. The same report, manifest and findings give the same bytes.
    ///
    /// # Errors
    /// [`crate::error::Error::Bug`] only: a report always has a rendering.
    fn export(&self, finished: &Finished<'_>) -> Result<String>;
}

/// Every form, in the order they are offered.
pub static EXPORTERS: &[&dyn Exporter] = &[
    &dataset_card::DatasetCard,
    &croissant::Croissant,
    &openlineage::OpenLineage,
    &prometheus::Prometheus,
    &ocsf::Ocsf,
    &macie::Macie,
    &sarif::Sarif,
    &junit::Junit,
];

/// The exporter of a word; none where there is none.
#[must_use]
pub fn exporter(kind: &str) -> Option<&'static dyn Exporter> {
    EXPORTERS.iter().copied().find(|e| e.kind() == kind)
}

/// The files of some exporters for a run that lies in `out`: path in OUT and text, each exporter once.
///
/// # Errors
/// [`crate::error::Error::Usage`] where `findings.parquet` is needed and cannot be read.
pub fn files(
    exporters: &[&'static dyn Exporter],
    report: &Report,
    manifest: &Manifest,
    out: &Path,
) -> Result<Vec<(String, String)>> {
    let places = if exporters.iter().any(|e| e.wants_places()) {
        Places::read(&out.join("findings.parquet"), report)?
    } else {
        Places::default()
    };
    // Before they are written, numbers have more digits and lists another order than when they are read back.
    let (report, manifest): (Report, Manifest) = (as_read(report)?, as_read(&sorted(manifest)?)?);
    let finished = Finished::new(&report, &manifest, &places);
    let asked = EXPORTERS.iter().filter(|e| exporters.iter().any(|asked| asked.kind() == e.kind()));
    asked.map(|e| Ok((format!("{FOLDER}/{}", e.file_name()), e.export(&finished)?))).collect()
}

fn sorted(manifest: &Manifest) -> Result<Manifest> {
    let mut manifest = manifest.clone();
    manifest.render()?;
    Ok(manifest)
}

/// What a file of OUT says once it is written and read.
fn as_read<T: Serialize + DeserializeOwned>(written: &T) -> Result<T> {
    let text = serde_json::to_string(written).map_err(|e| Error::Bug(format!("an export: {e}")))?;
    serde_json::from_str(&text).map_err(|e| Error::Bug(format!("an export: {e}")))
}
