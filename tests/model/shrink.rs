//! A failing schedule made short: what is not needed for the same failure is left out.

use super::act::Act;
use super::audit::Broken;
use super::drain;
use super::schedule::Plan;
use super::story;
use super::world::World;

/// Runs these acts; those that cannot happen are passed over.
pub fn replay(plan: Plan, acts: &[Act]) -> Option<Broken> {
    let mut world = plan.start();
    world.ledger.timed = true;
    world.ledger.searched = true;
    play(&mut world, acts)
}

/// Lets these acts happen, and calm after them.
pub fn play(world: &mut World, acts: &[Act]) -> Option<Broken> {
    for act in acts {
        world.apply(*act);
        if world.ledger.broken.is_some() {
            return world.ledger.broken.clone();
        }
    }
    drain::drain(world)
}

/// The fewest acts that still break the same invariant, as far as leaving out ever smaller pieces finds them.
pub fn shrink(acts: &[Act], breaks: impl Fn(&[Act]) -> bool) -> Vec<Act> {
    let mut left = acts.to_vec();
    let mut piece = left.len() / 2;
    while piece > 0 {
        let mut at = 0;
        let mut is_shorter = false;
        while at < left.len() {
            let end = (at + piece).min(left.len());
            let fewer: Vec<Act> = left[..at].iter().chain(&left[end..]).copied().collect();
            if breaks(&fewer) {
                left = fewer;
                is_shorter = true;
            } else {
                at += piece;
            }
        }
        if !is_shorter || piece > 1 {
            piece = if is_shorter { piece.min(left.len() / 2).max(1) } else { piece / 2 };
        }
    }
    left
}

/// The story of a failing schedule, made short.
pub fn told(plan: Plan, acts: &[Act], broken: &Broken) -> String {
    // What takes too long does so in its own time: with anything left out, something else would.
    let is_same =
        |acts: &[Act]| broken.rule != "L1" && replay(plan, acts).is_some_and(|other| other.rule == broken.rule);
    let short = if is_same(acts) { shrink(acts, is_same) } else { acts.to_vec() };
    let mut world = plan.start();
    world.ledger.timed = true;
    let told = story::tell(&mut world, &short);
    let how = replay(plan, &short).filter(|how| how.rule == broken.rule).unwrap_or_else(|| broken.clone());
    format!("{plan:?}\n{told}{}: {}\n", how.rule, how.how)
}
