//! Wide encodings: there and back, broken units and any cuts included.

use super::*;

fn decoded(raw: &[u8], wide: Wide) -> Vec<u8> {
    let mut out = Vec::new();
    assert_eq!(wide.decode(raw, true, &mut out), raw.len());
    out
}

fn encoded(pieces: &[&[u8]], wide: Wide) -> Vec<u8> {
    let (mut encoder, mut out) = (Encoder::new(wide), Vec::new());
    for piece in pieces {
        encoder.encode(piece, &mut out).unwrap();
    }
    encoder.finish().unwrap();
    out
}

#[test]
fn names_are_those_of_the_stage() {
    for wide in Wide::ALL {
        assert_eq!(Wide::named(wide.name()), Some(wide));
        assert_eq!(serde_json::to_value(wide).unwrap(), wide.name());
    }
    assert_eq!(Wide::named("utf-8"), None);
}

#[test]
fn characters_become_utf8_and_the_rest_what_utf8_has_not() {
    use Wide::{Utf16Be, Utf16Le, Utf32Be, Utf32Le};
    for (wide, raw, expected, why) in [
        (Utf16Le, &b""[..], &b""[..], "nothing"),
        (Utf16Le, b"\xFF\xFEa\0", "\u{FEFF}a".as_bytes(), "the mark is a character"),
        (Utf16Be, b"\xFE\xFF\0a", "\u{FEFF}a".as_bytes(), "the mark is a character"),
        (Utf16Le, b"\xE9\0\xAC\x20\x3D\xD8\x00\xDE", "é€😀".as_bytes(), "two, three and four bytes"),
        (Utf16Be, b"\xD8\x3D\xDE\x00", "😀".as_bytes(), "a pair"),
        (Utf16Le, b"\x3D\xD8a\0", b"\xED\xA0\xBDa", "the first half alone"),
        (Utf16Le, b"\x00\xDE\x3D\xD8", b"\xED\xB8\x80\xED\xA0\xBD", "halves the wrong way round"),
        (Utf16Le, b"\x3D\xD8\x3D\xD8\x00\xDE", b"\xED\xA0\xBD\xF0\x9F\x98\x80", "a half, then a pair"),
        (Utf16Le, b"a\0b", b"a\xFE\x86\x82", "a byte too few"),
        (Utf16Le, b"\x3D\xD8b", b"\xED\xA0\xBD\xFE\x86\x82", "half a pair and a byte too few"),
        (Utf32Le, b"\xFF\xFE\0\0\x00\xF6\x01\0", "\u{FEFF}😀".as_bytes(), "a mark and a character"),
        (Utf32Be, b"\0\x01\xF6\0", "😀".as_bytes(), "the highest byte first"),
        (Utf32Le, b"\0\xD8\0\0\0\xDC\0\0", b"\xED\xA0\x80\xED\xB0\x80", "UTF-32 has no pairs"),
        (Utf32Le, b"\0\0\x11\0", b"\xFF\x80\x80\x84\x90\x80\x80", "one above the last character"),
        (Utf32Be, b"\xFF\xFF\xFF\xFF", b"\xFF\x83\xBF\xBF\xBF\xBF\xBF", "the largest number"),
        (Utf32Be, b"\0\0\0a\0\0\0", b"a\xFE\x80\x80\xFE\x80\x80\xFE\x80\x80", "three bytes of four"),
    ] {
        let got = decoded(raw, wide);
        assert_eq!(got, expected, "{wide:?}: {why}");
        assert_eq!(wide.source_len(&got), raw.len() as u64, "{wide:?}: {why}");
        assert_eq!(encoded(&[&got], wide), raw, "{wide:?}: {why}");
    }
}

#[test]
fn what_no_decoder_gave_is_refused() {
    for (wide, bytes, why) in [
        (Wide::Utf16Le, &b"\x80"[..], "a tail without its head"),
        (Wide::Utf16Le, b"\xC3a", "a head without its tail"),
        (Wide::Utf16Le, b"\xFF\x80\x80\x84\x90\x80\x80", "a number that UTF-16 cannot hold"),
        (Wide::Utf32Le, b"\xF8\x88\x80\x80\x80", "five bytes"),
    ] {
        assert!(Encoder::new(wide).encode(bytes, &mut Vec::new()).is_err(), "{why}");
    }
    let mut cut = Encoder::new(Wide::Utf32Le);
    cut.encode("é".as_bytes().get(..1).unwrap(), &mut Vec::new()).unwrap();
    assert!(cut.finish().is_err(), "half of a character at the end");
}

/// Gives a few bytes at a time, then fails.
struct Drip<'a>(&'a [u8], usize);

impl Read for Drip<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = buffer.len().min(self.1).min(self.0.len());
        let (now, later) = self.0.split_at(n);
        self.0 = later;
        buffer.get_mut(..n).unwrap().copy_from_slice(now);
        if n == 0 { Err(io::Error::other("broken")) } else { Ok(n) }
    }
}

proptest::proptest! {
    #[test]
    fn any_bytes_come_back_however_they_are_cut(
        raw in proptest::collection::vec(proptest::sample::select(&b"\0a\n\xD8\xDC\xDF\xFF\x10\x11"[..]), 0..60),
        step in 1..9_usize, cut in 0..80_usize, which in 0..4_usize,
    ) {
        let wide = Wide::ALL[which];
        let mut got = Vec::new();
        let error = Decoder::new(Drip(&raw, step), wide).read_to_end(&mut got).unwrap_err();
        assert_eq!(error.to_string(), "broken");
        assert_eq!(&got, &decoded(&raw, wide));
        assert_eq!(wide.source_len(&got), raw.len() as u64);
        let (first, last) = got.split_at(cut.min(got.len()));
        assert_eq!(encoded(&[first, last], wide), raw);
    }
}
