//! One request. What comes in: an [`HttpRequest`]; what goes out: a whole answer, or why there is none. The
//! deadline spans headers and body; a body ends at 1 MiB; redirects, caches and referrers are refused.

use std::cell::Cell;
use std::future::{Future as _, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Poll, Waker};

use gloo_net::http::Headers;
use js_sys::{Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{AbortController, Response};

use super::alarm::Timer;
use super::clock::{self, property};
use super::platform::BROWSER;
use super::shell::wait;
use super::{page, value};
use crate::core::error::Phase;
use crate::core::request::{Body, HttpRequest};
use crate::core::transport::{HttpResponse, ResponseBody, TransportError};
use crate::core::tree::{Tree, map};
use crate::core::units::Millis;

const LONGEST_BODY: usize = 1024 * 1024;
/// What outlives a page is at most 64 KiB (Fetch standard, "HTTP-network-or-cache fetch"): with room for what the page keeps alive itself.
const KEPT_ALIVE: usize = 16 * 1024;

#[wasm_bindgen]
extern "C" {
    /// The global one, in a page as in a worker. What a page has put in its place may throw, and give back anything.
    #[wasm_bindgen(catch)]
    fn fetch(url: &str, init: &JsValue) -> Result<JsValue, JsValue>;

    type Stream;

    /// A body that somebody else reads cannot be had.
    #[wasm_bindgen(method, catch, js_name = getReader)]
    fn reader(this: &Stream) -> Result<Reader, JsValue>;

    /// What has been put in the place of `fetch` may have made this as well.
    #[derive(Clone)]
    type Reader;

    #[wasm_bindgen(method, catch)]
    fn read(this: &Reader) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn cancel(this: &Reader) -> Result<JsValue, JsValue>;
}

/// The way to withdraw a request. Its own controller: a caller's signal is never passed on, because the deadline and
/// the machine withdraw it, too.
pub(super) struct Abort {
    controller: Option<AbortController>,
    why: Cell<Option<TransportError>>,
    /// Wakes what waits for the answer.
    waker: Cell<Option<Waker>>,
}

impl Abort {
    pub(super) fn new() -> Self {
        Self { controller: AbortController::new().ok(), why: Cell::default(), waker: Cell::default() }
    }

    /// Withdraws the request; it then ends with this error.
    pub(super) fn abort(&self, why: TransportError) {
        if self.why.get().is_some() {
            return;
        }
        self.why.set(Some(why));
        if let Some(controller) = &self.controller {
            controller.abort();
        }
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

/// Sends, and reads the answer to its end.
pub(super) async fn send(request: HttpRequest, abort: Rc<Abort>) -> Result<HttpResponse, TransportError> {
    let by_deadline = abort.clone();
    let _deadline = Timer::after(request.timeout, move || by_deadline.abort(TransportError::TimedOut));
    let mut exchange = pin!(exchange(&request, &abort));
    // What a page has put in the place of `fetch` may heed no signal. A complete answer that came while the deadline
    // passed is an answer all the same.
    let outcome = poll_fn(|context| match exchange.as_mut().poll(context) {
        Poll::Pending if abort.why.get().is_none() => {
            abort.waker.set(Some(context.waker().clone()));
            Poll::Pending
        }
        Poll::Pending => Poll::Ready(Err(TransportError::Cancelled)),
        answered => answered,
    })
    .await;
    outcome.map_err(|error| match abort.why.get() {
        Some(why) => why,
        None if error == TransportError::Failed && page::is_offline() => TransportError::Offline,
        None => error,
    })
}

async fn exchange(request: &HttpRequest, abort: &Abort) -> Result<HttpResponse, TransportError> {
    let response = fetch(&request.url, &init(request, abort)).map_err(|_| TransportError::Failed)?;
    let response = wait(Promise::resolve(&response)).await.ok_or(TransportError::Failed)?;
    // What a page has put in the place of `fetch` may swallow a failure. By a field and not by class: it may be another realm's.
    property(&response, "status").and_then(|status| status.as_f64()).ok_or(TransportError::NoResponse)?;
    let answer = read(&response.unchecked_into()).await;
    if let Err(too_large @ TransportError::TooLarge(_)) = answer {
        abort.abort(too_large);
    }
    answer
}

/// How it is sent (Fetch standard, `RequestInit`).
fn init(request: &HttpRequest, abort: &Abort) -> JsValue {
    let mut init = map! {
        "method": Tree::text(request.method.name()),
        "mode": Tree::text("cors"),
        "redirect": Tree::text("error"),
        "cache": Tree::text("no-store"),
        "referrerPolicy": Tree::text("no-referrer"),
        "credentials": Tree::text(request.cookies.name()),
    };
    let body = match &request.body {
        Body::Empty => None,
        Body::Form(text) => Some(text.expose().to_owned()),
        Body::Json(tree) => Some(value::to_json(tree)),
    };
    // A logout outlives the page that is left right after it; what else is sent must not, for nobody would hear what it brought.
    if request.phase == Phase::Logout && body.as_ref().is_none_or(|body| body.len() <= KEPT_ALIVE) {
        init.set("keepalive", Tree::Bool(true));
    }
    if let Some(body) = body {
        init.set("body", Tree::Text(body));
    }
    let headers = Headers::new();
    for (name, value) in &request.headers {
        headers.set(name, value.expose());
    }
    let csrf = request.csrf.as_ref().and_then(|csrf| Some((&csrf.header, page::cookie(&csrf.cookie)?)));
    if let Some((name, value)) = csrf {
        headers.set(name, &value);
    }
    let init = value::from_tree(&init);
    // A plain object takes every entry.
    let _ = Reflect::set(&init, &"headers".into(), &headers.into_raw());
    if let Some(controller) = &abort.controller {
        let _ = Reflect::set(&init, &"signal".into(), &controller.signal());
    }
    init
}

/// Reads an answer to its end, or to 1 MiB.
async fn read(response: &Response) -> Result<HttpResponse, TransportError> {
    let text = match reader(response) {
        Some(reader) => text(&reader, response.status()).await?,
        None => String::new(),
    };
    Ok(answer(response, Some(&text)))
}

/// Reads an answer as far as it comes in time: its status counts also where its body breaks off.
pub(super) async fn read_what_comes(response: &Response, timeout: Millis) -> HttpResponse {
    let Some(reader) = reader(response) else { return answer(response, Some("")) };
    let by_deadline = reader.clone();
    let until = clock::now().mono.plus(timeout);
    let _deadline = Timer::after(timeout.plus(Millis(1)), move || drop(by_deadline.cancel()));
    let came = text(&reader, response.status()).await.ok();
    // Of a body that broke off, or never began, nobody knows that it is empty.
    answer(response, came.filter(|text| !text.is_empty() || clock::now().mono < until).as_deref())
}

fn reader(response: &Response) -> Option<Reader> {
    response.body()?.unchecked_into::<Stream>().reader().ok()
}

async fn text(reader: &Reader, status: u16) -> Result<String, TransportError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = next_chunk(reader).await.ok_or(TransportError::Failed)? {
        if bytes.len().saturating_add(chunk.length() as usize) > LONGEST_BODY {
            drop(reader.cancel());
            return Err(TransportError::TooLarge(status));
        }
        bytes.extend(chunk.to_vec());
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn answer(response: &Response, text: Option<&str>) -> HttpResponse {
    let header = |name: &str| response.headers().get(name).ok().flatten();
    HttpResponse {
        status: response.status(),
        content_type: header("content-type").unwrap_or_default(),
        date: header("date"),
        retry_after: header("retry-after"),
        www_authenticate: header("www-authenticate"),
        body: match text {
            Some(text) => ResponseBody::read(text, BROWSER.parse_json),
            None => ResponseBody::Text(String::new()),
        },
    }
}

/// `Some(None)` at the end; `None` where there is neither a chunk nor an end.
async fn next_chunk(reader: &Reader) -> Option<Option<Uint8Array>> {
    let result = wait(Promise::resolve(&reader.read().ok()?)).await?;
    if property(&result, "done")?.is_truthy() {
        return Some(None);
    }
    // By a field and not by class: the DOM of a test runner brings a Uint8Array of another realm.
    let value = property(&result, "value")?;
    let is_of_bytes = property(&value, "BYTES_PER_ELEMENT")?.as_f64() == Some(1.0);
    is_of_bytes.then(|| Some(value.unchecked_into()))
}
