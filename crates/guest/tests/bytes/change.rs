/// Numbers that look random and depend on the seed alone (SplitMix64).
pub struct Random(pub u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.next() as u8).collect()
    }
}

/// `source` with one to four changes: a bit, a byte, a number as long as they get, a piece left out, doubled or from another source, an end
/// too early.
pub fn changed(source: &[u8], others: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut bytes = source.to_vec();
    for _ in 0..=random.below(4) {
        // Behind the header most of the time: what doesn't begin like a module is refused at once.
        let from = if random.below(20) == 0 { 0 } else { 8.min(bytes.len()) };
        let at = from + random.below(bytes.len() - from);
        let length = random.below(12).min(bytes.len() - at);
        match random.below(8) {
            0 | 1 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
            2 | 3 if at < bytes.len() => bytes[at] = random.next() as u8,
            4 => drop(bytes.splice(at..at + length.min(1), [0xff, 0xff, 0xff, 0xff, 0x0f])),
            5 => drop(bytes.drain(at..at + length)),
            6 => {
                let piece = bytes[at..at + length].to_vec();
                drop(bytes.splice(at..at, piece));
            }
            7 => {
                let other = &others[random.below(others.len())];
                let start = random.below(other.len());
                let piece = other[start..(start + length).min(other.len())].to_vec();
                drop(bytes.splice(at..at + length, piece));
            }
            _ => bytes.truncate(at),
        }
    }
    bytes
}
