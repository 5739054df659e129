//! What a failed operation says: its name, the errno if there was one, and all its messages.
//!
//! libguestfs keeps only the last message of a call, which for a failed launch is the least
//! informative one ("guestfs_launch failed"), with errno 0. So they are collected as they come.

use nix::errno::Errno;

/// Where libguestfs starts to guess ("the appliance crashed") and to advise its own environment
/// variables, which are no help to a user of imgbench. Left out of the one-line text, kept in
/// [`Error::messages`].
const ADVICE: [&str; 3] =
    [".\nThis usually means", ".\nTo see full error messages", "\nDo:\n  export LIBGUESTFS_DEBUG"];

/// A failed libguestfs operation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.text())]
pub struct Error {
    /// The function that failed, without its `guestfs_` prefix; `load` where there is no library.
    pub operation: &'static str,
    /// The error number: the host's, or the guest's translated into the host's. Often absent, for
    /// a failed launch always.
    pub errno: Option<Errno>,
    /// Every message in the order raised, whole (some have several lines). Never empty.
    pub messages: Vec<String>,
}

/// The operation before all others.
const LOAD: &str = "load";

impl Error {
    /// There is no library to call, for a reason in the loader's words.
    pub(super) fn not_loaded(why: &str) -> Self {
        let message = format!(
            "libguestfs cannot be loaded ({why}): install it with 'make setup' (Debian: libguestfs0)"
        );
        Self { operation: LOAD, errno: None, messages: vec![message] }
    }

    /// A call not made, because C or the library could not take the argument.
    pub(super) fn refused(operation: &'static str, message: impl Into<String>) -> Self {
        Self { operation, errno: Some(Errno::EINVAL), messages: vec![message.into()] }
    }

    /// A call that succeeded with an answer that makes no sense.
    pub(super) fn senseless(operation: &'static str, message: impl Into<String>) -> Self {
        Self { operation, errno: None, messages: vec![message.into()] }
    }

    /// What a user reads.
    fn text(&self) -> String {
        match self.operation {
            LOAD => self.one_line(),
            operation => format!("libguestfs: {operation}: {}", self.one_line()),
        }
    }

    /// All messages on one line, without the operation's name that some of them begin with.
    fn one_line(&self) -> String {
        let shorten = |message: &String| {
            let end = ADVICE.iter().filter_map(|advice| message.find(advice)).min();
            let text = &message[..end.unwrap_or(message.len())];
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            let text = text.trim_end_matches('.');
            let named = text.strip_prefix(self.operation).and_then(|rest| rest.strip_prefix(": "));
            named.unwrap_or(text).to_owned()
        };
        self.messages.iter().map(shorten).collect::<Vec<_>>().join("; ")
    }
}
