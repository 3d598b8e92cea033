//! How evenly labels are spread once rows are withheld: a second look at the row facts, without their words.

use super::Run;
use super::spill::RowSet;
use crate::error::Result;
use crate::verdict::{Judgement, Recount};

impl Run<'_> {
    /// Completes the measures of a judgement; `going` are the rows that leave, by input.
    pub(super) fn rebalance(&self, judgement: &mut Judgement, going: &[RowSet]) -> Result<()> {
        let Some(mut recount) = Recount::new(judgement) else { return Ok(()) };
        for (number, going) in going.iter().enumerate() {
            self.each_part(number, false, |_, first, rows| {
                let is_going = |row: &usize| going.contains(first + *row as u64);
                let gone: Vec<usize> = if going.is_empty() { Vec::new() } else { (0..rows.len()).filter(is_going).collect() };
                recount.take(rows, &gone);
                Ok(())
            })?;
        }
        recount.finish(judgement);
        Ok(())
    }
}
