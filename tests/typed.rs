//! Operators that leave a value of its kind leave a typed Parquet column its type.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by a panic")]

mod place;

use arrow::array::{
    Array, ArrayRef, AsArray, Date32Array, Decimal128Array, Float64Array, Int32Array, Int64Array, ListBuilder, RecordBatch,
    StringArray, StringBuilder, TimestampMicrosecondArray, TimestampNanosecondArray, UInt16Array,
};
use arrow::datatypes::{Date32Type, Decimal128Type, Float64Type, Int32Type, TimestampMicrosecondType, UInt16Type};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use place::Place;
use sha2::Digest as _;
use std::sync::Arc;

fn file(columns: Vec<(&str, ArrayRef)>, rows_a_group: usize) -> Vec<u8> {
    let batch = RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true))).unwrap();
    let settings = WriterProperties::builder().set_max_row_group_row_count(Some(rows_a_group)).build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(settings)).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

fn cleaned(columns: Vec<(&str, ArrayRef)>, policy: &str) -> (RecordBatch, RecordBatch) {
    let place = Place::new();
    let before = file(columns, 1000);
    place.write("in.parquet", &before);
    place.write("p.toml", policy);
    place.write("key", "keys of tests are told to everybody, and keep nothing\n");
    place.run("clean in.parquet --out OUT --policy p.toml --no-poison --key-file key").expect(0);
    (only(&before), only(&place.read("OUT/clean/in.parquet")))
}

fn only(bytes: &[u8]) -> RecordBatch {
    let batches = place::batches(bytes);
    arrow::compute::concat_batches(&batches[0].schema(), &batches).unwrap()
}

#[test]
fn dates_move_and_stay_dates() {
    let days = [7076, 0, -3000, 19_000];
    let micros: Vec<i64> = days.iter().map(|day| i64::from(*day) * 86_400_000_000 + 3_723_000_004).collect();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("patient", Arc::new(Int64Array::from(vec![Some(1), Some(2), Some(1), None]))),
        ("dob", Arc::new(Date32Array::from(days.to_vec()))),
        ("seen", Arc::new(TimestampMicrosecondArray::from(micros.clone()).with_timezone("UTC"))),
        ("exact", Arc::new(TimestampNanosecondArray::from(vec![1_700_000_000_000_000_001; 4]))),
    ];
    let shift = "operator = { operator = \"shift-date\", days = 30, by = \"patient\" }\n";
    let policy = format!("[columns.dob]\n{shift}[columns.seen]\n{shift}[columns.exact]\n{shift}");
    let (before, after) = cleaned(columns, &policy);
    assert_eq!(before.schema(), after.schema(), "no type changes");
    let dob = after["dob"].as_primitive::<Date32Type>();
    let seen = after["seen"].as_primitive::<TimestampMicrosecondType>();
    let moved: Vec<i64> = (0..3).map(|at| i64::from(dob.value(at) - days[at])).collect();
    assert!(moved.iter().all(|by| *by != 0 && by.abs() <= 30), "{moved:?}");
    assert_eq!(moved[0], moved[2], "one patient's dates move together, also one before 1970");
    for (at, by) in moved.iter().enumerate() {
        assert_eq!(seen.value(at) - micros[at], by * 86_400_000_000, "the clock stays");
    }
    assert!(dob.is_null(3) && seen.is_null(3), "nobody to move with");
    let exact = after["exact"].as_primitive::<arrow::datatypes::TimestampNanosecondType>();
    assert_eq!((exact.value(0) - 1_700_000_000_000_000_001) / 86_400_000_000_000, moved[0], "to the nanosecond");
    assert_eq!(exact.value(0) % 86_400_000_000_000, 1_700_000_000_000_000_001 % 86_400_000_000_000);
}

#[test]
fn the_entity_of_a_row_is_found_in_every_row_group() {
    let rows = 5000;
    let name = |row: usize| format!("patient {}", row % 7);
    let mut visits = ListBuilder::new(StringBuilder::new());
    for row in 0..rows {
        visits.append_value((0..row % 3).map(|_| Some("2024-01-31")));
    }
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("visits", Arc::new(visits.finish())),
        ("patient", Arc::new((0..rows).map(|row| Some(name(row))).collect::<StringArray>())),
        ("dob", Arc::new(vec![Some("1970-05-17"); rows].into_iter().collect::<StringArray>())),
    ];
    let shift = "operator = { operator = \"shift-date\", by = \"patient\" }\n";
    let (_, after) = cleaned(columns, &format!("[columns.dob]\n{shift}[columns.visits]\n{shift}"));
    let (dob, visits) = (after["dob"].as_string::<i32>(), after["visits"].as_list::<i32>());
    let of_visit = |row: usize| visits.value(row).as_string::<i32>().value(0).to_owned();
    for row in 7..rows {
        assert_eq!(dob.value(row), dob.value(row % 7), "row {row}");
        if row % 3 > 0 {
            let first = (row % 7..row).step_by(7).find(|row| row % 3 > 0);
            assert!(first.is_none_or(|first| of_visit(first) == of_visit(row)), "row {row}");
        }
    }
    let all: std::collections::BTreeSet<&str> = (0..7).map(|row| dob.value(row)).collect();
    assert!(all.len() > 4, "{all:?}");
}

#[test]
fn numbers_and_dates_become_coarser_and_keep_their_types() {
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("born", Arc::new(Date32Array::from(vec![7076, -3000]))),
        ("seen", Arc::new(TimestampMicrosecondArray::from(vec![1_700_000_000_000_001, -1]))),
        ("age", Arc::new(Int32Array::from(vec![93, 34]))),
        ("visits", Arc::new(UInt16Array::from(vec![7, 12]))),
        ("income", Arc::new(Float64Array::from(vec![48_250.5, -1499.0]))),
        ("rate", Arc::new(Float64Array::from(vec![0.123_456, 2.0]))),
        ("price", Arc::new(Decimal128Array::from(vec![123_456, -50]).with_precision_and_scale(12, 2).unwrap())),
        ("latitude", Arc::new(Float64Array::from(vec![52.520_008, -13.404_954]))),
    ];
    let policy = "[columns.born]\noperator = { operator = \"generalise\", to = \"year\" }\n\
        [columns.seen]\noperator = { operator = \"generalise\", to = \"month\" }\n\
        [columns.age]\noperator = \"generalise\"\n[columns.visits]\noperator = { operator = \"bucket\", width = 5 }\n\
        [columns.income]\noperator = { operator = \"round\", to = 1000 }\n[columns.rate]\noperator = { operator = \"round\", to = 0.01 }\n\
        [columns.price]\noperator = { operator = \"round\", to = 10 }\n\
        [columns.latitude]\noperator = { operator = \"generalise\", to = \"coordinates\" }\n";
    let (before, after) = cleaned(columns, policy);
    assert_eq!(before.schema(), after.schema(), "no type changes");
    let none = after.columns().iter().all(|column| column.null_count() == 0);
    assert!(none, "nothing is lost: {after:?}");
    assert_eq!(after["born"].as_primitive::<Date32Type>().values().to_vec(), [6940, -3287], "1989-01-01, 1961-01-01");
    let seen = after["seen"].as_primitive::<TimestampMicrosecondType>();
    assert_eq!(seen.values().to_vec(), [1_698_796_800_000_000, -2_678_400_000_000], "2023-11-01, 1969-12-01");
    assert_eq!(after["age"].as_primitive::<Int32Type>().values().to_vec(), [90, 30]);
    assert_eq!(after["visits"].as_primitive::<UInt16Type>().values().to_vec(), [5, 10]);
    assert_eq!(after["income"].as_primitive::<Float64Type>().values().to_vec(), [48_000.0, -1000.0]);
    assert_eq!(after["rate"].as_primitive::<Float64Type>().values().to_vec(), [0.12, 2.0]);
    assert_eq!(after["price"].as_primitive::<Decimal128Type>().values().to_vec(), [123_000, 0]);
    assert_eq!(after["latitude"].as_primitive::<Float64Type>().values().to_vec(), [52.52, -13.4]);
}

#[test]
fn what_still_looks_like_a_value_is_not_left_over() {
    let place = Place::new();
    place.write("key", "keys of tests are told to everybody, and keep nothing\n");
    place.write(
        "p.toml",
        "[pii.operators]\n\"network.ipv4\" = \"generalise\"\n[columns.date_of_birth]\noperator = { operator = \"shift-date\" }\n",
    );
    place.write("in/a.csv", "date_of_birth,note\n1970-05-17,ip address 203.0.113.7\n1988-01-02,nothing\n");
    place.write(
        "in/b.jsonl",
        "{\"date_of_birth\": \"1970-05-17\", \"logins\": [\"from ip 203.0.113.9\", \"from ip 203.0.113.7\"]}\n",
    );
    let lines = "{\"date_of_birth\": \"1970-05-17\", \"notes\": [\"from ip 203.0.113.9\"]}\n";
    place.write("in/c.parquet", place::parquet(lines, 3));
    place.run("clean in --out OUT --policy p.toml --no-poison --key-file key --fail-on leftover").expect(0);
    let clean = place.text("OUT/clean/a.csv");
    assert!(clean.contains("203.0.113.0/24") && !clean.contains("1970-05-17"), "{clean}");
    place.run("verify OUT").expect(0);
    // One more than is listed is one that was missed.
    let added = format!("{clean}1999-01-02,ip address 198.51.100.4\n");
    place.write("OUT/clean/a.csv", &added);
    let manifest = place.text("OUT/manifest.json");
    let mut manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    let output = manifest["outputs"].as_array_mut().unwrap().iter_mut().find(|o| o["path"] == "clean/a.csv").unwrap();
    output["bytes"] = added.len().into();
    output["rows"] = 3.into();
    output["sha256"] = untaint::text::hex(&sha2::Sha256::digest(added.as_bytes())).into();
    place.write("OUT/manifest.json", manifest.to_string());
    let ran = place.run("verify OUT");
    assert!(ran.err.contains("clean/a.csv: note: network.ipv4 x 1"), "{}", ran.err);
}

#[test]
fn a_column_that_is_asked_for_and_not_there_is_told() {
    let place = Place::new();
    place.write("key", "keys of tests are told to everybody, and keep nothing\n");
    place.write("p.toml", "[columns.dob]\noperator = { operator = \"shift-date\", by = \"patientid\" }\n");
    place.write("in.csv", "patient_id,dob\np-1,1970-05-17\n");
    let ran = place.run("clean in.csv --out OUT --policy p.toml --key-file key --no-poison").expect(0);
    assert!(ran.err.contains("no input has the column patientid"), "{}", ran.err);
    assert_eq!(place.text("OUT/clean/in.csv"), "patient_id,dob\np-1,<MASKED>\n");
}
