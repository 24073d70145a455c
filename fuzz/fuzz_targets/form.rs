//! Credentials on their way into a body: as a form, as JSON, and in HTTP Basic.
#![no_main]

use std::collections::BTreeMap;
use std::rc::Rc;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use wasm_auth_session::core::error::AuthError;
use wasm_auth_session::core::options::Options;
use wasm_auth_session::core::request::{Body, HttpRequest, encode_grant};
use wasm_auth_session_fuzz::support;

#[derive(Arbitrary, Debug)]
struct Login<'a> {
    json: bool,
    basic: bool,
    /// Id, secret and scope; those of [`CLIENT`] for none, which need no parsing.
    client: Option<[&'a str; 3]>,
    username: &'a str,
    password: &'a str,
    extra: Vec<(&'a str, Scalar<'a>)>,
    stray: Option<(&'a str, &'a str)>,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Scalar<'a> {
    Text(&'a str),
    Whole(i32),
    Truth(bool),
    Fraction(f64),
    List,
}

fuzz_target!(|login: Login<'_>| {
    let options = match login.client {
        Some(client) => Rc::new(options(login.json, login.basic, client)),
        None => ROWS.with(|rows| rows[usize::from(login.json) + 2 * usize::from(login.basic)].clone()),
    };
    let grant = options.dialect.grant("password").expect("every row here has one");
    match encode_grant(&options, grant, &support::tree(&credentials(&login))) {
        Ok(request) => is_read_as_given(&request, &login),
        Err(AuthError::InvalidOptions { option, reason }) => {
            assert!(option.starts_with("credentials"), "{option}");
            // Plain words may be those of the reason itself.
            let is_plain = login.password.chars().all(|one| one.is_ascii_alphabetic() || " ,?:.(){}/".contains(one));
            assert!(
                is_plain || login.password.len() < 8 || !reason.contains(login.password),
                "a value is repeated: {reason}"
            );
        }
        Err(other) => panic!("{other:?}"),
    }
});

/// With all that has to be spelled.
const CLIENT: [&str; 3] = ["client:1 +", "s\u{e9}cret&=%/", "read write"];

thread_local! {
    static ROWS: [Rc<Options>; 4] = [0, 1, 2, 3].map(|row| Rc::new(options(row & 1 > 0, row & 2 > 0, CLIENT)));
}

fn options(json: bool, basic: bool, [id, secret, scope]: [&str; 3]) -> Options {
    support::options(&json!({
        "baseUrl": "https://api.example.com", "clientId": id, "clientSecret": secret, "scope": scope,
        "request": { "password": {
            "url": "/login", "encoding": if json { "json" } else { "form" }, "client": if basic { "basic" } else { "body" },
            "constants": { "grant_type": "password" },
            "fields": { "username": if json { "/user/name" } else { "username" }, "password": "password" }
        } }
    }))
}

fn credentials(login: &Login<'_>) -> Value {
    let mut credentials = json!({ "username": login.username, "password": login.password, "extraFields": {} });
    for (name, value) in &login.extra {
        credentials["extraFields"][*name] = match value {
            Scalar::Text(text) => json!(text),
            Scalar::Whole(number) => json!(number),
            Scalar::Truth(truth) => json!(truth),
            Scalar::Fraction(number) => json!(number),
            Scalar::List => json!([login.password]),
        };
    }
    if let Some((name, value)) = login.stray {
        credentials[name] = json!(value);
    }
    credentials
}

/// Another reader finds every field, and no other; nothing secret is anywhere but in the body.
fn is_read_as_given(request: &HttpRequest, login: &Login<'_>) {
    assert_eq!(request.url, "https://api.example.com/login");
    let given = credentials(login);
    let [id, secret, scope] = login.client.unwrap_or(CLIENT);
    let mut expected: BTreeMap<String, Value> = BTreeMap::new();
    for (name, value) in given["extraFields"].as_object().into_iter().flatten() {
        expected.insert(name.clone(), value.clone());
    }
    expected.extend(["username", "password"].map(|name| (name.to_owned(), given[name].clone())));
    expected.insert("grant_type".to_owned(), json!("password"));
    expected.insert("scope".to_owned(), json!(scope));
    if !login.basic {
        expected.insert("client_id".to_owned(), json!(id));
        expected.insert("client_secret".to_owned(), json!(secret));
    }
    match &request.body {
        Body::Form(form) => {
            assert!(form.expose().is_ascii());
            let read: Vec<(String, String)> = form_urlencoded::parse(form.expose().as_bytes()).into_owned().collect();
            assert_eq!(read.len(), expected.len(), "a field is there twice, or none");
            for (name, value) in read {
                assert_eq!(text(&expected[&name]), value, "{name}");
            }
        }
        Body::Json(tree) => {
            let body = support::json(tree);
            for (name, value) in &expected {
                let at = if name == "username" { "/user/name" } else { name };
                let found = if at.starts_with('/') { body.pointer(at) } else { body.get(at) };
                assert_eq!(found.map(support::tree), Some(support::tree(value)), "{name}");
            }
        }
        Body::Empty => panic!("these rows have a body"),
    }
    let basic = request.headers.iter().find(|(name, _)| name == "Authorization").map(|(_, value)| value.expose());
    assert_eq!(basic.is_some(), login.basic);
    if let Some(pair) = basic {
        let pair = decoded(pair.strip_prefix("Basic ").expect("a scheme"));
        // RFC 6749 section 2.3.1: both are encoded as in a form, so that the colon between them is the only one.
        let (left, right) = pair.split_once(':').expect("a pair");
        assert_eq!([form_text(left), form_text(right)], [id, secret]);
    }
    for (name, value) in &request.headers {
        assert!(value.expose().bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{name} cannot be sent");
        let is_ours = ["Accept", "Content-Type"].contains(&name.as_str());
        assert!(is_ours || login.password.len() < 24 || !value.expose().contains(login.password));
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(
        || {
            value
                .as_f64()
                .filter(|number| number.fract() == 0.0)
                .map_or(value.to_string(), |whole| format!("{whole:.0}"))
        },
        str::to_owned,
    )
}

fn form_text(text: &str) -> String {
    form_urlencoded::parse(format!("x={text}").as_bytes()).map(|(_, value)| value.into_owned()).collect()
}

/// RFC 4648 section 4, the way back.
fn decoded(text: &str) -> String {
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    assert!(text.len() % 4 == 0);
    let bits: Vec<usize> = text
        .trim_end_matches('=')
        .chars()
        .flat_map(|digit| {
            let number = alphabet.find(digit).expect("a digit of base64");
            (0..6).rev().map(move |place| number >> place & 1)
        })
        .collect();
    let bytes =
        bits.chunks_exact(8).map(|eight| eight.iter().fold(0, |number, bit| number << 1 | *bit) as u8).collect();
    String::from_utf8(bytes).expect("text went in")
}
