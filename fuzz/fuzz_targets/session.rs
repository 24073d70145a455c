//! The machine, with callers and answers in any order: each caller is answered once, and nothing secret is printed.
#![no_main]

use std::collections::BTreeMap;

use arbitrary::{Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use wasm_auth_session::core::error::{AuthError, Phase, StorageOperation};
use wasm_auth_session::core::record::{Record, Stored};
use wasm_auth_session::core::session::{Answer, Effect, Input, NotSaved, Session, Ticket, WaiterId};
use wasm_auth_session::core::sight::Sight;
use wasm_auth_session::core::transport::TransportError;
use wasm_auth_session::core::tree::Tree;
use wasm_auth_session::core::units::{Millis, MonoMillis, Now, UnixMillis};
use wasm_auth_session_fuzz::backends::backend;
use wasm_auth_session_fuzz::canary::{self, ACCESS, PASSWORD, REFRESH};
use wasm_auth_session_fuzz::json::{self, REPLIES, Vocabulary};
use wasm_auth_session_fuzz::support::{NATIVE, answer};

/// A server that repeats a secret of an earlier exchange is not caught; so here none does.
const WORDS: Vocabulary = Vocabulary { secrets: &["a secret"], ..REPLIES };

fuzz_target!(|input: &[u8]| {
    // Who spells a secret out, as the name of a field for instance, has told it himself.
    if canary::is_spelled_in(&String::from_utf8_lossy(input)) {
        return;
    }
    let mut bytes = Unstructured::new(input);
    let mut page = Page::new(bytes.arbitrary().unwrap_or_default());
    while !bytes.is_empty() && page.step(&mut bytes).is_ok() {}
    page.close();
});

enum Asked {
    Lock,
    Read,
    Write(Record),
    Reply,
}

struct Page {
    session: Session,
    now: Now,
    store: Option<Tree>,
    asked: Vec<(Ticket, Asked)>,
    /// How often each caller was answered.
    callers: BTreeMap<WaiterId, u32>,
    abandoned: Vec<WaiterId>,
}

impl Page {
    fn new(number: u8) -> Self {
        let options = backend(usize::from(number));
        Self {
            session: Session::new((*options).clone(), NATIVE, u64::from(number)),
            now: Now { wall: UnixMillis(1_700_000_000_000), mono: MonoMillis(1_000) },
            store: None,
            asked: Vec::new(),
            callers: BTreeMap::new(),
            abandoned: Vec::new(),
        }
    }

    fn caller(&mut self) -> WaiterId {
        let waiter = WaiterId(self.callers.len() as u32);
        self.callers.insert(waiter, 0);
        waiter
    }

    fn step(&mut self, bytes: &mut Unstructured<'_>) -> Result<()> {
        let input = match bytes.int_in_range(0..=23)? {
            0 => Input::Restore(self.caller()),
            1 => self.login(Tree::map([("username", Tree::text("ada")), ("password", Tree::text(PASSWORD))])),
            2 => {
                let credentials = json::tree(bytes, WORDS)?;
                self.login(credentials)
            }
            3 => Input::Adopt { waiter: self.caller(), reply: json::tree(bytes, WORDS)?, remember: bytes.arbitrary()? },
            4 => Input::Logout(self.caller()),
            5 | 6 => Input::TokenWanted(self.caller(), bytes.arbitrary::<Option<i64>>()?.map(Millis)),
            7 | 8 => Input::RefreshWanted(self.caller()),
            9 => {
                let one = WaiterId(bytes.arbitrary::<u8>()?.into());
                self.abandoned.push(one);
                Input::Abandoned(one)
            }
            10 | 11 => {
                self.now.wall = self.now.wall.plus(Millis(bytes.arbitrary::<i32>()?.into()));
                self.now.mono = self.now.mono.plus(Millis(bytes.arbitrary::<u32>()?.into()));
                Input::ClockTicked { visible: bytes.arbitrary()? }
            }
            12 => {
                self.now.mono = self.session.deadline().unwrap_or(self.now.mono).max(self.now.mono);
                Input::ClockTicked { visible: true }
            }
            13 => Input::Active,
            14 => Input::ActiveElsewhere(UnixMillis(bytes.arbitrary()?)),
            15 => Input::CameOnline,
            16 => Input::StoreHinted,
            17 => {
                self.store = Some(json::tree(bytes, WORDS)?);
                Input::StoreHinted
            }
            18 => Input::Replied(Ticket(bytes.arbitrary::<u8>()?.into()), Err(TransportError::Failed)),
            _ => return self.answer(bytes),
        };
        self.handle(input);
        Ok(())
    }

    fn login(&mut self, credentials: Tree) -> Input {
        Input::Login { waiter: self.caller(), grant: "password".to_owned(), credentials, remember: true }
    }

    /// Answers something that was asked for.
    fn answer(&mut self, bytes: &mut Unstructured<'_>) -> Result<()> {
        if self.asked.is_empty() {
            return Ok(());
        }
        let place = bytes.choose_index(self.asked.len())?;
        let (ticket, asked) = self.asked.remove(place);
        let well = bytes.ratio(4, 5)?;
        let input = match asked {
            Asked::Lock if well => Input::LockGranted(ticket),
            Asked::Lock => Input::LockDenied(ticket),
            Asked::Read if well => Input::StoreRead(ticket, Sight::unfenced(self.stored())),
            Asked::Read => Input::StoreRead(ticket, Sight::unfenced(Stored::Newer)),
            Asked::Write(record) if well => {
                self.store = Some(record.to_tree(true));
                Input::Saved(ticket, Ok(()))
            }
            Asked::Write(_) if bytes.arbitrary()? => Input::Saved(ticket, Err(NotSaved::Overtaken)),
            Asked::Write(_) => Input::Saved(ticket, Err(NotSaved::Failed(StorageOperation::Write))),
            Asked::Reply if well => Input::Replied(ticket, Ok(answer(200, granted(bytes)?))),
            Asked::Reply if bytes.arbitrary()? => Input::Replied(ticket, Err(TransportError::TimedOut)),
            Asked::Reply => {
                let status = *bytes.choose(&[200, 206, 302, 400, 401, 403, 422, 429, 500, 503])?;
                let body = json::tree(bytes, WORDS)?;
                // Tokens that a refusal makes up are known to nobody; those that were sent are what `rejection` is about.
                let status = if canary::are_tokens_in(&body) { 204 } else { status };
                Input::Replied(ticket, Ok(answer(status, if status == 204 { Tree::Null } else { body })))
            }
        };
        self.handle(input);
        Ok(())
    }

    fn stored(&self) -> Stored {
        let cookie_mode = self.session.options().dialect.is_cookie_mode();
        self.store.as_ref().map_or(Stored::Nothing, |tree| Record::from_tree(tree, cookie_mode))
    }

    fn handle(&mut self, input: Input) {
        let effects = self.session.handle(self.now, input);
        assert!(effects.len() <= 3 * self.callers.len() + 16, "{} effects", effects.len());
        for effect in effects {
            canary::assert_none_in_text(&format!("{effect:?}"));
            self.take(effect);
        }
        let refreshes = self
            .asked
            .iter()
            .filter(|(ticket, asked)| matches!(asked, Asked::Reply) && self.session.awaits(*ticket))
            .count();
        assert!(refreshes <= self.callers.len() + 1, "{refreshes} requests are out");
    }

    fn take(&mut self, effect: Effect) {
        match effect {
            Effect::AcquireLock(ticket) => self.asked.push((ticket, Asked::Lock)),
            Effect::ReleaseLock => self.asked.retain(|(_, asked)| !matches!(asked, Asked::Lock)),
            Effect::ReadStore(ticket) => self.asked.push((ticket, Asked::Read)),
            Effect::WriteStore(ticket, record, ..) => self.asked.push((ticket, Asked::Write(record))),
            Effect::Bury(mark, _) => self.store = Some(Record { mark, session: None }.to_tree(false)),
            Effect::HintPeers | Effect::ShareActivity(_) | Effect::CancelSend(_) => {}
            Effect::Send(ticket, request) => {
                canary::assert_none_in_text(&request.url);
                assert!(request.timeout > Millis::ZERO && request.phase != Phase::Api);
                self.asked.push((ticket, Asked::Reply));
            }
            Effect::Answer(waiter, told) => {
                let times = self.callers.get_mut(&waiter).expect("a caller is answered, nobody else");
                *times += 1;
                assert!(*times == 1, "a caller is answered twice");
                match told {
                    Ok(Answer::Token(token)) => assert!(token.expose().bytes().all(|byte| byte.is_ascii_graphic())),
                    Ok(_) => {}
                    Err(error) => canary::assert_none_in(&error.to_tree()),
                }
            }
            Effect::Emit(event) => canary::assert_none_in(&event.detail()),
        }
    }

    /// However it stands, after this everybody has been answered.
    fn close(mut self) {
        canary::assert_none_in(&self.session.trace().to_tree());
        canary::assert_none_in_text(&format!("{:?} {:?}", self.session, self.session.snapshot()));
        self.handle(Input::Dispose);
        for (waiter, times) in &self.callers {
            assert!(*times == 1 || self.abandoned.contains(waiter), "{waiter:?} was answered {times} times");
        }
        assert_eq!(self.session.deadline(), None);
        // Each caller left a few things under way at most.
        for _ in 0..64 + 8 * self.callers.len() {
            let Some((ticket, asked)) = self.asked.pop() else { break };
            self.handle(match asked {
                Asked::Lock => Input::LockGranted(ticket),
                Asked::Read => Input::StoreRead(ticket, Sight::unfenced(self.stored())),
                Asked::Write(_) => Input::Saved(ticket, Ok(())),
                Asked::Reply => Input::Replied(ticket, Err(TransportError::Cancelled)),
            });
        }
        assert!(self.asked.is_empty() && !self.session.is_busy(), "it is not done yet");
        assert!(matches!(self.told_after_the_end(), Err(AuthError::Disposed)));
    }

    fn told_after_the_end(&mut self) -> std::result::Result<Answer, AuthError> {
        let waiter = self.caller();
        let effects = self.session.handle(self.now, Input::TokenWanted(waiter, None));
        match effects.into_iter().find(|effect| matches!(effect, Effect::Answer(..))) {
            Some(Effect::Answer(_, told)) => told,
            other => panic!("{other:?}"),
        }
    }
}

/// What servers grant, by all the names they have for it.
fn granted(bytes: &mut Unstructured<'_>) -> Result<Tree> {
    let mut reply = json::tree(bytes, WORDS)?;
    let tokens = Tree::map([("token", Tree::text(ACCESS)), ("refresh", Tree::text(REFRESH))]);
    reply.set_text("access_token", ACCESS);
    reply.set_text("refresh_token", REFRESH);
    reply.set("data", tokens);
    reply.set("expires_in", Tree::integer(bytes.arbitrary::<i16>()?.into()));
    Ok(reply)
}
