//! Page compression with an output bound: nothing is decompressed past the size that the page header declares.
//!
//! The Parquet library's own gzip and brotli readers run to the end of the stream, whatever it expands to.

use super::failure::Failure;
use crate::batch::Reason;
use parquet::basic::Compression;
use std::cell::RefCell;
use std::io::{Read, Write};

fn broken() -> Failure {
    Failure::Data(Reason::BrokenPage)
}

/// Decompresses `input` to exactly `size` bytes.
pub(super) fn decompress(codec: Compression, input: &[u8], size: usize) -> Result<Vec<u8>, Failure> {
    if size == 0 && !matches!(codec, Compression::LZO) {
        return Ok(Vec::new());
    }
    let out = match codec {
        Compression::UNCOMPRESSED => input.to_vec(),
        Compression::SNAPPY => {
            if snap::raw::decompress_len(input).map_err(|_| broken())? != size {
                return Err(broken());
            }
            snap::raw::Decoder::new().decompress_vec(input).map_err(|_| broken())?
        }
        Compression::GZIP(_) => bounded(flate2::read::MultiGzDecoder::new(input), size)?,
        Compression::BROTLI(_) => bounded(brotli::Decompressor::new(input, 4096), size)?,
        Compression::ZSTD(_) => unzstd(input, size)?,
        Compression::LZ4_RAW => lz4_block(input, size).ok_or_else(broken)?,
        Compression::LZ4 => match lz4_hadoop(input, size) {
            Some(out) => out,
            // Older writers put a frame or a bare block under this name.
            None => match bounded(lz4_flex::frame::FrameDecoder::new(input), size) {
                Ok(out) if out.len() == size => out,
                _ => lz4_block(input, size).ok_or_else(broken)?,
            },
        },
        Compression::LZO => return Err(Failure::Data(Reason::Unsupported)),
    };
    if out.len() == size { Ok(out) } else { Err(broken()) }
}

thread_local! {
    /// What zstd works with is large and dear to make.
    static UNZSTD: RefCell<Option<zstd::bulk::Decompressor<'static>>> = const { RefCell::new(None) };
    static ZSTD: RefCell<Option<zstd::bulk::Compressor<'static>>> = const { RefCell::new(None) };
}

fn unzstd(input: &[u8], size: usize) -> Result<Vec<u8>, Failure> {
    UNZSTD.with_borrow_mut(|kept| {
        let mut decompressor = kept.take().map_or_else(zstd::bulk::Decompressor::new, Ok).map_err(|_| broken())?;
        let out = decompressor.decompress(input, size).map_err(|_| broken());
        *kept = Some(decompressor);
        out
    })
}

fn zstd_of(input: &[u8], level: i32, out: &mut Vec<u8>) -> std::io::Result<()> {
    ZSTD.with_borrow_mut(|kept| {
        let mut compressor = kept.take().map_or_else(|| zstd::bulk::Compressor::new(level), Ok)?;
        compressor.set_compression_level(level)?;
        out.reserve(zstd::zstd_safe::compress_bound(input.len()));
        let packed = compressor.compress_to_buffer(input, out);
        *kept = Some(compressor);
        packed.map(drop)
    })
}

fn bounded(reader: impl Read, size: usize) -> Result<Vec<u8>, Failure> {
    let mut out = Vec::with_capacity(size);
    reader.take(size as u64 + 1).read_to_end(&mut out).map_err(|_| broken())?;
    if out.len() > size {
        return Err(Failure::Data(Reason::CompressionRatio));
    }
    Ok(out)
}

fn lz4_block(input: &[u8], size: usize) -> Option<Vec<u8>> {
    let mut out = vec![0; size];
    let got = lz4_flex::block::decompress_into(input, &mut out).ok()?;
    (got == size).then_some(out)
}

/// Hadoop's framing: big-endian sizes, decompressed then compressed, before each block.
fn lz4_hadoop(mut input: &[u8], size: usize) -> Option<Vec<u8>> {
    let mut out = vec![0; size];
    let mut done = 0usize;
    while let Some((head, rest)) = input.split_first_chunk::<8>() {
        let sizes = u64::from_be_bytes(*head);
        let (plain, packed) = ((sizes >> 32) as usize, (sizes & 0xffff_ffff) as usize);
        let block = rest.get(..packed)?;
        let to = out.get_mut(done..done.checked_add(plain)?)?;
        if lz4_flex::block::decompress_into(block, to).ok()? != plain {
            return None;
        }
        done += plain;
        input = rest.get(packed..)?;
    }
    (input.is_empty() && done == size).then_some(out)
}

/// Compresses a page body for the same codec into `out`, which is emptied first, at the level that the library's writer of
/// whole chunks uses.
pub(super) fn compress_into(codec: Compression, input: &[u8], out: &mut Vec<u8>) -> Result<(), Failure> {
    let fault = |_| Failure::Data(Reason::DecoderFault);
    out.clear();
    match codec {
        Compression::UNCOMPRESSED => out.extend_from_slice(input),
        Compression::SNAPPY => {
            out.resize(snap::raw::max_compress_len(input.len()), 0);
            let length = snap::raw::Encoder::new().compress(input, out).map_err(|_| Failure::Data(Reason::DecoderFault))?;
            out.truncate(length);
        }
        Compression::GZIP(level) => {
            let level = flate2::Compression::new(level.compression_level());
            let mut writer = flate2::write::GzEncoder::new(out, level);
            writer.write_all(input).and_then(|()| writer.finish().map(drop)).map_err(fault)?;
        }
        Compression::BROTLI(level) => {
            let mut writer = brotli::CompressorWriter::new(out, 4096, level.compression_level(), 22);
            writer.write_all(input).and_then(|()| writer.flush()).map_err(fault)?;
        }
        Compression::ZSTD(level) => zstd_of(input, level.compression_level(), out).map_err(fault)?,
        Compression::LZ4_RAW => *out = lz4_flex::block::compress(input),
        Compression::LZ4 => {
            let block = lz4_flex::block::compress(input);
            out.extend_from_slice(&(input.len() as u32).to_be_bytes());
            out.extend_from_slice(&(block.len() as u32).to_be_bytes());
            out.extend_from_slice(&block);
        }
        Compression::LZO => return Err(Failure::Data(Reason::Unsupported)),
    }
    Ok(())
}

/// The same into new memory.
pub(super) fn compress(codec: Compression, input: &[u8]) -> Result<Vec<u8>, Failure> {
    let mut out = Vec::new();
    compress_into(codec, input, &mut out)?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use parquet::basic::{BrotliLevel, GzipLevel, ZstdLevel};

    fn codecs() -> Vec<Compression> {
        vec![
            Compression::UNCOMPRESSED,
            Compression::SNAPPY,
            Compression::GZIP(GzipLevel::default()),
            Compression::BROTLI(BrotliLevel::default()),
            Compression::ZSTD(ZstdLevel::default()),
            Compression::LZ4_RAW,
            Compression::LZ4,
        ]
    }

    #[test]
    fn every_codec_gives_back_what_it_took() {
        let text = b"some text some text some text 0123456789".repeat(50);
        for codec in codecs() {
            let packed = compress(codec, &text).unwrap();
            assert_eq!(decompress(codec, &packed, text.len()).unwrap(), text, "{codec:?}");
        }
    }

    #[test]
    fn more_output_than_declared_is_refused() {
        let zeros = vec![0; 1 << 20];
        for codec in codecs() {
            let packed = compress(codec, &zeros).unwrap();
            assert!(decompress(codec, &packed, 1000).is_err(), "{codec:?}: a page must not outgrow its header");
        }
    }
}
