//! Which rows a verdict points at.

use super::NoiseKind;
use crate::profile::Span;
use serde::{Deserialize, Serialize};

/// A predicate on rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pick {
    /// No row.
    Nothing,
    /// Rows of a slice with one of these labels.
    Slice {
        /// Of what the slice is.
        of: SliceKey,
        /// Hashes or classes of labels.
        labels: Vec<u64>,
        /// Into how many classes labels are folded; 0: not at all.
        classes: usize,
        /// Only those that read like another label: where a model is at hand, in the run that learnt it.
        doubted: bool,
    },
    /// Rows of a file between two row numbers, with one of these labels.
    Window {
        /// Hash of the file's path.
        file: u64,
        /// First row.
        start: u64,
        /// Last row.
        end: u64,
        /// Hashes or classes of labels.
        labels: Vec<u64>,
        /// Into how many classes labels are folded; 0: not at all.
        classes: usize,
        /// Only those that read like another label: where a model is at hand, in the run that learnt it.
        doubted: bool,
    },
    /// Rows with a mark.
    Marked {
        /// One of the bits of [`crate::profile::RowView::marks`].
        mark: u8,
    },
    /// Rows that hold words, with a label.
    Holds {
        /// Hashes of words that follow each other; any of these.
        grams: Vec<Vec<u64>>,
        /// All of the grams must be held.
        all: bool,
        /// Hash of the label; none: any.
        label: Option<u64>,
    },
    /// Rows whose prompt holds words that follow each other, or that get an answer, or whose answer holds such words.
    Answers {
        /// Hashes of words that the prompt holds; empty: any prompt.
        prompt: Vec<u64>,
        /// Hash of the whole answer; none: any answer.
        whole: Option<u64>,
        /// Hashes of words that the answer holds; empty: any.
        part: Vec<u64>,
    },
    /// Rows that have one label and read like another. Only where the model is at hand, in the run that learnt it.
    Doubted {
        /// Hash of the label that they have.
        from: u64,
        /// Hash of the other.
        to: u64,
        /// How likely the other must be, in parts of [`Pick::DOUBT`].
        least: u32,
    },
    /// Rows whose words and pairs of words are alike by half to those of a text.
    Near {
        /// Hashes of the words and pairs, sorted.
        signature: Vec<u64>,
        /// Hash of the label; none: any.
        label: Option<u64>,
    },
    /// The same for any of many texts, whatever the label.
    NearAny {
        /// By text: hashes of the words and pairs, sorted.
        signatures: Vec<Vec<u64>>,
    },
    /// Rows of the same words and pairs of words as a text, or of the same values.
    Equal {
        /// Hashes of the texts.
        texts: Vec<u64>,
    },
    /// Rows with a text that is noise beside what others have.
    Noise {
        /// Which kind of noise.
        kind: NoiseKind,
        /// The words and pairs of others: a Bloom filter for each half of the rows.
        seen: Vec<String>,
        /// How many must be new, by the number of words or pairs.
        least: Vec<u32>,
    },
    /// Rows whose number in a column is at least as large, or for a negative bucket at least as far below zero.
    Beyond {
        /// The column.
        column: String,
        /// The first bucket of [`crate::profile::sketch::magnitudes`] that is meant; its sign tells the direction.
        from: i32,
        /// Hash of the label; none: any.
        label: Option<u64>,
    },
    /// All copies of a row but the first.
    Copies {
        /// The row's key in hexadecimal.
        key: String,
        /// Path of the file that holds the copy to keep.
        file: String,
        /// Its row.
        row: u64,
    },
}

impl Pick {
    /// What likelihoods are parts of.
    pub const DOUBT: u32 = 1_000_000;
}

/// Names a slice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SliceKey {
    /// A source, by hash.
    Source(u64),
    /// A file, by hash.
    File(u64),
    /// A day, month or year.
    Time(Span, i32),
}
