//! Rows that ask and answer: the last cell is the answer, what stands before it the prompt.

use crate::profile::GAP;

/// The words of the prompt and of the answer; no answer where the row has one cell.
pub fn parted(words: &[u64]) -> (&[u64], &[u64]) {
    let end = words.iter().rposition(|word| *word != GAP).map_or(0, |last| last + 1);
    let told = words.get(..end).unwrap_or_default();
    match told.iter().rposition(|word| *word == GAP) {
        Some(gap) => (words.get(..gap).unwrap_or_default(), words.get(gap + 1..end).unwrap_or_default()),
        None => (told, &[]),
    }
}

/// What a whole answer is known by.
pub fn hash(answer: &[u64]) -> u64 {
    answer.iter().fold(0x6a09_e667_f3bc_c908, |sum: u64, word| (sum.rotate_left(17) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_cell_is_the_answer() {
        for (words, prompt, answer, why) in [
            (&[1, 2, GAP, 3, GAP][..], &[1, 2][..], &[3][..], "two cells"),
            (&[1, GAP, 2, GAP, 3, 4], &[1, GAP, 2], &[3, 4], "three cells, the last cut off"),
            (&[1, 2, GAP], &[1, 2], &[], "one cell"),
            (&[], &[], &[], "nothing"),
        ] {
            assert_eq!(parted(words), (prompt, answer), "{why}");
        }
        assert_ne!(hash(&[1, 2]), hash(&[2, 1]));
    }
}
