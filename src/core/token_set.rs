//! Stage four: the token set. What comes in: a successful reply's body; what goes out: the tokens, how
//! long they last, who they belong to as far as is known, and the fields nobody asked for.

use super::secret::SharedSecret;
use super::tree::{Tree, map};
use super::units::Millis;

/// What a reply grants (RFC 6749 section 5.1).
#[derive(Clone, PartialEq, Debug, Default)]
pub struct TokenSet {
    /// `None` only after a reload in cookie mode: it is never stored there.
    pub access_token: Option<SharedSecret>,
    /// `None` when a cookie, or nothing, renews the session.
    pub refresh_token: Option<SharedSecret>,
    /// `token_type`, as the server spelled it.
    pub token_type: Option<String>,
    /// `scope`.
    pub scope: Option<String>,
    /// Who is signed in: unverified, for display and for noticing a change.
    pub user: Option<String>,
    /// How long the access token lasts, from when it was asked for; `None` when unknown.
    pub lifetime: Option<Millis>,
    /// Reply fields that are neither tokens nor lifetimes.
    pub extra: Tree,
}

impl TokenSet {
    /// Takes over from the tokens before what a refresh reply may leave out (RFC 6749 section 6):
    /// the refresh token, the scope, who it is, and fields that only the login reply carries.
    #[must_use]
    pub fn continuing(mut self, before: &Self) -> Self {
        self.refresh_token = self.refresh_token.or_else(|| before.refresh_token.clone());
        self.token_type = self.token_type.or_else(|| before.token_type.clone());
        self.scope = self.scope.or_else(|| before.scope.clone());
        self.user = self.user.or_else(|| before.user.clone());
        let mut extra = before.extra.clone();
        extra.overlay(&self.extra);
        self.extra = extra;
        self
    }

    /// For the store. In cookie mode no token goes there.
    #[must_use]
    pub fn to_tree(&self, with_tokens: bool) -> Tree {
        let text = |value: Option<&str>| value.map_or(Tree::Null, Tree::text);
        let secret =
            |value: &Option<SharedSecret>| text(value.as_ref().filter(|_| with_tokens).map(SharedSecret::expose));
        map! {
            "access_token": secret(&self.access_token),
            "refresh_token": secret(&self.refresh_token),
            "token_type": text(self.token_type.as_deref()),
            "scope": text(self.scope.as_deref()),
            "user": text(self.user.as_deref()),
            "extra": self.extra.clone(),
        }
    }

    /// From the store. Everything there is untrusted: what does not fit counts as missing.
    #[must_use]
    pub fn from_tree(tree: &Tree, lifetime: Option<Millis>) -> Self {
        let text = |name: &str| tree.get(name).and_then(Tree::as_text).filter(|text| !text.is_empty());
        let secret =
            |name: &str| text(name).filter(|text| is_token(text)).map(|text| SharedSecret::new(text.to_owned()));
        Self {
            access_token: secret("access_token"),
            refresh_token: secret("refresh_token"),
            token_type: text("token_type").map(str::to_owned),
            scope: text("scope").map(str::to_owned),
            user: text("user").map(str::to_owned),
            lifetime,
            extra: tree
                .get("extra")
                .filter(|extra| matches!(extra, Tree::Map(_)))
                .cloned()
                .unwrap_or(Tree::Map(Vec::new())),
        }
    }
}

const LONGEST_TOKEN: usize = 16 * 1024;

/// Whether this can be a token: printable ASCII without spaces (RFC 6749 appendix A.12), at most 16 KiB.
#[must_use]
pub fn is_token(text: &str) -> bool {
    !text.is_empty() && text.len() <= LONGEST_TOKEN && text.bytes().all(|byte| byte.is_ascii_graphic())
}
