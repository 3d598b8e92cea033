//! A second look at the rows for [`super::bias`]: what leaves with the rows that are withheld, and the groups that CDDL asks
//! for, which no profile holds: they take a table for every pair of columns.
//!
//! Groups are those of the source column where one is named and has few values, else of the column that says most of the
//! label: the largest mutual information, less what chance makes of it (Miller 1955), of all but those that tell the label
//! outright. A facet of that column is grouped by the next.

use super::Judgement;
use super::bias::{Bias, Column, FacetKind, Group, Sides, cddl, measure};
use crate::profile::{Facet, Holders, RowFacts};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A column with this share of the label's entropy tells it outright: its groups hold one label each.
const TELLS: f64 = 0.9;

/// The columns to group by: the best, and another for the facets of that.
pub(super) fn groups(columns: &[Column<'_>], source: Option<&str>) -> Vec<(u64, String)> {
    let mut ranked: Vec<(bool, i64, &Column<'_>)> = Vec::new();
    for column in columns {
        let (information, entropy) = information(column);
        let is_source = source == Some(column.name);
        if is_source || (information > 0.0 && information < TELLS * entropy) {
            ranked.push((is_source, (information * 1e9).round() as i64, column));
        }
    }
    ranked.sort_by(|a, b| (b.0, b.1).cmp(&(a.0, a.1)).then(a.2.name.cmp(b.2.name)));
    ranked.into_iter().take(2).map(|(_, _, column)| (column.hash, super::labels::shown(column.name))).collect()
}

/// What a column says of the label, and how much there is to say, in nats.
fn information(column: &Column<'_>) -> (f64, f64) {
    let mut of_label: BTreeMap<u64, f64> = BTreeMap::new();
    for (label, n) in column.rows.values().flatten() {
        *of_label.entry(*label).or_default() += *n as f64;
    }
    let rows: f64 = of_label.values().sum();
    let mut information = 0.0;
    for counts in column.rows.values() {
        let here: f64 = counts.values().map(|n| *n as f64).sum();
        for (label, n) in counts {
            let n = *n as f64;
            information += n / rows * (n * rows / (here * of_label.get(label).copied().unwrap_or(rows))).ln();
        }
    }
    let chance = (column.rows.len() as f64 - 1.0) * (of_label.len() as f64 - 1.0) / (2.0 * rows);
    let entropy = of_label.values().map(|n| -n / rows * (n / rows).ln()).sum();
    (information - chance, entropy)
}

/// Counts rows for the facets of a judgement, part by part in any order.
pub struct Recount {
    positive: u64,
    watched: Vec<Watched>,
}

struct Watched {
    kind: FacetKind,
    of: u64,
    value: u64,
    group: Option<(u64, String)>,
    gone: Sides,
    /// By the group's value, 0 for none: in all rows, and in those that go.
    groups: BTreeMap<u64, (Group, Group)>,
}

/// Which side the rows of a part are on: by row 0 for neither, else a position from 1.
struct Places<'a> {
    rows: Cow<'a, [u8]>,
    /// How many positions there are.
    most: usize,
    /// The position that is side d; 0: no row is.
    d: u8,
}

impl<'a> Places<'a> {
    fn of(rows: &'a RowFacts, kind: FacetKind, of: u64, value: u64) -> Self {
        if kind == FacetKind::Personal {
            let mut sides = vec![1; rows.len()];
            let held = rows.personal.iter().find(|held| held.hash == of);
            for row in held.into_iter().flat_map(Holders::rows) {
                sides.iter_mut().skip(row).take(1).for_each(|side| *side = 2);
            }
            return Self { rows: Cow::Owned(sides), most: 2, d: 2 };
        }
        let Some(facet) = rows.facets.iter().find(|facet| facet.column == of) else {
            return Self { rows: Cow::Borrowed(&[]), most: 0, d: 0 };
        };
        let d = facet.values().iter().position(|hash| *hash == value).map_or(0, |at| at as u8 + 1);
        Self { rows: Cow::Borrowed(facet.places()), most: facet.values().len(), d }
    }

    fn at(&self, row: usize) -> u8 {
        self.rows.get(row).copied().unwrap_or(0)
    }
}

/// Rows of a part by position, group and outcome, once for all values of a column.
struct Table {
    of: u64,
    group: u64,
    counts: Vec<u64>,
}

impl Table {
    fn new(of: u64, group: u64, (places, groups): (&Places<'_>, &Places<'_>), outcomes: &[Option<bool>]) -> Self {
        let width = groups.most + 1;
        let mut counts = vec![0; (places.most + 1) * width * 2];
        for (row, outcome) in outcomes.iter().enumerate() {
            let Some(accepted) = outcome else { continue };
            let at = (usize::from(places.at(row)) * width + usize::from(groups.at(row))) * 2 + usize::from(*accepted);
            if let Some(count) = counts.get_mut(at) {
                *count += 1;
            }
        }
        Self { of, group, counts }
    }
}

impl Recount {
    /// For the facets of a judgement; nothing where there are none.
    #[must_use]
    pub fn new(judgement: &Judgement) -> Option<Self> {
        let Bias { facets, plan, .. } = &judgement.bias;
        let watched = facets.iter().map(|facet| Watched {
            kind: facet.kind,
            of: facet.key.of,
            value: facet.key.value,
            group: plan.groups.iter().find(|(hash, _)| facet.kind == FacetKind::Personal || *hash != facet.key.of).cloned(),
            gone: Sides::new(),
            groups: BTreeMap::new(),
        });
        (!facets.is_empty()).then(|| Self { positive: plan.positive, watched: watched.collect() })
    }

    /// Takes in the rows of a part; `gone` are those that are withheld, by their place in it.
    pub fn take(&mut self, rows: &RowFacts, gone: &[usize]) {
        let outcomes: Vec<Option<bool>> = rows.iter().map(|row| Some(row?.label? == self.positive)).collect();
        let mut tables: Vec<Table> = Vec::new();
        for watched in &mut self.watched {
            watched.take(rows, &outcomes, gone, &mut tables);
        }
    }

    /// Writes what was counted into the judgement that it was made for.
    pub fn finish(self, judgement: &mut Judgement) {
        for (watched, facet) in self.watched.into_iter().zip(&mut judgement.bias.facets) {
            let grouped = watched.group.is_some();
            let before = cddl(watched.groups.values().map(|(all, _)| *all)).filter(|_| grouped);
            let after = cddl(watched.groups.values().map(|(all, gone)| all.less(*gone))).filter(|_| grouped);
            let gone = |label: &u64| watched.gone.get(label).copied().unwrap_or_default();
            let sides: Sides = facet.key.sides.iter().map(|(label, all)| (*label, all.less(gone(label)))).collect();
            facet.before.cddl = before.map(super::six_digits);
            facet.after = measure(&sides, self.positive, after);
            facet.group = watched.group.map(|(_, name)| name);
        }
    }
}

impl Watched {
    fn take(&mut self, rows: &RowFacts, outcomes: &[Option<bool>], gone: &[usize], tables: &mut Vec<Table>) {
        let places = Places::of(rows, self.kind, self.of, self.value);
        let group = self.group.as_ref().map_or(0, |(hash, _)| *hash);
        let groups = Places::of(rows, FacetKind::Column, group, 0);
        let values = rows.facets.iter().find(|facet| facet.column == group).map(Facet::values).unwrap_or_default();
        // By the position of the group's value; rows without one are a group of their own.
        let hash_of = |at: usize| at.checked_sub(1).and_then(|at| values.get(at)).copied().unwrap_or(0);
        if !tables.iter().any(|table| (table.of, table.group) == (self.of, group)) {
            tables.push(Table::new(self.of, group, (&places, &groups), outcomes));
        }
        let table = tables.iter().find(|table| (table.of, table.group) == (self.of, group));
        let width = groups.most + 1;
        for (at, n) in table.into_iter().flat_map(|table| table.counts.iter().enumerate()).filter(|(_, n)| **n > 0) {
            let place = (at / 2 / width) as u8;
            let (all, _) = self.groups.entry(hash_of(at / 2 % width)).or_default();
            put(all, at % 2 == 1, place, places.d, *n);
        }
        for row in gone {
            let (place, outcome) = (places.at(*row), outcomes.get(*row).copied().flatten());
            let (Some(accepted), Some(label)) = (outcome, rows.get(*row).and_then(|row| row.label)) else { continue };
            if place > 0 {
                let pair = self.gone.entry(label).or_default();
                *(if place == places.d { &mut pair.d } else { &mut pair.a }) += 1;
            }
            let (_, gone) = self.groups.entry(hash_of(usize::from(groups.at(*row)))).or_default();
            put(gone, accepted, place, places.d, 1);
        }
    }
}

/// Counts rows that have this position; 0 is neither side.
fn put(group: &mut Group, accepted: bool, place: u8, d: u8, n: u64) {
    let pair = if accepted { &mut group.accepted } else { &mut group.rejected };
    match place {
        0 => {}
        place if place == d => pair.d += n,
        _ => pair.a += n,
    }
}
