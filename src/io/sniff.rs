//! What kind of file some first bytes belong to. Names are not looked at: a `.csv` may hold Parquet.

use super::wide::Wide;

/// What a file is, by its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Apache Parquet.
    Parquet,
    /// A gzip stream.
    Gzip,
    /// A bzip2 stream.
    Bzip2,
    /// A Zstandard stream (a skippable frame in front included).
    Zstd,
    /// Text that begins with `{` or `[`.
    Json,
    /// Other text: delimited.
    Text,
    /// No bytes at all, or nothing but a byte order mark.
    Empty,
    /// UTF-16 or UTF-32, with or without a byte order mark.
    Wide(Wide),
    /// Something that is not read; its name.
    Other(&'static str),
}

/// First bytes that name a format.
const MAGIC: &[(&[u8], Kind)] = &[
    (b"PAR1", Kind::Parquet),
    (b"PARE", Kind::Parquet),
    (b"\x1F\x8B", Kind::Gzip),
    (b"\x28\xB5\x2F\xFD", Kind::Zstd),
    (b"PK\x03\x04", Kind::Other("zip")),
    (b"PK\x05\x06", Kind::Other("zip")),
    (b"%PDF-", Kind::Other("pdf")),
    (b"BZh", Kind::Bzip2),
    (b"\xFD7zXZ\0", Kind::Other("xz")),
    (b"7z\xBC\xAF\x27\x1C", Kind::Other("7z")),
    (b"Rar!\x1A\x07", Kind::Other("rar")),
    (b"\x04\x22\x4D\x18", Kind::Other("lz4")),
    (b"\xFF\x06\0\0sNaPpY", Kind::Other("snappy")),
    (b"LZIP", Kind::Other("lzip")),
    (b"\x1F\x9D", Kind::Other("compress")),
    (b"\x89PNG\r\n\x1A\n", Kind::Other("png")),
    (b"\xFF\xD8\xFF", Kind::Other("jpeg")),
    (b"GIF87a", Kind::Other("gif")),
    (b"GIF89a", Kind::Other("gif")),
    (b"Obj\x01", Kind::Other("avro")),
    (b"ORC", Kind::Other("orc")),
    (b"SQLite format 3\0", Kind::Other("sqlite")),
    (b"ARROW1\0\0", Kind::Other("arrow")),
    (b"FEA1", Kind::Other("feather")),
    (b"\x89HDF\r\n\x1A\n", Kind::Other("hdf5")),
    (b"\x93NUMPY", Kind::Other("numpy")),
    (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", Kind::Other("ole")),
    (b"\x7FELF", Kind::Other("elf")),
    (b"\0asm", Kind::Other("wasm")),
];

/// Magic bytes that are also plain words; they count only where what follows is not text.
const WORDS: [&[u8]; 6] = [b"BZh", b"ORC", b"LZIP", b"FEA1", b"PAR1", b"PARE"];

/// How many bytes tell text from binary.
const TASTE: usize = 64 << 10;

/// The kind of file that begins with `head`. A few KiB are enough; more than 64 KiB are not looked at.
#[must_use]
pub fn kind(head: &[u8]) -> Kind {
    if head.is_empty() {
        return Kind::Empty;
    }
    let taste = head.get(..TASTE).unwrap_or(head);
    for (magic, kind) in MAGIC {
        if head.starts_with(magic) && !(WORDS.contains(magic) && is_word(taste, magic)) {
            return *kind;
        }
    }
    match head {
        [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..] => return Kind::Zstd,
        [0xFF, 0xFE, 0, 0, ..] => return marked(taste, Wide::Utf32Le),
        [0, 0, 0xFE, 0xFF, ..] => return marked(taste, Wide::Utf32Be),
        [0xFF, 0xFE, ..] => return marked(taste, Wide::Utf16Le),
        [0xFE, 0xFF, ..] => return marked(taste, Wide::Utf16Be),
        [_, _, _, _, b'f', b't', b'y', b'p', ..] if head.starts_with(b"\0\0") => return Kind::Other("mp4"),
        _ => {}
    }
    if taste.get(257..262) == Some(b"ustar") {
        return Kind::Other("tar");
    }
    if let Some(wide) = wide(taste) {
        return Kind::Wide(wide);
    }
    let text = taste.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(taste);
    if text.is_empty() {
        return Kind::Empty;
    }
    if !is_text(text) {
        return Kind::Other("binary");
    }
    match text.iter().find(|b| !b.is_ascii_whitespace()) {
        Some(b'{' | b'[') => Kind::Json,
        _ => Kind::Text,
    }
}

/// A magic that reads like text is text where text follows: Parquet goes on with a thrift header, bzip2 with a level and π.
fn is_word(taste: &[u8], magic: &[u8]) -> bool {
    let behind = taste.get(magic.len()..).unwrap_or_default();
    let near = behind.get(..64).unwrap_or(behind);
    let pi = magic == b"BZh" && near.get(1..7) == Some(b"\x31\x41\x59\x26\x53\x59");
    !pi && !near.iter().any(|&b| is_control(b) || b >= 0x80)
}

/// A control character that text has no use for. Tab, line ends, form feed and escape (ANSI colours) are of use.
fn is_control(byte: u8) -> bool {
    byte == 0x7F || (byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0B | 0x0C | 0x1B))
}

/// UTF-16 and UTF-32 without a mark, told by their NULs, if what they hold then reads as text.
fn wide(taste: &[u8]) -> Option<Wide> {
    // Most files end here.
    memchr::memchr(0, taste)?;
    let brackets = by_brackets(taste).filter(|&wide| Look::of(taste, wide).is_text(512));
    brackets.or_else(|| by_nuls(taste).filter(|&wide| Look::of(taste, wide).is_text(32)))
}

/// A byte order mark, unless next to nothing behind it could be text: two bytes are soon there by chance.
fn marked(taste: &[u8], wide: Wide) -> Kind {
    let look = Look::of(taste, wide);
    if look.odd <= 4 || look.odd * 20 <= look.sound { Kind::Wide(wide) } else { Kind::Other("binary") }
}

/// RFC 4627, section 3: JSON begins with two ASCII characters, whose NULs tell the encoding.
fn by_brackets(taste: &[u8]) -> Option<Wide> {
    let opens = |byte: u8| matches!(byte, b'{' | b'[');
    let goes_on = |byte: u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace();
    match *taste.get(..8).unwrap_or(taste) {
        [a, 0, 0, 0, b, 0, 0, 0] if opens(a) && goes_on(b) => Some(Wide::Utf32Le),
        [0, 0, 0, a, 0, 0, 0, b] if opens(a) && goes_on(b) => Some(Wide::Utf32Be),
        [a, 0, b, 0, ..] if opens(a) && goes_on(b) => Some(Wide::Utf16Le),
        [0, a, 0, b, ..] if opens(a) && goes_on(b) => Some(Wide::Utf16Be),
        _ => None,
    }
}

/// Most text has NULs in the same places, and none in the others; text of other letters has them where its spaces, digits
/// and line ends are.
fn by_nuls(taste: &[u8]) -> Option<Wide> {
    let mut nuls = [0_usize; 4];
    for quad in taste.chunks_exact(4) {
        for (count, &byte) in nuls.iter_mut().zip(quad) {
            *count += usize::from(byte == 0);
        }
    }
    let quads = taste.len() / 4;
    if quads == 0 {
        return None;
    }
    let [a, b, c, d] = nuls;
    let often = |n: usize| n * 10 >= quads * 4;
    let seldom = |n: usize| n * 20 <= quads || (n == 1 && quads >= 8);
    if d == quads && often(c) && seldom(a) {
        return Some(Wide::Utf32Le);
    }
    if a == quads && often(b) && seldom(d) {
        return Some(Wide::Utf32Be);
    }
    // NULs on one side only, by chance as good as never. Such bytes may well be data of another kind if they are UTF-8.
    let one_sided = |own: usize, other: usize| own >= 4 && own * 16 >= quads && other == 0 && !is_utf8_text(taste);
    if (often(b) && often(d) && seldom(a) && seldom(c)) || one_sided(b + d, a + c) {
        return Some(Wide::Utf16Le);
    }
    if (often(a) && often(c) && seldom(b) && seldom(d)) || one_sided(a + c, b + d) {
        return Some(Wide::Utf16Be);
    }
    None
}

/// UTF-8, and few enough control characters.
fn is_utf8_text(taste: &[u8]) -> bool {
    is_text(taste) && simdutf8::compat::from_utf8(taste).map_or_else(|e| e.valid_up_to() + 4 > taste.len(), |_| true)
}

/// What some bytes hold if they are text in an encoding.
struct Look {
    /// Characters of any kind.
    sound: usize,
    /// ASCII that is no control.
    plain: usize,
    /// Controls, what is not in use or in private use, and what is no character.
    odd: usize,
}

impl Look {
    fn of(taste: &[u8], wide: Wide) -> Self {
        let mut text = Vec::with_capacity(taste.len() * 2);
        let whole = taste.len() - taste.len() % wide.unit_bytes();
        wide.decode(taste.get(..whole).unwrap_or(taste), false, &mut text);
        let mut look = Self { sound: 0, plain: 0, odd: 0 };
        for chunk in text.utf8_chunks() {
            for c in chunk.valid().chars() {
                let control = c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\x1B');
                let nothing = u32::from(c) & 0xFFFE == 0xFFFE || matches!(u32::from(c), 0xFDD0..0xFDF0 | 0xE000..0xF900);
                look.odd += usize::from(control || nothing);
                look.plain += usize::from(c.is_ascii() && !control);
                look.sound += 1;
            }
            look.odd += usize::from(chunk.invalid().first().is_some_and(|lead| *lead >= 0xC0));
        }
        look
    }

    /// Whether it looks like text, or any table of small numbers would pass: one character of so many at least is ASCII, and
    /// next to none are odd. A short file may have one of them all the same.
    fn is_text(&self, plain_in: usize) -> bool {
        let few = self.odd.saturating_sub(1) * 50 <= self.sound && self.odd * 8 <= self.sound;
        few && self.plain * plain_in >= self.sound && self.plain > 0
    }
}

/// Few enough control characters. Text in another encoding has none either; a NUL now and then is data.
fn is_text(taste: &[u8]) -> bool {
    let controls = taste.iter().filter(|&&b| is_control(b)).count();
    // One in twenty, or a handful in a short file.
    controls * 20 <= taste.len() || (taste.len() < 80 && controls <= 4 && controls * 3 <= taste.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn kinds_are_told_by_content() {
        let table = "id,name,email\r\n1,Ann,ann@example.com\r\n";
        let big: Vec<u8> = table.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let four: Vec<u8> = table.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
        let noise: Vec<u8> =
            b"\xFF\xFE".iter().copied().chain((0..4000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 20) as u8)).collect();
        let numbers: Vec<u8> = (0..4000_u16).flat_map(|n| (n % 90).to_le_bytes()).collect();
        let tokens: Vec<u8> = (0..4000_u32).flat_map(|n| (n * 7919 % 50_257).to_le_bytes()).collect();
        for (head, expected, why) in [
            (&b""[..], Kind::Empty, "nothing"),
            (b"\xEF\xBB\xBF", Kind::Empty, "a mark and nothing"),
            (b"PAR1\x15\0\x15\x80", Kind::Parquet, "magic"),
            (b"PAR1\0\0\0\0\0\0PAR1", Kind::Parquet, "magic, whatever the name says"),
            (b"PAR1,name\n1,x\n", Kind::Text, "a column called PAR1"),
            (b"ORC,name\n1,x\n", Kind::Text, "a column called ORC"),
            (b"\x1F\x8B\x08\0", Kind::Gzip, "magic"),
            (b"\x28\xB5\x2F\xFD\x04", Kind::Zstd, "magic"),
            (b"\x51\x2A\x4D\x18\x04\0\0\0", Kind::Zstd, "a skippable frame"),
            (b"PK\x03\x04\x14\0", Kind::Other("zip"), "magic"),
            (b"BZh91AY&SY\x01", Kind::Bzip2, "magic"),
            (b"%PDF-1.7\n", Kind::Other("pdf"), "magic"),
            (b" \n\t{\"a\":1}", Kind::Json, "a brace after space"),
            (b"\xEF\xBB\xBF[1]", Kind::Json, "a bracket after the mark"),
            (table.as_bytes(), Kind::Text, "a table"),
            (b"\n\n\n", Kind::Text, "blank lines"),
            (b"\"", Kind::Text, "one byte"),
            (b"id,e\n1,a\0b@example.com\n\0\0\0\n2,c\n", Kind::Text, "a few NULs are data"),
            (b"a\n\x1B[2J\x1B]0;pwn\x07\x1B[31mFAKE\n", Kind::Text, "terminal escapes are data"),
            (b"id,name\n1,Ren\xE9\n", Kind::Text, "one byte a character"),
            (&utf16(table), Kind::Wide(Wide::Utf16Le), "little-endian without a mark"),
            (&big, Kind::Wide(Wide::Utf16Be), "big-endian without a mark"),
            (
                &utf16("Привет, мир: все это не только латиница, 1 2 3.\r\n"),
                Kind::Wide(Wide::Utf16Le),
                "NULs where the spaces are",
            ),
            (&utf16(&"\u{43F}\u{440}".repeat(40)), Kind::Other("binary"), "no NULs to tell by"),
            (
                &utf16("{\"\u{43F}\u{440}\u{438}\u{432}\u{435}\u{442}\":1}"),
                Kind::Wide(Wide::Utf16Le),
                "JSON: two ASCII characters come first",
            ),
            (
                &utf16(&format!("\u{FEFF}{}", "\u{4E2D}\u{6587}".repeat(400))),
                Kind::Wide(Wide::Utf16Le),
                "a mark is enough for text",
            ),
            (&utf16(&format!("{{\"t\":\"{}\"}}", "\u{4E2D}\u{6587}".repeat(400))), Kind::Wide(Wide::Utf16Le), "brackets, too"),
            (&noise, Kind::Other("binary"), "a mark by chance"),
            (&numbers, Kind::Other("binary"), "a table of small numbers"),
            (&tokens, Kind::Other("binary"), "numbers of tokens, four bytes each"),
            (&four, Kind::Wide(Wide::Utf32Le), "four bytes a character"),
            (b"\xFF\xFEi\0d\0", Kind::Wide(Wide::Utf16Le), "mark"),
            (b"\xFF\xFE\0\0i\0\0\0", Kind::Wide(Wide::Utf32Le), "mark; begins like that of UTF-16"),
            (&[0_u8; 64], Kind::Other("binary"), "only NULs"),
            (b"\x01\x02\x03\x04\x05\x06\x07\x08binary", Kind::Other("binary"), "controls"),
        ] {
            assert_eq!(kind(head), expected, "{why}");
        }
    }
}
