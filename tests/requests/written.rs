//! Requests as they are written, and what is in them.

use serde_json::{Value, json};
use wasm_auth_session::core::error::AuthError;
use wasm_auth_session::core::options::Options;
use wasm_auth_session::core::request::{self, Body, HttpRequest};
use wasm_auth_session::core::secret::SharedSecret;
use wasm_auth_session::core::token_set::TokenSet;

use crate::support;

/// Options of this shape on a base URL with a path.
pub(super) fn options(extra: &Value) -> Options {
    let mut given = json!({ "baseUrl": "https://api.example.com/base" });
    given.as_object_mut().expect("an object").extend(extra.as_object().expect("an object").clone());
    support::options(&given)
}

pub(super) fn login(options: &Options, credentials: &Value) -> Result<HttpRequest, AuthError> {
    let grant = credentials.get("grant").and_then(Value::as_str).unwrap_or("password");
    request::encode_grant(options, options.dialect.grant(grant).expect("a grant"), &support::tree(credentials))
}

pub(super) fn alice(password: &str) -> Value {
    json!({ "username": "alice", "password": password })
}

pub(super) fn form(request: &HttpRequest) -> &str {
    let Body::Form(form) = &request.body else { panic!("a form, not {:?}", request.body) };
    form.expose()
}

pub(super) fn json_body(request: &HttpRequest) -> Value {
    let Body::Json(tree) = &request.body else { panic!("JSON, not {:?}", request.body) };
    support::json(tree)
}

pub(super) fn header<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
    request.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.expose())
}

pub(super) fn held(access: Option<&str>, refresh: Option<&str>, extra: &Value) -> TokenSet {
    let secret = |text: Option<&str>| text.map(|text| SharedSecret::new(text.to_owned()));
    TokenSet {
        access_token: secret(access),
        refresh_token: secret(refresh),
        extra: support::tree(extra),
        ..TokenSet::default()
    }
}

pub(super) fn refresh(options: &Options, held: &TokenSet) -> Option<HttpRequest> {
    request::encode_refresh(options, held).expect("options that can be written")
}
