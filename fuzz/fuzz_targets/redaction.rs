//! Any secrets, and any text that repeats them.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use wasm_auth_session::core::redact::Secrets;

#[derive(Arbitrary, Debug)]
struct Echo<'a> {
    secrets: Vec<&'a str>,
    text: Vec<Part<'a>>,
}

#[derive(Arbitrary, Debug)]
enum Part<'a> {
    Text(&'a str),
    Secret(u8),
    Form(u8),
    Json(u8),
    Half(u8),
}

fuzz_target!(|echo: Echo<'_>| {
    let mut secrets = Secrets::default();
    echo.secrets.iter().for_each(|secret| secrets.add(secret));
    let mut text = String::new();
    for part in &echo.text {
        let secret = |number: &u8| {
            echo.secrets.get(usize::from(*number) % echo.secrets.len().max(1)).copied().unwrap_or_default()
        };
        match part {
            Part::Text(plain) => text.push_str(plain),
            Part::Secret(number) => text.push_str(secret(number)),
            Part::Form(number) => text.extend(form_urlencoded::byte_serialize(secret(number).as_bytes())),
            Part::Json(number) => text.push_str(&secret(number).replace('\\', "\\\\").replace('"', "\\\"")),
            Part::Half(number) => text.extend(secret(number).chars().take(secret(number).chars().count() / 2)),
        }
    }
    let clean = secrets.redact(&text);
    assert_eq!(clean, secrets.redact(&text), "the same text comes out the same");
    assert!(clean.chars().count() <= 200);
    let is_repeated = echo.secrets.iter().any(|secret| text.contains(secret));
    if !is_repeated && !text.contains(['\\', '%', '&', '+']) && !text.contains("eyJ") {
        assert!(text.starts_with(&clean), "what is no secret is not touched");
    }
    for secret in echo.secrets.iter().filter(|secret| is_told_from_the_mark(secret)) {
        for spelling in [(*secret).to_owned(), form(secret), form(secret).replace('+', "%20"), json(secret)] {
            assert!(!clean.contains(&spelling), "{spelling:?} is in {clean:?}");
        }
    }
});

/// Longer than what is looked for as a word of its own only, and without a character that stands in `[redacted]`.
fn is_told_from_the_mark(secret: &str) -> bool {
    secret.chars().count() > 3 && !secret.chars().any(|one| "[redacted]".contains(one))
}

fn form(secret: &str) -> String {
    form_urlencoded::byte_serialize(secret.as_bytes()).collect()
}

fn json(secret: &str) -> String {
    secret.replace('\\', "\\\\").replace('"', "\\\"")
}
