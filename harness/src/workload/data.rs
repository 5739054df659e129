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

/// What a host filesystem compresses at a time, 1 MiB at the most as they are set up, is less: in that
/// nothing comes twice.
const LAP: usize = 2 << 20;

/// A line of the CPU's cache: copying from its start costs the same everywhere.
const LINE: usize = 64;

/// Those of a sector. A guest's filesystem may lay a file down in pieces of whole sectors, so that a block
/// of the host is cut from it at any of them: each lap is cut elsewhere as long as they differ by less.
const LINES: u32 = 512 / LINE as u32;

/// The buffer that all chunks are written from. It is made before the clock starts, and between two
/// writes little is done to it.
///
/// Chunks are taken from it one after the other. When all of it was used, the next lap begins a line
/// further on, so that no block is cut as it was before. When no line of a sector is left, each block
/// is marked anew.
pub(crate) struct Chunk {
    /// What a lap takes, and a block more.
    bytes: Vec<u8>,
    /// Bytes of a chunk.
    size: usize,
    chunks_per_lap: u32,
    /// Where laps begin until a new mark is needed.
    lines: Range<u32>,
    /// The number that is XORed into the first bytes of each block.
    mark: u32,
    data: Data,
}

impl Chunk {
    /// A buffer for chunks of so many bytes, from this seed.
    pub(crate) fn new(data: Data, size: u64, seed: u64) -> Chunk {
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let chunks = LAP.div_ceil(size);
        let lap = chunks * size;
        let mut bytes = vec![0; lap + BLOCK];
        if data == Data::Random {
            ChaCha8Rng::seed_from_u64(seed).fill_bytes(&mut bytes);
        }
        // A block across the end of a lap needs a mark as well: it is where that lap ends, or else where
        // the next begins.
        let lines = if lap.is_multiple_of(BLOCK) { 1..LINES + 1 } else { 0..1 };
        let chunks_per_lap = u32::try_from(chunks).unwrap_or(u32::MAX);
        Chunk { bytes, size, chunks_per_lap, lines, mark: 0, data }
    }

    /// The bytes of the chunk with this number.
    pub(crate) fn number(&mut self, chunk: u32) -> &[u8] {
        let (lap, place) = (chunk / self.chunks_per_lap, chunk % self.chunks_per_lap);
        let laps = self.lines.end - self.lines.start;
        let (mark, line) = (lap / laps, self.lines.start + lap % laps);
        if self.data == Data::Random && self.mark != mark {
            self.mark_with(mark);
        }
        let start = line as usize * LINE + place as usize * self.size;
        &self.bytes[start..][..self.size]
    }

    /// Each block, and each chunk that is smaller.
    fn mark_with(&mut self, mark: u32) {
        let change = (self.mark ^ mark).to_le_bytes();
        for block in self.bytes.chunks_mut(BLOCK.min(self.size)) {
            block.iter_mut().zip(change).for_each(|(byte, change)| *byte ^= change);
        }
        self.mark = mark;
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
    use std::{
        collections::HashSet,
        hash::{DefaultHasher, Hasher},
    };

    use super::*;

    /// Some laps of a file, those among them at which a mark changes.
    fn laps(chunk: &mut Chunk) -> impl Iterator<Item = Vec<u8>> {
        let lap = chunk.chunks_per_lap;
        [0..2, 7..10, 15..18].into_iter().map(move |laps| {
            let chunks = laps.start * lap..laps.end * lap;
            chunks.flat_map(|number| chunk.number(number).to_vec()).collect()
        })
    }

    fn hash(bytes: &[u8]) -> u64 {
        let mut hasher = DefaultHasher::new();
        hasher.write(bytes);
        hasher.finish()
    }

    #[test]
    fn no_two_blocks_of_a_file_are_alike_at_whatever_sector_they_begin() {
        for size in [512, 2048, 4096, 5000, 6144, 64 << 10, 2 << 20] {
            let mut chunk = Chunk::new(Data::Random, size, 1);
            let mut seen = HashSet::new();
            for bytes in laps(&mut chunk) {
                let sectors: Vec<u64> = bytes.chunks_exact(512).map(hash).collect();
                for block in sectors.windows(BLOCK / 512) {
                    assert!(seen.insert(block.to_vec()), "a block twice, of chunks of {size}");
                }
            }
        }
    }

    #[test]
    fn no_two_chunks_are_alike() {
        for size in [512, 1000, 2048, 64 << 10] {
            let mut chunk = Chunk::new(Data::Random, size, 1);
            let mut seen = HashSet::new();
            for number in 0..20 * chunk.chunks_per_lap {
                let new = seen.insert(hash(chunk.number(number)));
                assert!(new, "chunk {number} of {size} was there before");
            }
        }
    }

    #[test]
    fn a_compressor_finds_nothing_twice_in_a_mebibyte() {
        for size in [512, 4096, 64 << 10, 2 << 20] {
            let mut chunk = Chunk::new(Data::Random, size, 1);
            let chunks = u32::try_from((6 << 20) / size).expect("small");
            let file: Vec<u8> =
                (0..chunks).flat_map(|number| chunk.number(number).to_vec()).collect();
            for seen in file.windows(1 << 20).step_by(700 << 10) {
                let words: HashSet<_> = seen.chunks_exact(8).collect();
                assert_eq!(words.len(), seen.len() / 8, "of chunks of {size}");
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
        let marked_otherwise = chunk.chunks_per_lap * 100;
        let first = chunk.number(5).to_vec();
        assert_ne!(chunk.number(6), first);
        assert_ne!(chunk.number(marked_otherwise + 5), first);
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
