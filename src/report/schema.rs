//! The JSON Schema of `report.json` against real reports. The checker knows the words that the schema uses and no others.

use super::sample::{endless, full};
use super::{Report, SCHEMA};
use serde_json::Value;

fn is_type(value: &Value, name: &str) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        other => panic!("unknown type {other}"),
    }
}

/// What is wrong with `value`, each with its path.
fn check(root: &Value, schema: &Value, value: &Value, path: &str, wrong: &mut Vec<String>) {
    let mut fail = |what: String| wrong.push(format!("{path}: {what}"));
    let mut deeper = Vec::new();
    for (word, rule) in schema.as_object().unwrap() {
        match word.as_str() {
            "$ref" => {
                let target = root.pointer(rule.as_str().unwrap().trim_start_matches('#')).unwrap();
                deeper.push((target, value, path.to_owned()));
            }
            "type" => {
                let names: Vec<_> = rule.as_array().map_or_else(|| vec![rule], |all| all.iter().collect());
                if !names.iter().any(|name| is_type(value, name.as_str().unwrap())) {
                    fail(format!("is no {rule}"));
                }
            }
            "const" if rule != value => fail(format!("is not {rule}")),
            "enum" if !rule.as_array().unwrap().contains(value) => fail(format!("{value} is none of {rule}")),
            "minimum" if value.as_f64() < rule.as_f64() => fail(format!("below {rule}")),
            "maximum" if value.as_f64() > rule.as_f64() => fail(format!("above {rule}")),
            "$schema" | "$defs" | "title" | "description" | "properties" | "const" | "enum" | "minimum" | "maximum" => {}
            "required" => {
                for key in rule.as_array().unwrap() {
                    if value.get(key.as_str().unwrap()).is_none() {
                        fail(format!("lacks {key}"));
                    }
                }
            }
            "additionalProperties" => {
                for (key, entry) in value.as_object().into_iter().flatten() {
                    match schema.get("properties").and_then(|p| p.get(key)) {
                        Some(rule) => deeper.push((rule, entry, format!("{path}.{key}"))),
                        None if rule == &Value::Bool(false) => fail(format!("does not know {key}")),
                        None => deeper.push((rule, entry, format!("{path}.{key}"))),
                    }
                }
            }
            "items" => {
                for (i, entry) in value.as_array().into_iter().flatten().enumerate() {
                    deeper.push((rule, entry, format!("{path}[{i}]")));
                }
            }
            "anyOf" => {
                let fits = rule.as_array().unwrap().iter().any(|rule| {
                    let mut inner = Vec::new();
                    check(root, rule, value, path, &mut inner);
                    inner.is_empty()
                });
                if !fits {
                    fail("fits none of anyOf".to_owned());
                }
            }
            other => panic!("the checker does not know {other}"),
        }
    }
    for (schema, value, path) in deeper {
        check(root, schema, value, &path, wrong);
    }
}

fn wrong(value: &Value) -> Vec<String> {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let mut wrong = Vec::new();
    check(&schema, &schema, value, "$", &mut wrong);
    wrong
}

#[test]
fn every_report_keeps_the_schema() {
    for report in [full(), Report::default(), endless()] {
        assert_eq!(wrong(&serde_json::to_value(report).unwrap()), Vec::<String>::new());
    }
}

#[test]
fn the_schema_forbids_what_is_not_a_report() {
    let good = serde_json::to_value(full()).unwrap();
    for (pointer, value, why) in [
        ("/verdict", "maybe".into(), "an unknown outcome"),
        ("/schema_version", 2.into(), "another version"),
        ("/rows", serde_json::json!({"read": 1}), "a ledger with a hole"),
        ("/rows/read", (-1).into(), "a negative count"),
        ("/rows/read", 0.5.into(), "half a row"),
        ("/verdicts/0/p_value", "NaN".into(), "a number as text"),
        ("/files/0/status", "lost".into(), "an unknown status"),
        ("/memory", serde_json::json!({"peak_bytes": 1, "cap_bytes": 1, "swap": 1}), "an unknown key"),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).unwrap() = value;
        assert!(!wrong(&bad).is_empty(), "{why}");
    }
}

#[test]
fn the_full_sample_leaves_no_field_empty() {
    fn empty(value: &Value, path: &str, found: &mut Vec<String>) {
        match value {
            Value::Object(map) if !map.is_empty() => map.iter().for_each(|(k, v)| empty(v, &format!("{path}.{k}"), found)),
            Value::Array(all) if !all.is_empty() => empty(&all[0], &format!("{path}[0]"), found),
            Value::Object(_) | Value::Array(_) => found.push(path.to_owned()),
            _ => {}
        }
    }
    let mut found = Vec::new();
    empty(&serde_json::to_value(full()).unwrap(), "$", &mut found);
    assert_eq!(found, Vec::<String>::new());
}
