//! Reads the columns of a backend's row: request, reply, rejection, refresh, end, use, csrf.

use super::reader::{NO_POINTER, Reader, unknown};
use crate::core::dialect::pointer::is_pointer;
use crate::core::dialect::{
    ClientPlacement, Condition, CookiePolicy, CsrfShape, Dialect, Encoding, EndBy, EndShape, GrantShape, LifetimeSource,
    LifetimeUnit, Method, RefreshBy, RefreshShape, ReplyShape, RequestShape, Rule, UseShape,
};
use crate::core::error::{AuthError, ErrorCode, Phase};
use crate::core::platform::{Platform, Url};
use crate::core::tree::Tree;

const REQUEST_KEYS: [&str; 7] = ["url", "method", "encoding", "constants", "headers", "credentials", "client"];
const CONDITION_KEYS: [&str; 5] = ["phase", "status", "at", "is", "empty"];

/// What an answer can be declared to mean.
const MEANINGS: [ErrorCode; 8] = [
    ErrorCode::InvalidCredentials,
    ErrorCode::Validation,
    ErrorCode::Forbidden,
    ErrorCode::Rejected,
    ErrorCode::Misconfigured,
    ErrorCode::RateLimited,
    ErrorCode::Server,
    ErrorCode::SessionEnded,
];

/// Makes and checks the URLs of a row.
pub(super) struct Urls<'a> {
    pub(super) platform: &'a Platform,
    pub(super) base: &'a Url,
    pub(super) insecure: bool,
}

impl Urls<'_> {
    /// Refuses a URL that would carry secrets in the clear, or that holds some itself.
    pub(super) fn check(&self, option: &str, url: &Url) -> Result<(), AuthError> {
        if url.has_userinfo {
            return Err(AuthError::invalid(option, "may not hold a user name or password"));
        }
        if url.is_secure() || (self.insecure && url.protocol == "http:") {
            return Ok(());
        }
        Err(AuthError::InsecureUrl { option: option.to_owned(), origin: url.origin.clone() })
    }

    /// A path goes below the base URL, whose own path is kept; an absolute URL stands for itself.
    fn resolve(&self, row: &Reader<'_>, text: &str) -> Result<Url, AuthError> {
        let href = match (text.contains("://"), text.starts_with('/')) {
            (true, _) => text.to_owned(),
            (false, true) if !text.starts_with("//") => format!("{}{text}", self.base.href.trim_end_matches('/')),
            (false, _) => return row.fault("url", "must begin with one / or be an absolute URL"),
        };
        let Some(url) = (self.platform.parse_url)(&href) else { return row.fault("url", "is not a URL") };
        self.check(&row.path("url"), &url)?;
        Ok(url)
    }
}

/// What a request is like where its row is silent.
struct RequestDefaults<'a> {
    url: Option<&'a Url>,
    encoding: Encoding,
    cookies: CookiePolicy,
    client: ClientPlacement,
    constants: &'a [(String, Tree)],
    headers: &'a [(String, String)],
}

impl Default for RequestDefaults<'_> {
    fn default() -> Self {
        Self {
            url: None,
            encoding: Encoding::Form,
            cookies: CookiePolicy::Omit,
            client: ClientPlacement::Body,
            constants: &[],
            headers: &[],
        }
    }
}

pub(super) fn dialect(options: &Reader<'_>, urls: &Urls<'_>) -> Result<Dialect, AuthError> {
    let refresh_row = options.map_or_empty("refresh")?;
    let by = refresh_row.choice("by", RefreshBy::ALL, RefreshBy::name)?.unwrap_or(RefreshBy::Grant);
    let cookies = if by == RefreshBy::Cookie { CookiePolicy::Include } else { CookiePolicy::Omit };

    let request_rows = options.map_or_empty("request")?;
    let grants: Vec<GrantShape> =
        request_rows.given().map(|name| grant(name, &request_rows, urls, cookies)).collect::<Result<_, _>>()?;
    let token_endpoint = grants.iter().find(|grant| grant.name == "password").or(grants.first()).map(|grant| &grant.request);
    let reply = reply(&options.map_or_empty("reply")?, by, None)?;

    let rejection = options.map_or_empty("rejection")?;
    rejection.known(&["rules", "corsHint"])?;
    Ok(Dialect {
        rules: rules(&rejection)?,
        cors_hint: rejection.text("corsHint")?.map(str::to_owned),
        refresh: refresh(&refresh_row, by, cookies, urls, token_endpoint, &reply)?,
        end: end(&options.map_or_empty("end")?, cookies, urls, token_endpoint)?,
        usage: usage(&options.map_or_empty("use")?)?,
        csrf: csrf(options)?,
        grants,
        reply,
    })
}

fn request(row: &Reader<'_>, urls: &Urls<'_>, silent: &RequestDefaults<'_>) -> Result<RequestShape, AuthError> {
    let url = match (row.text("url")?, silent.url) {
        (Some(text), _) => urls.resolve(row, text)?,
        (None, Some(url)) => url.clone(),
        (None, None) => return row.fault("url", "is required"),
    };
    let method = row.choice("method", Method::ALL, Method::name)?.unwrap_or(Method::Post);
    let silent_encoding = if method == Method::Get { Encoding::None } else { silent.encoding };
    let encoding = row.choice("encoding", Encoding::ALL, Encoding::name)?.unwrap_or(silent_encoding);
    if method == Method::Get && encoding != Encoding::None {
        return row.fault("encoding", "must be none with GET: nothing secret goes into a URL");
    }
    Ok(RequestShape {
        url,
        method,
        encoding,
        constants: constants(row, silent.constants)?,
        headers: headers(row, silent.headers)?,
        cookies: row.choice("credentials", CookiePolicy::ALL, CookiePolicy::name)?.unwrap_or(silent.cookies),
        client: row.choice("client", ClientPlacement::ALL, ClientPlacement::name)?.unwrap_or(silent.client),
    })
}

fn constants(row: &Reader<'_>, silent: &[(String, Tree)]) -> Result<Vec<(String, Tree)>, AuthError> {
    let given = row.map_or_empty("constants")?;
    let mut constants = silent.to_vec();
    for name in given.keys() {
        constants.retain(|(known, _)| known != name);
        let Some(value) = given.get(name) else { continue };
        if scalar_text(value).is_none() {
            return given.fault(name, "must be a string, a whole number, true or false");
        }
        constants.push((name.to_owned(), value.clone()));
    }
    Ok(constants)
}

/// The text of a value that can stand in a form. Whole numbers only: a fraction's text is a matter of taste.
#[must_use]
pub(in crate::core) fn scalar_text(value: &Tree) -> Option<String> {
    match value {
        Tree::Text(text) => Some(text.clone()),
        Tree::Bool(value) => Some(if *value { "true" } else { "false" }.to_owned()),
        Tree::Number(number) if *number == (*number as i64) as f64 => Some((*number as i64).to_string()),
        Tree::Number(_) | Tree::Null | Tree::List(_) | Tree::Map(_) => None,
    }
}

/// Headers the browser would refuse or trap on are found here (RFC 9110 section 5.6.2: a name is a token).
fn headers(row: &Reader<'_>, silent: &[(String, String)]) -> Result<Vec<(String, String)>, AuthError> {
    let mut headers = silent.to_vec();
    for (name, value) in row.texts("headers")? {
        let path = row.map_or_empty("headers")?.path(&name);
        if !is_header_name(&name) {
            return Err(AuthError::invalid(path, "is not a header name"));
        }
        if !is_header_value(&value) {
            return Err(AuthError::invalid(path, "is not a header value: printable ASCII only"));
        }
        headers.retain(|(known, _)| !known.eq_ignore_ascii_case(&name));
        headers.push((name, value));
    }
    Ok(headers)
}

fn is_header_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// Whether the text may stand in a header: printable ASCII, so also without line breaks.
#[must_use]
pub(in crate::core) fn is_header_value(value: &str) -> bool {
    value.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

fn grant(name: &str, rows: &Reader<'_>, urls: &Urls<'_>, cookies: CookiePolicy) -> Result<GrantShape, AuthError> {
    let Some(row) = rows.map(name)? else { return rows.fault(name, "must be an object") };
    row.known(&[&REQUEST_KEYS[..], &["fields", "required"]].concat())?;
    let request = request(&row, urls, &RequestDefaults { cookies, ..RequestDefaults::default() })?;
    let fields = row.texts("fields")?;
    if request.encoding == Encoding::None && !fields.is_empty() {
        return row.fault("fields", "cannot be sent without a body");
    }
    let required = match row.get("required") {
        None => fields.iter().map(|(credential, _)| credential.clone()).collect(),
        Some(Tree::List(names)) => {
            let known: Vec<&str> = fields.iter().map(|(credential, _)| credential.as_str()).collect();
            match names.iter().find(|name| name.as_text().is_none_or(|name| !known.contains(&name))) {
                None => names.iter().filter_map(Tree::as_text).map(str::to_owned).collect(),
                Some(name) => return row.fault("required", &unknown(name.as_text().unwrap_or_default(), &known)),
            }
        }
        Some(_) => return row.fault("required", "must be a list of credential names"),
    };
    Ok(GrantShape { name: name.to_owned(), request, fields, required })
}

fn reply(row: &Reader<'_>, by: RefreshBy, silent: Option<&ReplyShape>) -> Result<ReplyShape, AuthError> {
    row.known(&["accessToken", "refreshToken", "tokenType", "scope", "user", "lifetime"])?;
    let or = |given: Option<String>, silent: Option<&String>, usual: &str| {
        given.or_else(|| silent.cloned()).unwrap_or_else(|| usual.to_owned())
    };
    let or_list = |given: Option<Vec<String>>, silent: Option<&Vec<String>>, usual: &str| {
        given.or_else(|| silent.cloned()).unwrap_or_else(|| vec![usual.to_owned()])
    };
    // A refresh token that only a cookie, or nothing, makes use of is not kept: it could only be stolen.
    let keeps_refresh_token = matches!(by, RefreshBy::Grant | RefreshBy::Endpoint) && !row.is_null("refreshToken");
    Ok(ReplyShape {
        access_token: or_list(row.pointers("accessToken")?, silent.map(|one| &one.access_token), "/access_token"),
        refresh_token: if keeps_refresh_token {
            or_list(row.pointers("refreshToken")?, silent.map(|one| &one.refresh_token), "/refresh_token")
        } else {
            Vec::new()
        },
        token_type: or(row.pointer("tokenType")?, silent.map(|one| &one.token_type), "/token_type"),
        scope: or(row.pointer("scope")?, silent.map(|one| &one.scope), "/scope"),
        user: row.pointer("user")?.or_else(|| silent.and_then(|one| one.user.clone())),
        lifetime: match row.get("lifetime") {
            Some(Tree::List(sources)) => sources.iter().map(|one| lifetime_source(one, row)).collect::<Result<_, _>>()?,
            Some(_) => return row.fault("lifetime", "must be a list"),
            None => silent.map(|one| one.lifetime.clone()).unwrap_or_else(|| {
                vec![LifetimeSource { at: "/expires_in".to_owned(), unit: LifetimeUnit::Seconds }]
            }),
        },
    })
}

fn lifetime_source(tree: &Tree, row: &Reader<'_>) -> Result<LifetimeSource, AuthError> {
    let source = Reader::new(tree, &row.path("lifetime"))?;
    source.known(&["at", "as"])?;
    match (source.pointer("at")?, source.choice("as", LifetimeUnit::ALL, LifetimeUnit::name)?) {
        (Some(at), Some(unit)) => Ok(LifetimeSource { at, unit }),
        (None, _) => source.fault("at", "is required"),
        (_, None) => source.fault("as", "is required"),
    }
}

/// One value, or a list of them.
fn one_or_more(value: Option<&Tree>) -> &[Tree] {
    match value {
        None => &[],
        Some(Tree::List(elements)) => elements,
        Some(one) => std::slice::from_ref(one),
    }
}

fn condition(row: &Reader<'_>) -> Result<Condition, AuthError> {
    let mut condition = Condition { at: row.pointer("at")?, empty: row.boolean("empty")?, ..Condition::default() };
    for phase in one_or_more(row.get("phase")) {
        match phase.as_text().and_then(Phase::from_name) {
            Some(phase) => condition.phases.push(phase),
            None => return row.fault("phase", "must be login, refresh, logout or api"),
        }
    }
    for status in one_or_more(row.get("status")) {
        match status.as_number() {
            Some(status) if (100.0..=599.0).contains(&status) => condition.status.push(status as u16),
            Some(_) | None => return row.fault("status", "must be HTTP statuses"),
        }
    }
    if row.is_null("is") || row.get("is").is_some() {
        condition.is = Some(row.get("is").cloned().unwrap_or_default());
    }
    Ok(condition)
}

fn rules(rejection: &Reader<'_>) -> Result<Vec<Rule>, AuthError> {
    let read = |tree: &Tree| {
        let row = Reader::new(tree, &rejection.path("rules"))?;
        row.known(&[&CONDITION_KEYS[..], &["code"]].concat())?;
        match row.choice("code", &MEANINGS, |code| code.row().name)? {
            Some(code) => Ok(Rule { when: condition(&row)?, code }),
            None => row.fault("code", "is required"),
        }
    };
    one_or_more(rejection.get("rules")).iter().map(read).collect()
}

fn refresh(
    row: &Reader<'_>,
    by: RefreshBy,
    cookies: CookiePolicy,
    urls: &Urls<'_>,
    token_endpoint: Option<&RequestShape>,
    login_reply: &ReplyShape,
) -> Result<Option<RefreshShape>, AuthError> {
    row.known(&[&REQUEST_KEYS[..], &["by", "field", "echo", "reply"]].concat())?;
    let by_grant = [("grant_type".to_owned(), Tree::text("refresh_token"))];
    let silent = match by {
        RefreshBy::Never => return Ok(None),
        RefreshBy::Grant => RequestDefaults {
            url: token_endpoint.map(|request| &request.url),
            encoding: token_endpoint.map_or(Encoding::Form, |request| request.encoding),
            client: token_endpoint.map_or(ClientPlacement::Body, |request| request.client),
            headers: token_endpoint.map_or(&[], |request| &request.headers),
            constants: &by_grant,
            ..RequestDefaults::default()
        },
        RefreshBy::Endpoint => {
            RequestDefaults { encoding: Encoding::Json, client: ClientPlacement::None, ..RequestDefaults::default() }
        }
        RefreshBy::Cookie | RefreshBy::AccessToken => {
            RequestDefaults { encoding: Encoding::None, cookies, client: ClientPlacement::None, ..RequestDefaults::default() }
        }
    };
    let echo = row.texts("echo")?;
    if let Some((name, _)) = echo.iter().find(|(_, from)| !is_pointer(from)) {
        return row.map_or_empty("echo")?.fault(name, NO_POINTER);
    }
    Ok(Some(RefreshShape {
        by,
        request: request(row, urls, &silent)?,
        field: row.text("field")?.unwrap_or("refresh_token").to_owned(),
        echo,
        reply: reply(&row.map_or_empty("reply")?, by, Some(login_reply))?,
    }))
}

fn end(
    row: &Reader<'_>,
    cookies: CookiePolicy,
    urls: &Urls<'_>,
    token_endpoint: Option<&RequestShape>,
) -> Result<Option<EndShape>, AuthError> {
    row.known(&[&REQUEST_KEYS[..], &["by", "bearer", "field"]].concat())?;
    let by = row.choice("by", EndBy::ALL, EndBy::name)?.unwrap_or(EndBy::None);
    let (encoding, client) = match by {
        EndBy::None => return Ok(None),
        EndBy::Revocation => (Encoding::Form, token_endpoint.map_or(ClientPlacement::Body, |request| request.client)),
        EndBy::Endpoint => (Encoding::None, ClientPlacement::None),
    };
    let field = match (by, row.text("field")?) {
        (EndBy::Revocation, field) => Some(field.unwrap_or("token").to_owned()),
        (EndBy::Endpoint | EndBy::None, field) => field.map(str::to_owned),
    };
    Ok(Some(EndShape {
        by,
        request: request(row, urls, &RequestDefaults { encoding, client, cookies, ..RequestDefaults::default() })?,
        bearer: row.boolean("bearer")?.unwrap_or(by == EndBy::Endpoint),
        field,
    }))
}

fn usage(row: &Reader<'_>) -> Result<UseShape, AuthError> {
    row.known(&["header", "scheme", "expired"])?;
    let header = row.text("header")?.unwrap_or("Authorization").to_owned();
    let scheme = row.text("scheme")?.unwrap_or("Bearer").to_owned();
    if !is_header_name(&header) {
        return row.fault("header", "is not a header name");
    }
    if !is_header_value(&scheme) {
        return row.fault("scheme", "is not a header value");
    }
    let read = |tree: &Tree| {
        let one = Reader::new(tree, &row.path("expired"))?;
        one.known(&CONDITION_KEYS)?;
        condition(&one)
    };
    let expired = match row.get("expired") {
        Some(list) => one_or_more(Some(list)).iter().map(read).collect::<Result<_, _>>()?,
        None => vec![Condition { status: vec![401], ..Condition::default() }],
    };
    Ok(UseShape { header, scheme, expired })
}

fn csrf(options: &Reader<'_>) -> Result<Option<CsrfShape>, AuthError> {
    let Some(row) = options.map("csrf")? else { return Ok(None) };
    row.known(&["cookie", "header"])?;
    match (row.text("cookie")?, row.text("header")?) {
        (Some(cookie), Some(header)) if is_header_name(header) => {
            Ok(Some(CsrfShape { cookie: cookie.to_owned(), header: header.to_owned() }))
        }
        (None, _) => row.fault("cookie", "is required"),
        (_, _) => row.fault("header", "must be a header name"),
    }
}
