//! Small seeds, changed at random a few thousand times, through every reader of foreign bytes. The fuzz targets do the same
//! for as long as one likes; this much is done with every `cargo test`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by a panic")]
#![allow(
    clippy::format_collect,
    clippy::format_push_string,
    clippy::case_sensitive_file_extension_comparisons,
    reason = "small texts under known names"
)]

mod place;
mod readers;

/// A generator by Marsaglia (xorshift64*): the same mutants on every machine.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % sides.max(1)
    }
}

/// Bytes and words that mean something to one of the readers.
const WORDS: &[&[u8]] = &[
    b"\"",
    b"'",
    b",",
    b";",
    b"\t",
    b"|",
    b"\n",
    b"\r",
    b"\r\n",
    b"\\",
    b"\\u",
    b"\\ud800",
    b"\0",
    b"\xFF",
    b"\xC3",
    b"\xEF\xBB\xBF",
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b"null",
    b"-",
    b"1e999",
    b"\"\"",
    b"PAR1",
    b"\x1F\x8B",
    b"maria.lang@example.com",
    b"4111111111111111",
    b"<EMAIL>",
    b"\xE2\x80\x8B",
    b"=",
    b"#",
    b"'''",
    b"(",
    b"*",
    b"\\d{9999}",
    b"[[detector]]",
    b"\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F",
];

fn mutant(seed: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=dice.roll(4) {
        let at = dice.roll(bytes.len() + 1);
        let upto = (at + dice.roll(16)).min(bytes.len());
        match dice.roll(7) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..upto)),
            2 => drop(bytes.splice(at..at, seed[at.min(seed.len())..upto.min(seed.len()).max(at.min(seed.len()))].to_vec())),
            3 => drop(bytes.splice(at..upto, WORDS[dice.roll(WORDS.len())].iter().copied())),
            4 => drop(bytes.splice(at..at, WORDS[dice.roll(WORDS.len())].iter().copied())),
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = if dice.roll(2) == 0 { *byte ^ (1 << dice.roll(8)) } else { dice.roll(256) as u8 };
                }
            }
        }
    }
    bytes
}

/// Runs `count` mutants of each seed; a law that breaks is told with the bytes that broke it. `UNTAINT_MUTANTS` multiplies.
fn each(name: &str, seeds: &[&[u8]], count: usize, law: fn(&[u8])) {
    let more: usize = std::env::var("UNTAINT_MUTANTS").ok().and_then(|n| n.parse().ok()).unwrap_or(1);
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    for seed in seeds {
        law(seed);
        for _ in 0..count * more {
            let bytes = mutant(seed, &mut dice);
            let held = std::panic::catch_unwind(|| law(&bytes)).is_ok();
            assert!(held, "{name} breaks on b\"{}\"", bytes.escape_ascii());
        }
    }
}

#[test]
fn delimited_text() {
    let seeds: &[&[u8]] = &[
        b"id,mail,note\n1,a@example.com,\"x, \"\"y\"\"\nz\"\n2,,\n\n3\n4,5,6,7\n",
        b"\xEF\xBB\xBFa;b\r\n'x;y';\"z\"\r\n1;2\r\n",
        b"a\tb\n\"say \\\"hi\\\"\"\t1\nRen\xE9\t2\n",
        b"1,2\n3,4\n",
    ];
    each("delimited text", seeds, 120, readers::delimited);
}

#[test]
fn json() {
    let seeds: &[&[u8]] = &[
        b"{\"a\": \"x\\u0040y\", \"b\": [1, {\"c\": null}]}\n\n{\"a\": 1.5e3, \"a\": true}\n",
        b"[ {\"a\": 1},\n  \"two\", [3], null ] \n",
        b"{\n \"a\": {\"b\": \"\\ud83d\\ude00\"},\n \"c\": []\n}\n",
    ];
    each("JSON", seeds, 120, readers::notation);
}

#[test]
fn parquet() {
    let lines = "{\"id\": 1, \"tags\": [\"x\", \"maria.lang@example.com\"], \"t\": \"a\"}\n{\"id\": null, \"tags\": [], \"t\": \"a\"}\n{\"t\": \"b\"}\n";
    each("Parquet", &[&place::parquet(lines, 2)], 250, readers::columns);
}

#[test]
fn whole_files() {
    let seeds: &[&[u8]] = &[
        b"id,mail\n1,maria.lang@example.com\n2,x\n",
        b"[{\"mail\": \"maria.lang@example.com\"}, {\"b\": 1}]\n",
        &place::gz(b"{\"mail\": \"maria.lang@example.com\"}\n{\"b\": 1}\n"),
        &place::zst(b"id,mail\n1,maria.lang@example.com\n2,x\n"),
    ];
    each("a file", seeds, 30, |bytes| readers::file("a.csv", bytes));
    each("a JSON file", seeds, 30, |bytes| readers::file("a.json", bytes));
}

#[test]
fn texts() {
    let seeds: &[&[u8]] = &[
        b"write to maria.lang@example.com, card 4111 1111 1111 1111, ssn 078-05-1120, or call +49 30 901820",
        b"key AKIAQYLPMN5HFIQR7XYA token=ghp_16C7e42F292c6912E7710c838347Ae178B4a <EMAIL> ****1111 10.1.2.3",
        "m\u{200b}aria.lang\u{ff20}example.com DE89 3704 0044 0532 0130 00 iban".as_bytes(),
    ];
    each("a text", seeds, 150, readers::text);
}

#[test]
fn profiles() {
    let place = place::Place::new();
    let rows: String = (0..60).map(|n| format!("text {},l{},s{},2024-01-{:02}\n", n % 7, n % 2, n % 3, n % 28 + 1)).collect();
    place.write("a.csv", format!("text,label,source,time\n{rows}"));
    place.run("profile a.csv --source source --time time --out p -q").expect(0);
    each("a profile", &[&place.read("p")], 400, readers::profile);
}

#[test]
fn packs() {
    let seed = "[[detector]]\nid = \"acme.no\"\nname = \"Acme number\"\nseverity = \"low\"\npattern = '\\bACME-\\d{4}\\b'\n\
                near = [\"ticket\"]\nsource = \"Acme, 2024\"\nfinds = [\"«ACME-1234»\"]\nignores = [\"ACME-1\"]\n";
    each("a pack", &[seed.as_bytes()], 300, readers::detectors);
}

#[test]
fn policies() {
    let seed = b"[dataset]\nlabel = \"l\"\ntext = [\"a\"]\n[pii]\nprofile = \"all\"\ndetectors = [\"-us.*\"]\nmin_confidence = 60\n\
        default = { operator = \"mask\", keep_last = 4 }\n[pii.operators]\n\"contact.email\" = \"hmac\"\n[columns.\"a.b\"]\npii = \"skip\"\n\
        operator = \"drop-column\"\n[allow]\nvalues = [\"x\"]\n[key]\nenv = \"K\"\n[poison]\ntests = [\"slice-shift\"]\nfdr = 0.01\n\
        [poison.fate]\nslice-shift = \"review\"\n[gates]\nfail_on = [\"pii\"]\nmax_quarantined = \"1%\"\n[limits]\nmemory = \"1GiB\"\n\
        cell = \"1MiB\"\nnesting = 9\nratio = 10\n";
    each("a policy", &[seed], 500, readers::policy);
}
