//! Reads a map of options and says precisely what is wrong with one.

use crate::core::dialect::pointer::is_pointer;
use crate::core::error::AuthError;
use crate::core::tree::Tree;

/// A map of options and where it stands.
pub(super) struct Reader<'a> {
    path: String,
    tree: &'a Tree,
}

impl<'a> Reader<'a> {
    pub(super) fn new(tree: &'a Tree, path: &str) -> Result<Self, AuthError> {
        let reader = Self { path: path.to_owned(), tree };
        if matches!(tree, Tree::Map(_)) {
            Ok(reader)
        } else {
            Err(AuthError::invalid(if path.is_empty() { "options" } else { path }, "must be an object"))
        }
    }

    /// The value, unless it is missing or `null`.
    pub(super) fn get(&self, key: &str) -> Option<&'a Tree> {
        self.tree.get(key).filter(|value| **value != Tree::Null)
    }

    /// Whether `null` stands there.
    pub(super) fn is_null(&self, key: &str) -> bool {
        self.tree.get(key) == Some(&Tree::Null)
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &'a str> {
        self.tree.entries().iter().map(|(key, _)| key.as_str())
    }

    /// The keys under which something is said: `null` has taken the others away.
    pub(super) fn given(&self) -> impl Iterator<Item = &'a str> {
        self.keys().filter(|key| self.get(key).is_some())
    }

    /// The path of an entry, for an error.
    pub(super) fn path(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    pub(super) fn fault<T>(&self, key: &str, reason: &str) -> Result<T, AuthError> {
        Err(AuthError::invalid(self.path(key), reason))
    }

    /// Refuses keys that are not on the list.
    pub(super) fn known(&self, names: &[&str]) -> Result<(), AuthError> {
        match self.keys().find(|key| !names.contains(key)) {
            None => Ok(()),
            Some(key) => self.fault(key, &unknown(key, names)),
        }
    }

    pub(super) fn map(&self, key: &str) -> Result<Option<Reader<'a>>, AuthError> {
        self.get(key).map(|tree| Reader::new(tree, &self.path(key))).transpose()
    }

    /// A map that counts as empty when it is missing.
    pub(super) fn map_or_empty(&self, key: &str) -> Result<Reader<'a>, AuthError> {
        static EMPTY: Tree = Tree::Map(Vec::new());
        Reader::new(self.get(key).unwrap_or(&EMPTY), &self.path(key))
    }

    pub(super) fn text(&self, key: &str) -> Result<Option<&'a str>, AuthError> {
        match self.get(key) {
            None => Ok(None),
            Some(Tree::Text(text)) => Ok(Some(text)),
            Some(_) => self.fault(key, "must be a string"),
        }
    }

    pub(super) fn boolean(&self, key: &str) -> Result<Option<bool>, AuthError> {
        match self.get(key) {
            None => Ok(None),
            Some(Tree::Bool(value)) => Ok(Some(*value)),
            Some(_) => self.fault(key, "must be true or false"),
        }
    }

    pub(super) fn integer(&self, key: &str, least: i64, most: i64) -> Result<Option<i64>, AuthError> {
        match self.get(key) {
            None => Ok(None),
            Some(Tree::Number(value)) if *value >= least as f64 && *value <= most as f64 => Ok(Some(*value as i64)),
            Some(_) => self.fault(key, &format!("must be a number from {least} to {most}")),
        }
    }

    pub(super) fn choice<T: Copy>(&self, key: &str, all: &[T], name: fn(T) -> &'static str) -> Result<Option<T>, AuthError> {
        let Some(value) = self.get(key) else { return Ok(None) };
        match all.iter().find(|one| value.as_text() == Some(name(**one))) {
            Some(one) => Ok(Some(*one)),
            None => {
                let names: Vec<&str> = all.iter().map(|one| name(*one)).collect();
                self.fault(key, &format!("must be one of {}", names.join(", ")))
            }
        }
    }

    pub(super) fn pointer(&self, key: &str) -> Result<Option<String>, AuthError> {
        match self.text(key)? {
            None => Ok(None),
            Some(text) if is_pointer(text) => Ok(Some(text.to_owned())),
            Some(_) => self.fault(key, NO_POINTER),
        }
    }

    /// One pointer or a list of them.
    pub(super) fn pointers(&self, key: &str) -> Result<Option<Vec<String>>, AuthError> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let one_or_more = if let Tree::List(elements) = value { elements.as_slice() } else { std::slice::from_ref(value) };
        one_or_more
            .iter()
            .map(|one| match one.as_text() {
                Some(text) if is_pointer(text) => Ok(text.to_owned()),
                Some(_) | None => self.fault(key, NO_POINTER),
            })
            .collect::<Result<Vec<String>, AuthError>>()
            .map(Some)
    }

    /// The entries of a map of strings.
    pub(super) fn texts(&self, key: &str) -> Result<Vec<(String, String)>, AuthError> {
        let map = self.map_or_empty(key)?;
        let names: Vec<&str> = map.keys().collect();
        names
            .into_iter()
            .filter_map(|name| map.text(name).transpose().map(|text| text.map(|text| (name.to_owned(), text.to_owned()))))
            .collect()
    }
}

pub(super) const NO_POINTER: &str = "must be a JSON Pointer (RFC 6901): it begins with /";

/// Says that a name is unknown, and which known one is nearest.
pub(in crate::core) fn unknown(name: &str, known: &[&str]) -> String {
    let nearest = known.iter().min_by_key(|one| strsim::levenshtein(one, name));
    match nearest.filter(|one| strsim::levenshtein(one, name) <= 1 + name.chars().count() / 3) {
        Some(nearest) => format!("is not known: did you mean {nearest}?"),
        None => format!("is not known: known are {}", known.join(", ")),
    }
}
