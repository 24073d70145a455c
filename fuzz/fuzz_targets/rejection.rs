//! A refusal, in any shape.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wasm_auth_session::core::error::{AuthError, ErrorCode, Phase};
use wasm_auth_session::core::rejection;
use wasm_auth_session::core::tree::Tree;
use wasm_auth_session_fuzz::answer::Case;
use wasm_auth_session_fuzz::canary;

fuzz_target!(|input: &[u8]| {
    let case = Case::read(input);
    let error = rejection::decode(&case.response, &case.exchange());
    assert_eq!(error, rejection::decode(&case.response, &case.exchange()), "the same answer means the same");

    let code = error.code();
    assert!(matches!(&error, AuthError::Refused(..) | AuthError::SessionEnded { said: Some(_), .. }), "{code:?}");
    if case.response.status == 429 && !rejection::has_rule(&case.response, &case.exchange()) {
        assert_eq!(code, ErrorCode::RateLimited);
    }
    let tree = error.to_tree();
    canary::assert_none_in(&tree);
    let reason = if code == ErrorCode::SessionEnded { " (refused)" } else { "" };
    let message = format!("{}{reason}", code.row().message);
    assert!(tree.get("message").and_then(Tree::as_text) == Some(&message), "the message is in our words");
    assert!(tree.get("phase") == Some(&Tree::text(case.phase.name())));
    assert_eq!(tree.get("tokenExpired").is_some(), case.phase == Phase::Api);
    canary::each_text(&tree, &mut |text| assert!(text.chars().count() <= 200, "{} characters", text.chars().count()));
    // Fields, their context and what stands in it: nothing that was deep or wide comes through.
    assert!(depth(&tree) <= 12 && widest(&tree) <= 80);
    if let Some(wait) = tree.get("retryAfterMs") {
        assert!(wait.as_number().is_some_and(|wait| (0.0..=3_600_000.0).contains(&wait)));
    }
});

fn depth(tree: &Tree) -> usize {
    children(tree).map(depth).max().unwrap_or_default() + 1
}

fn widest(tree: &Tree) -> usize {
    children(tree).map(widest).max().unwrap_or_default().max(children(tree).count())
}

fn children(tree: &Tree) -> impl Iterator<Item = &Tree> {
    tree.elements().iter().chain(tree.entries().iter().map(|(_, value)| value))
}
