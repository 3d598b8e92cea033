//! `report`: what a finished run says of itself, written once more.

use super::args::ExportArgs;
use super::runs::exporters;
use crate::error::Result;
use crate::job::render_again;
use std::path::Path;

/// `untaint report`: the page, or the files for other systems where some are asked for.
pub(super) fn report(out: &Path, asked: &ExportArgs) -> Result<u8> {
    render_again(out, &exporters(asked)).map(|()| 0)
}
