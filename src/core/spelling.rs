//! Bytes and numbers spelled as text: for forms, for HTTP Basic, for names. Each is a loop over one alphabet, which
//! weighs a tenth of an encoder made for speed.

const STANDARD: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const HEX: &[u8] = b"0123456789abcdef";
const UPPER_HEX: &[u8] = b"0123456789ABCDEF";

/// The digit that stands for the lowest bits of a number; the alphabet's length is a power of two.
fn digit(alphabet: &[u8], number: u64) -> char {
    alphabet.get(number as usize & (alphabet.len() - 1)).map_or('?', |digit| char::from(*digit))
}

/// `application/x-www-form-urlencoded`, one name or value (URL standard, section 5.2).
#[must_use]
pub fn form(text: &str) -> String {
    let mut spelled = String::new();
    for byte in text.bytes() {
        match byte {
            b'*' | b'-' | b'.' | b'_' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => spelled.push(char::from(byte)),
            b' ' => spelled.push('+'),
            other => {
                spelled.push('%');
                spelled.push(digit(UPPER_HEX, u64::from(other) >> 4));
                spelled.push(digit(UPPER_HEX, u64::from(other)));
            }
        }
    }
    spelled
}

/// Sixteen hexadecimal digits.
#[must_use]
pub fn hex(number: u64) -> String {
    let mut spelled = String::new();
    for place in (0..16).rev() {
        spelled.push(digit(HEX, number >> (4 * place)));
    }
    spelled
}

/// A whole number in decimal digits.
#[must_use]
pub fn decimal(number: i64) -> String {
    let mut spelled = String::new();
    if number < 0 {
        spelled.push('-');
    }
    spell(number.unsigned_abs(), &mut spelled);
    spelled
}

fn spell(number: u64, spelled: &mut String) {
    if number > 9 {
        spell(number / 10, spelled);
    }
    spelled.push(digit(HEX, number % 10));
}

/// Base64 with padding (RFC 4648 section 4).
#[must_use]
pub fn base64(text: &str) -> String {
    let mut spelled = String::new();
    for bytes in text.as_bytes().chunks(3) {
        let mut bits = 0;
        for (place, byte) in bytes.iter().enumerate() {
            bits |= u64::from(*byte) << (16 - 8 * place);
        }
        for place in 0..4 {
            spelled.push(if place <= bytes.len() { digit(STANDARD, bits >> (18 - 6 * place)) } else { '=' });
        }
    }
    spelled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_spelled_as_the_url_standard_says() {
        assert_eq!(form("a b*-._~ä&=+%\n"), "a+b*-._%7E%C3%A4%26%3D%2B%25%0A");
    }

    #[test]
    fn the_vectors_of_rfc_4648_section_10_hold() {
        let vectors = [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ];
        for (text, spelled) in vectors {
            assert_eq!(base64(text), spelled);
        }
    }

    #[test]
    fn a_whole_number_is_spelled_as_by_the_standard_library() {
        for number in [0, 7, -7, 10, 1_234_567_890, i64::MAX, i64::MIN] {
            assert_eq!(decimal(number), number.to_string());
        }
    }

    #[test]
    fn a_number_has_sixteen_digits() {
        assert_eq!(hex(0xfe), "00000000000000fe");
        assert_eq!(hex(u64::MAX), "ffffffffffffffff");
    }
}
