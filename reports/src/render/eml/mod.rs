//! `report.eml`: the report as a message to a mailing list, with its files attached. Nothing is sent.
//!
//! One part of plain text, at most 72 columns, as it is (7bit, or 8bit where a name is not ASCII), so
//! that it can be quoted line by line; no HTML. Lines end with a line feed, as mutt and
//! `git send-email` expect of a file. The same report gives the same bytes: the date is the start of
//! the experiment, and the Message-ID and the boundary come from it and from the config's hash.

mod attachments;
mod body;
mod letter;
mod template;

pub use attachments::Attachment;
pub(super) use attachments::kept;
pub use letter::{Address, Letter, message_id, subject};
pub use template::{Template, UnknownPlaceholder};

use std::time::{Duration, SystemTime};

use lettre::{
    Message,
    address::Envelope,
    message::{
        Attachment as Attached, Body, MultiPart, MultiPartKind, SinglePart,
        header::{
            ContentTransferEncoding, ContentType, ContentTypeErr, Date, From, HeaderName,
            HeaderValue,
        },
    },
};

use crate::report::Report;

/// Why a message could not be put together; what people can get wrong was refused before.
#[derive(Debug, thiserror::Error)]
#[error("the message cannot be built: {0}")]
pub struct EmlError(String);

/// The message, with as many of the files attached, in their order, as a list takes.
///
/// # Errors
/// The library that builds it refuses an address or a header.
pub fn eml(report: &Report, letter: &Letter, files: Vec<Attachment>) -> Result<Vec<u8>, EmlError> {
    let failed = |error: &dyn std::fmt::Display| EmlError(error.to_string());
    let (attached, left_out) = kept(files);
    let text = body::body(report, letter.template.as_ref(), &attached, &left_out);
    let hash: String = report.origin.config_sha256.chars().take(12).collect();
    let mut parts = MultiPart::builder()
        .kind(MultiPartKind::Mixed)
        .boundary(boundary(&text, &hash))
        .singlepart(plain_text(text).map_err(|error| failed(&error))?);
    for file in attached {
        parts = parts.singlepart(attachment(file).map_err(|error| failed(&error))?);
    }

    // The builder wants an author and a recipient; both are taken out again where there is none.
    let nobody = "nobody@imgbench.invalid".parse::<lettre::Address>().map_err(|e| failed(&e))?;
    let envelope = Envelope::new(None, vec![nobody.clone()]).map_err(|error| failed(&error))?;
    let from = letter.from.as_ref().map(|of| of.0.clone());
    let started = report.origin.started_unix().and_then(|at| u64::try_from(at).ok());
    let mut builder = Message::builder()
        .envelope(envelope)
        .from(from.unwrap_or_else(|| lettre::message::Mailbox::new(None, nobody)))
        .date(SystemTime::UNIX_EPOCH + Duration::from_secs(started.unwrap_or(0)))
        .subject(letter.subject.as_ref().unwrap_or(&report.mail.subject))
        .message_id(Some(format!("<{}>", own_id(report, &hash))))
        .raw_header(mailer());
    for to in &letter.to {
        builder = builder.to(to.0.clone());
    }
    for cc in &letter.cc {
        builder = builder.cc(cc.0.clone());
    }
    if let Some(id) = &letter.in_reply_to {
        builder = builder.in_reply_to(id.clone()).references(id.clone());
    }
    let mut message = builder.multipart(parts).map_err(|error| failed(&error))?;
    if letter.from.is_none() {
        message.headers_mut().remove::<From>();
    }
    if started.is_none() {
        message.headers_mut().remove::<Date>();
    }
    Ok(with_line_feeds(&message.formatted()))
}

/// The longest line that may go as it is, bytes (RFC 5322, 2.1.1). Above 78 the standard advises
/// against it, and the library would encode, but a command or a table is not to be broken.
const LINE: usize = 998;

/// The text as it is, if lines and letters allow; encoded if not.
fn plain_text(text: String) -> Result<SinglePart, ContentTypeErr> {
    let charset = if text.is_ascii() { "us-ascii" } else { "utf-8" };
    let plain = ContentType::parse(&format!("text/plain; charset={charset}; format=fixed"))?;
    let as_it_is = match text.is_ascii() {
        true => ContentTransferEncoding::SevenBit,
        false => ContentTransferEncoding::EightBit,
    };
    let body = match text.lines().all(|line| line.len() <= LINE) && !text.contains('\0') {
        true => Body::dangerous_pre_encoded(text.into_bytes(), as_it_is),
        false => Body::new(text),
    };
    Ok(SinglePart::builder().header(plain).body(body))
}

/// In base64, which alone keeps every byte.
fn attachment(file: Attachment) -> Result<SinglePart, ContentTypeErr> {
    let kind = match file.name.rsplit_once('.') {
        Some((_, "png")) => "image/png",
        Some((_, "csv")) => "text/csv; charset=utf-8",
        Some((_, "toml")) => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    };
    let kind = ContentType::parse(kind)?;
    let encoded = Body::new_with_encoding(file.bytes, ContentTransferEncoding::Base64);
    Ok(Attached::new(file.name).body(encoded.unwrap_or_else(Body::new), kind))
}

/// A line that no line of the text is.
fn boundary(text: &str, hash: &str) -> String {
    let mut boundary = format!("=_imgbench_{hash}");
    while text.contains(&boundary) {
        boundary.push('_');
    }
    boundary
}

fn own_id(report: &Report, hash: &str) -> String {
    let started: String =
        report.origin.started.chars().filter(char::is_ascii_alphanumeric).collect();
    format!("imgbench.{started}.{hash}@imgbench.invalid")
}

fn mailer() -> HeaderValue {
    let version = concat!("imgbench ", env!("CARGO_PKG_VERSION"));
    HeaderValue::new(HeaderName::new_from_ascii_str("X-Mailer"), version.to_owned())
}

fn with_line_feeds(message: &[u8]) -> Vec<u8> {
    let mut lines = Vec::with_capacity(message.len());
    for (at, &byte) in message.iter().enumerate() {
        if byte != b'\r' || message.get(at + 1) != Some(&b'\n') {
            lines.push(byte);
        }
    }
    lines
}
