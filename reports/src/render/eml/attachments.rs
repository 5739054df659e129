//! Which files go with a message: lists refuse large ones.

/// A file beside the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Its name, without a directory.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// All files together have at most so many bytes; base64 makes a third more of them. A message of
/// half a MB passes most lists.
const MOST: usize = 384 << 10;

/// The files that fit, in order, and those that do not: name and size in bytes.
pub(in super::super) fn kept(files: Vec<Attachment>) -> (Vec<Attachment>, Vec<(String, usize)>) {
    let (mut kept, mut left_out) = (Vec::new(), Vec::new());
    let mut room = MOST;
    for file in files {
        match room.checked_sub(file.bytes.len()) {
            Some(rest) => {
                room = rest;
                kept.push(file);
            }
            None => left_out.push((file.name, file.bytes.len())),
        }
    }
    (kept, left_out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_named_and_smaller_files_after_it_still_fit() {
        let file = |name: &str, size| Attachment { name: name.to_owned(), bytes: vec![0; size] };
        let (kept, left_out) = kept(vec![file("a", MOST - 1), file("b", 2), file("c", 1)]);
        assert_eq!(kept.iter().map(|of| of.name.as_str()).collect::<Vec<_>>(), ["a", "c"]);
        assert_eq!(left_out, [("b".to_owned(), 2)]);
    }
}
