//! Points in time as a calendar has them, in UTC.

use std::fmt;

use super::cron::Minute;
use crate::time;

/// Milliseconds since 1970-01-01 UTC, shown as RFC 3339 with three decimals: a text that sorts as the time does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(u64);

const MINUTE_MS: u64 = 60_000;
/// The last moment of the year 9999, after which a text would not sort as the time does.
const LAST_MS: u64 = 253_402_300_799_999;

impl Moment {
    /// The moment that the host's clock shows as `ms`.
    pub fn of_ms(ms: f64) -> Moment {
        Moment(ms as u64)
    }

    /// The moment that a date (midnight UTC) or a date and time with its offset after RFC 3339 names; the first after it, if that lies between two. What is
    /// before 1970 or after 9999 is the first or the last moment that there is, for nothing is kept of other times.
    pub fn at_or_after(text: &str) -> Option<Moment> {
        let (seconds, nanoseconds) = time::instant(&time::parse(text)?);
        let (epoch, _) = time::instant("1970-01-01T00:00:00Z");
        let ms = (seconds - epoch) * 1000 + i64::from(nanoseconds.div_ceil(1_000_000));
        Some(Moment(u64::try_from(ms).unwrap_or(0).min(LAST_MS)))
    }

    /// Its time, as the host's clock shows it.
    pub fn as_ms(self) -> f64 {
        self.0 as f64
    }

    /// The beginning of its minute.
    pub fn minute_start(self) -> Moment {
        Moment(self.0 / MINUTE_MS * MINUTE_MS)
    }

    /// The moment `minutes` earlier.
    pub fn minutes_before(self, minutes: u64) -> Moment {
        Moment(self.0.saturating_sub(minutes * MINUTE_MS))
    }

    /// Its minute, as a schedule looks at it.
    pub fn minute(self) -> Minute {
        let days = self.0 / 86_400_000;
        let (_, month, day) = date(days);
        let minutes = self.0 / MINUTE_MS % 1440;
        Minute {
            minute: (minutes % 60) as u32,
            hour: (minutes / 60) as u32,
            day,
            month,
            // 1970-01-01 was a Thursday.
            weekday: ((days + 4) % 7) as u32,
        }
    }
}

/// Year, month and day of a day since 1970-01-01 in the Gregorian calendar
/// ([Hinnant, "chrono-Compatible Low-Level Date Algorithms"](https://howardhinnant.github.io/date_algorithms.html#civil_from_days)).
fn date(days: u64) -> (u64, u32, u32) {
    // Years begin in March here, so that a leap day is a year's last; an era has 400 of them.
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + u64::from(month <= 2), month as u32, day as u32)
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = date(self.0 / 86_400_000);
        let Minute { hour, minute, .. } = self.minute();
        let (seconds, ms) = (self.0 / 1000 % 60, self.0 % 1000);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{seconds:02}.{ms:03}Z")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_shown_as_the_calendar_has_it() {
        for (ms, text, weekday) in [
            (0.0, "1970-01-01T00:00:00.000Z", 4),
            (951_782_399_999.0, "2000-02-28T23:59:59.999Z", 1),
            (951_782_400_000.0, "2000-02-29T00:00:00.000Z", 2),
            (951_868_800_000.0, "2000-03-01T00:00:00.000Z", 3),
            (1_763_985_600_500.9, "2025-11-24T12:00:00.500Z", 1),
            (4_107_542_400_000.0, "2100-03-01T00:00:00.000Z", 1),
            (4_107_456_000_000.0, "2100-02-28T00:00:00.000Z", 0),
        ] {
            let moment = Moment::of_ms(ms);
            assert_eq!((moment.to_string().as_str(), moment.minute().weekday), (text, weekday));
        }
    }

    #[test]
    fn a_text_is_the_same_moment_whatever_its_offset_and_its_year() {
        let shown = |text: &str| Moment::at_or_after(text).map(|moment| moment.to_string());
        for (text, wanted) in [
            ("2026-01-01", "2026-01-01T00:00:00.000Z"),
            ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000Z"),
            ("2026-01-01T00:00:00+15:00", "2025-12-31T09:00:00.000Z"),
            ("2026-01-01t00:00:00.25-15:59", "2026-01-01T15:59:00.250Z"),
            ("2024-03-01T00:30:00+01:00", "2024-02-29T23:30:00.000Z"),
            ("2026-01-01T00:00:00.0001Z", "2026-01-01T00:00:00.001Z"),
            ("2026-01-01T00:00:00.001Z", "2026-01-01T00:00:00.001Z"),
            ("2025-12-31T23:59:59.999000001Z", "2026-01-01T00:00:00.000Z"),
            ("9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59.999Z"),
            ("9999-12-31T23:59:59-15:59", "9999-12-31T23:59:59.999Z"),
            ("9999-12-31", "9999-12-31T00:00:00.000Z"),
            ("1969-12-31T23:59:59.9Z", "1970-01-01T00:00:00.000Z"),
            ("0001-01-01T00:00:00+15:59", "1970-01-01T00:00:00.000Z"),
        ] {
            assert_eq!(shown(text).as_deref(), Some(wanted), "{text}");
        }
        for wrong in ["", "tomorrow", "2026-01-01T00:00:00", "2026-01-01T00:00:00+16:00", "10000-01-01", "2026-02-29"] {
            assert_eq!(shown(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn every_day_of_five_centuries_follows_the_one_before() {
        let (mut year, mut month, mut day) = (1970, 1, 1);
        for days in 0..182_622 {
            assert_eq!(date(days), (year, month, day), "day {days}");
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let length = [31, 28 + u32::from(leap), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month as usize - 1];
            day += 1;
            if day > length {
                (month, day) = (month + 1, 1);
            }
            if month > 12 {
                (year, month) = (year + 1, 1);
            }
        }
        assert_eq!(year, 2470);
    }

    #[test]
    fn minutes_are_counted_from_their_beginning() {
        let moment = Moment::of_ms(1_763_985_659_999.0);
        assert_eq!(moment.minute_start(), Moment::of_ms(1_763_985_600_000.0));
        assert_eq!(moment.minutes_before(1), Moment::of_ms(1_763_985_599_999.0));
        assert_eq!(Moment::of_ms(5.0).minutes_before(1), Moment::of_ms(0.0));
    }
}
