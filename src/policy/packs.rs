//! The policies that are shipped: a file each in `packs/`, every rule with its clause.

use super::Policy;
use crate::error::Result;

/// A shipped policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pack {
    /// The word that `--policy` takes.
    pub name: &'static str,
    /// One line for help.
    pub help: &'static str,
    /// The policy file as it lies in the tree.
    pub text: &'static str,
}

/// Every shipped policy.
pub static PACKS: &[Pack] = &[
    Pack { name: "ccpa", help: "California Consumer Privacy Act, with the CPRA", text: include_str!("packs/ccpa.toml") },
    Pack { name: "gdpr", help: "Regulation (EU) 2016/679", text: include_str!("packs/gdpr.toml") },
    Pack {
        name: "hipaa-safe-harbor",
        help: "the 18 identifiers of 45 CFR 164.514(b)(2)",
        text: include_str!("packs/hipaa-safe-harbor.toml"),
    },
    Pack {
        name: "pci",
        help: "PCI DSS v4.0; of a card number the first 6 and last 4 digits stay",
        text: include_str!("packs/pci.toml"),
    },
];

/// The shipped policy of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Pack> {
    PACKS.iter().find(|p| p.name == name)
}

impl Pack {
    /// The policy it stands for.
    ///
    /// # Errors
    /// `Policy`, which the tests rule out.
    pub fn policy(&self) -> Result<Policy> {
        Policy::parse(self.name, self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_policy_is_read_and_its_comments_are_rules_that_are_read_as_well() {
        for pack in PACKS {
            let policy = pack.policy().unwrap();
            assert_eq!(pack.policy().unwrap(), policy, "{}", pack.name);
            let rules = pack.text.replace("\n# [columns", "\n[columns").replace("\n# operator", "\noperator");
            let all = Policy::parse(pack.name, &rules).unwrap();
            assert!(!all.columns.is_empty() && all.pii == policy.pii, "{}", pack.name);
        }
    }

    #[test]
    fn every_rule_has_its_clause() {
        for pack in PACKS {
            let mut clause = false;
            for line in pack.text.lines().map(str::trim) {
                let cites = ["Art. ", "Req. ", "§ ", "164.514", "(A) ", "(B) "].iter().any(|c| line.contains(c));
                let lettered = line.strip_prefix("# (").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()));
                match line.bytes().next() {
                    Some(b'#') => clause |= cites || lettered,
                    Some(b'"') => assert!(clause, "{}: {line}", pack.name),
                    _ => clause = false,
                }
            }
        }
    }

    #[test]
    fn safe_harbor_names_all_eighteen() {
        let text = find("hipaa-safe-harbor").unwrap().text;
        for letter in 'A'..='R' {
            assert!(text.contains(&format!("({letter})")), "({letter})");
        }
    }
}
