//! What can go wrong with a part of a Parquet file, and the fence around the library that decodes it.

use crate::batch::Reason;
use parquet::errors::ParquetError;
use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Why a part could not be read or its copy not be written.
#[derive(Debug)]
pub enum Failure {
    /// The data is at fault: the part is rejected with this reason.
    Data(Reason),
    /// A temporary file or the output is at fault: the run ends.
    Store(io::Error),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Data(reason) => reason.fmt(f),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Failure {}

impl From<Reason> for Failure {
    fn from(reason: Reason) -> Self {
        Self::Data(reason)
    }
}

/// Carries a reason through the library's error type.
#[derive(Debug)]
struct Carried(Reason);

impl fmt::Display for Carried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Carried {}

impl From<Failure> for ParquetError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Data(reason) => Self::External(Box::new(Carried(reason))),
            Failure::Store(error) => Self::External(Box::new(error)),
        }
    }
}

/// An error of the library while it reads. Its message may quote data and is dropped.
pub(super) fn reading(error: &ParquetError) -> Failure {
    if let ParquetError::External(inner) = error
        && let Some(Carried(reason)) = inner.downcast_ref()
    {
        return Failure::Data(*reason);
    }
    match error {
        ParquetError::NYI(_) => Failure::Data(Reason::Unsupported),
        _ => Failure::Data(Reason::BrokenPage),
    }
}

/// An error of the library while it writes into one of our sinks: theirs if it wraps an I/O error, else ours to reject.
pub(super) fn writing(error: ParquetError) -> Failure {
    match error {
        ParquetError::External(inner) => match inner.downcast::<io::Error>() {
            Ok(error) => Failure::Store(*error),
            Err(inner) => reading(&ParquetError::External(inner)),
        },
        _ => Failure::Data(Reason::DecoderFault),
    }
}

/// Runs `work`; a panic in it becomes [`Reason::DecoderFault`].
pub(super) fn fenced<T>(work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(Failure::Data(Reason::DecoderFault)))
}
