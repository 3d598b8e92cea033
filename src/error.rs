//! What can go wrong, sorted by whose fault it is; the exit code follows from that.

use std::path::PathBuf;

/// An error of a whole run. A bad row is no error but a fate with a reason ([`crate::batch::Reason`]).
///
/// Messages are lower-case, say what to do and never quote a cell.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The call is wrong: a flag, a path, a combination.
    #[error("{0}")]
    Usage(String),
    /// The policy file is wrong.
    #[error("{file}: {message}")]
    Policy {
        /// The policy file as it was named.
        file: String,
        /// What is wrong and the nearest right word.
        message: String,
    },
    /// A detector pack is wrong.
    #[error("{file}: {message}")]
    Pack {
        /// The pack's file name.
        file: String,
        /// What is wrong, with the id and the line where they are known.
        message: String,
    },
    /// An input cannot be understood as a whole.
    #[error("{file}: {message}")]
    Data {
        /// The input's relative path.
        file: String,
        /// The reason, without a word of the content.
        message: String,
    },
    /// A file system or object store failed.
    #[error("{}: {action}: {source}", path.display())]
    Store {
        /// What was being read or written.
        path: PathBuf,
        /// What was being done, in the infinitive (`cannot create`, `cannot read`).
        action: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// The run was interrupted by a signal; where there is a stage, it is kept for `--resume`.
    #[error("interrupted")]
    Interrupted(i32),
    /// We are at fault.
    #[error("internal error: {0}; please report it")]
    Bug(String),
}

impl Error {
    /// The process exit code that this error stands for.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) | Self::Policy { .. } | Self::Pack { .. } => 2,
            Self::Data { .. } => 3,
            Self::Store { .. } | Self::Bug(_) => 4,
            Self::Interrupted(signal) => 128u8.wrapping_add(u8::try_from(*signal).unwrap_or(2)),
        }
    }

    /// A closure for `map_err` on file operations: names the path and what was tried.
    pub fn store(path: impl Into<PathBuf>, action: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Store { path, action, source }
    }
}

/// The crate's result.
pub type Result<T> = std::result::Result<T, Error>;
