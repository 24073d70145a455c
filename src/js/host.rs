//! The facade's side of the conversation, as the driver sees it.

use wasm_bindgen::prelude::*;

use crate::browser::driver::Host;
use crate::browser::value::from_tree;
use crate::core::error::AuthError;
use crate::core::event::{SessionEvent, optional_text};
use crate::core::request::Revoked;
use crate::core::session::{Answer, TokenView, WaiterId};
use crate::core::tree::{Tree, map};

#[wasm_bindgen]
extern "C" {
    /// Made by `index.js`. None of its methods runs a caller's code before it returns.
    #[derive(Debug)]
    pub type FacadeHost;

    #[wasm_bindgen(method)]
    fn resolve(this: &FacadeHost, waiter: u32, value: JsValue);

    #[wasm_bindgen(method)]
    fn reject(this: &FacadeHost, waiter: u32, error: JsValue);

    /// Resolves with what the core read, outside the machine.
    #[wasm_bindgen(method)]
    pub fn settle(this: &FacadeHost, waiter: u32, value: JsValue);

    #[wasm_bindgen(method)]
    fn emit(this: &FacadeHost, event: &str, detail: JsValue);

    #[wasm_bindgen(method)]
    fn show(this: &FacadeHost, snapshot: JsValue);

    /// Instants are infinite when the lifetime is unknown.
    #[wasm_bindgen(method)]
    fn keep(this: &FacadeHost, token: &str, mono_ms: f64, wall_ms: f64, leeway_ms: f64);

    #[wasm_bindgen(method)]
    fn forget(this: &FacadeHost);
}

impl Host for FacadeHost {
    fn answer(&self, waiter: WaiterId, answer: Result<Answer, AuthError>) {
        match answer {
            Ok(answer) => self.resolve(waiter.0, answer_value(answer)),
            Err(error) => self.reject(waiter.0, error_value(&error)),
        }
    }

    fn emit(&self, event: &SessionEvent) {
        FacadeHost::emit(self, event.name(), from_tree(&event.detail()));
    }

    fn show(&self, snapshot: &Tree) {
        FacadeHost::show(self, from_tree(snapshot));
    }

    fn keep(&self, token: Option<&TokenView>) {
        match token {
            Some(view) => {
                let mono = view.mono.map_or(f64::INFINITY, |mono| mono.0 as f64);
                let wall = view.wall.map_or(f64::INFINITY, |wall| wall.0 as f64);
                FacadeHost::keep(self, view.token.expose(), mono, wall, view.leeway.0 as f64);
            }
            None => self.forget(),
        }
    }
}

/// An error as the plain object of which the facade makes a real `Error`.
pub(super) fn error_value(error: &AuthError) -> JsValue {
    from_tree(&error.to_tree())
}

fn answer_value(answer: Answer) -> JsValue {
    match answer {
        Answer::Done => JsValue::UNDEFINED,
        Answer::Restored(is_there) => JsValue::from_bool(is_there),
        Answer::Token(token) => JsValue::from_str(token.expose()),
        Answer::LoggedOut { revoked, told, error } => {
            let server = match (told, &error) {
                (false, _) => "none",
                (true, None) => "revoked",
                (true, Some(_)) => "failed",
            };
            let revoked = revoked.map(|revoked| match revoked {
                Revoked::RefreshToken => "refresh_token",
                Revoked::AccessToken => "access_token",
                Revoked::Cookie => "cookie",
            });
            from_tree(&map! {
                "server": Tree::text(server),
                "revoked": optional_text(revoked),
                "error": error.map_or(Tree::Null, |error| error.to_tree()),
            })
        }
    }
}
