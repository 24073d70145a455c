//! An answer, spelled so that a person can read and write one: a line each for the backend and the exchange, the
//! status, and four headers, then the body. A body that begins with a zero byte is a tree made of the bytes behind it.

use std::rc::Rc;

use arbitrary::Unstructured;
use wasm_auth_session::core::error::Phase;
use wasm_auth_session::core::options::Options;
use wasm_auth_session::core::redact::Secrets;
use wasm_auth_session::core::reply::Exchange;
use wasm_auth_session::core::transport::{HttpResponse, ResponseBody};
use wasm_auth_session::core::units::UnixMillis;

use crate::backends::backend;
use crate::canary;
use crate::json::{self, REPLIES};
use crate::support::NATIVE;

/// An answer to an exchange with some backend.
pub struct Case {
    pub options: Rc<Options>,
    pub phase: Phase,
    pub response: HttpResponse,
    pub secrets: Secrets,
}

impl Case {
    /// Every input is a case: a line that is missing is empty.
    #[must_use]
    pub fn read(input: &[u8]) -> Self {
        let mut lines = input.splitn(7, |byte| *byte == b'\n');
        let mut line = || lines.next().unwrap_or_default();
        let head = line();
        let number = |place: usize| usize::from(head.get(place).copied().unwrap_or_default().wrapping_sub(b'0'));
        let status = String::from_utf8_lossy(line()).trim().parse().unwrap_or(200);
        let mut header = || Some(String::from_utf8_lossy(line()).into_owned()).filter(|text| !text.is_empty());
        let content_type = header().unwrap_or_default();
        let (date, retry_after, www_authenticate) = (header(), header(), header());
        let body = body(line());
        Self {
            options: backend(number(0)),
            phase: Phase::ALL[number(1) % Phase::ALL.len()],
            response: HttpResponse { status, content_type, date, retry_after, www_authenticate, body },
            secrets: canary::secrets(),
        }
    }

    /// What it is an answer to.
    #[must_use]
    pub fn exchange(&self) -> Exchange<'_> {
        Exchange {
            phase: self.phase,
            options: &self.options,
            platform: &NATIVE,
            sent_at: UnixMillis(1_700_000_000_000),
            secrets: &self.secrets,
        }
    }
}

fn body(bytes: &[u8]) -> ResponseBody {
    match bytes.strip_prefix(b"\0") {
        Some(bytes) => {
            json::tree(&mut Unstructured::new(bytes), REPLIES).map_or(ResponseBody::Empty, ResponseBody::Json)
        }
        None => ResponseBody::read(&String::from_utf8_lossy(bytes), NATIVE.parse_json),
    }
}
