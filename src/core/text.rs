//! Texts within texts: found, replaced, joined. The standard library does all of it for texts of any length and kind;
//! that would weigh more than the texts it is needed for here.

/// What stands before and after the first place where `part` stands. The empty text stands nowhere.
#[must_use]
pub fn cut<'a>(text: &'a str, part: &str) -> Option<(&'a str, &'a str)> {
    if part.is_empty() {
        return None;
    }
    let at = text.as_bytes().windows(part.len()).position(|window| window == part.as_bytes())?;
    Some((text.get(..at)?, text.get(at + part.len()..)?))
}

/// Whether `part` stands somewhere.
#[must_use]
pub fn contains(text: &str, part: &str) -> bool {
    cut(text, part).is_some()
}

/// Whether a byte is one of these.
#[must_use]
#[expect(clippy::manual_contains, reason = "the standard library's search is made for long texts")]
pub fn is_one_of(byte: u8, bytes: &[u8]) -> bool {
    bytes.iter().any(|one| *one == byte)
}

/// The parts as one text, with a text between each two.
#[must_use]
pub fn join<T: AsRef<str>>(parts: &[T], between: &str) -> String {
    let mut joined = String::new();
    for (place, part) in parts.iter().enumerate() {
        if place > 0 {
            joined.push_str(between);
        }
        joined.push_str(part.as_ref());
    }
    joined
}

/// The parts as one text.
#[must_use]
pub fn concat(parts: &[&str]) -> String {
    join(parts, "")
}

/// The text with `new` wherever `old` stood.
#[must_use]
pub fn replace(text: &str, old: &str, new: &str) -> String {
    let mut replaced = String::new();
    let mut rest = text;
    while let Some((before, after)) = cut(rest, old) {
        replaced.push_str(before);
        replaced.push_str(new);
        rest = after;
    }
    replaced.push_str(rest);
    replaced
}

#[cfg(test)]
mod tests {
    use super::{cut, replace};

    #[test]
    fn a_text_is_cut_at_the_first_place() {
        assert_eq!(cut("a::b::c", "::"), Some(("a", "b::c")));
        assert_eq!(cut("ä\u{301}", "\u{301}"), Some(("ä", "")));
        assert_eq!((cut("abc", "abcd"), cut("abc", ""), cut("", "x")), (None, None, None));
    }

    #[test]
    fn every_place_is_replaced_and_what_is_put_in_is_not_searched() {
        assert_eq!(replace("aaa", "a", "aa"), "aaaaaa");
        assert_eq!(replace("~01", "~0", "~"), "~1");
    }
}
