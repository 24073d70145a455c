//! Ten thousand clients of five tabs behind a server that is down for half an hour. What comes in: when each client
//! logged in, and who looks at it; what goes out: what the server has to bear, second by second.

use std::thread;

use super::act::Act;
use super::begin::signed_in;
use super::chance::Chance;
use super::op::{Kind, Op};
use super::world::World;
use wasm_auth_session::core::session::Session;

const TABS: usize = 5;
const LIFETIME: i64 = 3_600;
/// How long the server is down, in seconds.
const OUTAGE: i64 = 1_800;
/// How long after it the last second is looked at.
const AFTER: i64 = 300;
/// By when who is interested has a token.
const SOON: i64 = 120;
/// A background tab's timers fire once a minute.
const THROTTLE: i64 = 60_000;

/// Who takes an interest in a client's session.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Interest {
    /// Somebody looks at one of its tabs.
    Seen,
    /// All are hidden, and callers ask now and then.
    Asked,
    /// Nobody does.
    None,
}

/// What a fleet did.
#[derive(Default)]
struct Load {
    /// Refreshes a second, from the beginning of the outage.
    sends: Vec<u32>,
    /// Clients that somebody takes an interest in.
    interested: u32,
    /// How many of them hold a token soon after the recovery.
    served: u32,
    /// Clients that wait for the recovery.
    backlog: u32,
    /// Clients that sent more often than the steps allow.
    hasty: u32,
}

struct Client {
    world: World,
    chance: Chance,
    interest: Interest,
    /// The beginning of the outage on this client's clock.
    outage: i64,
    next_call: i64,
}

impl Client {
    fn new(number: usize, template: &World) -> Self {
        let mut chance = Chance::new(number as u64);
        let mut world = template.clone();
        let interest = match chance.below(20) {
            0..14 => Interest::Seen,
            14..17 => Interest::Asked,
            _ => Interest::None,
        };
        let hidden = if interest == Interest::Seen { 1 } else { 0 };
        for tab in hidden..TABS {
            world.apply(Act::Show(tab as u8, false));
        }
        world.ledger.sent_at = Some(Vec::new());
        let outage = world.now.mono.0 + chance.between(0, LIFETIME * 1_000);
        Self { world, chance, interest, outage, next_call: outage }
    }

    fn now(&self) -> i64 {
        self.world.now.mono.0
    }

    fn is_down(&self) -> bool {
        (self.outage..self.outage + OUTAGE * 1_000).contains(&self.now())
    }

    fn run(&mut self, until: i64) {
        loop {
            self.come_to_rest();
            let due = (0..TABS).filter_map(|tab| self.due(tab));
            let call = (self.interest != Interest::None).then_some(self.next_call);
            let next = due.chain(call).min().filter(|next| *next <= until);
            let Some(next) = next else { break };
            self.world.apply(Act::Pass((next - self.now()).max(0)));
            if call == Some(next) {
                let tab = if self.interest == Interest::Seen { 0 } else { self.chance.below(TABS) };
                if !self.world.tabs[tab].is_asked() {
                    self.world.apply(Act::Ask(tab as u8));
                }
                self.next_call = next + self.chance.between(20_000, 60_000);
            }
        }
        self.world.apply(Act::Pass(until - self.now()));
    }

    /// When a tab's alarm goes off; in the background that is once a minute.
    fn due(&self, tab: usize) -> Option<i64> {
        let due = self.world.tabs[tab].session.deadline()?.0.max(self.now());
        let is_seen = self.world.tabs[tab].visible;
        Some(if is_seen { due } else { (due + THROTTLE - 1) / THROTTLE * THROTTLE })
    }

    fn come_to_rest(&mut self) {
        while let Some(act) = self.next() {
            self.world.apply(act);
        }
    }

    fn next(&self) -> Option<Act> {
        if !self.world.ops.is_empty() {
            let name = self.world.name(0);
            let is_refused = |op: &Op| self.is_down() && op.flight().is_some_and(|flight| flight.said.is_none());
            let fails = name.kind == Kind::Refresh && is_refused(&self.world.ops[0]);
            return Some(if fails { Act::Fail(name, 503, None) } else { Act::Step(name) });
        }
        let tabs = 0..TABS as u8;
        let is_due = |tab: u8| self.due(usize::from(tab)).is_some_and(|due| due <= self.now());
        tabs.flat_map(|tab| [(Act::Hint(tab), true), (Act::Tick(tab), is_due(tab))])
            .find(|(act, is_due)| *is_due && self.world.may(*act))
            .map(|(act, _)| act)
    }

    fn holds_a_token(&self) -> bool {
        let lives = |tab: &super::tab::Tab| {
            Session::token(&tab.session).and_then(|view| view.mono).is_some_and(|end| end.0 > self.now())
        };
        self.world.tabs.iter().any(lives)
    }

    /// Lives through the outage.
    fn live(mut self, load: &mut Load) {
        self.run(self.outage + OUTAGE * 1_000);
        let sent = |client: &Self| client.world.ledger.sent_at.clone().unwrap_or_default();
        let waits = sent(&self).iter().any(|at| *at >= self.outage);
        load.backlog += u32::from(waits);
        self.run(self.outage + (OUTAGE + SOON) * 1_000);
        if self.interest != Interest::None {
            load.interested += 1;
            load.served += u32::from(self.holds_a_token());
        }
        self.run(self.outage + (OUTAGE + AFTER) * 1_000);
        let sent: Vec<i64> = sent(&self).iter().map(|at| at - self.outage).filter(|at| *at >= 0).collect();
        load.hasty += u32::from(is_hasty(&sent));
        for at in sent {
            if let Some(second) = load.sends.get_mut((at / 1_000) as usize) {
                *second += 1;
            }
        }
        assert_eq!(self.world.ledger.broken, None);
    }
}

/// Whether two attempts are closer than the steps of a retry: one a step, whichever tab makes it.
fn is_hasty(sent: &[i64]) -> bool {
    let during = sent.iter().filter(|at| **at < OUTAGE * 1_000);
    let gaps: Vec<i64> = during.clone().zip(during.skip(1)).map(|(one, next)| next - one).collect();
    gaps.iter().enumerate().any(|(at, gap)| *gap < [250, 1_000, 3_000].get(at).copied().unwrap_or(60_000))
}

fn fleet(clients: usize) -> Load {
    let workers = 2;
    let loads = thread::scope(|scope| {
        let work = |worker: usize| {
            move || {
                let templates: Vec<World> = (0..40).map(|which| signed_in(TABS, LIFETIME, which)).collect();
                let mut load = Load { sends: vec![0; (OUTAGE + AFTER) as usize], ..Load::default() };
                for number in (worker..clients).step_by(workers) {
                    Client::new(number, &templates[number % templates.len()]).live(&mut load);
                }
                load
            }
        };
        let running: Vec<_> = (0..workers).map(|worker| scope.spawn(work(worker))).collect();
        running.into_iter().map(|worker| worker.join().expect("no client breaks anything")).collect::<Vec<_>>()
    });
    loads.into_iter().fold(Load::default(), |mut sum, load| {
        sum.sends.resize(load.sends.len(), 0);
        sum.sends.iter_mut().zip(&load.sends).for_each(|(sum, more)| *sum += more);
        sum.interested += load.interested;
        sum.served += load.served;
        sum.backlog += load.backlog;
        sum.hasty += load.hasty;
        sum
    })
}

fn chart(load: &Load) {
    let span = 20;
    let begin = (OUTAGE - 100) as usize;
    println!("refreshes a second, the highest of each {span} s; the server is back at 0 s");
    for (at, seconds) in load.sends.chunks(span).enumerate().filter(|(at, _)| at * span >= begin) {
        let most = seconds.iter().max().copied().unwrap_or_default();
        let mean = seconds.iter().sum::<u32>() as f64 / seconds.len() as f64;
        let bar = "#".repeat(most as usize * 40 / load.sends.iter().max().copied().unwrap_or(1).max(1) as usize);
        println!("{:>6} s {most:>4} (mean {mean:>6.1}) {bar}", (at * span) as i64 - OUTAGE);
    }
}

fn check(clients: usize) {
    let load = fleet(clients);
    let after = &load.sends[OUTAGE as usize..];
    let highest = after.iter().max().copied().unwrap_or_default();
    let bound = 2.0 * f64::from(load.backlog) / SOON as f64;
    chart(&load);
    println!(
        "{clients} clients, {} wait for the recovery, highest second {highest} of {bound:.0}; {} of {} hold a token after {SOON} s",
        load.backlog, load.served, load.interested,
    );
    assert_eq!(load.hasty, 0, "a client tries more often than once a step");
    assert!(f64::from(load.served) >= 0.99 * f64::from(load.interested), "too few are served");
    // A small fleet has its accidents: three standard deviations of them.
    let spread = if clients < 10_000 { 3.0 * bound.sqrt() } else { 0.0 };
    assert!(f64::from(highest) <= bound + spread, "the recovery is a storm");
}

#[test]
fn f40_a_fleet_comes_back_without_a_storm() {
    check(500);
}

#[test]
#[ignore = "a minute"]
fn f40_a_fleet_of_ten_thousand_comes_back_without_a_storm() {
    check(10_000);
}
