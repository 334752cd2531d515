//! What was used last, up to a number of entries and of bytes.

/// Values by their keys, the one that was used last at the end.
#[derive(Clone, Debug)]
pub struct Lru<T> {
    entries: Vec<Entry<T>>,
    most_entries: usize,
    most_bytes: u64,
}

#[derive(Clone, Debug)]
struct Entry<T> {
    key: Box<str>,
    value: T,
    bytes: u64,
}

impl<T: Clone> Lru<T> {
    /// Room for so many entries that have so many bytes in all.
    pub const fn new(most_entries: usize, most_bytes: u64) -> Lru<T> {
        Lru { entries: Vec::new(), most_entries, most_bytes }
    }

    /// The value of `key`, which is the one that was used last from now on.
    pub fn get(&mut self, key: &str) -> Option<T> {
        // A few entries: to look at each is as quick as a table, and a good deal smaller.
        let at = self.entries.iter().rposition(|entry| *entry.key == *key)?;
        let entry = self.entries.remove(at);
        let value = entry.value.clone();
        self.entries.push(entry);
        Some(value)
    }

    /// Keeps `value` of so many bytes, and drops what was used longest ago until there is room. What never fits is not kept.
    pub fn put(&mut self, key: &str, value: T, bytes: u64) {
        self.remove(key);
        if !self.make_room(bytes) {
            return;
        }
        self.entries.push(Entry { key: key.into(), value, bytes });
    }

    /// Drops what was used longest ago until there is room for one more of so many bytes; whether there ever is.
    pub fn make_room(&mut self, bytes: u64) -> bool {
        if bytes > self.most_bytes || self.most_entries == 0 {
            return false;
        }
        while self.entries.len() >= self.most_entries || self.bytes() + bytes > self.most_bytes {
            self.entries.remove(0);
        }
        true
    }

    /// Drops the value of `key`.
    pub fn remove(&mut self, key: &str) {
        self.entries.retain(|entry| *entry.key != *key);
    }

    /// How many bytes the values have in all.
    pub fn bytes(&self) -> u64 {
        self.entries.iter().map(|entry| entry.bytes).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(cache: &Lru<u32>) -> Vec<&str> {
        cache.entries.iter().map(|entry| &*entry.key).collect()
    }

    #[test]
    fn what_was_used_longest_ago_makes_room() {
        let mut cache = Lru::new(3, 100);
        for (value, key) in ["a", "b", "c"].into_iter().enumerate() {
            cache.put(key, value as u32, 10);
        }
        assert_eq!(cache.get("a"), Some(0));
        cache.put("d", 3, 10);
        assert_eq!(keys(&cache), ["c", "a", "d"]);
        assert_eq!((cache.get("b"), cache.bytes()), (None, 30));
    }

    #[test]
    fn bytes_are_bounded_as_well() {
        let mut cache = Lru::new(10, 100);
        cache.put("a", 0, 60);
        cache.put("b", 1, 40);
        assert_eq!(keys(&cache), ["a", "b"]);
        cache.put("c", 2, 61);
        assert_eq!((keys(&cache), cache.bytes()), (vec!["c"], 61));
        cache.put("d", 3, 101);
        assert_eq!(keys(&cache), ["c"], "what never fits moves nothing out");
    }

    #[test]
    fn room_is_made_before_its_value_is_there() {
        let mut cache = Lru::new(2, 100);
        cache.put("a", 0, 60);
        assert!(cache.make_room(40));
        assert_eq!(keys(&cache), ["a"]);
        assert!(cache.make_room(41));
        assert_eq!(cache.bytes(), 0);
        cache.put("b", 1, 60);
        assert!(!cache.make_room(101));
        assert_eq!(keys(&cache), ["b"], "what never fits moves nothing out");
    }

    #[test]
    fn a_key_has_one_value() {
        let mut cache = Lru::new(2, 100);
        cache.put("a", 0, 60);
        cache.put("a", 1, 70);
        assert_eq!((cache.get("a"), cache.bytes()), (Some(1), 70));
        cache.remove("a");
        assert_eq!((cache.get("a"), cache.bytes()), (None, 0));
    }
}
