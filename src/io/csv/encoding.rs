//! UTF-8 or Windows-1252: told apart once a file, decoded a cell at a time.

use super::Encoding;
use encoding_rs::WINDOWS_1252;

/// Bytes that Windows-1252 gives no character.
fn undefined(byte: u8) -> bool {
    matches!(byte, 0x81 | 0x8D | 0x8F | 0x90 | 0x9D)
}

/// The encoding of a file's first bytes. Windows-1252 only where what is not UTF-8 outweighs what is.
pub(super) fn detect(head: &[u8], whole: bool) -> Encoding {
    let (mut broken, mut sound) = (0_usize, 0_usize);
    let mut read = 0;
    for chunk in head.utf8_chunks() {
        sound += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        read += chunk.valid().len() + chunk.invalid().len();
        let cut_short = !whole && read == head.len() && chunk.invalid().len() < 4;
        if !chunk.invalid().is_empty() && !cut_short {
            broken += 1;
        }
    }
    if broken > sound && !head.iter().any(|&b| undefined(b)) { Encoding::Windows1252 } else { Encoding::Utf8 }
}

/// Whether `bytes` may stand in a file of this encoding.
pub(super) fn allowed(encoding: Encoding, bytes: &[u8]) -> bool {
    match encoding {
        Encoding::Utf8 => simdutf8::basic::from_utf8(bytes).is_ok(),
        Encoding::Windows1252 => bytes.is_ascii() || !bytes.iter().any(|&b| undefined(b)),
    }
}

/// Appends `bytes` as UTF-8. They must be [`allowed`].
pub(super) fn decode(encoding: Encoding, bytes: &[u8], out: &mut Vec<u8>) {
    match encoding {
        Encoding::Utf8 => out.extend_from_slice(bytes),
        Encoding::Windows1252 => {
            out.extend_from_slice(WINDOWS_1252.decode_without_bom_handling(bytes).0.as_bytes());
        }
    }
}

/// Appends `text` in the file's encoding; `?` for a character that it lacks.
pub(super) fn encode(encoding: Encoding, text: &str, out: &mut Vec<u8>) {
    if encoding == Encoding::Utf8 || text.is_ascii() {
        out.extend_from_slice(text.as_bytes());
        return;
    }
    let mut buffer = [0_u8; 4];
    for c in text.chars() {
        let (bytes, _, lacking) = WINDOWS_1252.encode(c.encode_utf8(&mut buffer));
        match *bytes {
            [byte] if !lacking && !undefined(byte) => out.push(byte),
            _ => out.push(b'?'),
        }
    }
}

/// How many bytes of UTF-8 a byte of the file gives.
pub(super) fn width(encoding: Encoding, byte: u8) -> usize {
    match (encoding, byte) {
        (Encoding::Utf8, _) | (_, ..0x80) => 1,
        (_, 0x83 | 0x88 | 0x8A | 0x8C | 0x8E | 0x98 | 0x9A | 0x9C | 0x9E | 0x9F | 0xA0..) => 2,
        _ => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoding_is_told_from_its_bytes() {
        for (head, whole, expected, why) in [
            (&b"plain"[..], true, Encoding::Utf8, "ASCII is UTF-8"),
            ("Müller".as_bytes(), true, Encoding::Utf8, "sound UTF-8"),
            (b"M\xFCller,Ren\xE9", true, Encoding::Windows1252, "only broken sequences"),
            (b"\x80 \x93x\x94", true, Encoding::Windows1252, "euro sign and curly quotes"),
            ("ä ö ü \u{df} é \u{fffd}".as_bytes(), true, Encoding::Utf8, "many sound ones"),
            (b"\xC3\xA4\xC3\xB6\xC3\xBC x\xFFx", true, Encoding::Utf8, "one broken among sound ones"),
            (b"a\xFC \x81", true, Encoding::Utf8, "0x81 is undefined in Windows-1252"),
            (b"abc\xC3", false, Encoding::Utf8, "a sequence cut by the end of the sample"),
            (b"abc\xC3", true, Encoding::Windows1252, "the same at the end of the file"),
            (b"", true, Encoding::Utf8, "nothing"),
        ] {
            assert_eq!(detect(head, whole), expected, "{why}");
        }
    }

    #[test]
    fn widths_are_those_of_the_decoder() {
        for byte in 0..=255_u8 {
            if !undefined(byte) {
                let mut out = Vec::new();
                decode(Encoding::Windows1252, &[byte], &mut out);
                assert_eq!(out.len(), width(Encoding::Windows1252, byte), "{byte:#x}");
            }
        }
    }

    #[test]
    fn what_the_encoding_lacks_becomes_a_question_mark() {
        let mut out = Vec::new();
        encode(Encoding::Windows1252, "ü€中\u{81}", &mut out);
        assert_eq!(out, b"\xFC\x80??");
    }
}
