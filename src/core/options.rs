//! Stage one: options. What comes in: the caller's tree; what goes out: [`Options`], parsed once, every
//! default resolved, so that nothing after this file asks whether a value is there. Bad input is an
//! `invalid_options` error that names the option; it never guesses.

mod reader;
mod rows;

use super::dialect::{Dialect, presets::PRESETS};
use super::error::{AuthError, named};
use super::event::{StorageKind, Warning, WarningCode};
use super::platform::{Platform, Url};
use super::secret::Secret;
use super::tree::Tree;
use super::units::Millis;
use siphasher::sip128::{Hasher128, SipHasher24};
use std::hash::Hasher;
use reader::Reader;
pub(in crate::core) use reader::unknown;
pub(in crate::core) use rows::scalar_text;

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
    pub secret: Option<Secret>,
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
    /// Longest lifetime that is believed.
    pub max_lifetime: Millis,
    /// Origin of the page, where there is one.
    pub page_origin: Option<String>,
    /// What about these options will not work in this page.
    pub warnings: Vec<Warning>,
}

/// Every option, for the unknown-key check and the agreement with the TypeScript declaration.
pub const OPTION_NAMES: &[&str] = &[
    "baseUrl", "preset", "clientId", "clientSecret", "scope", "namespace", "storage", "storageRequired",
    "allowInsecureHttp", "refreshMode", "refreshMarginMs", "timeoutMs", "logoutTimeoutMs", "defaultLifetimeMs",
    "maxLifetimeMs", "request", "reply", "rejection", "refresh", "end", "use", "csrf",
];

const LONGEST_TIMEOUT: i64 = 120_000;
const TEN_YEARS: i64 = 10 * 365 * 24 * 3_600_000;

impl Options {
    /// Parses and checks. `page` is the URL of the page, where there is one.
    ///
    /// # Errors
    /// `invalid_options` naming the option; `insecure_url` for `http:` beyond loopback.
    pub fn parse(given: &Tree, platform: &Platform, page: Option<&Url>) -> Result<Self, AuthError> {
        let caller = Reader::new(given, "")?;
        caller.known(OPTION_NAMES)?;
        let merged = under_preset(caller.text("preset")?.unwrap_or("oauth2-form"), given, platform)?;
        let options = Reader::new(&merged, "")?;

        let base_text = options.text("baseUrl")?.ok_or_else(|| AuthError::invalid("baseUrl", "is required"))?;
        let base = (platform.parse_url)(base_text).ok_or_else(|| AuthError::invalid("baseUrl", "is not an absolute URL"))?;
        if base.has_query_or_fragment {
            return Err(AuthError::invalid("baseUrl", "may not hold a query or fragment"));
        }
        let insecure = options.boolean("allowInsecureHttp")?.unwrap_or(false);
        let urls = rows::Urls { platform, base: &base, insecure };
        urls.check("baseUrl", &base)?;

        let dialect = rows::dialect(&options, &urls)?;
        let storage = options.choice("storage", StorageKind::ALL, StorageKind::name)?.unwrap_or(StorageKind::Local);
        let milliseconds = |name: &str, least: i64, most: i64, default: i64| -> Result<Millis, AuthError> {
            Ok(Millis(options.integer(name, least, most)?.unwrap_or(default)))
        };
        Ok(Self {
            page_origin: page.map(|page| page.origin.clone()),
            warnings: page.map(|page| misfits(&dialect, &base, page)).unwrap_or_default(),
            client: Client {
                id: options.text("clientId")?.map(str::to_owned),
                secret: options.text("clientSecret")?.map(|text| Secret::new(text.to_owned())),
                scope: options.text("scope")?.map(str::to_owned),
            },
            namespace: options.text("namespace")?.unwrap_or_default().to_owned(),
            storage,
            storage_required: options.boolean("storageRequired")?.unwrap_or(false),
            refresh_mode: options
                .choice("refreshMode", RefreshMode::ALL, RefreshMode::name)?
                .unwrap_or(RefreshMode::Background),
            refresh_margin: milliseconds("refreshMarginMs", 0, TEN_YEARS, 60_000)?,
            timeout: milliseconds("timeoutMs", 1, LONGEST_TIMEOUT, 10_000)?,
            logout_timeout: milliseconds("logoutTimeoutMs", 1, LONGEST_TIMEOUT, 5_000)?,
            default_lifetime: options.integer("defaultLifetimeMs", 1, TEN_YEARS)?.map(Millis),
            max_lifetime: milliseconds("maxLifetimeMs", 1, TEN_YEARS, TEN_YEARS)?,
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
        format!("was.1.{:016x}{:016x}", hash.h1, hash.h2)
    }
}

fn under_preset(name: &str, given: &Tree, platform: &Platform) -> Result<Tree, AuthError> {
    let Some((_, row)) = PRESETS.iter().find(|(known, _)| *known == name) else {
        let known: Vec<&str> = PRESETS.iter().map(|(known, _)| *known).collect();
        return Err(AuthError::invalid("preset", reader::unknown(name, &known)));
    };
    let mut merged = (platform.parse_json)(row).ok_or_else(|| AuthError::invalid("preset", "cannot be read"))?;
    merged.overlay(given);
    Ok(merged)
}

/// What cannot work between this page and this backend, said before the first refresh fails.
fn misfits(dialect: &Dialect, base: &Url, page: &Url) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let other_host = page.hostname != base.hostname;
    if dialect.is_cookie_mode() && other_host && (page.is_loopback() || base.is_loopback()) {
        warnings.push(Warning {
            code: WarningCode::CrossSiteCookie,
            message: format!(
                "The page is on {} and the backend on {}: different sites to the browser, which will not keep the \
                 backend's cookie, so the session cannot be renewed. Use the same host name for both.",
                page.hostname, base.hostname
            ),
        });
    }
    if let Some(csrf) = dialect.csrf.as_ref().filter(|_| other_host) {
        warnings.push(Warning {
            code: WarningCode::CsrfCookieUnreadable,
            message: format!(
                "The page is on {} and cannot read the cookie {} of {}: refresh and logout will be refused. \
                 Serve both under one host name.",
                page.hostname, csrf.cookie, base.hostname
            ),
        });
    }
    warnings
}
