//! Native: what the library makes of real servers' answers. `fixtures/README.md` says what a fixture holds.
#![cfg(not(target_arch = "wasm32"))]
#[path = "dialects/fixture.rs"]
mod fixture;
mod support;

use std::collections::{BTreeMap, BTreeSet};

use fixture::{Fixture, Outcome, Readable};
use serde_json::{Value, json};
use wasm_auth_session::core::dialect::CookiePolicy;
use wasm_auth_session::core::request::{Body, HttpRequest};

/// At least so many fixtures a server: fewer means that some were lost.
const FLOORS: &[(&str, usize)] = &[
    ("langflow", 55),
    ("langflow-autologin", 11),
    ("langflow-old", 24),
    ("fastapi", 34),
    ("problem-fastapi", 19),
    ("problem-connexion", 19),
    ("doorkeeper", 52),
    ("geolens", 25),
    ("zype", 11),
    ("dreadnode", 18),
];
/// At least so many of them show a request that the library would send itself.
const OWN_REQUESTS: usize = 156;
/// The statuses each vendor documents for a login.
const DOCUMENTED: &[(&str, &[u64])] = &[
    ("geolens", &[200, 400, 401, 403, 404, 422, 429, 500, 503]),
    ("zype", &[200, 400, 401]),
    ("dreadnode", &[200, 400, 401, 403, 404, 409, 422, 426, 429, 500, 502, 504]),
];

#[test]
fn no_fixture_was_lost() {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    fixture::all().iter().for_each(|fixture| *counts.entry(fixture.server.clone()).or_default() += 1);
    for (server, floor) in FLOORS {
        let count = counts.remove(*server).unwrap_or(0);
        assert!(count >= *floor, "{server}: {count} fixtures, at least {floor} expected");
    }
    assert!(counts.is_empty(), "folders of fixtures without a floor: {counts:?}");
}

#[test]
fn every_answer_means_what_its_fixture_expects() {
    for fixture in fixture::all() {
        let outcome = fixture.outcome(Readable::All).to_json();
        assert_eq!(&outcome, fixture.at("/expected"), "{}", fixture.name);
    }
}

/// Across origins `Date`, `Retry-After` and `WWW-Authenticate` are unreadable: only what they alone say is lost.
#[test]
fn an_answer_means_the_same_when_its_headers_cannot_be_read() {
    for fixture in fixture::all() {
        let mut expected = fixture.at("/expected").clone();
        for member in fixture.at("/onlyFromHeaders").as_array().into_iter().flatten().filter_map(Value::as_str) {
            let lost = expected["error"].as_object_mut().and_then(|error| error.shift_remove(member));
            assert!(lost.is_some(), "{}: {member} is not expected anyway", fixture.name);
        }
        assert_eq!(fixture.outcome(Readable::Safelisted).to_json(), expected, "{}", fixture.name);
    }
}

#[test]
fn every_leaf_of_an_error_body_is_kept_or_left_out_for_a_reason() {
    let mut kept = 0;
    let mut left_out = 0;
    for fixture in fixture::all() {
        let Outcome::Failed(error) = fixture.outcome(Readable::All) else {
            assert!(fixture.at("/ignored").is_null(), "{}: only errors leave anything out", fixture.name);
            continue;
        };
        let mut shown = BTreeSet::new();
        let mut error = support::json(&error.to_tree());
        // Our own words do not count as the server's.
        for own in ["code", "message", "retryable", "phase", "reason", "tokenExpired"] {
            error.as_object_mut().expect("an object").shift_remove(own);
        }
        leaves(&error, "", &mut |_, leaf| {
            shown.insert(leaf.to_string());
        });
        let text = fixture.text("/response/body");
        let body = match (text.is_empty(), serde_json::from_str(text)) {
            (true, _) => json!({}),
            (false, body) => body.unwrap_or_else(|_| json!(text)),
        };
        let mut missing = BTreeSet::new();
        leaves(&body, "", &mut |pointer, leaf| {
            if is_shown(leaf, &shown, &fixture) {
                kept += 1;
            } else {
                missing.insert(pointer.to_owned());
            }
        });
        let ignored = fixture.at("/ignored").as_array().cloned().unwrap_or_default();
        for entry in &ignored {
            assert!(entry["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "{}: {entry}", fixture.name);
        }
        let ignored: BTreeSet<String> =
            ignored.iter().filter_map(|entry| entry["leaf"].as_str()).map(str::to_owned).collect();
        assert_eq!(missing, ignored, "{}: left: lost, right: said to be left out", fixture.name);
        left_out += ignored.len();
    }
    assert!(kept > 250 && left_out > 0, "{kept} leaves kept, {left_out} left out");
}

/// Calls with each value that is no list and no object, and with the pointer to it.
fn leaves(value: &Value, pointer: &str, visit: &mut impl FnMut(&str, &Value)) {
    match value {
        Value::Array(elements) => {
            elements.iter().enumerate().for_each(|(at, one)| leaves(one, &format!("{pointer}/{at}"), visit));
        }
        Value::Object(entries) => entries.iter().for_each(|(key, one)| leaves(one, &format!("{pointer}/{key}"), visit)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => visit(pointer, value),
    }
}

/// As it is, or cut to 200 characters, or with a secret taken out of it.
fn is_shown(leaf: &Value, shown: &BTreeSet<String>, fixture: &Fixture) -> bool {
    let Value::String(text) = leaf else {
        return shown.contains(&leaf.to_string());
    };
    let cut = |text: &str| json!(text.chars().take(200).collect::<String>()).to_string();
    shown.contains(&cut(text))
        || fixture
            .secrets()
            .iter()
            .any(|secret| text.contains(secret) && shown.contains(&cut(&text.replace(secret, "[redacted]"))))
}

#[test]
fn a_search_for_passwords_and_tokens_in_errors_finds_none() {
    let mut searched = 0;
    for fixture in fixture::all() {
        for readable in [Readable::All, Readable::Safelisted] {
            let outcome = fixture.outcome(readable);
            let texts = match &outcome {
                Outcome::Failed(error) => vec![support::json(&error.to_tree()).to_string(), format!("{error:?}")],
                Outcome::Granted(tokens, _) => vec![support::json(&tokens.extra).to_string(), format!("{tokens:?}")],
                Outcome::Passed => continue,
            };
            for (text, secret) in
                texts.iter().flat_map(|text| fixture.secrets().into_iter().map(move |secret| (text, secret)))
            {
                searched += 1;
                assert!(!holds(text, secret), "{}: {secret} in {text}", fixture.name);
            }
        }
    }
    assert!(searched > 1000, "{searched} searches");
}

/// The same search, with every text of every refusal made to repeat a secret of its request, in every spelling.
#[test]
fn a_server_that_repeats_secrets_everywhere_gets_none_into_an_error() {
    let spellings: [fn(&str) -> String; 4] = [
        str::to_owned,
        |secret| url::form_urlencoded::byte_serialize(secret.as_bytes()).collect(),
        |secret| json!({ "password": secret }).to_string(),
        |secret| format!("{}{secret}", "long before it ".repeat(13)),
    ];
    let mut searched = 0;
    for mut fixture in fixture::all() {
        let Outcome::Failed(_) = fixture.outcome(Readable::All) else {
            continue;
        };
        let body: Value = serde_json::from_str(fixture.text("/response/body")).unwrap_or_default();
        for secret in sent_secrets(&fixture) {
            for spelling in spellings {
                let echo = format!("before {} after", spelling(&secret));
                fixture.content["response"]["body"] = json!(echoing(&body, &echo).to_string());
                fixture.content["response"]["headers"]["www-authenticate"] =
                    json!(format!("Bearer error_description={}", json!(echo)));
                let Outcome::Failed(error) = fixture.outcome(Readable::All) else {
                    continue;
                };
                searched += 1;
                for text in [support::json(&error.to_tree()).to_string(), format!("{error:?}")] {
                    assert!(!holds(&text, &secret), "{}: {secret} in {text}", fixture.name);
                }
            }
        }
    }
    assert!(searched > 400, "{searched} searches");
}

fn sent_secrets(fixture: &Fixture) -> Vec<String> {
    let names = ["/asks/credentials/password", "/asks/credentials/pin", "/asks/accessToken", "/asks/refreshToken"];
    let of_ours = names.iter().filter_map(|name| fixture.at(name).as_str()).map(str::to_owned).collect();
    if fixture.at("/asks").is_null() { fixture.secrets().into_iter().map(str::to_owned).collect() } else { of_ours }
}

/// The body with the echo in place of every text, and in every name.
fn echoing(body: &Value, echo: &str) -> Value {
    match body {
        Value::String(_) => json!(echo),
        Value::Array(elements) => elements.iter().map(|one| echoing(one, echo)).collect(),
        Value::Object(entries) => {
            let echoed = entries.iter().map(|(key, one)| (key.clone(), echoing(one, echo)));
            let in_a_name = (format!("{echo} is no field"), json!(1));
            Value::Object(echoed.chain([in_a_name]).collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => body.clone(),
    }
}

/// A secret of one to three characters only counts where it stands alone: "no" is a password and a part of "unknown".
fn holds(text: &str, secret: &str) -> bool {
    let is_word_part = |neighbour: Option<char>| neighbour.is_some_and(char::is_alphanumeric);
    let stands_alone = |at: usize| {
        !is_word_part(text[..at].chars().next_back()) && !is_word_part(text[at + secret.len()..].chars().next())
    };
    text.match_indices(secret).any(|(at, _)| secret.chars().count() > 3 || stands_alone(at))
}

#[test]
fn the_servers_were_asked_as_the_library_asks() {
    let mut count = 0;
    for fixture in fixture::all() {
        let Some(own) = fixture.own_request() else {
            continue;
        };
        count += 1;
        let name = &fixture.name;
        let url = url::Url::parse(&own.url).expect("a URL");
        assert_eq!(url.path(), fixture.text("/request/path"), "{name}");
        assert_eq!(url.query(), None, "{name}");
        assert_eq!(own.method.name(), fixture.text("/request/method"), "{name}");

        let recorded_type = fixture.text("/request/contentType");
        let essence = recorded_type.split(';').next().unwrap_or_default();
        assert_eq!(header(&own, "Content-Type").unwrap_or_default(), essence, "{name}");
        assert_eq!(header(&own, "Authorization"), fixture.at("/request/authorization").as_str(), "{name}");
        let row_headers = fixture.at("/request/headers").as_object().cloned().unwrap_or_default();
        for (header_name, value) in &row_headers {
            assert_eq!(header(&own, header_name), value.as_str(), "{name}: {header_name}");
        }
        assert!(fixture.at("/request/cookie").is_null() || own.cookies == CookiePolicy::Include, "{name}");

        let mut recorded = fields(fixture.text("/request/body"), essence);
        for (field, value) in fixture.at("/adds").as_object().into_iter().flatten() {
            assert!(recorded.insert(field.clone(), value.clone()).is_none(), "{name}: {field} was recorded");
        }
        assert_eq!(own_fields(&own), recorded, "{name}");
    }
    assert!(count >= OWN_REQUESTS, "{count} requests of our own, at least {OWN_REQUESTS} expected");
}

fn header<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
    request.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.expose())
}

fn fields(body: &str, essence: &str) -> BTreeMap<String, Value> {
    if essence == "application/json" {
        return serde_json::from_str::<serde_json::Map<String, Value>>(body)
            .expect("a JSON object")
            .into_iter()
            .collect();
    }
    url::form_urlencoded::parse(body.as_bytes()).map(|(name, value)| (name.into_owned(), json!(value))).collect()
}

fn own_fields(request: &HttpRequest) -> BTreeMap<String, Value> {
    match &request.body {
        Body::Empty => BTreeMap::new(),
        Body::Form(form) => fields(form.expose(), ""),
        Body::Json(tree) => support::json(tree).as_object().cloned().expect("an object").into_iter().collect(),
    }
}

#[test]
fn every_status_a_vendor_documents_has_a_fixture_that_says_so() {
    let fixtures = fixture::all();
    for (server, statuses) in DOCUMENTED {
        for status in *statuses {
            let is_it = |one: &&Fixture| {
                one.server == *server
                    && one.text("/phase") == "login"
                    && one.at("/response/status").as_u64() == Some(*status)
            };
            assert!(fixtures.iter().any(|one| is_it(&one)), "{server} {status}");
        }
        let source =
            std::fs::read_to_string(format!("{}/tests/fixtures/{server}/SOURCE.md", env!("CARGO_MANIFEST_DIR")));
        assert!(source.expect("a SOURCE.md").contains("not recorded"), "{server}");
    }
}
