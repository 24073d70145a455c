//! A wait that the server asks for: in the header, a date or a number, or in the body.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use wasm_auth_session::core::error::Phase;
use wasm_auth_session::core::redact::Secrets;
use wasm_auth_session::core::rejection;
use wasm_auth_session::core::reply::Exchange;
use wasm_auth_session::core::transport::{HttpResponse, ResponseBody};
use wasm_auth_session::core::tree::Tree;
use wasm_auth_session::core::units::{Millis, UnixMillis};
use wasm_auth_session_fuzz::backends::backend;
use wasm_auth_session_fuzz::support::NATIVE;

const LONGEST: Millis = Millis(3_600_000);

#[derive(Arbitrary, Debug)]
struct Asked<'a> {
    header: Wait<'a>,
    date: Option<i64>,
    sent_at: i64,
    body: Option<(Place, Wait<'a>)>,
}

#[derive(Arbitrary, Debug)]
enum Wait<'a> {
    None,
    Text(&'a str),
    Number(f64),
    Seconds(u32),
    /// An instant, as HTTP writes it.
    Date(u32),
    /// An instant, as JSON writes it.
    Iso8601(i64),
}

#[derive(Arbitrary, Debug)]
enum Place {
    RetryAfter,
    Camel,
    Milliseconds,
    Detail,
}

fuzz_target!(|asked: Asked<'_>| {
    let header = text(&asked.header);
    let wait = read(&asked, header.clone());
    assert_eq!(wait, read(&asked, header.clone()), "the same answer asks for the same");
    assert!(wait.is_none_or(|wait| (Millis::ZERO..=LONGEST).contains(&wait)), "{wait:?}");
    match asked.header {
        // RFC 9110 section 10.2.3: whole seconds, whatever else is said.
        Wait::Seconds(seconds) => assert_eq!(wait, Some(Millis(i64::from(seconds) * 1000).min(LONGEST))),
        Wait::None if asked.body.is_none() => assert_eq!(wait, None),
        _ => {}
    }
    if wait.is_some() && asked.body.is_none() {
        assert!(header.is_some());
    }
});

fn read(asked: &Asked<'_>, header: Option<String>) -> Option<Millis> {
    let body = match &asked.body {
        None => ResponseBody::Empty,
        Some((place, wait)) => {
            let value = match wait {
                Wait::Number(number) if !number.is_nan() => Tree::Number(*number),
                Wait::Seconds(seconds) => Tree::Number(f64::from(*seconds)),
                other => text(other).map_or(Tree::Null, Tree::Text),
            };
            ResponseBody::Json(match place {
                Place::RetryAfter => Tree::map([("retry_after", value)]),
                Place::Camel => Tree::map([("retryAfter", value)]),
                Place::Milliseconds => Tree::map([("retry_after_ms", value)]),
                Place::Detail => Tree::map([("detail", Tree::map([("retry_after", value)]))]),
            })
        }
    };
    let response = HttpResponse {
        status: 429,
        content_type: "application/json".to_owned(),
        date: asked.date.and_then(instant),
        retry_after: header,
        www_authenticate: None,
        body,
    };
    let options = backend(0);
    let secrets = Secrets::default();
    let sent_at = UnixMillis(asked.sent_at);
    let exchange = Exchange { phase: Phase::Login, options: &options, platform: &NATIVE, sent_at, secrets: &secrets };
    rejection::decode(&response, &exchange).retry_after()
}

fn text(wait: &Wait<'_>) -> Option<String> {
    match wait {
        Wait::None => None,
        Wait::Text(text) => Some((*text).to_owned()),
        Wait::Number(number) => Some(number.to_string()),
        Wait::Seconds(seconds) => Some(seconds.to_string()),
        Wait::Date(seconds) => {
            let instant = jiff::Timestamp::from_second(i64::from(*seconds)).ok()?;
            jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&instant).ok()
        }
        Wait::Iso8601(millis) => instant(*millis),
    }
}

fn instant(millis: i64) -> Option<String> {
    Some(jiff::Timestamp::from_millisecond(millis).ok()?.to_string())
}
