//! The last of what the appliance and the library said, bounded, for when a launch fails.
//!
//! Takes bytes in any encoding; yields text. Never grows past [`CAPACITY`].

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes kept. A whole verbose boot is about 50 KiB.
const CAPACITY: usize = 64 * 1024;

/// A shared view of the log of a [`Handle`](super::Handle). It may be read from another thread
/// while an operation blocks, so a watchdog can say how far a launch came.
#[derive(Debug, Clone, Default)]
pub struct Log(Arc<Mutex<Ring>>);

#[derive(Debug, Default)]
struct Ring {
    bytes: VecDeque<u8>,
    dropped: usize,
}

impl Log {
    /// The text so far. Where the beginning was dropped, a first line says how much.
    pub fn text(&self) -> String {
        let mut ring = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let dropped = ring.dropped;
        let text = String::from_utf8_lossy(ring.bytes.make_contiguous()).into_owned();
        if dropped == 0 { text } else { format!("[{dropped} bytes before this]\n{text}") }
    }

    pub(super) fn push(&self, bytes: &[u8]) {
        let mut ring = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = &bytes[bytes.len().saturating_sub(CAPACITY)..];
        let excess = (ring.bytes.len() + kept.len()).saturating_sub(CAPACITY);
        ring.bytes.drain(..excess);
        ring.bytes.extend(kept);
        ring.dropped += excess + bytes.len() - kept.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_all_until_full_and_then_the_end() {
        let log = Log::default();
        log.push(b"first\n");
        assert_eq!(log.text(), "first\n");

        log.push(&[b'x'; CAPACITY]);
        log.push(b"last\n");
        let text = log.text();
        assert!(text.starts_with("[11 bytes before this]\nxxx"), "{}", &text[..40]);
        assert!(text.ends_with("xlast\n"));
        assert_eq!(text.len(), "[11 bytes before this]\n".len() + CAPACITY);
    }

    #[test]
    fn one_message_longer_than_the_ring_keeps_its_end() {
        let log = Log::default();
        let mut long = vec![b'a'; 3 * CAPACITY];
        long.extend(b"end");
        log.push(&long);
        assert!(log.text().ends_with("aend"));
        assert!(log.text().starts_with("[131075 bytes before this]\na"));
    }

    #[test]
    fn bytes_that_are_not_utf8_do_no_harm() {
        let log = Log::default();
        log.push(b"\xff\0ok");
        assert_eq!(log.text(), "\u{fffd}\0ok");
    }
}
