//! What a caller gives as options: JSON, or after a zero byte a tree of any shape.
#![no_main]

use arbitrary::Unstructured;
use libfuzzer_sys::fuzz_target;
use wasm_auth_session::core::dialect::Dialect;
use wasm_auth_session::core::error::AuthError;
use wasm_auth_session::core::options::{Options, option_names};
use wasm_auth_session::core::platform::Url;
use wasm_auth_session::core::tree::Tree;
use wasm_auth_session_fuzz::canary;
use wasm_auth_session_fuzz::json::{self, Vocabulary};
use wasm_auth_session_fuzz::support::NATIVE;

const OPTIONS: Vocabulary = Vocabulary {
    names: &[
        "baseUrl",
        "preset",
        "clientId",
        "clientSecret",
        "scope",
        "namespace",
        "storage",
        "storageRequired",
        "allowInsecureHttp",
        "refreshMode",
        "refreshMarginMs",
        "timeoutMs",
        "defaultLifetimeMs",
        "idleTimeoutMs",
        "maxLifetimeMs",
        "request",
        "reply",
        "rejection",
        "refresh",
        "end",
        "use",
        "csrf",
        "password",
        "url",
        "method",
        "encoding",
        "constants",
        "headers",
        "credentials",
        "client",
        "fields",
        "required",
        "accessToken",
        "refreshToken",
        "tokenType",
        "user",
        "lifetime",
        "at",
        "as",
        "rules",
        "phase",
        "status",
        "is",
        "empty",
        "code",
        "corsHint",
        "by",
        "field",
        "echo",
        "bearer",
        "header",
        "scheme",
        "expired",
        "origins",
        "cookie",
        "username",
        "baseUrI",
        "X-Header",
    ],
    texts: &[
        "https://api.example.com",
        "http://127.0.0.1:8080",
        "http://api.example.com",
        "/login",
        "//evil.example",
        "https://user@host",
        "ftp://x",
        "oauth2-form",
        "geolens-cookie",
        "langflow",
        "local",
        "memory",
        "background",
        "on-demand",
        "POST",
        "GET",
        "form",
        "json",
        "none",
        "include",
        "omit",
        "basic",
        "body",
        "grant",
        "endpoint",
        "cookie",
        "access-token",
        "never",
        "revocation",
        "seconds",
        "iso8601",
        "login",
        "refresh",
        "api",
        "forbidden",
        "session_ended",
        "username",
        "/access_token",
        "Authorization",
        "Bearer",
        "",
    ],
    secrets: canary::SPELLINGS,
};

fuzz_target!(|input: &[u8]| {
    let given = match input.strip_prefix(b"\0") {
        Some(bytes) => json::tree(&mut Unstructured::new(bytes), OPTIONS).ok().map(with_base),
        None => std::str::from_utf8(input).ok().and_then(NATIVE.parse_json),
    };
    let Some(given) = given else { return };
    let page = (NATIVE.parse_url)("https://app.example.com").expect("a URL");
    let parsed = Options::parse(&given, &NATIVE, Some(&page));
    let again = Options::parse(&given, &NATIVE, Some(&page));
    // Trees print as their kinds, so this compares all but values.
    assert_eq!(format!("{parsed:?}"), format!("{again:?}"), "the same options mean the same");
    match parsed {
        Ok(options) => {
            let insecure = given.get("allowInsecureHttp") == Some(&Tree::Bool(true));
            urls(&options.dialect).into_iter().chain([&options.base]).for_each(|url| may_carry_secrets(url, insecure));
            assert!(options.timeout.0 >= 1 && options.logout_timeout.0 >= 1 && options.max_lifetime.0 >= 1);
            let key = options.storage_key();
            assert!(key.len() == 38 && key.starts_with("was.1."), "{key}");
            canary::assert_none_in_text(&key);
        }
        Err(AuthError::InvalidOptions { option, reason }) => {
            assert!(!option.is_empty() || given.get("").is_some(), "only an entry without a name has none");
            is_a_place(&option);
            canary::assert_none_in_text(&reason);
        }
        Err(AuthError::InsecureUrl { option, origin }) => {
            is_a_place(&option);
            assert!(!origin.contains('@'), "{origin}");
        }
        Err(other) => panic!("{other:?}"),
    }
});

fn with_base(mut given: Tree) -> Tree {
    if given.get("baseUrl").is_none() {
        given.set_text("baseUrl", "https://api.example.com/v1");
    }
    given
}

/// A place begins with an option, or is an entry that is none.
fn is_a_place(option: &str) {
    let first = option.split('.').next().unwrap_or_default();
    assert!(
        option == "options" || option_names().any(|name| name == first) || !option_names().any(|name| name == option),
        "{option}"
    );
}

fn urls(dialect: &Dialect) -> Vec<&Url> {
    let grants = dialect.grants.iter().map(|grant| &grant.request.url);
    let refresh = dialect.refresh.iter().map(|refresh| &refresh.request.url);
    grants.chain(refresh).chain(dialect.end.iter().map(|end| &end.request.url)).collect()
}

fn may_carry_secrets(url: &Url, insecure: bool) {
    let parsed = url::Url::parse(&url.href).expect("it was parsed before");
    let is_here = matches!(parsed.host(), Some(url::Host::Ipv4(ip)) if ip.is_loopback())
        || matches!(parsed.host(), Some(url::Host::Ipv6(ip)) if ip.is_loopback())
        || matches!(parsed.host_str(), Some(host) if host == "localhost" || host.ends_with(".localhost"));
    assert!(parsed.scheme() == "https" || parsed.scheme() == "http" && (is_here || insecure), "{parsed}");
    assert!(parsed.username().is_empty() && parsed.password().is_none(), "{parsed}");
}
