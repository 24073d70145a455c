//! A pointer and a document. `serde_json` has a JSON Pointer of its own.
#![no_main]

use arbitrary::{Arbitrary, Unstructured};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use wasm_auth_session::core::dialect::pointer;
use wasm_auth_session::core::tree::Tree;
use wasm_auth_session_fuzz::json::{self, Vocabulary};
use wasm_auth_session_fuzz::support;

const NAMES: Vocabulary = Vocabulary {
    names: &["", "a", "b", "0", "1", "00", "01", "-", "+1", "/", "~", "~0", "~1", "a/b", "m~n", "~01"],
    texts: &["", "x"],
    secrets: &[""],
};

#[derive(Debug)]
struct Look {
    document: Tree,
    pointer: String,
}

impl<'a> Arbitrary<'a> for Look {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        let mut pointer = String::new();
        for _ in 0..bytes.int_in_range(0..=5)? {
            pointer.push('/');
            let name = *bytes.choose(NAMES.names)?;
            match bytes.int_in_range(0..=9)? {
                0 => pointer.push_str(bytes.arbitrary()?),
                1 => pointer.push_str(name),
                _ => pointer.push_str(&name.replace('~', "~0").replace('/', "~1")),
            }
        }
        Ok(Self { document: json::tree(bytes, NAMES)?, pointer })
    }
}

fuzz_target!(|look: Look| {
    let Look { document, pointer } = look;
    let found = document.at(&pointer);
    let value = value(&document);
    // An index is plain digits (RFC 6901 section 4); `serde_json` also takes any that fits, and so do we.
    assert_eq!(found.map(self::value).as_ref(), value.pointer(&pointer), "{pointer} in {value}");

    let mut without = document.clone();
    pointer::remove(&mut without, &pointer);
    let stands_in_a_map = pointer
        .rsplit_once('/')
        .and_then(|(parent, _)| document.at(parent))
        .is_some_and(|parent| matches!(parent, Tree::Map(_)));
    let is_below_maps =
        pointer.match_indices('/').all(|(end, _)| matches!(document.at(&pointer[..end]), Some(Tree::Map(_))));
    if stands_in_a_map && is_below_maps {
        assert!(without.at(&pointer).is_none(), "{pointer} is still in {value}");
    } else if found.is_none() || !pointer.is_empty() && !is_below_maps {
        assert!(without == document, "{pointer} took something out of {value}");
    }

    if pointer::is_pointer(&pointer) {
        let mut body = Tree::Map(Vec::new());
        pointer::place(&mut body, &pointer, Tree::Bool(true));
        assert!(body.at(&pointer) == Some(&Tree::Bool(true)), "{pointer} is not where it was put");
        pointer::remove(&mut body, &pointer);
        assert!(pointer.is_empty() || body == Tree::Map(Vec::new()), "{pointer} left something");
    }
});

fn value(tree: &Tree) -> Value {
    support::json(tree)
}
