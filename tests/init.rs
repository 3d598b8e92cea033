//! `init`: a policy made for data, and the shipped policies by name.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by a panic")]
#![allow(clippy::format_collect, clippy::format_push_string, reason = "small texts")]

mod place;

use place::Place;

const MAIL: &str = "maria.lang@example.com";
const CARD: &str = "4111111111111111";
const PACKS: [&str; 4] = ["ccpa", "gdpr", "hipaa-safe-harbor", "pci"];

/// A table and lines whose columns are told by name and content.
fn with_data() -> Place {
    let place = Place::new();
    let (mut table, mut lines) =
        ("id,message,label,source,mail,odd \"name\"\n".replace("odd \"name\"", "\"odd \"\"name\"\"\""), String::new());
    for n in 0..40 {
        let (label, source) = (["spam", "ham"][n % 2], ["web", "app", "shop"][n % 3]);
        table += &format!("{n},write to number {n} at {MAIL} today,{label},{source},m{n}.{MAIL},x\n");
        lines +=
            &format!("{{\"id\":{n},\"messages\":[{{\"content\":\"my card is {CARD}, case {n}\"}}],\"{MAIL}\":\"{label}\"}}\n");
    }
    place.write("a.csv", table);
    place.write("in/b.jsonl", lines);
    place
}

#[test]
fn what_is_printed_is_a_policy_that_a_run_goes_by() {
    let place = with_data();
    for input in ["a.csv", "in", "a.csv in"] {
        let made = place.run(&format!("init {input}")).expect(0);
        assert!(made.err.is_empty(), "{}", made.err);
        for value in [MAIL, CARD, "spam"] {
            assert!(!made.out.contains(value), "{input}: {value} is told");
        }
        place.write("made.toml", &made.out);
        let out = format!("out-{}", input.len());
        place.run(&format!("clean {input} --out {out} --policy made.toml")).expect(0);
        place.run(&format!("verify {out}")).expect(0);
    }
}

#[test]
fn parts_are_written_where_they_are_sure_and_counts_by_column() {
    let place = with_data();
    let made = place.run("init a.csv").expect(0).out;
    for line in [
        "label = \"label\"",
        "text = [\"message\"]",
        "id = \"id\"",
        "source = \"source\"",
        "# time: no column looks like it",
        "#   contact.email: 40 values in 40 of 40 cells",
        "# [columns.\"mail\"]",
        "\"odd \\\"name\\\"\"",
    ] {
        assert!(made.contains(line), "{line} is missing in:\n{made}");
    }
    assert!(!made.contains("[columns.\"message\"]"), "text keeps its words:\n{made}");
    let both = place.run("init a.csv in").expect(0).out;
    assert!(both.contains("# label = \"label\"") && both.contains("not in every input"), "one of two inputs has it:\n{both}");
    let keys = place.run("init in").expect(0).out;
    assert!(keys.contains("<EMAIL>") && keys.contains("(a personal name, masked; no rule can name it)"), "{keys}");
}

#[test]
fn a_file_is_written_once_and_never_into_an_input() {
    let place = with_data();
    place.run("init a.csv --out made.toml").expect(0);
    assert_eq!(place.text("made.toml"), place.run("init a.csv").expect(0).out, "the same text");
    for (words, word) in [
        ("init a.csv --out made.toml", "--overwrite"),
        ("init in --out in/untaint.toml", "inside the input"),
        ("init a.csv --out a.csv --overwrite", "inside OUT"),
        ("init a.csv --out in", "folder"),
        ("init a.csv --policy gdrp", "gdpr"),
        ("init none.csv", "none.csv"),
        ("init", "INPUT"),
    ] {
        let ran = place.run(words).expect(2);
        assert!(ran.err.contains(word) && ran.out.is_empty(), "{words}: {}", ran.err);
    }
    place.run("init in --out made.toml --overwrite").expect(0);
    assert!(place.text("made.toml").contains("messages[].content"));
    assert_eq!(place.names(), ["a.csv", "in", "made.toml"], "nothing else is left");
}

#[test]
fn what_cannot_be_looked_at_is_told_and_ends_with_3() {
    let place = with_data();
    place.write("in/c.bin", b"PK\x03\x04\x14\0rest");
    let ran = place.run("init in").expect(3);
    assert!(ran.err.contains("c.bin") && ran.out.contains("# Not looked at: \"c.bin\""), "{}", ran.err);
    assert!(place.run("init in -q").expect(3).err.is_empty(), "quiet");
    place.write("empty/d.csv", "");
    assert!(place.run("init empty").expect(0).out.contains("no column looks like it"));
    let piped = place.piped("init - --format csv", &place.read("a.csv")).expect(0);
    assert!(piped.out.contains("label = \"label\""), "standard input");
}

#[test]
fn parquet_is_looked_at_as_well() {
    let place = Place::new();
    let rows: String = (0..30).map(|n| format!("{{\"label\":\"{}\",\"mail\":\"m{n}.{MAIL}\"}}\n", ["a", "b"][n % 2])).collect();
    place.write("t.parquet", place::parquet(&rows, 7));
    let made = place.run("init t.parquet").expect(0).out;
    assert!(made.contains("label = \"label\"") && made.contains("contact.email: 30 values in 30 of 30 cells"), "{made}");
    place.write("untaint.toml", &made);
    place.run("clean t.parquet --out out").expect(0);
}

#[test]
fn shipped_policies_go_by_their_names_and_a_file_of_that_name_comes_first() {
    let place = with_data();
    for pack in PACKS {
        place.run(&format!("clean a.csv in --out out-{pack} --policy {pack}")).expect(0);
        let clean = place.text(&format!("out-{pack}/clean/a.csv")) + &place.text(&format!("out-{pack}/clean/b.jsonl"));
        assert!(!clean.contains(MAIL) && !clean.contains(CARD), "{pack}");
        assert_eq!(clean.contains("411111******1111"), pack == "pci", "{pack}: the first six and last four stay at most");
        place.run(&format!("verify out-{pack}")).expect(0);
        let made = place.run(&format!("init a.csv --policy {pack}")).expect(0).out;
        assert!(made.contains(&format!("The shipped policy {pack}")) && made.contains("label = \"label\""), "{pack}");
        place.write("made.toml", &made);
        place.run(&format!("scan a.csv --policy made.toml --out scan-{pack}")).expect(0);
        assert!(place.run("clean --help").expect(0).out.contains(pack), "{pack} is in the help");
    }
    let wrong = place.run("clean a.csv --out o --policy hipaa").expect(2);
    assert!(wrong.err.contains("hipaa-safe-harbor"), "{}", wrong.err);
    place.write("gdpr", "[pii]\nprofile = \"none\"\n");
    place.run("clean a.csv --out out-file --policy gdpr").expect(0);
    assert!(place.text("out-file/clean/a.csv").contains(MAIL), "the file counts");
}
