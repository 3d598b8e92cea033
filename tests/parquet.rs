//! Parquet files as other writers make them, and as nobody should: what is masked is gone from every part of the file, and
//! what comes out can be read.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by a panic")]

mod place;

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, FixedSizeBinaryArray, Float64Array, Int64Array, Int64Builder, MapBuilder, RecordBatch,
    StringArray, StringBuilder, Time32SecondArray,
};
use arrow::datatypes::{Int64Type, Schema};
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::arrow::{ARROW_SCHEMA_META_KEY, ArrowWriter, encode_arrow_schema};
use parquet::data_type::ByteArray;
use parquet::file::metadata::{
    ColumnChunkMetaData, ColumnChunkMetaDataBuilder, KeyValue, ParquetMetaDataReader, ParquetMetaDataWriter,
};
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder};
use parquet::file::statistics::Statistics;
use place::Place;
use std::sync::Arc;
use std::time::{Duration, Instant};

const MAIL: &str = "maria.lang@example.com";
const DROP_ROW: &str = "[pii.operators]\n\"contact.email\" = { operator = \"drop-row\" }\n";

fn written(columns: Vec<(&str, ArrayRef)>, nullable: bool, options: ArrowWriterOptions) -> Vec<u8> {
    let columns = columns.into_iter().map(|(name, array)| (name, array, nullable));
    let batch = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
    let mut writer = ArrowWriter::try_new_with_options(Vec::new(), batch.schema(), options).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

/// A file as small as its values, so that they can be looked for in its bytes.
fn plain(columns: Vec<(&str, ArrayRef)>) -> Vec<u8> {
    written(columns, true, with(properties()))
}

fn properties() -> WriterPropertiesBuilder {
    WriterProperties::builder().set_dictionary_enabled(false)
}

fn with(properties: WriterPropertiesBuilder) -> ArrowWriterOptions {
    ArrowWriterOptions::new().with_properties(properties.build())
}

fn texts(values: &[&str]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

fn numbers(values: &[i64]) -> ArrayRef {
    Arc::new(Int64Array::from(values.to_vec()))
}

fn only(bytes: &[u8]) -> RecordBatch {
    let mut batches = place::batches(bytes);
    assert_eq!(batches.len(), 1);
    batches.remove(0)
}

fn holds(bytes: &[u8], text: &str) -> bool {
    memchr::memmem::find(bytes, text.as_bytes()).is_some()
}

/// The file with its footer written anew: `groups` times its row group with `rows` rows, its chunks as `edit` has them.
fn lying(
    bytes: &[u8],
    groups: usize,
    rows: i64,
    edit: impl Fn(usize, ColumnChunkMetaDataBuilder) -> ColumnChunkMetaDataBuilder,
) -> Vec<u8> {
    let source = bytes::Bytes::copy_from_slice(bytes);
    let metadata = ParquetMetaDataReader::new().parse_and_finish(&source).unwrap();
    let len = u32::from_le_bytes(bytes[bytes.len() - 8..bytes.len() - 4].try_into().unwrap()) as usize;
    let group = metadata.row_group(0).clone();
    let columns: Vec<ColumnChunkMetaData> =
        (0..).zip(group.columns()).map(|(n, column)| edit(n, column.clone().into_builder()).build().unwrap()).collect();
    let group = group.into_builder().set_num_rows(rows).set_column_metadata(columns).build().unwrap();
    let metadata = metadata.into_builder().set_row_groups(vec![group; groups]).build();
    let mut out = bytes[..bytes.len() - 8 - len].to_vec();
    ParquetMetaDataWriter::new(&mut out, &metadata).finish().unwrap();
    out
}

#[test]
fn a_rule_for_a_whole_column_reaches_values_without_a_text() {
    let columns = || -> Vec<(&str, ArrayRef)> {
        vec![
            ("fraction", Arc::new(Float64Array::from(vec![1234.5, 0.25, f64::NAN]))),
            ("clock", Arc::new(Time32SecondArray::from(vec![1, 2, 3]))),
            ("device", Arc::new(FixedSizeBinaryArray::try_from_iter([[7u8; 16], [8; 16], [255; 16]].iter()).unwrap())),
            ("photo", Arc::new(BinaryArray::from(vec![&b"\xff\xd8\xff\xe0"[..], b"\x89PNG\xf0\x01\x02", b"\0\xff"]))),
        ]
    };
    let names = ["fraction", "clock", "device", "photo"];
    let rule = |name: &&str| format!("[columns.{name}]\noperator = {{ operator = \"null\" }}\n");
    let place = Place::new();
    place.write("p.toml", names.iter().map(rule).collect::<String>());
    place.write("in/nulls.parquet", plain(columns()));
    place.write("in/required.parquet", written(columns(), false, with(properties())));
    for more in ["", "--no-poison"] {
        place.run(&format!("clean in --out o --overwrite --policy p.toml {more}")).expect(0);
        let batch = only(&place.read("o/clean/nulls.parquet"));
        for (name, column) in names.iter().zip(batch.columns()) {
            assert_eq!(column.null_count(), 3, "{name} {more}");
        }
        let batch = only(&place.read("o/clean/required.parquet"));
        let device = batch.column(2).as_fixed_size_binary();
        assert!(device.iter().flatten().all(|v| v == [0; 16]), "{more}");
        assert!(batch.column(3).as_binary::<i32>().iter().flatten().all(<[u8]>::is_empty), "{more}");
        assert_eq!(place.findings("o").len(), 24, "{more}");
        place.run("clean o/clean --out again --overwrite --policy p.toml").expect(0);
        assert_eq!(place.findings("again"), [""; 0], "what was masked is no finding");
    }
}

#[test]
fn a_row_that_is_rejected_is_not_withheld_as_well() {
    let place = Place::new();
    place.write("p.toml", format!("{DROP_ROW}[limits]\ncell = \"1KiB\"\n"));
    let long = "x".repeat(2000);
    place.write("in/a.parquet", plain(vec![("mail", texts(&[MAIL, "none", MAIL])), ("note", texts(&[&long, "short", "short"]))]));
    place.write("in/b.parquet", plain(vec![("mail", texts(&[MAIL])), ("note", texts(&[&long]))]));
    for more in ["", "--no-poison"] {
        place.run(&format!("clean in --out o --overwrite --policy p.toml {more}")).expect(3);
        assert_eq!(place.ledger("o"), ["a.parquet partial too-large (1) 3=1+1+1", "b.parquet partial too-large (1) 1=0+0+1"]);
        assert_eq!(only(&place.read("o/clean/a.parquet")).num_rows(), 1);
        assert_eq!(only(&place.read("o/quarantine/a.parquet")).num_rows(), 1);
        assert!(!place.path("o/quarantine/b.parquet").exists());
        place.run("verify o -q").expect(0);
    }
}

#[test]
fn what_a_null_becomes_in_a_column_without_nulls_is_no_finding() {
    use arrow::array::{Date32Array, TimestampMillisecondArray};
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("dob", Arc::new(Date32Array::from(vec![3000, 0]))),
        ("birth_date", Arc::new(TimestampMillisecondArray::from(vec![86_400_000_000, 0]))),
        ("label", numbers(&[0, 1])),
    ];
    let place = Place::new();
    place.write("in/a.parquet", written(columns, false, with(properties())));
    place.run("clean in --out o").expect(0);
    assert_eq!(place.findings("o").len(), 2);
    place.run("verify o -q").expect(0);
    place.run("clean o/clean --out again --no-poison").expect(0);
    assert_eq!(place.findings("again"), [""; 0]);
    assert_eq!(only(&place.read("again/clean/a.parquet")), only(&place.read("o/clean/a.parquet")));
}

#[test]
fn rows_that_a_footer_makes_up_cost_nothing() {
    let place = Place::new();
    let sound = plain(vec![("text", texts(&["a", "b", "c"]))]);
    place.write("in/a.parquet", lying(&sound, 200, i64::from(u32::MAX), |_, column| column));
    let from = Instant::now();
    place.run("clean in --out o -q").expect(3);
    assert!(from.elapsed() < Duration::from_secs(30));
    let rows = 200 * u64::from(u32::MAX);
    assert_eq!(place.ledger("o"), [format!("a.parquet partial broken-page ({rows}) {rows}=0+0+{rows}")]);
}

#[test]
fn rows_behind_a_broken_row_group_are_withheld_by_their_own_numbers() {
    let place = Place::new();
    let line = |n| format!("{{\"n\": {n}, \"t\": \"{}\"}}\n", if n == 5 { MAIL } else { "x" });
    let lines = (0..8).map(line).collect::<Vec<_>>().concat();
    let mut bytes = place::parquet(&lines, 2);
    let source = bytes::Bytes::copy_from_slice(&bytes);
    let metadata = ParquetMetaDataReader::new().parse_and_finish(&source).unwrap();
    let at = metadata.row_group(1).column(0).byte_range().0 as usize;
    bytes[at..at + 4].fill(0xff);
    place.write("in/a.parquet", bytes);
    place.write("p.toml", DROP_ROW);
    for more in ["", "--no-poison"] {
        place.run(&format!("clean in --out o --overwrite --policy p.toml {more}")).expect(3);
        assert_eq!(place.ledger("o"), ["a.parquet partial broken-page (2) 8=5+1+2"]);
        let kept: Vec<String> = place::unparquet(&place.read("o/clean/a.parquet")).lines().map(|l| l[5..6].to_owned()).collect();
        assert_eq!(kept, ["0", "1", "4", "6", "7"]);
        assert_eq!(place::unparquet(&place.read("o/quarantine/a.parquet")), "{\"n\":5,\"t\":\"<EMAIL>\"}\n");
    }
}

#[test]
fn a_column_nobody_looks_into_must_be_readable_all_the_same() {
    let place = Place::new();
    let mut bytes = plain(vec![("mail", texts(&[MAIL, "none"])), ("raw", texts(&["some bytes", "more bytes"]))]);
    let at = memchr::memmem::find(&bytes, b"some bytes").unwrap();
    bytes[at - 4..at].fill(0xff);
    place.write("in/a.parquet", bytes);
    place.write("in/b.csv", "a\nb\n");
    place.write("p.toml", format!("{DROP_ROW}[columns.raw]\npii = \"skip\"\n"));
    place.run("clean in --out o --policy p.toml --no-poison").expect(3);
    assert_eq!(place.ledger("o"), ["a.parquet partial broken-page (2) 2=0+0+2", "b.csv complete - 1=1+0+0"]);
}

#[test]
fn text_in_bytes_of_another_kind_is_found_and_goes_as_a_whole() {
    let latin = b"J\xfcrgen <maria.lang@example.com>".to_vec();
    let length = [&[0x9c, 0, 0, 0, 2][..], b"mail\0\x98\0\0\0", MAIL.as_bytes(), &b" and so on".repeat(8), b"\0\0"].concat();
    let picture: Vec<u8> = [b"\x89PNG\r\n\x1a\n".to_vec(), (0..=255u8).map(|n| n.wrapping_mul(167)).collect()].concat();
    let values: Vec<&[u8]> = vec![&latin, &length, &picture, b"plain text"];
    let place = Place::new();
    place.write("in/a.parquet", plain(vec![("bytes", Arc::new(BinaryArray::from(values)))]));
    place.run("clean in --out o").expect(0);
    let bytes = place.read("o/clean/a.parquet");
    let batch = only(&bytes);
    let kept: Vec<Option<&[u8]>> = batch.column(0).as_binary::<i32>().iter().collect();
    assert_eq!(kept, [None, None, Some(&picture[..]), Some(b"plain text")]);
    assert!(!holds(&bytes, MAIL));
    place.run("verify o -q").expect(0);
}

#[test]
fn keys_of_a_map_stay_unique_when_they_are_masked() {
    let mut words = MapBuilder::new(None, StringBuilder::new(), Int64Builder::new());
    let mut cards = MapBuilder::new(None, Int64Builder::new(), Int64Builder::new());
    let rows: [&[&str]; 3] = [&[MAIL, "ann@example.com", "<EMAIL>_2", "other"], &[], &["ann@example.com"]];
    for row in rows {
        for (n, key) in (0..).zip(row) {
            words.keys().append_value(key);
            words.values().append_value(n);
        }
        words.append(true).unwrap();
    }
    let rows: [&[i64]; 3] = [&[4_111_111_111_111_111, 1, 5_500_005_555_555_559], &[0], &[]];
    for row in rows {
        for (n, key) in (0..).zip(row) {
            cards.keys().append_value(*key);
            cards.values().append_value(n);
        }
        cards.append(true).unwrap();
    }
    let columns = || -> Vec<(&str, ArrayRef)> {
        vec![("words", Arc::new(words.finish_cloned())), ("cards", Arc::new(cards.finish_cloned()))]
    };
    let place = Place::new();
    place.write("in/plain.parquet", plain(columns()));
    place.write("in/dictionary.parquet", written(columns(), true, with(WriterProperties::builder())));
    place.run("clean in --out o").expect(0);
    for name in ["plain", "dictionary"] {
        let bytes = place.read(&format!("o/clean/{name}.parquet"));
        let batch = only(&bytes);
        let words = batch.column(0).as_map();
        let keys: Vec<Option<&str>> = words.keys().as_string::<i32>().iter().collect();
        assert_eq!(keys, ["<EMAIL>", "<EMAIL>_3", "<EMAIL>_2", "other", "<EMAIL>"].map(Some), "{name}");
        assert_eq!(words.values().as_primitive::<Int64Type>().values(), &[0, 1, 2, 3, 0]);
        assert_eq!(batch.column(1).as_map().keys().as_primitive::<Int64Type>().values(), &[0, 1, 2, 0], "{name}");
        assert!(!holds(&bytes, MAIL));
    }
}

#[test]
fn a_map_without_its_keys_or_values_is_still_a_file_that_can_be_read() {
    let mut map = MapBuilder::new(None, StringBuilder::new(), StringBuilder::new());
    map.keys().append_value("k");
    map.values().append_value("v");
    map.append(true).unwrap();
    let map: ArrayRef = Arc::new(map.finish());
    let place = Place::new();
    place.write("in/a.parquet", plain(vec![("m", map), ("n", numbers(&[1]))]));
    for (dropped, left) in [("m[].key", "v"), ("m[].value", "k")] {
        place.write("p.toml", format!("[columns.\"{dropped}\"]\noperator = {{ operator = \"drop-column\" }}\n"));
        place.run("clean in --out o --overwrite --policy p.toml").expect(0);
        let batch = only(&place.read("o/clean/a.parquet"));
        let pairs = batch.column(0).as_struct().column(0).as_list::<i32>().value(0);
        assert_eq!(pairs.as_struct().column(0).as_string::<i32>().value(0), left, "{dropped}");
    }
}

#[test]
fn names_in_odd_places_are_masked_and_agree_with_one_another() {
    let pandas = format!("{{\"index_columns\": [\"{MAIL}\"], \"columns\": [\"ann@example.com\", \"j\\u00fcrgen@example.com\"]}}");
    let stale = Schema::new(vec![arrow::datatypes::Field::new(
        "n",
        arrow::datatypes::DataType::Timestamp(arrow::datatypes::TimeUnit::Second, Some(MAIL.into())),
        true,
    )]);
    let pairs = vec![
        KeyValue::new("pandas".to_owned(), pandas),
        KeyValue::new(ARROW_SCHEMA_META_KEY.to_owned(), encode_arrow_schema(&stale)),
    ];
    let options = with(properties().set_key_value_metadata(Some(pairs)));
    let options = options.with_skip_arrow_metadata(true).with_schema_root(MAIL.to_owned());
    let place = Place::new();
    place.write(
        "in/names.parquet",
        written(vec![("ann@example.com", numbers(&[1])), (MAIL, numbers(&[2]))], true, options.clone()),
    );
    place.write("in/root.parquet", written(vec![("n", numbers(&[1]))], true, options));
    place.run("clean in --out o").expect(0);
    for name in ["names", "root"] {
        let bytes = place.read(&format!("o/clean/{name}.parquet"));
        for text in [MAIL, "ann@example", "rgen@", "u00fc"] {
            assert!(!holds(&bytes, text), "{name}: {text}");
        }
        let metadata = ParquetMetaDataReader::new().parse_and_finish(&bytes::Bytes::copy_from_slice(&bytes)).unwrap();
        let pairs = metadata.file_metadata().key_value_metadata().unwrap();
        assert!(pairs.iter().all(|pair| pair.key != ARROW_SCHEMA_META_KEY), "{name}: a schema that holds an address goes");
        let second = if name == "names" { "<EMAIL>_2" } else { "<EMAIL>" };
        let want = format!("{{\"index_columns\": [\"{second}\"], \"columns\": [\"<EMAIL>\", \"<EMAIL>\"]}}");
        assert_eq!(pairs[0].value.as_deref(), Some(want.as_str()), "{name}");
        assert_eq!(metadata.file_metadata().schema().name(), "<EMAIL>");
    }
}

#[test]
fn what_a_footer_claims_brings_no_value_back() {
    // The head of a bloom filter of 160 bytes, as the value of a cell; what follows it in the file is another column.
    let head: &[u8] = &[0x15, 0xc0, 0x02, 0x1c, 0x1c, 0, 0, 0x1c, 0x1c, 0, 0, 0x1c, 0x1c, 0, 0, 0];
    let bloom: ArrayRef = Arc::new(BinaryArray::from(vec![head, b"x"]));
    let sound =
        plain(vec![("note", texts(&["x", "y"])), ("bloom", bloom), ("mail", texts(&[MAIL, "z"])), ("n", numbers(&[1, 2]))]);
    let at = memchr::memmem::find(&sound, head).unwrap() as i64;
    let bounds = |text: &str| {
        let bound = || Some(ByteArray::from(text.as_bytes().to_vec()));
        Statistics::byte_array(bound(), bound(), None, Some(0), false)
    };
    let cases: [(&str, &dyn Fn(ColumnChunkMetaDataBuilder) -> ColumnChunkMetaDataBuilder); 4] = [
        ("bounds of other values", &|column| column.set_statistics(bounds(MAIL))),
        ("a bloom filter where values lie", &|column| {
            column.set_bloom_filter_offset(Some(at)).set_bloom_filter_length(Some(176))
        }),
        ("fewer values", &|column| column.set_num_values(1)),
        ("more values", &|column| column.set_num_values(1 << 40)),
    ];
    let place = Place::new();
    for (n, (_, edit)) in cases.iter().enumerate() {
        let lying = lying(&sound, 1, 2, |leaf, column| if leaf == 0 { edit(column) } else { column });
        place.write(&format!("in/{n}.parquet"), lying);
    }
    place.run("clean in --out o").expect(0);
    for (n, (why, _)) in cases.iter().enumerate() {
        let bytes = place.read(&format!("o/clean/{n}.parquet"));
        assert!(!holds(&bytes, MAIL), "{why}");
        assert_eq!(only(&bytes).column(0).as_string::<i32>().iter().collect::<Vec<_>>(), [Some("x"), Some("y")], "{why}");
        let metadata = ParquetMetaDataReader::new().parse_and_finish(&bytes::Bytes::copy_from_slice(&bytes)).unwrap();
        assert_eq!(metadata.row_group(0).column(0).num_values(), 2, "{why}");
    }
}
