//! The profile of an earlier delivery, that a run is compared with.

use crate::error::{Error, Result};
use crate::io::compress::Tally;
use crate::profile::Profile;
use crate::report::PackDigest;
use std::path::Path;
use std::sync::Arc;

/// A baseline, read and fit for this run.
#[derive(Clone)]
pub struct Baseline {
    /// The profile.
    pub profile: Arc<Profile>,
    /// Its file's name and digest.
    pub digest: PackDigest,
}

impl Baseline {
    /// Reads a baseline for a run under `seed`.
    ///
    /// # Errors
    /// `Usage` where it cannot be read, is damaged or of another version, was made with another seed or holds no row.
    pub fn read(path: &Path, seed: u64) -> Result<Self> {
        let (profile, digest) = read(path, seed, "baseline")?;
        Ok(Self { profile, digest })
    }
}

/// Reads a profile that a run under `seed` goes by, and is said to be `what`.
pub(super) fn read(path: &Path, seed: u64, what: &str) -> Result<(Arc<Profile>, PackDigest)> {
    let shown = path.display();
    let bytes = std::fs::read(path).map_err(|e| Error::Usage(format!("cannot read the {what} {shown}: {e}")))?;
    let wrong = |why: &str| Error::Usage(format!("the {what} {shown}: {why}"));
    let mut profile = Profile::from_bytes(&bytes).map_err(|broken| wrong(broken.0))?;
    if profile.is_mixed() {
        return Err(wrong("profiles made with different seeds were put together; make it again"));
    }
    match profile.seed() {
        Some(made) if made != seed => {
            let why = format!(
                "it was made with the seed {made}, and this run has {seed}; hashes of two seeds never meet, give both the same --seed"
            );
            return Err(wrong(&why));
        }
        None => return Err(wrong("it holds no row")),
        Some(_) => {}
    }
    if profile.read() == 0 {
        return Err(wrong("it holds no row"));
    }
    profile.finish();
    let tally = Tally::default();
    tally.add(&bytes);
    let file = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    Ok((Arc::new(profile), PackDigest { file, sha256: tally.sha256() }))
}
