//! What a server says may hold what it was told. What comes in: text or a tree from an answer, and
//! the secrets of the request; what goes out: the same without them, cut to 200 characters a string.

use super::secret::SharedSecret;
use super::spelling;
use super::text;
use super::tree::Tree;

pub(in crate::core) const LONGEST: usize = 200;
const SHORTEST: usize = 3;
const ENOUGH: usize = 64;
const DEEPEST: usize = 8;
const WIDEST: usize = 64;
const MARK: &str = "[redacted]";

/// Members that repeat what was sent. They are never shown.
const REPEATS: &[&str] = &["input"];
/// How the names of members end that hold a secret. Their texts and numbers are never shown; what is said
/// about such a field, as a list or a map, is.
const SECRET_NAMES: &[&str] = &["token", "secret", "password", "pin"];

/// The secrets of one exchange, in every spelling in which an answer could echo them.
#[derive(Clone, Debug, Default)]
pub struct Secrets(Vec<SharedSecret>);

impl Secrets {
    /// Adds one secret. The empty text is none.
    pub fn add(&mut self, secret: &str) {
        let url_encoded = spelling::form(secret);
        let percent_encoded = text::replace(&url_encoded, "+", "%20");
        let json_escaped = text::replace(&text::replace(secret, "\\", "\\\\"), "\"", "\\\"");
        for spelling in [secret, url_encoded.as_str(), percent_encoded.as_str(), json_escaped.as_str()] {
            if !spelling.is_empty() && !self.0.iter().any(|known| known.expose() == spelling) {
                // The longest first: one that stands within another must not tear it apart.
                let place =
                    self.0.iter().position(|known| known.expose().len() < spelling.len()).unwrap_or(self.0.len());
                self.0.insert(place, SharedSecret::new(spelling.to_owned()));
            }
        }
    }

    /// The text without the secrets, cut to 200 characters. No more of it is read than is shown: a server chooses how
    /// long it is, and how much of it looks like a secret.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        let mut clean = String::new();
        let mut shown = 0;
        let mut rest = text;
        while let Some(first) = rest.chars().next().filter(|_| shown < LONGEST) {
            if let Some(after) = self.0.iter().find_map(|secret| behind(&clean, rest, secret.expose())) {
                clean.push_str(MARK);
                shown += MARK.len();
                rest = after;
            } else {
                clean.push(first);
                shown += 1;
                rest = rest.get(first.len_utf8()..).unwrap_or_default();
            }
        }
        // A mark may reach beyond: it is ASCII.
        clean.truncate(clean.len() - shown.saturating_sub(LONGEST));
        clean
    }

    /// Whether one stands in the text. A text of a few characters stands in everything, so that such a secret is none here;
    /// of a long one its beginning tells enough, and a text that is nearly one everywhere is looked through in no time.
    #[must_use]
    pub fn are_in(&self, text: &str) -> bool {
        self.0
            .iter()
            .map(SharedSecret::expose)
            .any(|secret| secret.len() > SHORTEST && text::contains(text, secret.get(..ENOUGH).unwrap_or(secret)))
    }

    /// The tree with every string redacted; what is too deep, too wide or never shown is left out.
    #[must_use]
    pub fn redact_tree(&self, tree: &Tree) -> Tree {
        self.redact_level(tree, DEEPEST)
    }

    fn redact_level(&self, tree: &Tree, levels: usize) -> Tree {
        match tree {
            Tree::Text(text) => Tree::Text(self.redact(text)),
            Tree::List(_) | Tree::Map(_) if levels == 0 => Tree::Null,
            Tree::List(elements) => {
                Tree::List(elements.iter().take(WIDEST).map(|one| self.redact_level(one, levels - 1)).collect())
            }
            Tree::Map(entries) => Tree::Map(
                entries
                    .iter()
                    .filter(|(key, value)| !is_never_shown(key, value))
                    .take(WIDEST)
                    .map(|(key, value)| (self.redact(key), self.redact_level(value, levels - 1)))
                    .collect(),
            ),
            Tree::Number(number) if self.holds(*number) => Tree::text(MARK),
            Tree::Null | Tree::Bool(_) | Tree::Number(_) => tree.clone(),
        }
    }

    /// Whether a number is a secret, such as a PIN. One of three digits is rather a status.
    fn holds(&self, number: f64) -> bool {
        let whole = number as i64;
        whole > 999 && self.0.iter().any(|secret| secret.expose().parse() == Ok(whole))
    }
}

/// Whether a member is left out of what is shown.
fn is_never_shown(key: &str, value: &Tree) -> bool {
    let is_secret = || {
        let key = key.to_ascii_lowercase();
        SECRET_NAMES.iter().any(|name| key.ends_with(name)) && matches!(value, Tree::Text(_) | Tree::Number(_))
    };
    REPEATS.contains(&key) || is_secret()
}

/// What follows `secret` where `text` begins with it. A secret of one to three characters is only one where it
/// stands alone: "x" is a password in "'x' is too short", and a letter in "expired". Beyond ASCII a letter is not told
/// from a sign: rather too much is taken out than too little.
fn behind<'a>(before: &str, text: &'a str, secret: &str) -> Option<&'a str> {
    // Most often the first byte tells.
    let after =
        if text.as_bytes().first() == secret.as_bytes().first() { text.strip_prefix(secret)? } else { return None };
    let is_word_part = |neighbour: Option<char>| neighbour.is_some_and(|one| one.is_ascii_alphanumeric());
    let within_word = is_word_part(before.chars().next_back()) || is_word_part(after.chars().next());
    if within_word && secret.chars().nth(3).is_none() { None } else { Some(after) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets(all: &[&str]) -> Secrets {
        let mut secrets = Secrets::default();
        all.iter().for_each(|one| secrets.add(one));
        secrets
    }

    #[test]
    fn an_echoed_password_is_taken_out_in_every_spelling() {
        let secrets = secrets(&["pä ss\"word!"]);
        for echo in ["pä ss\"word!", "p=p%C3%A4+ss%22word%21&x=1", "{\"p\": \"pä ss\\\"word!\"}"] {
            let clean = secrets.redact(echo);
            assert!(clean.contains(MARK) && !clean.contains("ss") && !clean.contains("%C3"), "{clean}");
        }
    }

    #[test]
    fn a_short_password_is_taken_out_where_it_stands_alone() {
        assert_eq!(secrets(&["x"]).redact("'x' is too short for expiry"), "'[redacted]' is too short for expiry");
    }

    #[test]
    fn a_long_text_is_cut_to_200_characters() {
        assert_eq!(secrets(&[]).redact(&"ä".repeat(500)).chars().count(), 200);
    }

    #[test]
    fn a_mark_at_the_end_of_what_is_shown_is_cut_with_it() {
        assert_eq!(
            secrets(&["hunter2"]).redact(&format!("{}hunter2", "x".repeat(195))),
            format!("{}[reda", "x".repeat(195))
        );
    }

    #[test]
    fn a_secret_within_another_does_not_tear_it_apart() {
        assert_eq!(secrets(&["hunter2", "hunter2-and-more"]).redact("got hunter2-and-more"), "got [redacted]");
    }

    #[test]
    fn a_pin_is_taken_out_as_a_number_too_and_a_status_is_not() {
        let tree = Tree::map([("given", Tree::Number(246_810.0)), ("status", Tree::Number(401.0))]);
        let clean = Tree::map([("given", Tree::text(MARK)), ("status", Tree::Number(401.0))]);
        assert!(secrets(&["246810", "401"]).redact_tree(&tree) == clean);
    }

    #[test]
    fn a_member_named_like_a_secret_is_left_out_and_a_fault_with_it_is_not() {
        let fault = ("password", Tree::List(vec![Tree::text("is too short")]));
        let tree = Tree::map([("mfa_token", Tree::text("abc")), ("newPassword", Tree::text("def")), fault.clone()]);
        assert!(secrets(&[]).redact_tree(&tree) == Tree::map([fault]));
    }

    #[test]
    fn a_member_that_repeats_the_input_is_left_out() {
        let tree = Tree::map([("input", Tree::text("hunter2")), ("msg", Tree::text("Field required"))]);
        assert!(secrets(&[]).redact_tree(&tree) == Tree::map([("msg", Tree::text("Field required"))]));
    }
}
