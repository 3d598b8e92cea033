//! What was typed: one flag, one field; help, completions and the manual page come from here.

use crate::report::export::{EXPORTERS, MODEL_MONITOR};
use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use std::path::PathBuf;

/// Cleans training data: masks personal data and secrets, finds the marks of poisoning, loses nothing.
#[derive(Debug, Parser)]
#[command(
    name = "untaint",
    version,
    max_term_width = 100,
    after_help = "Exit codes: 0 done; 1 done, a gate tripped; 2 the call or the policy is wrong, nothing was written; 3 done, but some \
input was read in part or not at all; 4 the store failed or we did; 130 or 143 interrupted."
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Mask, test, and write cleaned data, quarantine and report
    #[command(
        after_help = "Examples:\n  untaint clean data.csv --out clean\n  untaint clean folder --out out --label label --fail-on secret\n  zcat x.jsonl.gz | untaint clean - --format jsonl --out out"
    )]
    Clean(Clean),
    /// Give the same verdicts and report without writing data
    #[command(after_help = "Examples:\n  untaint scan data.parquet\n  untaint scan folder --out report --json")]
    Scan(Scan),
    /// Look again at a finished OUT: hashes, row ledger, personal data left over
    Verify {
        /// A folder that `clean` or `scan` finished
        #[arg(value_hint = ValueHint::DirPath)]
        out: PathBuf,
        /// The packs that the run used; what they find is looked for, too
        #[arg(long, value_name = "PACK.toml", value_hint = ValueHint::FilePath)]
        detectors: Vec<PathBuf>,
        #[command(flatten)]
        voice: Voice,
    },
    /// Print a policy that fits the data: looks at the first records of each input
    #[command(
        after_help = "Examples:\n  untaint init data.csv > untaint.toml\n  untaint init folder --policy gdpr --out untaint.toml"
    )]
    Init(Init),
    /// List, explain and check detectors
    Detectors {
        /// What to do with them.
        #[command(subcommand)]
        what: Detectors,
    },
    /// Write one shard's mergeable profile
    Profile(ProfileArgs),
    /// Write a profile to compare later deliveries with: clean, scan and judge take it with --baseline
    #[command(
        after_help = "Examples:\n  untaint baseline march --out march.profile\n  untaint clean april --out out --baseline march.profile --fail-on drift"
    )]
    Baseline(BaselineArgs),
    /// Merge profiles into one
    Merge {
        /// Profiles
        #[arg(required = true, value_hint = ValueHint::FilePath)]
        files: Vec<PathBuf>,
        /// The file to write
        #[arg(long, value_hint = ValueHint::FilePath)]
        out: PathBuf,
    },
    /// Judge a profile: verdicts on poisoning
    Judge {
        /// A profile
        #[arg(value_hint = ValueHint::FilePath)]
        file: PathBuf,
        /// The file to write (JSON)
        #[arg(long, value_hint = ValueHint::FilePath)]
        out: PathBuf,
        /// Write what needs a second look here; absent afterwards where nothing does
        #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        ask: Option<PathBuf>,
        /// Policy file, or ccpa, gdpr, hipaa-safe-harbor, pci [default: untaint.toml in the working folder]
        #[arg(long, value_hint = ValueHint::FilePath)]
        policy: Option<PathBuf>,
        /// Compare with this profile of an earlier delivery
        #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        baseline: Option<PathBuf>,
        /// Judge by this profile of a holdout that people vouch for
        #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        trusted: Option<PathBuf>,
        /// Exit with 1 where one of these gates trips: poison, drift
        #[arg(long, value_delimiter = ',', value_name = "GATE")]
        fail_on: Vec<String>,
        #[command(flatten)]
        voice: Voice,
    },
    /// Render report.html again from report.json, or with --export the files for other systems
    #[command(after_help = "Examples:\n  untaint report out\n  untaint report out --export sarif,openlineage")]
    Report {
        /// A folder that `clean` or `scan` finished
        #[arg(value_hint = ValueHint::DirPath)]
        out: PathBuf,
        #[command(flatten)]
        export: ExportArgs,
    },
    /// Put withheld rows back into the cleaned data: a steward's decision, recorded
    #[command(
        after_help = "Examples:\n  untaint release out --rows rows.csv --by \"Ann Lee\" --why \"looked at each: real tickets\"\n  duckdb -c \"COPY (FROM 'out/suspects.parquet' SELECT DISTINCT file, row WHERE test = 'injection' AND fate = 'quarantine') TO 'rows.parquet'\"\n\n\
All rows go back or none: where one is not in the quarantine the exit code is 2, and nothing changes."
    )]
    Release(Release),
    /// Remove quarantine and rejected records once the date has passed until which they are kept
    Purge {
        /// A folder that `clean` finished
        #[arg(value_hint = ValueHint::DirPath)]
        out: PathBuf,
        #[command(flatten)]
        voice: Voice,
    },
    /// Turn the tokens in cleaned data back into values, with the key they were made with
    #[command(
        after_help = "Examples:\n  untaint restore out --out back --key-env UNTAINT_KEY\n  untaint restore answers.jsonl.gz --out back --key-file key\n\n\
A token that does not open stays as it is, is counted, and makes the exit code 3."
    )]
    Restore(Box<Restore>),
    /// Print shell completions
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

/// `clean`.
#[derive(Debug, Args)]
pub struct Clean {
    #[command(flatten)]
    pub input: InputArgs,
    /// The folder to write; it appears whole or not at all
    #[arg(long, value_hint = ValueHint::DirPath)]
    pub out: PathBuf,
    #[command(flatten)]
    pub run: RunArgs,
    /// Compare with this profile of an earlier delivery, from `untaint baseline`
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Policy")]
    pub baseline: Option<PathBuf>,
    /// A holdout that people vouch for, in any format: the tests learn from it, and rows that stand in both are told
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Policy")]
    pub trusted: Option<PathBuf>,
    /// Exit with 1 where one of these gates trips: secret, pii, poison, drift, rejected, quarantined, leftover
    #[arg(long, value_name = "GATE", value_delimiter = ',', help_heading = "Policy")]
    pub fail_on: Vec<String>,
    /// How long quarantine and rejected records are kept, 90d or 13w; `untaint purge` removes them then [default: for good]
    #[arg(long, value_name = "TIME", help_heading = "Policy")]
    pub retention: Option<String>,
    /// Tell what changed since an earlier run: its OUT or its report.json [default: with --overwrite, the run that is replaced]
    #[arg(long, value_name = "OUT", value_hint = ValueHint::AnyPath, help_heading = "Output")]
    pub since: Option<PathBuf>,
    #[command(flatten)]
    pub export: ExportArgs,
    #[command(flatten)]
    pub existing: ExistingArgs,
    /// Do everything but write
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub voice: Voice,
}

/// `scan`.
#[derive(Debug, Args)]
pub struct Scan {
    #[command(flatten)]
    pub input: InputArgs,
    /// The folder for the report and findings [default: the summary alone]
    #[arg(long, value_hint = ValueHint::DirPath)]
    pub out: Option<PathBuf>,
    #[command(flatten)]
    pub run: RunArgs,
    /// Look at a share of the rows only, chosen by the seed: 10%, 0.5%
    #[arg(long, value_name = "P%", value_parser = percent)]
    pub sample: Option<f64>,
    /// Compare with this profile of an earlier delivery, from `untaint baseline`
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Policy")]
    pub baseline: Option<PathBuf>,
    /// A holdout that people vouch for, in any format: the tests learn from it, and rows that stand in both are told
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Policy")]
    pub trusted: Option<PathBuf>,
    /// Exit with 1 where one of these gates trips: secret, pii, poison, drift, rejected, quarantined
    #[arg(long, value_name = "GATE", value_delimiter = ',', help_heading = "Policy")]
    pub fail_on: Vec<String>,
    /// Tell what changed since an earlier run: its OUT or its report.json [default: with --overwrite, the run that is replaced]
    #[arg(long, value_name = "OUT", value_hint = ValueHint::AnyPath, help_heading = "Output")]
    pub since: Option<PathBuf>,
    #[command(flatten)]
    pub export: ExportArgs,
    #[command(flatten)]
    pub existing: ExistingArgs,
    #[command(flatten)]
    pub voice: Voice,
}

/// `init`.
#[derive(Debug, Args)]
pub struct Init {
    #[command(flatten)]
    pub input: InputArgs,
    /// Begin with a shipped policy: ccpa, gdpr, hipaa-safe-harbor, pci
    #[arg(long, value_name = "NAME", help_heading = "Policy")]
    pub policy: Option<String>,
    /// More detectors, in the form of the shipped ones
    #[arg(long, value_name = "PACK.toml", value_hint = ValueHint::FilePath, help_heading = "Policy")]
    pub detectors: Vec<PathBuf>,
    /// The file to write [default: standard output]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub out: Option<PathBuf>,
    /// Replace the file
    #[arg(long, help_heading = "Output")]
    pub overwrite: bool,
    /// Print errors only
    #[arg(short, long, help_heading = "Speech")]
    pub quiet: bool,
}

/// `profile`.
#[derive(Debug, Args)]
pub struct ProfileArgs {
    #[command(flatten)]
    pub input: InputArgs,
    /// The file to write
    #[arg(long, value_hint = ValueHint::FilePath)]
    pub out: PathBuf,
    /// Only the parts of shard I of N: 1/4 to 4/4
    #[arg(long, value_name = "I/N")]
    pub shard: Option<String>,
    /// Answer the questions that `judge --ask` wrote; the answers are merged with the profile they were asked of
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub ask: Option<PathBuf>,
    #[command(flatten)]
    pub run: RunArgs,
    #[command(flatten)]
    pub voice: Voice,
}

/// `baseline`.
#[derive(Debug, Args)]
pub struct BaselineArgs {
    #[command(flatten)]
    pub input: InputArgs,
    /// The file to write
    #[arg(long, value_hint = ValueHint::FilePath)]
    pub out: PathBuf,
    /// Write the profile for another system as well: model-monitor for OUT.statistics.json and OUT.constraints.json
    #[arg(long, value_name = "KIND", value_delimiter = ',', value_parser = [MODEL_MONITOR])]
    pub export: Vec<String>,
    #[command(flatten)]
    pub run: RunArgs,
    #[command(flatten)]
    pub voice: Voice,
}

/// `release`.
#[derive(Debug, Args)]
pub struct Release {
    /// A folder that `clean` finished
    #[arg(value_hint = ValueHint::DirPath)]
    pub out: PathBuf,
    /// The rows: CSV, JSONL or Parquet with `file` and `row` as suspects.parquet has them, or - for standard input
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub rows: PathBuf,
    /// Who decides
    #[arg(long, value_name = "NAME")]
    pub by: String,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub why: String,
    /// Release rows, too, that the policy's operator drop-row withholds
    #[arg(long)]
    pub policy_rows: bool,
    #[command(flatten)]
    pub voice: Voice,
}

/// `restore`.
#[derive(Debug, Args)]
pub struct Restore {
    #[command(flatten)]
    pub input: InputArgs,
    /// The folder to write, its data in `restored`; it appears whole or not at all
    #[arg(long, value_hint = ValueHint::DirPath)]
    pub out: PathBuf,
    /// The environment variable that holds the key
    #[arg(long, value_name = "VAR", conflicts_with = "key_file", help_heading = "Policy")]
    pub key_env: Option<String>,
    /// The file that holds it
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Policy")]
    pub key_file: Option<PathBuf>,
    /// Policy file; its key and limits count [default: untaint.toml in the working folder]
    #[arg(long, value_hint = ValueHint::FilePath, help_heading = "Policy")]
    pub policy: Option<PathBuf>,
    /// The packs that the run used: whose values are to come back
    #[arg(long, value_name = "PACK.toml", value_hint = ValueHint::FilePath, help_heading = "Policy")]
    pub detectors: Vec<PathBuf>,
    /// Worker threads [default: one a core]
    #[arg(long, value_name = "N", env = "UNTAINT_JOBS", help_heading = "Resources")]
    pub jobs: Option<usize>,
    /// The most memory to use: 512MiB [default: 256MiB and 64MiB a job]
    #[arg(long, value_name = "SIZE", env = "UNTAINT_MEMORY", help_heading = "Resources")]
    pub memory: Option<String>,
    /// Open no connection at all
    #[arg(long, help_heading = "Resources")]
    pub offline: bool,
    #[command(flatten)]
    pub existing: ExistingArgs,
    #[command(flatten)]
    pub voice: Voice,
}

/// A share in percent, above 0 and up to 100.
fn percent(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix('%').unwrap_or(text).trim().parse::<f64>().ok();
    number.filter(|p| *p > 0.0 && *p <= 100.0).ok_or_else(|| "a share is above 0% and up to 100%".to_owned())
}

/// Inputs.
#[derive(Debug, Args)]
pub struct InputArgs {
    /// Files, folders, globs, or - for standard input
    #[arg(required = true, value_hint = ValueHint::AnyPath)]
    pub input: Vec<String>,
    /// Of a folder's files, only those that match
    #[arg(long, value_name = "GLOB", help_heading = "Input")]
    pub include: Vec<String>,
    /// Of a folder's files, not those that match
    #[arg(long, value_name = "GLOB", help_heading = "Input")]
    pub exclude: Vec<String>,
    /// The format of standard input
    #[arg(long, value_parser = ["csv", "tsv", "jsonl", "json", "parquet"], help_heading = "Input")]
    pub format: Option<String>,
    /// The delimiter of delimited text, one character or `\t` [default: found]
    #[arg(long, value_name = "CHAR", help_heading = "Input")]
    pub delimiter: Option<String>,
    /// Delimited text has no header; its columns are `column_1`, `column_2` …
    #[arg(long, help_heading = "Input")]
    pub no_header: bool,
}

/// What a run goes by.
#[expect(clippy::struct_excessive_bools, reason = "independent flags")]
#[derive(Debug, Args)]
pub struct RunArgs {
    /// Policy file, or a shipped one by its name: ccpa, gdpr, hipaa-safe-harbor, pci [default: untaint.toml in the working
    /// folder, else the built-in defaults]
    #[arg(long, value_hint = ValueHint::FilePath, help_heading = "Policy")]
    pub policy: Option<PathBuf>,
    /// The label column; a nested field is a path, messages[].role [default: a column named label]
    #[arg(long, value_name = "COL", help_heading = "Columns")]
    pub label: Option<String>,
    /// The text columns; rows with the same text are duplicates
    #[arg(long, value_name = "COL", value_delimiter = ',', help_heading = "Columns")]
    pub text: Vec<String>,
    /// The column that names the row
    #[arg(long, value_name = "COL", help_heading = "Columns")]
    pub id: Option<String>,
    /// The column that says where a row comes from
    #[arg(long, value_name = "COL", help_heading = "Columns")]
    pub source: Option<String>,
    /// The column that says when it was made
    #[arg(long, value_name = "COL", help_heading = "Columns")]
    pub time: Option<String>,
    /// More detectors, in the form of the shipped ones
    #[arg(long, value_name = "PACK.toml", value_hint = ValueHint::FilePath, help_heading = "Policy")]
    pub detectors: Vec<PathBuf>,
    /// Values that may stay, one a line
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Policy")]
    pub allow: Vec<PathBuf>,
    /// The environment variable that holds the key of keyed operators
    #[arg(long, value_name = "VAR", conflicts_with = "key_file", help_heading = "Policy")]
    pub key_env: Option<String>,
    /// The file that holds it
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Policy")]
    pub key_file: Option<PathBuf>,
    /// Look for no poison: no side line, no second pass
    #[arg(long, help_heading = "Policy")]
    pub no_poison: bool,
    /// Look for no personal data
    #[arg(long, help_heading = "Policy")]
    pub no_pii: bool,
    /// Write scores.parquet: what the tests that score rows say of every row
    #[arg(long, help_heading = "Policy")]
    pub scores: bool,
    /// Worker threads [default: one a core]
    #[arg(long, value_name = "N", env = "UNTAINT_JOBS", help_heading = "Resources")]
    pub jobs: Option<usize>,
    /// The most memory to use: 512MiB [default: 256MiB and 64MiB a job]
    #[arg(long, value_name = "SIZE", env = "UNTAINT_MEMORY", help_heading = "Resources")]
    pub memory: Option<String>,
    /// The seed of hashes and samples
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "Resources")]
    pub seed: u64,
    /// Open no connection at all
    #[arg(long, help_heading = "Resources")]
    pub offline: bool,
}

/// Files for other systems.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// Write the report for other systems as well, to OUT/exports
    #[arg(long, value_name = "KIND", value_delimiter = ',', value_parser = kinds(), help_heading = "Output")]
    pub export: Vec<String>,
}

/// The words that `--export` takes, each with what it is.
fn kinds() -> PossibleValuesParser {
    PossibleValuesParser::new(EXPORTERS.iter().map(|e| PossibleValue::new(e.kind()).help(e.purpose())))
}

/// What to do with an OUT that is there.
#[derive(Debug, Args)]
pub struct ExistingArgs {
    /// Go on with an interrupted run; a finished one is left as it is
    #[arg(long, conflicts_with = "overwrite", help_heading = "Output")]
    pub resume: bool,
    /// Replace a finished OUT
    #[arg(long, help_heading = "Output")]
    pub overwrite: bool,
}

/// How it speaks.
#[derive(Clone, Debug, Args)]
pub struct Voice {
    /// Print the summary as JSON on standard output
    #[arg(long, help_heading = "Speech")]
    pub json: bool,
    /// Print errors only
    #[arg(short, long, conflicts_with = "verbose", help_heading = "Speech")]
    pub quiet: bool,
    /// Print what happens to each file
    #[arg(short, long, help_heading = "Speech")]
    pub verbose: bool,
    /// Whether to show progress
    #[arg(long, value_enum, default_value_t = When::Auto, value_name = "WHEN", help_heading = "Speech")]
    pub progress: When,
    /// Whether to use colour
    #[arg(long, value_enum, default_value_t = When::Auto, value_name = "WHEN", help_heading = "Speech")]
    pub color: When,
}

/// When to do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum When {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// `detectors`.
#[derive(Debug, Subcommand)]
pub enum Detectors {
    /// List every detector
    List {
        /// As JSON, with the names in other catalogues
        #[arg(long)]
        json: bool,
        /// As a page of Markdown
        #[arg(long, conflicts_with = "json")]
        markdown: bool,
        /// With these packs
        #[arg(long, value_name = "PACK.toml", value_hint = ValueHint::FilePath)]
        detectors: Vec<PathBuf>,
    },
    /// Explain one detector: pattern, check, context, examples
    Explain {
        /// Its id
        id: String,
        /// With these packs
        #[arg(long, value_name = "PACK.toml", value_hint = ValueHint::FilePath)]
        detectors: Vec<PathBuf>,
    },
    /// Check a pack: patterns, checks, examples
    Check {
        /// The pack
        #[arg(value_hint = ValueHint::FilePath)]
        pack: PathBuf,
    },
}
