//! `report`: what a finished run says of itself, written once more.

use super::args::ExportArgs;
use super::runs::exporters;
use crate::error::{Error, Result};
use crate::io::commit::{is_finished, write_whole};
use crate::io::compress::Tally;
use crate::report::{Manifest, OutputFile, RENDERERS, Report, export};
use std::path::Path;

/// `untaint report`: the page, or the files for other systems where some are asked for.
pub(super) fn report(out: &Path, asked: &ExportArgs) -> Result<u8> {
    if !is_finished(out) {
        return Err(Error::Usage(format!("{} holds no finished run", out.display())));
    }
    let report = Report::read(&out.join("report.json"))?;
    let at = out.join(Manifest::FILE_NAME);
    let mut manifest = Manifest::read(&at)?;
    let before = manifest.clone();
    let files = if asked.export.is_empty() {
        let pages = RENDERERS.iter().filter(|r| r.file_name() != "report.json");
        pages.map(|r| Ok((r.file_name().to_owned(), r.render(&report)?))).collect::<Result<_>>()?
    } else {
        export::files(&exporters(asked), &report, &manifest, out)?
    };
    for (path, text) in files {
        write_whole(&out.join(&path), text.as_bytes())?;
        let tally = Tally::default();
        tally.add(text.as_bytes());
        // Another version may lay a file out anew; the manifest has to name the one that is there.
        manifest.list(OutputFile { path, bytes: tally.bytes(), sha256: tally.sha256(), ..OutputFile::default() });
    }
    if manifest != before {
        write_whole(&at, manifest.render()?.as_bytes())?;
    }
    Ok(0)
}
