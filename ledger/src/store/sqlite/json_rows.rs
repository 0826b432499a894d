//! Rows that SQLite gathers into one JSON text: `[[cell, …], …]`, identifiers and bytes in hexadecimal.

use crate::row::{Cell, Corrupt, Kind, Table};
use crate::store::StoreError;
use serde::de::{Deserialize, Deserializer, Error, Visitor};
use std::fmt;
use uuid::Uuid;

/// Reads the rows of a table.
pub(super) fn read(table: &Table, text: &str) -> Result<Vec<Vec<Cell>>, StoreError> {
    let corrupt = |column: &str| Corrupt { table: table.name, column: column.to_owned() };
    let rows: Vec<Vec<Json>> = serde_json::from_str(text).map_err(|_| corrupt("row"))?;
    rows.into_iter()
        .map(|row| {
            row.into_iter()
                .zip(table.columns)
                .map(|(cell, column)| {
                    read_cell(cell, column.kind)
                        .ok_or_else(|| StoreError::Corrupt(corrupt(column.name)))
                })
                .collect()
        })
        .collect()
}

fn read_cell(cell: Json, kind: Kind) -> Option<Cell> {
    Some(match (cell, kind) {
        (Json::Null, _) => Cell::Null,
        (Json::Int(value), Kind::Int) => Cell::Int(value),
        (Json::Text(value), Kind::Text) => Cell::Text(value),
        (Json::Text(value), Kind::Id) => Cell::Id(Uuid::try_parse(&value).ok()?),
        (Json::Text(value), Kind::Bytes) => Cell::Bytes(hex::decode(value).ok()?),
        _ => return None,
    })
}

enum Json {
    Null,
    Int(i64),
    Text(String),
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl Visitor<'_> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, a text or null")
    }

    fn visit_unit<E: Error>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Int(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Json, E> {
        i64::try_from(value).map(Json::Int).map_err(E::custom)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Json, E> {
        Ok(Json::Text(value))
    }
}
