//! What a server says may hold what it was told. What comes in: text or a tree from an answer, and
//! the secrets of the request; what goes out: the same without them, cut to 200 characters a string.

use super::secret::SharedSecret;
use super::spelling::decimal;
use super::text::{contains, is_one_of};
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
const SECRET_NAMES: &[&str] = &["token", "secret", "password", "pin", "session", "credential"];
/// Members that say what is wrong with each field. A text of several words is no secret there: one that was sent is known. Nor is one that is
/// called a password and nothing else, wherever it stands: it is what is wrong with the one that was sent.
const FAULTS: &[&str] = &["errors", "fields"];

/// With what JSON, URLs and HTML begin another spelling of a character.
const ESCAPES: [u8; 3] = [b'\\', b'%', b'&'];
/// How JSON spells control characters, and HTML what it is made of. All else is itself, or a number.
const NAMED: [(&str, char); 10] = [
    ("b", '\u{8}'),
    ("f", '\u{c}'),
    ("n", '\n'),
    ("r", '\r'),
    ("t", '\t'),
    ("amp", '&'),
    ("apos", '\''),
    ("gt", '>'),
    ("lt", '<'),
    ("quot", '"'),
];

/// The secrets of one exchange.
#[derive(Clone, Debug, Default)]
pub struct Secrets(Vec<SharedSecret>);

impl Secrets {
    /// Adds one secret. The empty text is none.
    pub fn add(&mut self, secret: &str) {
        if !secret.is_empty() && !self.0.iter().any(|known| known.expose() == secret) {
            // The longest first: one that stands within another must not tear it apart.
            let place = self.0.iter().position(|known| known.expose().len() < secret.len()).unwrap_or(self.0.len());
            self.0.insert(place, SharedSecret::new(secret.to_owned()));
        }
    }

    /// The text without the secrets, in whatever spelling, cut to 200 characters. No more of it is read than is shown: a server chooses how
    /// long it is, and how much of it looks like a secret.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        let mut clean = String::new();
        let mut shown = 0;
        let mut rest = text;
        let escapes = escapes_of(text);
        while let Some(first) = rest.chars().next().filter(|_| shown < LONGEST) {
            let known = || self.0.iter().find_map(|secret| behind(&clean, rest, secret.expose(), escapes));
            if let Some(after) = known().or_else(|| behind_jwt(rest)) {
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
        let escapes = escapes_of(text);
        let long = self.0.iter().map(SharedSecret::expose).filter(|secret| secret.len() > SHORTEST);
        let mut beginnings = long.map(|secret| secret.get(..ENOUGH).unwrap_or(secret));
        beginnings.any(|secret| {
            (0..text.len()).any(|at| text.get(at..).and_then(|text| after(text, secret, escapes)).is_some())
        })
    }

    /// The tree with every string redacted; what is too deep, too wide or never shown is left out.
    #[must_use]
    pub fn redact_tree(&self, tree: &Tree) -> Tree {
        self.redact_level(tree, false, DEEPEST)
    }

    fn redact_level(&self, tree: &Tree, is_of_faults: bool, levels: usize) -> Tree {
        match tree {
            Tree::Text(text) => Tree::Text(self.redact(text)),
            Tree::List(_) | Tree::Map(_) if levels == 0 => Tree::Null,
            Tree::List(elements) => {
                Tree::List(elements.iter().take(WIDEST).map(|one| self.redact_level(one, false, levels - 1)).collect())
            }
            Tree::Map(entries) => {
                let mut shown = Vec::new();
                for (key, value) in entries {
                    if shown.len() < WIDEST && !is_never_shown(key, value, is_of_faults) {
                        let names_faults = FAULTS.contains(&key.as_str());
                        shown.push((self.redact(key), self.redact_level(value, names_faults, levels - 1)));
                    }
                }
                Tree::Map(shown)
            }
            Tree::Number(number) if self.holds(*number) => Tree::text(MARK),
            Tree::Null | Tree::Bool(_) | Tree::Number(_) => tree.clone(),
        }
    }

    /// Whether a number is a secret, such as a PIN. One of three digits is rather a status.
    pub(in crate::core) fn holds(&self, number: f64) -> bool {
        let whole = number as i64;
        let digits = decimal(whole);
        // A person may have put a sign or zeros before it.
        let is_it = |secret: &SharedSecret| secret.expose().trim_start_matches('+').trim_start_matches('0') == digits;
        whole > 999 && self.0.iter().any(is_it)
    }
}

/// `{"` in base64url.
const JWT: &[u8] = b"eyJ";

/// Whether something in a text has the shape of a JWT (RFC 7519 section 3).
pub(in crate::core) fn holds_jwt(text: &str) -> bool {
    text.as_bytes().split(|byte| !is_of_jwt(byte)).any(|word| {
        let at = word.windows(JWT.len()).position(|window| window == JWT);
        at.and_then(|at| word.get(at..)).is_some_and(has_three_parts)
    })
}

/// What follows a JWT where `text` begins with what looks like one.
fn behind_jwt(text: &str) -> Option<&str> {
    if !text.as_bytes().starts_with(JWT) {
        return None;
    }
    let (jwt, after) = text.split_at_checked(text.as_bytes().iter().take_while(|byte| is_of_jwt(byte)).count())?;
    has_three_parts(jwt.as_bytes()).then_some(after)
}

fn is_of_jwt(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || is_one_of(*byte, b"-_=.")
}

fn has_three_parts(word: &[u8]) -> bool {
    word.iter().filter(|byte| **byte == b'.').count() >= 2
}

/// Whether a member is left out of what is shown.
fn is_never_shown(key: &str, value: &Tree, is_of_faults: bool) -> bool {
    let is_secret = || {
        let key = key.to_ascii_lowercase();
        let may_be_one = match value {
            Tree::Text(text) => !((is_of_faults || key == "password") && contains(text, " ")),
            Tree::Number(_) => true,
            Tree::Null | Tree::Bool(_) | Tree::List(_) | Tree::Map(_) => false,
        };
        may_be_one && SECRET_NAMES.iter().any(|name| key.ends_with(name))
    };
    REPEATS.contains(&key) || is_secret()
}

/// What follows `secret` where `text` begins with it. A secret of one to three characters is only one where it
/// stands alone: "x" is a password in "'x' is too short", and a letter in "expired". Beyond ASCII a letter is not told
/// from a sign: rather too much is taken out than too little.
fn behind<'a>(before: &str, text: &'a str, secret: &str, escapes: &[u8]) -> Option<&'a str> {
    let after = after(text, secret, escapes)?;
    let is_word_part = |neighbour: Option<char>| neighbour.is_some_and(|one| one.is_ascii_alphanumeric());
    let within_word = is_word_part(before.chars().next_back()) || is_word_part(after.chars().next());
    if within_word && secret.chars().nth(3).is_none() { None } else { Some(after) }
}

/// What follows `secret` where `text` begins with it as it is, or as JSON, a URL or HTML spell it.
fn after<'a>(text: &'a str, secret: &str, escapes: &[u8]) -> Option<&'a str> {
    text.strip_prefix(secret).or_else(|| escapes.iter().find_map(|escape| unescaped(text, secret, *escape)))
}

/// The escapes that are worth a look: none, most often. A form's space is one of a URL.
fn escapes_of(text: &str) -> &'static [u8] {
    if text.bytes().any(|byte| byte == b'+' || is_one_of(byte, &ESCAPES)) { &ESCAPES } else { &[] }
}

/// The same, with one kind of escape. An escape that is none, or is not meant as one, stands for itself.
fn unescaped<'a>(text: &'a str, secret: &str, escape: u8) -> Option<&'a str> {
    let (mut rest, mut wanted) = (text.as_bytes(), secret.as_bytes());
    while let Some(next) = wanted.first() {
        let first = rest.first()?;
        let meant = if *first == escape { meaning(rest) } else { None };
        (rest, wanted) = match meant.and_then(|(meant, rest)| Some((rest, wanted.strip_prefix(meant.as_slice())?))) {
            Some(both) => both,
            None if first == next || (escape, *first, *next) == (b'%', b'+', b' ') => {
                (rest.get(1..)?, wanted.get(1..)?)
            }
            None => return None,
        };
    }
    text.get(text.len() - rest.len()..)
}

/// What the escape at the beginning of `text` means, in UTF-8, and what follows it.
fn meaning(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let named = |name: &[u8]| NAMED.iter().find(|(one, _)| one.as_bytes() == name).map(|(_, meant)| *meant);
    let (meant, rest) = match text {
        [b'%', rest @ ..] => {
            let (digits, rest) = rest.split_at_checked(2)?;
            return Some((Vec::from([number(digits, 16)? as u8]), rest));
        }
        [b'\\', b'u', rest @ ..] => {
            let (digits, rest) = rest.split_at_checked(4)?;
            match (number(digits, 16)?, rest) {
                // Beyond the first 65,536 characters two halves make one (RFC 8259 section 7).
                (high @ 0xd800..0xdc00, [b'\\', b'u', rest @ ..]) => {
                    let (digits, rest) = rest.split_at_checked(4)?;
                    let low = number(digits, 16)?.checked_sub(0xdc00)?;
                    (char::from_u32(0x10000 + ((high - 0xd800) << 10) + low)?, rest)
                }
                (code, rest) => (char::from_u32(code)?, rest),
            }
        }
        [b'\\', one, rest @ ..] if one.is_ascii_alphanumeric() => (named(&[*one])?, rest),
        [b'\\', one, rest @ ..] => (char::from(*one), rest),
        [b'&', rest @ ..] => {
            let (name, rest) = rest.split_at_checked(rest.iter().take(8).position(|byte| *byte == b';')?)?;
            let meant = match name {
                [b'#', b'x' | b'X', digits @ ..] => char::from_u32(number(digits, 16)?)?,
                [b'#', digits @ ..] => char::from_u32(number(digits, 10)?)?,
                name => named(name)?,
            };
            (meant, rest.get(1..)?)
        }
        _ => return None,
    };
    Some((String::from(meant).into_bytes(), rest))
}

/// Few digits as a number.
fn number(digits: &[u8], base: u32) -> Option<u32> {
    digits.iter().try_fold(0, |number, digit| Some(number * base + char::from(*digit).to_digit(base)?))
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
    fn an_echo_is_recognised_as_json_urls_and_html_spell_it() {
        let secrets = secrets(&["pä/s<\"&'>\\😀 n%41+"]);
        for echo in [
            // As Python, PHP and JavaScript write JSON, and as encoders that are over-careful do.
            r#"pä/s<\"&'>\\😀 n%41+"#,
            r#"p\u00e4/s<\"&'>\\\ud83d\ude00 n%41+"#,
            r#"p\u00E4\/s\u003c\u0022\u0026\u0027\u003E\u005c\uD83D\uDE00\u0020n%41\u002b"#,
            // As forms, encodeURIComponent and those who write small digits do.
            "p%C3%A4%2Fs%3C%22%26%27%3E%5C%F0%9F%98%80+n%2541%2B",
            "p%c3%a4%2fs%3c%22%26%27%3e%5c%f0%9f%98%80%20n%2541%2b",
            // As PHP, Python and JavaScript templates write HTML.
            r#"pä/s&lt;&quot;&amp;&#039;&gt;\😀 n%41+"#,
            r#"pä/s&lt;&#34;&amp;&#x27;&gt;\😀 n%41+"#,
            r#"p&#228;&#x2F;s&lt;&quot;&amp;&apos;&gt;\&#x1F600; n%41+"#,
        ] {
            assert_eq!(secrets.redact(&format!("a {echo} b")), format!("a {MARK} b"), "{echo}");
            assert!(secrets.are_in(&format!("a {echo} b")), "{echo}");
        }
    }

    #[test]
    fn half_an_escape_and_one_of_something_else_are_left_as_they_are() {
        let secrets = secrets(&["ab&c/d"]);
        for text in [
            "%",
            "%6",
            "a%",
            "\\",
            "\\u",
            "\\u006",
            "\\ud800",
            "\\ud800\\u0041",
            "&",
            "&;",
            "&#;",
            "&#x110000;",
            "&nbsp;",
            "%ff",
            "\\/",
        ] {
            assert_eq!(secrets.redact(text), text);
            assert_eq!(
                secrets.redact(&format!("{text}ab&amp;c\\/d{text}")),
                format!("{text}ab&amp;c\\/d{text}"),
                "of two kinds"
            );
            assert_eq!(secrets.redact(&format!("{text}ab&c\\/d{text}")), format!("{text}{MARK}{text}"));
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
    fn a_number_is_taken_out_whatever_sign_or_zeros_were_put_before_it() {
        for secret in ["4912345", "+4912345", "004912345"] {
            assert!(secrets(&[secret]).holds(4_912_345.0) && !secrets(&[secret]).holds(49_123_450.0), "{secret}");
        }
    }

    #[test]
    fn a_member_named_like_a_secret_is_left_out_and_a_fault_with_it_is_not() {
        let fault = ("password", Tree::List(vec![Tree::text("is too short")]));
        let tree = Tree::map([("mfa_token", Tree::text("abc")), ("newPassword", Tree::text("def")), fault.clone()]);
        assert!(secrets(&[]).redact_tree(&tree) == Tree::map([fault]));
    }

    #[test]
    fn what_is_said_of_a_field_named_like_a_secret_is_left_in_a_map_of_faults() {
        let faults = |said| Tree::map([("errors", Tree::map([("password", Tree::text(said))]))]);
        assert!(secrets(&[]).redact_tree(&faults("is too short")) == faults("is too short"));
        assert!(secrets(&["is too short"]).redact_tree(&faults("is too short")) == faults(MARK));
        assert!(secrets(&[]).redact_tree(&faults("hunter2")) == Tree::map([("errors", Tree::Map(Vec::new()))]));
    }

    #[test]
    fn a_member_that_repeats_the_input_is_left_out() {
        let tree = Tree::map([("input", Tree::text("hunter2")), ("msg", Tree::text("Field required"))]);
        assert!(secrets(&[]).redact_tree(&tree) == Tree::map([("msg", Tree::text("Field required"))]));
    }
}
