//! `init`: a policy that fits the data, with the reasons in comments.

use super::args::Init;
use super::{print, runs, tell};
use crate::detect::{Catalogue, Detector};
use crate::error::{Error, Result};
use crate::io::commit::write_whole;
use crate::io::store::{self, Choice};
use crate::job::Stop;
use crate::job::survey::roles::{Guess, ROLES, Role, guesses};
use crate::job::survey::{Hits, Seen, Survey, survey};
use crate::plan::{Looking, Plan};
use crate::policy::packs::{self, PACKS, Pack};
use crate::policy::{Policy, known};
use crate::report::{count, counted, shown, shown_up_to};
use std::fmt::Write as _;
use std::path::Path;

/// Columns that are written about; the rest are counted.
const COLUMNS: usize = 500;
/// Guesses of a part that are shown beside the one that is sure.
const GUESSES: usize = 5;
/// Characters of a column's name beyond which no rule is proposed for it.
const NAME_CHARS: usize = 200;

/// `untaint init`.
pub(super) fn init(args: &Init, stop: &Stop) -> Result<u8> {
    let pack = match &args.policy {
        None => None,
        Some(name) => {
            known("policy", name, PACKS.iter().map(|p| p.name)).map_err(Error::Usage)?;
            packs::find(name)
        }
    };
    let choice = Choice {
        include: args.input.include.clone(),
        exclude: args.input.exclude.clone(),
        stdin_format: args.input.format.clone(),
    };
    let inputs = store::list(&args.input.input, &choice)?;
    if let Some(out) = &args.out {
        let shown = out.display();
        if out.is_dir() {
            return Err(Error::Usage(format!("{shown} is a folder; name a file")));
        }
        if out.symlink_metadata().is_ok() && !args.overwrite {
            return Err(Error::Usage(format!("{shown} is there already; use --overwrite to replace it or another --out")));
        }
        // A policy inside an input would be ignored, or the input replaced by it.
        store::keep_apart(&args.input.input, &inputs, out)?;
    }
    let (catalogue, _) = runs::catalogue(&args.detectors)?;
    let policy = pack.map_or_else(|| Ok(Policy::default()), Pack::policy)?;
    let plan = Plan::resolve(policy, catalogue, None, 0, Looking::For)?;
    let seen = survey(&plan, &inputs, runs::hints(&args.input)?, stop)?;
    let text = written(&seen, &plan.catalogue, pack);
    Policy::parse("the policy made", &text).map_err(|e| Error::Bug(e.to_string()))?;
    if !args.quiet {
        for (name, reason) in &seen.unread {
            tell(&format!("warning: {}: not looked at: {}", shown(name), reason.name()));
        }
        if inputs.iter().all(|i| i.ignored.is_some()) {
            tell("warning: the inputs hold no file that is read as data");
        }
    }
    match &args.out {
        Some(out) => put(out, &text)?,
        None => drop(print(text.as_bytes())?),
    }
    Ok(if seen.unread.is_empty() { 0 } else { 3 })
}

fn put(out: &Path, text: &str) -> Result<()> {
    write_whole(out, text.as_bytes())
}

/// The whole policy file.
fn written(seen: &Survey, catalogue: &Catalogue, pack: Option<&Pack>) -> String {
    let mut out =
        String::from("# A policy for untaint. Every key is optional; what stands behind # is the default or a proposal.\n");
    let _ = writeln!(
        out,
        "# Made after a look at the first {} of {}. Personal data can begin after them.",
        counted(seen.rows, "record", "records"),
        counted(seen.files, "input", "inputs"),
    );
    dataset(&mut out, seen);
    match pack {
        Some(pack) => {
            let _ = write!(out, "\n# The shipped policy {}: {}.\n#\n{}", pack.name, pack.help, pack.text);
        }
        None => out.push_str(PII),
    }
    columns(&mut out, seen, catalogue);
    out.push_str(REST);
    out
}

const PII: &str = r#"
[pii]
# profile = "recommended"        # recommended, all, none
# detectors = []                 # "+id" adds to the profile, "-id" takes away; "*" stands for anything
# min_confidence = 50            # findings below are none, in percent
# propagate = "record"           # what is told once is found in the rest of its record; dataset: everywhere; off
# default = "replace"            # keep replace numbered constant redact mask null drop-row; with a key hmac token encrypt fpe surrogate

[pii.operators]
# "finance.payment-card" = { operator = "mask", keep_last = 4 }
"#;

const REST: &str = r#"
[allow]
# values = ["support@example.com"]   # whole values that may stay
# patterns = ['@example\.org$']      # regular expressions
# files = []                         # files with one value a line

[key]
# env = "UNTAINT_KEY"            # holds the key of hmac, 32 bytes or more; or file = "…"

[poison]
# tests = "all"                  # all, none or a list: duplicate-flood, slice-shift, order-scan
# fdr = 0.05                     # the false-discovery rate

[gates]
# fail_on = []                   # secret pii poison rejected quarantined leftover: exit with 1
# max_quarantined = "1%"         # none where nothing is said

[limits]
# memory = "512MiB"              # 256MiB and 64MiB a job where nothing is said
# cell = "16MiB"                 # a larger cell rejects its record
# nesting = 128                  # deeper JSON is rejected
# ratio = 1000                   # the largest ratio of decompressed to compressed bytes
"#;

/// `[dataset]`: parts that are sure, and others in comments.
fn dataset(out: &mut String, seen: &Survey) {
    out.push_str("\n[dataset]\n");
    for role in ROLES {
        let found = guesses(role, &seen.columns, seen.files);
        let (sure, unsure): (Vec<&Guess>, Vec<&Guess>) = found.iter().filter(|g| named(seen, g).is_some()).partition(|g| g.sure);
        if role == Role::Text && !sure.is_empty() {
            for guess in &sure {
                let _ = writeln!(out, "# {}: {}", quoted(named(seen, guess).unwrap_or_default()), guess.why);
            }
            let names: Vec<String> = sure.iter().filter_map(|g| named(seen, g)).map(quoted).collect();
            let _ = writeln!(out, "text = [{}]", names.join(", "));
        } else if let Some(guess) = sure.first() {
            let _ = writeln!(out, "{} = {}  # {}", role.key(), quoted(named(seen, guess).unwrap_or_default()), guess.why);
        }
        for guess in unsure.iter().take(GUESSES) {
            let name = quoted(named(seen, guess).unwrap_or_default());
            let value = if role == Role::Text { format!("[{name}]") } else { name };
            let _ = writeln!(out, "# {} = {value}  # {}", role.key(), guess.why);
        }
        if found.is_empty() {
            let _ = writeln!(out, "# {}: no column looks like it", role.key());
        }
    }
}

/// The name of a guess's column, where a policy may have it.
fn named<'a>(seen: &'a Survey, guess: &Guess) -> Option<&'a str> {
    seen.columns.get(guess.column).map(|c| c.name.as_str()).filter(|name| name.chars().count() <= NAME_CHARS)
}

/// What was found by column, each with a rule that may fit.
fn columns(out: &mut String, seen: &Survey, catalogue: &Catalogue) {
    out.push_str(
        "\n# What was found, column by column. [pii] above masks each value where it stands; a rule is for the whole cell.\n",
    );
    let (with, without): (Vec<&Seen>, Vec<&Seen>) = seen.columns.iter().partition(|c| !c.found.is_empty());
    for column in with.iter().take(COLUMNS) {
        let masked = if column.masked { " (a personal name, masked; no rule can name it)" } else { "" };
        let _ = writeln!(out, "#\n# {}{masked}", quoted(&shown_up_to(&column.name, NAME_CHARS)));
        for (detector, hits) in &column.found {
            let id = catalogue.get(*detector).map_or("", |d| d.id.as_str());
            let values = counted(hits.values, "value", "values");
            let _ = writeln!(out, "#   {id}: {values} in {} of {} cells", count(hits.cells), count(column.cells));
        }
        if let Some((operator, why)) = proposed(column, catalogue) {
            let _ = writeln!(out, "# [columns.{}]\n# operator = {operator}  # {why}", quoted(&column.name));
        }
    }
    let mut left: Vec<String> = without.iter().take(COLUMNS).map(|c| quoted(&shown_up_to(&c.name, NAME_CHARS))).collect();
    let more = with.len().saturating_sub(COLUMNS) + without.len().saturating_sub(COLUMNS) + seen.passed_over as usize;
    if left.is_empty() {
        left.push("none".to_owned());
    }
    let _ = writeln!(out, "#\n# Nothing was found in: {}", left.join(", "));
    if more > 0 {
        let _ = writeln!(out, "# {} more are not listed", count(more as u64));
    }
    for (name, reason) in seen.unread.iter().take(COLUMNS) {
        let _ = writeln!(out, "# Not looked at: {}: {}", quoted(&shown_up_to(name, NAME_CHARS)), reason.name());
    }
}

/// An operator for the cells of a column that are little else than values of one kind, and why.
fn proposed(column: &Seen, catalogue: &Catalogue) -> Option<(&'static str, &'static str)> {
    if column.masked || column.name.chars().count() > NAME_CHARS {
        return None;
    }
    let (detector, hits) = column.found.iter().max_by_key(|(detector, hits)| (hits.whole, std::cmp::Reverse(**detector)))?;
    let detector: &Detector = catalogue.get(*detector)?;
    fills(*hits, column.cells).then(|| operator_for(detector))
}

/// Nine in ten cells are one value and nothing else; a few cells say nothing.
fn fills(hits: Hits, cells: u64) -> bool {
    cells >= 5 && hits.whole * 10 >= cells * 9
}

/// What fits a column of such values.
fn operator_for(detector: &Detector) -> (&'static str, &'static str) {
    let id = detector.id.as_str();
    match id {
        _ if detector.is_secret() => (r#""drop-column""#, "secrets teach nothing"),
        "finance.payment-card" => (r#"{ operator = "mask", keep_last = 4 }"#, "the last four digits may stay (pci)"),
        "person.date-of-birth" => (r#""drop-column""#, "or \"replace\"; a birthday is seldom what is learnt"),
        _ => (r#""replace""#, "or \"hmac\" with a [key], where equal values are to stay equal"),
    }
}

/// A name as a TOML string on one line, with nothing in it that cannot be seen.
fn quoted(name: &str) -> String {
    let mut out = String::from("\"");
    for c in name.chars() {
        let mut buffer = [0; 4];
        let plain: &str = c.encode_utf8(&mut buffer);
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            _ if shown(plain) == plain => out.push(c),
            _ => {
                let _ = write!(out, "\\U{:08X}", u32::from(c));
            }
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn survey_of(columns: Vec<Seen>) -> Survey {
        let mut survey = Survey::default();
        (survey.files, survey.rows, survey.columns) = (1, 100, columns);
        survey
    }

    fn column(name: &str) -> Seen {
        Seen { name: name.into(), files: 1, rows: 100, cells: 100, distinct: 100, chars: 3000, worded: 100, ..Seen::default() }
    }

    #[test]
    fn whatever_a_column_is_called_the_policy_is_read_and_names_it() {
        let catalogue = Catalogue::builtin().unwrap();
        for (name, why) in [
            ("text", "a plain name"),
            ("my \"text\"", "quotes"),
            ("back\\slash text", "an escape"),
            ("two\nlines\r\n[limits]\nnesting = 0\ntext", "line ends, and a table behind them"),
            ("\u{202e}\u{7f}\u{e0041}\u{85}\u{2028} text", "what cannot be seen"),
            ("messages[].content", "a path"),
            ("'''\"\"\" # text", "TOML's own marks"),
        ] {
            for pack in PACKS.iter().map(Some).chain([None]) {
                let text = written(&survey_of(vec![column(name)]), &catalogue, pack);
                let policy = Policy::parse("made", &text).unwrap();
                assert_eq!(policy.dataset.text, [name], "{why}");
            }
        }
    }

    #[test]
    fn every_name_in_a_shipped_policy_is_a_detector_that_there_is() {
        let catalogue = std::sync::Arc::new(Catalogue::builtin().unwrap());
        for pack in PACKS {
            let plan = Plan::resolve(pack.policy().unwrap(), std::sync::Arc::clone(&catalogue), None, 0, Looking::For);
            assert!(plan.is_ok(), "{}: {}", pack.name, plan.err().map(|e| e.to_string()).unwrap_or_default());
        }
    }

    #[test]
    fn the_defaults_in_comments_are_the_defaults() {
        let text = PII.replace("\n# ", "\n") + &REST.replace("\n# ", "\n");
        let (told, not) = (Policy::parse("all told", &text).unwrap(), Policy::default());
        assert_eq!((told.pii.profile, told.pii.min_confidence, &told.pii.default), (not.pii.profile, 50, &not.pii.default));
        assert_eq!((told.poison, told.gates.fail_on), (not.poison, not.gates.fail_on));
        assert_eq!(
            (told.limits.cell, told.limits.nesting, told.limits.ratio),
            (not.limits.cell, not.limits.nesting, not.limits.ratio)
        );
    }

    #[test]
    fn every_proposal_is_an_operator_that_there_is() {
        for detector in Catalogue::builtin().unwrap().detectors() {
            let (operator, _) = operator_for(detector);
            let text = format!("[columns.x]\noperator = {operator}\n");
            assert!(Policy::parse("proposal", &text).is_ok(), "{}: {text}", detector.id);
        }
    }

    #[test]
    fn a_column_full_of_one_kind_gets_a_proposal_and_one_with_a_masked_name_none() {
        let catalogue = Catalogue::builtin().unwrap();
        let email = catalogue.find("contact.email").unwrap();
        for (whole, masked, want, why) in [
            (95, false, true, "nearly all cells"),
            (40, false, false, "values within text"),
            (95, true, false, "a name that no policy can have"),
        ] {
            let found = BTreeMap::from([(email, Hits { values: 100, cells: 100, whole })]);
            let column = Seen { masked, found, ..column("mail") };
            assert_eq!(proposed(&column, &catalogue).is_some(), want, "{why}");
        }
    }
}
