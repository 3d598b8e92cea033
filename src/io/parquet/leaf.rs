//! The leaf columns of a schema: what they hold, and what they and their cells are called.

use super::value::{Fractions, Shown, show, zero};
use crate::batch::Column;
use parquet::basic::{ConvertedType, LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::schema::types::{BasicTypeInfo, ColumnDescPtr, SchemaDescriptor, Type};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What the values of a leaf are, as far as they have a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// UTF-8, or bytes that may be.
    Text {
        /// The schema says that it is UTF-8 (string, JSON, enum); otherwise bytes that are not are simply no text.
        promised: bool,
    },
    /// `true` or `false`.
    Bool,
    /// An integer.
    Int {
        /// No sign.
        unsigned: bool,
        /// 64 bits, else 32.
        wide: bool,
    },
    /// Digits with `scale` of them behind the point, in 32 or 64 bits or big-endian bytes.
    Decimal {
        /// Digits behind the point.
        scale: u8,
        /// Two's complement bytes, most significant first; else an integer.
        big_endian: bool,
    },
    /// Days since 1970-01-01.
    Date,
    /// Time since 1970-01-01.
    Timestamp {
        /// Ticks in a second.
        ticks: i64,
    },
    /// A 96-bit timestamp of old writers.
    Int96,
    /// 32-bit floating point.
    Float,
    /// 64-bit floating point.
    Double,
    /// Nothing with a text (intervals, half floats, times of day, geometries).
    Opaque,
}

/// A leaf column.
#[derive(Clone, Debug)]
pub struct Leaf {
    /// Its name, and the elements of its path without the synthetic groups of lists and maps.
    pub column: Arc<Column>,
    /// What its values are.
    pub kind: Kind,
    /// A value can be replaced by a null without touching the groups around it.
    pub nullable: bool,
    /// A record may hold several values.
    pub repeated: bool,
    /// It is the key of a map: no two of one map may be equal.
    pub is_key: bool,
    /// The text of the number or date that a null becomes where nulls are not allowed; nothing where they are.
    pub(super) nothing: Option<Vec<u8>>,
    pub(super) descr: ColumnDescPtr,
    /// What stands before, between and behind list positions in the exact name of a cell.
    pub(super) pieces: Vec<String>,
}

impl Leaf {
    /// The values are text, or bytes that may be.
    pub fn is_text(&self) -> bool {
        matches!(self.kind, Kind::Text { .. })
    }

    /// Whether a value is what a null becomes where nulls are not allowed.
    pub(super) fn is_nothing(&self, raw: &[u8]) -> bool {
        let len = usize::try_from(self.descr.type_length()).unwrap_or(0);
        !self.nullable && raw == zero(self.kind, self.descr.physical_type(), len)
    }

    /// The exact name of a cell at list positions, outermost first.
    pub fn name_at(&self, positions: &[u32]) -> String {
        let mut name = String::new();
        for (i, piece) in self.pieces.iter().enumerate() {
            if i > 0 {
                name.push_str(&positions.get(i - 1).copied().unwrap_or_default().to_string());
            }
            name.push_str(piece);
        }
        name
    }
}

/// The leaves of a schema in order. `names` are the names of nodes as they are to be shown, by their place in a walk of the
/// whole schema in order, the root first; nothing where they stay.
pub(super) fn leaves(schema: &SchemaDescriptor, shown: &BTreeMap<usize, String>) -> Vec<Leaf> {
    let mut found = Vec::with_capacity(schema.num_columns());
    let mut walk = Walk { shown, node: 0, key_at: None, found: &mut found, schema };
    let root = schema.root_schema();
    for field in root.get_fields() {
        walk.visit(field, &Path::default(), Step::Named);
    }
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for leaf in &mut found {
        let count = seen.entry(leaf.column.name.clone()).or_default();
        *count += 1;
        if *count > 1 {
            let tail = format!("#{count}");
            let column = Column { name: leaf.column.name.clone() + &tail, elements: leaf.column.elements.clone() };
            leaf.column = Arc::new(column);
            if let Some(last) = leaf.pieces.last_mut() {
                last.push_str(&tail);
            }
        }
    }
    found
}

#[derive(Clone, Default)]
struct Path {
    elements: Vec<String>,
    pieces: Vec<String>,
}

impl Path {
    fn push(&mut self, name: &str, shown: &str) {
        let first = self.elements.is_empty();
        self.elements.push(name.to_owned());
        if self.pieces.is_empty() {
            self.pieces.push(String::new());
        }
        if let Some(piece) = self.pieces.last_mut() {
            if first {
                piece.push_str(shown);
            } else if is_odd(shown) {
                piece.push('[');
                piece.push_str(&serde_json::Value::from(shown).to_string());
                piece.push(']');
            } else {
                piece.push('.');
                piece.push_str(shown);
            }
        }
    }

    fn repeat(&mut self) {
        if let Some(piece) = self.pieces.last_mut() {
            piece.push('[');
        }
        self.pieces.push("]".to_owned());
    }
}

/// A name that cannot stand between dots.
fn is_odd(name: &str) -> bool {
    name.is_empty() || name.chars().any(|c| matches!(c, '.' | '[' | ']' | '"') || c.is_control())
}

/// How a node takes part in the names of what is below it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Named,
    Hidden,
}

struct Walk<'a> {
    shown: &'a BTreeMap<usize, String>,
    node: usize,
    /// Where the key of the map at hand comes, as the node's number.
    key_at: Option<usize>,
    found: &'a mut Vec<Leaf>,
    schema: &'a SchemaDescriptor,
}

impl Walk<'_> {
    // Recursion is bounded: a footer with a deep schema was refused before.
    fn visit(&mut self, node: &Type, above: &Path, step: Step) {
        self.node += 1;
        let mut path = above.clone();
        if step == Step::Named {
            let shown = self.shown.get(&self.node).cloned();
            path.push(node.name(), shown.as_deref().unwrap_or_else(|| node.name()));
        }
        let info = node.get_basic_info();
        if info.has_repetition() && info.repetition() == Repetition::REPEATED {
            path.repeat();
        }
        if node.is_primitive() {
            self.leaf(path);
            return;
        }
        let fields = node.get_fields();
        if is_map(info) && fields.first().is_some_and(|pairs| is_repeated(pairs)) {
            self.key_at = Some(self.node + 2);
        }
        for field in fields {
            self.visit(field, &path, below(node, step, field));
        }
    }

    fn leaf(&mut self, path: Path) {
        let index = self.found.len();
        if index >= self.schema.num_columns() {
            return;
        }
        let descr = self.schema.column(index);
        let info = descr.self_type().get_basic_info();
        let kind = kind_of(&descr);
        let nullable = info.has_repetition() && info.repetition() == Repetition::OPTIONAL;
        self.found.push(Leaf {
            column: Arc::new(Column { name: path.pieces.concat(), elements: path.elements }),
            nothing: if nullable { None } else { nothing_of(kind, &descr) },
            kind,
            nullable,
            repeated: descr.max_rep_level() > 0,
            is_key: self.key_at == Some(self.node),
            pieces: path.pieces,
            descr,
        });
    }
}

/// A group that stands for a map.
pub(super) fn is_map(info: &BasicTypeInfo) -> bool {
    matches!(info.logical_type_ref(), Some(LogicalType::Map))
        || matches!(info.converted_type(), ConvertedType::MAP | ConvertedType::MAP_KEY_VALUE)
}

fn is_repeated(node: &Type) -> bool {
    let info = node.get_basic_info();
    info.has_repetition() && info.repetition() == Repetition::REPEATED
}

/// A group that stands for a list or a map.
fn is_annotated(node: &Type) -> bool {
    let info = node.get_basic_info();
    is_map(info) || matches!(info.logical_type_ref(), Some(LogicalType::List)) || info.converted_type() == ConvertedType::LIST
}

/// Whether a child of `node` is one of the groups that lists and maps need and people do not write.
fn below(node: &Type, step: Step, child: &Type) -> Step {
    let fields = node.get_fields();
    if !is_repeated(node) && is_annotated(node) && fields.len() == 1 && is_repeated(child) {
        return Step::Hidden;
    }
    // The repeated group inside a list hides its single element, unless it is the element itself (two-level lists).
    let single = step == Step::Hidden && is_repeated(node) && fields.len() == 1;
    let is_element = node.name() == "array" || node.name().ends_with("_tuple");
    if single && !is_element { Step::Hidden } else { Step::Named }
}

fn nothing_of(kind: Kind, descr: &ColumnDescPtr) -> Option<Vec<u8>> {
    let zero = zero(kind, descr.physical_type(), usize::try_from(descr.type_length()).unwrap_or(0));
    let mut text = Vec::new();
    let is_text = matches!(kind, Kind::Text { .. });
    (!is_text && show(kind, &zero, Fractions::Left, &mut text) == Shown::Text).then_some(text)
}

fn kind_of(descr: &ColumnDescPtr) -> Kind {
    use LogicalType as L;
    let physical = descr.physical_type();
    let converted = descr.converted_type();
    let scale = |scale: i32| u8::try_from(scale).unwrap_or(0);
    let wide = physical == Physical::INT64;
    match (physical, descr.logical_type_ref()) {
        (Physical::BOOLEAN, _) => Kind::Bool,
        (Physical::INT96, _) => Kind::Int96,
        (Physical::FLOAT, _) => Kind::Float,
        (Physical::DOUBLE, _) => Kind::Double,
        (Physical::BYTE_ARRAY, Some(L::String | L::Json | L::Enum)) => Kind::Text { promised: true },
        (_, Some(L::Decimal(d))) => Kind::Decimal { scale: scale(d.scale), big_endian: is_bytes(physical) },
        (Physical::INT32, Some(L::Date)) => Kind::Date,
        (Physical::INT64, Some(L::Timestamp(t))) => Kind::Timestamp { ticks: ticks(t.unit) },
        (Physical::INT32 | Physical::INT64, Some(L::Integer(i))) => Kind::Int { unsigned: !i.is_signed, wide },
        (Physical::BYTE_ARRAY | Physical::FIXED_LEN_BYTE_ARRAY | Physical::INT32 | Physical::INT64, None) => {
            by_converted(physical, converted, scale(descr.type_scale()))
        }
        (_, Some(L::Geometry { .. } | L::Geography { .. })) => Kind::Opaque,
        // Bytes of a kind that is not known better are searched where they are text.
        (Physical::BYTE_ARRAY, Some(_)) => Kind::Text { promised: false },
        _ => Kind::Opaque,
    }
}

fn is_bytes(physical: Physical) -> bool {
    matches!(physical, Physical::BYTE_ARRAY | Physical::FIXED_LEN_BYTE_ARRAY)
}

fn by_converted(physical: Physical, converted: ConvertedType, scale: u8) -> Kind {
    use ConvertedType as C;
    let bytes = is_bytes(physical);
    let wide = physical == Physical::INT64;
    match converted {
        C::UTF8 | C::JSON | C::ENUM if bytes => Kind::Text { promised: true },
        C::DECIMAL => Kind::Decimal { scale, big_endian: bytes },
        C::DATE if !bytes => Kind::Date,
        C::TIMESTAMP_MILLIS if wide => Kind::Timestamp { ticks: 1000 },
        C::TIMESTAMP_MICROS if wide => Kind::Timestamp { ticks: 1_000_000 },
        C::UINT_8 | C::UINT_16 | C::UINT_32 | C::UINT_64 if !bytes => Kind::Int { unsigned: true, wide },
        C::INT_8 | C::INT_16 | C::INT_32 | C::INT_64 | C::NONE if !bytes => Kind::Int { unsigned: false, wide },
        C::NONE | C::BSON if bytes => Kind::Text { promised: false },
        _ => Kind::Opaque,
    }
}

fn ticks(unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::MILLIS => 1000,
        TimeUnit::MICROS => 1_000_000,
        TimeUnit::NANOS => 1_000_000_000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parquet::schema::parser::parse_message_type;

    #[test]
    fn names_leave_out_what_lists_and_maps_need() {
        let message = "message m {
            optional binary email (UTF8);
            optional group messages (LIST) { repeated group list { optional group element {
                optional binary role (UTF8); optional binary content (UTF8); } } }
            optional group tags (MAP) { repeated group key_value { required binary key (UTF8); optional int32 value; } }
            optional group grid (LIST) { repeated group list { optional group element (LIST) {
                repeated group list { optional double element; } } } }
            optional group old (LIST) { repeated group array { optional int32 x; } }
            repeated binary bare (UTF8);
            optional group a { optional binary x.y (UTF8); }
            optional group two (LIST) { repeated int64 array; }
        }";
        let schema = SchemaDescriptor::new(Arc::new(parse_message_type(message).unwrap()));
        let found = leaves(&schema, &BTreeMap::new());
        let names: Vec<&str> = found.iter().map(|l| l.column.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "email",
                "messages[].role",
                "messages[].content",
                "tags[].key",
                "tags[].value",
                "grid[][]",
                "old[].x",
                "bare[]",
                "a[\"x.y\"]",
                "two[]"
            ]
        );
        assert_eq!(found[2].name_at(&[3]), "messages[3].content");
        assert_eq!(found[5].name_at(&[1, 2]), "grid[1][2]");
        assert_eq!(found[2].column.elements, ["messages", "content"]);
        assert!(found.iter().filter(|l| l.is_key).map(|l| l.column.name.as_str()).eq(["tags[].key"]));
        assert!(found[2].nullable && found[2].repeated && !found[9].nullable && !found[3].nullable);
    }
}
