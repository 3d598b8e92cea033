//! Keys of Parquet maps that were masked: made unique in their map, as keys of JSON objects are, since readers refuse doubles.

use super::names::Taken;
use crate::batch::{Form, Replacement};
use crate::io::parquet::{Batch, Change, Kind, Leaf};

/// The map at hand, which may go on in the next batch.
#[derive(Default)]
pub(super) struct MapKeys {
    map: Option<(u32, Vec<u32>)>,
    taken: Taken,
}

impl MapKeys {
    /// Tells keys apart that `changes` make equal to another of their map: by `_2` and so on, numbers by counting on from 0.
    pub fn tell_apart(&mut self, leaf: &Leaf, batch: &Batch<'_>, changes: &mut [Change]) {
        let map_of = |cell: u32| {
            let row = batch.block.cells.get(cell as usize)?.row;
            Some((row, batch.positions(cell)?.split_last()?.1))
        };
        let cells = batch.block.cells.len() as u32;
        let (mut from, mut rest) = (0, changes);
        while from < cells {
            let here = map_of(from);
            let end = (from..cells).find(|cell| map_of(*cell) != here).unwrap_or(cells);
            if self.map.as_ref().map(|(row, positions)| (*row, positions.as_slice())) != here {
                self.map = here.map(|(row, positions)| (row, positions.to_vec()));
                self.taken = Taken::default();
            }
            let (changed, behind) = rest.split_at_mut(rest.partition_point(|c| c.cell < end));
            rest = behind;
            // A map of which nothing changes and nothing is to come needs no second look.
            if !changed.is_empty() || end == cells {
                for (number, cell) in (from..end).zip(batch.block.cells.iter().skip(from as usize)) {
                    if cell.form != Form::Null && changed.binary_search_by_key(&number, |c| c.cell).is_err() {
                        self.taken.keep(&String::from_utf8_lossy(batch.block.text(batch.bytes, cell)));
                    }
                }
                for change in changed {
                    self.renew(leaf, change);
                }
            }
            from = end;
        }
    }

    fn renew(&mut self, leaf: &Leaf, change: &mut Change) {
        let text = match (leaf.kind, &change.replacement) {
            (Kind::Text { .. }, Replacement::Text(text)) => self.taken.unique(text),
            (Kind::Text { .. }, Replacement::Null) => self.taken.unique(""),
            (Kind::Int { .. }, _) => self.taken.number(),
            _ => return,
        };
        change.replacement = Replacement::Text(text);
    }
}
