//! Native: the rows of `docs/backends.md`. Each must be taken as it stands there, send what its backend asks for, and read the answers that
//! the backend gave or, where it was not asked, that its documents and source show (`backends/answers.json`).
#![cfg(not(target_arch = "wasm32"))]
mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use support::NATIVE;
use wasm_auth_session::core::error::{AuthError, Phase};
use wasm_auth_session::core::options::Options;
use wasm_auth_session::core::redact::Secrets;
use wasm_auth_session::core::rejection;
use wasm_auth_session::core::reply::{self, Exchange};
use wasm_auth_session::core::request::{self, Body, HttpRequest};
use wasm_auth_session::core::secret::SharedSecret;
use wasm_auth_session::core::token_set::TokenSet;
use wasm_auth_session::core::transport::{HttpResponse, ResponseBody};
use wasm_auth_session::core::units::UnixMillis;

/// 2026-11-22T03:00:00Z, when the tokens of the answers were issued.
const SENT: UnixMillis = UnixMillis(1_795_316_400_000);

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect("a file")
}

/// Title and options of every row.
fn rows() -> BTreeMap<String, Options> {
    let document = read("docs/backends.md");
    let mut rows = BTreeMap::new();
    for section in document.split("\n## ").skip(1) {
        let title = section.lines().next().expect("a title").to_owned();
        let Some((_, block)) = section.split_once("```json\n") else { continue };
        let (row, _) = block.split_once("```").expect("the end of a block");
        let given = serde_json::from_str(row).unwrap_or_else(|error| panic!("{title}: {error}"));
        let options = Options::parse(&support::tree(&given), &NATIVE, None);
        rows.insert(title.clone(), options.unwrap_or_else(|error| panic!("{title}: {error:?}")));
    }
    rows
}

/// What is known of each backend, beside its row.
fn each(mut test: impl FnMut(&str, &Options, &Value)) {
    let known: BTreeMap<String, Value> = serde_json::from_str(&read("tests/backends/answers.json")).expect("JSON");
    let rows = rows();
    let titles = |keys: Vec<&String>| keys.into_iter().cloned().collect::<Vec<_>>();
    assert_eq!(
        titles(rows.keys().collect()),
        titles(known.keys().collect()),
        "every row is known, and every known one a row"
    );
    rows.iter().zip(known.values()).for_each(|((title, options), known)| test(title, options, known));
}

fn asked(options: &Options, phase: Phase, ask: &Value) -> Result<Option<HttpRequest>, AuthError> {
    let token = |text: &str| Some(SharedSecret::new(text.to_owned()));
    let (access_token, refresh_token) = (token("access-1"), token("refresh-1"));
    let held = TokenSet { access_token, refresh_token, ..TokenSet::default() };
    match phase {
        Phase::Login => {
            let grant = options.dialect.grant("password").expect("a grant");
            request::encode_grant(options, grant, &support::tree(&ask["credentials"])).map(Some)
        }
        Phase::Refresh => request::encode_refresh(options, &held),
        Phase::Logout => Ok(request::encode_end(options, &held)?.map(|(request, _)| request)),
        Phase::Api => panic!("API calls are the caller's own"),
    }
}

#[test]
fn every_row_sends_what_its_backend_asks_for() {
    each(|title, options, known| {
        for phase in [Phase::Login, Phase::Refresh, Phase::Logout] {
            let case = format!("{title}: {}", phase.name());
            let ask = &known["asks"][phase.name()];
            let sent = asked(options, phase, ask).unwrap_or_else(|error| panic!("{case}: {error:?}"));
            let Some(sent) = sent else {
                assert!(ask.is_null(), "{case} sends nothing");
                continue;
            };
            assert_eq!(json!(sent.url), ask["url"], "{case}");
            let body = match &sent.body {
                Body::Empty => Value::Null,
                Body::Form(text) => json!(text.expose()),
                Body::Json(tree) => support::json(tree),
            };
            assert_eq!(body, ask["body"], "{case}");
            for (name, value) in ask["headers"].as_object().into_iter().flatten() {
                let last = sent.headers.iter().rev().find(|(given, _)| given == name).map(|(_, value)| value.expose());
                assert_eq!(last, value.as_str(), "{case}: {name}");
            }
        }
    });
}

/// A code; `tokenExpired`, where an API says so; or what was granted.
fn meaning(options: &Options, phase: Phase, response: &HttpResponse) -> Value {
    let secrets = Secrets::default();
    let exchange = Exchange { phase, options, platform: &NATIVE, sent_at: SENT, secrets: &secrets };
    let shape = match (&options.dialect.refresh, phase) {
        (Some(refresh), Phase::Refresh) => &refresh.reply,
        _ => &options.dialect.reply,
    };
    match phase {
        Phase::Api if rejection::means_expired(response, &exchange) => json!("tokenExpired"),
        Phase::Api | Phase::Logout => json!(rejection::decode(response, &exchange).code().row().name),
        Phase::Login | Phase::Refresh => match reply::decode(response, shape, &exchange) {
            Ok((tokens, _)) => json!({
                "lifetimeMs": tokens.lifetime.map(|lifetime| lifetime.0),
                "isRenewable": tokens.refresh_token.is_some(),
            }),
            Err(error) => json!(error.code().row().name),
        },
    }
}

#[test]
fn every_answer_of_a_backend_is_read_by_its_row_as_what_it_means() {
    let mut wrong = Vec::new();
    each(|title, options, known| {
        for answer in known["answers"].as_array().expect("answers") {
            let phase = Phase::from_name(answer["phase"].as_str().expect("a phase")).expect("a phase");
            let body = match &answer["body"] {
                Value::Null => ResponseBody::Empty,
                Value::String(text) => ResponseBody::Text(text.clone()),
                body => ResponseBody::Json(support::tree(body)),
            };
            let mut response = support::answer(200, support::tree(&Value::Null));
            response.status = answer["status"].as_u64().and_then(|status| status.try_into().ok()).expect("a status");
            response.body = body;
            let means = meaning(options, phase, &response);
            if means != answer["means"] {
                wrong.push(format!("{title}: {answer} means {means}"));
            }
        }
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn tokens_of_a_login_that_no_row_can_send_are_adopted() {
    let adopted = |row: Value, reply: Value| {
        let options = support::options(&row);
        let secrets = Secrets::default();
        let exchange =
            Exchange { phase: Phase::Login, options: &options, platform: &NATIVE, sent_at: SENT, secrets: &secrets };
        let (tokens, _) = reply::adopt(&support::tree(&reply), &exchange).expect("a token set");
        let url = |request: Option<HttpRequest>| request.map(|request| request.url);
        let refresh = request::encode_refresh(&options, &tokens).expect("a request");
        let end = request::encode_end(&options, &tokens).expect("a request").map(|(request, _)| request);
        (tokens.lifetime.map(|lifetime| lifetime.0), url(refresh), url(end))
    };
    let kratos = json!({
        "baseUrl": "https://kratos.example.com",
        "reply": { "accessToken": "/session_token", "lifetime": [{ "at": "/session/expires_at", "as": "iso8601" }] },
        "refresh": { "by": "never" }, "end": { "by": "none" },
    });
    let last = json!({ "session_token": "ory_st_x", "session": { "expires_at": "2026-11-23T03:00:00.000000001Z" } });
    assert_eq!(adopted(kratos, last), (Some(86_400_000), None, None));
    let appwrite = json!({
        "baseUrl": "https://appwrite.example.com/v1",
        "reply": { "accessToken": "/jwt" }, "refresh": { "by": "cookie", "url": "/account/jwts" },
        "end": { "by": "endpoint", "url": "/account/sessions/current", "method": "DELETE", "bearer": false },
    });
    let (_, refresh, end) = adopted(appwrite, json!({ "jwt": "opaque" }));
    assert_eq!(refresh.as_deref(), Some("https://appwrite.example.com/v1/account/jwts"));
    assert_eq!(end.as_deref(), Some("https://appwrite.example.com/v1/account/sessions/current"));
}
