//! The detectors that are known, in a fixed order: pack path, then position in the pack.

use super::check::Check;
use super::extend::Extend;
use super::judge::WEIGHTS;
use super::pack::{self, Origin};
use crate::error::{Error, Result};
use std::ops::Range;

/// How bad a leak of one value is, after Amazon Macie's scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Public or weakly personal.
    Low,
    /// Personal.
    Medium,
    /// Credentials, bank accounts, cards, national and tax ids.
    High,
}

impl Severity {
    /// The word in packs and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// What may stand beside a value, beyond the rule that it is no part of a word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Edges {
    /// A digit at an end of the value has no `.` or `-` and another digit beside it, nor the comma of `0,`.
    #[default]
    Number,
    /// As `Number`, but `-` is free: ranges of addresses.
    Dotted,
    /// Anything.
    Free,
}

/// What a value that its column or the words beside it told says of the rest of its record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Spread {
    /// Nothing: too many share it, or it is a word like any other (a city, a gender, a date, a diagnosis).
    #[default]
    Never,
    /// The same text is the same value.
    Value,
    /// The same text is the same person, and so are the name turned round and the family name alone.
    Name,
}

/// One example of an entry: a text, and the spans that must be found in it (none for an `ignores` line).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Example {
    /// The name of the column that the text stands in, where that matters.
    pub column: Option<String>,
    /// The text without the marks `«»`.
    pub text: String,
    /// What stood between the marks, in bytes of `text`.
    pub spans: Vec<Range<usize>>,
}

/// One kind of value and how it is recognised.
#[derive(Clone)]
pub struct Detector {
    /// Stable, lower-case, dotted: `us.ssn`.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// How bad a leak is.
    pub severity: Severity,
    /// ISO 3166 alpha-2 in lower case, where the value belongs to one country.
    pub country: Option<String>,
    /// Statute, standard or vendor page that defines the form.
    pub source: String,
    /// Names in other catalogues: `("macie", "USA_SOCIAL_SECURITY_NUMBER")`.
    pub elsewhere: Vec<(&'static str, String)>,
    /// Linear-time regex on bytes; its first group that takes part, where there is one, is the value.
    pub pattern: Option<String>,
    /// Bytes that every match contains and that the search starts from (`@`).
    pub anchor: Option<String>,
    /// What the match must satisfy.
    pub check: Option<&'static Check>,
    /// Grows what was found to all of the value.
    pub(super) extend: Option<Extend>,
    /// Words that speak for it when they stand near or in the column's name.
    pub near: Vec<String>,
    /// How near, in characters, 1 to 300.
    pub near_chars: usize,
    /// Words that speak against it.
    pub avoid: Vec<String>,
    /// Values that are none, lower case: `n/a`.
    pub ignore: Vec<String>,
    /// Column names whose cells are such values as a whole.
    pub column: Vec<String>,
    /// What a cell of such a column must look like.
    pub cell: Option<String>,
    /// Confidence in percent of a match that passed its check, without context.
    pub base: u8,
    /// Without context, column name or column sample there is no finding.
    pub context_required: bool,
    /// Where a value may end.
    pub edges: Edges,
    /// Bytes that count as part of a word before the value, besides letters, digits and `_`.
    pub word: String,
    /// The value may begin after `_` too.
    pub after_underscore: bool,
    /// Where else in its record a value is looked for.
    pub spread: Spread,
    /// Belongs to the recommended profile.
    pub recommended: bool,
    /// Set for `X.unchecked`: the index of X, whose failed checks it reports.
    pub parent: Option<u16>,
    /// Set for X: the index of `X.unchecked`.
    pub unchecked: Option<u16>,
    /// Documented values that belong to nobody, letters and digits only.
    pub samples: Vec<String>,
    /// Texts with values.
    pub finds: Vec<Example>,
    /// Texts without.
    pub ignores: Vec<Example>,
    /// The pack's path.
    pub pack: String,
    /// Line of the entry in its pack, from 1.
    pub line: usize,
}

impl Detector {
    /// What stands in place of a value: `<EMAIL>`, `<DE_TAX_ID>`. `X.unchecked` shares the tag of X.
    #[must_use]
    pub fn tag(&self) -> String {
        let id = self.id.strip_suffix(".unchecked").filter(|_| self.parent.is_some()).unwrap_or(&self.id);
        let last = id.rsplit('.').next().unwrap_or(id);
        let named = match &self.country {
            Some(country) => format!("{country}_{last}"),
            None => last.to_owned(),
        };
        let upper: String = named.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect();
        let begins_well = upper.starts_with(|c: char| c.is_ascii_uppercase());
        if begins_well { format!("<{upper}>") } else { format!("<X{upper}>") }
    }

    /// True for credentials: what the `secret` gate counts.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        self.id.starts_with("secret.")
    }
}

/// Why a detector says what it says, without a value: for `untaint detectors explain`.
pub struct Explanation<'a> {
    /// The detector itself.
    pub detector: &'a Detector,
    /// The steps of its confidence: what, and how many percent it adds.
    pub steps: Vec<(String, i32)>,
}

/// All known detectors. A finding's `detector` is an index into it.
#[derive(Clone, Default)]
pub struct Catalogue {
    detectors: Vec<Detector>,
    texts: sha2::Sha256,
}

impl Catalogue {
    /// The shipped detectors.
    ///
    /// # Errors
    /// [`Error::Pack`] where a shipped pack is wrong, which the tests rule out.
    pub fn builtin() -> Result<Self> {
        let mut catalogue = Self::default();
        for (file, text) in super::PACKS {
            catalogue.add(file, text, Origin::Shipped)?;
        }
        Ok(catalogue)
    }

    /// Appends a pack's detectors. Examples are not run; [`pack::check`] does that.
    ///
    /// # Errors
    /// [`Error::Pack`] with line and id for the first thing that is wrong.
    pub fn add_pack(&mut self, file: &str, text: &str) -> Result<()> {
        self.add(file, text, Origin::Given)
    }

    fn add(&mut self, file: &str, text: &str, origin: Origin) -> Result<()> {
        sha2::Digest::update(&mut self.texts, (text.len() as u64).to_le_bytes());
        sha2::Digest::update(&mut self.texts, text);
        let (found, problems) = pack::read(file, text, origin);
        if let Some(p) = problems.first() {
            return Err(Error::Pack { file: file.to_owned(), message: p.to_string() });
        }
        for detector in found {
            self.push(file, detector)?;
        }
        Ok(())
    }

    pub(super) fn push(&mut self, file: &str, (mut detector, has_twin): (Detector, bool)) -> Result<()> {
        let wrong = |message: String| Error::Pack { file: file.to_owned(), message };
        if let Some(first) = self.find(&detector.id).and_then(|i| self.get(i)) {
            let (line, id) = (detector.line, &detector.id);
            return Err(wrong(format!("line {line}: {id}: the id is taken by {} line {}", first.pack, first.line)));
        }
        let index = u16::try_from(self.detectors.len()).ok().filter(|i| *i < u16::MAX - 1);
        let index = index.ok_or_else(|| wrong("more than 65,000 detectors".to_owned()))?;
        let twin = has_twin.then(|| Detector {
            id: format!("{}.unchecked", detector.id),
            name: format!("{} with a failed check", detector.name),
            check: None,
            column: Vec::new(),
            cell: None,
            base: 50,
            context_required: true,
            parent: Some(index),
            finds: Vec::new(),
            ignores: Vec::new(),
            samples: Vec::new(),
            ..detector.clone()
        });
        detector.unchecked = twin.is_some().then_some(index + 1);
        self.detectors.push(detector);
        self.detectors.extend(twin);
        Ok(())
    }

    /// The detectors; a finding's number is the position here.
    #[must_use]
    pub fn detectors(&self) -> &[Detector] {
        &self.detectors
    }

    /// The detector of that number.
    #[must_use]
    pub fn get(&self, index: u16) -> Option<&Detector> {
        self.detectors.get(usize::from(index))
    }

    /// The number of the detector with that id.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<u16> {
        self.detectors.iter().position(|d| d.id == id).map(|i| i as u16)
    }

    /// The packs' texts as one SHA-256, hexadecimal: two catalogues with the same digest find the same.
    #[must_use]
    pub fn digest(&self) -> String {
        use sha2::Digest as _;
        crate::text::hex(&self.texts.clone().finalize())
    }

    /// What a detector looks for and how its confidence comes about; nothing where the id is unknown.
    #[must_use]
    pub fn explain(&self, id: &str) -> Option<Explanation<'_>> {
        let detector = self.get(self.find(id)?)?;
        let mut steps = Vec::new();
        if detector.pattern.is_some() {
            let what = match (detector.check, detector.parent) {
                (Some(check), _) => format!("the pattern matches and the check `{}` passes: {}", check.name, check.demands),
                (None, Some(_)) => "the pattern matches, the check fails and a context word stands near; never more".to_owned(),
                (None, None) => "the pattern matches".to_owned(),
            };
            steps.push((what, i32::from(detector.base)));
        }
        if !detector.near.is_empty() && detector.parent.is_none() {
            let n = detector.near_chars;
            steps.push((format!("a context word within {n} characters before"), WEIGHTS.before));
            steps.push((format!("a context word within {n} characters after only"), WEIGHTS.after));
            steps.push(("a context word in the column's name or path".to_owned(), WEIGHTS.name));
        }
        if detector.check.is_some_and(|c| c.chance <= WEIGHTS.telling_chance) {
            steps.push(("the column's sample passes far more often than chance".to_owned(), WEIGHTS.sample));
            steps.push((
                "the column's sample passes no more often than chance, the cell is the value alone".to_owned(),
                WEIGHTS.contradicted,
            ));
        }
        if !detector.avoid.is_empty() {
            steps.push(("a word that speaks against it".to_owned(), WEIGHTS.avoided));
        }
        if !detector.column.is_empty() {
            steps.push(("the whole cell, by the column's name alone".to_owned(), WEIGHTS.whole));
        }
        Some(Explanation { detector, steps })
    }
}
