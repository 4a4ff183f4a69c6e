//! The word that was probably meant.

/// The candidate with the smallest edit distance, when that is small.
pub(crate) fn closest<'a>(
    text: &str,
    candidates: impl Iterator<Item = &'a str>,
) -> Option<&'a str> {
    // Every other letter would be close to a single one.
    let limit = match text.chars().count() {
        0 | 1 => 0,
        n => n.div_ceil(3).min(3),
    };
    candidates
        .filter(|candidate| *candidate != text)
        .map(|candidate| (distance(text, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Edit distance, where another case costs nothing but breaks ties.
fn distance(a: &str, b: &str) -> usize {
    if a.eq_ignore_ascii_case(b) {
        return 0;
    }
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let substitution = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = substitution.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn close_names_are_suggested() {
        let names = || ["exporter", "binder", "Binder2", "k"].into_iter();
        assert_eq!(closest("exportre", names()), Some("exporter"));
        assert_eq!(closest("BINDER", names()), Some("binder"));
        assert_eq!(closest("quote", names()), None);
        assert_eq!(closest("kk", names()), Some("k"));
        assert_eq!(closest("K", names()), Some("k"));
        assert_eq!(closest("c", names()), None);
    }
}
