//! Which functions are due, and in whose turn they are called.

use std::collections::HashMap;

use super::cron::{Cron, Minute};
use super::moment::Moment;
use super::store::schedules::{Claim, Scheduled};

/// How far back a minute may lie that no tick came for, in minutes: a function is called once for all that it missed.
const CATCH_UP_MINUTES: u64 = 60;

/// The claims to what is due at `now`, in the order in which it is to be called.
///
/// Owners take turns, and in each turn whoever waits longest comes first: so one who has many slow functions keeps nobody else from their own, and what
/// a tick doesn't come to is among the first of the next.
pub fn due(scheduled: Vec<Scheduled>, now: Moment) -> Vec<Claim> {
    let minutes = Minutes::before(now);
    let mut waiting: Vec<(Scheduled, &str)> = scheduled
        .into_iter()
        .filter_map(|scheduled| {
            let minute = minutes.due(&scheduled)?;
            Some((scheduled, minute))
        })
        .collect();
    waiting.sort_unstable_by(|(a, _), (b, _)| (&a.after, a.id.as_str()).cmp(&(&b.after, b.id.as_str())));
    let mut turns: HashMap<Option<Box<str>>, u32> = HashMap::new();
    let mut claims: Vec<(u32, Claim)> = waiting
        .into_iter()
        .map(|(Scheduled { id, owner, .. }, minute)| {
            let turn = turns.entry(owner).or_default();
            *turn += 1;
            (*turn, Claim { id, minute: minute.to_owned() })
        })
        .collect();
    // Stable: within a turn the order is still who waits longest.
    claims.sort_by_key(|(turn, _)| *turn);
    claims.into_iter().map(|(_, claim)| claim).collect()
}

/// The minutes that may be caught up, the latest first, with the texts of their beginnings.
struct Minutes(Vec<(Minute, String)>);

impl Minutes {
    fn before(now: Moment) -> Minutes {
        let minutes = (0..CATCH_UP_MINUTES).map(|back| now.minute_start().minutes_before(back));
        Minutes(minutes.map(|moment| (moment.minute(), moment.to_string())).collect())
    }

    /// The latest minute in which a function is due and was not called.
    fn due(&self, scheduled: &Scheduled) -> Option<&str> {
        let Ok(cron) = Cron::parse(&scheduled.cron) else {
            tracing::error!(function = scheduled.id.as_str(), cron = scheduled.cron, "a stored schedule is none");
            return None;
        };
        let mut open = self.0.iter().take_while(|(_, text)| *text > scheduled.after);
        open.find(|(minute, _)| cron.matches(*minute)).map(|(_, text)| &**text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::FunctionId;

    /// 12:30:00 on 2025-11-24, a Monday.
    const NOW: f64 = 1_763_987_400_000.0;

    fn scheduled(number: u32, owner: Option<&str>, cron: &str, after: &str) -> Scheduled {
        let id = FunctionId::parse(&format!("00000000-0000-4000-8000-{number:012}")).expect("an id");
        Scheduled { id, owner: owner.map(Into::into), cron: cron.to_owned(), after: format!("2025-11-24T{after}Z") }
    }

    fn minute(cron: &str, after: &str) -> Option<String> {
        let claims = due(vec![scheduled(1, None, cron, after)], Moment::of_ms(NOW + 12_345.0));
        let claim = claims.into_iter().next()?;
        Some(claim.minute.strip_prefix("2025-11-24T").expect("today").to_owned())
    }

    #[test]
    fn a_function_is_due_in_its_minute_once() {
        let at = |text: &str| Some(format!("{text}:00.000Z"));
        assert_eq!(minute("30 12 * * *", "09:00:00.000"), at("12:30"));
        assert_eq!(minute("* * * * *", "12:29:00.000"), at("12:30"));
        assert_eq!(minute("* * * * *", "12:30:00.000"), None, "a tick that came twice");
        assert_eq!(minute("* * * * *", "12:31:00.000"), None, "a tick that came late, after the next one");
        assert_eq!(minute("31 12 * * *", "09:00:00.000"), None);
        assert_eq!(minute("no schedule", "09:00:00.000"), None);
    }

    #[test]
    fn what_was_missed_is_caught_up_once_and_not_for_ever() {
        let at = |text: &str| Some(format!("{text}:00.000Z"));
        assert_eq!(minute("*/10 * * * *", "12:00:00.000"), at("12:30"), "the latest of three stands for all");
        assert_eq!(minute("5 12 * * *", "09:00:00.000"), at("12:05"));
        assert_eq!(minute("31 11 * * *", "09:00:00.000"), at("11:31"));
        assert_eq!(minute("30 11 * * *", "09:00:00.000"), None, "an hour ago");
    }

    #[test]
    fn a_schedule_holds_from_when_it_was_made() {
        assert_eq!(minute("30 12 * * *", "12:30:00.001"), None);
        assert_eq!(minute("5 12 * * *", "12:05:30.000"), None);
    }

    #[test]
    fn owners_take_turns_and_who_waits_longest_comes_first() {
        let every = |number, owner, after| scheduled(number, owner, "* * * * *", after);
        let waiting = vec![
            every(1, Some("ann"), "12:29:00.000"),
            every(2, Some("ann"), "12:29:00.000"),
            every(3, Some("ann"), "12:27:00.000"),
            every(4, Some("bob"), "12:28:00.000"),
            every(5, None, "12:26:00.000"),
            every(6, None, "12:25:00.000"),
            every(7, Some("cat"), "12:30:00.000"),
        ];
        let claims = due(waiting, Moment::of_ms(NOW));
        let order: Vec<&str> = claims.iter().map(|claim| &claim.id.as_str()[35..]).collect();
        assert_eq!(order, ["6", "3", "4", "5", "1", "2"], "nobody's, ann's, bob's; nobody's, ann's; ann's");
    }
}
