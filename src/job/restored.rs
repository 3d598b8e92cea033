//! What a run that turned tokens back says of itself: how many, by file and by type. Columns are not told: a name may have
//! been a token.

use super::file::Record;
use super::tally::FileTally;
use crate::report::{Restored, Tokens};

/// The tokens of one file.
pub(super) fn of(tally: &FileTally) -> Tokens {
    let mut sum = Tokens::default();
    for count in tally.columns.values().flat_map(|detectors| detectors.values()) {
        let unopened = count.operators.get("keep").copied().unwrap_or(0);
        sum.unopened += unopened;
        sum.restored += count.occurrences - unopened;
    }
    sum
}

/// The tokens of all files.
pub(super) fn account(files: &[Record]) -> Restored {
    let mut all = Restored::default();
    for file in files {
        let tokens = of(&file.tally);
        all.tokens.add(tokens);
        if tokens != Tokens::default() {
            all.by_file.insert(file.facts.file.clone(), tokens);
        }
        for (id, count) in file.tally.columns.values().flatten() {
            let unopened = count.operators.get("keep").copied().unwrap_or(0);
            let tokens = Tokens { restored: count.occurrences - unopened, unopened };
            all.by_type.entry(id.clone()).or_default().add(tokens);
        }
    }
    all
}
