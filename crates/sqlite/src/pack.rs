//! A table of values as one block of bytes: rows on their way to a page, parameters on their way to the leader.

use crate::value::Cell;

/// What a cell is; the byte that stands for it in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// NULL.
    Null = 0,
    /// An integer of at most 2^53 − 1, whose number is a float.
    Integer = 1,
    /// A real.
    Real = 2,
    /// Text; its number is a length.
    Text = 3,
    /// Bytes; its number is a length.
    Blob = 4,
    /// A wider integer, whose number is its 64 bits.
    Wide = 5,
}

impl Kind {
    fn of(byte: u8) -> Option<Self> {
        Some(match byte {
            0 => Self::Null,
            1 => Self::Integer,
            2 => Self::Real,
            3 => Self::Text,
            4 => Self::Blob,
            5 => Self::Wide,
            _ => return None,
        })
    }
}

/// Largest integer that a JavaScript number holds exactly.
pub const MAX_SAFE: i64 = (1 << 53) - 1;

const HEADER: usize = 16;

/// A block in the making.
///
/// The block, little-endian: `u32` cells, `u32` bytes of text, `u32` bytes of blobs, `u32` 0; one kind per cell, padded to a
/// multiple of 8; one 64-bit number per cell; the text of all cells; the blobs of all cells. A text's number is its length in
/// UTF-16 units on the way to the page (which decodes all text at once and cuts it) and in bytes on the way to the leader.
#[derive(Debug, Default)]
pub struct Pack {
    kinds: Vec<u8>,
    numbers: Vec<u64>,
    text: Vec<u8>,
    blobs: Vec<u8>,
}

impl Pack {
    /// How many cells it has.
    pub fn cells(&self) -> usize {
        self.kinds.len()
    }

    /// The kinds, the numbers, the text and the blobs of its cells.
    pub fn parts(&self) -> (&[u8], &[u64], &[u8], &[u8]) {
        (&self.kinds, &self.numbers, &self.text, &self.blobs)
    }

    /// Hands out the cells in order.
    pub fn each(&self, mut take: impl FnMut(Cell<'_>)) {
        let (mut text, mut blobs) = (std::str::from_utf8(&self.text).unwrap_or_default(), self.blobs.as_slice());
        let ascii = text.is_ascii();
        for (kind, number) in self.kinds.iter().zip(&self.numbers) {
            let float = f64::from_bits(*number);
            take(match Kind::of(*kind) {
                None | Some(Kind::Null) => Cell::Null,
                Some(Kind::Integer) => Cell::Integer(float as i64),
                Some(Kind::Wide) => Cell::Integer(number.cast_signed()),
                Some(Kind::Real) => Cell::Real(float),
                Some(Kind::Text) => {
                    let units = float as usize;
                    let (taken, rest) = text.split_at(if ascii { units } else { bytes_of(text, units) });
                    text = rest;
                    Cell::Text(taken.as_bytes())
                }
                Some(Kind::Blob) => {
                    let (taken, rest) = blobs.split_at(float as usize);
                    blobs = rest;
                    Cell::Blob(taken)
                }
            });
        }
    }

    /// Bytes that its cells take.
    pub fn weight(&self) -> usize {
        self.kinds.len() * 9 + self.text.len() + self.blobs.len()
    }

    /// Empties it, keeping its memory.
    pub fn clear(&mut self) {
        self.kinds.clear();
        self.numbers.clear();
        self.text.clear();
        self.blobs.clear();
    }

    /// Adds a cell; text that is not UTF-8 gets replacement characters.
    pub fn push(&mut self, cell: Cell<'_>) {
        let (kind, number) = match cell {
            Cell::Null => (Kind::Null, 0),
            Cell::Integer(value) if (-MAX_SAFE..=MAX_SAFE).contains(&value) => {
                (Kind::Integer, (value as f64).to_bits())
            }
            Cell::Integer(value) => (Kind::Wide, value.cast_unsigned()),
            Cell::Real(value) => (Kind::Real, value.to_bits()),
            Cell::Text(bytes) => (Kind::Text, (self.push_text(bytes) as f64).to_bits()),
            Cell::Blob(bytes) => {
                self.blobs.extend_from_slice(bytes);
                (Kind::Blob, (bytes.len() as f64).to_bits())
            }
        };
        self.kinds.push(kind as u8);
        self.numbers.push(number);
    }

    fn push_text(&mut self, bytes: &[u8]) -> usize {
        if bytes.is_ascii() {
            self.text.extend_from_slice(bytes);
            return bytes.len();
        }
        let text = String::from_utf8_lossy(bytes);
        self.text.extend_from_slice(text.as_bytes());
        text.encode_utf16().count()
    }

    /// The finished block with texts counted in bytes, for [`Unpack`].
    pub fn to_counted_bytes(&self) -> Vec<u8> {
        let mut numbers = Vec::with_capacity(self.numbers.len());
        self.each(|cell| numbers.push(count_bytes(cell)));
        Self { kinds: self.kinds.clone(), numbers, text: self.text.clone(), blobs: self.blobs.clone() }.to_bytes()
    }

    /// The finished block.
    pub fn to_bytes(&self) -> Vec<u8> {
        let cells = self.kinds.len();
        let mut bytes = Vec::with_capacity(HEADER + cells.next_multiple_of(8) + cells * 8 + self.weight());
        for count in [cells, self.text.len(), self.blobs.len(), 0] {
            bytes.extend_from_slice(&(count as u32).to_le_bytes());
        }
        bytes.extend_from_slice(&self.kinds);
        bytes.resize(HEADER + cells.next_multiple_of(8), 0);
        for number in &self.numbers {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        bytes.extend_from_slice(&self.text);
        bytes.extend_from_slice(&self.blobs);
        bytes
    }
}

/// A cell's number where texts are counted in bytes.
fn count_bytes(cell: Cell<'_>) -> u64 {
    match cell {
        Cell::Null => 0,
        Cell::Integer(value) if (-MAX_SAFE..=MAX_SAFE).contains(&value) => (value as f64).to_bits(),
        Cell::Integer(value) => value.cast_unsigned(),
        Cell::Real(value) => value.to_bits(),
        Cell::Text(bytes) | Cell::Blob(bytes) => (bytes.len() as f64).to_bits(),
    }
}

/// How many bytes the first `units` UTF-16 units of a text take.
fn bytes_of(text: &str, units: usize) -> usize {
    let mut left = units;
    for (at, letter) in text.char_indices() {
        if left == 0 {
            return at;
        }
        left = left.saturating_sub(letter.len_utf16());
    }
    text.len()
}

/// Why bytes are not a block of parameters.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the packed parameters are damaged: {0}")]
pub struct Damaged(&'static str);

/// The cells of a block whose texts are counted in bytes.
#[derive(Debug)]
pub struct Unpack<'a> {
    kinds: &'a [u8],
    numbers: &'a [u8],
    text: &'a [u8],
    blobs: &'a [u8],
    at: usize,
}

impl<'a> Unpack<'a> {
    /// Reads the head of a block.
    pub fn new(bytes: &'a [u8]) -> Result<Self, Damaged> {
        let count = |at: usize| -> Result<usize, Damaged> {
            let four = bytes.get(at..at + 4).ok_or(Damaged("its head is cut off"))?;
            Ok(u32::from_le_bytes(four.try_into().map_err(|_| Damaged("its head is cut off"))?) as usize)
        };
        let (cells, text, blobs) = (count(0)?, count(4)?, count(8)?);
        let numbers_at = HEADER + cells.next_multiple_of(8);
        let text_at = numbers_at + cells * 8;
        if bytes.len() != text_at + text + blobs || bytes.len() < HEADER {
            return Err(Damaged("its length is not what its head says"));
        }
        let (body, blobs) = bytes.split_at(text_at + text);
        Ok(Self {
            kinds: &body[HEADER..HEADER + cells],
            numbers: &body[numbers_at..text_at],
            text: &body[text_at..],
            blobs,
            at: 0,
        })
    }

    /// How many cells are left.
    pub fn left(&self) -> usize {
        self.kinds.len() - self.at
    }

    /// The next cell.
    pub fn next_cell(&mut self) -> Result<Cell<'a>, Damaged> {
        let kind = self.kinds.get(self.at).copied().and_then(Kind::of).ok_or(Damaged("a cell has no known kind"))?;
        let eight = self.numbers.as_chunks::<8>().0.get(self.at).ok_or(Damaged("a cell has no number"))?;
        let (number, float) = (u64::from_le_bytes(*eight), f64::from_le_bytes(*eight));
        self.at += 1;
        Ok(match kind {
            Kind::Null => Cell::Null,
            Kind::Integer => Cell::Integer(float as i64),
            Kind::Wide => Cell::Integer(number.cast_signed()),
            Kind::Real => Cell::Real(float),
            Kind::Text => Cell::Text(take(&mut self.text, float as usize)?),
            Kind::Blob => Cell::Blob(take(&mut self.blobs, float as usize)?),
        })
    }
}

fn take<'a>(from: &mut &'a [u8], length: usize) -> Result<&'a [u8], Damaged> {
    let (taken, rest) = from.split_at_checked(length).ok_or(Damaged("a cell is longer than the block"))?;
    *from = rest;
    Ok(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_come_back_as_they_were() {
        let cells = [
            Cell::Null,
            Cell::Integer(-7),
            Cell::Integer(MAX_SAFE),
            Cell::Integer(MAX_SAFE + 1),
            Cell::Integer(i64::MIN),
            Cell::Real(0.1),
            Cell::Text(b"abc"),
            Cell::Text(b""),
            Cell::Blob(&[0, 255]),
            Cell::Text("橋🌉é".as_bytes()),
            Cell::Text(b"def"),
        ];
        let mut pack = Pack::default();
        for cell in cells {
            pack.push(cell);
        }
        let bytes = pack.to_counted_bytes();
        let mut unpack = Unpack::new(&bytes).expect("a block");
        for cell in cells {
            assert_eq!(unpack.next_cell(), Ok(cell));
        }
        assert_eq!(unpack.left(), 0);
    }

    #[test]
    fn a_text_is_counted_as_javascript_counts() {
        let mut pack = Pack::default();
        pack.push(Cell::Text("橋🌉".as_bytes()));
        assert_eq!(f64::from_bits(pack.numbers[0]), 3.0);
    }

    #[test]
    fn damaged_blocks_are_refused() {
        let mut pack = Pack::default();
        pack.push(Cell::Text(b"abc"));
        let bytes = pack.to_bytes();
        assert!(Unpack::new(&bytes[..bytes.len() - 1]).is_err(), "cut off");
        assert!(Unpack::new(&[]).is_err(), "empty");
        let mut longer = bytes.clone();
        longer[24..32].copy_from_slice(&4f64.to_le_bytes());
        assert!(Unpack::new(&longer).expect("a head").next_cell().is_err(), "a text longer than the block");
        let mut unknown = bytes;
        unknown[16] = 9;
        assert!(Unpack::new(&unknown).expect("a head").next_cell().is_err(), "an unknown kind");
    }
}
