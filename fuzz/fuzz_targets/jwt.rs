//! A look at a token: any text, or after a zero byte a JWT whose claims are known.
#![no_main]

use arbitrary::{Arbitrary, Unstructured};
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value};
use wasm_auth_session::core::jwt::{UnverifiedClaims, peek_unverified};
use wasm_auth_session_fuzz::support::NATIVE;

/// What is signed, and how it is spelled.
#[derive(Arbitrary, Debug)]
struct Signed<'a> {
    exp: Option<i64>,
    iat: Option<i64>,
    sub: Option<&'a str>,
    other: &'a str,
    header: &'a str,
    signature: &'a str,
    padding: u8,
}

fuzz_target!(|input: &[u8]| match input.strip_prefix(b"\0") {
    Some(bytes) => {
        if let Ok(signed) = Signed::arbitrary(&mut Unstructured::new(bytes)) {
            is_read_as_signed(&signed);
        }
    }
    None => any_text(&String::from_utf8_lossy(input)),
});

fn any_text(token: &str) {
    let claims = peek_unverified(token, NATIVE.parse_json);
    assert_eq!(claims, peek_unverified(token, NATIVE.parse_json));
    if claims.is_some() {
        assert_eq!(token.bytes().filter(|byte| *byte == b'.').count(), 2);
        assert!(token.len() <= 16 * 1024);
    }
}

fn is_read_as_signed(signed: &Signed<'_>) {
    let mut payload = Map::new();
    payload.insert("other".to_owned(), Value::from(signed.other));
    let claims = [
        ("exp", signed.exp.map(Value::from)),
        ("iat", signed.iat.map(Value::from)),
        ("sub", signed.sub.map(Value::from)),
    ];
    for (name, value) in claims {
        if let Some(value) = value {
            payload.insert(name.to_owned(), value);
        }
    }
    let padding = "=".repeat(usize::from(signed.padding % 4));
    let payload = base64url(Value::Object(payload).to_string().as_bytes());
    let token = format!("{}.{payload}{padding}.{}", signed.header, signed.signature);
    let is_jwt = !signed.header.is_empty()
        && !signed.header.contains('.')
        && !signed.signature.contains('.')
        && token.len() <= 16 * 1024;
    let expected = UnverifiedClaims {
        exp: signed.exp.map(|exp| exp as f64),
        iat: signed.iat.map(|iat| iat as f64),
        sub: signed.sub.map(str::to_owned),
    };
    if is_jwt {
        assert_eq!(peek_unverified(&token, NATIVE.parse_json), Some(expected));
    } else {
        any_text(&token);
    }
}

/// RFC 4648 section 5, written a second time.
fn base64url(bytes: &[u8]) -> String {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let bits: Vec<u8> = bytes.iter().flat_map(|byte| (0..8).rev().map(move |place| byte >> place & 1)).collect();
    bits.chunks(6)
        .map(|six| {
            (0..6).fold(0, |number, place| number << 1 | usize::from(six.get(place).copied().unwrap_or_default()))
        })
        .map(|number| char::from(alphabet[number]))
        .collect()
}
