//! The handle that the facade holds. Every method takes `&self`, so that any of them may be called from
//! within any callback. A waiter is a number under which the facade keeps a promise.

use std::rc::Rc;

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::Response;

use super::host::{FacadeHost, error_value};
use crate::browser::driver::Driver;
use crate::browser::shell::Shell;
use crate::browser::value::{from_tree, to_tree};
use crate::core::error::AuthError;
use crate::core::session::{Input, WaiterId};
use crate::core::tree::Tree;
use crate::core::units::Millis;

/// One session.
#[wasm_bindgen]
pub struct Core {
    driver: Rc<Driver>,
}

#[wasm_bindgen]
impl Core {
    /// Throws the plain object of an error.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &JsValue, host: FacadeHost, shell: Shell) -> Result<Core, JsValue> {
        let given = read("options", options).map_err(|error| error_value(&error))?;
        let driver = Driver::new(&given, Box::new(host), shell).map_err(|error| error_value(&error))?;
        Ok(Self { driver })
    }

    pub fn restore(&self, waiter: u32) {
        self.driver.take(Input::Restore(WaiterId(waiter)));
    }

    pub fn login(&self, waiter: u32, credentials: &JsValue, remember: bool) {
        let waiter = WaiterId(waiter);
        self.read_then(waiter, "credentials", credentials, |credentials| {
            let grant = match credentials.get("grant") {
                None | Some(Tree::Null) => "password".to_owned(),
                Some(Tree::Text(grant)) => grant.clone(),
                Some(_) => return Err(AuthError::invalid("credentials.grant", "must be a string")),
            };
            Ok(Input::Login { waiter, grant, credentials, remember })
        });
    }

    pub fn adopt(&self, waiter: u32, reply: &JsValue, remember: bool) {
        let waiter = WaiterId(waiter);
        self.read_then(waiter, "tokenReply", reply, |reply| Ok(Input::Adopt { waiter, reply, remember }));
    }

    pub fn logout(&self, waiter: u32) {
        self.driver.take(Input::Logout(WaiterId(waiter)));
    }

    /// `least_ms`: what must be left of the token; the usual when not given.
    #[wasm_bindgen(js_name = accessToken)]
    pub fn access_token(&self, waiter: u32, least_ms: Option<f64>) {
        self.driver.take(Input::TokenWanted(WaiterId(waiter), least_ms.map(|least| Millis(least as i64))));
    }

    pub fn refresh(&self, waiter: u32) {
        self.driver.take(Input::RefreshWanted(WaiterId(waiter)));
    }

    /// Settles with the plain object of an error, or `null`.
    pub fn rejection(&self, waiter: u32, response: Response, host: FacadeHost) {
        let driver = self.driver.clone();
        spawn_local(async move {
            let error = driver.read_api_answer(response).await;
            host.settle(waiter, error.map_or(JsValue::NULL, |error| error_value(&error)));
        });
    }

    /// The store may have changed.
    pub fn hinted(&self) {
        self.driver.take(Input::StoreHinted);
    }

    pub fn abandon(&self, waiter: u32) {
        self.driver.take(Input::Abandoned(WaiterId(waiter)));
    }

    /// How and where the access token is used.
    pub fn usage(&self) -> JsValue {
        from_tree(&self.driver.usage())
    }

    /// The last steps of this session in this tab.
    pub fn explain(&self) -> JsValue {
        from_tree(&self.driver.explain())
    }

    pub fn dispose(&self) {
        self.driver.dispose();
    }

    fn read_then(
        &self,
        waiter: WaiterId,
        what: &str,
        value: &JsValue,
        input: impl FnOnce(Tree) -> Result<Input, AuthError>,
    ) {
        match read(what, value).and_then(input) {
            Ok(input) => self.driver.take(input),
            Err(error) => self.driver.refuse(waiter, error),
        }
    }
}

/// A caller's object as a tree.
fn read(what: &str, value: &JsValue) -> Result<Tree, AuthError> {
    let tree = to_tree(value).ok_or_else(|| {
        AuthError::invalid(what, "must hold plain data: no function, symbol, cycle or throwing getter")
    })?;
    if matches!(tree, Tree::Map(_)) { Ok(tree) } else { Err(AuthError::invalid(what, "must be an object")) }
}
