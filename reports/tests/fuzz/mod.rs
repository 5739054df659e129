//! Hostile input: valid texts with bits flipped, parts cut, doubled and spliced, numbers made huge,
//! brackets nested deep, and bytes that are no text.
//!
//! `FUZZ_INPUTS` is how many inputs each parser gets; the tests alone make do with few.
#![allow(clippy::unwrap_used, reason = "of tests")]

use nix::time::{ClockId, clock_gettime};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// CPU time of one input, beyond which a parser is not linear; a busy machine does not add to it.
const CPU_SECONDS: i64 = 10;

/// Memory that all inputs of a parser together may add to the peak of the process, kB.
const MEMORY: u64 = 1 << 20;

/// What parsers have stumbled over.
const TOKENS: [&[u8]; 24] = [
    b"\0",
    b"\xff",
    b"\xc3",
    b"\"",
    b"'''",
    b"\"\"\"",
    b"\r\n",
    b"\n",
    b",",
    b"=",
    b"#",
    b"\\u0000",
    b"-1",
    b"1e999",
    b"NaN",
    b"18446744073709551615",
    b"9223372036854775808",
    b"4294967295",
    b"0.00000000000000000001",
    b"[[image]]",
    b"null",
    b"{}",
    b"../",
    b"\xef\xbb\xbf",
];

/// Gives `parse` that many inputs made of the seeds; `usual` of them where `FUZZ_INPUTS` says nothing.
pub fn hold(usual: usize, seeds: &[&[u8]], mut parse: impl FnMut(&[u8])) {
    let inputs = std::env::var("FUZZ_INPUTS").map_or(usual, |number| number.parse().unwrap());
    let mut random = ChaCha8Rng::seed_from_u64(2010);
    let before = peak();
    for number in 0..inputs {
        let input = mutate(&mut random, seeds);
        let began = cpu_seconds();
        parse(&input);
        let took = cpu_seconds() - began;
        let shown = || String::from_utf8_lossy(&input[..input.len().min(2000)]).into_owned();
        assert!(took <= CPU_SECONDS, "input {number} took {took} s of CPU time: {}", shown());
    }
    let more = peak().saturating_sub(before);
    assert!(more < MEMORY, "{inputs} inputs took {more} kB");
}

fn cpu_seconds() -> i64 {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).unwrap().tv_sec()
}

/// Most memory that the process ever had, kB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim_end_matches("kB").trim().parse().unwrap()
}

fn mutate(random: &mut ChaCha8Rng, seeds: &[&[u8]]) -> Vec<u8> {
    let mut bytes = seeds[random.random_range(0..seeds.len())].to_vec();
    for _ in 0..random.random_range(1..=4) {
        let at = random.random_range(0..=bytes.len());
        let end = random.random_range(at..=bytes.len().min(at + 64));
        match random.random_range(0..10) {
            0 if at < bytes.len() => bytes[at] ^= 1 << random.random_range(0..8),
            1 => drop(bytes.drain(at..end)),
            2 => {
                let part = bytes[at..end].to_vec();
                bytes.splice(at..at, part);
            }
            3 | 4 => {
                let token = TOKENS[random.random_range(0..TOKENS.len())];
                bytes.splice(at..at, token.iter().copied());
            }
            5 => {
                let other = seeds[random.random_range(0..seeds.len())];
                let from = random.random_range(0..=other.len());
                let to = random.random_range(from..=other.len());
                bytes.splice(at..end, other[from..to].iter().copied());
            }
            6 => number(random, &mut bytes, at),
            7 => line(random, &mut bytes, at),
            8 => bytes.truncate(at),
            9 if random.random_range(0..50) == 0 => {
                let many = random.random_range(1..20_000);
                let part = [&b"["[..], b"{\"a\":", b"a.", b"{a=", b"x", b"\"", b"\n"]
                    [random.random_range(0..7)];
                bytes.splice(at..at, part.repeat(many));
            }
            _ => {}
        }
    }
    bytes
}

/// Puts another number in place of one.
fn number(random: &mut ChaCha8Rng, bytes: &mut Vec<u8>, at: usize) {
    let Some(from) = bytes[at..].iter().position(u8::is_ascii_digit).map(|from| at + from) else {
        return;
    };
    let digits = bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let number = match random.random_range(0..4) {
        0 => random.random_range(0..100u64).to_string(),
        1 => (1u128 << random.random_range(0..100)).to_string(),
        2 => ((1u128 << random.random_range(1..100)) - 1).to_string(),
        _ => "9".repeat(random.random_range(1..400)),
    };
    bytes.splice(from..from + digits, number.bytes());
}

/// Doubles a line, or takes it out, or moves it to the end.
fn line(random: &mut ChaCha8Rng, bytes: &mut Vec<u8>, at: usize) {
    let start = bytes[..at].iter().rposition(|&byte| byte == b'\n').map_or(0, |found| found + 1);
    let end = bytes[at..].iter().position(|&byte| byte == b'\n');
    let end = end.map_or(bytes.len(), |found| at + found + 1);
    let line = bytes[start..end].to_vec();
    match random.random_range(0..3) {
        0 => drop(bytes.drain(start..end)),
        1 => drop(bytes.splice(start..start, line)),
        _ => {
            bytes.drain(start..end);
            bytes.extend(line);
        }
    }
}
