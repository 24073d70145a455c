//! A refusal, read. What comes in: an answer that is no success; what goes out: a code by the row's rules
//! and then the general ones, and all that the server said, redacted. Shapes understood: RFC 6749
//! section 5.2, RFC 9457, FastAPI's `detail` (text, object, list), an envelope, field lists and maps,
//! a bare string, text, HTML, nothing.

use std::rc::Rc;

use super::challenge;
use super::dialect::{Condition, pointer};
use super::error::{AuthError, ErrorCode, Phase, SessionEndReason};
use super::lifetime;
use super::platform::Platform;
use super::redact::Secrets;
use super::reply::Exchange;
use super::text;
use super::transport::{HttpResponse, ResponseBody};
use super::tree::{Tree, map};
use super::units::{Millis, UnixMillis};

mod fields;
mod meaning;

pub use fields::FieldError;

/// What the server said. Every text but a challenge is redacted and at most 200 characters long.
#[derive(Clone, PartialEq, Debug)]
pub struct ServerSaid {
    /// Which exchange.
    pub phase: Phase,
    /// The HTTP status.
    pub status: u16,
    /// `error` (RFC 6749 section 5.2).
    pub error: Option<String>,
    /// `error_description`.
    pub error_description: Option<String>,
    /// `error_uri`.
    pub error_uri: Option<String>,
    /// A stable code of the server's own.
    pub server_code: Option<String>,
    /// What it said in words.
    pub server_message: Option<String>,
    /// The whole problem (RFC 9457), members and extensions.
    pub problem: Option<Tree>,
    /// Faults by field.
    pub fields: Vec<FieldError>,
    /// How many attempts are left.
    pub attempts_left: Option<i64>,
    /// How long to wait.
    pub retry_after: Option<Millis>,
    /// What the next step of the login needs: a secret.
    pub challenge: Tree,
    /// What else the body held.
    pub extra: Tree,
    /// Whether the answer means that the access token has expired.
    pub token_expired: bool,
}

impl ServerSaid {
    /// A refusal of which no more is known than that it was one.
    #[must_use]
    pub fn nothing(phase: Phase) -> Self {
        Self {
            phase,
            status: 0,
            error: None,
            error_description: None,
            error_uri: None,
            server_code: None,
            server_message: None,
            problem: None,
            fields: Vec::new(),
            attempts_left: None,
            retry_after: None,
            challenge: Tree::Map(Vec::new()),
            extra: Tree::Map(Vec::new()),
            token_expired: false,
        }
    }

    /// Writes what was said into an error's tree; what was not said stays out.
    pub fn write_to(&self, tree: &mut Tree) {
        tree.set_text("phase", self.phase.name());
        if self.status != 0 {
            tree.set("status", Tree::integer(i64::from(self.status)));
        }
        let texts = [
            ("error", &self.error),
            ("errorDescription", &self.error_description),
            ("errorUri", &self.error_uri),
            ("serverCode", &self.server_code),
            ("serverMessage", &self.server_message),
        ];
        for (name, text) in &texts {
            if let Some(text) = text {
                tree.set_text(name, text);
            }
        }
        if let Some(problem) = &self.problem {
            tree.set("problem", problem.clone());
        }
        let lists_fields = tree.get("code").and_then(Tree::as_text) == Some("validation");
        if lists_fields || !self.fields.is_empty() {
            tree.set("fields", Tree::List(self.fields.iter().map(FieldError::to_tree).collect()));
        }
        if let Some(attempts_left) = self.attempts_left {
            tree.set("attemptsLeft", Tree::integer(attempts_left));
        }
        if let Some(retry_after) = self.retry_after {
            tree.set("retryAfterMs", Tree::integer(retry_after.0));
        }
        for (name, held) in [("challenge", &self.challenge), ("extra", &self.extra)] {
            if !held.is_empty() {
                tree.set(name, held.clone());
            }
        }
        if self.phase == Phase::Api {
            tree.set("tokenExpired", Tree::Bool(self.token_expired));
        }
    }
}

/// Reads a refusal.
#[must_use]
pub fn decode(response: &HttpResponse, exchange: &Exchange<'_>) -> AuthError {
    let said = read(response, exchange);
    let code = meaning::of(response, exchange, &said);
    if code == ErrorCode::SessionEnded {
        return AuthError::SessionEnded { reason: SessionEndReason::Refused, said: Some(Rc::new(said)) };
    }
    AuthError::Refused(code, Rc::new(said))
}

/// Whether the answer means that the access token has expired, by the row's `use` column.
#[must_use]
pub fn means_expired(response: &HttpResponse, exchange: &Exchange<'_>) -> bool {
    exchange.options.dialect.usage.expired.iter().any(|when| holds(when, response, exchange.phase))
}

/// Whether a rule of the row says what this answer means.
#[must_use]
pub fn has_rule(response: &HttpResponse, exchange: &Exchange<'_>) -> bool {
    exchange.options.dialect.rules.iter().any(|rule| holds(&rule.when, response, exchange.phase))
}

/// Whether all that the condition names holds.
fn holds(condition: &Condition, response: &HttpResponse, phase: Phase) -> bool {
    let found = condition.at.as_deref().map(|at| match &response.body {
        ResponseBody::Json(body) => body.at(at),
        ResponseBody::Text(_) | ResponseBody::Empty => None,
    });
    let is_there = match (&found, &condition.is) {
        (None, _) => true,
        // Of a list each is meant.
        (Some(value), Some(expected)) => {
            value.is_some_and(|value| value == expected || expected.elements().contains(value))
        }
        (Some(value), None) => value.is_some_and(|value| *value != Tree::Null),
    };
    is_there
        && (condition.phases.is_empty() || condition.phases.contains(&phase))
        && (condition.status.is_empty() || condition.status.contains(&response.status))
        && condition.empty.is_none_or(|empty| empty == (response.body == ResponseBody::Empty))
}

fn read(response: &HttpResponse, exchange: &Exchange<'_>) -> ServerSaid {
    let mut said = ServerSaid {
        status: response.status,
        retry_after: retry_after(response, exchange),
        token_expired: means_expired(response, exchange),
        ..ServerSaid::nothing(exchange.phase)
    };
    match &response.body {
        ResponseBody::Empty => {}
        ResponseBody::Text(text) => said.server_message = plain_text(text, &response.content_type, exchange.secrets),
        ResponseBody::Json(Tree::Text(text)) => said.server_message = Some(exchange.secrets.redact(text)),
        ResponseBody::Json(body) => {
            let mut shown = exchange.secrets.redact_tree(body);
            if exchange.phase == Phase::Login {
                said.challenge = handed_over(body, &mut shown, exchange);
            }
            read_body(&mut said, shown, response, exchange);
        }
    }
    // RFC 6750 section 3: an API says in the challenge what the token endpoint says in the body.
    for (name, value) in challenge::bearer(response.www_authenticate.as_deref().unwrap_or_default()) {
        let place = match name.as_str() {
            "error" => &mut said.error,
            "error_description" => &mut said.error_description,
            "error_uri" => &mut said.error_uri,
            _ => continue,
        };
        if place.is_none() {
            *place = Some(exchange.secrets.redact(&value));
        }
    }
    said
}

/// What the row says is handed over for the next step of a login: whole, and nowhere else. Nothing that was sent is handed back.
fn handed_over(body: &Tree, shown: &mut Tree, exchange: &Exchange<'_>) -> Tree {
    let mut challenge = Tree::Map(Vec::new());
    for at in &exchange.options.dialect.challenge {
        if let Some(text) = body.at(at).and_then(Tree::as_text).filter(|text| !exchange.secrets.are_in(text)) {
            pointer::place(&mut challenge, at, Tree::text(text));
            pointer::remove(shown, at);
        }
    }
    challenge
}

/// HTML says nothing that a program could show, nor does a body that did not come.
fn plain_text(text: &str, content_type: &str, secrets: &Secrets) -> Option<String> {
    let is_html = content_type.starts_with("text/html") || text.starts_with('<');
    if is_html || text.is_empty() { None } else { Some(secrets.redact(text)) }
}

/// Where a message may stand, the best first.
const MESSAGES: &[&str] = &[
    "/detail",
    "/detail/message",
    "/message",
    "/message/0",
    "/error/message",
    "/errors/0/message",
    "/errors/0/detail",
    "/errors/0/description",
    "/errors/0",
    "/errors/message",
    "/errors/detail",
    "/detail/0",
    "/0",
    "/0/message",
    "/0/description",
    "/data/message",
    "/msg",
    "/Message",
    "/error_message",
    "/errorMessage",
    "/errorSummary",
    "/description",
    "/error/description",
    "/error",
    "/error/0",
    "/messages/0",
    "/title",
];
/// Where a stable code may stand.
const CODES: &[&str] = &[
    "/type",
    "/code",
    "/detail/code",
    "/detail/type",
    "/error/code",
    "/error/type",
    "/errors/0/code",
    "/errors/0/extensions/code",
    "/error_code",
    "/errorCode",
    "/__type",
    "/0/code",
    "/0/errorCode",
];
/// Where the number of attempts left may stand.
const ATTEMPTS: &[&str] =
    &["/attempts_left", "/attemptsLeft", "/remaining_attempts", "/remainingAttempts", "/detail/attempts_left"];

fn read_body(said: &mut ServerSaid, mut body: Tree, response: &HttpResponse, exchange: &Exchange<'_>) {
    let is_problem = text::contains(&response.content_type, "problem+json")
        || (body.get("title").is_some_and(|title| title.as_text().is_some()) && body.get("status").is_some());
    if is_problem {
        said.problem = Some(body.clone());
        // RFC 9457 section 4.2.1: this type says nothing that the status does not say.
        if body.get("type").and_then(Tree::as_text) == Some("about:blank") {
            pointer::remove(&mut body, "/type");
        }
    }
    said.fields = fields::take(&mut body, exchange.options);
    if let Some(error) = body.get("error").and_then(Tree::as_text).filter(|error| is_oauth_code(error)) {
        said.error = Some(error.to_owned());
        pointer::remove(&mut body, "/error");
    }
    said.error_description = take_text(&mut body, &["/error_description"]);
    said.error_uri = take_text(&mut body, &["/error_uri"]);
    said.server_message = take_text(&mut body, MESSAGES).or_else(|| fields::of_none(&said.fields));
    said.server_code = take_text(&mut body, CODES);
    if let Some((at, attempts)) = ATTEMPTS.iter().find_map(|at| Some((at, body.at(at)?.as_number()?))) {
        said.attempts_left = Some(attempts as i64);
        pointer::remove(&mut body, at);
    }
    if is_problem {
        return;
    }
    for at in ["/status", "/code", "/statusCode", "/status_code"] {
        if body.at(at).and_then(Tree::as_number) == Some(f64::from(said.status)) {
            pointer::remove(&mut body, at);
        }
    }
    if said.retry_after.is_some() {
        WAITS.iter().for_each(|(at, _)| pointer::remove(&mut body, at));
    }
    said.extra = if matches!(body, Tree::Map(_)) {
        body
    } else {
        map! { "body": body }
    };
    if said.extra.at("/body").is_some_and(Tree::is_empty) {
        said.extra = Tree::Map(Vec::new());
    }
}

/// RFC 6749 section 5.2 allows spaces in `error`; no code has any, and messages put there have.
fn is_oauth_code(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || text::is_one_of(byte, b"_-."))
}

fn take_text(body: &mut Tree, pointers: &[&str]) -> Option<String> {
    let said = |at: &&str| body.at(at)?.as_text().filter(|text| !text.is_empty()).map(str::to_owned);
    let (at, text) = pointers.iter().find_map(|at| Some((at, said(at)?)))?;
    pointer::remove(body, at);
    Some(text)
}

/// Where a wait may stand in a body, and how many milliseconds its unit has.
const WAITS: &[(&str, i64)] = &[
    ("/retry_after", 1000),
    ("/retryAfter", 1000),
    ("/retry_after_seconds", 1000),
    ("/retryAfterSeconds", 1000),
    ("/retry_after_ms", 1),
    ("/retryAfterMs", 1),
    ("/detail/retry_after", 1000),
    ("/error/retry_after", 1000),
];
const LONGEST_WAIT: Millis = Millis(3_600_000);

/// From the header (RFC 9110 section 10.2.3), else from the body, where it can always be read. At most an hour.
fn retry_after(response: &HttpResponse, exchange: &Exchange<'_>) -> Option<Millis> {
    let platform = exchange.platform;
    let reference = response.date.as_deref().and_then(platform.parse_date).unwrap_or(exchange.sent_at);
    let by_header =
        response.retry_after.as_ref().and_then(|text| wait(&Tree::text(text.as_str()), 1000, reference, platform));
    let by_body = || match &response.body {
        ResponseBody::Json(body) => WAITS.iter().find_map(|(at, unit)| wait(body.at(at)?, *unit, reference, platform)),
        ResponseBody::Text(_) | ResponseBody::Empty => None,
    };
    by_header.or_else(by_body).map(|wait| wait.clamp(Millis::ZERO, LONGEST_WAIT))
}

fn wait(value: &Tree, unit: i64, reference: UnixMillis, platform: &Platform) -> Option<Millis> {
    if let Some(number) = lifetime::number(value, platform) {
        return Some(Millis((number * unit as f64) as i64));
    }
    let text = value.as_text().filter(|text| text::contains(text, ":"))?;
    let instant = lifetime::iso8601(text, platform).or_else(|| (platform.parse_date)(text))?;
    Some(instant.since(reference))
}
