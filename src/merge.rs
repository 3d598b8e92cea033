//! State that is folded over parts in any tree shape and gives the same bytes.

/// Mergeable state.
///
/// Laws, checked by property tests for every implementation: `Default` is the identity; merging is associative; and where
/// the type says so, commutative. Ordered state orders itself by origin, so that commutativity holds for whole profiles.
pub trait Merge: Default {
    /// Takes `other` in.
    fn merge(&mut self, other: Self);
}
