//! Detector packs: TOML in, detectors or problems with line numbers out. `detectors/README.md` describes the keys.

use super::catalogue::{Catalogue, Detector, Edges, Example, Severity, Spread};
use super::{automaton, check, examples, extend};
use std::fmt;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Something wrong in a pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Line in the pack, from 1.
    pub line: usize,
    /// The entry's id, empty where it has none.
    pub id: String,
    /// What is wrong and what would be right.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = if self.id.is_empty() { String::new() } else { format!("{}: ", self.id) };
        write!(f, "line {}: {id}{}", self.line, self.message)
    }
}

/// The keys of an entry.
pub(super) const KEYS: [&str; 34] = [
    "id",
    "name",
    "severity",
    "country",
    "source",
    "macie",
    "gcp",
    "presidio",
    "comprehend",
    "bedrock",
    "glue",
    "gitleaks",
    "pattern",
    "anchor",
    "check",
    "extend",
    "near",
    "near_chars",
    "avoid",
    "ignore",
    "column",
    "cell",
    "base",
    "context",
    "edges",
    "word",
    "after_underscore",
    "recommended",
    "unchecked",
    "samples",
    "finds",
    "ignores",
    "kingfisher",
    "propagate",
];

/// Keys that name the entry in other catalogues.
const ELSEWHERE: [&str; 8] = ["macie", "gcp", "presidio", "comprehend", "bedrock", "glue", "gitleaks", "kingfisher"];

/// Distance of context words where an entry names none, in characters: Macie's.
pub(super) const NEAR_CHARS: usize = 30;

/// Everything that is wrong with a pack, examples included, in order of lines; a sound pack has none.
#[must_use]
pub fn check(file: &str, text: &str) -> Vec<Problem> {
    let (found, mut problems) = read(file, text, Origin::Given);
    for (detector, has_twin) in found {
        if !problems.iter().any(|p| p.id == detector.id) {
            problems.extend(examples::run(&detector, has_twin));
        }
    }
    problems.sort_by_key(|p| p.line);
    problems
}

/// Entries of a pack whose ids another catalogue has taken: it could not be used beside them.
#[must_use]
pub fn taken(file: &str, text: &str, by: &Catalogue) -> Vec<Problem> {
    let (found, _) = read(file, text, Origin::Given);
    let taken = |detector: &Detector| Some((by.get(by.find(&detector.id)?)?, detector.line, detector.id.clone()));
    let problem = |(first, line, id): (&Detector, usize, String)| {
        let message = format!("the id is taken by a shipped detector ({} line {})", first.pack, first.line);
        (!std::path::Path::new(file).ends_with(&first.pack)).then_some(Problem { line, id, message })
    };
    found.iter().filter_map(|(detector, _)| taken(detector).and_then(problem)).collect()
}

/// Where a pack comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// It is built in: the tests have compiled its patterns, and a run compiles those it uses.
    Shipped,
    /// Anywhere else.
    Given,
}

/// The entries that can be used, each with whether failed checks are reported, and what is wrong.
pub(super) fn read(file: &str, text: &str, origin: Origin) -> (Vec<(Detector, bool)>, Vec<Problem>) {
    let mut reader = Reader { text, origin, id: String::new(), problems: Vec::new() };
    let mut found: Vec<(Detector, bool)> = Vec::new();
    match DeTable::parse(text) {
        Err(e) => reader.wrong(e.span().map_or(0, |s| s.start), e.message().trim().to_owned()),
        Ok(root) => {
            for (key, value) in root.get_ref() {
                match (key.get_ref().as_ref(), value.get_ref()) {
                    ("detector", DeValue::Array(entries)) => {
                        for entry in entries {
                            if let Some(read) = reader.entry(file, entry) {
                                if let Some((first, _)) = found.iter().find(|(d, _)| d.id == read.0.id) {
                                    let message = format!("the id is taken by line {}", first.line);
                                    reader.wrong(entry.span().start, message);
                                } else {
                                    found.push(read);
                                }
                            }
                            reader.id.clear();
                        }
                    }
                    (name, _) => {
                        let message = format!("unknown table or key `{name}`; entries are [[detector]]");
                        reader.wrong(key.span().start, message);
                    }
                }
            }
        }
    }
    (found, reader.problems)
}

struct Reader<'a> {
    text: &'a str,
    origin: Origin,
    id: String,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn wrong(&mut self, at: usize, message: String) {
        let line = self.line(at);
        self.problems.push(Problem { line, id: self.id.clone(), message });
    }

    fn line(&self, at: usize) -> usize {
        1 + self.text.as_bytes().iter().take(at).filter(|b| **b == b'\n').count()
    }

    fn entry(&mut self, file: &str, entry: &Spanned<DeValue<'_>>) -> Option<(Detector, bool)> {
        let at = entry.span().start;
        let before = self.problems.len();
        let Some(table) = entry.get_ref().as_table() else {
            self.wrong(at, "an entry is a table".to_owned());
            return None;
        };
        table.get("id").and_then(|v| v.get_ref().as_str()).unwrap_or_default().clone_into(&mut self.id);
        for key in table.keys() {
            let name = key.get_ref().as_ref();
            if !KEYS.contains(&name) {
                let nearest = nearest(name, KEYS.iter().copied()).unwrap_or_default();
                self.wrong(key.span().start, format!("unknown key `{name}`; the nearest is `{nearest}`"));
            }
        }
        let id = self.required(table, at, "id");
        let name = self.required(table, at, "name");
        let source = self.required(table, at, "source");
        let well_formed =
            |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !(id.is_empty() || id.contains('.') && id.split('.').all(well_formed)) {
            self.wrong(at, "an id is lower case and dotted, as in `us.ssn`".to_owned());
        }
        let severity = match self.string(table, "severity").as_deref() {
            Some("high") => Severity::High,
            Some("medium") => Severity::Medium,
            Some("low") => Severity::Low,
            _ => {
                self.wrong(at, "`severity` is `low`, `medium` or `high`".to_owned());
                Severity::Low
            }
        };
        let edges = match self.string(table, "edges").as_deref() {
            None | Some("number") => Edges::Number,
            Some("dotted") => Edges::Dotted,
            Some("free") => Edges::Free,
            Some(_) => {
                self.wrong(at, "`edges` is `number`, `dotted` or `free`".to_owned());
                Edges::Free
            }
        };
        let context_required = match self.string(table, "context").as_deref() {
            None | Some("helps") => false,
            Some("required") => true,
            Some(_) => {
                self.wrong(at, "`context` is `helps` or `required`".to_owned());
                false
            }
        };
        let spread = match self.string(table, "propagate").as_deref() {
            None if severity == Severity::Low => Spread::Never,
            None | Some("value") => Spread::Value,
            Some("name") => Spread::Name,
            Some("never") => Spread::Never,
            Some(_) => {
                self.wrong(at_of(table, "propagate", at), "`propagate` is `value`, `name` or `never`".to_owned());
                Spread::Never
            }
        };
        let check = self.string(table, "check").and_then(|wanted| {
            let found = check::find(&wanted);
            if found.is_none() {
                let nearest = nearest(&wanted, check::all_checks().map(|c| c.name)).unwrap_or_default();
                self.wrong(at_of(table, "check", at), format!("unknown check `{wanted}`; the nearest is `{nearest}`"));
            }
            found
        });
        let extend = self.string(table, "extend").and_then(|wanted| {
            let found = extend::EXTENDS.iter().find(|(name, _)| *name == wanted).map(|(_, extend)| *extend);
            if found.is_none() {
                let names = extend::EXTENDS.map(|(name, _)| name).join("`, `");
                self.wrong(at_of(table, "extend", at), format!("unknown `extend`; known is `{names}`"));
            }
            found
        });
        let pattern = self.pattern(table, at, "pattern");
        let cell = self.pattern(table, at, "cell");
        let near = self.strings(table, "near");
        let column = self.strings(table, "column");
        if pattern.is_none() && column.is_empty() {
            self.wrong(at, "an entry has a `pattern` or `column` names".to_owned());
        }
        if context_required && near.is_empty() {
            self.wrong(at, "`context = \"required\"` needs `near` words".to_owned());
        }
        let default_base = if context_required { 30 } else { 50 };
        let near_chars = self.number(table, "near_chars", 1..=300).unwrap_or(NEAR_CHARS);
        let base = self.number(table, "base", 0..=100).unwrap_or(default_base) as u8;
        let country = self.string(table, "country").or_else(|| {
            let first = id.split('.').next().unwrap_or_default();
            (first.len() == 2).then(|| first.to_owned())
        });
        let elsewhere: Vec<_> =
            ELSEWHERE.iter().flat_map(|key| self.strings(table, key).into_iter().map(move |name| (*key, name))).collect();
        let unchecked = self.flag(table, "unchecked").unwrap_or(false);
        if unchecked && (check.is_none() || near.is_empty()) {
            self.wrong(at, "`unchecked` needs a `check` and `near` words".to_owned());
        }
        let detector = Detector {
            name,
            severity,
            country,
            source,
            elsewhere,
            anchor: self.string(table, "anchor"),
            check,
            extend,
            near,
            near_chars,
            avoid: self.strings(table, "avoid"),
            ignore: self.strings(table, "ignore").iter().map(|w| w.to_lowercase()).collect(),
            column,
            cell,
            base,
            context_required,
            edges,
            word: self.string(table, "word").unwrap_or_default(),
            after_underscore: self.flag(table, "after_underscore").unwrap_or(false),
            spread,
            recommended: self.flag(table, "recommended").unwrap_or(true),
            parent: None,
            unchecked: None,
            samples: self.strings(table, "samples").iter().map(|v| bare(v)).collect(),
            finds: self.examples(table, "finds"),
            ignores: self.examples(table, "ignores"),
            pack: file.to_owned(),
            line: self.line(at),
            pattern,
            id,
        };
        if let (Origin::Given, Some(pattern), Some(anchor)) = (self.origin, &detector.pattern, &detector.anchor)
            && let Err(message) = automaton::anchor_fits(pattern, anchor)
        {
            self.wrong(at_of(table, "anchor", at), message);
        }
        (self.problems.len() == before).then_some((detector, unchecked))
    }

    fn required(&mut self, table: &DeTable<'_>, at: usize, key: &str) -> String {
        let found = self.string(table, key).unwrap_or_default();
        if found.is_empty() {
            self.wrong(at, format!("`{key}` is missing"));
        }
        found
    }

    fn string(&mut self, table: &DeTable<'_>, key: &str) -> Option<String> {
        let value = table.get(key)?;
        let found = value.get_ref().as_str().map(str::to_owned);
        if found.is_none() {
            self.wrong(value.span().start, format!("`{key}` is a string"));
        }
        found
    }

    fn flag(&mut self, table: &DeTable<'_>, key: &str) -> Option<bool> {
        let value = table.get(key)?;
        let found = value.get_ref().as_bool();
        if found.is_none() {
            self.wrong(value.span().start, format!("`{key}` is true or false"));
        }
        found
    }

    fn number(&mut self, table: &DeTable<'_>, key: &str, range: std::ops::RangeInclusive<usize>) -> Option<usize> {
        let value = table.get(key)?;
        let found = value.get_ref().as_integer().and_then(|n| n.as_str().parse().ok()).filter(|n| range.contains(n));
        if found.is_none() {
            self.wrong(value.span().start, format!("`{key}` is a whole number from {} to {}", range.start(), range.end()));
        }
        found
    }

    fn strings(&mut self, table: &DeTable<'_>, key: &str) -> Vec<String> {
        let Some(value) = table.get(key) else { return Vec::new() };
        if let Some(one) = value.get_ref().as_str() {
            return vec![one.to_owned()];
        }
        let mut found = Vec::new();
        for item in value.get_ref().as_array().into_iter().flat_map(|a| a.iter()) {
            match item.get_ref().as_str().filter(|s| !s.trim().is_empty()) {
                Some(text) => found.push(text.to_owned()),
                None => self.wrong(item.span().start, format!("`{key}` holds non-empty strings")),
            }
        }
        if found.is_empty() && value.get_ref().as_array().is_none() {
            self.wrong(value.span().start, format!("`{key}` is a list of strings"));
        }
        found
    }

    fn pattern(&mut self, table: &DeTable<'_>, at: usize, key: &str) -> Option<String> {
        let pattern = self.string(table, key)?;
        if self.origin == Origin::Given
            && let Err(message) = automaton::compile(&pattern)
        {
            self.wrong(at_of(table, key, at), format!("`{key}`: {message}"));
        }
        Some(pattern)
    }

    fn examples(&mut self, table: &DeTable<'_>, key: &str) -> Vec<Example> {
        let mut found = Vec::new();
        for item in table.get(key).and_then(|v| v.get_ref().as_array()).into_iter().flat_map(|a| a.iter()) {
            let read = match item.get_ref() {
                DeValue::String(text) => Some((None, text.as_ref())),
                DeValue::Table(t) => {
                    let column = t.get("column").and_then(|v| v.get_ref().as_str()).map(str::to_owned);
                    t.get("cell").and_then(|v| v.get_ref().as_str()).map(|text| (column, text))
                }
                _ => None,
            };
            match read {
                Some((column, marked)) => {
                    let (text, spans) = unmark(marked);
                    if spans.is_empty() == (key == "finds") {
                        self.wrong(
                            item.span().start,
                            format!("`{key}`: values stand between « and » in `finds` and nowhere else"),
                        );
                    }
                    found.push(Example { column, text, spans });
                }
                None => self.wrong(item.span().start, format!("`{key}` holds strings or {{ column = \"…\", cell = \"…\" }}")),
            }
        }
        found
    }
}

fn at_of(table: &DeTable<'_>, key: &str, otherwise: usize) -> usize {
    table.get(key).map_or(otherwise, |v| v.span().start)
}

/// The letters and digits of a value: how documented values are compared.
pub(super) fn bare(value: &str) -> String {
    value.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

fn unmark(marked: &str) -> (String, Vec<std::ops::Range<usize>>) {
    let mut text = String::new();
    let mut spans = Vec::new();
    let mut open = None;
    for c in marked.chars() {
        match c {
            '«' => open = Some(text.len()),
            '»' => spans.extend(open.take().map(|start| start..text.len())),
            _ => text.push(c),
        }
    }
    (text, spans)
}

/// The candidate that differs least from `word`.
pub(super) fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    candidates.min_by_key(|c| (strsim::osa_distance(word, c), *c))
}
