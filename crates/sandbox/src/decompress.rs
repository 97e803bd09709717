//! Decompression of layers: gzip, zstd, or none. The first bytes tell which it is, because media
//! types are not reliable.

use std::io::{BufRead, BufReader, Error, Read, Result};

use flate2::bufread::MultiGzDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

const GZIP: &[u8] = &[0x1f, 0x8b];
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];
/// The last three bytes of the magic number of a skippable frame in zstd. The low four bits of the
/// first byte may have any value.
const SKIPPED: &[u8] = &[0x2a, 0x4d, 0x18];

/// Opens a file for reading its decompressed content.
///
/// # Errors
///
/// If the file cannot be read.
pub(super) fn open(file: fs_err::File) -> Result<Box<dyn Read>> {
    let mut file = BufReader::with_capacity(1 << 16, file);
    let start = file.fill_buf()?;
    let is_skipped =
        start.first().is_some_and(|byte| byte & 0xf0 == 0x50) && start.get(1..4) == Some(SKIPPED);
    Ok(if start.starts_with(GZIP) {
        // Parallel compressors write several gzip streams in one file.
        Box::new(MultiGzDecoder::new(file))
    } else if start.starts_with(ZSTD) || is_skipped {
        Box::new(Frames {
            file,
            decoder: FrameDecoder::new(),
            within: false,
        })
    } else {
        Box::new(file)
    })
}

/// All zstd frames of a file. The decoder reads only one.
struct Frames<R> {
    file: R,
    decoder: FrameDecoder,
    /// Whether the decoder is inside a frame.
    within: bool,
}

impl<R: BufRead> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        loop {
            if !self.within && !self.begin()? {
                return Ok(0);
            }
            while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
                let some = BlockDecodingStrategy::UptoBytes(1 << 17);
                let decoded = self.decoder.decode_blocks(&mut self.file, some);
                decoded.map_err(Error::other)?;
            }
            match self.decoder.read(buffer)? {
                0 if !buffer.is_empty() => self.within = false,
                count => return Ok(count),
            }
        }
    }
}

impl<R: BufRead> Frames<R> {
    /// Begins the next frame that is not skippable. Returns whether there is one.
    fn begin(&mut self) -> Result<bool> {
        while !self.file.fill_buf()?.is_empty() {
            match self.decoder.init(&mut self.file) {
                Ok(()) => {
                    self.within = true;
                    return Ok(true);
                }
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    let mut rest = self.file.by_ref().take(length.into());
                    std::io::copy(&mut rest, &mut std::io::sink())?;
                }
                Err(error) => return Err(Error::other(error)),
            }
        }
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::write::GzEncoder;
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};

    use super::*;

    fn read(bytes: &[u8]) -> Result<Vec<u8>> {
        let mut file = tempfile::NamedTempFile::new()?;
        file.write_all(bytes)?;
        let mut text = Vec::new();
        open(fs_err::File::open(file.path())?)?.read_to_end(&mut text)?;
        Ok(text)
    }

    #[test]
    fn every_way_to_keep_a_layer_is_read_to_its_end() {
        let parts = [vec![1; 300_000], b"and more".to_vec()];
        let whole = parts.concat();
        let gzip = |part: &Vec<u8>| {
            let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(part).unwrap();
            encoder.finish().unwrap()
        };
        let zstd = |part: &Vec<u8>| compress_to_vec(&part[..], CompressionLevel::Fastest);
        assert_eq!(read(&whole).unwrap(), whole);
        assert_eq!(
            read(&parts.iter().flat_map(gzip).collect::<Vec<_>>()).unwrap(),
            whole
        );
        let frames: Vec<u8> = parts.iter().flat_map(zstd).collect();
        assert_eq!(read(&frames).unwrap(), whole);
        // Skippable frames of four bytes at the beginning and the end, as tables of contents are
        // stored.
        let table = [0x5e, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 9, 9, 9, 9];
        assert_eq!(
            read(&[&table, &frames[..], &table].concat()).unwrap(),
            whole
        );
        assert_eq!(read(b"").unwrap(), b"");
        for broken in [&frames[..frames.len() - 3], &gzip(&whole)[..100]] {
            assert!(read(broken).is_err());
        }
    }
}
