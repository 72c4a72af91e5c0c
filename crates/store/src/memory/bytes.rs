//! Texts and counts in a row of bytes: what packed things are written in.

/// Writes at the end of a buffer.
pub(crate) trait WriteBytes {
    /// Seven bits a byte, the lowest first.
    fn put_count(&mut self, count: u64);

    /// The length comes first.
    fn put_text(&mut self, text: &str);
}

impl WriteBytes for Vec<u8> {
    fn put_count(&mut self, mut count: u64) {
        while count >= 0x80 {
            self.push(count as u8 | 0x80);
            count >>= 7;
        }
        self.push(count as u8);
    }

    fn put_text(&mut self, text: &str) {
        self.put_count(text.len() as u64);
        self.extend_from_slice(text.as_bytes());
    }
}

/// Takes from the front; `None` where the bytes are not what was written.
#[derive(Debug)]
pub(crate) struct ByteReader<'a>(pub(crate) &'a [u8]);

impl<'a> ByteReader<'a> {
    pub(crate) fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    pub(crate) fn count(&mut self) -> Option<u64> {
        let mut count = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let byte = self.byte()?;
            count |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(count);
            }
        }
        None
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*array)
    }

    /// A count of things that follow.
    pub(crate) fn length(&mut self) -> Option<usize> {
        usize::try_from(self.count()?).ok()
    }

    /// The bytes of a text.
    pub(crate) fn text_bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.length()?;
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(text)
    }

    pub(crate) fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.text_bytes()?).ok()
    }
}

/// A signed number as a count, small where it is near 0 on either side.
pub(crate) fn folded(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)) as u64
}

/// What [`folded`] was given.
pub(crate) fn unfolded(count: u64) -> i64 {
    (count >> 1) as i64 ^ -((count & 1) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read() {
        let numbers = [0, 1, -1, 63, -64, 64, 1 << 40, i64::MAX, i64::MIN];
        let mut bytes = Vec::new();
        for number in numbers {
            bytes.put_count(folded(number));
            bytes.put_text("ä");
        }
        let mut reader = ByteReader(&bytes);
        for number in numbers {
            assert_eq!(reader.count().map(unfolded), Some(number));
            assert_eq!(reader.text(), Some("ä"));
        }
        assert_eq!(reader.byte(), None);
    }

    #[test]
    fn a_count_that_does_not_end_is_none() {
        assert_eq!(ByteReader(&[0xff; 12]).count(), None);
        assert_eq!(ByteReader(&[0x80]).count(), None);
        assert_eq!(ByteReader(&[3, b'a']).text(), None);
    }
}
