//! What changed since an earlier run, as the page tells it.

use super::plots::short;
use super::view::{Caps, Cut};
use crate::report::shown::{count, shown_up_to};
use crate::report::{Listed, Report};
use serde::Serialize;

#[derive(Serialize)]
pub(super) struct ChangesView {
    since: String,
    turnovers: Vec<TurnoverView>,
    shares: Cut<MovedView>,
    figures: Vec<FigureView>,
}

#[derive(Serialize)]
struct TurnoverView {
    what: String,
    appeared: Cut<String>,
    gone: Cut<String>,
}

#[derive(Serialize)]
struct MovedView {
    kind: String,
    name: String,
    before: String,
    now: String,
    step: String,
}

#[derive(Serialize)]
struct FigureView {
    what: String,
    before: String,
    now: String,
}

fn listed(of: &Listed, caps: Caps) -> Cut<String> {
    if of.names.is_empty() && of.left > 0 {
        let untold = format!("{} not named: another policy", count(of.left));
        return Cut::with_left(std::iter::once(untold), 0, ("name", "names"));
    }
    let cap = caps.rows.min(20);
    let left = (of.names.len().saturating_sub(cap) as u64).saturating_add(of.left);
    Cut::with_left(of.names.iter().take(cap).map(|name| shown_up_to(name, caps.name)), left, ("name", "names"))
}

/// A difference of shares in percentage points, with its sign.
fn points(step: f64) -> String {
    format!("{}{:.1}", if step < 0.0 { "−" } else { "+" }, step.abs() * 100.0)
}

pub(super) fn changes(report: &Report, caps: Caps) -> Option<ChangesView> {
    let changes = report.timing.changes.as_ref()?;
    // Numbers alone get their commas: a version is one, too, and has none.
    let figure = |text: &str| text.parse::<u64>().map_or_else(|_| shown_up_to(text, caps.name), count);
    Some(ChangesView {
        since: shown_up_to(&changes.since, 40),
        turnovers: changes
            .turnovers
            .iter()
            .map(|t| TurnoverView {
                what: shown_up_to(&t.what, 40),
                appeared: listed(&t.appeared, caps),
                gone: listed(&t.gone, caps),
            })
            .collect(),
        shares: Cut::new(changes.shares.iter(), caps.rows.min(40), ("share", "shares"), |m| {
            let (_, low, high) = m.step();
            MovedView {
                kind: shown_up_to(&m.kind, 20),
                name: shown_up_to(&m.name, caps.name),
                before: short(m.before.value()),
                now: short(m.now.value()),
                step: format!("{} to {}", points(low), points(high)),
            }
        }),
        figures: changes
            .figures
            .iter()
            .map(|f| FigureView { what: shown_up_to(&f.what, 60), before: figure(&f.before), now: figure(&f.now) })
            .collect(),
    })
}
