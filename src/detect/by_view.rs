//! What is remembered of columns, by their views: blocks of a table have the same columns, and each of those has one view.

use super::column::View;
use std::sync::Arc;

/// Something for each of at most `MOST` views; who comes when it is full takes the places of those that are not in use.
pub(super) struct ByView<T, const MOST: usize>(Vec<(Arc<View>, T)>);

impl<T, const MOST: usize> Default for ByView<T, MOST> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Default, const MOST: usize> ByView<T, MOST> {
    /// The number of what is held for each of `views`; none for those beyond what is held, for those that are not looked at,
    /// and for what is `idle`.
    pub(super) fn number(&mut self, views: &[Arc<View>], numbers: &mut Vec<Option<u32>>, idle: impl Fn(&T) -> bool) {
        if self.0.len() + views.len() > MOST && !views.iter().all(|v| self.find(v).is_some()) {
            self.0.retain(|held| views.iter().take(MOST).any(|v| Arc::ptr_eq(v, &held.0)));
        }
        numbers.clear();
        for view in views {
            let number = self.find(view).or_else(|| {
                (self.0.len() < MOST && !view.is_unseen()).then(|| {
                    self.0.push((Arc::clone(view), T::default()));
                    self.0.len() - 1
                })
            });
            numbers.push(number.filter(|n| self.0.get(*n).is_some_and(|held| !idle(&held.1))).map(|n| n as u32));
        }
    }

    fn find(&self, view: &Arc<View>) -> Option<usize> {
        self.0.iter().position(|held| Arc::ptr_eq(&held.0, view))
    }

    /// What has that number.
    pub(super) fn get(&self, number: u32) -> Option<&T> {
        self.0.get(number as usize).map(|held| &held.1)
    }

    /// The same to be changed, with its view.
    pub(super) fn get_mut(&mut self, number: u32) -> Option<(&View, &mut T)> {
        self.0.get_mut(number as usize).map(|(view, held)| (&**view, held))
    }

    /// All that is held.
    pub(super) fn all_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.0.iter_mut().map(|held| &mut held.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Views, their numbers, and why.
    type Row<'a> = (&'a [&'a Arc<View>], &'a [Option<u32>], &'a str);

    /// The numbers of views; what is `!` is idle.
    fn number(held: &mut ByView<u8, 3>, views: &[Arc<View>]) -> Vec<Option<u32>> {
        let mut numbers = vec![Some(9)];
        held.number(views, &mut numbers, |of| *of == b'!');
        numbers
    }

    #[test]
    fn a_view_keeps_its_number_until_others_need_the_place() {
        let [a, b, c, d] = std::array::from_fn(|_| Arc::new(View::default()));
        let of = |views: &[&Arc<View>]| views.iter().map(|v| Arc::clone(v)).collect::<Vec<_>>();
        let unseen = Arc::new(View::unseen());
        let mut held = ByView::default();
        // One row after the other.
        let table: &[Row<'_>] = &[
            (&[&a, &b], &[Some(0), Some(1)], "new ones in turn"),
            (&[&b, &a, &b], &[Some(1), Some(0), Some(1)], "equal views are not the same, and one view is the same twice"),
            (&[&unseen], &[None], "one that is not looked at has no place"),
            (&[&c], &[Some(2)], "so the next has it"),
            (&[&a, &a, &a, &c], &[Some(0), Some(0), Some(0), Some(2)], "all are known: nothing makes room"),
            (&[&d, &c], &[Some(1), Some(0)], "a and b made room"),
            (&[&a, &b, &c, &d], &[Some(1), Some(2), Some(0), None], "one too many: the last of them, even if it was there"),
            (&[], &[], "no columns"),
        ];
        for (views, numbers, why) in table {
            assert_eq!(number(&mut held, &of(views)), *numbers, "{why}");
        }
    }

    #[test]
    fn what_is_idle_keeps_its_place_and_has_no_number() {
        let views = [Arc::new(View::default()), Arc::new(View::default())];
        let mut held = ByView::default();
        number(&mut held, &views);
        let (view, of) = held.get_mut(0).unwrap();
        assert!(std::ptr::eq(view, Arc::as_ptr(&views[0])), "the view that it is held for");
        *of = b'!';
        assert_eq!((held.get(0), held.get(1), held.get(2)), (Some(&b'!'), Some(&0), None));
        assert_eq!(number(&mut held, &views), [None, Some(1)]);
        held.all_mut().for_each(|of| *of = b'?');
        assert_eq!(number(&mut held, &views), [Some(0), Some(1)]);
    }
}
