//! Text that must not be seen. What comes in: a password or token; what goes out: only what `expose` hands to the
//! request or the store.

use std::fmt;
use std::rc::Rc;

use zeroize::Zeroizing;

/// A password or token, in one place. It is wiped when it is dropped; copies that JavaScript made are beyond reach.
///
/// It cannot be printed,
/// ```compile_fail,E0277
/// println!("{:?}", wasm_auth_session::core::secret::Secret::new(String::new()));
/// ```
/// ```compile_fail,E0277
/// println!("{}", wasm_auth_session::core::secret::Secret::new(String::new()));
/// ```
/// copied,
/// ```compile_fail,E0599
/// let _ = wasm_auth_session::core::secret::Secret::new(String::new()).clone();
/// ```
/// or serialized:
/// ```compile_fail,E0277
/// fn serialize<T: serde::Serialize>(_: T) {}
/// serialize(wasm_auth_session::core::secret::Secret::new(String::new()));
/// ```
/// What it is for:
/// ```
/// let secret = wasm_auth_session::core::secret::Secret::new("hunter2".to_owned());
/// assert_eq!(secret.expose(), "hunter2");
/// ```
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the text into keeping.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text itself. Each caller is a place where a secret leaves: search for this name to review them.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// A secret that several hold. Cloning it copies no text, and its `Debug` shows none.
#[derive(Clone)]
pub struct SharedSecret(Rc<Secret>);

impl SharedSecret {
    /// Takes the text into keeping.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Rc::new(Secret::new(text)))
    }

    /// See [`Secret::expose`].
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl PartialEq for SharedSecret {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for SharedSecret {}

impl fmt::Debug for SharedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}
