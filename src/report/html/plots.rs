//! The numbers behind a verdict as a chart and a table: shares beside one another, or along an order.
//!
//! Places are in percent of the width and in pixels of the height, so that a chart fits any page without a script. Intervals
//! are Wilson's (1927) for a binomial share, at 95 %.

use super::view::{Caps, Cut};
use crate::report::share::{interval, share};
use crate::report::shown::{count, percent, shown_up_to};
use crate::verdict::{Evidence, Point};
use serde::Serialize;

/// Height of a share with its name, and of a chart along an order.
const BAR: usize = 44;
const STRIP: f64 = 64.0;
/// Charts are drawn up to the first of these that all of their numbers are below.
const SCALES: [f64; 6] = [0.02, 0.05, 0.1, 0.25, 0.5, 1.0];
/// Margin at both ends, in percent: what lies at the end is still to be seen.
const MARGIN: f64 = 0.6;

#[derive(Serialize)]
pub(super) struct PlotView {
    title: String,
    /// What the chart shows, for who does not see it.
    desc: String,
    height: usize,
    scale: String,
    bars: Vec<BarView>,
    strip: Vec<StripView>,
    first: String,
    last: String,
    has_reference: bool,
    rows: Cut<RowView>,
}

#[derive(Serialize)]
struct BarView {
    y: usize,
    name: String,
    share: String,
    meant: bool,
    at: String,
    from: String,
    width: String,
    reference: String,
}

#[derive(Serialize)]
struct StripView {
    x: String,
    width: String,
    y: String,
    height: String,
    meant: bool,
    /// Height of what it is held against; empty for nothing.
    reference: String,
}

#[derive(Serialize)]
struct RowView {
    name: String,
    part: String,
    whole: String,
    share: String,
    interval: String,
    reference: String,
    meant: bool,
}

/// A share as text that is no longer than it need be.
pub(super) fn short(share: f64) -> String {
    percent((share * 100_000.0).round() as u64, 100_000)
}

pub(super) fn plot(evidence: &Evidence, subject: &str, caps: Caps) -> PlotView {
    let points: Vec<&Point> = evidence.points.iter().take(caps.points).collect();
    let reference = |point: &Point| point.reference.map(|r| share(r.part, r.whole));
    let highest = |point: &&Point| {
        let upper = if evidence.ordered { share(point.part, point.whole) } else { interval(point.part, point.whole).1 };
        upper.max(reference(point).unwrap_or(0.0))
    };
    let highest = points.iter().map(highest).fold(0.0, f64::max);
    let scale = SCALES.into_iter().find(|scale| highest <= *scale).unwrap_or(1.0);
    let place = |share: f64| MARGIN + (100.0 - 2.0 * MARGIN) * (share / scale).min(1.0);
    let name = |point: &Point| shown_up_to(&point.name, caps.name.min(60));
    let bar = |(at, point): (usize, &&Point)| {
        let (low, high) = interval(point.part, point.whole);
        BarView {
            y: at * BAR,
            name: name(point),
            share: format!("{} of {}, {}", count(point.part), count(point.whole), percent(point.part, point.whole)),
            meant: point.meant,
            at: format!("{:.2}", place(share(point.part, point.whole))),
            from: format!("{:.2}", place(low)),
            width: format!("{:.2}", place(high) - place(low)),
            reference: reference(point).map_or_else(String::new, |share| format!("{:.2}", place(share))),
        }
    };
    let step = 100.0 / points.len().max(1) as f64;
    let column = |(at, point): (usize, &&Point)| {
        // A sliver is still to be seen.
        let height = (STRIP * share(point.part, point.whole) / scale).clamp(1.0, STRIP);
        StripView {
            x: format!("{:.3}", step * at as f64),
            width: format!("{:.3}", step * 0.86),
            y: format!("{:.1}", STRIP - height),
            height: format!("{height:.1}"),
            meant: point.meant,
            reference: reference(point)
                .map_or_else(String::new, |share| format!("{:.1}", STRIP - STRIP * (share / scale).min(1.0))),
        }
    };
    let (bars, strip) = if evidence.ordered {
        (Vec::new(), points.iter().enumerate().map(column).collect())
    } else {
        (points.iter().enumerate().map(bar).collect(), Vec::new())
    };
    let meant: Vec<String> =
        points.iter().filter(|p| p.meant).map(|p| format!("{}: {}", name(p), percent(p.part, p.whole))).collect();
    let left = evidence.left.saturating_add((evidence.points.len() - points.len()) as u64);
    let of = shown_up_to(&evidence.of, caps.text.min(200));
    PlotView {
        title: format!("{}: {of}", shown_up_to(subject, caps.name.min(60))),
        desc: format!(
            "{} shares from 0 to {}{}; the table below has the numbers.",
            points.len(),
            short(scale),
            meant.first().map_or_else(String::new, |first| format!(", among them {first}")),
        ),
        height: if evidence.ordered { STRIP as usize } else { points.len() * BAR },
        scale: short(scale),
        bars,
        strip,
        first: points.first().map_or_else(String::new, |p| name(p)),
        last: points.last().map_or_else(String::new, |p| name(p)),
        has_reference: points.iter().any(|p| p.reference.is_some()),
        rows: Cut::with_left(
            points.iter().map(|point| {
                let (low, high) = interval(point.part, point.whole);
                RowView {
                    name: name(point),
                    part: count(point.part),
                    whole: count(point.whole),
                    share: percent(point.part, point.whole),
                    interval: format!("{} to {}", short(low), short(high)),
                    reference: point.reference.map_or_else(String::new, |r| percent(r.part, r.whole)),
                    meant: point.meant,
                }
            }),
            left,
            ("share", "shares"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_the_numbers_are_a_chart_stays_within_its_place() {
        let point = |part, whole| Point { part, whole, name: "x".repeat(500), ..Point::default() };
        for ordered in [false, true] {
            let points = vec![point(0, 0), point(5, 2), point(u64::MAX, 1), point(1, u64::MAX)];
            let evidence = Evidence { ordered, points, ..Evidence::default() };
            let plot = plot(&evidence, "s", Caps::default());
            let places =
                plot.bars.iter().flat_map(|b| [&b.at, &b.from]).chain(plot.strip.iter().flat_map(|s| [&s.x, &s.y, &s.height]));
            assert!(places.map(|p| p.parse::<f64>().unwrap()).all(|p| (0.0..=100.0).contains(&p)));
        }
    }
}
