//! What comes out of a rewritten file, read back by the library's own readers.

use super::*;
use crate::batch::{Form, Place, Reason, Replacement};
use arrow::array::{Array, ArrayRef, Int64Array, ListBuilder, RecordBatch, StringArray, StringBuilder, StructArray, UInt32Array};
use arrow::datatypes::{DataType, Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowSelection, RowSelector};
use parquet::basic::{Compression, Encoding};
use parquet::file::metadata::{KeyValue, PageIndexPolicy};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder, WriterVersion};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write;
use std::sync::Arc;

const SECRET: &str = "alice@example.com";

pub(super) fn spill() -> std::io::Result<File> {
    tempfile::tempfile()
}

pub(super) fn open(bytes: &[u8]) -> Result<ParquetInput, Reason> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    ParquetInput::open(file, bytes.len() as u64, &Limits::default())
}

/// Replaces the secret wherever it stands, and notes what it is shown.
pub(super) struct Masking {
    pub wish: Wish,
    pub with: Replacement,
    pub names: Vec<(u32, String)>,
    pub cells: Vec<(u32, Option<String>)>,
    leaf: Leaf,
}

impl Masking {
    pub(super) fn new(leaf: &Leaf, wish: Wish, with: Replacement) -> Self {
        Self { wish, with, names: Vec::new(), cells: Vec::new(), leaf: leaf.clone() }
    }

    fn look(&mut self, batch: &Batch<'_>, entries: bool) -> Answer {
        let mut answer = Answer::default();
        for (i, cell) in batch.block.cells.iter().enumerate() {
            let text = String::from_utf8(batch.block.text(batch.bytes, cell).to_vec()).unwrap();
            if !entries {
                self.cells.push((cell.row, (cell.form != Form::Null).then(|| text.clone())));
            }
            if text.contains(SECRET) || text == "4915112345678" {
                answer.changes.push(Change { cell: i as u32, replacement: self.with.clone() });
                if !entries {
                    self.names.push((cell.row, batch.name(i as u32)));
                }
            }
        }
        answer
    }
}

impl Visitor for Masking {
    fn wish(&self) -> Wish {
        self.wish
    }

    fn values(&mut self, batch: &Batch<'_>) -> Answer {
        self.look(batch, false)
    }

    fn entries(&mut self, batch: &Batch<'_>) -> Answer {
        self.look(batch, true)
    }

    fn occurrence(&mut self, at: Occurrence<'_>) {
        self.names.push((at.row, self.leaf.name_at(at.positions)));
    }
}

/// Rows with the secret in each of them in one way or another.
fn sample(rows: u32) -> RecordBatch {
    let email = (0..rows).map(|i| match i % 5 {
        0 => Some(SECRET.to_owned()),
        1 => None,
        2 => Some(format!("<{SECRET}>")),
        _ => Some(format!("row {}", i % 7)),
    });
    let long = (0..rows).map(|i| format!("{} zz{}{i} {}", "prose ".repeat(9), if i % 11 == 0 { SECRET } else { "" }, i * 31));
    let phone = (0..rows).map(|i| match i % 3 {
        0 => Some(4_915_112_345_678),
        1 => None,
        _ => Some(i64::from(i)),
    });
    let mut messages = ListBuilder::new(StringBuilder::new());
    for i in 0..rows {
        match i % 4 {
            0 => messages.append(false),
            1 => messages.append(true),
            n => {
                for k in 0..n {
                    if k == 1 {
                        messages.values().append_value(SECRET);
                    } else if k == 2 {
                        messages.values().append_null();
                    } else {
                        messages.values().append_value(format!("m{}", i % 3));
                    }
                }
                messages.append(true);
            }
        }
    }
    let inner: ArrayRef = Arc::new((0..rows).map(|i| (i % 2 == 0).then_some("inner")).collect::<StringArray>());
    let field = Arc::new(Field::new("inner", DataType::Utf8, true));
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("email", Arc::new(email.collect::<StringArray>())),
        ("long", Arc::new(StringArray::from_iter_values(long))),
        ("phone", Arc::new(phone.collect::<Int64Array>())),
        ("messages", Arc::new(messages.finish())),
        ("group", Arc::new(StructArray::from(vec![(field, inner)]))),
        ("number", Arc::new(UInt32Array::from_iter_values(0..rows))),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

fn written(batch: &RecordBatch, properties: WriterPropertiesBuilder) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties.build())).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
    bytes
}

fn ways() -> Vec<(String, WriterPropertiesBuilder)> {
    let mut ways = Vec::new();
    for version in [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0] {
        for dictionary in [true, false] {
            for codec in [Compression::UNCOMPRESSED, Compression::SNAPPY, Compression::LZ4_RAW] {
                let properties = WriterProperties::builder()
                    .set_writer_version(version)
                    .set_dictionary_enabled(dictionary)
                    .set_compression(codec)
                    .set_statistics_enabled(EnabledStatistics::Page)
                    .set_bloom_filter_enabled(true)
                    .set_write_page_header_statistics(true)
                    .set_data_page_row_count_limit(100)
                    .set_max_row_group_row_count(Some(700));
                ways.push((format!("{version:?} {dictionary} {codec:?}"), properties));
            }
        }
    }
    let small = WriterProperties::builder().set_dictionary_page_size_limit(500).set_data_page_row_count_limit(50);
    ways.push(("a dictionary that overflows".into(), small));
    let delta =
        WriterProperties::builder().set_dictionary_enabled(false).set_column_encoding("long".into(), Encoding::DELTA_BYTE_ARRAY);
    ways.push(("delta".into(), delta.set_data_page_row_count_limit(90)));
    ways
}

fn rewritten(input: &ParquetInput, wish: Wish, with: &Replacement) -> (Vec<u8>, Vec<(u64, u32, String)>) {
    let plan = Arc::new(OutputPlan::new(input, &BTreeSet::new(), &mut |_, _| None).unwrap());
    let mut out = ParquetOutput::new(input, &plan, Vec::new()).unwrap();
    let mut names = Vec::new();
    for group in 0..input.row_groups() {
        let mut chunks = Vec::new();
        for (index, leaf) in input.leaves().iter().enumerate() {
            let mut visitor = Masking::new(leaf, wish, with.clone());
            chunks.push(input.examine(group, index, &mut visitor, Mode::Rewrite, &spill).unwrap());
            names.extend(visitor.names.into_iter().map(|(row, name)| (group as u64, row, name)));
        }
        out.row_group(group, input.rows(group), chunks).unwrap();
    }
    (out.finish().unwrap(), names)
}

fn read(bytes: &[u8]) -> RecordBatch {
    let builder = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(bytes.to_vec())).unwrap();
    let schema = builder.schema().clone();
    let batches: Vec<RecordBatch> = builder.build().unwrap().map(Result::unwrap).collect();
    arrow::compute::concat_batches(&schema, &batches).unwrap()
}

fn text(column: &dyn Array) -> Vec<Option<String>> {
    column.as_any().downcast_ref::<StringArray>().unwrap().iter().map(|t| t.map(str::to_owned)).collect()
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|w| w == text.as_bytes())
}

#[test]
fn an_edit_changes_its_cells_and_nothing_else() {
    let batch = sample(1500);
    for (name, properties) in ways() {
        let source = written(&batch, properties);
        let input = open(&source).unwrap();
        let mut all_names = Vec::new();
        for by_entry in [true, false] {
            let wish = Wish { by_entry, ..Wish::default() };
            let (bytes, mut names) = rewritten(&input, wish, &Replacement::Text("<EMAIL>".into()));
            names.sort();
            all_names.push(names);
            let got = read(&bytes);
            assert_eq!(got.schema(), read(&source).schema(), "{name}");
            for (before, after) in batch.columns().iter().zip(got.columns()).take(2) {
                let want = text(before).into_iter().map(|t| t.map(|t| if t.contains(SECRET) { "<EMAIL>".into() } else { t }));
                assert_eq!(text(after), want.collect::<Vec<_>>(), "{name} {by_entry}");
            }
            let phones = got.column(2).as_any().downcast_ref::<Int64Array>().unwrap();
            assert!((0..1500).all(|i| phones.is_null(i) == (i % 3 < 2)), "{name}: a number becomes null");
            assert_eq!(got.column(4), batch.column(4), "{name}");
            assert_eq!(got.column(5), batch.column(5), "{name}");
            let printed = |b: &RecordBatch| format!("{:?}", b.column(3)).replace(SECRET, "<EMAIL>");
            assert_eq!(printed(&got), printed(&batch), "{name}: nulls and empty lists stay");
            assert!(!holds(&bytes, SECRET), "{name}: no page, dictionary, statistic or index keeps a masked value");
            assert!(!holds(&bytes, "alice"), "{name}: nor the beginning of one");
        }
        assert_eq!(all_names[0], all_names[1], "{name}: both ways see the same places");
        assert!(all_names[0].contains(&(0, 2, "messages[1]".into())), "{name}: a name has its list position");
    }
}

#[test]
fn null_takes_the_place_of_text() {
    let batch = sample(300);
    for (name, properties) in ways() {
        let source = written(&batch, properties);
        for by_entry in [true, false] {
            let (bytes, _) =
                rewritten(&open(&source).unwrap(), Wish { by_entry, every_row: true, ..Wish::default() }, &Replacement::Null);
            let want: Vec<_> = text(batch.column(0)).into_iter().map(|t| t.filter(|t| !t.contains(SECRET))).collect();
            assert_eq!(text(read(&bytes).column(0)), want, "{name}");
            assert!(!holds(&bytes, SECRET), "{name}");
        }
    }
}

#[test]
fn chunks_are_examined_by_many_threads() {
    fn shared<T: Send + Sync>() {}
    fn sent<T: Send>() {}
    shared::<ParquetInput>();
    sent::<Chunk>();
    sent::<ParquetOutput<'_, File>>();
}

#[test]
fn every_row_is_shown_once_nulls_included() {
    let source = written(&sample(50), WriterProperties::builder().set_dictionary_enabled(false));
    let input = open(&source).unwrap();
    let wish = Wish { every_row: true, ..Wish::default() };
    let mut visitor = Masking::new(&input.leaves()[0], wish, Replacement::Null);
    input.examine(0, 0, &mut visitor, Mode::Scan, &spill).unwrap();
    let want: Vec<_> = text(sample(50).column(0)).into_iter().enumerate().map(|(i, t)| (i as u32, t)).collect();
    assert_eq!(visitor.cells, want);
}

#[test]
fn a_chunk_without_an_edit_is_the_same_bytes() {
    let source = written(&sample(200), WriterProperties::builder());
    let input = open(&source).unwrap();
    for leaf in 0..input.leaves().len() {
        let chunk = input.untouched(0, leaf).unwrap();
        assert!(!chunk.rewritten && chunk.offset_index.is_some(), "the index is kept");
    }
    let plan = Arc::new(OutputPlan::new(&input, &BTreeSet::new(), &mut |_, _| None).unwrap());
    let mut out = ParquetOutput::new(&input, &plan, Vec::new()).unwrap();
    let chunks = (0..input.leaves().len()).map(|leaf| input.untouched(0, leaf).unwrap()).collect();
    out.row_group(0, 200, chunks).unwrap();
    let copy = out.finish().unwrap();
    assert_eq!(read(&copy), read(&source));
    let pages = source.iter().zip(&copy).take_while(|(a, b)| a == b).count();
    assert!(pages > source.len() / 2, "pages stand where they stood");
}

#[test]
fn the_offset_index_of_every_chunk_leads_to_its_rows() {
    for (name, properties) in ways() {
        let source = written(&sample(1500), properties);
        for by_entry in [true, false] {
            let wish = Wish { by_entry, ..Wish::default() };
            let (bytes, _) = rewritten(&open(&source).unwrap(), wish, &Replacement::Text("<EMAIL>".into()));
            let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Required);
            let file = bytes::Bytes::from(bytes.clone());
            let builder = ParquetRecordBatchReaderBuilder::try_new_with_options(file, options).unwrap();
            let selection = RowSelection::from(vec![RowSelector::skip(333), RowSelector::select(5), RowSelector::skip(1162)]);
            let some: Vec<RecordBatch> = builder.with_row_selection(selection).build().unwrap().map(Result::unwrap).collect();
            assert_eq!(some[0], read(&bytes).slice(333, 5), "{name}");
        }
    }
}

#[test]
fn entries_that_become_equal_become_one() {
    let values = (0..600).map(|i| format!("{SECRET} {}", i % 60));
    let column: ArrayRef = Arc::new(StringArray::from_iter_values(values));
    let batch = RecordBatch::try_from_iter([("a", column)]).unwrap();
    let input = open(&written(&batch, WriterProperties::builder())).unwrap();
    let (bytes, names) = rewritten(&input, Wish { by_entry: true, ..Wish::default() }, &Replacement::Text("<E>".into()));
    assert_eq!(names.len(), 600);
    assert_eq!(bytes.windows(3).filter(|w| w == b"<E>").count(), 5, "one entry, and bounds of chunk and page");
}

#[test]
fn rows_are_divided_by_record() {
    let batch = sample(900);
    for (name, properties) in ways() {
        let input = open(&written(&batch, properties)).unwrap();
        let plan = Arc::new(OutputPlan::new(&input, &BTreeSet::new(), &mut |_, _| None).unwrap());
        for part in [0, 1] {
            let mut out = ParquetOutput::new(&input, &plan, Vec::new()).unwrap();
            let mut want = Vec::new();
            let mut first = 0;
            for group in 0..input.row_groups() {
                let keep = |row: u32| u32::from(row.is_multiple_of(3)) == part;
                let leaves = 0..input.leaves().len();
                let chunks = leaves.map(|leaf| input.filter(group, leaf, &keep, &spill).unwrap()).collect();
                let kept: Vec<u32> = (0..input.rows(group) as u32).filter(|row| keep(*row)).collect();
                out.row_group(group, kept.len() as u64, chunks).unwrap();
                want.extend(kept.into_iter().map(|row| row + first));
                first += input.rows(group) as u32;
            }
            let got = read(&out.finish().unwrap());
            let want = arrow::compute::take_record_batch(&batch, &UInt32Array::from(want)).unwrap();
            assert_eq!(format!("{got:?}"), format!("{want:?}"), "{name}");
        }
    }
}

#[test]
fn a_group_that_loses_no_row_is_spliced_and_one_that_loses_all_has_no_chunks() {
    let input = open(&written(&sample(100), WriterProperties::builder())).unwrap();
    let (rows, chunks) = input.part(0, &|_| true, &spill).unwrap();
    assert!(rows == 100 && chunks.len() == 6 && chunks.iter().all(|c| !c.rewritten));
    let (rows, chunks) = input.part(0, &|row| row < 30, &spill).unwrap();
    assert!(rows == 30 && chunks.iter().all(|c| c.rewritten && !c.edited));
    let (rows, chunks) = input.part(0, &|_| false, &spill).unwrap();
    assert!(rows == 0 && chunks.is_empty());
}

#[test]
fn a_sample_is_the_first_values_that_are_not_null() {
    for dictionary in [true, false] {
        let input = open(&written(&sample(100), WriterProperties::builder().set_dictionary_enabled(dictionary))).unwrap();
        assert_eq!(input.sample(0, 3).unwrap(), [SECRET, &format!("<{SECRET}>"), "row 3"]);
        assert_eq!(input.sample(2, 2).unwrap(), ["4915112345678", "2"]);
    }
}

#[test]
fn personal_names_and_metadata_are_masked_everywhere() {
    let column: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
    let fields: Vec<Field> = [SECRET, "n", "<EMAIL>", "bob@example.com"]
        .iter()
        .map(|name| Field::new(*name, DataType::Int64, true).with_metadata([("note".to_owned(), SECRET.to_owned())]))
        .collect();
    let schema = Schema::new_with_metadata(fields, [("owner".to_owned(), SECRET.to_owned())]);
    let batch = RecordBatch::try_new(Arc::new(schema), vec![column; 4]).unwrap();
    let pairs = vec![KeyValue::new(SECRET.to_owned(), format!("by {SECRET}")), KeyValue::new("k".to_owned(), "v".to_owned())];
    let source = written(&batch, WriterProperties::builder().set_key_value_metadata(Some(pairs)));
    let input = open(&source).unwrap();
    let mut masker = |place: Place, text: &str| {
        assert!(matches!(place, Place::Header | Place::Metadata));
        text.contains("@example.com").then(|| "<EMAIL>".to_owned())
    };
    let plan = Arc::new(OutputPlan::new(&input, &BTreeSet::new(), &mut masker).unwrap());
    let shown: Vec<&str> = plan.columns().iter().map(|c| c.name.as_str()).collect();
    assert_eq!(shown, ["<EMAIL>_2", "n", "<EMAIL>", "<EMAIL>_3"]);
    let mut out = ParquetOutput::new(&input, &plan, Vec::new()).unwrap();
    out.row_group(0, 2, (0..4).map(|leaf| input.untouched(0, leaf).unwrap()).collect()).unwrap();
    let copy = out.finish().unwrap();
    assert!(!holds(&copy, "@example.com"));
    let got = read(&copy);
    assert_eq!(got.schema().field(0).name(), "<EMAIL>_2");
    assert_eq!(got.schema().metadata().get("owner").map(String::as_str), Some("<EMAIL>"), "the Arrow schema is kept");
    assert_eq!(got.schema().field(1).metadata().get("note").map(String::as_str), Some("<EMAIL>"));
    let again = open(&copy).unwrap();
    let arrow = again.key_values().iter().find(|pair| pair.key == "ARROW:schema").unwrap().value.clone().unwrap();
    assert!(!arrow.contains("YWxpY2U"), "not in base64 either");
    assert_eq!(again.key_values().iter().filter(|p| p.key.contains("EMAIL")).count(), 1);
}

#[test]
fn a_dropped_column_is_gone_from_data_schema_and_metadata() {
    let source = written(&sample(40), WriterProperties::builder().set_compression(Compression::UNCOMPRESSED));
    let input = open(&source).unwrap();
    let dropped = BTreeSet::from([0, 1, 3]);
    let plan = Arc::new(OutputPlan::new(&input, &dropped, &mut |_, _| None).unwrap());
    let mut out = ParquetOutput::new(&input, &plan, Vec::new()).unwrap();
    let chunks = (0..input.leaves().len()).filter(|l| !dropped.contains(l)).map(|l| input.untouched(0, l).unwrap());
    out.row_group(0, 40, chunks.collect()).unwrap();
    let copy = out.finish().unwrap();
    let got = read(&copy);
    let names: Vec<_> = got.schema().fields().iter().map(|f| f.name().clone()).collect();
    assert_eq!(names, ["phone", "group", "number"]);
    assert!(!holds(&copy, SECRET) && !holds(&copy, "email"));
}

#[test]
fn a_cell_over_the_limit_rejects_its_row_only() {
    let column: ArrayRef = Arc::new(StringArray::from(vec!["a".to_owned(), "b".repeat(5000), "c".to_owned()]));
    let batch = RecordBatch::try_from_iter([("a", column)]).unwrap();
    for dictionary in [true, false] {
        let source = written(&batch, WriterProperties::builder().set_dictionary_enabled(dictionary));
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&source).unwrap();
        let limits = Limits { cell: 1000, ..Limits::default() };
        let input = ParquetInput::open(file, source.len() as u64, &limits).unwrap();
        let mut visitor =
            Masking::new(&input.leaves()[0], Wish { by_entry: true, every_row: true, ..Wish::default() }, Replacement::Null);
        let chunk = input.examine(0, 0, &mut visitor, Mode::Rewrite, &spill).unwrap();
        assert_eq!(chunk.rejected, [(1, Reason::TooLarge)], "{dictionary}");
    }
}

#[test]
fn a_dictionary_entry_that_no_value_uses_goes() {
    // The first eight values are packed indices; from the ninth on values are plain.
    let values = (0..40).map(|n| match n {
        0 => SECRET.to_owned(),
        1..8 => "other".to_owned(),
        _ => format!("{n} {}", "long ".repeat(100)),
    });
    let column: ArrayRef = Arc::new(StringArray::from_iter_values(values));
    let batch = RecordBatch::try_from_iter([("a", column)]).unwrap();
    let small = WriterProperties::builder().set_dictionary_page_size_limit(100).set_write_batch_size(8);
    let mut source =
        written(&batch, small.set_compression(Compression::UNCOMPRESSED).set_statistics_enabled(EnabledStatistics::None));
    let input = open(&source).unwrap();
    let mut walk = input.walk(0, 0).unwrap();
    let dictionary = walk.next().unwrap().unwrap();
    assert!(dictionary.head.is_dictionary());
    let page = walk.next().unwrap().unwrap();
    // Bit width, one packed group: a reader of these values never comes to the first entry.
    let at = page.body_at as usize;
    let packed = source[at..].windows(2).position(|w| w[0] & 1 == 1 && w[1].trailing_zeros() >= 2).unwrap() + at + 1;
    source[packed] |= 1;
    assert!(holds(&source, SECRET));
    let input = open(&source).unwrap();
    assert!(walk.next().unwrap().is_some_and(|p| !p.head.is_indexed()), "plain pages follow");
    for by_entry in [true, false] {
        let (bytes, names) = rewritten(&input, Wish { by_entry, ..Wish::default() }, &Replacement::Null);
        assert!(names.is_empty() && !holds(&bytes, SECRET), "{by_entry}");
        assert_eq!(read(&bytes), read(&source));
    }
}

mod damage {
    use super::*;
    use proptest::prelude::*;

    fn survive(bytes: &[u8]) {
        let Ok(input) = open(bytes) else { return };
        for group in 0..input.row_groups().min(8) {
            for (index, leaf) in input.leaves().iter().enumerate() {
                for by_entry in [true, false] {
                    let wish = Wish { by_entry, ..Wish::default() };
                    let mut visitor = Masking::new(leaf, wish, Replacement::Text("<EMAIL>".into()));
                    let _ = input.examine(group, index, &mut visitor, Mode::Rewrite, &spill);
                }
                let _ = input.filter(group, index, &|row| row % 2 == 0, &spill);
                let _ = input.untouched(group, index);
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn damaged_files_end_in_a_reason(
            way in 0usize..14,
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        ) {
            let ways = ways();
            let (_, properties) = ways[way % ways.len()].clone();
            let mut bytes = written(&sample(60), properties);
            for (at, to) in changes {
                let at = at.index(bytes.len());
                bytes[at] = to;
            }
            survive(&bytes);
        }
    }
}
