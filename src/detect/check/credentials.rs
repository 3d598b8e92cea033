//! What credentials satisfy beyond their pattern: spread of their characters, and layouts that decode.

use super::secret::{base64url, bits_a_char, is_left_out, mixed, password};
use super::{Check, all, whole};

/// Checks of credentials. Rates: counted over random values of the forms that packs give them.
pub(super) static CHECKS: &[Check] = &[
    Check {
        name: "basic-auth",
        chance: 0.01,
        demands: "base64 of text with a colon, without controls",
        run: basic_auth,
        form: all,
    },
    Check {
        name: "base64-json",
        chance: 0.000_1,
        demands: "base64 of the beginning of a JSON object",
        run: base64_json,
        form: all,
    },
    Check {
        name: "discord-token",
        chance: 0.000_001,
        demands: "a first part that decodes to an id of 17 to 20 digits",
        run: discord,
        form: all,
    },
    Check {
        name: "mixed-case",
        chance: 0.9,
        demands: "lower case, upper case and digits, at least 3 bits a character",
        run: mixed_case,
        form: all,
    },
    Check {
        name: "random-token",
        chance: 0.9,
        demands: "three digits or more among letters, at least 3.3 bits a character",
        run: random_token,
        form: all,
    },
    Check {
        name: "slack-token",
        chance: 0.9,
        demands: "20 characters or more, six digits or more, a last part that is no word of one sign",
        run: slack,
        form: all,
    },
    Check { name: "spread", chance: 0.99, demands: "at least 3 bits a character", run: spread, form: all },
    Check {
        name: "user-password",
        chance: 0.9,
        demands: "user and password, neither a variable nor a placeholder",
        run: user_password,
        form: all,
    },
];

/// No run of one sign and no instruction, as documents write in the place of a token: random hexadecimal digits have about
/// 3.7 bits.
fn spread(value: &[u8]) -> Option<usize> {
    whole(value, bits_a_char(value) >= 3.0 && !is_left_out(value))
}

fn count(value: &[u8], class: fn(&u8) -> bool) -> usize {
    value.iter().filter(|b| class(b)).count()
}

/// Random letters and digits: identifiers of code and words lack one of the three.
fn mixed_case(value: &[u8]) -> Option<usize> {
    let has = |class: fn(&u8) -> bool| value.iter().any(class);
    let all_three = has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase) && has(u8::is_ascii_digit);
    spread(value).filter(|_| all_three)
}

/// A code, where names of classes and files carry a digit or two.
fn random_token(value: &[u8]) -> Option<usize> {
    mixed(value).filter(|_| count(value, u8::is_ascii_digit) >= 3 && bits_a_char(value) >= 3.3)
}

fn slack(value: &[u8]) -> Option<usize> {
    let last = value.rsplit(|b| *b == b'-').next().unwrap_or_default();
    whole(value, value.len() >= 20 && count(value, u8::is_ascii_digit) >= 6 && bits_a_char(last) >= 2.5)
}

fn trim_padding(text: &[u8]) -> &[u8] {
    let end = text.iter().rposition(|b| *b != b'=').map_or(0, |at| at + 1);
    text.get(..end).unwrap_or_default()
}

fn discord(value: &[u8]) -> Option<usize> {
    let id = base64url(value.split(|b| *b == b'.').next()?);
    whole(value, (17..=20).contains(&id.len()) && id.iter().all(u8::is_ascii_digit))
}

/// RFC 7617: `user:password` in base64; the text may have any encoding.
fn basic_auth(value: &[u8]) -> Option<usize> {
    let plain = base64url(trim_padding(value));
    whole(value, plain.contains(&b':') && !plain.starts_with(b"{") && !plain.iter().any(u8::is_ascii_control))
}

fn base64_json(value: &[u8]) -> Option<usize> {
    let head = value.get(..value.len().min(64))?;
    let plain = base64url(trim_padding(head));
    let key = plain.strip_prefix(b"{").map(<[u8]>::trim_ascii_start);
    whole(
        value,
        key.is_some_and(|rest| rest.starts_with(b"\"")) && plain.iter().all(|b| (b' '..=b'~').contains(b) || *b == b'\n'),
    )
}

/// Words that documents write in the place of a user's password, besides those of [`password`].
const STAND_INS: [&str; 17] = [
    "pass",
    "secret",
    "token",
    "test",
    "user",
    "username",
    "yyy",
    "xxx",
    "mypassword",
    "mypass",
    "your-password",
    "passw0rd",
    "userpass",
    "api_key",
    "apikey",
    "api_token",
    "access_token",
];

fn user_password(value: &[u8]) -> Option<usize> {
    let colon = value.iter().position(|b| *b == b':')?;
    let bare = |part: &[u8]| -> Vec<u8> { part.iter().copied().filter(|b| *b != b'"' && *b != b'\'').collect() };
    let user = bare(value.get(..colon)?);
    let word = bare(value.get(colon + 1..)?);
    let lower = String::from_utf8_lossy(&word).to_ascii_lowercase();
    let stands_in = STAND_INS.contains(&lower.as_str()) || user == word || word.contains(&b'{') || user.starts_with(b"<");
    let by_word = password(&word).is_some() && !stands_in;
    // Some services take the token as the user, with no password.
    let by_user = word.is_empty() && user.len() >= 8 && mixed(&user).is_some() && password(&user).is_some();
    whole(value, by_word || by_user)
}

#[cfg(test)]
mod tests {
    use crate::detect::check::tried;

    #[test]
    fn credentials_are_told_from_what_stands_in_their_place() {
        tried::table(&[
            ("spread", "ghp_16C7e42F292c6912E7710c838347Ae178B4a", true, "the documented token"),
            ("spread", "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", false, "one sign"),
            ("spread", "sha256~XXXXXXXXXX_PUT_YOUR_TOKEN_HERE_XXXXXXXXXXXX", false, "an instruction"),
            ("spread", "00000000000000000000000000000000000TUVWXYZ", false, "filled with zeros"),
            ("mixed-case", "s.ZC9Ecf4M5g9o34Q6RkzGsj0z", true, "random"),
            ("mixed-case", "s.AcceptanceTimeoutSeconds", false, "a name of code"),
            ("random-token", "com.example.app.SecretProvider2", false, "a class"),
            ("random-token", "am9obmRvZTpkMDY5NGIxYi1jMTcx", true, "base64"),
            ("slack-token", "xoxb-12345-abcd234", false, "too short"),
            ("slack-token", "xoxb-xxxxxxxxxxx-xxxxxxxxxxxxxxxxxxxxxxxx", false, "one sign"),
            ("slack-token", "xoxe.xoxp-1-SlackAppConfigurationAccessTokenHere", false, "words"),
            ("slack-token", "xoxa-2-511111111-31111111111-3111111111111-e039d02840a0b9379c", true, "the documented token"),
            ("discord-token", "MTIzNDU2Nzg5MDEyMzQ1Njc4.GaB3cD.x", true, "123456789012345678"),
            ("discord-token", "MomentDateTimePickerDialogX.Inside.x", false, "names of code"),
            ("basic-auth", "QWxhZGRpbjpvcGVuIHNlc2FtZQ==", true, "RFC 7617's example"),
            ("basic-auth", "YnJvd3Nlcjo=", true, "an empty password"),
            ("basic-auth", "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9", false, "the header of a JWT"),
            ("basic-auth", "trainingcourses", false, "words"),
            ("base64-json", "eyJleHBpcmF0aW9uIjoiMjAz", true, "an object"),
            ("base64-json", "ZXhwaXJhdGlvbgZXhwaXJhdGlvbg", false, "a word"),
            ("user-password", "elastic:P@ssw0rd$1", true, "a password"),
            ("user-password", "d2LkV78zLx!t:", true, "a token as the user"),
            ("user-password", ":", false, "neither"),
            ("user-password", "user:password", false, "placeholders"),
            ("user-password", "test:test", false, "the user's name again"),
            ("user-password", "$USERNAME:$PASSWORD", false, "variables"),
            ("user-password", "<user:password>", false, "a syntax"),
            ("user-password", "app:x${PW}", false, "a variable behind a prefix"),
        ]);
    }

    #[test]
    fn chance_rates_are_what_random_values_give() {
        tried::rates(&[
            ("basic-auth", "~~~~~~~~~~~~"),
            ("mixed-case", "~~~~~~~~~~~~~~~~~~~~~~~~"),
            ("random-token", "~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~"),
            ("spread", "~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~"),
        ]);
    }
}
