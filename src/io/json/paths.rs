//! Paths of a part, interned: from keys to columns without an allocation per record.
//!
//! Most records have the keys of the one before in the same order, so a frame remembers which child comes next and a hit
//! costs one comparison. Hostile input cannot make this grow: beyond [`MAX_NODES`] paths, or [`MAX_BYTES`] of names, all
//! further keys of an object share one column, `parent{}`.

use crate::batch::Column;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;

/// Distinct paths in a part, columns among them.
const MAX_NODES: usize = 4096;
/// Bytes that the names of all paths of a part may take together.
const MAX_BYTES: usize = 2 << 20;
/// What an element of a path costs beside its bytes, in bytes.
const ELEMENT: usize = 32;
/// Bytes of a key that a name shows, and bytes of a name before it is cut: names are repeated for every finding.
const MAX_KEY: usize = 128;
const MAX_NAME: usize = 1024;
/// Children that are compared one by one before a hash is asked.
const FEW: usize = 8;

pub(super) const ROOT: u32 = 0;
const NONE: u32 = u32::MAX;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Root,
    Key,
    Item,
    /// All keys of the parent that have no node of their own, and all that lies below them.
    Rest,
}

struct Node {
    parent: u32,
    step: Step,
    /// The decoded key.
    key: Box<[u8]>,
    masked: Option<Arc<str>>,
    children: Vec<u32>,
    /// From key to position in `children`; only where those are many.
    places: HashMap<Box<[u8]>, u32>,
    item: u32,
    rest: u32,
    column: u32,
    /// What the names of this path take, in bytes.
    cost: usize,
}

impl Node {
    fn new(parent: u32, step: Step, key: &[u8], cost: usize) -> Self {
        Self {
            parent,
            step,
            key: key.into(),
            masked: None,
            children: Vec::new(),
            places: HashMap::new(),
            item: NONE,
            rest: NONE,
            column: NONE,
            cost,
        }
    }
}

/// The paths of a part.
pub(super) struct Paths {
    nodes: Vec<Node>,
    cost: usize,
}

impl Paths {
    pub fn new() -> Self {
        Self { nodes: vec![Node::new(ROOT, Step::Root, b"", ELEMENT)], cost: ELEMENT }
    }

    fn node(&self, id: u32) -> Option<&Node> {
        self.nodes.get(id as usize)
    }

    /// The path of `key` below `parent`. `next` is where the last sibling left off; `mask` is asked once for a new path.
    #[inline]
    pub fn child(&mut self, parent: u32, next: &mut u32, key: &[u8], mask: impl FnOnce() -> Option<String>) -> u32 {
        if let Some(node) = self.node(parent) {
            if let Some(&child) = node.children.get(*next as usize)
                && self.node(child).is_some_and(|c| *c.key == *key)
            {
                *next += 1;
                return child;
            }
            if node.step == Step::Rest {
                return parent;
            }
        }
        self.find(parent, next, key).unwrap_or_else(|| self.add(parent, next, key, mask))
    }

    fn find(&self, parent: u32, next: &mut u32, key: &[u8]) -> Option<u32> {
        let node = self.node(parent)?;
        let start = (*next as usize).min(node.children.len());
        let (before, after) = node.children.split_at(start);
        let near = after.iter().chain(before).take(FEW).position(|&id| self.node(id).is_some_and(|c| *c.key == *key));
        let place = match near {
            Some(steps) => (start + steps) % node.children.len().max(1),
            None => *node.places.get(key)? as usize,
        };
        *next = place as u32 + 1;
        node.children.get(place).copied()
    }

    fn add(&mut self, parent: u32, next: &mut u32, key: &[u8], mask: impl FnOnce() -> Option<String>) -> u32 {
        let cost = self.node(parent).map_or(0, |n| n.cost).saturating_add(key.len() + ELEMENT);
        if !self.has_room(cost) {
            return self.rest(parent);
        }
        let masked = mask();
        let cost = cost.saturating_add(masked.as_ref().map_or(0, String::len));
        let Some(id) = self.make(parent, Step::Key, key, cost) else { return self.rest(parent) };
        if let Some(node) = self.nodes.get_mut(id as usize) {
            node.masked = masked.map(Arc::from);
        }
        let Some(node) = self.nodes.get_mut(parent as usize) else { return id };
        let place = node.children.len() as u32;
        node.children.push(id);
        *next = place + 1;
        if node.children.len() > FEW {
            if node.places.is_empty() {
                let children = node.children.clone();
                let known: HashMap<Box<[u8]>, u32> =
                    children.iter().zip(0..).filter_map(|(&c, at)| Some((self.node(c)?.key.clone(), at))).collect();
                if let Some(node) = self.nodes.get_mut(parent as usize) {
                    node.places = known;
                }
            } else {
                node.places.insert(key.into(), place);
            }
        }
        id
    }

    fn has_room(&self, cost: usize) -> bool {
        self.nodes.len() < MAX_NODES && self.cost.saturating_add(cost) <= MAX_BYTES
    }

    fn make(&mut self, parent: u32, step: Step, key: &[u8], cost: usize) -> Option<u32> {
        if !self.has_room(cost) {
            return None;
        }
        self.cost += cost;
        self.nodes.push(Node::new(parent, step, key, cost));
        Some(self.nodes.len() as u32 - 1)
    }

    /// The path of the elements of an array at `parent`.
    #[inline]
    pub fn item(&mut self, parent: u32) -> u32 {
        let Some(node) = self.node(parent) else { return parent };
        if node.item != NONE {
            return node.item;
        }
        if node.step == Step::Rest {
            return parent;
        }
        let cost = node.cost + ELEMENT;
        let id = match self.make(parent, Step::Item, b"", cost) {
            Some(id) => id,
            None => self.rest(parent),
        };
        if let Some(node) = self.nodes.get_mut(parent as usize) {
            node.item = id;
        }
        id
    }

    /// Its cost was paid by the parent's: there is at most one a node.
    fn rest(&mut self, parent: u32) -> u32 {
        let Some(node) = self.nodes.get(parent as usize) else { return parent };
        if node.rest != NONE {
            return node.rest;
        }
        let id = self.nodes.len() as u32;
        let cost = node.cost;
        self.nodes.push(Node::new(parent, Step::Rest, b"", cost));
        if let Some(node) = self.nodes.get_mut(parent as usize) {
            node.rest = id;
        }
        id
    }

    /// Whether the path stands for many keys, so that its key has to be asked for each time.
    pub fn is_rest(&self, id: u32) -> bool {
        self.node(id).is_some_and(|n| n.step == Step::Rest)
    }

    /// Whether the path's key is or could be personal.
    #[inline]
    pub fn is_odd(&self, id: u32) -> bool {
        self.node(id).is_some_and(|n| n.masked.is_some() || n.step == Step::Rest)
    }

    /// What takes the place of the path's key, where it is personal.
    pub fn masked(&self, id: u32) -> Option<&Arc<str>> {
        self.node(id)?.masked.as_ref()
    }

    /// The index of the path's column; it is made where there is none yet.
    #[inline]
    pub fn column(&mut self, id: u32, columns: &mut Vec<Arc<Column>>) -> u32 {
        match self.nodes.get_mut(id as usize) {
            Some(node) if node.column != NONE => node.column,
            _ => self.new_column(id, columns),
        }
    }

    #[cold]
    fn new_column(&mut self, id: u32, columns: &mut Vec<Arc<Column>>) -> u32 {
        let column = columns.len() as u32;
        columns.push(Arc::new(self.describe(id)));
        if let Some(node) = self.nodes.get_mut(id as usize) {
            node.column = column;
        }
        column
    }

    fn describe(&self, id: u32) -> Column {
        let mut chain = Vec::new();
        let mut at = id;
        while let Some(node) = self.node(at)
            && node.step != Step::Root
        {
            chain.push(node);
            at = node.parent;
        }
        let mut column = Column::default();
        for node in chain.iter().rev() {
            if column.name.len() > MAX_NAME {
                if !column.name.ends_with('…') {
                    column.name.push('…');
                }
                if node.step == Step::Key {
                    column.elements.push(String::from_utf8_lossy(&node.key).into_owned());
                }
                continue;
            }
            match node.step {
                Step::Root => {}
                Step::Item => column.name.push_str("[]"),
                Step::Rest => column.name.push_str("{}"),
                Step::Key => {
                    let key = String::from_utf8_lossy(&node.key);
                    push_key(&mut column.name, node.masked.as_deref().unwrap_or(&key));
                    column.elements.push(key.into_owned());
                }
            }
        }
        if chain.is_empty() {
            column.name.push_str("value");
        }
        column
    }
}

/// Appends a key to a path, in brackets and quotes where it is no plain word.
fn push_key(name: &mut String, key: &str) {
    let plain = key.bytes().enumerate().all(|(i, b)| match b {
        b'A'..=b'Z' | b'a'..=b'z' | b'_' => true,
        b'0'..=b'9' | b'-' => i > 0,
        _ => false,
    });
    if plain && !key.is_empty() && key.len() <= MAX_KEY {
        if !name.is_empty() {
            name.push('.');
        }
        name.push_str(key);
        return;
    }
    name.push_str("[\"");
    let shown = (0..=MAX_KEY.min(key.len())).rev().find(|&at| key.is_char_boundary(at)).unwrap_or(0);
    for letter in key.get(..shown).unwrap_or_default().chars() {
        match letter {
            '"' | '\\' => name.extend(['\\', letter]),
            // Names reach terminals.
            _ if letter.is_control() => {
                let _ = write!(name, "\\u{:04x}", u32::from(letter));
            }
            _ => name.push(letter),
        }
    }
    if shown < key.len() {
        name.push('…');
    }
    name.push_str("\"]");
}

/// Fills the list positions into a column's name, outermost first: `a[].b["c[]"][]` with 3 and 0 is `a[3].b["c[]"][0]`.
pub(super) fn with_positions(name: &str, positions: &[usize]) -> String {
    let mut out = String::with_capacity(name.len() + positions.len() * 2);
    let mut positions = positions.iter();
    let mut letters = name.chars().peekable();
    let mut quoted = false;
    while let Some(letter) = letters.next() {
        out.push(letter);
        match letter {
            '\\' if quoted => out.extend(letters.next()),
            '"' => quoted = !quoted,
            '[' if !quoted && letters.peek() == Some(&']') => {
                if let Some(position) = positions.next() {
                    let _ = write!(out, "{position}");
                }
            }
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name_of(paths: &mut Paths, id: u32) -> String {
        let mut columns = Vec::new();
        let column = paths.column(id, &mut columns);
        columns[column as usize].name.clone()
    }

    #[test]
    fn odd_keys_are_quoted() {
        for (keys, expected, reason) in [
            (&["a", "b"][..], "a.b", "plain words"),
            (&["a", "x.y"], r#"a["x.y"]"#, "a dot would read as two elements"),
            (&["x y"], r#"["x y"]"#, "odd at the root"),
            (&["9a", "a9", "_", "a-b"], r#"["9a"].a9._.a-b"#, "a word does not begin with a digit"),
            (&[""], r#"[""]"#, "the empty key"),
            (&["a\"\\\u{1b}"], r#"["a\"\\\u001b"]"#, "quotes and controls are escaped"),
        ] {
            let mut paths = Paths::new();
            let id = keys.iter().fold(ROOT, |at, key| paths.child(at, &mut 0, key.as_bytes(), || None));
            assert_eq!(name_of(&mut paths, id), expected, "{reason}");
        }
    }

    #[test]
    fn keys_are_found_in_any_order() {
        let mut paths = Paths::new();
        let keys: Vec<String> = (0..100).map(|i| format!("k{i}")).collect();
        let mut next = 0;
        let ids: Vec<u32> = keys.iter().map(|k| paths.child(ROOT, &mut next, k.as_bytes(), || None)).collect();
        for step in [1, 3, 7, 99] {
            let mut next = 0;
            for i in (0..100).map(|i| i * step % 100) {
                assert_eq!(paths.child(ROOT, &mut next, keys[i].as_bytes(), || unreachable!()), ids[i]);
            }
        }
    }

    #[test]
    fn hostile_keys_share_a_column() {
        let mut paths = Paths::new();
        let parent = paths.child(ROOT, &mut 0, b"a", || None);
        let (mut last, mut asked) = (0, 0);
        for i in 0..10_000 {
            last = paths.child(parent, &mut 0, format!("k{i}").as_bytes(), || {
                asked += 1;
                None
            });
        }
        assert!(asked < MAX_NODES, "keys without a path of their own are asked for by their cell, not twice");
        assert_eq!(name_of(&mut paths, last), "a{}");
        assert_eq!(paths.child(last, &mut 0, b"x", || None), last, "what lies below stays there");
        assert_eq!(paths.item(last), last);

        let mut paths = Paths::new();
        let long = paths.child(ROOT, &mut 0, &vec![b'x'; MAX_BYTES], || None);
        assert_eq!(name_of(&mut paths, long), "{}", "one huge key");
    }

    #[test]
    fn positions_fill_brackets_outside_quotes() {
        for (name, positions, expected) in [
            ("a[].b", &[3][..], "a[3].b"),
            ("[][]", &[1, 2], "[1][2]"),
            (r#"a["[]"][]"#, &[7], r#"a["[]"][7]"#),
            (r#"a["\"[]"][]"#, &[7], r#"a["\"[]"][7]"#),
            ("a{}", &[7], "a{}"),
        ] {
            assert_eq!(with_positions(name, positions), expected);
        }
    }
}
