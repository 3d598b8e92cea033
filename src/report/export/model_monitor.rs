//! `statistics.json` and `constraints.json` as Amazon SageMaker Model Monitor's containers write and read them, of a profile.
//!
//! A profile knows counts, distinct values (estimated) and how large numbers are, in fixed logarithmic buckets: these are
//! what is written. It knows no mean, no smallest and no largest number, so none is given, and the values of a column with
//! few of them, which Model Monitor would list, stay where they are: a list of values is a copy of the data.

use super::words::{json_page, name};
use crate::error::Result;
use crate::profile::sketch::magnitudes::edge;
use crate::profile::{ColumnFacts, Profile};
use crate::report::digits::six;
use serde_json::{Value, json};

/// Buckets of a distribution, as many as Model Monitor's.
const BUCKETS: u64 = 10;

/// The word for it after `baseline --export`.
pub const MODEL_MONITOR: &str = "model-monitor";

/// What the name of a profile is followed by in those of its files.
pub const MODEL_MONITOR_FILES: [&str; 2] = [".statistics.json", ".constraints.json"];

/// The two files of a profile: what its name is followed by, and the text.
///
/// # Errors
/// [`crate::error::Error::Bug`] only.
pub fn model_monitor(profile: &Profile) -> Result<[(&'static str, String); 2]> {
    let [of_statistics, of_constraints] = MODEL_MONITOR_FILES;
    Ok([(of_statistics, json_page(&statistics(profile))?), (of_constraints, json_page(&constraints(profile))?)])
}

/// Model Monitor's word for what a column holds.
fn inferred_type(column: &ColumnFacts) -> &'static str {
    let filled = column.filled();
    if filled == 0 {
        return "Unknown";
    }
    if column.numbers.numbers() < filled {
        return "String";
    }
    if column.numbers.are_whole() { "Integral" } else { "Fractional" }
}

fn statistics(profile: &Profile) -> Value {
    let feature = |(column, facts): (&str, &ColumnFacts)| {
        let common = json!({"num_present": facts.filled(), "num_missing": facts.missing()});
        let distinct = facts.distinct.estimate().min(facts.filled());
        match inferred_type(facts) {
            kind @ ("Integral" | "Fractional") => json!({
                "name": name(column),
                "inferred_type": kind,
                "numerical_statistics": {
                    "common": common,
                    "distribution": {"kll": {"buckets": buckets(facts)}},
                },
            }),
            kind => json!({
                "name": name(column),
                "inferred_type": kind,
                "string_statistics": {"common": common, "distinct_count": distinct},
            }),
        }
    };
    json!({
        "version": 0.0,
        "dataset": {"item_count": profile.rows()},
        "features": profile.columns().iter().map(feature).collect::<Vec<_>>(),
    })
}

/// The profile's buckets of sizes, put together to about as many numbers each.
fn buckets(facts: &ColumnFacts) -> Vec<Value> {
    let all = facts.numbers.numbers().max(1);
    let mut groups: Vec<(u64, i32, i32, u64)> = Vec::new();
    let mut before = 0u64;
    for (bucket, n) in facts.numbers.iter() {
        let group = (u128::from(before) * u128::from(BUCKETS) / u128::from(all)) as u64;
        before = before.saturating_add(n);
        match groups.last_mut() {
            Some((last, _, to, count)) if *last == group => (*to, *count) = (bucket, count.saturating_add(n)),
            _ => groups.push((group, bucket, bucket, n)),
        }
    }
    // Negative numbers of a bucket lie between the edge of the next one, which is further from zero, and its own.
    let lower = |bucket: i32| if bucket < 0 { edge(bucket - 1) } else { edge(bucket) };
    let upper = |bucket: i32| if bucket < 0 { edge(bucket) } else { edge(bucket + 1) };
    let written = |(_, from, to, n): (u64, i32, i32, u64)| json!({"lower_bound": six(lower(from)), "upper_bound": six(upper(to)), "count": n});
    groups.into_iter().map(written).collect()
}

fn constraints(profile: &Profile) -> Value {
    let feature = |(column, facts): (&str, &ColumnFacts)| {
        let kind = inferred_type(facts);
        let completeness = six(facts.filled() as f64 / facts.cells.max(1) as f64);
        let mut feature = json!({"name": name(column), "inferred_type": kind, "completeness": completeness});
        if let (Some(feature), "Integral" | "Fractional") = (feature.as_object_mut(), kind) {
            let negative = facts.numbers.iter().next().is_some_and(|(bucket, _)| bucket < 0);
            feature.insert("num_constraints".into(), json!({"is_non_negative": !negative}));
        }
        feature
    };
    json!({
        "version": 0.0,
        "features": profile.columns().iter().map(feature).collect::<Vec<_>>(),
        "monitoring_config": {
            "evaluate_constraints": "Enabled",
            "emit_metrics": "Enabled",
            "datatype_check_threshold": 1.0,
            "domain_content_threshold": 1.0,
            "distribution_constraints": {
                "perform_comparison": "Enabled",
                "comparison_threshold": 0.1,
                "comparison_method": "Robust",
            },
        },
    })
}
