# A menu over plain cargo; everything here can be typed without `just`.

# What is there
default:
    @just --list

# What has to hold before a commit: format, lints, tests, docs, the first README command
check:
    .ci/run

# Tests, as the README says
test:
    cargo test

# Rewrite sample-data/, tests/messy/ and tests/truth/ from their generators
bless:
    UNTAINT_BLESS=1 cargo test --test sample_data --test messy the_files

# Look at changed snapshots of reports (needs cargo-insta)
golden:
    cargo insta review

# Bytes per second of the stages
bench:
    cargo bench

# A fuzz target of fuzz/, for as long as you like (needs nightly and cargo-fuzz): `just fuzz csv`
fuzz target:
    cargo +nightly fuzz run {{target}}

# Check a detector pack: `just add-detector detectors/country/de.toml`
add-detector pack:
    cargo run --quiet -- detectors check {{pack}}

# Licences, sources, banned crates (needs cargo-deny)
deny:
    cargo deny check
