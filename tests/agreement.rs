//! Native: the TypeScript declaration and the Rust tables say the same, name by name, in both directions.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use std::collections::BTreeSet;

use serde_json::{Value, json};
use wasm_auth_session::core::dialect::presets::PRESETS;
use wasm_auth_session::core::dialect::{
    ClientPlacement, CookiePolicy, Encoding, EndBy, LifetimeUnit, Method, RefreshBy,
};
use wasm_auth_session::core::error::{AuthError, ERRORS, ErrorCode, Phase, SessionEndReason, StorageOperation};
use wasm_auth_session::core::event::{EVENT_NAMES, SessionEvent, StorageKind, Warning, WarningCode};
use wasm_auth_session::core::options::{Options, RefreshMode, option_names};
use wasm_auth_session::core::rejection::{FieldError, ServerSaid};
use wasm_auth_session::core::snapshot::{Activity, Snapshot, Status};
use wasm_auth_session::core::tree::Tree;
use wasm_auth_session::core::units::{Millis, UnixMillis};

const TYPES: &str = concat!(
    include_str!("../src/js/types/errors.d.ts"),
    include_str!("../src/js/types/options.d.ts"),
    include_str!("../src/js/types/row.d.ts"),
    include_str!("../src/js/types/session.d.ts"),
);
const FAILURES: &str = include_str!("../src/js/failures.js");
const SUBSCRIBERS: &str = include_str!("../src/js/subscribers.js");

type Names = BTreeSet<String>;

// ── The declaration, read ───────────────────────────────────────────────────────────────────────

/// The declaration without its comments.
fn declaration() -> String {
    let mut code = String::new();
    let mut rest = TYPES;
    while let Some((before, comment)) = rest.split_once("/*") {
        code.push_str(before);
        rest = comment.split_once("*/").expect("comments end").1;
    }
    code.push_str(rest);
    code.lines()
        .map(|line| line.split(" //").next().unwrap_or_default())
        .filter(|line| !line.starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// What stands between `start` and the first `end` after it.
fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let (_, after) = text.split_once(start).unwrap_or_else(|| panic!("there is no {start:?}"));
    after.split_once(end).unwrap_or_else(|| panic!("{start:?} has no end")).0
}

/// Every text in quotes.
fn literals(text: &str) -> Names {
    text.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The literals of `export type NAME = …;`.
fn union(name: &str) -> Names {
    literals(between(&declaration(), &format!("export type {name} ="), ";"))
}

/// The body of an interface.
fn body(name: &str) -> String {
    let code = declaration();
    let (_, after) =
        code.split_once(&format!("interface {name} ")).unwrap_or_else(|| panic!("there is no interface {name}"));
    between(after, "{\n", "\n}").to_owned()
}

/// The members of an interface, without index signatures and methods.
fn members(name: &str) -> Names {
    members_of(&body(name))
}

fn members_of(body: &str) -> Names {
    let mut level = 0_i32;
    let mut names = Names::new();
    for line in body.split_inclusive(['\n', ';', '{']) {
        if let (0, Some((name, _))) = (level, line.split_once(':')) {
            let name = name.trim().trim_start_matches("readonly ").trim_end_matches('?');
            if !name.is_empty() && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_') {
                names.insert(name.to_owned());
            }
        }
        level += line.matches('{').count() as i32 - line.matches('}').count() as i32;
    }
    names
}

/// The literals of one member of an interface.
fn choices(interface: &str, member: &str) -> Names {
    let text = body(interface);
    let line = text.split(&format!("  {member}?:")).nth(1).or_else(|| text.split(&format!("  {member}:")).nth(1));
    literals(line.unwrap_or_else(|| panic!("{interface} has no {member}")).split(';').next().unwrap_or_default())
}

/// The members that the union `AuthError` gives to a code, beyond those of every error; `ServerSaid` by its name.
fn error_members(code: &str) -> (Names, bool) {
    let code_text = declaration();
    let all = between(&code_text, "export type AuthError =", "export type AuthErrorCode");
    let line =
        all.lines().find(|line| line.contains(&format!("Coded<\"{code}\">"))).unwrap_or_else(|| panic!("no {code}"));
    let own = line.split_once('{').map(|(_, own)| own.rsplit_once('}').expect("a brace closes").0).unwrap_or_default();
    (members_of(own), line.contains("ServerSaid"))
}

// ── The tables ──────────────────────────────────────────────────────────────────────────────────

fn names<T: Copy>(all: &[T], name: fn(T) -> &'static str) -> Names {
    all.iter().map(|one| name(*one).to_owned()).collect()
}

fn keys(tree: &Tree) -> Names {
    tree.entries().iter().map(|(key, _)| key.clone()).collect()
}

/// What the options say is wrong.
fn complaint(given: Value) -> (String, String) {
    let mut options = json!({ "baseUrl": "https://api.example.com" });
    options.as_object_mut().expect("an object").extend(given.as_object().expect("an object").clone());
    match Options::parse(&support::tree(&options), &support::NATIVE, None) {
        Err(AuthError::InvalidOptions { option, reason }) => (option, reason),
        other => panic!("{given} is refused: {other:?}"),
    }
}

/// A name that is near to none.
const UNHEARD_OF: &str = "________________________________";

/// The keys a row may have: its own complaint lists them.
fn known_keys(given: Value) -> Names {
    let (_, reason) = complaint(given);
    let list = reason.strip_prefix("is not known: known are ").unwrap_or_else(|| panic!("{reason}"));
    list.split(", ").map(str::to_owned).collect()
}

/// The values an option may have: its own complaint lists them.
fn known_values(given: Value) -> Names {
    let (_, reason) = complaint(given);
    let list = reason.strip_prefix("must be one of ").unwrap_or_else(|| panic!("{reason}"));
    list.split(", ").map(str::to_owned).collect()
}

fn joined(one: Names, other: Names) -> Names {
    one.into_iter().chain(other).collect()
}

fn said() -> ServerSaid {
    let text = || Some("text".to_owned());
    ServerSaid {
        phase: Phase::Api,
        status: 422,
        error: text(),
        error_description: text(),
        error_uri: text(),
        server_code: text(),
        server_message: text(),
        problem: Some(Tree::map([("title", Tree::text("text"))])),
        fields: vec![FieldError {
            path: "a".to_owned(),
            message: "b".to_owned(),
            kind: text(),
            context: Tree::Bool(true),
        }],
        attempts_left: Some(1),
        retry_after: Some(Millis(1)),
        challenge: Tree::map([("a", Tree::text("b"))]),
        extra: Tree::map([("a", Tree::Bool(true))]),
        token_expired: true,
    }
}

// ── The agreement ───────────────────────────────────────────────────────────────────────────────

#[test]
fn error_codes_agree() {
    let declared: Names = declaration()
        .split("Coded<\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(declared, ERRORS.iter().map(|row| row.name.to_owned()).collect());
}

#[test]
fn end_reasons_phases_statuses_activities_kinds_and_warnings_agree() {
    assert_eq!(union("SessionEndReason"), names(SessionEndReason::ALL, SessionEndReason::name));
    assert_eq!(union("Phase"), names(Phase::ALL, Phase::name));
    assert_eq!(union("Status"), names(Status::ALL, Status::name));
    assert_eq!(union("Activity"), names(Activity::ALL, Activity::name));
    assert_eq!(union("StorageKind"), names(StorageKind::ALL, StorageKind::name));
    assert_eq!(union("WarningCode"), names(WarningCode::ALL, WarningCode::name));
}

#[test]
fn presets_agree() {
    assert_eq!(union("Preset"), PRESETS.iter().map(|(name, _)| (*name).to_owned()).collect());
}

#[test]
fn option_names_agree() {
    let declared = joined(members("AuthSessionOptions"), members("BackendRow"));
    assert_eq!(declared, option_names().map(str::to_owned).collect());
}

#[test]
fn the_keys_of_every_row_agree() {
    let request = members("RequestRow");
    let unheard_of = json!({ UNHEARD_OF: 1 });
    let rows = [
        ("GrantRow", joined(request.clone(), members("GrantRow")), json!({ "request": { "password": unheard_of } })),
        ("ReplyRow", members("ReplyRow"), json!({ "reply": unheard_of })),
        ("LifetimeSource", members("LifetimeSource"), json!({ "reply": { "lifetime": [unheard_of] } })),
        ("RejectionRow", members("RejectionRow"), json!({ "rejection": unheard_of })),
        ("RejectionRule", members("RejectionRule"), json!({ "rejection": { "rules": [unheard_of] } })),
        ("RefreshRow", joined(request.clone(), members("RefreshRow")), json!({ "refresh": unheard_of })),
        ("RefreshRow.reply", members("ReplyRow"), json!({ "refresh": { "reply": unheard_of } })),
        ("EndRow", joined(request, members("EndRow")), json!({ "end": unheard_of })),
        ("UseRow", members("UseRow"), json!({ "use": unheard_of })),
        ("CsrfRow", members("CsrfRow"), json!({ "csrf": unheard_of })),
    ];
    for (row, declared, given) in rows {
        assert_eq!(declared, known_keys(given), "{row}");
    }
}

#[test]
fn the_keys_of_an_expiry_agree() {
    let declared = members_of(between(&body("UseRow"), "expired?: readonly {\n", "}[]"));
    // Such an answer always comes from the API: its phase may be named, and need not be declared.
    let always = Names::from(["phase".to_owned()]);
    assert_eq!(joined(declared, always), known_keys(json!({ "use": { "expired": [{ UNHEARD_OF: 1 }] } })));
}

#[test]
fn the_values_of_every_choice_agree() {
    let wrong = UNHEARD_OF;
    let choices = [
        (choices("RequestRow", "method"), names(Method::ALL, Method::name)),
        (choices("RequestRow", "encoding"), names(Encoding::ALL, Encoding::name)),
        (choices("RequestRow", "credentials"), names(CookiePolicy::ALL, CookiePolicy::name)),
        (choices("RequestRow", "client"), names(ClientPlacement::ALL, ClientPlacement::name)),
        (choices("LifetimeSource", "as"), names(LifetimeUnit::ALL, LifetimeUnit::name)),
        (choices("RefreshRow", "by"), names(RefreshBy::ALL, RefreshBy::name)),
        (choices("EndRow", "by"), names(EndBy::ALL, EndBy::name)),
        (choices("AuthSessionOptions", "refreshMode"), names(RefreshMode::ALL, RefreshMode::name)),
        (choices("RejectionRule", "code"), known_values(json!({ "rejection": { "rules": [{ "code": wrong }] } }))),
    ];
    for (declared, table) in choices {
        assert_eq!(declared, table);
    }
}

#[test]
fn event_names_agree_in_the_declaration_the_table_and_the_subscribers() {
    let table: Names = EVENT_NAMES.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(members("SessionEvents"), table);
    assert_eq!(literals(between(SUBSCRIBERS, "const NAMES = new Set([", "]")), table);
}

#[test]
fn every_event_carries_what_is_declared_for_it() {
    let error = AuthError::Aborted;
    let warning = Warning { code: WarningCode::RecordNewer, message: String::new() };
    let events = [
        SessionEvent::SignedIn { user: None },
        SessionEvent::Refreshed { expires_at: None },
        SessionEvent::RefreshFailed { error: error.clone(), next_attempt_at: None },
        SessionEvent::Expiring { expires_at: UnixMillis(0) },
        SessionEvent::SignedOut { reason: SessionEndReason::Idle },
        SessionEvent::UserChanged { user: None, previous: None },
        SessionEvent::StorageDegraded { storage: StorageKind::Memory, error },
        SessionEvent::Warning(warning),
    ];
    let declared = body("SessionEvents");
    for (event, name) in events.iter().zip(EVENT_NAMES) {
        assert_eq!(event.name(), *name);
        let line =
            declared.lines().find(|line| line.trim().starts_with(&format!("{name}:"))).expect("each event is declared");
        let members = match line.split_once('{') {
            Some((_, inline)) => members_of(inline.rsplit_once('}').expect("a brace closes").0),
            None => members("Warning"),
        };
        assert_eq!(keys(&event.detail()), members, "{name}");
    }
}

#[test]
fn the_snapshot_holds_what_is_declared() {
    let snapshot = Snapshot {
        status: Status::Active,
        activity: None,
        user: None,
        scope: None,
        token_type: None,
        issued_at: None,
        expires_at: None,
        refresh_at: None,
        extra: Tree::Map(Vec::new()),
        end_reason: None,
        storage: StorageKind::Local,
        warnings: Vec::new(),
    };
    assert_eq!(keys(&snapshot.to_tree()), members("Snapshot"));
}

#[test]
fn every_error_holds_what_is_declared_for_its_code() {
    let text = String::new;
    let errors = [
        AuthError::InvalidOptions { option: text(), reason: text() },
        AuthError::Network { phase: Phase::Login, causes: &[], hint: text() },
        AuthError::Timeout { phase: Phase::Login, timeout: Millis(1) },
        AuthError::Aborted,
        AuthError::InvalidResponse { phase: Phase::Login, status: 200, pointer: text(), expected: "" },
        AuthError::ended(SessionEndReason::Refused),
        AuthError::Superseded,
        AuthError::LockTimeout,
        AuthError::InsecureUrl { option: text(), origin: text() },
        AuthError::Storage(StorageOperation::Probe),
        AuthError::Disposed,
    ];
    let every: Names = ["code", "message", "retryable"].map(str::to_owned).into();
    for error in errors {
        let name = error.code().row().name;
        assert_eq!(keys(&error.to_tree()), joined(every.clone(), error_members(name).0), "{name}");
    }
    let by_server = joined(every, members("ServerSaid"));
    for code in [
        ErrorCode::InvalidCredentials,
        ErrorCode::Validation,
        ErrorCode::Forbidden,
        ErrorCode::Rejected,
        ErrorCode::Misconfigured,
        ErrorCode::RateLimited,
        ErrorCode::Server,
    ] {
        let name = code.row().name;
        let (own, holds_what_was_said) = error_members(name);
        assert!(holds_what_was_said, "{name}");
        assert_eq!(keys(&AuthError::Refused(code, said().into()).to_tree()), joined(by_server.clone(), own), "{name}");
    }
    let ended = AuthError::SessionEnded { reason: SessionEndReason::Refused, said: Some(said().into()) };
    assert_eq!(keys(&ended.to_tree()), joined(by_server, error_members("session_ended").0));
}

#[test]
fn what_is_said_of_a_field_agrees() {
    let said = said();
    let field = said.fields.first().expect("there is one");
    assert_eq!(keys(&field.to_tree()), members("FieldError"));
}

#[test]
fn the_values_inside_errors_agree() {
    let code = declaration();
    let line = |code_name: &str| {
        let all = between(&code, "export type AuthError =", "export type AuthErrorCode").to_owned();
        all.lines().find(|line| line.contains(&format!("\"{code_name}\""))).expect("each code has a line").to_owned()
    };
    assert_eq!(
        literals(between(&line("storage"), "operation:", "}")),
        names(StorageOperation::ALL, StorageOperation::name)
    );
    // Where no core is there to report it, the facade has the words.
    let reasons = between(FAILURES, "const MODULE_LOAD = {\n", "\n};");
    assert_eq!(literals(between(&line("module_load"), "reason:", "}")), members_of(&reasons.replace('"', " ")));
    let causes = literals(between(&line("network"), "causes:", ";"));
    let transport = include_str!("../src/core/transport.rs");
    let said: Names = transport
        .split("causes: &[")
        .skip(1)
        .flat_map(|rest| literals(rest.split(']').next().unwrap_or_default()))
        .collect();
    assert_eq!(causes, said);
}
