//! What a match can come to before it is judged: what cannot outrank what was found is not tried.

use super::column::View;
use super::context::Heard;
use super::judge::{Candidate, Rule, Rules, SURE, WEIGHTS, is_proof};

/// What tells the stronger of two candidates that overlap, before their length does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    pub(super) checked: bool,
    pub(super) confidence: u8,
    pub(super) surprise: u8,
}

impl Rules {
    /// The most that a match of the rule can have in a column seen as `view`, where words may stand near it or not.
    pub(super) fn most(&self, rule: &Rule, view: &View, speaks: bool) -> Rank {
        let near = if speaks { WEIGHTS.before.max(WEIGHTS.after) } else { 0 };
        let mut most = Rank::default();
        let twin = self.catalogue.get(rule.detector).and_then(|d| d.unchecked);
        for index in [Some(rule.detector), twin].into_iter().flatten() {
            let Some(detector) = self.detector(index) else { continue };
            let by_sample = if view.is_raised(index) { WEIGHTS.sample } else { 0 };
            let more = match (near, view.is_named(index)) {
                (0, true) => WEIGHTS.name,
                (near, true) => near.max(WEIGHTS.name) + WEIGHTS.both,
                (near, false) => near.max(by_sample),
            };
            let sum = (i32::from(detector.base) + more).min(if detector.check.is_some_and(is_proof) { 100 } else { SURE });
            let surprise = self.surprise.get(usize::from(index)).copied().unwrap_or(0);
            most = most.max(Rank { checked: detector.check.is_some(), confidence: sum.clamp(0, 100) as u8, surprise });
        }
        most
    }

    /// The rank of a match that is all of a text: what cannot outrank it changes nothing in the text. None where the allow
    /// list counts what it lets pass.
    pub(super) fn whole(&self, c: &Candidate, text: &[u8]) -> Option<Rank> {
        let whole = c.start == 0 && c.end as usize == text.len() && !self.skip_samples && self.allowed.is_empty();
        whole.then_some(Rank { checked: c.checked, confidence: c.confidence, surprise: c.surprise })
    }

    /// Gathers whom words anywhere in a short text speak for.
    pub(super) fn listen(&self, text: &[u8], heard: &mut Heard) {
        heard.forget();
        self.context.listen(text, || 0..text.len(), heard);
    }

    /// True where a word that was heard speaks for the rule's detector.
    pub(super) fn is_heard(&self, rule: &Rule, heard: &Heard) -> bool {
        let twin = self.catalogue.get(rule.detector).and_then(|d| d.unchecked);
        heard.holds(rule.detector) || twin.is_some_and(|twin| heard.holds(twin))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::Column;
    use crate::detect::catalogue::Catalogue;
    use crate::detect::column::Sample;
    use crate::detect::context::Memo;
    use crate::detect::examples;
    use crate::detect::judge::Judged;
    use crate::detect::select::{AllowList, Profile, Selection};
    use crate::detect::shape::Shape;
    use std::sync::Arc;

    const ENTRIES: &[(&str, &str)] = &[
        ("a.low", "pattern = '\\d{4}'\nbase = 30\nnear = [\"code\"]"),
        ("a.high", "pattern = '\\d{5}'\nbase = 90\nnear = [\"code\"]"),
        ("a.card", "pattern = '\\d{6}'\nbase = 60\nnear = [\"code\"]\ncheck = \"luhn\""),
        ("a.twin", "pattern = '\\d{7}'\nbase = 20\nnear = [\"code\"]\ncheck = \"luhn\"\nunchecked = true"),
        ("a.proof", "pattern = '\\w{26}'\nbase = 90\nnear = [\"code\"]\ncheck = \"base58-address\""),
    ];

    fn rules(selection: &Selection) -> Rules {
        Rules::new(&examples::catalogue(ENTRIES), selection).unwrap().0
    }

    /// A column of that name, raised for those detectors.
    fn view(rules: &Rules, name: &str, raised: &[u16]) -> View {
        let mut view = rules.names.view(&Column { elements: vec![name.to_owned()], name: name.to_owned() });
        for detector in raised {
            view.learn(*detector, Sample::Raises);
        }
        view
    }

    #[test]
    fn the_most_is_what_the_best_match_comes_to() {
        let all = Selection { profile: Profile::All, ..Selection::default() };
        let alone = Selection { detectors: vec!["-a.twin".into(), "+a.twin.unchecked".into()], ..all.clone() };
        // Detector, the column's name and whether its sample speaks for it, whether words may, whether it was checked, the
        // confidence, the surprise.
        let table = [
            ("a.low", "", false, false, (false, 30, 0), "its base"),
            ("a.low", "", false, true, (false, 65, 0), "a word before it"),
            ("a.low", "code", false, false, (false, 70, 0), "the column's name"),
            ("a.low", "code", false, true, (false, 80, 0), "both"),
            ("a.low", "", true, false, (false, 65, 0), "the column's sample"),
            ("a.low", "", true, true, (false, 65, 0), "the sample or a word"),
            ("a.low", "code", true, false, (false, 70, 0), "the name, with which the sample is not asked"),
            ("a.high", "code", false, true, (false, 99, 0), "without proof never more"),
            ("a.card", "", false, false, (true, 60, 10), "a check, of which chance passes one in ten"),
            ("a.twin", "", false, false, (true, 20, 10), "what passed its check outranks what did not"),
            ("a.proof", "", false, true, (true, 100, 90), "proof"),
        ];
        let here = rules(&all);
        for (id, name, raised, speaks, (checked, confidence, surprise), why) in table {
            let detector = here.catalogue.find(id).unwrap();
            let rule = here.searched.iter().find(|rule| rule.detector == detector).unwrap();
            let view = view(&here, name, if raised { std::slice::from_ref(&rule.detector) } else { &[] });
            let rank = Rank { checked, confidence, surprise };
            assert_eq!(here.most(rule, &view, speaks), rank, "{id}: {why}");
        }
        let only_twin = rules(&alone);
        let rule = only_twin.searched.iter().find(|rule| only_twin.catalogue.find("a.twin") == Some(rule.detector)).unwrap();
        let most = only_twin.most(rule, &View::default(), true);
        assert_eq!(most, Rank { checked: false, confidence: 85, surprise: 0 }, "of what is looked for");
    }

    #[test]
    fn ranks_go_by_check_then_confidence_then_surprise() {
        let rank = |checked, confidence, surprise| Rank { checked, confidence, surprise };
        assert!(
            rank(true, 50, 0) > rank(false, 99, 0)
                && rank(true, 51, 0) > rank(true, 50, 90)
                && rank(true, 50, 9) > rank(true, 50, 8)
        );
    }

    #[test]
    fn only_a_match_of_all_of_a_text_has_a_rank_for_it() {
        let of = |start, end| Candidate { cell: 0, start, end, detector: 0, confidence: 70, checked: true, surprise: 10 };
        let rank = Some(Rank { checked: true, confidence: 70, surprise: 10 });
        let all = || Selection { profile: Profile::All, ..Selection::default() };
        let allowing = AllowList { values: vec!["x".into()], ..AllowList::default() };
        let table = [
            (all(), of(0, 4), rank, "all of it"),
            (all(), of(1, 4), None, "not from the start"),
            (all(), of(0, 3), None, "not to the end"),
            (Selection { allow: allowing, ..all() }, of(0, 4), None, "the allow list counts"),
            (Selection { skip_samples: true, ..all() }, of(0, 4), None, "samples are counted"),
        ];
        for (selection, candidate, rank, why) in table {
            assert_eq!(rules(&selection).whole(&candidate, b"1234"), rank, "{why}");
        }
    }

    #[test]
    fn words_are_heard_for_their_detector_or_its_twin() {
        let entries = &[
            ("a.one", "pattern = '1'\nnear = [\"one\"]"),
            ("a.two", "pattern = '2'\nnear = [\"two\"]\ncheck = \"luhn\"\nunchecked = true"),
        ];
        let rules =
            Rules::new(&examples::catalogue(entries), &Selection { profile: Profile::All, ..Selection::default() }).unwrap().0;
        let mut heard = Heard::default();
        for (text, one, two) in
            [("one 7", true, false), ("7 two", false, true), ("one two", true, true), ("ones 7", false, false)]
        {
            rules.listen(text.as_bytes(), &mut heard);
            let is_heard: Vec<bool> = rules.searched.iter().map(|rule| rules.is_heard(rule, &heard)).collect();
            assert_eq!(is_heard, [one, two], "{text}");
        }
    }

    /// No text that the shipped examples hold ranks higher than the most of its rule, whatever its column says.
    #[test]
    fn no_match_ranks_higher_than_the_most() {
        let catalogue = Arc::new(Catalogue::builtin().unwrap());
        let selection = Selection { profile: Profile::All, min_confidence: 1, ..Selection::default() };
        let (rules, _) = Rules::new(&catalogue, &selection).unwrap();
        let (mut tried, mut reached) = (0, 0);
        for rule in &rules.searched {
            let detector = catalogue.get(rule.detector).unwrap();
            let raised: Vec<u16> = [Some(rule.detector), detector.unchecked].into_iter().flatten().collect();
            let near = detector.near.first().map_or("", String::as_str);
            let mut views =
                vec![view(&rules, "", &[]), view(&rules, "", &raised), view(&rules, near, &[]), view(&rules, near, &raised)];
            views.dedup();
            for example in detector.finds.iter().chain(&detector.ignores) {
                let values = example.spans.iter().filter_map(|span| example.text.get(span.clone()));
                let texts = values.flat_map(|v| [v.to_owned(), format!("{near} {v}"), format!("{v} {near}")]);
                for text in texts.chain([example.text.clone()]) {
                    let shape = Shape::of(text.as_bytes());
                    let speaks = shape.is_none_or(|shape| rules.context.may_speak(shape.text()));
                    let Some(found) = rule.alone().and_then(|regex| regex.find(text.as_bytes())) else { continue };
                    for view in &views {
                        let span = rule.value(text.as_bytes(), found.start(), found.end());
                        let judged = rules.judge(rule, text.as_bytes(), span, view, &mut Memo::default());
                        let Judged::Yes(c) = judged else { continue };
                        let rank = Rank { checked: c.checked, confidence: c.confidence, surprise: c.surprise };
                        let most = rules.most(rule, view, speaks);
                        assert!(rank <= most, "{}: {rank:?} in {text:?} is above {most:?}", detector.id);
                        tried += 1;
                        reached += u32::from(rank == most);
                    }
                }
            }
        }
        assert!(tried > 5000 && reached * 2 > tried, "a bound that is never met is none: {reached} of {tried}");
    }
}
