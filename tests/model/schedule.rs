//! Schedules from a seed: who goes next, what goes wrong, and how long everything takes.
//!
//! Two ways to choose. By time: everything takes a while, and whatever is due first goes first. By priority (after
//! Burckhardt and others: "A randomized scheduler with probabilistic guarantees of finding bugs", 2010): the tab of
//! the highest priority goes on as long as it can, and at a few points the highest becomes the lowest.

use super::act::{Act, LOCK_TIMEOUT, TIMEOUT, is_request};
use super::audit::Broken;
use super::begin::start;
use super::chance::Chance;
use super::drain;
use super::op::{Kind, What};
use super::world::World;

/// All that a seed settles.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// The seed.
    pub seed: u64,
    /// How many tabs.
    pub tabs: usize,
    /// How many acts.
    pub acts: usize,
    /// By priority instead of by time.
    pub by_priority: bool,
    /// Seconds that tokens last.
    pub lifetime: i64,
    /// How often users do something: so many times in a thousand acts.
    pub busy: u32,
    /// How often something goes wrong.
    pub unlucky: u32,
    /// Every refresh fails.
    pub down: bool,
    /// A cookie renews the session.
    pub by_cookie: bool,
    /// Some users log in for one tab only, and some pages are copies of others.
    pub of_one_tab: bool,
}

/// What became of a schedule.
#[derive(Clone, Debug, Default)]
pub struct Ran {
    /// What happened.
    pub acts: Vec<Act>,
    /// What did not hold.
    pub broken: Option<Broken>,
    /// Refreshes that were sent.
    pub refreshes: u32,
    /// Callers who were answered.
    pub answers: u32,
    /// Virtual milliseconds.
    pub elapsed: i64,
}

impl Plan {
    /// From a seed; `tabs` if it matters.
    pub fn of(seed: u64, tabs: Option<usize>) -> Self {
        let mut chance = Chance::new(seed);
        let tabs = tabs.unwrap_or(2 + chance.below(7));
        Self {
            seed,
            tabs,
            acts: 60 + 12 * tabs,
            by_priority: chance.permille(400),
            lifetime: chance.of(&[2, 10, 60, 100, 100, 100, 600, 3_600, 3_600, 3_456_000, 0, -5]),
            busy: chance.of(&[20, 60, 120]),
            unlucky: chance.of(&[0, 20, 60, 120]),
            down: false,
            by_cookie: false,
            of_one_tab: false,
        }
    }

    /// The same where a cookie renews the session.
    pub fn by_cookie(seed: u64) -> Self {
        Self { by_cookie: true, ..Self::of(seed, None) }
    }

    /// The same where sessions may be one tab's alone.
    pub fn of_one_tab(seed: u64) -> Self {
        Self { of_one_tab: true, ..Self::of(seed, None) }
    }

    /// The server fails, and callers go on asking.
    pub fn down(seed: u64) -> Self {
        let plan = Self { by_priority: false, lifetime: 10, busy: 60, unlucky: 0, down: true, ..Self::of(seed, None) };
        Self { acts: 120 * plan.tabs, ..plan }
    }

    /// The world it begins with.
    pub fn start(self) -> World {
        start(self.tabs, self.lifetime, self.seed, self.by_cookie)
    }

    /// Runs it.
    pub fn run(self) -> Ran {
        let mut run = Run {
            world: self.start(),
            chance: Chance::new(self.seed ^ 0xfeed),
            order: Vec::new(),
            plan: self,
            acts: Vec::with_capacity(self.acts),
        };
        run.world.ledger.timed = true;
        run.world.ledger.searched = self.seed.is_multiple_of(64);
        run.order = (0..self.tabs).collect();
        for at in (1..self.tabs).rev() {
            let other = run.chance.below(at + 1);
            run.order.swap(at, other);
        }
        let started = run.world.now.mono.0;
        for _ in 0..self.acts {
            let act = run.choose();
            run.acts.push(act);
            run.world.apply(act);
            if run.world.ledger.broken.is_some() {
                break;
            }
        }
        let mut world = run.world;
        let broken = world.ledger.broken.clone().or_else(|| drain::drain(&mut world));
        Ran {
            acts: run.acts,
            broken,
            refreshes: world.ledger.refreshes,
            answers: world.ledger.answers,
            elapsed: world.now.mono.0 - started,
        }
    }
}

struct Run {
    plan: Plan,
    world: World,
    chance: Chance,
    /// The tabs by priority.
    order: Vec<usize>,
    acts: Vec<Act>,
}

impl Run {
    fn choose(&mut self) -> Act {
        if self.chance.permille(self.plan.busy) {
            return self.user();
        }
        if self.chance.permille(self.plan.unlucky)
            && let Some(act) = self.misfortune()
        {
            return act;
        }
        self.settle_delays();
        let choice = if self.plan.by_priority { self.by_priority() } else { self.by_time() };
        choice.unwrap_or_else(|| Act::Pass(self.until_next()))
    }

    fn tab(&mut self) -> u8 {
        self.chance.below(self.world.tabs.len()) as u8
    }

    /// What people do.
    fn user(&mut self) -> Act {
        let tab = self.tab();
        match self.chance.below(40) {
            0..19 => Act::Ask(tab),
            19..23 => Act::Force(tab),
            23..25 => Act::Logout(tab),
            25..28 if self.plan.of_one_tab && self.chance.permille(600) => Act::LoginHere(tab),
            25..28 => Act::Login(tab),
            28 => Act::Dispose(tab),
            29..32 => Act::Show(tab, false),
            32..36 => Act::Show(tab, true),
            36..39 if self.plan.of_one_tab && self.chance.permille(500) => Act::Copy(tab, self.tab()),
            36..39 => Act::Reopen(tab, !self.acts.len().is_multiple_of(3)),
            _ => Act::Sleep(self.chance.of(&[1_000, 30_000, 90_000, 3_600_000, 28_800_000]), self.chance.permille(500)),
        }
    }

    /// What goes wrong.
    fn misfortune(&mut self) -> Option<Act> {
        let tab = self.tab();
        let at = self.chance.below(self.world.ops.len().max(1));
        let name = (at < self.world.ops.len()).then(|| self.world.name(at));
        let act = match self.chance.below(20) {
            0 => Act::Crash(tab),
            1 => Act::Freeze(tab),
            2..4 => Act::Thaw(tab),
            4..6 => Act::Hush(tab),
            6 if self.chance.permille(200) => Act::Clear(self.chance.permille(300)),
            7 => Act::Jump(self.chance.of(&[3_600_000, -3_600_000, 86_400_000, -315_360_000_000, 315_360_000_000])),
            8 => Act::NoRoom(name?),
            9..11 => Act::Full(name?),
            11..13 => Act::Stale(name?),
            13..15 => Act::Lose(name?),
            15..17 => Act::Fail(name?, self.chance.of(&[500, 502, 503, 504]), None),
            17 => Act::Fail(name?, 429, Some(self.chance.of(&[1, 20, 4_000]))),
            _ => Act::Early(name?),
        };
        self.world.may(act).then_some(act)
    }

    /// Everything that is new takes as long as it takes.
    fn settle_delays(&mut self) {
        let now = self.world.now.mono.0;
        for at in 0..self.world.ops.len() {
            let op = &self.world.ops[at];
            if op.due.is_some() && !matches!(&op.what, What::Flight(flight) if flight.said.is_some()) {
                continue;
            }
            let delay = match op.kind() {
                _ if op.due.is_some() || self.plan.by_priority => 0,
                Kind::Grant => self.chance.between(0, 4),
                Kind::Read | Kind::Write | Kind::Bury if self.chance.permille(20) => self.chance.between(0, 900),
                Kind::Read | Kind::Write | Kind::Bury => self.chance.between(0, 9),
                Kind::Refresh | Kind::Login | Kind::Revoke if self.chance.permille(50) => {
                    self.chance.between(1_000, 14_000)
                }
                Kind::Refresh | Kind::Login | Kind::Revoke => self.chance.between(15, 400),
            };
            let op = &mut self.world.ops[at];
            op.due = Some(op.due.unwrap_or(now).max(now) + delay);
        }
    }

    fn by_time(&mut self) -> Option<Act> {
        let mut chosen = None;
        let mut seen = 0;
        let (world, chance) = (&self.world, &mut self.chance);
        // Each that is due with the same odds, in one pass.
        let mut offer = |act: Act| {
            seen += 1;
            if chance.below(seen) == 0 {
                chosen = Some(act);
            }
        };
        for at in 0..world.ops.len() {
            if let Some(act) = Self::due_op(world, at, self.plan.down) {
                offer(act);
            }
        }
        for tab in 0..world.tabs.len() {
            if let Some(act) = Self::due_tab(world, tab, false) {
                offer(act);
            }
        }
        chosen
    }

    fn by_priority(&mut self) -> Option<Act> {
        // Three times in a schedule, or so.
        if self.chance.below(self.plan.acts) < 3 {
            self.order.rotate_left(1);
        }
        let world = &self.world;
        let of_tab = |tab: &usize| {
            let op = (0..world.ops.len()).filter(|at| world.ops[*at].tab == *tab);
            op.filter_map(|at| Self::due_op(world, at, self.plan.down))
                .next()
                .or_else(|| Self::due_tab(world, *tab, true))
        };
        self.order.iter().find_map(of_tab)
    }

    fn due_op(world: &World, at: usize, is_down: bool) -> Option<Act> {
        let op = &world.ops[at];
        let now = world.now.mono.0;
        let name = || world.name(at);
        let runs = world.tabs[op.tab].runs();
        let is_awaited = op.flight().is_some_and(|flight| flight.ticket.is_some() && !flight.withdrawn);
        if is_request(op.kind()) && is_awaited && runs && now - op.since >= TIMEOUT {
            return Some(Act::TimeOut(name()));
        }
        let fails = is_down && op.kind() == Kind::Refresh && op.flight().is_some_and(|flight| flight.said.is_none());
        let step = |name| if fails { Act::Fail(name, 503, None) } else { Act::Step(name) };
        (op.due.is_some_and(|due| due <= now) && (op.is_remote() || runs) && world.is_in_turn(at)).then(|| step(name()))
    }

    fn due_tab(world: &World, tab: usize, at_once: bool) -> Option<Act> {
        let which = tab as u8;
        let is_hinted = at_once || world.tabs[tab].hint_at <= world.now.mono.0;
        let acts = [(is_hinted, Act::Hint(which)), (true, Act::Deny(which)), (true, Act::Tick(which))];
        acts.iter().find(|(is_due, act)| *is_due && world.may(*act)).map(|(_, act)| *act)
    }

    /// How long until something is due.
    fn until_next(&self) -> i64 {
        let world = &self.world;
        let now = world.now.mono.0;
        let ops = world.ops.iter().flat_map(|op| {
            let timeout = (is_request(op.kind()) && world.tabs[op.tab].runs()).then_some(op.since + TIMEOUT);
            [op.due, timeout]
        });
        let tabs = world
            .tabs
            .iter()
            .filter(|tab| tab.runs())
            .flat_map(|tab| [tab.session.deadline().map(|due| due.0), tab.hinted.then_some(tab.hint_at)]);
        let locks = world.lock.queue.iter().map(|asking| Some(asking.since + LOCK_TIMEOUT));
        let next = ops.chain(tabs).chain(locks).flatten().filter(|due| *due > now).min();
        next.map_or(1_000, |due| due - now)
    }
}
