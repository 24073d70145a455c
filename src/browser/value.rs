//! JavaScript values as trees, and back. What comes in: any value whatever, proxies and throwing getters
//! among them; what goes out: a tree of its own, or a fault. Each getter is read once.

use js_sys::{Array, JSON};
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::prelude::*;

use crate::core::tree::Tree;

const DEEPEST: usize = 64;
/// More than any answer holds that means something. What holds the same thing twice, and that again, is small and yet without end.
const MOST: usize = 1 << 16;

#[wasm_bindgen]
extern "C" {
    /// `Object.entries`: own enumerable properties, each read once. Getters and proxies may throw.
    #[wasm_bindgen(catch, js_namespace = Object, js_name = entries)]
    fn own_entries(value: &JsValue) -> Result<Array, JsValue>;

    /// `Array.isArray`, which throws for a proxy that was revoked.
    #[wasm_bindgen(catch, js_namespace = Array, js_name = isArray)]
    fn is_array(value: &JsValue) -> Result<bool, JsValue>;
}

/// Walks a value. `None` for what JSON could not say (functions, symbols, big integers), for what throws
/// when read, and for what is nested deeper than 64 levels, as a cycle is, or holds more than 65,536 values.
#[must_use]
pub fn to_tree(value: &JsValue) -> Option<Tree> {
    walk(value, DEEPEST, &mut MOST.clone())
}

fn walk(value: &JsValue, levels: usize, left: &mut usize) -> Option<Tree> {
    *left = left.checked_sub(1)?;
    if value.is_null() || value.is_undefined() {
        return Some(Tree::Null);
    }
    if let Some(text) = value.as_string() {
        return Some(Tree::Text(text));
    }
    if let Some(number) = value.as_f64() {
        return Some(Tree::Number(number));
    }
    if let Some(truth) = value.as_bool() {
        return Some(Tree::Bool(truth));
    }
    let deeper = levels.checked_sub(1)?;
    let is_list = is_array(value).ok()?;
    if !value.is_object() || value.is_function() {
        return None;
    }
    let mut list = Vec::new();
    let mut entries = Vec::new();
    for pair in own_entries(value).ok()?.iter() {
        let pair: Array = pair.unchecked_into();
        let (name, value) = (pair.get(0).as_string()?, pair.get(1));
        if is_list {
            // By their entries, and not by their length, which may be four billion: holes are `null`, but for those at the end.
            let Ok(index) = name.parse::<usize>() else { continue };
            *left = left.checked_sub(index.checked_sub(list.len())?)?;
            while list.len() < index {
                list.push(Tree::Null);
            }
            list.push(walk(&value, deeper, left)?);
        } else if !value.is_undefined() && name != "__proto__" {
            // An entry that is `undefined` is left out, as in JSON; so is one that would become the prototype of what
            // is handed out again.
            entries.push((name, walk(&value, deeper, left)?));
        }
    }
    Some(if is_list { Tree::List(list) } else { Tree::Map(entries) })
}

/// The tree as plain JavaScript: maps are objects, lists are arrays. The one serializer configuration.
#[must_use]
pub fn from_tree(tree: &Tree) -> JsValue {
    tree.serialize(&Serializer::json_compatible()).unwrap_or(JsValue::NULL)
}

/// The tree as JSON text.
#[must_use]
pub fn to_json(tree: &Tree) -> String {
    JSON::stringify(&from_tree(tree)).map(String::from).unwrap_or_default()
}
