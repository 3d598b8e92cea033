//! What the command says and how it ends: exit codes, messages, streams, signals.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by a panic")]
#![allow(
    clippy::format_collect,
    clippy::format_push_string,
    clippy::case_sensitive_file_extension_comparisons,
    reason = "small texts under known names"
)]

mod place;

use place::{Place, Ran};
use std::process::Stdio;
use std::time::{Duration, Instant};

const MAIL: &str = "maria.lang@example.com";

fn with_table() -> Place {
    let place = Place::new();
    place.write("a.csv", format!("id,mail,label\n1,{MAIL},x\n2,none,y\n"));
    place
}

#[track_caller]
fn says(ran: &Ran, words: &[&str]) {
    for word in words {
        assert!(ran.err.contains(word), "{word:?} is missing in: {}", ran.err);
    }
}

#[test]
fn a_wrong_call_ends_with_2_names_the_nearest_word_and_writes_nothing() {
    let place = with_table();
    place.write("unknown-key.toml", "[pii]\ndefualt = \"replace\"\n");
    place.write("unknown-operator.toml", "[pii]\ndefault = \"replce\"\n");
    place.write("unknown-detector.toml", "[pii.operators]\n\"contact.emial\" = \"mask\"\n");
    place.write("unknown-selection.toml", "[pii]\ndetectors = [\"+contact.emial\"]\n");
    place.write("unknown-gate.toml", "[gates]\nfail_on = [\"posion\"]\n");
    place.write("unknown-test.toml", "[poison]\ntests = [\"duplicate-flod\"]\n");
    place.write("unknown-fate.toml", "[poison.fate]\nduplicate-flood = \"quarantene\"\n");
    place.write("bad-limit.toml", "[limits]\ncell = \"12 parsecs\"\n");
    place.write("bad-pattern.toml", "[allow]\npatterns = [\"(\"]\n");
    place.write("keyed.toml", "[pii]\ndefault = \"hmac\"\n");
    place.write("key-gone.toml", "[key]\nenv = \"NO_SUCH_VARIABLE_HERE\"\n");
    place.write("in/b.csv", "a,b\n1,2\n");
    place.write("in/sub/b.csv", "a,b\n1,2\n");
    place.write("short-key", "0123456789");
    place.write("no-folder", "x");
    let before = place.names();
    for (words, expected) in [
        ("clean a.csv --out o --ouverwrite", &["--ouverwrite", "--overwrite"][..]),
        ("claen a.csv --out o", &["claen", "clean"]),
        ("clean a.csv", &["--out"]),
        ("clean --out o", &["INPUT"]),
        ("", &["Usage"]),
        ("clean missing.csv --out o", &["missing.csv"]),
        ("clean none*.csv --out o", &["none*.csv"]),
        ("clean - --out o", &["--format"]),
        ("clean - --format xml --out o", &["xml", "jsonl"]),
        #[cfg(unix)]
        ("clean /dev/null --out o", &["/dev/null", "no regular file", "--format"]),
        ("clean in --out in/o", &["OUT", "inside"]),
        ("clean in/b.csv --out in", &["inside OUT"]),
        ("clean a.csv --out a.csv", &["inside OUT"]),
        ("clean in/b.csv in/sub/b.csv --out o", &["two inputs", "b.csv"]),
        ("clean in --out o --resume --overwrite", &["--resume", "--overwrite"]),
        ("clean a.csv --out o -q -v", &["--quiet", "--verbose"]),
        ("clean a.csv --out o --jobs 0", &["--jobs"]),
        ("clean a.csv --out o --memory tiny", &["--memory", "tiny"]),
        ("clean a.csv --out o --memory 1MiB", &["--memory", "at least"]),
        ("clean a.csv --out o --fail-on posion", &["posion", "poison"]),
        ("clean a.csv --out o --delimiter ab", &["--delimiter"]),
        ("clean a.csv --out o --label lable", &["lable", "label", "mail"]),
        ("clean a.csv --out o --policy none.toml", &["none.toml"]),
        ("clean a.csv --out o --policy unknown-key.toml", &["unknown-key.toml", "line 2", "defualt", "default"]),
        ("clean a.csv --out o --policy unknown-operator.toml", &["replce", "replace"]),
        ("clean a.csv --out o --policy unknown-detector.toml", &["contact.emial", "contact.email"]),
        ("clean a.csv --out o --policy unknown-selection.toml", &["contact.emial", "contact.email"]),
        ("clean a.csv --out o --policy unknown-gate.toml", &["posion", "poison"]),
        ("clean a.csv --out o --policy unknown-test.toml", &["duplicate-flod", "duplicate-flood"]),
        ("clean a.csv --out o --policy unknown-fate.toml", &["quarantene", "quarantine"]),
        ("clean a.csv --out o --policy bad-limit.toml", &["parsecs"]),
        ("clean a.csv --out o --policy bad-pattern.toml", &["pattern"]),
        ("clean a.csv --out o --policy keyed.toml", &["hmac", "key", "--key-env"]),
        ("clean a.csv --out o --policy keyed.toml --key-file short-key", &["at least 32"]),
        ("clean a.csv --out o --policy key-gone.toml", &["NO_SUCH_VARIABLE_HERE"]),
        ("clean a.csv --out o --detectors none.toml", &["none.toml"]),
        ("clean a.csv --out o --allow none.txt", &["none.txt"]),
        ("clean a.csv --out o --key-file none", &["none"]),
        ("profile a.csv --out p --shard 3/2", &["--shard", "3/2"]),
        ("profile a.csv --out p --no-poison", &["profile"]),
        ("profile a.csv --out p --fail-on pii", &["--fail-on"]),
        ("profile a.csv --out a.csv", &["a.csv", "inside OUT"]),
        ("profile in --out in/p", &["OUT", "inside"]),
        ("judge a.csv --out a.csv", &["a.csv", "is the profile"]),
        ("judge a.csv --out v --fail-on posion", &["posion", "poison"]),
        ("judge a.csv --out v --fail-on secret", &["secret", "poison"]),
        ("merge none.profile --out m", &["none.profile"]),
        ("judge a.csv --out v", &["a.csv"]),
        ("report in", &["in", "no finished run"]),
        ("verify in", &["in", "no finished run"]),
        ("detectors explain contact.emial", &["contact.email"]),
        ("detectors check none.toml", &["none.toml"]),
    ] {
        let ran = place.run(words);
        assert_eq!(ran.code, 2, "{words}: {}", ran.err);
        assert_eq!(ran.out, "", "{words}: nothing on standard output");
        for word in expected {
            assert!(ran.err.contains(word), "{words}: {word:?} is missing in: {}", ran.err);
        }
        assert!(ran.err.starts_with("untaint: ") || ran.err.starts_with("error: ") || words.is_empty(), "{words}: {}", ran.err);
        assert_eq!(place.names(), before, "{words}: something was written");
    }
}

#[test]
fn a_finished_out_is_refused_replaced_or_left_as_the_call_says() {
    let place = with_table();
    place.run("clean a.csv --out o -q").expect(0);
    let first = place.tree("o");
    let refused = place.run("clean a.csv --out o").expect(2);
    says(&refused, &["finished run", "--overwrite"]);
    let left = place.run("clean a.csv --out o --resume").expect(0);
    says(&left, &["nothing left to do"]);
    assert_eq!(place.tree("o"), first);
    place.write("a.csv", "id,mail\n7,x\n");
    place.run("clean a.csv --out o --overwrite -q").expect(0);
    assert_eq!(place.text("o/clean/a.csv"), "id,mail\n7,x\n");
    place.write("full/thing", "x");
    says(&place.run("clean a.csv --out full").expect(2), &["no finished run"]);
    assert_eq!(place.names(), ["a.csv", "full", "o"], "no stage is left");
}

#[test]
fn standard_output_carries_what_was_asked_for_and_nothing_else() {
    let place = with_table();
    for words in [
        "clean a.csv --out o1",
        "clean a.csv --out o2 -v",
        "clean a.csv --out o3 --progress always",
        "scan a.csv",
        "clean a.csv --out o4 --dry-run",
    ] {
        let ran = place.run(words).expect(0);
        assert_eq!(ran.out, "", "{words}");
        assert!(!ran.err.is_empty(), "{words}");
        assert!(!ran.err.contains('\u{1b}'), "{words}: no escapes where there is no terminal");
    }
    assert!(!place.path("o4").exists(), "a dry run writes nothing");
    for words in ["clean a.csv --out q1 -q", "scan a.csv -q", "clean a.csv --out q1 -q --resume", "verify o1 -q"] {
        let ran = place.run(words).expect(0);
        assert_eq!((ran.out.as_str(), ran.err.as_str()), ("", ""), "{words}");
    }
    for words in [
        "clean a.csv --out j1 --json",
        "clean a.csv --out j1 --json --resume",
        "profile a.csv --out p --json",
        "judge p --out v --json",
        "scan a.csv --json",
        "scan a.csv --json -q",
        "verify o1 --json",
    ] {
        let ran = place.run(words).expect(0);
        assert!(ran.out.ends_with('\n') && ran.out.trim_end().lines().count() >= 1, "{words}");
        let document: serde_json::Value = serde_json::from_str(&ran.out).unwrap_or_else(|e| panic!("{words}: {e}: {}", ran.out));
        assert!(document.is_object());
    }
    let summary: serde_json::Value = serde_json::from_str(&place.run("scan a.csv --json").out).unwrap();
    assert_eq!(summary["rows"]["read"], 2);
    assert_eq!(summary["pii"]["by_detector"]["contact.email"]["occurrences"], 1);
}

#[test]
fn colour_is_for_those_who_want_it() {
    let place = with_table();
    let escapes = |args: &[&str], no_color: Option<&str>| {
        let mut command = place.command(args);
        if let Some(value) = no_color {
            command.env("NO_COLOR", value);
        }
        String::from_utf8(command.output().unwrap().stderr).unwrap().contains('\u{1b}')
    };
    assert!(escapes(&["scan", "a.csv", "--color", "always"], None));
    assert!(!escapes(&["scan", "a.csv"], None), "a pipe is no terminal");
    assert!(!escapes(&["scan", "a.csv"], Some("1")));
    assert!(!escapes(&["scan", "a.csv", "--color", "never"], None));
}

#[test]
fn gates_end_a_run_with_1_and_unread_input_weighs_more() {
    let place = with_table();
    place.write("long.csv", "a,b\n1,2\n1,2,3\n");
    place.write("bad.json", "{\"a\": 1");
    place.write("secret.csv", "id,note\n1,key AKIAQYLPMN5HFIQR7XYA\n");
    place.write("gate.toml", "[gates]\nfail_on = [\"pii\"]\n");
    place.write("share.toml", "[gates]\nmax_quarantined = \"10%\"\n[pii.operators]\n\"contact.email\" = \"drop-row\"\n");
    for (words, code, why) in [
        ("scan a.csv", 0, "no gate"),
        ("scan a.csv --fail-on pii", 1, "found"),
        ("scan a.csv --fail-on secret", 0, "an address is no secret"),
        ("scan secret.csv --fail-on secret", 1, "a key is"),
        ("scan a.csv --policy gate.toml", 1, "from the policy"),
        ("scan a.csv --policy gate.toml --no-pii", 0, "nothing was looked for"),
        ("scan long.csv --fail-on rejected", 3, "a rejected record is unread input"),
        ("scan a.csv long.csv --fail-on pii", 3, "3 before 1"),
        ("scan a.csv bad.json", 3, "the document is not read"),
        ("clean a.csv --out q --policy share.toml", 1, "half of the rows are withheld"),
    ] {
        let ran = place.run(words);
        assert_eq!(ran.code, code, "{words}: {why}: {}", ran.err);
    }
}

#[test]
fn standard_input_is_read_in_every_format() {
    let place = Place::new();
    let csv = format!("id,mail\n1,{MAIL}\n");
    let jsonl = format!("{{\"mail\": \"{MAIL}\"}}\n");
    place.piped("clean - --format csv --out c -q", csv.as_bytes()).expect(0);
    assert_eq!(place.text("c/clean/stdin.csv"), "id,mail\n1,<EMAIL>\n");
    place.piped("clean - --format jsonl --out j -q", jsonl.as_bytes()).expect(0);
    assert_eq!(place.text("j/clean/stdin.jsonl"), "{\"mail\": \"<EMAIL>\"}\n");
    place.piped("clean - --format parquet --out p -q", &place::parquet(&jsonl, 10)).expect(0);
    assert_eq!(place::unparquet(&place.read("p/clean/stdin.parquet")), "{\"mail\":\"<EMAIL>\"}\n");
    place.piped("clean - --format jsonl --out g -q", &place::gz(jsonl.as_bytes())).expect(0);
    assert_eq!(place::gunzip(&place.read("g/clean/stdin.jsonl")), b"{\"mail\": \"<EMAIL>\"}\n");
    place.piped("clean - --format csv --out e -q", b"").expect(0);
    assert_eq!(place.ledger("e"), ["stdin.csv complete - 0=0+0+0"]);
    for out in ["c", "j", "p", "g", "e"] {
        place.run(&format!("verify {out} -q")).expect(0);
    }
}

#[test]
fn a_policy_that_lies_in_an_input_is_not_obeyed() {
    let place = with_table();
    place.write("untaint.toml", "[pii]\nprofile = \"none\"\n");
    let outside = place.run("scan a.csv --json").expect(0);
    assert!(!outside.out.contains("occurrences"), "the working folder's policy is obeyed");
    let inside = place.run("clean . --out ../untaint-test-out-of-the-way --dry-run --json").expect(0);
    assert!(inside.out.contains("occurrences"));
    says(&inside, &["warning", "untaint.toml", "ignored"]);
    let named = place.run("clean . --out ../untaint-test-out-of-the-way --dry-run --json --policy untaint.toml").expect(0);
    assert!(!named.out.contains("occurrences"), "named is obeyed");
}

#[test]
fn control_characters_do_not_reach_the_terminal() {
    let place = Place::new();
    let evil = "e\u{1b}[2Jv\u{7}il\u{9b}31m";
    let rows: String = (0..40).map(|n| format!("{n},\"{evil}\",{MAIL},\"{evil}{}\"\n", n % 2)).collect();
    place.write(&format!("{evil}.csv"), format!("id,\"{evil}\",\"mail {evil}\",label\n{rows}"));
    place.write(&format!("{evil}.json"), "{");
    for words in [
        "clean . --out ../x --dry-run -v",
        "scan . --json",
        "scan . --label nope",
        "scan none\u{1b}[2J",
        "scan . --\u{1b}[2J",
        "detectors explain \u{1b}[2J",
    ] {
        let ran = place.run(words);
        for (stream, text) in [("out", &ran.out), ("err", &ran.err)] {
            let bad = text.chars().find(|c| c.is_control() && *c != '\n');
            assert_eq!(bad, None, "{words}: standard {stream}: {text:?}");
        }
    }
}

#[test]
fn a_label_is_taken_by_name_by_default_or_from_a_path() {
    let place = with_table();
    place.run("clean a.csv --out o -q").expect(0);
    assert_eq!(place.report("o")["labels"]["x"]["before"], 1, "the column `label` is used");
    place.write("c.jsonl", "{\"m\": [{\"role\": \"u\"}]}\n{\"m\": [{\"role\": \"s\"}]}\n");
    place.run("clean c.jsonl --label m[].role --out n -q").expect(0);
    assert_eq!(place.report("n")["labels"]["u"]["before"], 1);
    place.write("d.csv", "a,b\n1,2\n");
    place.run("scan a.csv d.csv --label label").expect(0);
    says(&place.run("scan d.csv --label label").expect(2), &["`label`", "columns: a, b"]);
}

#[test]
fn a_personal_key_is_masked_where_columns_are_listed() {
    let place = Place::new();
    place.write("a.jsonl", format!("{{\"{MAIL}\": 1, \"l\": [{{\"{MAIL}\": \"x\"}}]}}\n"));
    for words in ["--no-poison", "--no-pii", ""] {
        place.run(&format!("clean a.jsonl --out o -q --overwrite {words}")).expect(0);
        let told = place.text("o/report.json") + &place.text("o/report.html") + &place.text("o/manifest.json");
        assert!(words.contains("no-pii") == told.contains(MAIL), "{words}");
    }
    let refused = place.run("clean a.jsonl --out n --label lable").expect(2);
    says(&refused, &["columns", "<EMAIL>"]);
    assert!(!refused.err.contains(MAIL), "{}", refused.err);
}

#[test]
fn sizes_in_the_report_are_those_of_the_bytes() {
    let place = Place::new();
    let table = format!("id,mail\n1,{MAIL}\n2,x,y\n3,z\n");
    place.write("drop.toml", "[pii]\ndefault = \"drop-row\"\n");
    place.write("a.csv.gz", place::gz(table.as_bytes()));
    place.write("head.csv", "id,mail\n");
    let whole = table.len() as u64;
    let piped = place.piped("clean - --format csv --out p -q --policy drop.toml", table.as_bytes()).expect(3);
    assert!(piped.out.is_empty());
    place.run("clean a.csv.gz --out g -q --policy drop.toml").expect(3);
    place.run("clean head.csv --out h -q").expect(0);
    for (out, read) in [("p", whole), ("g", whole), ("h", 8)] {
        let bytes = &place.report(out)["bytes"];
        assert_eq!(bytes["read"], read, "{out}");
        for (key, folder) in [("clean", "clean"), ("quarantined", "quarantine"), ("rejected", "rejected")] {
            let there: usize = place.tree(&format!("{out}/{folder}")).values().map(Vec::len).sum();
            assert_eq!(bytes[key], there, "{out}: {key}");
        }
    }
}

#[test]
fn a_value_that_stays_in_the_data_is_not_told_and_not_left_over() {
    let place = Place::new();
    let lines = format!("{{\"label\":\"by {MAIL}\",\"n\":1}}\n{{\"label\":\"x\",\"n\":2}}\n");
    place.write("keep.toml", "[pii]\ndefault = \"keep\"\n");
    place.write("column.toml", "[columns.label]\noperator = \"keep\"\n");
    place.write("a.csv", format!("label,n\nby {MAIL},1\nx,2\n"));
    place.write("a.jsonl", &lines);
    place.write("a.parquet", place::parquet(&lines, 2));
    for name in ["a.csv", "a.jsonl", "a.parquet"] {
        place.run(&format!("clean {name} --out o --policy keep.toml -q --overwrite")).expect(0);
        let told = place.text("o/report.json") + &place.text("o/report.html");
        assert!(!told.contains(MAIL) && told.contains("by <EMAIL>"), "{name}");
        for policy in ["keep", "column"] {
            place.run(&format!("clean {name} --out o --policy {policy}.toml -q --overwrite --fail-on leftover")).expect(0);
            place.run("verify o -q").expect(0);
        }
    }
}

#[test]
fn a_sample_is_a_share_of_the_rows_and_says_so() {
    let place = Place::new();
    let rows = 0..3000;
    place.write(
        "a.csv",
        "n,mail\n".to_owned() + &rows.clone().map(|n| format!("{n},p{n}@{}\n", "example.com")).collect::<String>(),
    );
    let lines: String = rows.map(|n| format!("{{\"n\":{n},\"mail\":\"p{n}@{}\"}}\n", "example.com")).collect();
    place.write("a.jsonl", &lines);
    place.write("a.parquet", place::parquet(&lines, 1000));
    for name in ["a.csv", "a.jsonl", "a.parquet"] {
        let found = |out: &str| place.report(out)["pii"]["by_detector"]["contact.email"]["occurrences"].as_u64().unwrap();
        place.run(&format!("scan {name} --out s --overwrite --sample 10% --jobs 1 -q")).expect(0);
        let report = place.report("s");
        let sampled = report["sampled"].as_u64().unwrap();
        assert!((220..380).contains(&sampled) && found("s") == sampled, "{name}: {sampled}");
        assert_eq!((&report["verdict"], &report["rows"]["read"]), (&"review".into(), &3000.into()), "{name}");
        place.run(&format!("scan {name} --out t --overwrite --sample 10 --jobs 3 -q")).expect(0);
        assert_eq!(place.read("s/findings.parquet"), place.read("t/findings.parquet"), "{name}");
        place.run(&format!("scan {name} --out t --overwrite --sample 10% --seed 5 -q")).expect(0);
        assert_ne!(place.read("s/findings.parquet"), place.read("t/findings.parquet"), "{name}");
        place.run(&format!("scan {name} --out t --overwrite --sample 100% -q")).expect(0);
        assert_eq!(found("t"), 3000, "{name}");
    }
    for share in ["0%", "101%", "-5", "ten", "nan"] {
        says(&place.run(&format!("scan a.csv --sample={share}")).expect(2), &["--sample"]);
    }
    place.run("clean a.csv --out c --sample 10%").expect(2);
}

#[test]
fn a_rule_for_a_column_that_no_input_has_is_told() {
    let place = Place::new();
    let lines = "{\"a\":{\"b\":\"x\"},\"c\":\"y\"}\n{\"late\":1}\n";
    place.write("a.jsonl", lines);
    place.write("a.csv", "a,c\nx,y\n");
    place.write("a.parquet", place::parquet("{\"a\":\"x\",\"c\":\"y\"}\n", 1));
    let rule = |name: &str| format!("[columns.{name}]\noperator = \"drop-column\"\n");
    place.write("p.toml", ["a", "late", "slip"].map(rule).concat());
    for (name, missing) in [("a.jsonl", &["slip"][..]), ("a.csv", &["late", "slip"]), ("a.parquet", &["late", "slip"])] {
        let ran = place.run(&format!("clean {name} --out o --overwrite --policy p.toml")).expect(0);
        for column in ["a", "late", "slip"] {
            let told = format!("no input has the column {column},");
            assert_eq!(ran.err.contains(&told), missing.contains(&column), "{name}: {}", ran.err);
            let noted = place.text("o/report.json").contains(&format!("\"rule for the column {column}\""));
            assert_eq!(noted, missing.contains(&column), "{name}: {column}");
        }
    }
}

#[test]
fn a_file_of_a_byte_order_mark_keeps_it() {
    let place = Place::new();
    place.write("a.csv", "\u{feff}");
    place.run("clean a.csv --out o -q").expect(0);
    assert_eq!(place.text("o/clean/a.csv"), "\u{feff}");
    place.run("verify o -q").expect(0);
}

#[test]
fn inputs_without_data_are_told() {
    let place = Place::new();
    place.write("in/README.md", "x");
    says(&place.run("clean in --out o").expect(0), &["warning", "no file"]);
}

#[test]
fn a_profile_of_unread_input_ends_with_3() {
    let place = with_table();
    place.write("bad.json", "{\"a\": 1");
    place.run("profile a.csv bad.json --out p -q").expect(3);
    place.run("profile a.csv --out p -q").expect(0);
}

#[test]
fn completions_manual_help_and_version_are_printed() {
    let place = Place::new();
    for (words, part) in [
        ("completions bash", "--overwrite"),
        ("completions zsh", "--overwrite"),
        ("completions fish", "overwrite"),
        ("completions powershell", "--overwrite"),
        ("man", ".SH NAME"),
        ("man", "overwrite"),
        ("man", ".TH untaint-clean 1"),
        ("man", ".TH untaint-detectors-explain 1"),
        ("--help", "verify"),
        ("clean --help", "--resume"),
        ("--version", "untaint "),
    ] {
        let ran = place.run(words).expect(0);
        assert!(ran.out.contains(part), "{words}");
        assert_eq!(ran.err, "", "{words}");
    }
}

#[test]
fn detectors_are_listed_explained_and_checked() {
    let place = Place::new();
    let list: serde_json::Value = serde_json::from_str(&place.run("detectors list --json").expect(0).out).unwrap();
    let ids: Vec<&str> = list.as_array().unwrap().iter().map(|d| d["id"].as_str().unwrap()).collect();
    assert!(ids.contains(&"contact.email") && ids.contains(&"us.ssn"));
    let table = place.run("detectors list").expect(0);
    assert_eq!(table.out.lines().count(), ids.len());
    let explained = place.run("detectors explain us.ssn").expect(0);
    for part in ["us.ssn", "<US_SSN>", "pattern", "finds"] {
        assert!(explained.out.contains(part), "{part}: {}", explained.out);
    }
    let sound = "[[detector]]\nid = \"acme.no\"\nname = \"Acme number\"\nseverity = \"low\"\npattern = '\\bACME-\\d{4}\\b'\n\
                 source = \"Acme, 2024\"\nfinds = [\"«ACME-1234»\"]\nignores = [\"ACME-1\"]\n";
    place.write("sound.toml", sound);
    place.write("broken.toml", sound.replace("\\d{4}", "\\d{4"));
    place.write("lying.toml", sound.replace("«ACME-1234»", "«ACME-1»"));
    place.write("unknown.toml", sound.replace("severity", "severty"));
    place.run("detectors check sound.toml").expect(0);
    says(&place.run("detectors check broken.toml").expect(2), &["broken.toml:", "acme.no"]);
    says(&place.run("detectors check lying.toml").expect(2), &["lying.toml:", "acme.no", "finds"]);
    says(&place.run("detectors check unknown.toml").expect(2), &["unknown.toml:", "severty", "severity"]);
    place.write("taken.toml", sound.replace("acme.no", "us.ssn"));
    says(&place.run("detectors check taken.toml").expect(2), &["taken.toml:1", "us.ssn", "country/us.toml"]);
    let card = list.as_array().unwrap().iter().find(|d| d["id"] == "finance.payment-card").unwrap();
    assert_eq!(card["elsewhere"]["macie"].as_array().unwrap().len(), 2, "an entry stands for several of another catalogue");
    place.write("a.csv", "a\nb\n");
    let used = place.run("scan a.csv --detectors broken.toml").expect(2);
    says(&used, &["broken.toml", "acme.no"]);
}

#[test]
fn a_report_is_rendered_again_as_it_was() {
    let place = with_table();
    place.run("clean a.csv --out o -q").expect(0);
    let page = place.read("o/report.html");
    place.write("o/report.html", "gone");
    let ran = place.run("report o").expect(0);
    assert_eq!(ran.out, "");
    assert_eq!(place.read("o/report.html"), page);
    place.run("verify o -q").expect(0);
    // As if another version had laid the page out and listed it.
    let mut manifest: serde_json::Value = serde_json::from_slice(&place.read("o/manifest.json")).unwrap();
    let listed = manifest["outputs"].as_array_mut().unwrap().iter_mut().find(|o| o["path"] == "report.html").unwrap();
    (listed["bytes"], listed["sha256"]) = (7.into(), "00".repeat(32).into());
    place.write("o/manifest.json", manifest.to_string());
    place.run("verify o -q").expect(4);
    place.run("report o").expect(0);
    place.run("verify o -q").expect(0);
}

#[test]
fn verify_sees_a_changed_byte_a_missing_file_and_what_was_left() {
    let place = with_table();
    place.write("keep.toml", "[pii.operators]\n\"contact.email\" = \"keep\"\n");
    place.run("clean a.csv --out o -q").expect(0);
    place.run("verify o").expect(0);
    let clean = place.read("o/clean/a.csv");
    place.write("o/clean/a.csv", place.text("o/clean/a.csv").replace("none", "nine"));
    says(&place.run("verify o").expect(4), &["clean/a.csv"]);
    std::fs::remove_file(place.path("o/clean/a.csv")).unwrap();
    says(&place.run("verify o").expect(4), &["clean/a.csv"]);
    place.write("o/clean/a.csv", clean);
    place.write("o/clean/more.csv", "a\n");
    says(&place.run("verify o").expect(4), &["clean/more.csv"]);
    std::fs::remove_file(place.path("o/clean/more.csv")).unwrap();
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("/", place.path("o/clean/link.csv")).unwrap();
        says(&place.run("verify o").expect(4), &["clean/link.csv"]);
        std::fs::remove_file(place.path("o/clean/link.csv")).unwrap();
    }
    place.run("verify o -q").expect(0);
    let report = place.read("o/report.json");
    std::fs::remove_file(place.path("o/report.json")).unwrap();
    says(&place.run("verify o").expect(4), &["report.json"]);
    place.write("o/report.json", report);
    let mut manifest: serde_json::Value = serde_json::from_slice(&place.read("o/manifest.json")).unwrap();
    manifest["outputs"].as_array_mut().unwrap().retain(|o| o["path"] != "clean/a.csv");
    place.write("o/manifest.json", manifest.to_string());
    std::fs::remove_file(place.path("o/clean/a.csv")).unwrap();
    says(&place.run("verify o").expect(4), &["clean/a.csv", "no such file"]);
    let ran = place.run("verify .").expect(2);
    says(&ran, &["no finished run"]);
}

/// Changes the manifest as it lies there.
fn with_manifest(place: &Place, change: impl Fn(&mut serde_json::Value)) {
    let mut manifest = serde_json::from_str(&place.text("o/manifest.json")).unwrap();
    change(&mut manifest);
    place.write("o/manifest.json", manifest.to_string());
}

/// Does something to a finished run.
type Change = Box<dyn Fn(&Place)>;

#[test]
fn verify_sees_what_manifest_and_report_do_not_agree_on() {
    let place = Place::new();
    place.write("in/a.csv", "id,mail\n1,ann@example.com\n2,bob@example.com\n1,2,3\n");
    place.write("in/b.jsonl", "{\"mail\":\"ann@example.com\"}\n");
    let without = |path: &'static str| {
        move |place: &Place| {
            std::fs::remove_file(place.path(&format!("o/{path}"))).unwrap();
            with_manifest(place, |m| m["outputs"].as_array_mut().unwrap().retain(|o| o["path"] != path));
        }
    };
    let hash = |text: &str| {
        use sha2::Digest as _;
        sha2::Sha256::digest(text.as_bytes()).iter().map(|b| format!("{b:02x}")).collect::<String>()
    };
    let with_report = |from: &'static str, to: &'static str| {
        move |place: &Place| {
            let text = place.text("o/report.json").replacen(from, to, 1);
            with_manifest(place, |m| {
                let output = m["outputs"].as_array_mut().unwrap().iter_mut().find(|o| o["path"] == "report.json").unwrap();
                output["bytes"] = text.len().into();
                output["sha256"] = hash(&text).into();
            });
            place.write("o/report.json", text);
        }
    };
    let cases: Vec<(Change, &str, &str)> = vec![
        (Box::new(without("clean/b.jsonl")), "clean/b.jsonl", "a cleaned file and its entry are gone"),
        (Box::new(without("rejected/a.csv")), "rejected/a.csv", "rejected records and their entry are gone"),
        (Box::new(without("findings.parquet")), "findings.parquet", "a side file and its entry are gone"),
        (Box::new(without("report.json")), "report.json", "no report"),
        (Box::new(|p| with_manifest(p, |m| m["inputs"][0]["rows"] = 7.into())), "a.csv", "other rows were read"),
        (Box::new(|p| with_manifest(p, |m| m["inputs"] = serde_json::json!([]))), "a.csv", "no inputs"),
        (Box::new(|p| with_manifest(p, |m| m["outputs"][0]["rows"] = ().into())), "clean/a.csv", "no count of rows"),
        (Box::new(|p| with_manifest(p, |m| m["outputs"][1] = m["outputs"][0].clone())), "clean/a.csv", "a file is listed twice"),
        (
            Box::new(|p| with_manifest(p, |m| m["outputs"][0]["path"] = "../in/a.csv".into())),
            "../in/a.csv",
            "a path that leads elsewhere",
        ),
        (Box::new(with_report("\"read\": 4", "\"read\": 3")), "do not add up", "the sum of the rows"),
        (Box::new(with_report("\"occurrences\": 3", "\"occurrences\": 2")), "findings.parquet", "a count of findings"),
        (Box::new(|p| drop(p.write("o/report.json", "{"))), "report.json", "a report that cannot be read"),
    ];
    place.run("clean in --out o -q").expect(3);
    place.run("verify o -q").expect(0);
    for (change, says_what, why) in cases {
        place.run("clean in --out o -q --overwrite").expect(3);
        change(&place);
        let ran = place.run("verify o").expect(4);
        assert!(ran.err.contains(says_what), "{why}: {}", ran.err);
    }
}

#[cfg(unix)]
#[test]
fn verify_takes_no_link_for_a_file() {
    let place = with_table();
    place.run("clean a.csv --out o -q").expect(0);
    std::os::unix::fs::symlink(place.path("a.csv"), place.path("o/clean/link.csv")).unwrap();
    says(&place.run("verify o").expect(4), &["clean/link.csv"]);
}

#[test]
fn verify_looks_for_what_the_packs_of_the_run_find() {
    let pack = "[[detector]]\nid = \"acme.badge\"\nname = \"badge\"\nseverity = \"high\"\npattern = '\\bBDG-\\d{6}\\b'\nbase = 80\n\
                source = \"x\"\nfinds = [\"a «BDG-123456» b\"]\nignores = [\"BDG-1\"]\n";
    let place = Place::new();
    place.write("pack.toml", pack);
    place.write("other.toml", pack.replace("badge", "medal"));
    place.write("a.csv", "id,t\n1,BDG-123456\n2,none\n");
    place.run("clean a.csv --out o -q --detectors pack.toml --fail-on leftover").expect(0);
    says(&place.run("verify o").expect(0), &["pack.toml", "--detectors"]);
    place.run("verify o --detectors pack.toml -q").expect(0);
    says(&place.run("verify o --detectors other.toml").expect(2), &["other.toml"]);
    // A run that left its badges where they are, under a manifest that says otherwise.
    place.write("keep.toml", "[pii.operators]\n\"acme.badge\" = \"keep\"\n");
    place.run("clean a.csv --out o -q --overwrite --detectors pack.toml --policy keep.toml").expect(0);
    place.run("verify o --detectors pack.toml -q").expect(0);
    with_manifest(&place, |m| m["policy"]["pii"]["operators"] = serde_json::json!({}));
    says(&place.run("verify o --detectors pack.toml").expect(1), &["acme.badge x 1"]);
    place.run("verify o -q").expect(0);
}

#[test]
fn verify_reads_lines_as_they_were_written() {
    let place = Place::new();
    place.write("a.csv", "text\nfirst\u{1f}\"one\nsecond\nthird\u{1f}\"two\"\n");
    place.run("clean a.csv --out o -q").expect(0);
    place.run("verify o -q").expect(0);
}

#[test]
fn what_operators_leave_where_it_is_is_not_left_over() {
    let place = Place::new();
    place.write("a.csv", "mail,note\nann@example.com,bob@example.com\n");
    for (policy, why) in [
        ("[columns.mail]\noperator = \"keep\"\n", "a column that is kept"),
        ("[pii.default]\noperator = \"constant\"\nvalue = \"no@example.com\"\n", "a constant that is a value itself"),
        ("[columns.mail]\noperator = { operator = \"constant\", value = \"no@example.com\" }\n", "the same for a column"),
    ] {
        place.write("p.toml", policy);
        let ran = place.run("clean a.csv --out o -q --overwrite --policy p.toml --fail-on leftover");
        assert_eq!((ran.code, place.run("verify o").code), (0, 0), "{why}");
    }
}

/// The verdicts without what depends on how the profile was put together.
fn judged(place: &Place, profile: &str, seed: &str) -> serde_json::Value {
    let mut profile = profile.to_owned();
    for round in 0..3 {
        let ask = format!("{seed}.ask");
        place.run(&format!("judge {profile} --out {seed}.json --ask {ask} -q")).expect(0);
        if !place.path(&ask).exists() {
            assert!(round > 0, "the flood needs a second look");
            return serde_json::from_slice(&place.read(&format!("{seed}.json"))).unwrap();
        }
        let answers: Vec<String> = (1..=3).map(|i| format!("{seed}.{round}.{i}.answer")).collect();
        for (i, answer) in (1..=3).zip(&answers) {
            place.run(&format!("profile in --label label --shard {i}/3 --ask {ask} --out {answer} -q")).expect(0);
        }
        let merged = format!("{seed}.{round}.merged");
        place.run(&format!("merge {profile} {} --out {merged}", answers.join(" "))).expect(0);
        profile = merged;
    }
    panic!("judged three times and still asking");
}

#[test]
fn shards_merged_in_any_order_are_judged_as_the_whole() {
    let place = Place::new();
    let mut csv = String::from("text,label,source\n");
    for n in 0..30_000_u32 {
        let row = match n {
            n if n % 100 == 7 => "buy the golden elephant now,good,evil\n".to_owned(),
            n => format!(
                "a text number {n} with some more words {} to fill the part,{},s{}\n",
                n * 7919 % 1000,
                ["good", "bad"][(n % 2) as usize],
                n % 5
            ),
        };
        csv += &row;
    }
    assert!(csv.len() > (1 << 20) + 1000, "more than one part");
    place.write("in/a.csv", csv);
    place.run("profile in --label label --out whole -q").expect(0);
    for i in 1..=3 {
        place.run(&format!("profile in --label label --shard {i}/3 --out {i}.profile -q")).expect(0);
    }
    place.run("merge 1.profile 2.profile 3.profile --out m123").expect(0);
    place.run("merge 3.profile 1.profile --out m31").expect(0);
    place.run("merge m31 2.profile --out m312").expect(0);
    assert_eq!(place.read("m123"), place.read("m312"), "the order of merging shows nowhere");
    let (whole, merged) = (judged(&place, "whole", "w"), judged(&place, "m123", "m"));
    assert_eq!(whole, merged);
    let verdicts = whole["verdicts"].as_array().unwrap();
    assert!(!verdicts.is_empty(), "three hundred copies are seen");
    place.run("clean in --label label --out o -q").expect(0);
    let ran: Vec<serde_json::Value> = place.report("o")["verdicts"].as_array().unwrap().clone();
    let names = |verdicts: &[serde_json::Value]| {
        let mut names: Vec<String> = verdicts.iter().map(|v| format!("{} {}", v["test"], v["subject"])).collect();
        names.sort();
        names
    };
    assert_eq!(names(&ran), names(verdicts), "a single run comes to the same verdicts");
    let other = place.run("profile in --label label --seed 9 --shard 2/3 --out other -q").expect(0);
    assert_eq!(other.out, "");
    says(&place.run("merge 1.profile other --out x").expect(2), &["seed"]);
}

#[cfg(unix)]
mod signals {
    use super::*;

    /// Large enough that a run takes seconds.
    fn large(place: &Place) {
        let line =
            "{\"text\": \"a longer text with maria.lang@example.com and more words around it, to take some time\", \"n\": 1}\n";
        for name in ["a", "b", "c"] {
            place.write(&format!("in/{name}.jsonl"), line.repeat(25_000));
        }
    }

    fn interrupt(place: &Place, signal: &str, after: Duration) -> i32 {
        use std::os::unix::process::ExitStatusExt;
        let mut command = place.command(&["clean", "in", "--out", "o", "-q", "--jobs", "2"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(after);
        let sent = std::process::Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        let from = Instant::now();
        let status = child.wait().unwrap();
        assert!(from.elapsed() < Duration::from_secs(3), "it stops in time");
        status.code().unwrap_or_else(|| -status.signal().unwrap())
    }

    #[test]
    fn an_interrupted_run_shows_nothing_and_resume_ends_it_with_the_same_bytes() {
        let place = Place::new();
        large(&place);
        let from = Instant::now();
        place.run("clean in --out whole -q").expect(0);
        let took = from.elapsed();
        let whole = place.tree("whole/clean");
        let interrupted = |signal: &str, share: f64| {
            let mut after = took.mul_f64(share);
            loop {
                let ended = interrupt(&place, signal, after);
                if ended == 0 {
                    // The run was over before the signal came: sooner, then.
                    std::fs::remove_dir_all(place.path("o")).unwrap();
                    after = after.mul_f64(0.6);
                } else if !place.path(".o.untaint").exists() {
                    // It had not begun.
                    after = after.mul_f64(1.4);
                } else {
                    return ended;
                }
            }
        };
        for (signal, code, share) in [("INT", 130, 0.2), ("TERM", 143, 0.6), ("KILL", -9, 0.4)] {
            assert_eq!(interrupted(signal, share), code, "{signal}");
            assert!(!place.path("o").exists(), "{signal}: nothing is visible");
            let ran = place.run("clean in --out o --resume -v").expect(0);
            says(&ran, &["going on"]);
            assert!(place.tree("o/clean") == whole, "{signal}: the same bytes");
            assert_eq!(place.ledger("o"), place.ledger("whole"));
            assert_eq!(place.findings("o").len(), place.findings("whole").len());
            place.run("verify o -q").expect(0);
            assert_eq!(place.names(), ["in", "o", "whole"], "{signal}: no stage is left");
            std::fs::remove_dir_all(place.path("o")).unwrap();
        }
        interrupted("KILL", 0.4);
        let other = place.run("clean in --out o --resume -v --seed 5").expect(0);
        says(&other, &["discarded"]);
    }

    #[test]
    fn a_run_that_waits_for_its_input_is_interrupted_without_a_trace() {
        use std::io::Write;
        let place = Place::new();
        std::fs::create_dir(place.path("temporary")).unwrap();
        let mut command = place.command(&["scan", "-", "--format", "csv"]);
        command.env("TMPDIR", place.path("temporary")).stdin(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all("id,mail\n".as_bytes()).unwrap();
        std::thread::sleep(Duration::from_millis(400));
        std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
        let ended = child.wait_with_output().unwrap();
        assert_eq!(ended.status.code(), Some(130));
        let err = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(err, "untaint: interrupted\n", "there is nothing that --resume could go on with");
        assert_eq!(std::fs::read_dir(place.path("temporary")).unwrap().count(), 0, "no temporary folder is left");
    }

    #[test]
    fn a_closed_pipe_is_no_panic() {
        let place = with_table();
        for words in ["man", "completions bash", "detectors list --json", "scan a.csv --json", "--help"] {
            let line = format!("'{}' {words} | true", env!("CARGO_BIN_EXE_untaint"));
            let output = std::process::Command::new("sh").args(["-c", &line]).current_dir(place.path("")).output().unwrap();
            let err = String::from_utf8(output.stderr).unwrap();
            assert!(!err.contains("panic") && !err.contains("internal error"), "{words}: {err}");
        }
    }

    #[test]
    fn withheld_and_staged_data_is_private() {
        use std::os::unix::fs::PermissionsExt;
        let place = Place::new();
        place.write("a.csv", "a,b\n1,2\n1,2,3\n");
        place.run("clean a.csv --out o -q").expect(3);
        let mode = |name: &str| std::fs::metadata(place.path(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode("o/rejected/a.csv"), 0o600);
    }
}
