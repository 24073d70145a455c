//! `WWW-Authenticate` (RFC 9110 section 11.6.1), as far as RFC 6750 section 3 uses it. What comes in: the
//! header's text; what goes out: the parameters of the Bearer challenge. Malformed text gives fewer of them.

use super::text::is_one_of;

/// The parameters of the first Bearer challenge, names in lower case.
#[must_use]
pub fn bearer(header: &str) -> Vec<(String, String)> {
    let mut parameters = Vec::new();
    let mut within_bearer = false;
    let mut rest = header;
    while !rest.is_empty() {
        let (word, after) = until(b" \t,=\"", rest);
        match after.strip_prefix('=') {
            Some(value_text) if !word.is_empty() => {
                let (value, after_value) = value(value_text);
                if within_bearer {
                    parameters.push((word.to_ascii_lowercase(), value));
                }
                rest = after_value;
            }
            // A word without "=" opens a challenge; what stands between words, or belongs nowhere, is passed over.
            Some(_) | None if word.is_empty() => rest = after.get(1..).unwrap_or_default(),
            Some(_) | None => {
                if within_bearer {
                    break;
                }
                within_bearer = word.eq_ignore_ascii_case("bearer");
                rest = after;
            }
        }
    }
    parameters
}

/// The text up to the first of these characters, and from there on.
fn until<'a>(ends: &[u8], text: &'a str) -> (&'a str, &'a str) {
    let end = text.bytes().position(|byte| is_one_of(byte, ends)).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

/// A token or a quoted string, and what follows it.
fn value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let (value, rest) = until(b" \t,", text);
        return (value.to_owned(), rest);
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (value, quoted.get(at + 1..).unwrap_or_default()),
            '\\' => {
                if let Some((_, escaped)) = characters.next() {
                    value.push(escaped);
                }
            }
            plain => value.push(plain),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::bearer;

    fn pairs(header: &str) -> Vec<String> {
        bearer(header).into_iter().map(|(name, value)| format!("{name}={value}")).collect()
    }

    #[test]
    fn the_parameters_of_a_bearer_challenge_are_read() {
        let header =
            r#"Bearer realm="Doorkeeper", error="invalid_token", error_description="The \"access\" token expired""#;
        let expected = ["realm=Doorkeeper", "error=invalid_token", "error_description=The \"access\" token expired"];
        assert_eq!(pairs(header), expected);
    }

    #[test]
    fn another_scheme_beside_it_is_passed_over() {
        assert_eq!(pairs(r#"Basic realm="x", bearer error=invalid_token, Digest realm="y""#), ["error=invalid_token"]);
    }

    #[test]
    fn malformed_text_ends_and_gives_fewer_parameters() {
        for header in
            ["", "\"", "====", "Bearer error=\"unclosed", "Bearer ,,,=,", "Bearer \u{e4}=\u{fc}", "Bearer error"]
        {
            let _ = pairs(header);
        }
        assert_eq!(pairs("Bearer error=\"unclosed"), ["error=unclosed"]);
    }
}
