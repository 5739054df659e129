//! A value on its way to or from a database: the four kinds that SQLite and PostgreSQL share, so
//! that every statement is written once.

use std::error::Error;

use bytes::BytesMut;
use postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use rusqlite::types::{ToSqlOutput, ValueRef};

/// One field.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    /// Nothing was measured or known.
    Null,
    Int(i64),
    Real(f64),
    Text(String),
}

/// The fields of one row that was read, by position from 0.
pub(super) struct Row(pub(super) Vec<Value>);

impl Row {
    /// A whole number; 0 for what is no number, which our own schema rules out.
    pub(super) fn int(&self, at: usize) -> i64 {
        match self.0.get(at) {
            Some(Value::Int(number)) => *number,
            Some(Value::Real(number)) => *number as i64,
            Some(Value::Null | Value::Text(_)) | None => 0,
        }
    }

    /// A number, if there is one.
    pub(super) fn real(&self, at: usize) -> Option<f64> {
        match self.0.get(at) {
            Some(Value::Int(number)) => Some(*number as f64),
            Some(Value::Real(number)) => Some(*number),
            Some(Value::Null | Value::Text(_)) | None => None,
        }
    }

    /// A text; empty where there is none.
    pub(super) fn text(&self, at: usize) -> &str {
        match self.0.get(at) {
            Some(Value::Text(text)) => text,
            Some(Value::Null | Value::Int(_) | Value::Real(_)) | None => "",
        }
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Value::Int(number)
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Value::Int(number.into())
    }
}

impl From<u64> for Value {
    /// Bytes and counts: what does not fit 63 bits is none of them, and is kept as close as can be.
    fn from(number: u64) -> Self {
        Value::Int(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Value::Real(number)
    }
}

impl From<&str> for Value {
    /// PostgreSQL has no text with NUL in it.
    fn from(text: &str) -> Self {
        Value::Text(text.replace('\0', "\u{fffd}"))
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Value::from(text.as_str())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Null => ValueRef::Null,
            Value::Int(number) => ValueRef::Integer(*number),
            Value::Real(number) => ValueRef::Real(*number),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

impl ToSql for Value {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Value::Null => Ok(IsNull::Yes),
            Value::Int(number) if *kind == Type::INT4 => {
                ToSql::to_sql(&i32::try_from(*number)?, kind, out)
            }
            Value::Int(number) if *kind == Type::FLOAT8 => {
                ToSql::to_sql(&(*number as f64), kind, out)
            }
            Value::Int(number) => ToSql::to_sql(number, kind, out),
            Value::Real(number) => ToSql::to_sql(number, kind, out),
            Value::Text(text) => ToSql::to_sql(text, kind, out),
        }
    }

    fn accepts(kind: &Type) -> bool {
        [Type::INT4, Type::INT8, Type::FLOAT8, Type::TEXT].contains(kind)
    }

    to_sql_checked!();
}
