//! A token reply, or what stands in its place.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wasm_auth_session::core::error::{AuthError, Phase};
use wasm_auth_session::core::record::{Mark, Record, Stored, StoredSession};
use wasm_auth_session::core::reply;
use wasm_auth_session::core::secret::SharedSecret;
use wasm_auth_session::core::token_set::TokenSet;
use wasm_auth_session::core::transport::ResponseBody;
use wasm_auth_session::core::tree::Tree;
use wasm_auth_session::core::units::{Millis, UnixMillis};
use wasm_auth_session_fuzz::answer::Case;
use wasm_auth_session_fuzz::canary;

fuzz_target!(|input: &[u8]| {
    let case = Case::read(input);
    let shape = match (case.phase, &case.options.dialect.refresh) {
        (Phase::Refresh, Some(refresh)) => &refresh.reply,
        _ => &case.options.dialect.reply,
    };
    let decoded = reply::decode(&case.response, shape, &case.exchange());
    assert_eq!(decoded, reply::decode(&case.response, shape, &case.exchange()), "the same answer means the same");
    match decoded {
        Ok((tokens, _)) => {
            assert!((200..300).contains(&case.response.status) && case.response.status != 206);
            grants(&tokens, case.options.max_lifetime);
            is_kept_whole(tokens, case.options.dialect.is_cookie_mode());
        }
        Err(error) => canary::assert_none_in(&error.to_tree()),
    }
    if let ResponseBody::Json(body) = &case.response.body {
        match reply::adopt(body, &case.exchange()) {
            Ok((tokens, _)) => grants(&tokens, case.options.max_lifetime),
            Err(AuthError::InvalidOptions { option, .. }) => assert!(option.starts_with("tokenReply"), "{option}"),
            Err(other) => panic!("{other:?}"),
        }
    }
});

fn grants(tokens: &TokenSet, longest: Millis) {
    let can_stand_in_a_header = |token: &SharedSecret| {
        (1..=16 * 1024).contains(&token.expose().len())
            && token.expose().bytes().all(|byte| (0x21..=0x7e).contains(&byte))
    };
    assert!(tokens.access_token.as_ref().is_some_and(can_stand_in_a_header));
    assert!(tokens.refresh_token.as_ref().is_none_or(can_stand_in_a_header));
    assert!(tokens.lifetime.is_none_or(|lifetime| (Millis(1)..=longest).contains(&lifetime)), "{:?}", tokens.lifetime);
    // What a page shows of the session repeats nothing that was secret in the exchange, nor the tokens themselves.
    let shown = [&tokens.token_type, &tokens.scope, &tokens.user];
    let mut look = |text: &str| {
        canary::assert_none_in_text(text);
        for token in
            [&tokens.access_token, &tokens.refresh_token].into_iter().flatten().filter(|token| token.expose().len() > 3)
        {
            assert!(!text.contains(token.expose()), "a token is shown");
        }
    };
    canary::each_text(&tokens.extra, &mut look);
    shown.into_iter().flatten().for_each(|text| look(text));
}

/// What was granted is what a reload finds.
fn is_kept_whole(tokens: TokenSet, cookie_mode: bool) {
    let session = StoredSession {
        sid: "0123456789abcdef".to_owned(),
        marker: false,
        remember: true,
        issued_at: UnixMillis(1_700_000_000_000),
        started_at: UnixMillis(1_700_000_000_000),
        wait: None,
        tokens,
    };
    let mut record = Record { mark: Mark { epoch: 1, generation: 2 }, session: Some(session) };
    let stored = record.to_tree(!cookie_mode);
    if cookie_mode {
        assert!(
            stored.at("/token_set/access_token") == Some(&Tree::Null)
                && stored.at("/token_set/refresh_token") == Some(&Tree::Null)
        );
        let session = record.session.as_mut().expect("it was put there");
        (session.tokens.access_token, session.tokens.refresh_token) = (None, None);
    }
    assert_eq!(Record::from_tree(&stored, cookie_mode), Stored::Record(record));
}
