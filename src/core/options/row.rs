//! Reads entries of a map that has been checked: what is not there, or `null`, is simply not there.

use crate::core::tree::Tree;

static NOTHING: Tree = Tree::Null;

#[derive(Clone, Copy)]
pub(super) struct Row<'a>(pub(super) &'a Tree);

impl<'a> Row<'a> {
    pub(super) fn get(self, key: &str) -> Option<&'a Tree> {
        self.0.get(key).filter(|value| **value != Tree::Null)
    }

    pub(super) fn row(self, key: &str) -> Row<'a> {
        Row(self.get(key).unwrap_or(&NOTHING))
    }

    pub(super) fn entries(self) -> &'a [(String, Tree)] {
        self.0.entries()
    }

    pub(super) fn str(self, key: &str) -> Option<&'a str> {
        self.get(key)?.as_text()
    }

    pub(super) fn text(self, key: &str) -> Option<String> {
        self.str(key).map(str::to_owned)
    }

    pub(super) fn truth(self, key: &str) -> Option<bool> {
        self.get(key)?.as_bool()
    }

    pub(super) fn number(self, key: &str) -> Option<i64> {
        self.get(key)?.as_number().map(|number| number as i64)
    }

    pub(super) fn choice<T>(self, key: &str, from_name: fn(&str) -> Option<T>) -> Option<T> {
        from_name(self.str(key)?)
    }

    /// The elements of a list, or the one value that stands in its place.
    pub(super) fn elements(self, key: &str) -> &'a [Tree] {
        match self.get(key) {
            None => &[],
            Some(Tree::List(elements)) => elements,
            Some(one) => std::slice::from_ref(one),
        }
    }

    pub(super) fn one_or_more(self, key: &str) -> Vec<String> {
        let mut texts = Vec::new();
        for value in self.elements(key) {
            if let Tree::Text(text) = value {
                texts.push(text.clone());
            }
        }
        texts
    }

    /// The entries of a map of texts.
    pub(super) fn texts(self, key: &str) -> Vec<(String, String)> {
        let mut texts = Vec::new();
        for (name, value) in self.row(key).entries() {
            if let Tree::Text(text) = value {
                texts.push((name.clone(), text.clone()));
            }
        }
        texts
    }
}
