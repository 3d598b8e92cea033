//! How evenly labels are spread, as rows of the page's table.

use super::view::{Caps, Cut};
use crate::report::Report;
use crate::report::shown::{count, number, shown_up_to};
use crate::verdict::{FacetBias, FacetKind, Measures};
use serde::Serialize;

#[derive(Serialize)]
pub(super) struct BiasView {
    /// The label that is taken for the positive outcome; empty where nothing was measured.
    positive: String,
    /// Why nothing was measured; empty where something was.
    why: String,
    /// Facets that could be measured but are not listed; empty for none.
    left_out: String,
    facets: Cut<FacetView>,
}

#[derive(Serialize)]
struct FacetView {
    facet: String,
    value: String,
    group: String,
    rows: Cell,
    others: Cell,
    measures: Vec<Cell>,
}

/// A figure in all rows, and in those that stay where it is another.
#[derive(Serialize)]
struct Cell {
    before: String,
    after: String,
}

pub(super) fn bias(report: &Report, caps: Caps) -> BiasView {
    let bias = &report.bias;
    let text = |s: &Option<String>| s.as_deref().map_or_else(String::new, |s| shown_up_to(s, caps.name));
    let left_out = bias.measured.saturating_sub(bias.facets.len() as u64);
    BiasView {
        positive: text(&bias.positive),
        why: text(&bias.why),
        left_out: if left_out == 0 { String::new() } else { count(left_out) },
        facets: Cut::new(bias.facets.iter(), caps.rows.min(40), ("facet", "facets"), |f| facet(f, caps)),
    }
}

fn facet(facet: &FacetBias, caps: Caps) -> FacetView {
    let cell = |shown: &dyn Fn(&Measures) -> String| {
        let before = shown(&facet.before);
        let after = facet.after.as_ref().map_or_else(|| "–".to_owned(), shown);
        Cell { after: if after == before { String::new() } else { after }, before }
    };
    let figures: [fn(&Measures) -> Option<f64>; 8] =
        [|m| Some(m.ci), |m| Some(m.dpl), |m| m.kl, |m| Some(m.js), |m| Some(m.lp), |m| Some(m.tvd), |m| Some(m.ks), |m| m.cddl];
    FacetView {
        facet: shown_up_to(&facet.facet, caps.name),
        value: match facet.kind {
            FacetKind::Column => shown_up_to(&facet.value, caps.name),
            FacetKind::Personal => "is in the row".to_owned(),
        },
        group: facet.group.as_deref().map_or_else(String::new, |g| shown_up_to(g, caps.name)),
        rows: cell(&|m| count(m.rows)),
        others: cell(&|m| count(m.others)),
        measures: figures.iter().map(|of| cell(&|m| number(of(m)))).collect(),
    }
}
