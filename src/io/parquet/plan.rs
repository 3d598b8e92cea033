//! What the output file is beside its values: schema with masked names, without dropped columns, and masked metadata.

use super::arrow_schema::{self, Masked};
use super::failure::{Failure, fenced};
use super::input::ParquetInput;
use super::key_values;
use super::leaf::{is_map, leaves};
use crate::batch::{Column, Place, Reason};
use parquet::basic::{ConvertedType, LogicalType};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::schema::types::{BasicTypeInfo, SchemaDescPtr, SchemaDescriptor, Type, TypePtr};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Says what takes the place of a personal name or metadata text; nothing where it may stay.
pub type Masker<'a> = &'a mut dyn FnMut(Place, &str) -> Option<String>;

/// The key under which Arrow keeps its own schema.
const ARROW: &str = "ARROW:schema";

/// The shape of the output file.
pub struct OutputPlan {
    pub(super) schema: SchemaDescPtr,
    /// The leaf's index in the output, by its index in the source; nothing where it is dropped.
    pub(super) to: Vec<Option<usize>>,
    pub(super) key_values: Option<Vec<KeyValue>>,
    pub(super) created_by: Option<String>,
    pub(super) version: i32,
    columns: Vec<Arc<Column>>,
}

impl OutputPlan {
    /// Plans the output of `input` without the leaves in `dropped`, with names and metadata as `masker` wants them.
    ///
    /// # Errors
    /// The schema cannot be built (a reason to reject the file).
    pub fn new(input: &ParquetInput, dropped: &BTreeSet<usize>, masker: Masker<'_>) -> Result<Self, Failure> {
        let file = input.metadata.file_metadata();
        let root = file.schema_descr().root_schema_ptr();
        let (shown, names) = Default::default();
        let mut rebuild = Rebuild { dropped, masker, node: 0, leaf: 0, shown, names, unknown: false };
        let renewed = fenced(|| rebuild.root(&root).map_err(|_| Failure::Data(Reason::BrokenFooter)))?;
        let unknown = rebuild.unknown;
        let (renamed, names) = (rebuild.shown, rebuild.names);
        let columns = leaves(file.schema_descr(), &renamed).into_iter().map(|leaf| leaf.column).collect();
        let changed = !renamed.is_empty() || !dropped.is_empty();
        let renamed_root = renewed.name() != root.name();
        let schema =
            if changed || unknown || renamed_root { Arc::new(SchemaDescriptor::new(renewed)) } else { file.schema_descr_ptr() };
        let mut next = 0..;
        let to = (0..input.leaves().len()).map(|leaf| if dropped.contains(&leaf) { None } else { next.next() }).collect();
        let mut plan = Self { schema, to, key_values: None, created_by: None, version: file.version(), columns };
        let masker = rebuild.masker;
        plan.created_by = file.created_by().map(|by| masker(Place::Metadata, by).unwrap_or_else(|| by.to_owned()));
        let roots = dropped_roots(file.schema_descr(), dropped);
        plan.key_values = file.key_value_metadata().map(|pairs| {
            let renewed = Renewed { changed, names: &names, roots: roots.as_ref() };
            let masked = pairs.iter().filter_map(|pair| plan.pair(pair, &renewed, masker));
            unique(masked.collect())
        });
        Ok(plan)
    }

    /// The leaf columns of the source, with masked names.
    pub fn columns(&self) -> &[Arc<Column>] {
        &self.columns
    }

    fn pair(&self, pair: &KeyValue, renewed: &Renewed<'_>, masker: Masker<'_>) -> Option<(KeyValue, bool)> {
        if pair.key == ARROW {
            let value = pair.value.as_deref()?;
            return match arrow_schema::mask(value, renewed.changed, renewed.roots, masker) {
                Masked::Stays => Some((pair.clone(), false)),
                Masked::Changed(value) if self.is_accepted(&value) => Some((KeyValue::new(pair.key.clone(), value), false)),
                Masked::Changed(_) | Masked::Dropped => None,
            };
        }
        let masked = masker(Place::Metadata, &pair.key);
        let is_masked = masked.is_some();
        let key = masked.unwrap_or_else(|| pair.key.clone());
        let value =
            pair.value.as_ref().map(|value| key_values::masked(value, renewed.names, masker).unwrap_or_else(|| value.clone()));
        Some((KeyValue { key, value }, is_masked))
    }

    /// A changed Arrow schema must still be the schema of this file.
    fn is_accepted(&self, value: &str) -> bool {
        let pairs = vec![KeyValue::new(ARROW.to_owned(), value.to_owned())];
        fenced(|| {
            let read = parquet::arrow::parquet_to_arrow_schema(&self.schema, Some(&pairs));
            read.map_err(|_| Failure::Data(Reason::BrokenFooter))
        })
        .is_ok()
    }
}

/// What became of the schema that metadata repeats.
struct Renewed<'a> {
    /// Names or columns changed.
    changed: bool,
    /// New names by old ones.
    names: &'a BTreeMap<String, String>,
    /// Top-level fields that are left out; nothing where columns went that are not whole fields.
    roots: Option<&'a BTreeSet<usize>>,
}

/// The top-level fields that go with dropped leaves; nothing where one of them keeps other leaves.
fn dropped_roots(schema: &SchemaDescriptor, dropped: &BTreeSet<usize>) -> Option<BTreeSet<usize>> {
    let mut roots = BTreeSet::new();
    let mut kept = BTreeSet::new();
    for leaf in 0..schema.num_columns() {
        let root = schema.get_column_root_idx(leaf);
        if dropped.contains(&leaf) {
            roots.insert(root)
        } else {
            kept.insert(root)
        };
    }
    roots.is_disjoint(&kept).then_some(roots)
}

/// Keys that were masked and now equal another are told apart by `_2` and so on.
fn unique(pairs: Vec<(KeyValue, bool)>) -> Vec<KeyValue> {
    let unmasked = pairs.iter().filter(|(_, masked)| !masked);
    let mut names = Names { taken: unmasked.map(|(pair, _)| pair.key.clone()).collect(), ..Names::default() };
    let rename = |(pair, masked): (KeyValue, bool)| if masked { KeyValue { key: names.free(&pair.key), ..pair } } else { pair };
    pairs.into_iter().map(rename).collect()
}

/// Hands out names that are not taken: the name itself, else with `_2` and so on.
#[derive(Default)]
struct Names {
    taken: BTreeSet<String>,
    /// The number to try next, by name: many names may be masked to one.
    next: BTreeMap<String, u64>,
}

impl Names {
    fn free(&mut self, name: &str) -> String {
        let mut free = name.to_owned();
        while self.taken.contains(&free) {
            let next = self.next.entry(name.to_owned()).or_insert(2);
            free = format!("{name}_{next}");
            *next += 1;
        }
        self.taken.insert(free.clone());
        free
    }
}

/// The names of siblings with the personal ones masked and made unique among them, and whether each was changed.
pub(super) fn masked_names<'a>(names: impl Iterator<Item = &'a str> + Clone, masker: Masker<'_>) -> Vec<Option<String>> {
    let masked: Vec<Option<String>> = names.clone().map(|name| masker(Place::Header, name)).collect();
    if masked.iter().all(Option::is_none) {
        return masked;
    }
    let unmasked = names.zip(&masked).filter(|(_, masked)| masked.is_none());
    let mut free = Names { taken: unmasked.map(|(name, _)| name.to_owned()).collect(), ..Names::default() };
    masked.into_iter().map(|name| name.map(|name| free.free(&name))).collect()
}

fn is_unknown(info: &BasicTypeInfo) -> bool {
    matches!(info.logical_type_ref(), Some(LogicalType::_Unknown { .. }))
}

/// Whether all of a map's fields, or of the pairs in it, are still there.
fn is_whole_map(fields: &[TypePtr], kept: &[TypePtr]) -> bool {
    let below = |of: &[TypePtr]| of.first().filter(|f| f.is_group()).map(|f| f.get_fields().len());
    fields.len() == kept.len() && below(fields) == below(kept)
}

/// Builds the schema tree again.
struct Rebuild<'a, 'm> {
    dropped: &'a BTreeSet<usize>,
    masker: Masker<'m>,
    node: usize,
    leaf: usize,
    shown: BTreeMap<usize, String>,
    /// New names by old ones; the outermost node counts where two have one name.
    names: BTreeMap<String, String>,
    /// A logical type newer than the library, which cannot write it, was left out.
    unknown: bool,
}

impl Rebuild<'_, '_> {
    fn root(&mut self, root: &TypePtr) -> Result<TypePtr, ParquetError> {
        let name = (self.masker)(Place::Metadata, root.name()).unwrap_or_else(|| root.name().to_owned());
        let fields = self.fields(root)?;
        Type::group_type_builder(&name).with_fields(fields).build().map(Arc::new)
    }

    fn fields(&mut self, group: &Type) -> Result<Vec<TypePtr>, ParquetError> {
        let names = masked_names(group.get_fields().iter().map(|f| f.name()), self.masker);
        let mut fields = Vec::with_capacity(names.len());
        for (field, name) in group.get_fields().iter().zip(names) {
            fields.extend(self.visit(field, name)?);
        }
        Ok(fields)
    }

    // Recursion is bounded: a footer with a deep schema was refused before.
    fn visit(&mut self, node: &TypePtr, renamed: Option<String>) -> Result<Option<TypePtr>, ParquetError> {
        self.node += 1;
        let name = renamed.clone().unwrap_or_else(|| node.name().to_owned());
        if let Some(renamed) = renamed {
            self.names.entry(node.name().to_owned()).or_insert_with(|| renamed.clone());
            self.shown.insert(self.node, renamed);
        }
        let info = node.get_basic_info();
        let id = info.has_id().then(|| info.id());
        self.unknown |= is_unknown(info);
        let logical = info.logical_type_ref().filter(|_| !is_unknown(info)).cloned();
        match &**node {
            Type::PrimitiveType { physical_type, type_length, scale, precision, .. } => {
                let leaf = self.leaf;
                self.leaf += 1;
                if self.dropped.contains(&leaf) {
                    return Ok(None);
                }
                if name == node.name() && !is_unknown(info) {
                    return Ok(Some(Arc::clone(node)));
                }
                Type::primitive_type_builder(&name, *physical_type)
                    .with_repetition(info.repetition())
                    .with_converted_type(info.converted_type())
                    .with_logical_type(logical)
                    .with_length(*type_length)
                    .with_precision(*precision)
                    .with_scale(*scale)
                    .with_id(id)
                    .build()
                    .map(|t| Some(Arc::new(t)))
            }
            Type::GroupType { fields, .. } => {
                let kept = self.fields(node)?;
                if kept.is_empty() && !fields.is_empty() {
                    return Ok(None);
                }
                // Without its key or its value a map is none: readers refuse a group that says so.
                let (converted, logical) = if is_map(info) && !is_whole_map(fields, &kept) {
                    (ConvertedType::NONE, None)
                } else {
                    (info.converted_type(), logical)
                };
                Type::group_type_builder(&name)
                    .with_repetition(info.repetition())
                    .with_converted_type(converted)
                    .with_logical_type(logical)
                    .with_fields(kept)
                    .with_id(id)
                    .build()
                    .map(|t| Some(Arc::new(t)))
            }
        }
    }
}
