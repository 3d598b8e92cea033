//! What is written in a text so that readers do not see it: invisible characters, direction controls, letters of another
//! script that look like those around them.

use unicode_security::MixedScript as _;

/// What a text hides, as bits.
pub mod sign {
    /// Zero-width spaces, word joiners, byte order marks behind the start: U+200B, U+2060 and on, U+FEFF.
    pub const ZERO_WIDTH: u8 = 1;
    /// Controls of direction: U+202A and on, U+2066 and on.
    pub const DIRECTION: u8 = 2;
    /// Tag characters: U+E0000 and on, but for flags.
    pub const TAGS: u8 = 4;
    /// A word of letters of several scripts that are not written together.
    pub const MIXED: u8 = 8;
}

/// The bits of what is hidden in a text. ASCII costs one look.
#[must_use]
pub fn hidden(text: &str) -> u8 {
    if text.is_ascii() {
        return 0;
    }
    let mut signs = 0;
    // Emoji flags of regions (England, Texas) are a black flag, tags, and the tag that ends them.
    let mut in_flag = false;
    let mut right_to_left = None;
    for (at, c) in text.char_indices() {
        signs |= match c {
            '\u{200B}' if breaks_words(text, at) => 0,
            '\u{200B}' | '\u{2060}'..='\u{2064}' => sign::ZERO_WIDTH,
            '\u{FEFF}' if at > 0 => sign::ZERO_WIDTH,
            '\u{202D}' | '\u{202E}' => sign::DIRECTION,
            '\u{202A}'..='\u{202C}' | '\u{2066}'..='\u{2069}'
                if !*right_to_left.get_or_insert_with(|| has_right_to_left(text)) =>
            {
                sign::DIRECTION
            }
            '\u{E0000}'..='\u{E007F}' if !in_flag => sign::TAGS,
            _ => 0,
        };
        in_flag = c == '\u{1F3F4}' || in_flag && matches!(c, '\u{E0000}'..='\u{E007E}');
    }
    let letters = text.split(|c: char| !c.is_alphabetic());
    if letters.into_iter().any(is_mixed) {
        signs |= sign::MIXED;
    }
    signs
}

/// Whether a zero-width space stands between letters of a script that has no spaces between words: Thai, Lao, Burmese, Khmer.
fn breaks_words(text: &str, at: usize) -> bool {
    let is_of = |c: Option<char>| c.is_some_and(|c| matches!(c as u32, 0xE00..=0xEFF | 0x1000..=0x109F | 0x1780..=0x17FF));
    let behind = text.get(at..).and_then(|rest| rest.chars().nth(1));
    is_of(text.get(..at).and_then(|before| before.chars().next_back())) && is_of(behind)
}

/// Whether a text has letters that are written from right to left, among which embeddings and isolates have their place;
/// overrides have none.
fn has_right_to_left(text: &str) -> bool {
    text.chars().any(|c| matches!(c as u32, 0x590..=0x8FF | 0xFB1D..=0xFDFF | 0xFE70..=0xFEFC | 0x10800..=0x10FFF))
}

/// Whether a Cyrillic ending follows a Latin name, as in "PDFка": one change of script, and an ending that cannot be read as
/// Latin.
fn is_inflected(word: &str) -> bool {
    let ending = word.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let cyrillic = |c: char| matches!(c, '\u{400}'..='\u{52F}');
    ending.len() < word.len() - 1
        && ending.chars().all(cyrillic)
        && ending.chars().any(|c| !"аеорсухіѕјһԛԝАВЕЅІЈКМНОРСТХУ".contains(c))
}

/// Whether a word mixes scripts that look alike. Greek letters are signs of science beside Latin ones (µm, Δx, βeta): such a
/// word has three Latin letters in a row or more around the Greek one, and no sign is written like that.
fn is_mixed(word: &str) -> bool {
    if word.is_ascii() || word.is_single_script() || is_inflected(word) {
        return false;
    }
    let (mut latin, mut other) = (0, 0);
    for c in word.chars() {
        match c {
            'a'..='z' | 'A'..='Z' | '\u{C0}'..='\u{24F}' => latin += 1,
            '\u{400}'..='\u{52F}' | '\u{530}'..='\u{58F}' => other += 2,
            '\u{370}'..='\u{3FF}' if looks_latin(c) => other += 1,
            _ => {}
        }
    }
    latin > 0 && (other > 1 || other == 1 && latin >= 3)
}

/// Greek letters that cannot be told from Latin ones.
fn looks_latin(c: char) -> bool {
    matches!(c, 'Α' | 'Β' | 'Ε' | 'Ζ' | 'Η' | 'Ι' | 'Κ' | 'Μ' | 'Ν' | 'Ο' | 'Ρ' | 'Τ' | 'Υ' | 'Χ' | 'ν' | 'ο' | 'ρ' | 'υ' | 'ι')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hidden_is_told_from_what_is_written() {
        for (text, want, why) in [
            ("plain text", 0, "ASCII"),
            ("naïve café, Straße", 0, "accents"),
            ("a\u{200b}b", sign::ZERO_WIDTH, "a zero-width space"),
            ("\u{feff}begins", 0, "a byte order mark"),
            ("be\u{feff}gins", sign::ZERO_WIDTH, "one within"),
            ("ไทย\u{200b}ภาษา", 0, "a break between Thai words"),
            ("ไทย\u{200b}x", sign::ZERO_WIDTH, "one beside a letter of another script"),
            ("\u{202b}سلام \u{202a}PDF\u{202c}\u{202c}", 0, "embeddings among Arabic letters"),
            ("سلام \u{202e}PDF", sign::DIRECTION, "an override among them"),
            ("\u{2068}Ann\u{2069} left", sign::DIRECTION, "isolates where nothing is written from right to left"),
            ("открыл PDFку и iPhoneом", 0, "Cyrillic endings of Latin names"),
            ("moviе", sign::MIXED, "an ending that can be read as Latin"),
            ("user\u{202e}txt.exe", sign::DIRECTION, "an override"),
            ("x\u{e0069}\u{e0067}", sign::TAGS, "tags"),
            ("\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f} ok", 0, "the flag of England"),
            ("p\u{0430}ypal", sign::MIXED, "a Cyrillic a"),
            ("g\u{03bf}ogle", sign::MIXED, "a Greek o"),
            ("Москва and Moscow", 0, "two scripts, two words"),
            ("5 µm, Δx, α-helix, kΩ", 0, "signs of science"),
            ("👩\u{200d}👩\u{200d}👧 ❤\u{fe0f}", 0, "emoji with joiners"),
            ("می\u{200c}خواهم", 0, "Persian with a non-joiner"),
            ("क्\u{200d}ष नमस्ते", 0, "Hindi with a joiner"),
            ("สวัสดีชาวโลก", 0, "Thai"),
            ("東京タワーへ行くTokyoです", 0, "Japanese mixes by nature"),
            ("한국어와 漢字", 0, "Korean"),
            ("שלום עולם \u{200f}", 0, "Hebrew with a mark of direction"),
        ] {
            assert_eq!(hidden(text), want, "{why}");
        }
    }
}
