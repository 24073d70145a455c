//! What goes over the wire: tokens that tell which login and which renewal they are of, and the server's words.

use serde_json::json;
use wasm_auth_session::core::request::Body;
use wasm_auth_session::core::transport::HttpResponse;
use wasm_auth_session::core::tree::Tree;

use crate::support;

/// Stands in every token: what is found anywhere else has leaked.
pub const CANARY: &str = "canary-";

/// The tokens of one login after so many renewals.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Token {
    /// Which login.
    pub family: u16,
    /// How often renewed.
    pub step: u16,
}

impl Token {
    /// Reads a token out of its text.
    pub fn parse(text: &str) -> Option<Self> {
        let (family, step) = text.split(CANARY).nth(1)?.get(2..)?.split_once('-')?;
        let step = step.split(|letter: char| !letter.is_ascii_digit()).next()?;
        Some(Self { family: family.parse().ok()?, step: step.parse().ok()? })
    }

    /// The refresh token that a body carries.
    pub fn within(body: &Body) -> Option<Self> {
        match body {
            Body::Form(form) => Self::parse(form.expose()),
            Body::Json(_) | Body::Empty => None,
        }
    }

    /// The access token.
    pub fn access(self) -> String {
        format!("{CANARY}a-{}-{}", self.family, self.step)
    }

    /// The refresh token.
    pub fn refresh(self) -> String {
        format!("{CANARY}r-{}-{}", self.family, self.step)
    }
}

/// What the server says.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Said {
    /// New tokens, which last so many seconds.
    Granted(Token, i64),
    /// New tokens, and a refresh token only if it is another one.
    Kept(Token, i64),
    /// `invalid_grant`.
    Refused,
    /// This status, and after how many seconds to come again.
    Failed(u16, Option<u16>),
    /// Done.
    Done,
}

impl Said {
    /// The answer itself.
    pub fn response(self) -> HttpResponse {
        match self {
            Self::Granted(token, lifetime) => support::answer(200, granted(token, lifetime, true)),
            Self::Kept(token, lifetime) => support::answer(200, granted(token, lifetime, false)),
            Self::Refused => support::answer(400, Tree::map([("error", Tree::text("invalid_grant"))])),
            Self::Failed(status, later) => HttpResponse {
                retry_after: later.map(|seconds| seconds.to_string()),
                ..support::answer(status, Tree::Map(Vec::new()))
            },
            Self::Done => support::answer(200, Tree::Map(Vec::new())),
        }
    }
}

fn granted(token: Token, lifetime: i64, with_refresh: bool) -> Tree {
    let mut body = Tree::map([
        ("access_token", Tree::text(token.access())),
        ("token_type", Tree::text("bearer")),
        ("expires_in", Tree::integer(lifetime)),
        ("user", Tree::text(format!("u{}", token.family))),
    ]);
    if with_refresh {
        body.set("refresh_token", Tree::text(token.refresh()));
    }
    body
}

/// What a caller logs in with.
pub fn credentials() -> Tree {
    support::tree(&json!({ "username": "ada", "password": "hunter2" }))
}
