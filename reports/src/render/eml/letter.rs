//! What its author says of a message: from, to, subject, answered to what, in which form.
//!
//! Refuses what is no address and whatever would break a header apart.

use std::{fmt, str::FromStr};

use lettre::message::Mailbox;

use super::Template;

/// An address, `someone@example.org` or `A Name <someone@example.org>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address(pub(super) Mailbox);

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mailbox = one_line(text)?.parse::<Mailbox>();
        mailbox.map(Address).map_err(|_| {
            "this is no address; write someone@example.org or 'A Name <someone@example.org>'"
                .to_owned()
        })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The headers that the report does not say. Without an author or a recipient the message has no
/// such header: a draft, which a mail program completes.
#[derive(Clone, Debug, Default)]
pub struct Letter {
    /// Its author.
    pub from: Option<Address>,
    /// Its recipients.
    pub to: Vec<Address>,
    /// Who gets a copy.
    pub cc: Vec<Address>,
    /// Its subject; `None` for that of the report.
    pub subject: Option<String>,
    /// The Message-ID that it answers, in angle brackets.
    pub in_reply_to: Option<String>,
    /// Its text; `None` for the usual one.
    pub template: Option<Template>,
}

/// A subject: any text of one line.
///
/// # Errors
/// It is empty or has a line feed or another control character.
pub fn subject(text: &str) -> Result<String, String> {
    let line = one_line(text)?.trim();
    if line.is_empty() {
        Err("a subject has at least one word".to_owned())
    } else {
        Ok(line.into())
    }
}

/// A Message-ID, with its angle brackets or without; yields it with them.
///
/// # Errors
/// It is not of the form `id@host`.
pub fn message_id(text: &str) -> Result<String, String> {
    let id = text.trim();
    let id = id.strip_prefix('<').and_then(|id| id.strip_suffix('>')).unwrap_or(id);
    let part = |part: &str| {
        !part.is_empty()
            && part.chars().all(|of| of.is_ascii_graphic() && !"<>@\"(),;".contains(of))
    };
    match id.split_once('@') {
        Some((left, right)) if part(left) && part(right) => Ok(format!("<{id}>")),
        _ => Err("this is no Message-ID; it looks like <20101007.1234@example.org>".to_owned()),
    }
}

fn one_line(text: &str) -> Result<&str, String> {
    match text.chars().find(|of| of.is_control()) {
        None => Ok(text),
        Some(of) => Err(format!("a header is one line, and this has {of:?} in it")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let parsed = |text: &str| text.parse::<Address>().map(|of| of.to_string());
        assert_eq!(parsed("qemu-devel@nongnu.org"), Ok("qemu-devel@nongnu.org".to_owned()));
        assert_eq!(
            parsed("Jörg <j@example.org>").map(|of| of.contains("<j@example.org>")),
            Ok(true)
        );
        assert_eq!(
            parsed("nobody"),
            Err("this is no address; write someone@example.org or 'A Name <someone@example.org>'"
                .to_owned())
        );
        assert_eq!(
            parsed("a@b.org\nBcc: c@d.org"),
            Err(r"a header is one line, and this has '\n' in it".to_owned())
        );
    }

    #[test]
    fn subjects_and_message_ids() {
        assert_eq!(subject(" Why is qcow2 slow? "), Ok("Why is qcow2 slow?".to_owned()));
        assert_eq!(
            subject("a\r\nBcc: b@c.org"),
            Err(r"a header is one line, and this has '\r' in it".to_owned())
        );
        assert_eq!(subject(" "), Err("a subject has at least one word".to_owned()));
        assert_eq!(message_id("<4CADB@redhat.com>"), Ok("<4CADB@redhat.com>".to_owned()));
        assert_eq!(message_id("4CADB@redhat.com"), Ok("<4CADB@redhat.com>".to_owned()));
        for wrong in ["", "4CADB", "@", "a@b c", "<a@b>\nX: y", "a@b@c"] {
            assert_eq!(
                message_id(wrong),
                Err("this is no Message-ID; it looks like <20101007.1234@example.org>".to_owned())
            );
        }
    }
}
