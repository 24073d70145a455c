//! A server that rotates refresh tokens and refuses a spent one.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use wasm_auth_session::core::error::Phase;
use wasm_auth_session::core::request::{Body, HttpRequest};
use wasm_auth_session::core::transport::HttpResponse;

use super::{Reply, World};
use crate::support;

/// A request as the server saw it.
#[derive(Clone, Debug)]
pub struct Sent {
    pub phase: Phase,
    pub url: String,
    pub fields: BTreeMap<String, String>,
}

/// Rotates; a spent refresh token is refused and remembered.
pub struct Server {
    pub lifetime: Value,
    pub rotates: bool,
    pub user: Option<String>,
    pub cookie: Option<String>,
    pub reused: Vec<String>,
    pub revoked: Vec<String>,
    pub(super) current: BTreeSet<String>,
    pub(super) issued: u32,
}

impl World {
    pub(super) fn serve(&mut self, request: &HttpRequest) -> Reply {
        if let Some(reply) = self.script.pop_front() {
            return reply;
        }
        let fields = fields(&request.body);
        let by_cookie = self.in_cookie_mode();
        let server = &mut self.server;
        match request.phase {
            Phase::Login => {
                server.user = fields.get("username").cloned();
                Ok(server.grant(by_cookie))
            }
            Phase::Refresh => {
                let spent = match (by_cookie, fields.get("refresh_token")) {
                    (true, _) => server.cookie.clone(),
                    (false, token) => token.cloned(),
                };
                match spent {
                    Some(token) if server.rotates && !server.current.remove(&token) => {
                        if !server.revoked.contains(&token) {
                            server.reused.push(token);
                        }
                        Ok(refused(400, "invalid_grant"))
                    }
                    Some(_) => Ok(server.grant(by_cookie)),
                    None => Ok(refused(401, "invalid_grant")),
                }
            }
            Phase::Logout | Phase::Api => {
                let token = if by_cookie { server.cookie.take() } else { fields.get("token").cloned() };
                if let Some(token) = token {
                    server.current.remove(&token);
                    server.revoked.push(token);
                }
                Ok(reply(200, json!({})))
            }
        }
    }
}

impl Server {
    /// A refresh token that was granted by other means.
    pub fn grant_elsewhere(&mut self) -> String {
        self.issued += 1;
        let refresh_token = format!("refresh-{}", self.issued);
        self.current.insert(refresh_token.clone());
        refresh_token
    }

    fn grant(&mut self, by_cookie: bool) -> HttpResponse {
        self.issued += 1;
        let refresh_token = format!("refresh-{}", self.issued);
        let mut body = json!({
            "access_token": format!("access-{}", self.issued),
            "token_type": "bearer",
            "expires_in": self.lifetime,
            "user": self.user,
        });
        self.current.insert(refresh_token.clone());
        if by_cookie {
            self.cookie = Some(refresh_token);
        } else if self.rotates || self.issued == 1 {
            body["refresh_token"] = json!(refresh_token);
        }
        reply(200, body)
    }
}

/// A reply with a JSON body.
pub fn reply(status: u16, body: Value) -> HttpResponse {
    support::answer(status, support::tree(&body))
}

/// A refusal (RFC 6749 section 5.2).
pub fn refused(status: u16, error: &str) -> HttpResponse {
    reply(status, json!({ "error": error }))
}

pub(super) fn fields(body: &Body) -> BTreeMap<String, String> {
    match body {
        Body::Empty => BTreeMap::new(),
        Body::Form(form) => form_urlencoded::parse(form.expose().as_bytes()).into_owned().collect(),
        Body::Json(tree) => tree
            .entries()
            .iter()
            .filter_map(|(name, value)| Some((name.clone(), value.as_text()?.to_owned())))
            .collect(),
    }
}
