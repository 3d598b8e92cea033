//! Profiles of one data by many ways of sharding it, for laws that demand one answer of them.

use crate::merge::Merge;
use crate::profile::{Facts, Origin, Profile};

/// The parts of one file with their offsets, put together in several trees; shards go through their bytes.
pub(super) fn in_any_order(parts: &[(u64, &Facts)]) -> Vec<Profile> {
    let tree = |(take, turn): (usize, usize)| {
        let mut order: Vec<usize> = (0..parts.len()).collect();
        order.rotate_left(turn % parts.len());
        let mut whole = Profile::default();
        for group in order.chunks(take).rev() {
            let mut shard = Profile::default();
            for at in group {
                shard.take(Origin { file: "a.csv", offset: parts[*at].0 }, parts[*at].1);
            }
            whole.merge(Profile::from_bytes(&shard.to_bytes()).unwrap());
        }
        whole
    };
    [(1, 0), (2, 3), (3, 5), (7, 2)].map(tree).into()
}
