//! What tests of checks have in common: tables of values, and how often chance passes.

use super::find;

/// A check's name, a value, whether it passes, and why.
pub(super) type Row = (&'static str, &'static str, bool, &'static str);

/// Runs every row, and names all that come out otherwise.
pub(super) fn table(rows: &[Row]) {
    let wrong = rows.iter().filter(|(name, value, passes, _)| (find(name).unwrap().run)(value.as_bytes()).is_some() != *passes);
    assert_eq!(wrong.collect::<Vec<_>>(), Vec::<&Row>::new());
}

/// Holds the declared chance of checks against random values: of each check a form, in which `#` stands for a digit, `@` for
/// a capital, `*` for either, `~` for either or a small letter, and other bytes for themselves; or several, with `|` between.
pub(super) fn rates(forms: &[(&str, &str)]) {
    const SIGNS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut state = 7_u64;
    let mut sign = |from: usize, to: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        SIGNS[from + (state >> 33) as usize % (to - from)]
    };
    let mut wrong = Vec::new();
    for (name, form) in forms {
        let check = find(name).unwrap();
        // About sixty passes: their standard deviation is an eighth.
        let rounds = (60.0 / check.chance).clamp(2_000.0, 200_000.0) as u32;
        let mut forms = form.split('|').cycle();
        let mut value = Vec::new();
        let passed = (0..rounds).filter(|_| {
            value.clear();
            value.extend(forms.next().unwrap().bytes().map(|b| match b {
                b'#' => sign(0, 10),
                b'@' => sign(10, 36),
                b'*' => sign(0, 36),
                b'~' => sign(0, 62),
                other => other,
            }));
            (check.run)(&value).is_some()
        });
        let rate = passed.count() as f64 / f64::from(rounds);
        if rate > check.chance * 1.6 || rate < check.chance * 0.5 {
            wrong.push(format!("{name} {form}: {rate} is not about {}", check.chance));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}
