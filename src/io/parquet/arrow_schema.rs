//! Arrow's schema inside Parquet metadata: it repeats every column name and may carry metadata of its own.

use super::failure::{Failure, fenced};
use super::plan::{Masker, masked_names};
use crate::batch::{Place, Reason};
use arrow::datatypes::{DataType, Field, FieldRef, Fields, Metadata, Schema};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What becomes of the entry.
pub(super) enum Masked {
    Stays,
    Changed(String),
    Dropped,
}

/// Masks the names and metadata in an encoded schema. `changed`: names or columns of the Parquet schema changed, which it
/// must follow. `roots`: top-level fields to leave out; nothing where columns went that are not whole fields.
pub(super) fn mask(value: &str, changed: bool, roots: Option<&BTreeSet<usize>>, masker: Masker<'_>) -> Masked {
    let Some(bytes) = base64(value) else {
        return if masker(Place::Metadata, value).is_some() { Masked::Dropped } else { kept_unless(changed) };
    };
    let decoded = fenced(|| {
        let message = match bytes.strip_prefix(&[0xff; 4]) {
            Some(rest) => rest.get(4..).unwrap_or_default(),
            None => &bytes,
        };
        let broken = Failure::Data(Reason::BrokenFooter);
        let message = arrow::ipc::root_as_message(message).map_err(|_| Failure::Data(Reason::BrokenFooter))?;
        let schema = message.header_as_schema().ok_or(broken)?;
        arrow::ipc::convert::try_fb_to_schema(schema).map_err(|_| Failure::Data(Reason::BrokenFooter))
    });
    let Ok(schema) = decoded else {
        // What cannot be read is searched as text, and goes if there is anything to hide.
        let personal = texts(&bytes).any(|text| masker(Place::Metadata, text).is_some());
        return if personal { Masked::Dropped } else { kept_unless(changed) };
    };
    let Some(roots) = roots else { return Masked::Dropped };
    let mut walk = Walk { masker, changed, seen: BTreeSet::new() };
    let fields = walk.fields(schema.fields());
    let metadata = walk.metadata(schema.metadata());
    // What else the message holds (time zones, names in types that Parquet has none of, bytes that nothing points to).
    let Walk { masker, changed, seen } = walk;
    if texts(&bytes).any(|text| !seen.contains(text) && masker(Place::Metadata, text).is_some()) {
        return Masked::Dropped;
    }
    if !changed {
        return Masked::Stays;
    }
    let kept: Vec<FieldRef> = fields.iter().enumerate().filter(|(i, _)| !roots.contains(i)).map(|(_, f)| f.clone()).collect();
    let schema = Schema::new_with_metadata(kept, metadata);
    let encoded = fenced(|| Ok(parquet::arrow::encode_arrow_schema(&schema)));
    encoded.map_or(Masked::Dropped, Masked::Changed)
}

fn kept_unless(changed: bool) -> Masked {
    if changed { Masked::Dropped } else { Masked::Stays }
}

struct Walk<'m> {
    masker: Masker<'m>,
    changed: bool,
    /// The texts that were searched, in pieces as [`texts`] cuts them.
    seen: BTreeSet<String>,
}

impl Walk<'_> {
    // Recursion is bounded: the verifier of the message stops at a depth of 64.
    fn fields(&mut self, fields: &Fields) -> Fields {
        fields.iter().for_each(|f| self.saw(f.name()));
        let names = masked_names(fields.iter().map(|f| f.name().as_str()), self.masker);
        fields.iter().zip(names).map(|(field, name)| self.field(field, name)).collect()
    }

    fn field(&mut self, field: &FieldRef, name: Option<String>) -> FieldRef {
        self.changed |= name.is_some();
        let kind = self.kind(field.data_type());
        let metadata = self.metadata(field.metadata());
        let plain: Field = field.as_ref().clone();
        let named = match name {
            Some(name) => plain.with_name(name),
            None => plain,
        };
        Arc::new(named.with_data_type(kind).with_metadata(metadata))
    }

    fn saw(&mut self, text: &str) {
        self.seen.extend(texts(text.as_bytes()).map(str::to_owned));
    }

    fn only(&mut self, field: &FieldRef) -> FieldRef {
        self.saw(field.name());
        let name = (self.masker)(Place::Header, field.name());
        self.field(field, name)
    }

    fn kind(&mut self, kind: &DataType) -> DataType {
        match kind {
            DataType::Struct(fields) => DataType::Struct(self.fields(fields)),
            DataType::List(field) => DataType::List(self.only(field)),
            DataType::LargeList(field) => DataType::LargeList(self.only(field)),
            DataType::ListView(field) => DataType::ListView(self.only(field)),
            DataType::LargeListView(field) => DataType::LargeListView(self.only(field)),
            DataType::FixedSizeList(field, len) => DataType::FixedSizeList(self.only(field), *len),
            DataType::Map(field, sorted) => DataType::Map(self.only(field), *sorted),
            other => other.clone(),
        }
    }

    fn metadata(&mut self, pairs: &Metadata) -> Metadata {
        let mut masked = |text: &String| {
            self.seen.extend(texts(text.as_bytes()).map(str::to_owned));
            let new = (self.masker)(Place::Metadata, text);
            self.changed |= new.is_some();
            new.unwrap_or_else(|| text.clone())
        };
        pairs.iter().map(|(key, value)| (masked(key), masked(value))).collect()
    }
}

/// Decodes standard base64; nothing where it is not.
fn base64(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=');
    let mut out = Vec::with_capacity(text.len() / 4 * 3 + 3);
    let (mut word, mut bits) = (0u32, 0);
    for byte in text.bytes() {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        word = word << 6 | u32::from(six);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push((word >> bits) as u8);
        }
    }
    Some(out)
}

/// The pieces of UTF-8 in bytes, cut at control characters.
fn texts(bytes: &[u8]) -> impl Iterator<Item = &str> {
    bytes.utf8_chunks().flat_map(|chunk| chunk.valid().split(char::is_control)).filter(|text| text.len() >= 4)
}
