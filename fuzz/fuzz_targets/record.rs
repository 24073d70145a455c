//! What the store holds, which anybody in the page may have written: JSON, or after a zero byte a tree of any shape.
#![no_main]

use arbitrary::Unstructured;
use libfuzzer_sys::fuzz_target;
use wasm_auth_session::core::record::{Record, Stored};
use wasm_auth_session::core::secret::SharedSecret;
use wasm_auth_session::core::tree::Tree;
use wasm_auth_session::core::units::UnixMillis;
use wasm_auth_session_fuzz::canary::SPELLINGS;
use wasm_auth_session_fuzz::json::{self, Vocabulary};
use wasm_auth_session_fuzz::support::NATIVE;

const RECORDS: Vocabulary = Vocabulary {
    names: &[
        "version",
        "epoch",
        "generation",
        "sid",
        "marker",
        "remember",
        "issued_at",
        "started_at",
        "wait",
        "lifetime",
        "token_set",
        "attempts",
        "until",
        "asked",
        "code",
        "access_token",
        "refresh_token",
        "token_type",
        "scope",
        "user",
        "extra",
    ],
    texts: &["", "server", "network", "token-1", "0123456789abcdef", "Bearer"],
    secrets: SPELLINGS,
};

const LAST: u64 = (1 << 53) - 1;

fuzz_target!(|input: &[u8]| {
    let tree = match input.strip_prefix(b"\0") {
        Some(bytes) => json::tree(&mut Unstructured::new(bytes), RECORDS).ok().map(whole),
        None => std::str::from_utf8(input).ok().and_then(NATIVE.parse_json),
    };
    let Some(tree) = tree else { return };
    for cookie_mode in [false, true] {
        let stored = Record::from_tree(&tree, cookie_mode);
        assert_eq!(stored, Record::from_tree(&tree, cookie_mode), "the same text is the same record");
        let Stored::Record(record) = stored else { continue };
        is_sound(&record, cookie_mode);
        is_read_as_written(record.clone(), cookie_mode);
        // Whatever was read, what is written next can be read: but for the last marks that can be spelled.
        if record.mark.epoch.max(record.mark.generation) >= LAST {
            continue;
        }
        is_read_as_written(Record { mark: record.mark.next(), ..record.clone() }, cookie_mode);
        let login = Record { mark: record.mark.next_epoch(UnixMillis(1_700_000_000_000)), ..record.clone() };
        assert!(login.mark > record.mark && record.mark.next() > record.mark);
        is_read_as_written(login, cookie_mode);
    }
});

/// With what every record has, where the bytes do not say otherwise.
fn whole(mut tree: Tree) -> Tree {
    for (name, usual) in [("version", 1), ("epoch", 1), ("generation", 2), ("issued_at", 1_700_000_000_000)] {
        if tree.get(name).is_none() {
            tree.set(name, Tree::integer(usual));
        }
    }
    if tree.get("sid").is_none() {
        tree.set_text("sid", "0123456789abcdef");
    }
    tree
}

fn is_sound(record: &Record, cookie_mode: bool) {
    let Some(session) = &record.session else { return };
    let tokens = [&session.tokens.access_token, &session.tokens.refresh_token];
    let is_sendable = |token: &SharedSecret| {
        (1..=16 * 1024).contains(&token.expose().len())
            && token.expose().bytes().all(|byte| (0x21..=0x7e).contains(&byte))
    };
    assert!(tokens.into_iter().flatten().all(is_sendable));
    assert!(cookie_mode || session.tokens.access_token.is_some());
    assert!((1..=64).contains(&session.sid.len()));
    assert!(session.issued_at.0 >= 0 && session.started_at.0 >= 0);
    assert!(session.tokens.lifetime.is_none_or(|lifetime| lifetime.0 > 0));
}

fn is_read_as_written(record: Record, cookie_mode: bool) {
    assert_eq!(Record::from_tree(&record.to_tree(true), cookie_mode), Stored::Record(record));
}
