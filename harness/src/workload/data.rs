//! What is written: seeded, incompressible, and no two blocks of the file alike, so that neither
//! compression nor deduplication below the guest can shorten the work, and a chunk in the wrong
//! place is noticed.

use std::ops::Range;

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::config::{ConfigError, Source};

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Data {
    /// Seeded and incompressible, no two blocks alike.
    Random,
    /// Zeros, which formats may store as nothing.
    Zero,
}

impl Data {
    pub(super) fn check(
        source: &Source<'_>,
        given: Option<&Spanned<String>>,
    ) -> Result<Data, ConfigError> {
        let Some(given) = given else { return Ok(Data::Random) };
        match given.get_ref().as_str() {
            "random" => Ok(Data::Random),
            "zero" => Ok(Data::Zero),
            other => {
                let wrong = format!("unknown data '{other}'");
                Err(source.not_permitted(given.span(), &wrong, ["random", "zero"]))
            }
        }
    }
}

/// What a host filesystem may deduplicate by.
const BLOCK: usize = 4096;

/// The buffer that all chunks are written from. It is made before the clock starts; between two
/// writes only a number in each block changes.
pub(crate) struct Chunk {
    bytes: Vec<u8>,
    /// How each block began before it was marked: small enough to stay in the CPU's cache, so that nothing
    /// of the buffer needs to be read. None of zeros, which are not marked.
    heads: Vec<u64>,
}

impl Chunk {
    /// A buffer of so many bytes from this seed.
    pub(crate) fn new(data: Data, size: u64, seed: u64) -> Chunk {
        let mut bytes = vec![0; usize::try_from(size).unwrap_or(usize::MAX)];
        if data == Data::Random {
            ChaCha8Rng::seed_from_u64(seed).fill_bytes(&mut bytes);
        }
        let head = |block: &[u8]| {
            let mut head = [0; 8];
            head.iter_mut().zip(block).for_each(|(byte, of)| *byte = *of);
            u64::from_le_bytes(head)
        };
        let heads = match data {
            Data::Random => bytes.chunks(BLOCK).map(head).collect(),
            Data::Zero => Vec::new(),
        };
        Chunk { bytes, heads }
    }

    /// The bytes of the chunk with this number.
    pub(crate) fn number(&mut self, chunk: u32) -> &[u8] {
        for ((bytes, head), block) in self.bytes.chunks_mut(BLOCK).zip(&self.heads).zip(0u32..) {
            let mark = u64::from(block) << 32 | u64::from(chunk);
            let marked = (head ^ mark).to_le_bytes();
            let length = bytes.len().min(marked.len());
            bytes[..length].copy_from_slice(&marked[..length]);
        }
        &self.bytes
    }
}

/// The chunks to be read back: first, last, and others by the seed, `most` at the most.
pub(super) fn sample(chunks: u32, most: u32, seed: u64) -> Vec<u32> {
    if chunks <= most {
        return (0..chunks).collect();
    }
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let inner = usize::try_from(chunks - 2).unwrap_or(usize::MAX);
    let amount = usize::try_from(most.saturating_sub(2)).unwrap_or(0);
    let mut sample: Vec<u32> = rand::seq::index::sample(&mut random, inner, amount)
        .into_iter()
        .filter_map(|index| u32::try_from(index + 1).ok())
        .chain([0, chunks - 1])
        .collect();
    sample.sort_unstable();
    sample
}

/// The bytes of a chunk that are read back: `most` at the most, from a whole block on, by the seed.
pub(super) fn piece(chunk: usize, most: usize, seed: u64) -> Range<usize> {
    let length = chunk.min(most);
    let places = (chunk - length) / BLOCK;
    let start = ChaCha8Rng::seed_from_u64(seed).random_range(0..=places) * BLOCK;
    start..start + length
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_blocks_of_a_file_are_alike() {
        let mut chunk = Chunk::new(Data::Random, 64 << 10, 1);
        let mut seen = HashSet::new();
        for number in 0..64 {
            for block in chunk.number(number).chunks(BLOCK) {
                assert!(seen.insert(block.to_vec()));
            }
        }
    }

    #[test]
    fn the_data_does_not_compress() {
        let mut chunk = Chunk::new(Data::Random, 1 << 20, 1);
        let mut counts = [0u32; 256];
        chunk.number(3).iter().for_each(|&byte| counts[usize::from(byte)] += 1);
        let total = f64::from(1u32 << 20);
        let entropy: f64 = counts
            .iter()
            .map(|&count| f64::from(count) / total)
            .filter(|share| *share > 0.0)
            .map(|share| -share * share.log2())
            .sum();
        assert!(entropy > 7.9, "{entropy} bits a byte");
    }

    #[test]
    fn a_chunk_is_the_same_each_time_it_is_asked_for() {
        let mut chunk = Chunk::new(Data::Random, 8192, 9);
        let first = chunk.number(5).to_vec();
        assert_ne!(chunk.number(6), first);
        assert_eq!(chunk.number(5), first);
        assert_ne!(Chunk::new(Data::Random, 8192, 10).number(5), first);
    }

    #[test]
    fn the_smallest_chunk_is_seeded_too() {
        let mut chunk = Chunk::new(Data::Random, 512, 9);
        let first = chunk.number(0).to_vec();
        assert!(first[..8].iter().any(|&byte| byte != 0));
        assert_ne!(chunk.number(1), first);
    }

    #[test]
    fn zeros_are_zeros() {
        assert!(Chunk::new(Data::Zero, 8192, 9).number(5).iter().all(|&byte| byte == 0));
    }

    #[test]
    fn a_piece_lies_in_its_chunk_anywhere() {
        for chunk in [512, 4096, 6000, 64 << 10, 2 << 20] {
            let pieces: HashSet<_> = (0..500).map(|seed| piece(chunk, 32 << 10, seed)).collect();
            for piece in &pieces {
                assert_eq!(piece.len(), chunk.min(32 << 10));
                assert!(piece.start.is_multiple_of(BLOCK) && piece.end <= chunk);
            }
            // In 500 draws both ends come up, even of 505 places most of the others do.
            let starts = (chunk - chunk.min(32 << 10)) / BLOCK + 1;
            assert!(pieces.len() > starts / 2, "{} of {starts}", pieces.len());
        }
    }

    #[test]
    fn the_sample_has_both_ends_and_no_chunk_twice() {
        for chunks in 1..200 {
            let sample = sample(chunks, 8, 3);
            assert_eq!(sample.len(), usize::try_from(chunks.min(8)).expect("small"));
            assert_eq!((sample[0], *sample.last().expect("not empty")), (0, chunks - 1));
            assert!(sample.is_sorted() && sample.windows(2).all(|pair| pair[0] != pair[1]));
        }
    }
}
