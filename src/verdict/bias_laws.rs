//! What the measures of bias promise: the figures of worked examples, and of the rows that stay those that they had alone.

use super::bias::{FacetKind, Group, Measures, Pair, Sides, cddl, measure};
use super::laws::Dice;
use super::shards::in_any_order;
use super::*;
use crate::profile::{Facts, Origin, RowFacts};

fn sides(labels: &[(u64, u64)]) -> Sides {
    (1..).zip(labels).map(|(label, (a, d))| (label, Pair { a: *a, d: *d })).collect()
}

#[test]
fn measures_are_those_of_worked_examples() {
    // Rows of the labels on side a and side d, and CI, DPL, KL, JS, Lp, TVD, KS; the first label is the positive one.
    for (labels, want, why) in [
        (
            &[(60, 10), (40, 40)][..],
            [1.0 / 3.0, 0.4, 0.381_908, 0.086_304_6, 0.565_685, 0.4, 0.4],
            "0.6 ln 3 - 0.4 ln 2; half of 0.2 ln 1.5, 0.2 ln 0.5, 0.8 ln (4/3)",
        ),
        (
            &[(50, 20), (30, 20), (20, 60)],
            [0.0, 0.3, 0.360_063, 0.090_565_9, 0.509_902, 0.4, 0.4],
            "three labels: Lp is the root of 0.26",
        ),
        (&[(30, 60), (70, 140)], [-1.0 / 3.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0], "the same shares, twice the rows"),
        (&[(0, 50), (100, 50)], [0.0, -0.5, 2f64.ln(), 0.215_762, 0.5f64.sqrt(), 0.5, 0.5], "a label that side a lacks"),
        (&[(100, 0), (0, 100)], [0.0, 1.0, f64::NAN, 2f64.ln(), 2f64.sqrt(), 1.0, 1.0], "nothing in common: KL is infinite"),
    ] {
        let Measures { ci, dpl, kl, js, lp, tvd, ks, .. } = measure(&sides(labels), 1, None).unwrap();
        for (got, want) in [ci, dpl, kl.unwrap_or(f64::NAN), js, lp, tvd, ks].into_iter().zip(want) {
            assert!((got - want).abs() < 5e-6 || (got.is_nan() && want.is_nan()), "{why}: {got} for {want}");
        }
    }
    for (labels, why) in [(&[][..], "nothing"), (&[(5, 0), (6, 0)], "no row with the facet"), (&[(0, 5)], "no other row")] {
        assert_eq!(measure(&sides(labels), 1, None), None, "{why}");
    }
}

#[test]
fn disparity_is_that_of_worked_examples() {
    let group = |rejected: (u64, u64), accepted: (u64, u64)| {
        let pair = |(a, d)| Pair { a, d };
        Group { rejected: pair(rejected), accepted: pair(accepted) }
    };
    for (groups, want, why) in [
        (vec![group((54, 46), (68, 32))], Some(0.14), "admissions: 46 % of the rejected, 32 % of the accepted are women"),
        (vec![group((46, 54), (32, 68))], Some(-0.14), "the men"),
        (
            vec![group((10, 20), (40, 80)), group((80, 20), (20, 5))],
            Some(0.0),
            "Simpson's paradox: each department accepts both alike, both together do not",
        ),
        (vec![group((90, 40), (60, 85))], Some(40.0 / 130.0 - 85.0 / 145.0), "the same without departments"),
        (
            vec![group((30, 20), (40, 10)), group((90, 60), (75, 75))],
            Some((100.0 * 0.2 - 300.0 * 0.1) / 400.0),
            "weighted by rows",
        ),
        (vec![group((5, 5), (0, 0))], Some(0.5), "none accepted: a share of nothing is 0"),
        (vec![], None, "no group"),
    ] {
        let got = cddl(groups.into_iter());
        assert!(got.zip(want).map_or(got == want, |(got, want)| (got - want).abs() < 1e-12), "{why}: {got:?}");
    }
}

/// Made rows: label, plan, source, whether there is an address; by seed.
struct Made(Vec<(String, String, String, bool)>);

impl Made {
    fn new(rows: usize) -> Self {
        let mut dice = Dice(11);
        let row = |_| {
            let (plan, source) = (dice.roll(4), dice.roll(5));
            let has = dice.roll(3) == 0;
            let high = dice.roll(100) < 20 + 15 * plan + 4 * source + if has { 20 } else { 0 };
            (u64::from(high).to_string(), format!("plan {plan}"), format!("s{source}"), has)
        };
        Self((0..rows).map(row).collect())
    }

    /// Parts of 100 rows with their offsets, without some rows.
    fn parts(&self, is_gone: impl Fn(usize) -> bool) -> Vec<(u64, Facts)> {
        let part = |(at, rows): (usize, &[(String, String, String, bool)])| {
            let mut facts = Facts::new(3);
            facts.columns(&["plan", "origin", "label", "number"].map(str::to_owned));
            let address = facts.personal_type("contact.email");
            for (n, (label, plan, source, has)) in rows.iter().enumerate().filter(|(n, _)| !is_gone(at * 100 + n)) {
                facts.cell(0, Some(plan.as_bytes()));
                facts.cell(1, (n % 10 > 0).then_some(source.as_bytes()));
                facts.cell(2, Some(label.as_bytes()));
                facts.cell(3, Some((at * 100 + n).to_string().as_bytes()));
                if *has {
                    facts.holds(address, facts.rows().len());
                }
                facts.row(1, Some(label.as_bytes()), Some(source.as_bytes()), None);
            }
            (at as u64 * 5000, facts)
        };
        self.0.chunks(100).enumerate().map(part).collect()
    }
}

fn folded<'a>(parts: impl Iterator<Item = &'a (u64, Facts)>) -> Profile {
    let mut profile = Profile::default();
    for (offset, facts) in parts {
        profile.take(Origin { file: "a.csv", offset: *offset }, facts);
    }
    profile
}

/// The judgement with the second look, in which some rows go.
fn looked_at(parts: &[(u64, Facts)], source: Option<&str>, is_gone: impl Fn(usize) -> bool) -> Judgement {
    let settings = Settings { seed: 3, source: source.map(str::to_owned), ..Settings::default() };
    let mut judgement = judge(&folded(parts.iter()), &settings);
    let mut recount = Recount::new(&judgement).unwrap();
    let mut first = 0;
    for (_, facts) in parts {
        let spilled = RowFacts::decode_wordless(&facts.rows().encode()).unwrap();
        let gone: Vec<usize> = (0..spilled.len()).filter(|row| is_gone(first + row)).collect();
        recount.take(&spilled, &gone);
        first += spilled.len();
    }
    recount.finish(&mut judgement);
    judgement
}

#[test]
fn the_rows_that_stay_have_the_measures_that_they_had_alone() {
    let made = Made::new(2000);
    let is_gone = |row: usize| row.is_multiple_of(7) || (300..360).contains(&row);
    for (source, group) in [(Some("origin"), "origin"), (None, "plan")] {
        let whole = looked_at(&made.parts(|_| false), source, is_gone);
        let alone = looked_at(&made.parts(is_gone), source, |_| false);
        assert_eq!(whole.bias.facets.len(), 10, "{:?}", whole.bias);
        for facet in &whole.bias.facets {
            let same = |other: &&FacetBias| (&other.facet, &other.value) == (&facet.facet, &facet.value);
            let other = alone.bias.facets.iter().find(same).unwrap();
            assert_eq!(facet.after, Some(other.before), "{facet:?}");
            assert_eq!(other.after, Some(other.before), "nothing went");
            assert_ne!(facet.after, Some(facet.before), "rows went");
            let own = facet.facet == group;
            let by = if own { if group == "plan" { "origin" } else { "plan" } } else { group };
            assert_eq!((facet.group.as_deref(), facet.before.cddl.is_some()), (Some(by), true), "{facet:?}");
        }
    }
}

#[test]
fn what_is_few_is_measured_and_the_label_is_no_facet_of_itself() {
    let made = Made::new(2000);
    let bias =
        judge(&folded(made.parts(|_| false).iter()), &Settings { label: "unknown".to_owned(), ..Settings::default() }).bias;
    let named: std::collections::BTreeSet<(FacetKind, &str)> = bias.facets.iter().map(|f| (f.kind, f.facet.as_str())).collect();
    let want = [(FacetKind::Column, "origin"), (FacetKind::Column, "plan"), (FacetKind::Personal, "contact.email")];
    assert_eq!(named, want.into(), "not the label, and no column of many values");
    assert_eq!((bias.measured, bias.positive.as_deref(), bias.why), (10, Some("1"), None));
    let plan = bias.facets.iter().find(|f| f.value == "plan 3").unwrap();
    let of = |is: bool| made.0.iter().filter(move |row| (row.1 == "plan 3") == is);
    let share = |is| of(is).filter(|row| row.0 == "1").count() as f64 / of(is).count() as f64;
    assert_eq!((plan.before.rows, plan.before.others), (of(true).count() as u64, of(false).count() as u64));
    assert!((plan.before.dpl - (share(false) - share(true))).abs() < 1e-6, "{plan:?}");
    assert_eq!((plan.after, &plan.group), (None, &None), "nobody looked again");
    let no_labels = Profile::default();
    assert!(judge(&no_labels, &Settings::default()).bias.why.is_some());
}

#[test]
fn shards_in_any_order_measure_the_same() {
    let parts = Made::new(1500).parts(|_| false);
    let whole = folded(parts.iter());
    let json = |profile: &Profile| serde_json::to_string(&judge(profile, &Settings { seed: 3, ..Settings::default() })).unwrap();
    let facts: Vec<(u64, &Facts)> = parts.iter().map(|(offset, facts)| (*offset, facts)).collect();
    for merged in in_any_order(&facts) {
        assert!(merged.to_bytes() == whole.to_bytes());
        assert_eq!(json(&merged), json(&whole));
    }
    let back: Judgement = serde_json::from_str(&json(&whole)).unwrap();
    assert_eq!(serde_json::to_string(&back).unwrap(), json(&whole));
}
