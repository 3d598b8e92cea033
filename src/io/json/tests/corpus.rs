//! A folder of JSON files by verdict (`y_` valid, `n_` not, others either way), as known suites have them.

use super::super::{decide, is_valid};
use super::*;

#[test]
#[ignore = "needs UNTAINT_JSON_CORPUS, a folder of JSON files"]
fn files_get_the_verdict_in_their_name() {
    let Some(folder) = std::env::var_os("UNTAINT_JSON_CORPUS") else { return };
    let mut wrong = Vec::new();
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    for path in files.iter().filter(|p| p.extension().is_some_and(|e| e == "json" || e == "jsonl")) {
        let bytes = std::fs::read(path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy();
        let shape = decide(&bytes, true, true).unwrap();
        let outcome = run(&bytes, shape, 1 << 16);
        let rejected = outcome.records.iter().filter(|r| r.1.is_some()).count();
        println!("{name}: {shape:?}, {} records, {rejected} rejected", outcome.records.len());
        let blank = bytes.trim_ascii().is_empty();
        let fits = match name.as_bytes() {
            [b'y', b'_', ..] => rejected == 0,
            [b'n', b'_', ..] => rejected > 0 || blank,
            _ => true,
        };
        let is_json = is_valid(&bytes[super::super::shape::bom(&bytes)..]);
        if !fits || (is_json && rejected > 0 && outcome.records.iter().all(|r| r.1 != Some(Reason::TooDeep))) {
            wrong.push(name.into_owned());
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}
