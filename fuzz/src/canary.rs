//! The secrets of every exchange, marked so that a search finds them in whatever is said about it.

use wasm_auth_session::core::redact::Secrets;
use wasm_auth_session::core::tree::Tree;

/// A password with all that is written differently in a form, a URL and JSON.
pub const PASSWORD: &str = "Pä ss\"w\\rd+%&=9F3k";
/// An access token.
pub const ACCESS: &str = "canary.access-9F3kQ~";
/// A refresh token.
pub const REFRESH: &str = "canary/refresh+7Hq2=";

/// Each in each spelling in which a server could repeat it.
pub const SPELLINGS: &[&str] = &[
    PASSWORD,
    "P%C3%A4+ss%22w%5Crd%2B%25%26%3D9F3k",
    "P%C3%A4%20ss%22w%5Crd%2B%25%26%3D9F3k",
    r#"Pä ss\"w\\rd+%&=9F3k"#,
    ACCESS,
    "canary.access-9F3kQ%7E",
    REFRESH,
    "canary%2Frefresh%2B7Hq2%3D",
];

thread_local! {
    static SECRETS: Secrets = {
        let mut secrets = Secrets::default();
        [PASSWORD, ACCESS, REFRESH].into_iter().for_each(|secret| secrets.add(secret));
        secrets
    };
}

/// What the exchange was secret about.
#[must_use]
pub fn secrets() -> Secrets {
    SECRETS.with(Clone::clone)
}

/// Fails if a text of the tree, or the name of an entry, holds a secret.
pub fn assert_none_in(tree: &Tree) {
    each_text(tree, &mut assert_none_in_text);
}

/// Fails if the text holds a secret.
pub fn assert_none_in_text(text: &str) {
    for spelling in SPELLINGS {
        assert!(!text.contains(spelling), "{spelling} was found in {text}");
    }
}

/// Whether the text holds a secret.
#[must_use]
pub fn is_spelled_in(text: &str) -> bool {
    SPELLINGS.iter().any(|spelling| text.contains(spelling))
}

/// Whether a text of the tree holds a token.
#[must_use]
pub fn are_tokens_in(tree: &Tree) -> bool {
    let mut found = false;
    each_text(tree, &mut |text| found |= SPELLINGS.iter().any(|one| one.starts_with("canary") && text.contains(one)));
    found
}

/// Every text of a tree, and every name.
pub fn each_text(tree: &Tree, look: &mut impl FnMut(&str)) {
    match tree {
        Tree::Text(text) => look(text),
        Tree::List(elements) => elements.iter().for_each(|one| each_text(one, look)),
        Tree::Map(entries) => {
            for (name, value) in entries {
                look(name);
                each_text(value, look);
            }
        }
        Tree::Null | Tree::Bool(_) | Tree::Number(_) => {}
    }
}
