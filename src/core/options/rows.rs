//! Builds the shapes of a backend from its row, which has been checked and has the defaults under it: request,
//! reply, rejection, refresh, end, use, csrf. What can still be wrong is a URL, and what only two entries
//! together show.

use super::row::Row;
use super::schema::{below, unknown};
use super::{Fault, invalid};
use crate::core::dialect::{
    ClientPlacement, Condition, CookiePolicy, CsrfShape, Dialect, Encoding, EndBy, EndShape, GrantShape,
    LifetimeSource, LifetimeUnit, Method, RefreshBy, RefreshShape, ReplyShape, RequestShape, Rule, UseShape,
};
use crate::core::error::{AuthError, ErrorCode, Phase};
use crate::core::platform::{Platform, Url};
use crate::core::text::{concat, contains};
use crate::core::tree::Tree;

/// What an answer can be declared to mean.
pub(super) const MEANINGS: &[&str] = &[
    "invalid_credentials",
    "validation",
    "forbidden",
    "rejected",
    "misconfigured",
    "rate_limited",
    "server",
    "session_ended",
];

/// What a refresh is like where its row is silent, by what renews.
const REFRESH_DEFAULTS: [(&str, &str); 4] = [
    ("grant", r#"{"constants":{"grant_type":"refresh_token"}}"#),
    ("endpoint", r#"{"encoding":"json","client":"none"}"#),
    ("cookie", r#"{"encoding":"none","client":"none"}"#),
    ("access-token", r#"{"encoding":"none","client":"none","bearer":true}"#),
];
/// What a logout is like where its row is silent, by what the server is told.
const END_DEFAULTS: [(&str, &str); 2] = [
    ("revocation", r#"{"encoding":"form","field":"token"}"#),
    ("endpoint", r#"{"encoding":"none","client":"none","bearer":true}"#),
];
/// What a refresh by grant takes from the token endpoint's row.
const INHERITED: [&str; 4] = ["url", "encoding", "client", "headers"];

/// Makes and checks the URLs of a row.
pub(super) struct Urls<'a> {
    pub(super) platform: &'a Platform,
    pub(super) base: &'a Url,
    pub(super) insecure: bool,
    /// Where the token stands in a request.
    pub(super) token_header: Option<&'a str>,
}

impl Urls<'_> {
    /// Refuses a URL that would carry secrets in the clear, or that holds some itself.
    pub(super) fn check(&self, option: &str, url: &Url) -> Result<(), Fault> {
        if url.has_userinfo {
            return Err(invalid(option, "may not hold a user name or password"));
        }
        if url.is_secure() || (self.insecure && url.protocol == "http:") {
            return Ok(());
        }
        Err(Box::new(AuthError::InsecureUrl { option: option.to_owned(), origin: url.origin.clone() }))
    }

    /// A path goes below the base URL, whose own path is kept; an absolute URL stands for itself.
    fn resolve(&self, option: &str, text: Option<&str>) -> Result<Url, Fault> {
        let Some(text) = text else { return Err(invalid(option, "is required")) };
        let is_path = text.starts_with('/') && !text.starts_with("//");
        if !is_path && !contains(text, "://") {
            return Err(invalid(option, "must begin with one / or be an absolute URL"));
        }
        let href = if is_path { concat(&[self.base.href.trim_end_matches('/'), text]) } else { text.to_owned() };
        let Some(url) = (self.platform.parse_url)(&href) else {
            return Err(invalid(option, "is not a URL"));
        };
        self.check(option, &url)?;
        Ok(url)
    }

    fn defaults(&self, all: &[(&str, &str)], by: &str) -> Tree {
        let text = all.iter().find(|(name, _)| *name == by).map_or("{}", |(_, text)| text);
        (self.platform.parse_json)(text).unwrap_or_default()
    }
}

pub(super) fn dialect(options: Row<'_>, urls: &Urls<'_>) -> Result<Dialect, Fault> {
    let by = options.row("refresh").choice("by", RefreshBy::from_name).unwrap_or(RefreshBy::Never);
    let cookies = if by == RefreshBy::Cookie { CookiePolicy::Include } else { CookiePolicy::Omit };

    let mut grants = Vec::new();
    let mut token_endpoint = &Tree::Null;
    for (name, row) in options.row("request").entries() {
        // `null` has taken a grant away.
        if *row == Tree::Null {
            continue;
        }
        grants.push(grant(name, Row(row), urls, cookies)?);
        if name == "password" || *token_endpoint == Tree::Null {
            token_endpoint = row;
        }
    }
    let rejection = options.row("rejection");
    let mut rules = Vec::new();
    for row in rejection.elements("rules") {
        let code = Row(row).choice("code", ErrorCode::from_name).unwrap_or(ErrorCode::Rejected);
        rules.push(Rule { when: condition(Row(row)), code });
    }
    let csrf = options.row("csrf");
    Ok(Dialect {
        rules,
        challenge: rejection.one_or_more("challenge"),
        cors_hint: rejection.text("corsHint"),
        refresh: refresh(options, by, cookies, urls, token_endpoint)?,
        end: end(options.row("end"), cookies, urls, token_endpoint)?,
        usage: usage(options.row("use"), urls, grants.first())?,
        csrf: csrf.text("cookie").zip(csrf.text("header")).map(|(cookie, header)| CsrfShape { cookie, header }),
        reply: reply(options.row("reply"), by),
        grants,
    })
}

fn request(row: Row<'_>, path: &str, urls: &Urls<'_>, cookies: CookiePolicy) -> Result<RequestShape, Fault> {
    let method = row.choice("method", Method::from_name).unwrap_or(Method::Post);
    let usual = if matches!(method, Method::Get | Method::Delete) { Encoding::None } else { Encoding::Form };
    let encoding = row.choice("encoding", Encoding::from_name).unwrap_or(usual);
    if method == Method::Get && encoding != Encoding::None {
        return Err(invalid(&below(path, "encoding"), "must be none with GET: nothing secret goes into a URL"));
    }
    let client = row.choice("client", ClientPlacement::from_name).unwrap_or(ClientPlacement::Body);
    if client == ClientPlacement::Basic
        && row.truth("bearer") == Some(true)
        && urls.token_header.is_some_and(|header| header.eq_ignore_ascii_case("Authorization"))
    {
        let reason = "cannot be basic beside a token: both want the header Authorization";
        return Err(invalid(&below(path, "client"), reason));
    }
    Ok(RequestShape {
        url: urls.resolve(&below(path, "url"), row.str("url"))?,
        method,
        encoding,
        constants: row.row("constants").0.clone(),
        headers: row.row("headers").0.clone(),
        cookies: row.choice("credentials", CookiePolicy::from_name).unwrap_or(cookies),
        client,
    })
}

fn grant(name: &str, row: Row<'_>, urls: &Urls<'_>, cookies: CookiePolicy) -> Result<GrantShape, Fault> {
    let path = below("request", name);
    let request = request(row, &path, urls, cookies)?;
    let fields = row.texts("fields");
    let says_nothing = || {
        [&request.constants, &request.headers, row.0.get("fields").unwrap_or(&Tree::Null)]
            .iter()
            .all(|one| one.is_empty())
    };
    let fault = match request.encoding {
        Encoding::None if !fields.is_empty() => Some(NO_BODY),
        Encoding::Form if fields.iter().any(|(_, wire_name)| wire_name.starts_with('/')) => {
            Some("holds a JSON Pointer, which needs encoding json")
        }
        // A row that only names a URL, without the preset it was meant to change.
        Encoding::Form | Encoding::Json if says_nothing() => {
            Some("is empty: name the credentials, or a preset to start from")
        }
        Encoding::Form | Encoding::Json | Encoding::None => None,
    };
    if let Some(fault) = fault {
        return Err(invalid(&below(&path, "fields"), fault));
    }
    let known: Vec<&str> = fields.iter().map(|(credential, _)| credential.as_str()).collect();
    let mut required = row.one_or_more("required");
    if let Some(name) = required.iter().find(|name| !known.contains(&name.as_str())) {
        return Err(invalid(&below(&path, "required"), &unknown(name, &known)));
    }
    if row.get("required").is_none() {
        required.extend(known.iter().map(|name| (*name).to_owned()));
    }
    Ok(GrantShape { name: name.to_owned(), request, fields, required })
}

const NO_BODY: &str = "cannot be sent without a body";

/// Refuses an option that says something, where nothing can carry it.
fn sendable(request: &RequestShape, option: &str, says_nothing: bool) -> Result<(), Fault> {
    if says_nothing || request.encoding != Encoding::None {
        return Ok(());
    }
    Err(invalid(option, NO_BODY))
}

fn reply(row: Row<'_>, by: RefreshBy) -> ReplyShape {
    // A refresh token that only a cookie, or nothing, makes use of is not kept: it could only be stolen.
    let refresh_token = row.one_or_more("refreshToken");
    let (refresh_token, withheld) = match by {
        RefreshBy::Grant | RefreshBy::Endpoint => (refresh_token, Vec::new()),
        RefreshBy::Cookie | RefreshBy::AccessToken | RefreshBy::Never => (Vec::new(), refresh_token),
    };
    let mut lifetime = Vec::new();
    for source in row.elements("lifetime") {
        if let (Some(at), Some(unit)) = (Row(source).text("at"), Row(source).choice("as", LifetimeUnit::from_name)) {
            lifetime.push(LifetimeSource { at, unit });
        }
    }
    ReplyShape {
        access_token: row.one_or_more("accessToken"),
        refresh_token,
        withheld,
        token_type: row.text("tokenType"),
        scope: row.text("scope"),
        user: row.text("user"),
        lifetime,
    }
}

fn condition(row: Row<'_>) -> Condition {
    let (mut phases, mut status) = (Vec::new(), Vec::new());
    for name in row.elements("phase").iter().filter_map(Tree::as_text) {
        phases.extend(Phase::from_name(name));
    }
    for number in row.elements("status").iter().filter_map(Tree::as_number) {
        status.push(number as u16);
    }
    Condition {
        phases,
        status,
        // A value without a place is the whole body.
        at: row.text("at").or_else(|| row.0.get("is").map(|_| String::new())),
        // `null` can be asked for, too.
        is: row.0.get("is").cloned(),
        empty: row.truth("empty"),
    }
}

fn refresh(
    options: Row<'_>,
    by: RefreshBy,
    cookies: CookiePolicy,
    urls: &Urls<'_>,
    token_endpoint: &Tree,
) -> Result<Option<RefreshShape>, Fault> {
    if by == RefreshBy::Never {
        return Ok(None);
    }
    let mut row = urls.defaults(&REFRESH_DEFAULTS, by.name());
    if by == RefreshBy::Grant {
        for name in INHERITED {
            if let Some(value) = token_endpoint.get(name) {
                row.set(name, value.clone());
            }
        }
    }
    row.overlay(options.row("refresh").0);
    let row = Row(&row);
    let mut reply_row = options.row("reply").0.clone();
    if let Some(changes) = row.get("reply") {
        reply_row.overlay(changes);
    }
    let request = request(row, "refresh", urls, cookies)?;
    let bearer = row.truth("bearer") == Some(true);
    if bearer && by == RefreshBy::Cookie {
        return Err(invalid("refresh.bearer", "has no token to send where a cookie renews"));
    }
    let echo = row.texts("echo");
    sendable(&request, "refresh.field", bearer || by != RefreshBy::Endpoint)?;
    sendable(&request, "refresh.echo", echo.is_empty())?;
    Ok(Some(RefreshShape {
        by,
        request,
        bearer,
        field: row.text("field").unwrap_or_default(),
        echo,
        reply: reply(Row(&reply_row), by),
    }))
}

fn end(row: Row<'_>, cookies: CookiePolicy, urls: &Urls<'_>, token_endpoint: &Tree) -> Result<Option<EndShape>, Fault> {
    let by = row.choice("by", EndBy::from_name).unwrap_or(EndBy::None);
    if by == EndBy::None {
        return Ok(None);
    }
    let mut whole = urls.defaults(&END_DEFAULTS, by.name());
    if let (EndBy::Revocation, Some(client)) = (by, token_endpoint.get("client")) {
        whole.set("client", client.clone());
    }
    whole.overlay(row.0);
    let row = Row(&whole);
    let request = request(row, "end", urls, cookies)?;
    let field = row.text("field");
    sendable(&request, "end.field", field.is_none())?;
    Ok(Some(EndShape { by, request, bearer: row.truth("bearer") == Some(true), field }))
}

fn usage(row: Row<'_>, urls: &Urls<'_>, first: Option<&GrantShape>) -> Result<UseShape, Fault> {
    let mut origins = Vec::new();
    for text in row.elements("origins").iter().filter_map(Tree::as_text) {
        let url = (urls.platform.parse_url)(text).filter(|url| !url.has_query_or_fragment);
        let Some(url) = url else {
            return Err(invalid("use.origins", "must be absolute URLs without query"));
        };
        urls.check("use.origins", &url)?;
        origins.push(url.href);
    }
    if row.get("origins").is_none() {
        let login = first.map_or(urls.base, |grant| &grant.request.url);
        origins.push(login.origin.clone());
    }
    let scheme = row.text("scheme").unwrap_or_default();
    if scheme.ends_with(' ') {
        return Err(invalid("use.scheme", "may not end in a space: one is put behind it"));
    }
    Ok(UseShape {
        origins,
        header: row.text("header").unwrap_or_default(),
        scheme,
        expired: row.elements("expired").iter().map(|one| condition(Row(one))).collect(),
    })
}
