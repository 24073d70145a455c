//! JSON Pointer (RFC 6901): the only path language. What comes in: a tree and a pointer; what goes
//! out: the value there, or nothing. It never fails: a malformed pointer points nowhere.

use crate::core::text::{concat, cut, replace};
use crate::core::tree::Tree;

/// Whether the text is a pointer: empty, or beginning with a slash.
#[must_use]
pub fn is_pointer(text: &str) -> bool {
    text.is_empty() || text.starts_with('/')
}

/// The value `pointer` points at.
#[must_use]
pub fn find<'a>(tree: &'a Tree, pointer: &str) -> Option<&'a Tree> {
    let (mut place, mut rest) = (tree, pointer);
    while !rest.is_empty() {
        let (key, below) = first(rest)?;
        place = if let Tree::List(elements) = place { elements.get(index(&key)?)? } else { place.get(&key)? };
        rest = below;
    }
    Some(place)
}

/// Puts a value where `pointer` points, making the maps on the way. Lists are not grown.
pub fn place(tree: &mut Tree, pointer: &str, value: Tree) {
    let Some((key, rest)) = first(pointer) else {
        *tree = value;
        return;
    };
    let mut branch = tree.get(&key).cloned().unwrap_or_default();
    place(&mut branch, rest, value);
    tree.set(&key, branch);
}

/// How many levels down `pointer` points.
#[must_use]
pub fn depth(pointer: &str) -> usize {
    pointer.bytes().filter(|byte| *byte == b'/').count()
}

/// Whether one of two fields is the other, or stands in it: `user` and `/user` name one field, `/user/email` is within it.
#[must_use]
pub fn overlap(one: &str, other: &str) -> bool {
    let (one, other) = (pointer(one), pointer(other));
    let (mut one, mut other) = (one.as_str(), other.as_str());
    while let (Some((a, rest_of_one)), Some((b, rest_of_other))) = (first(one), first(other)) {
        if a != b {
            return false;
        }
        (one, other) = (rest_of_one, rest_of_other);
    }
    true
}

/// What does not begin with a slash is one name, whatever is in it.
fn pointer(field: &str) -> String {
    if field.starts_with('/') {
        field.to_owned()
    } else {
        concat(&["/", &replace(&replace(field, "~", "~0"), "/", "~1")])
    }
}

/// Takes away what `pointer` points at, if it stands in a map, and the maps that become empty by it.
pub fn remove(tree: &mut Tree, pointer: &str) {
    let (Some((key, rest)), Tree::Map(entries)) = (first(pointer), &mut *tree) else { return };
    let is_over = match entries.iter_mut().find(|(name, _)| *name == key) {
        Some(_) if rest.is_empty() => true,
        Some((_, branch)) if !branch.is_empty() => {
            remove(branch, rest);
            branch.is_empty()
        }
        Some(_) | None => false,
    };
    if is_over {
        tree.remove(&key);
    }
}

/// The first name of a pointer, and the pointer from there on.
fn first(pointer: &str) -> Option<(String, &str)> {
    let path = pointer.strip_prefix('/')?;
    let end = cut(path, "/").map_or(path.len(), |(token, _)| token.len());
    let (token, rest) = path.split_at_checked(end)?;
    Some((unescape(token), rest))
}

fn unescape(token: &str) -> String {
    // The order matters: "~01" is "~1", not "/".
    replace(&replace(token, "~1", "/"), "~0", "~")
}

fn index(token: &str) -> Option<usize> {
    let leading_zero = token.len() > 1 && token.starts_with('0');
    if leading_zero || !token.bytes().all(|byte| byte.is_ascii_digit()) { None } else { token.parse().ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Tree {
        // The document of RFC 6901, section 5, as far as a tree can say it.
        Tree::map([
            ("foo", Tree::List(vec![Tree::text("bar"), Tree::text("baz")])),
            ("", Tree::Number(0.0)),
            ("a/b", Tree::Number(1.0)),
            ("m~n", Tree::Number(8.0)),
            ("~1", Tree::Number(9.0)),
        ])
    }

    #[test]
    fn the_examples_of_rfc_6901_section_5_hold() {
        let tree = sample();
        assert!(tree.at("") == Some(&tree));
        assert!(tree.at("/foo/0") == Some(&Tree::text("bar")));
        assert!(tree.at("/") == Some(&Tree::Number(0.0)));
        assert!(tree.at("/a~1b") == Some(&Tree::Number(1.0)));
        assert!(tree.at("/m~0n") == Some(&Tree::Number(8.0)));
        assert!(tree.at("/~01") == Some(&Tree::Number(9.0)));
    }

    #[test]
    fn a_pointer_to_nothing_finds_nothing() {
        let tree = sample();
        for pointer in
            ["/foo/2", "/foo/00", "/foo/-", "/foo/+1", "/foo/99999999999999999999", "foo", "/nope", "/foo/0/x"]
        {
            assert!(tree.at(pointer).is_none(), "{pointer}");
        }
    }

    #[test]
    fn placing_makes_the_maps_on_the_way() {
        let mut tree = Tree::Null;
        place(&mut tree, "/user/email", Tree::text("a@example.com"));
        place(&mut tree, "/user/password", Tree::text("x"));
        assert!(tree.at("/user/email") == Some(&Tree::text("a@example.com")));
        assert!(tree.at("/user/password") == Some(&Tree::text("x")));
        place(&mut tree, "", Tree::Null);
        assert!(tree == Tree::Null);
    }

    #[test]
    fn what_was_placed_is_found_and_taken_away_also_below_an_empty_name() {
        for pointer in ["/", "//", "/a/", "/a//b", "/~01/~1"] {
            let mut tree = Tree::map([("kept", Tree::Null)]);
            place(&mut tree, pointer, Tree::Bool(true));
            assert!(tree.at(pointer) == Some(&Tree::Bool(true)), "{pointer}");
            remove(&mut tree, pointer);
            assert!(tree == Tree::map([("kept", Tree::Null)]), "{pointer}");
        }
    }

    #[test]
    fn fields_overlap_where_one_is_or_holds_the_other_however_it_is_spelled() {
        for (one, other) in [
            ("user", "/user"),
            ("/user", "/user/email"),
            ("a/b", "/a~1b"),
            ("/a/~/b", "/a/~0"),
            ("/", "//x"),
            ("~", "/~"),
        ] {
            assert!(overlap(one, other) && overlap(other, one), "{one} and {other}");
        }
        for (one, other) in
            [("user", "/username"), ("a/b", "/a/b"), ("/a/b", "/a/c"), ("~0", "/~0"), ("/", "/x"), ("", "/x")]
        {
            assert!(!overlap(one, other) && !overlap(other, one), "{one} and {other}");
        }
    }

    #[test]
    fn what_points_at_nothing_takes_nothing_away() {
        let tree = Tree::map([("none", Tree::Null), ("list", Tree::List(Vec::new())), ("map", Tree::Map(Vec::new()))]);
        for pointer in ["", "none", "/none/a", "/list/0", "/map/a", "/map/", "/a/b"] {
            let mut same = tree.clone();
            remove(&mut same, pointer);
            assert!(same == tree, "{pointer}");
        }
    }
}
