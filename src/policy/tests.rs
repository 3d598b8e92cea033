//! Policies as files have them.

use super::*;

#[test]
fn the_example_of_the_contract_is_read() {
    let text = r#"
[dataset]
label = "label"
text = ["text"]
[pii]
profile = "recommended"
detectors = ["-network.ipv4"]
min_confidence = 50
default = "replace"
[pii.operators]
"contact.email" = { operator = "token" }
"finance.payment-card" = { operator = "mask", keep_last = 4 }
[columns.notes]
pii = "skip"
[columns.dob]
operator = { operator = "shift-date", days = 180, by = "patient_id" }
[allow]
values = ["support@example.com"]
patterns = ['@example\.org$']
[key]
env = "UNTAINT_KEY"
[poison]
tests = "all"
fdr = 0.05
[poison.fate]
duplicate-flood = "review"
[gates]
fail_on = ["secret", "poison"]
max_quarantined = "1%"
[limits]
memory = "512MiB"
cell = "16MiB"
nesting = 128
ratio = 1000
"#;
    let p = Policy::parse("untaint.toml", text).unwrap();
    let dob = p.columns["dob"].operator.as_ref().unwrap();
    assert_eq!((dob.days, dob.by.as_deref()), (Some(180), Some("patient_id")));
    assert_eq!(p.limits.memory, Some(Size(512 << 20)));
    assert_eq!(p.gates.max_quarantined, Some(Percent(0.01)));
    assert_eq!(p.pii.operators["finance.payment-card"].keep_last, Some(4));
    assert_eq!(p.columns["notes"].pii, ColumnScan::Skip);
}

#[test]
fn what_is_wrong_is_named_with_the_nearest_right_word() {
    let cases = [
        ("[pii]\ndefalt = 'replace'\n", &["line 2", "defalt", "`default`"][..], "a key"),
        ("[pi]\n", &["`pii`"], "a table"),
        ("[pii]\nprofile = 'recomended'\n", &["recommended"], "a value"),
        ("[pii]\ndefault = 'replac'\n", &["replac", "`replace`"], "an operator"),
        ("[pii.operators]\nx = { operator = 'mask', keep_lst = 4 }\n", &["keep_last"], "a setting"),
        ("[gates]\nfail_on = ['secrets']\n", &["`secret`"], "a gate"),
        ("[pii]\npropagate = 'recrod'\n", &["`record`"], "how far the second sweep goes"),
        ("[limits]\nmemory = '5 apples'\n", &["no size"], "a size"),
        ("[poison]\nfdr = 2.0\n", &["fdr"], "a range"),
    ];
    for (text, words, why) in cases {
        let message = Policy::parse("p.toml", text).unwrap_err().to_string();
        for word in words {
            assert!(message.contains(word), "{why}: {message}");
        }
    }
}

#[test]
fn a_policy_survives_writing_and_reading() {
    let p = Policy::default();
    assert_eq!(Policy::parse("p", &toml::to_string(&p).unwrap()).unwrap(), p);
}
