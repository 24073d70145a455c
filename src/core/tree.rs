//! The neutral tree: options, replies and stored records are all read from it, by JSON Pointer.
//!
//! What comes in: whatever JSON can say, parsed by the browser; what goes out: values by pointer.
//! It never holds a float it could not have read from JSON, and its `Debug` shows kinds, not values:
//! a reply is full of secrets.

use std::fmt;

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

/// Any JSON value. A map keeps the order of its keys.
#[derive(Clone, PartialEq, Default)]
pub enum Tree {
    /// `null`, and what was `undefined`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// Any number.
    Number(f64),
    /// Any string.
    Text(String),
    /// An array.
    List(Vec<Self>),
    /// An object's own entries.
    Map(Vec<(String, Self)>),
}

impl Tree {
    /// A text node.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A whole number. Exact up to 2^53.
    #[must_use]
    pub fn integer(value: i64) -> Self {
        Self::Number(value as f64)
    }

    /// A map of these entries. [`map!`] makes less code of it.
    #[must_use]
    pub fn map<const N: usize>(entries: [(&str, Self); N]) -> Self {
        Self::Map(entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// What [`map!`] makes: once for maps of every length.
    pub(crate) fn of(names: &[&str], values: &mut [Self]) -> Self {
        let mut map = Vec::with_capacity(values.len());
        for (name, value) in names.iter().zip(values) {
            map.push(((*name).to_owned(), std::mem::take(value)));
        }
        Self::Map(map)
    }

    /// The value at a JSON Pointer (RFC 6901); `None` where nothing stands.
    #[must_use]
    pub fn at(&self, pointer: &str) -> Option<&Self> {
        super::dialect::pointer::find(self, pointer)
    }

    /// The entry of a map. With doubled keys the last one counts, as in `JSON.parse`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Map(entries) => entries.iter().rev().find(|(name, _)| name == key).map(|(_, value)| value),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_) | Self::List(_) => None,
        }
    }

    /// The text, if this is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The number, if this is one.
    #[must_use]
    pub fn as_number(&self) -> Option<f64> {
        if let Self::Number(number) = self { Some(*number) } else { None }
    }

    /// The truth value, if this is one.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(value) = self { Some(*value) } else { None }
    }

    /// The elements of a list; none for anything else.
    #[must_use]
    pub fn elements(&self) -> &[Self] {
        if let Self::List(elements) = self { elements } else { &[] }
    }

    /// The entries of a map; none for anything else.
    #[must_use]
    pub fn entries(&self) -> &[(String, Self)] {
        if let Self::Map(entries) = self { entries } else { &[] }
    }

    /// Whether nothing is said here: `null`, or a map or list without entries.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Null => true,
            Self::List(elements) => elements.is_empty(),
            Self::Map(entries) => entries.is_empty(),
            Self::Bool(_) | Self::Number(_) | Self::Text(_) => false,
        }
    }

    /// Sets an entry of a map, in place if it is there. Anything else becomes a map first.
    pub fn set(&mut self, key: &str, value: Self) {
        if !matches!(self, Self::Map(_)) {
            *self = Self::Map(Vec::new());
        }
        if let Self::Map(entries) = self {
            match entries.iter_mut().find(|(name, _)| name == key) {
                Some((_, place)) => *place = value,
                None => entries.push((key.to_owned(), value)),
            }
        }
    }

    /// Sets an entry of a map to a text.
    pub fn set_text(&mut self, key: &str, text: &str) {
        self.set(key, Self::text(text));
    }

    /// Takes an entry out of a map.
    pub fn remove(&mut self, key: &str) {
        if let Self::Map(entries) = self {
            entries.retain(|(name, _)| name != key);
        }
    }

    /// Lays `patch` over this tree: maps are joined entry by entry, `null` takes an entry away, the rest replaces.
    pub fn overlay(&mut self, patch: &Self) {
        let (Self::Map(_), Self::Map(changes)) = (&self, patch) else {
            *self = patch.clone();
            return;
        };
        for (key, change) in changes {
            if *change == Self::Null {
                self.remove(key);
                continue;
            }
            let mut value = self.get(key).cloned().unwrap_or_default();
            value.overlay(change);
            self.set(key, value);
        }
    }
}

/// A map of these entries. Unlike [`Tree::map`], the names are one constant, and not written one by one.
macro_rules! map {
    ($($name:literal: $value:expr),* $(,)?) => {
        $crate::core::tree::Tree::of(&[$($name),*], &mut [$($value),*])
    };
}
pub(crate) use map;

/// The way out to JavaScript: the only serializer input in the package.
impl Serialize for Tree {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(value) => serializer.serialize_f64(*value),
            Self::Text(value) => serializer.serialize_str(value),
            Self::List(elements) => {
                let mut list = serializer.serialize_seq(Some(elements.len()))?;
                for element in elements {
                    list.serialize_element(element)?;
                }
                list.end()
            }
            Self::Map(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for (key, value) in entries {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }
    }
}

impl fmt::Debug for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "null",
            Self::Bool(_) => "bool",
            Self::Number(_) => "number",
            Self::Text(_) => "text",
            Self::List(_) => "list",
            Self::Map(_) => "map",
        })
    }
}
