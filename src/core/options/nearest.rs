//! "Did you mean": the known name that takes the fewest changes to get to.

/// The nearest of the known names, and its distance (Levenshtein, over bytes: known names are ASCII).
pub(super) fn nearest<'a>(name: &str, known: &[&'a str]) -> (&'a str, usize) {
    let mut nearest = ("", usize::MAX);
    for one in known {
        let distance = distance(one, name);
        if distance < nearest.1 {
            nearest = (one, distance);
        }
    }
    nearest
}

/// Wagner and Fischer's table, of which one row is kept.
fn distance(from: &str, to: &str) -> usize {
    let mut row = Vec::new();
    row.extend(1..=to.len());
    let mut distance = to.len();
    for (line, byte) in from.bytes().enumerate() {
        let mut corner = line;
        distance = line + 1;
        for (place, other) in row.iter_mut().zip(to.bytes()) {
            let replaced = corner + usize::from(byte != other);
            corner = *place;
            distance = replaced.min(corner + 1).min(distance + 1);
            *place = distance;
        }
    }
    distance
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn a_distance_counts_what_is_put_in_taken_out_and_changed() {
        let cases = [
            ("", "", 0),
            ("", "ab", 2),
            ("ab", "", 2),
            ("kitten", "sitting", 3),
            ("storage", "storgae", 2),
            ("a", "a", 0),
        ];
        for (from, to, changes) in cases {
            assert_eq!(distance(from, to), changes, "{from} {to}");
        }
    }
}
