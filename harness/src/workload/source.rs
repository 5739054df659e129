//! The raw disk that is copied from: bytes of a seed, or zeros.

use std::io::{self, Write};

use super::data::{Chunk, Data};

/// Bytes written at a time.
const PIECE: u64 = 1 << 20;

/// Writes so many bytes.
///
/// # Errors
/// What the operating system says, a full disk above all.
pub(crate) fn write(to: &mut dyn Write, bytes: u64, data: Data, seed: u64) -> io::Result<()> {
    let mut buffer = Chunk::new(data, PIECE, seed);
    let mut left = bytes;
    for piece in 0.. {
        if left == 0 {
            break;
        }
        let here = left.min(PIECE);
        let whole = buffer.number(piece);
        to.write_all(&whole[..usize::try_from(here).unwrap_or(whole.len())])?;
        left -= here;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn it_has_as_many_bytes_as_were_asked_for() {
        for bytes in [0, 512, PIECE, PIECE + 512, 3 * PIECE] {
            let mut written = Vec::new();
            write(&mut written, bytes, Data::Random, 1).unwrap();
            assert_eq!(written.len() as u64, bytes);
        }
    }
}
