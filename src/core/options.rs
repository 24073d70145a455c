//! Stage one: options. What comes in: the caller's tree; what goes out: [`Options`], parsed once, every
//! default resolved, so that nothing after this file asks whether a value is there. Bad input is an
//! `invalid_options` error that names the option; it never guesses.

mod nearest;
mod row;
mod rows;
mod schema;

use super::dialect::{Dialect, presets::PRESETS};
use super::error::{AuthError, named};
use super::event::{StorageKind, Warning, WarningCode};
use super::platform::{Platform, Url};
use super::secret::SharedSecret;
use super::spelling::{decimal, hex};
use super::text::concat;
use super::tree::Tree;
use super::units::Millis;
use row::Row;
pub(in crate::core) use schema::{below, unknown};
use siphasher::sip128::{Hasher128, SipHasher24};
use std::hash::Hasher;

named! {
    /// When the access token is renewed.
    RefreshMode {
        /// Before it expires, while the page is visible.
        Background = "background",
        /// When a token is asked for.
        OnDemand = "on-demand",
    }
}

/// Who the application is (RFC 6749 section 2).
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Client {
    /// `client_id`.
    pub id: Option<String>,
    /// `client_secret`: public in a browser, and still kept out of errors.
    pub secret: Option<SharedSecret>,
    /// Requested `scope`.
    pub scope: Option<String>,
}

/// Everything a session was told.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the backend is.
    pub base: Url,
    /// How the backend speaks.
    pub dialect: Dialect,
    /// Who the application is.
    pub client: Client,
    /// Keeps sessions apart.
    pub namespace: String,
    /// Where to keep the session.
    pub storage: StorageKind,
    /// Whether lesser storage is an error.
    pub storage_required: bool,
    /// When to renew.
    pub refresh_mode: RefreshMode,
    /// How long before expiry, at most 20 % of the lifetime.
    pub refresh_margin: Millis,
    /// Deadline for login and refresh.
    pub timeout: Millis,
    /// Deadline for the server's part of a logout.
    pub logout_timeout: Millis,
    /// Lifetime when nothing tells.
    pub default_lifetime: Option<Millis>,
    /// How long nobody may use the session.
    pub idle_timeout: Option<Millis>,
    /// How long a session may last.
    pub absolute_timeout: Option<Millis>,
    /// Longest lifetime that is believed.
    pub max_lifetime: Millis,
    /// Origin of the page, where there is one.
    pub page_origin: Option<String>,
    /// What about these options will not work in this page.
    pub warnings: Vec<Warning>,
}

/// What is wrong, on its way out: boxed, since each check hands on what another found.
type Fault = Box<AuthError>;

fn invalid(option: &str, reason: &str) -> Fault {
    Box::new(AuthError::invalid(option, reason))
}

const LONGEST_TIMEOUT: f64 = 120_000.0;
/// Ten years.
const LONGEST_LIFETIME: f64 = 315_360_000_000.0;

/// What stands under every row and every caller's options.
const DEFAULTS: &str = r#"{
  "storage": "local", "refreshMode": "background", "refreshMarginMs": 60000,
  "timeoutMs": 10000, "logoutTimeoutMs": 5000, "maxLifetimeMs": 315360000000,
  "reply": { "accessToken": "/access_token", "refreshToken": "/refresh_token", "tokenType": "/token_type",
    "scope": "/scope", "lifetime": [ { "at": "/expires_in", "as": "seconds" } ] },
  "refresh": { "by": "grant", "field": "refresh_token" },
  "end": { "by": "none" },
  "use": { "header": "Authorization", "scheme": "Bearer", "expired": [ { "status": 401 } ] }
}"#;

impl Options {
    /// Parses and checks. `page` is the URL of the page, where there is one.
    ///
    /// # Errors
    /// `invalid_options` naming the option; `insecure_url` for `http:` beyond loopback.
    pub fn parse(given: &Tree, platform: &Platform, page: Option<&Url>) -> Result<Self, AuthError> {
        Self::read(given, platform, page).map_err(|fault| *fault)
    }

    fn read(given: &Tree, platform: &Platform, page: Option<&Url>) -> Result<Self, Fault> {
        if !matches!(given, Tree::Map(_)) {
            return Err(invalid("options", "must be an object"));
        }
        let merged = over_defaults(given, platform)?;
        if Row(&merged).row("request").str("url").is_some() {
            return Err(invalid("request.url", "stands below the name of a grant: request.password.url"));
        }
        schema::check(&merged, &schema::Kind::Map(schema::OPTIONS), "")?;
        let options = Row(&merged);

        let base = options.str("baseUrl").and_then(platform.parse_url);
        let Some(base) = base else { return Err(invalid("baseUrl", "is not an absolute URL")) };
        if base.has_query_or_fragment {
            return Err(invalid("baseUrl", "may not hold a query or fragment"));
        }
        let is_set = |name: &str| options.truth(name) == Some(true);
        let urls = rows::Urls {
            platform,
            base: &base,
            insecure: is_set("allowInsecureHttp"),
            token_header: options.row("use").str("header"),
        };
        urls.check("baseUrl", &base)?;

        if options.get("clientSecret").is_some() && options.get("clientId").is_none() {
            return Err(invalid("clientId", "is required where clientSecret is given"));
        }
        let end = Row(given).row("end");
        if end.get("url").is_some() && end.get("by").is_none() && options.row("end").str("by") == Some("none") {
            return Err(invalid("end.by", "is required where a url is given: without it nothing is sent"));
        }
        let dialect = rows::dialect(options, &urls)?;
        let is_isolated = options.str("isolation") == Some("worker");
        if is_isolated {
            check_isolated(given, &dialect)?;
        }
        let asked = options.choice("storage", StorageKind::from_name).unwrap_or(StorageKind::Local);
        let milliseconds = |name: &str| Millis(options.number(name).unwrap_or_default());
        Ok(Self {
            page_origin: page.map(|page| page.origin.clone()),
            warnings: page.map(|page| misfits(&dialect, &base, page)).unwrap_or_default(),
            client: Client {
                id: options.text("clientId"),
                secret: options.text("clientSecret").map(SharedSecret::new),
                scope: options.text("scope"),
            },
            namespace: options.text("namespace").unwrap_or_default(),
            storage: if is_isolated { StorageKind::Memory } else { asked },
            storage_required: is_set("storageRequired"),
            refresh_mode: options.choice("refreshMode", RefreshMode::from_name).unwrap_or(RefreshMode::Background),
            refresh_margin: milliseconds("refreshMarginMs"),
            timeout: milliseconds("timeoutMs"),
            logout_timeout: milliseconds("logoutTimeoutMs"),
            default_lifetime: options.number("defaultLifetimeMs").map(Millis),
            idle_timeout: options.number("idleTimeoutMs").map(Millis),
            absolute_timeout: options.number("absoluteTimeoutMs").map(Millis),
            max_lifetime: milliseconds("maxLifetimeMs"),
            base,
            dialect,
        })
    }

    /// The key under which the session is stored: never the same for two backends, clients or namespaces,
    /// and without anything a person chose in clear.
    #[must_use]
    pub fn storage_key(&self) -> String {
        let parts = [self.base.href.as_str(), self.client.id.as_deref().unwrap_or_default(), self.namespace.as_str()];
        let mut hasher = SipHasher24::new();
        for part in parts {
            // Each part goes in with its length, so that no separator inside one can look like the border of two.
            hasher.write_u32(part.len() as u32);
            hasher.write(part.as_bytes());
        }
        let hash = hasher.finish128();
        concat(&["was.1.", &hex(hash.h1), &hex(hash.h2)])
    }
}

/// The defaults, the preset over them, the caller's options over both.
fn over_defaults(given: &Tree, platform: &Platform) -> Result<Tree, Fault> {
    let defaults = (platform.parse_json)(DEFAULTS).unwrap_or_default();
    let mut merged = defaults.clone();
    let name = match Row(given).get("preset") {
        Some(name) => name.as_text(),
        // A caller who says where to log in describes a backend of their own, and not changes to another.
        None => Row(given)
            .row("request")
            .entries()
            .iter()
            .all(|(_, row)| Row(row).get("url").is_none())
            .then_some("oauth2-form"),
    };
    if let Some(name) = name {
        let Some((_, row)) = PRESETS.iter().find(|(known, _)| *known == name) else {
            let known: Vec<&str> = PRESETS.iter().map(|(known, _)| *known).collect();
            return Err(invalid("preset", &unknown(name, &known)));
        };
        merged.overlay(&(platform.parse_json)(row).unwrap_or_default());
    }
    merged.overlay(given);
    // What `null` takes away is the preset's; the default is there again.
    for (name, default) in defaults.entries() {
        if merged.get(name).is_none() {
            merged.set(name, default.clone());
        }
    }
    Ok(merged)
}

/// The text of a value that can stand in a form. Whole numbers only: a fraction's text is a matter of taste.
#[must_use]
pub(in crate::core) fn scalar_text(value: &Tree) -> Option<String> {
    match value {
        Tree::Text(text) => Some(text.clone()),
        Tree::Bool(value) => Some(if *value { "true" } else { "false" }.to_owned()),
        Tree::Number(number) if *number == (*number as i64) as f64 => Some(decimal(*number as i64)),
        Tree::Number(_) | Tree::Null | Tree::List(_) | Tree::Map(_) => None,
    }
}

/// What a session in a worker cannot have. What is stored on an origin, every page of it can read; a cookie of the page, no worker can.
fn check_isolated(given: &Tree, dialect: &Dialect) -> Result<(), Fault> {
    if Row(given).str("storage").is_some_and(|asked| asked != StorageKind::Memory.name()) {
        return Err(invalid("storage", "must be \"memory\" where isolation is \"worker\""));
    }
    if dialect.csrf.is_some() {
        return Err(invalid("isolation", "cannot be \"worker\" where the row sends a readable cookie back (csrf)"));
    }
    Ok(())
}

/// The name of every option.
pub fn option_names() -> impl Iterator<Item = &'static str> {
    schema::OPTIONS.iter().map(|field| field.name)
}

/// What cannot work between this page and this backend, said before the first refresh fails.
fn misfits(dialect: &Dialect, base: &Url, page: &Url) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let other_host = page.hostname != base.hostname;
    if dialect.is_cookie_mode() && other_host && (page.is_loopback() || base.is_loopback()) {
        warnings.push(Warning {
            code: WarningCode::CrossSiteCookie,
            message: concat(&[
                "The page is on ",
                &page.hostname,
                " and the backend on ",
                &base.hostname,
                ": different sites to the browser, which will not keep the backend's cookie, so the session cannot be \
                 renewed. Use the same host name for both.",
            ]),
        });
    }
    if let Some(csrf) = dialect.csrf.as_ref().filter(|_| other_host) {
        warnings.push(Warning {
            code: WarningCode::CsrfCookieUnreadable,
            message: concat(&[
                "The page is on ",
                &page.hostname,
                " and cannot read the cookie ",
                &csrf.cookie,
                " of ",
                &base.hostname,
                ": refresh and logout will be refused. Serve both under one host name.",
            ]),
        });
    }
    warnings
}
