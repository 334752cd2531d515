//! Schedules.

use thiserror::Error;

/// A schedule in the five fields of `crontab`: minute, hour, day of the month, month, day of the week (0 and 7 are Sunday), in UTC.
///
/// A field is `*`, a number, a range `a-b`, any of those with a step `/n`, or a list of them. Where both days are restricted, one of them
/// suffices ([POSIX, crontab](https://pubs.opengroup.org/onlinepubs/9799919799/utilities/crontab.html)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cron {
    /// One bit for each value that is meant.
    fields: [u64; 5],
    either_day: bool,
}

/// A text that is no schedule, or none that anybody means.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum CronError {
    /// It is none.
    #[error(
        "cron: expected five fields such as \"*/15 8-18 * * 1-5\" (minute 0-59, hour 0-23, day 1-31, month 1-12, weekday 0-7), of at most 256 bytes"
    )]
    Malformed,
    /// None of its months has one of its days.
    #[error(
        "cron: there is no day {days} in month {months}, so the function would never be called; choose a day that the month has"
    )]
    Never {
        /// The days, as they were given.
        days: Box<str>,
        /// The months, as they were given.
        months: Box<str>,
    },
}

/// A minute of some day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is the field of its name")]
pub struct Minute {
    pub minute: u32,
    pub hour: u32,
    pub day: u32,
    pub month: u32,
    /// 0 is Sunday.
    pub weekday: u32,
}

/// Bytes of a schedule: all are read in every minute.
const MOST_BYTES: usize = 256;

/// The days of each month from January on, the 29th of February among them.
const MONTHS: [u32; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

const RANGES: [(u32, u32); 5] = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 7)];

impl Cron {
    /// Reads a schedule.
    pub fn parse(text: &str) -> Result<Cron, CronError> {
        if text.len() > MOST_BYTES {
            return Err(CronError::Malformed);
        }
        let given: Vec<&str> = text.split_ascii_whitespace().collect();
        let mut fields = [0; 5];
        if given.len() != fields.len() {
            return Err(CronError::Malformed);
        }
        for ((field, given), range) in fields.iter_mut().zip(&given).zip(RANGES) {
            *field = given
                .split(',')
                .try_fold(0, |bits, part| bits_of(part, range).map(|more| bits | more))
                .ok_or(CronError::Malformed)?;
        }
        // Sunday has two numbers.
        fields[4] |= fields[4] >> 7;
        Ok(Cron { fields, either_day: !given[2].starts_with('*') && !given[4].starts_with('*') })
    }

    /// Checks a schedule that somebody gives: [`Cron::parse`] takes those that never come as well, because one may be stored.
    pub fn check(text: &str) -> Result<(), CronError> {
        if Cron::parse(text)?.comes() {
            return Ok(());
        }
        let mut fields = text.split_ascii_whitespace().skip(2).map(Box::from);
        Err(CronError::Never { days: fields.next().unwrap_or_default(), months: fields.next().unwrap_or_default() })
    }

    /// Whether it has a minute at all. Every weekday comes in every month, and each day of a month, the 29th of February too, falls on every weekday
    /// in some year.
    fn comes(&self) -> bool {
        let has = |field: usize, value: u32| self.fields[field] >> value & 1 == 1;
        let in_month = |(month, days): (u32, u32)| has(3, month) && (1..=days).any(|day| has(2, day));
        self.either_day || (1..).zip(MONTHS).any(in_month)
    }

    /// Whether `minute` is one of those meant.
    pub fn matches(&self, minute: Minute) -> bool {
        let has = |field: usize, value: u32| self.fields[field] >> value & 1 == 1;
        let (day, weekday) = (has(2, minute.day), has(4, minute.weekday));
        let days = if self.either_day { day || weekday } else { day && weekday };
        has(0, minute.minute) && has(1, minute.hour) && has(3, minute.month) && days
    }
}

fn bits_of(part: &str, (least, most): (u32, u32)) -> Option<u64> {
    let (range, step) = match part.split_once('/') {
        Some((range, step)) => (range, number(step).filter(|step| *step > 0)?),
        None => (part, 1),
    };
    let (first, last) = match (range, range.split_once('-')) {
        ("*", _) => (least, most),
        (_, Some((first, last))) => (number(first)?, number(last)?),
        // A step from a number goes on to the end.
        _ => (number(range)?, if step > 1 || part.contains('/') { most } else { number(range)? }),
    };
    let right = least <= first && first <= last && last <= most;
    right.then(|| (first..=last).step_by(step as usize).fold(0, |bits, value| bits | 1 << value))
}

fn number(text: &str) -> Option<u32> {
    (text.len() <= 2 && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 08:30 on Wednesday, the 15th of April.
    const NOW: Minute = Minute { minute: 30, hour: 8, day: 15, month: 4, weekday: 3 };

    #[test]
    fn a_schedule_matches_its_minutes() {
        for right in [
            "* * * * *",
            "30 8 * * *",
            "*/15 * * * *",
            "*/30 8-18 * * 1-5",
            "0,30 8 15 4 *",
            "30 8 * * 3",
            "10-40/10 * * * *",
            "30 8 15 * 0",
            "30 8 1 * 3",
            "0/10 * * * *",
            "30  8 * 4  *",
        ] {
            assert!(Cron::parse(right).expect(right).matches(NOW), "{right}");
        }
        for wrong in [
            "31 * * * *",
            "*/7 * * * *",
            "* 9 * * *",
            "* * 14 * *",
            "* * * 5 *",
            "* * * * 4",
            "30 8 1 * 0",
            "* * */2 * 0",
        ] {
            assert!(!Cron::parse(wrong).expect(wrong).matches(NOW), "{wrong}");
        }
    }

    #[test]
    fn sunday_has_two_numbers() {
        let sunday = Minute { weekday: 0, ..NOW };
        for schedule in ["* * * * 0", "* * * * 7", "* * * * 5-7"] {
            assert!(Cron::parse(schedule).expect(schedule).matches(sunday), "{schedule}");
            assert!(!Cron::parse(schedule).expect(schedule).matches(NOW), "{schedule}");
        }
    }

    #[test]
    fn what_is_no_schedule_is_refused() {
        for wrong in [
            "",
            "* * * *",
            "* * * * * *",
            "60 * * * *",
            "* 24 * * *",
            "* * 0 * *",
            "* * 32 * *",
            "* * * 13 *",
            "* * * * 8",
            "5-1 * * * *",
            "*/0 * * * *",
            "a * * * *",
            "-1 * * * *",
            "1- * * * *",
            "1,,2 * * * *",
            "1/ * * * *",
            "@daily",
            "MON * * * *",
            "+1 * * * *",
            "000 * * * *",
        ] {
            assert_eq!(Cron::parse(wrong), Err(CronError::Malformed), "{wrong:?}");
        }
        let longest = format!("{}0 * * * *", "0,".repeat(123));
        assert!(longest.len() == 255 && Cron::parse(&longest).is_ok());
        assert_eq!(Cron::parse(&format!("0,{longest}")), Err(CronError::Malformed), "too long");
    }

    #[test]
    fn a_schedule_that_never_comes_is_refused() {
        for (schedule, days, months) in [
            ("0 0 30 2 *", "30", "2"),
            ("* * 31 2,4,6,9,11 *", "31", "2,4,6,9,11"),
            ("0 0 31 4-6/2 *", "31", "4-6/2"),
            ("0 0 30-31 2 */2", "30-31", "2"),
        ] {
            let never = CronError::Never { days: days.into(), months: months.into() };
            assert_eq!(Cron::check(schedule), Err(never), "{schedule}");
            assert!(Cron::parse(schedule).is_ok(), "{schedule}: it may be stored");
        }
        let said = Cron::check("0 0 30 2 *").map_err(|error| error.to_string());
        assert!(said.is_err_and(|said| said.starts_with("cron: there is no day 30 in month 2, so")));
        assert_eq!(Cron::check("0 0 30 2"), Err(CronError::Malformed));
        for right in [
            "0 0 29 2 *",
            "0 0 29 2 */6",
            "0 0 30 */2 *",
            "0 0 31 2,3 *",
            "0 0 29-31 2 *",
            "0 0 31 1-12 *",
            "* * * 2 *",
            // One of both days suffices, and Mondays there are.
            "0 0 30 2 1",
        ] {
            assert_eq!(Cron::check(right), Ok(()), "{right}");
        }
    }

    #[test]
    fn the_tables_take_what_is_read_here() {
        let [taken, refused] = crate::functions::tests::settings("cron");
        for given in &taken {
            assert!(Cron::parse(given.as_str().expect("a text")).is_ok(), "{given}");
        }
        for given in &refused {
            assert_eq!(Cron::parse(given.as_str().expect("a text")), Err(CronError::Malformed), "{given}");
        }
    }
}
