//! A fixture: one exchange with a server, and what the library makes of its answer.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use wasm_auth_session::core::error::{AuthError, Phase};
use wasm_auth_session::core::event::WarningCode;
use wasm_auth_session::core::options::Options;
use wasm_auth_session::core::redact::Secrets;
use wasm_auth_session::core::rejection;
use wasm_auth_session::core::reply::{self, Exchange};
use wasm_auth_session::core::request::{self, HttpRequest};
use wasm_auth_session::core::secret::SharedSecret;
use wasm_auth_session::core::session::Session;
use wasm_auth_session::core::token_set::TokenSet;
use wasm_auth_session::core::transport::{HttpResponse, ResponseBody};
use wasm_auth_session::core::units::{MonoMillis, Now, UnixMillis};

use crate::support::{self, NATIVE};

/// Which headers of an answer the page can read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Readable {
    /// All: page and server are one origin, or the server exposes them.
    All,
    /// Those that every page may read across origins: of ours only `Content-Type`.
    Safelisted,
}

/// What was made of an answer.
#[derive(Debug)]
pub enum Outcome {
    Granted(Box<TokenSet>, Option<WarningCode>),
    /// Nothing to object to: an API call or a logout that worked.
    Passed,
    Failed(AuthError),
}

impl Outcome {
    /// In the form of a fixture's `expected`.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Passed => json!({ "passed": true }),
            Self::Granted(tokens, warning) => json!({ "granted": {
                "user": tokens.user,
                "scope": tokens.scope,
                "tokenType": tokens.token_type,
                "lifetimeMs": tokens.lifetime.map(|lifetime| lifetime.0),
                "hasRefreshToken": tokens.refresh_token.is_some(),
                "extra": support::json(&tokens.extra),
                "warning": warning.map(WarningCode::name),
            } }),
            Self::Failed(error) => {
                let mut tree = support::json(&error.to_tree());
                tree.as_object_mut().expect("an error is an object").shift_remove("message");
                json!({ "error": tree })
            }
        }
    }
}

pub struct Fixture {
    /// Server and case.
    pub name: String,
    pub server: String,
    pub content: Value,
    pub options: Options,
}

/// Every fixture there is.
pub fn all() -> Vec<Fixture> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut fixtures: Vec<Fixture> =
        entries(&root).iter().filter(|path| path.is_dir()).flat_map(|folder| of_server(folder)).collect();
    fixtures.sort_by(|one, other| one.name.cmp(&other.name));
    fixtures
}

fn of_server(folder: &Path) -> Vec<Fixture> {
    let server = stem(folder);
    let rows = read(&folder.join("options.json"));
    let cases = entries(folder)
        .into_iter()
        .filter(|path| path.extension().is_some_and(|it| it == "json") && stem(path) != "options");
    cases
        .map(|path| {
            let content = read(&path);
            let name = format!("{server}/{}", stem(&path));
            let row =
                rows.get(text(&content, "/options")).unwrap_or_else(|| panic!("{name} names no row of options.json"));
            Fixture { options: support::options(row), server: server.clone(), name, content }
        })
        .collect()
}

fn entries(folder: &Path) -> Vec<std::path::PathBuf> {
    fs::read_dir(folder).expect("a folder of fixtures").map(|entry| entry.expect("an entry").path()).collect()
}

fn read(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn stem(path: &Path) -> String {
    path.file_stem().expect("a name").to_string_lossy().into_owned()
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

impl Fixture {
    pub fn at(&self, pointer: &str) -> &Value {
        self.content.pointer(pointer).unwrap_or(&Value::Null)
    }

    pub fn text(&self, pointer: &str) -> &str {
        text(&self.content, pointer)
    }

    pub fn phase(&self) -> Phase {
        Phase::from_name(self.text("/phase")).unwrap_or_else(|| panic!("{} has no phase", self.name))
    }

    /// Texts that no error may hold.
    pub fn secrets(&self) -> Vec<&str> {
        self.at("/secrets").as_array().into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// The request we would make ourselves, where the recorded one is such.
    pub fn own_request(&self) -> Option<HttpRequest> {
        let asks = self.content.get("asks")?;
        let held = || TokenSet {
            access_token: asks
                .get("accessToken")
                .and_then(Value::as_str)
                .map(|token| SharedSecret::new(token.to_owned())),
            refresh_token: asks
                .get("refreshToken")
                .and_then(Value::as_str)
                .map(|token| SharedSecret::new(token.to_owned())),
            extra: support::tree(asks.get("extra").unwrap_or(&json!({}))),
            ..TokenSet::default()
        };
        match self.phase() {
            Phase::Login => {
                let credentials = &asks["credentials"];
                let grant = credentials.get("grant").and_then(Value::as_str).unwrap_or("password");
                let grant = self.options.dialect.grant(grant).expect("a grant of the row");
                Some(request::encode_grant(&self.options, grant, &support::tree(credentials)).expect("a request"))
            }
            Phase::Refresh => request::encode_refresh(&self.options, &held()).expect("a request"),
            Phase::Logout => {
                request::encode_end(&self.options, &held()).expect("a request").map(|(request, _)| request)
            }
            Phase::Api => panic!("{}: API calls are the caller's own", self.name),
        }
    }

    /// When the request was sent.
    pub fn sent_at(&self) -> UnixMillis {
        (NATIVE.parse_date)(self.text("/sentAt")).unwrap_or_else(|| panic!("{} has no sentAt", self.name))
    }

    /// The answer, as the page sees it.
    pub fn response(&self, readable: Readable) -> HttpResponse {
        let header = |name: &str| self.at("/response/headers").get(name).and_then(Value::as_str).map(str::to_owned);
        let beyond_safelist = |name: &str| header(name).filter(|_| readable == Readable::All);
        HttpResponse {
            status: self.at("/response/status").as_u64().and_then(|status| status.try_into().ok()).expect("a status"),
            content_type: header("content-type").unwrap_or_default(),
            date: beyond_safelist("date"),
            retry_after: beyond_safelist("retry-after"),
            www_authenticate: beyond_safelist("www-authenticate"),
            body: ResponseBody::read(self.text("/response/body"), NATIVE.parse_json),
        }
    }

    /// What the session makes of the answer.
    pub fn outcome(&self, readable: Readable) -> Outcome {
        let own = self.own_request();
        let secrets = own.map_or_else(
            || {
                let mut secrets = Secrets::default();
                self.secrets().into_iter().for_each(|secret| secrets.add(secret));
                secrets
            },
            |own| own.secrets,
        );
        let phase = self.phase();
        let response = self.response(readable);
        let exchange =
            Exchange { phase, options: &self.options, platform: &NATIVE, sent_at: self.sent_at(), secrets: &secrets };
        let is_success = (200..300).contains(&response.status);
        match (phase, &self.options.dialect.refresh) {
            (Phase::Api, _) => self.api_outcome(&response, &exchange),
            (Phase::Logout, _) if is_success => Outcome::Passed,
            (Phase::Logout, _) => Outcome::Failed(rejection::decode(&response, &exchange)),
            (Phase::Refresh, Some(refresh)) => granted(reply::decode(&response, &refresh.reply, &exchange)),
            (Phase::Refresh | Phase::Login, _) => {
                granted(reply::decode(&response, &self.options.dialect.reply, &exchange))
            }
        }
    }

    /// By a session without a token, which knows no secret; what it reads is then read again with them.
    fn api_outcome(&self, response: &HttpResponse, exchange: &Exchange<'_>) -> Outcome {
        let session = Session::new(self.options.clone(), NATIVE, 1);
        let now = Now { wall: exchange.sent_at, mono: MonoMillis(0) };
        match session.read_api_answer(now, response) {
            None => Outcome::Passed,
            Some(_) => Outcome::Failed(rejection::decode(response, exchange)),
        }
    }
}

fn granted(decoded: Result<(TokenSet, Option<WarningCode>), AuthError>) -> Outcome {
    match decoded {
        Ok((tokens, warning)) => Outcome::Granted(Box::new(tokens), warning),
        Err(error) => Outcome::Failed(error),
    }
}
