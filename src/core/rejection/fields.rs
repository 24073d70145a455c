//! Faults by field, in the shapes servers write them in.

use std::slice::from_ref;

use crate::core::dialect::pointer;
use crate::core::options::Options;
use crate::core::redact::LONGEST;
use crate::core::spelling::decimal;
use crate::core::text::{contains, cut, join, replace};
use crate::core::tree::{Tree, map};

/// One field the server found fault with.
#[derive(Clone, PartialEq, Debug)]
pub struct FieldError {
    /// Credential name where the row knows it, else the server's own path.
    pub path: String,
    /// What is wrong.
    pub message: String,
    /// The server's own code for it.
    pub kind: Option<String>,
    /// What it says beside, for example a least length.
    pub context: Tree,
}

impl FieldError {
    /// As JavaScript sees it.
    #[must_use]
    pub fn to_tree(&self) -> Tree {
        let kind = self.kind.as_deref().map_or(Tree::Null, Tree::text);
        let mut tree = map! {
            "path": Tree::text(self.path.as_str()),
            "message": Tree::text(self.message.as_str()),
            "type": kind,
        };
        if !self.context.is_empty() {
            tree.set("context", self.context.clone());
        }
        tree
    }
}

const LISTS: &[&str] = &[
    "/detail",
    "/errors",
    "/fields",
    "/error/errors",
    "/error/fields",
    "/error/details/errors",
    "/detail/errors",
    "/violations",
    "/issues",
    "/error/issues",
    "/fieldErrors",
    "/errors/fieldErrors",
    "/error/fieldErrors",
    "/errors/json",
    "/detail/json",
    "/invalid-params",
    "/details",
    "/error/details",
];
/// Of these, those that may hold anything: a text there is a fault only in a list.
const VAGUE: &[&str] = &["/detail", "/details", "/error/details"];
/// Where a map of credentials that were sent, and of nothing else, says what is wrong with them.
const OF_CREDENTIALS: &[&str] = &["", "/message", "/messages", "/error", "/data"];
const PATHS: &[&str] = &[
    "/loc",
    "/field",
    "/path",
    "/param",
    "/pointer",
    "/attr",
    "/name",
    "/source/pointer",
    "/propertyPath",
    "/instancePath",
    "/target",
];
const MESSAGES: &[&str] = &["/msg", "/message", "/defaultMessage", "/detail", "/reason", "/error", "/title"];
const KINDS: &[&str] = &["/type", "/code", "/kind"];
const CONTEXTS: &[&str] = &["/ctx", "/context"];
/// The names of no field: of Django REST framework, of Django's forms, of Rails.
const NO_FIELD: &[&str] = &["non_field_errors", "__all__", "base"];
/// What a fault has beside a path that is GraphQL's: one in the answer, and no field's.
const GRAPHQL: &[&str] = &["/extensions", "/locations"];
/// Where in the request a field stood, not part of its name. `#` begins a pointer (RFC 9457), `$` a path of .NET's.
const PLACES: &[&str] = &["body", "query", "form", "#", "$"];

/// Takes the field faults out of a body that has been redacted.
pub(super) fn take(body: &mut Tree, options: &Options) -> Vec<FieldError> {
    for at in LISTS {
        let faults = match body.at(at) {
            // One that cannot be read leaves the list where it is: nothing is lost.
            Some(Tree::List(elements)) => all_listed(elements, options).unwrap_or_default(),
            // What stands beside a message or a code is no field.
            Some(map @ Tree::Map(_)) => {
                let is_text = |place: &&str| map.at(place).is_some_and(|said| said.as_text().is_some());
                let is_one_fault = VAGUE.contains(at) || MESSAGES.iter().any(is_text) || KINDS.iter().any(is_text);
                mapped(map, !is_one_fault, options)
            }
            Some(Tree::Null | Tree::Bool(_) | Tree::Number(_) | Tree::Text(_)) | None => Vec::new(),
        };
        if !faults.is_empty() {
            pointer::remove(body, at);
            return faults;
        }
    }
    for at in OF_CREDENTIALS {
        // A code or a name that is repeated is one word.
        let is_word = |value: &Tree| value.as_text().is_some_and(|text| !contains(text, " "));
        let names_others = |(key, value): &(String, Tree)| named(key, options).is_none() || is_word(value);
        let faults = match body.at(at) {
            Some(Tree::Map(entries)) if entries.iter().any(names_others) => Vec::new(),
            Some(map) => mapped(map, true, options),
            None => Vec::new(),
        };
        if !faults.is_empty() {
            if at.is_empty() {
                *body = Tree::Map(Vec::new());
            }
            pointer::remove(body, at);
            return faults;
        }
    }
    // A list of messages for nothing in particular.
    let stands = |at: &&str| !at.is_empty() && body.at(at).is_some();
    if LISTS.iter().any(stands) || OF_CREDENTIALS.iter().any(stands) {
        return Vec::new();
    }
    // Django REST framework: the whole body is a map of field to messages.
    let faults = mapped(body, false, options);
    if !faults.is_empty() {
        *body = Tree::Map(Vec::new());
    }
    faults
}

/// What is said of no field in particular: a login form shows that as its message.
pub(super) fn of_none(faults: &[FieldError]) -> Option<String> {
    Some(faults.iter().find(|fault| NO_FIELD.contains(&&*fault.path))?.message.clone())
}

/// What stands in the first of these places where anything does.
fn find<'a>(fault: &'a Tree, places: &[&str]) -> Option<&'a Tree> {
    places.iter().find_map(|at| fault.at(at).filter(|one| **one != Tree::Null))
}

fn all_listed(faults: &[Tree], options: &Options) -> Option<Vec<FieldError>> {
    let mut errors = Vec::new();
    for fault in faults {
        errors.push(listed(fault, options)?);
    }
    Some(errors)
}

/// `[{ loc, msg, type }]`, `[{ field, message }]`, and their like.
fn listed(fault: &Tree, options: &Options) -> Option<FieldError> {
    if find(fault, GRAPHQL).is_some() {
        return None;
    }
    described(fault, credential_name(find(fault, PATHS)?, options))
}

/// What is said of a field: a text, or a map that holds one.
fn described(fault: &Tree, path: String) -> Option<FieldError> {
    let text = |pointers: &[&str]| find(fault, pointers).and_then(Tree::as_text).map(str::to_owned);
    Some(FieldError {
        path,
        message: fault.as_text().map(str::to_owned).or_else(|| text(MESSAGES))?,
        kind: text(KINDS),
        context: find(fault, CONTEXTS).cloned().unwrap_or_default(),
    })
}

/// `{ "email": ["is taken"] }`, and `{ "email": "is taken" }` or `{ "email": { "message": "is taken" } }` where that can be nothing else: only
/// if every entry is of this kind.
fn mapped(map: &Tree, may_be_one: bool, options: &Options) -> Vec<FieldError> {
    let mut errors = Vec::new();
    for (key, value) in map.entries() {
        let path = credential_name(&Tree::text(key.as_str()), options);
        let is_one = may_be_one && matches!(value, Tree::Text(_) | Tree::Map(_));
        let faults = if is_one { from_ref(value) } else { value.elements() };
        if faults.is_empty() {
            return Vec::new();
        }
        for fault in faults {
            match described(fault, path.clone()) {
                Some(error) if may_be_one || fault.as_text().is_some() => errors.push(error),
                Some(_) | None => return Vec::new(),
            }
        }
    }
    errors
}

fn dotted(text: &str) -> String {
    replace(text.trim_start_matches('/'), "/", ".")
}

/// The credential that the row sends under that name.
fn named<'a>(path: &str, options: &'a Options) -> Option<&'a str> {
    options.dialect.grants.iter().find_map(|grant| {
        let is_named = |(_, wire_name): &&(String, String)| dotted(wire_name).eq_ignore_ascii_case(path);
        Some(grant.fields.iter().find(is_named)?.0.as_str())
    })
}

/// `loc` is a list, a dotted text or a pointer.
fn credential_name(loc: &Tree, options: &Options) -> String {
    let mut path = match loc {
        Tree::List(elements) => {
            let mut parts = Vec::new();
            elements.iter().for_each(|element| parts.extend(part(element)));
            join(&parts, ".")
        }
        Tree::Text(_) | Tree::Null | Tree::Bool(_) | Tree::Number(_) | Tree::Map(_) => {
            dotted(&part(loc).unwrap_or_default())
        }
    };
    if let Some((place, rest)) = cut(&path, ".")
        && PLACES.contains(&place)
    {
        path = rest.to_owned();
    }
    if let Some(credential) = named(&path, options) {
        return credential.to_owned();
    }
    // Its parts were cut one by one.
    if let Some((end, _)) = path.char_indices().nth(LONGEST) {
        path.truncate(end);
    }
    path
}

fn part(loc: &Tree) -> Option<String> {
    match loc {
        Tree::Text(text) => Some(text.clone()),
        Tree::Number(number) => Some(decimal(*number as i64)),
        Tree::Null | Tree::Bool(_) | Tree::List(_) | Tree::Map(_) => None,
    }
}
