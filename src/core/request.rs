//! Stage two: the request. What comes in: credentials or held tokens, and the row; what goes out:
//! an [`HttpRequest`] for the shell to send. Nothing secret ever enters a URL.

use super::dialect::{
    ClientPlacement, CookiePolicy, CsrfShape, Encoding, EndBy, GrantShape, Method, RefreshBy, RequestShape, pointer,
};
use super::error::{AuthError, Phase};
use super::options::{Options, below, scalar_text};
use super::redact::Secrets;
use super::secret::SharedSecret;
use super::spelling;
use super::text::{concat, join};
use super::token_set::TokenSet;
use super::tree::Tree;
use super::units::Millis;

/// A body, ready but for the JSON text, which the platform writes.
#[derive(Clone, PartialEq, Debug)]
pub enum Body {
    /// None.
    Empty,
    /// `application/x-www-form-urlencoded`.
    Form(SharedSecret),
    /// `application/json`.
    Json(Tree),
}

/// What the shell is to send.
#[derive(Clone, Debug)]
pub struct HttpRequest {
    /// Which exchange it opens.
    pub phase: Phase,
    /// Where to.
    pub url: String,
    /// With which method.
    pub method: Method,
    /// Header names and values, checked.
    pub headers: Vec<(String, SharedSecret)>,
    /// The body.
    pub body: Body,
    /// Whether cookies go along.
    pub cookies: CookiePolicy,
    /// The cookie to send back as a header, where it can be read.
    pub csrf: Option<CsrfShape>,
    /// The deadline, over headers and body.
    pub timeout: Millis,
    /// What an answer must not echo.
    pub secrets: Secrets,
}

/// What a logout hands back to the server.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Revoked {
    /// The refresh token.
    RefreshToken,
    /// The access token.
    AccessToken,
    /// The cookie only the browser can see.
    Cookie,
}

/// Credentials that are not fields of their own.
const LOGIN_WORDS: [&str; 2] = ["grant", "extraFields"];
/// Credentials that are no secret: who somebody is may be shown.
const NAMES: [&str; 5] = ["username", "email", "login", "identifier", "phone"];
/// Wire names that extra fields may not take.
const RESERVED: [&str; 5] = ["grant_type", "client_id", "client_secret", "scope", "__proto__"];

/// Asks for tokens by a grant (RFC 6749 section 4.3.2, and its like).
///
/// # Errors
/// `invalid_options` for a missing, unknown or unsendable credential: then nothing was sent.
pub fn encode_grant(options: &Options, grant: &GrantShape, credentials: &Tree) -> Result<HttpRequest, AuthError> {
    let mut draft = Draft::new(options, &grant.request, Phase::Login, options.timeout);
    for (name, value) in credentials.entries() {
        if LOGIN_WORDS.contains(&name.as_str()) || *value == Tree::Null {
            continue;
        }
        let Some((_, wire_name)) = grant.fields.iter().find(|(credential, _)| credential == name) else {
            let known: Vec<&str> = grant.fields.iter().map(|(credential, _)| credential.as_str()).collect();
            return Err(AuthError::invalid(below("credentials", name), super::options::unknown(name, &known)));
        };
        draft.secret_field(&below("credentials", name), wire_name, value, !NAMES.contains(&name.as_str()))?;
    }
    if let Some(missing) =
        grant.required.iter().find(|name| credentials.get(name).is_none_or(|value| *value == Tree::Null))
    {
        return Err(AuthError::invalid(below("credentials", missing), "is required"));
    }
    if let Some(scope) = &options.client.scope {
        draft.field("scope", Tree::text(scope.as_str()));
    }
    let extra_fields = match credentials.get("extraFields") {
        None | Some(Tree::Null) => &[],
        Some(Tree::Map(_)) if grant.request.encoding == Encoding::None => {
            return Err(AuthError::invalid("credentials.extraFields", "cannot be sent without a body"));
        }
        Some(Tree::Map(entries)) => entries.as_slice(),
        Some(_) => return Err(AuthError::invalid("credentials.extraFields", "must be an object")),
    };
    for (name, value) in extra_fields {
        let option = below("credentials.extraFields", name);
        let clashes = |taken: &str| pointer::overlap(taken, name);
        if RESERVED.into_iter().any(clashes) || draft.fields.entries().iter().any(|(taken, _)| clashes(taken)) {
            return Err(AuthError::invalid(option, "is taken by the row"));
        }
        draft.secret_field(&option, name, value, true)?;
    }
    draft.finish()
}

/// Asks for a new access token (RFC 6749 section 6, and its like). `None` when nothing held can renew it.
///
/// # Errors
/// `invalid_options` when the request cannot be written as its row says.
pub fn encode_refresh(options: &Options, held: &TokenSet) -> Result<Option<HttpRequest>, AuthError> {
    let Some(shape) = &options.dialect.refresh else { return Ok(None) };
    let mut draft = Draft::new(options, &shape.request, Phase::Refresh, options.timeout);
    match (shape.by, &held.refresh_token, &held.access_token) {
        (RefreshBy::Grant | RefreshBy::Endpoint, Some(token), _) if !shape.bearer => {
            draft.token_field(&shape.field, token);
        }
        (RefreshBy::Grant | RefreshBy::Endpoint, Some(token), _) | (RefreshBy::AccessToken, _, Some(token)) => {
            draft.bearer(token);
        }
        (RefreshBy::Cookie, _, _) => draft.request.csrf = options.dialect.csrf.clone(),
        (RefreshBy::Grant | RefreshBy::Endpoint | RefreshBy::AccessToken | RefreshBy::Never, _, _) => return Ok(None),
    }
    for (name, from) in &shape.echo {
        let is_access_token =
            [&options.dialect.reply, &shape.reply].iter().any(|reply| reply.access_token.contains(from));
        if let Some(token) = held.access_token.as_ref().filter(|_| is_access_token) {
            draft.token_field(name, token);
        } else if let Some(value) = held.extra.at(from).filter(|value| scalar_text(value).is_some()) {
            draft.field(name, value.clone());
        }
    }
    draft.finish().map(Some)
}

/// Logs out at the server (RFC 7009 section 2.1, or its own endpoint). `None` when it has no part in it.
///
/// # Errors
/// `invalid_options` when the request cannot be written as its row says.
pub fn encode_end(options: &Options, held: &TokenSet) -> Result<Option<(HttpRequest, Option<Revoked>)>, AuthError> {
    let Some(shape) = &options.dialect.end else { return Ok(None) };
    let mut draft = Draft::new(options, &shape.request, Phase::Logout, options.logout_timeout);
    let mut revoked = if options.dialect.is_cookie_mode() { Some(Revoked::Cookie) } else { None };
    if let Some(field) = &shape.field {
        let token = match (&held.refresh_token, &held.access_token) {
            (Some(token), _) => Some((token, Revoked::RefreshToken, "refresh_token")),
            (None, Some(token)) if shape.by == EndBy::Revocation => Some((token, Revoked::AccessToken, "access_token")),
            (None, _) => None,
        };
        if let Some((token, which, hint)) = token {
            draft.token_field(field, token);
            if shape.by == EndBy::Revocation {
                draft.field("token_type_hint", Tree::text(hint));
            }
            revoked = Some(which);
        } else if shape.by == EndBy::Revocation {
            return Ok(None);
        }
    }
    if let Some(token) = held.access_token.as_ref().filter(|_| shape.bearer) {
        draft.bearer(token);
        revoked = revoked.or(Some(Revoked::AccessToken));
    }
    draft.request.csrf = options.dialect.csrf.clone();
    Ok(Some((draft.finish()?, revoked)))
}

/// A request in the making.
struct Draft<'a> {
    options: &'a Options,
    shape: &'a RequestShape,
    fields: Tree,
    /// All but its body.
    request: HttpRequest,
}

impl<'a> Draft<'a> {
    fn new(options: &'a Options, shape: &'a RequestShape, phase: Phase, timeout: Millis) -> Self {
        let mut draft = Self {
            options,
            shape,
            fields: shape.constants.clone(),
            request: HttpRequest {
                phase,
                url: shape.url.href.clone(),
                method: shape.method,
                headers: Vec::new(),
                body: Body::Empty,
                cookies: shape.cookies,
                csrf: None,
                timeout,
                secrets: Secrets::default(),
            },
        };
        // The row's own headers come after these, and the last of a name counts.
        draft.header("Accept", "application/json".to_owned());
        match shape.encoding {
            Encoding::None => {}
            Encoding::Form => draft.header("Content-Type", "application/x-www-form-urlencoded".to_owned()),
            Encoding::Json => draft.header("Content-Type", "application/json".to_owned()),
        }
        for (name, value) in shape.headers.entries() {
            if let Tree::Text(text) = value {
                draft.header(name, text.clone());
            }
        }
        if let Some(secret) = &options.client.secret {
            draft.request.secrets.add(secret.expose());
        }
        draft
    }

    fn field(&mut self, wire_name: &str, value: Tree) {
        self.fields.set(wire_name, value);
    }

    fn header(&mut self, name: &str, value: String) {
        self.request.headers.push((name.to_owned(), SharedSecret::new(value)));
    }

    fn secret_field(&mut self, option: &str, wire_name: &str, value: &Tree, is_secret: bool) -> Result<(), AuthError> {
        let Some(text) = scalar_text(value) else {
            return Err(AuthError::invalid(option, "must be a string, a whole number, true or false"));
        };
        if is_secret && !matches!(value, Tree::Bool(_)) {
            self.request.secrets.add(&text);
        }
        self.field(wire_name, value.clone());
        Ok(())
    }

    fn token_field(&mut self, wire_name: &str, token: &SharedSecret) {
        self.request.secrets.add(token.expose());
        self.field(wire_name, Tree::text(token.expose()));
    }

    fn bearer(&mut self, token: &SharedSecret) {
        let usage = &self.options.dialect.usage;
        self.request.secrets.add(token.expose());
        let value = if usage.scheme.is_empty() {
            token.expose().to_owned()
        } else {
            concat(&[&usage.scheme, " ", token.expose()])
        };
        self.header(&usage.header, value);
    }

    fn client(&mut self) {
        let client = &self.options.client;
        let Some(id) = &client.id else { return };
        let secret = client.secret.as_ref().map(SharedSecret::expose);
        match self.shape.client {
            ClientPlacement::None => {}
            ClientPlacement::Body => {
                self.field("client_id", Tree::text(id.as_str()));
                if let Some(secret) = secret {
                    self.field("client_secret", Tree::text(secret));
                }
            }
            ClientPlacement::Basic => {
                // RFC 6749 section 2.3.1: both parts are form-encoded before they are joined.
                let encoded_secret = spelling::form(secret.unwrap_or_default());
                let pair = spelling::base64(&concat(&[&spelling::form(id), ":", &encoded_secret]));
                self.request.secrets.add(&pair);
                self.header("Authorization", concat(&["Basic ", &pair]));
            }
        }
    }

    fn finish(mut self) -> Result<HttpRequest, AuthError> {
        self.client();
        match self.shape.encoding {
            Encoding::None => {}
            Encoding::Form => self.request.body = Body::Form(form(&self.fields)),
            Encoding::Json => self.request.body = Body::Json(json(&self.fields)?),
        }
        Ok(self.request)
    }
}

fn form(fields: &Tree) -> SharedSecret {
    let mut pairs = Vec::new();
    for (name, value) in fields.entries() {
        if let Some(text) = scalar_text(value) {
            pairs.push(concat(&[&spelling::form(name), "=", &spelling::form(&text)]));
        }
    }
    SharedSecret::new(join(&pairs, "&"))
}

/// As deep as values are read, which is as deep as the stack is sure to hold.
const DEEPEST: usize = 64;

fn json(fields: &Tree) -> Result<Tree, AuthError> {
    let mut body = Tree::Map(Vec::new());
    for (name, value) in fields.entries() {
        // `null` has taken a constant away.
        if *value == Tree::Null {
            continue;
        }
        if pointer::depth(name) > DEEPEST {
            return Err(AuthError::invalid("credentials", "names a field that is nested too deep"));
        }
        if name.starts_with('/') {
            pointer::place(&mut body, name, value.clone());
        } else {
            body.set(name, value.clone());
        }
    }
    Ok(body)
}
