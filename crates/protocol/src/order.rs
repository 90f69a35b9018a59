//! One sorting for all types.
//!
//! The compiler makes a sorting of its own for each type that is sorted, of some five kilobytes: on a page
//! that is worth sharing one.

use std::cmp::Ordering;

/// Sorts `items`, and leaves those in their order that compare as equal.
///
/// As [`slice::sort_by`], with little code for each type and a little more time for each comparison.
///
/// ```
/// let mut trips = [30, 10, 20];
/// realtime_protocol::sort_by(&mut trips, Ord::cmp);
/// assert_eq!(trips, [10, 20, 30]);
/// ```
pub fn sort_by<T>(items: &mut [T], compare: impl Fn(&T, &T) -> Ordering) {
    let mut places = order(items.len(), &|a, b| compare(&items[a], &items[b]));
    for start in 0..places.len() {
        let mut at = start;
        // Round the circle of those that take each other's place; whoever has its place is its own circle.
        loop {
            let from = std::mem::replace(&mut places[at], at);
            if from == start {
                break;
            }
            items.swap(at, from);
            at = from;
        }
    }
}

/// Which item comes to each place.
fn order(len: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut places: Vec<usize> = (0..len).collect();
    places.sort_by(|a, b| compare(*a, *b));
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_sorted_as_the_standard_library_sorts_them() {
        let mut seed = 1_u32;
        for len in 0..70 {
            let mut items: Vec<(u32, usize)> = (0..len)
                .map(|n| {
                    seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (seed >> 28, n)
                })
                .collect();
            let mut expected = items.clone();
            expected.sort_by_key(|(key, _)| *key);
            sort_by(&mut items, |a, b| a.0.cmp(&b.0));
            assert_eq!(items, expected);
        }
    }
}
