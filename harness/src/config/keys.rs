//! A table of a config whose keys depend on its `kind`: read apart from the rest of the file, with the
//! same messages.

use std::ops::Range;

use serde::de::DeserializeOwned;
use toml::{
    Spanned,
    de::{DeTable, DeValue, ValueDeserializer},
};

use super::error::{ConfigError, Source};

/// A table that is not read yet.
pub struct Keys<'a> {
    source: &'a Source<'a>,
    table: DeTable<'a>,
    span: Range<usize>,
}

impl<'a> Keys<'a> {
    pub(super) fn new(source: &'a Source<'a>, table: DeTable<'a>, span: Range<usize>) -> Keys<'a> {
        Keys { source, table, span }
    }

    /// Where the table begins in the text.
    pub(crate) fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// Takes a key out, so that [`Keys::read`] does not know of it.
    pub(super) fn take(&mut self, name: &str) -> Option<Spanned<DeValue<'a>>> {
        let key = self.table.keys().find(|key| key.get_ref() == name)?.clone();
        self.table.remove(&key)
    }

    /// Takes a text out.
    ///
    /// # Errors
    /// It is there and no text.
    pub(super) fn word(&mut self, name: &str) -> Result<Option<Spanned<String>>, ConfigError> {
        let Some(value) = self.take(name) else { return Ok(None) };
        match value.get_ref() {
            DeValue::String(text) => Ok(Some(Spanned::new(value.span(), text.to_string()))),
            other => Err(self.source.error(
                value.span(),
                &format!("{name} is a text, not {}", other.type_str()),
                "put it in quotes",
            )),
        }
    }

    /// Takes a text out that must be there.
    ///
    /// # Errors
    /// It is missing or no text.
    pub(super) fn needed(&mut self, name: &str) -> Result<Spanned<String>, ConfigError> {
        self.word(name)?.ok_or_else(|| {
            let help = "add the key; configs/default.toml is an example";
            self.source.error_at_line(self.span(), &format!("missing key `{name}`"), help)
        })
    }

    /// What was not taken out, as texts in QEMU's words: `true` is `on`.
    ///
    /// # Errors
    /// A value is a list or a table.
    pub(super) fn rest(self) -> Result<Vec<(Spanned<String>, String)>, ConfigError> {
        let mut rest = Vec::new();
        for (key, value) in self.table {
            let text = match value.get_ref() {
                DeValue::String(text) => text.to_string(),
                DeValue::Boolean(true) => "on".to_owned(),
                DeValue::Boolean(false) => "off".to_owned(),
                DeValue::Integer(number) => number.to_string(),
                other => {
                    let wrong = format!("{} cannot be {}", key.get_ref(), other.type_str());
                    let help = "write a text, a number, true or false";
                    return Err(self.source.error(value.span(), &wrong, help));
                }
            };
            rest.push((Spanned::new(key.span(), key.get_ref().to_string()), text));
        }
        rest.sort_by_key(|(key, _)| key.span().start);
        Ok(rest)
    }

    /// The table as a struct.
    ///
    /// # Errors
    /// Unknown and missing keys, wrong types.
    pub(crate) fn read<T: DeserializeOwned>(self) -> Result<(&'a Source<'a>, T), ConfigError> {
        let value = Spanned::new(self.span.clone(), DeValue::Table(self.table));
        let source = self.source;
        T::deserialize(ValueDeserializer::from(value))
            .map(|table| (source, table))
            .map_err(|error| source.toml_error_in(&error, self.span))
    }
}
