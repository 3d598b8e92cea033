//! A help desk that never was: its customers, what they write, and a pen that notes where it wrote something personal.
//!
//! Everybody is made up. Addresses are of `example.com` and its like (RFC 2606), telephone numbers of 555-0100 to 555-0199,
//! machines of 203.0.113.0/24 (RFC 5737), cards and accounts are the published test numbers.

/// Xorshift64* (Vigna 2016): the same numbers on every machine and in every version of any crate.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.max(1))
    }

    /// A number below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        ((self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize) % n
    }

    pub fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    pub fn percent(&mut self, share: usize) -> bool {
        self.below(100) < share
    }
}

/// A cell as it is written: its text, and what in it is personal.
#[derive(Clone, Default)]
pub struct Cell {
    pub text: String,
    /// Start, end, detector.
    pub planted: Vec<(usize, usize, &'static str)>,
}

impl Cell {
    pub fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), planted: Vec::new() }
    }

    pub fn personal(detector: &'static str, text: impl Into<String>) -> Self {
        let text = text.into();
        Self { planted: vec![(0, text.len(), detector)], text }
    }
}

pub struct Person {
    pub name: String,
    pub email: String,
    pub phone: String,
    pub card: &'static str,
    pub iban: &'static str,
    pub ip: String,
    pub born: (i32, u32, u32),
    pub town: &'static str,
}

const FIRST: &[&str] = &[
    "Ada", "Bao", "Carla", "Dmitri", "Elif", "Farid", "Greta", "Hana", "Ivo", "Jorge", "Kemi", "Lars", "Mina", "Nadia", "Omar",
    "Priya", "Quentin", "Rosa", "Sami", "Tove", "Umar", "Vera", "Wanda", "Xenia", "Yusuf", "Zoe",
];
const LAST: &[&str] = &[
    "Abara",
    "Bergqvist",
    "Castellano",
    "Dvorak",
    "Eriksen",
    "Fontaine",
    "Gupta",
    "Hoffmann",
    "Ito",
    "Jansen",
    "Kowalski",
    "Lindgren",
    "Moreau",
    "Nakamura",
    "Okafor",
    "Petrov",
    "Quispe",
    "Rahman",
    "Sokolov",
    "Tanaka",
    "Ueda",
    "Varga",
    "Weiss",
];
const TOWNS: &[&str] = &["Lyon", "Porto", "Graz", "Turku", "Ghent", "Brno", "Bergen", "Leeds", "Boise", "Cork"];
const CARDS: &[&str] = &["4111111111111111", "5555555555554444", "4242424242424242", "6011111111111117", "4012888888881881"];
const IBANS: &[&str] = &["DE89370400440532013000", "GB82WEST12345698765432", "FR1420041010050500013M02606"];
const AREAS: &[&str] = &["212", "415", "312", "206"];

pub fn person(dice: &mut Dice) -> Person {
    let (first, last) = (dice.one(FIRST), dice.one(LAST));
    let host = dice.one(&["example.com", "example.org", "example.net"]);
    Person {
        name: format!("{first} {last}"),
        email: format!("{}.{}@{host}", first.to_lowercase(), last.to_lowercase()),
        phone: format!("({}) 555-01{:02}", dice.one(AREAS), dice.below(100)),
        card: dice.one(CARDS),
        iban: dice.one(IBANS),
        ip: format!("203.0.113.{}", 1 + dice.below(254)),
        born: (1950 + dice.below(55) as i32, 1 + dice.below(12) as u32, 1 + dice.below(28) as u32),
        town: dice.one(TOWNS),
    }
}

const PRODUCTS: &[&str] = &["kettle", "desk lamp", "router", "backpack", "thermostat", "headset", "bike light", "printer"];

/// What needs a person at once; `urgent` where nobody flipped it.
const URGENT: &[&str] = &[
    "Smoke comes out of the {thing} from order {order}, what do I do?",
    "I was charged three times for order {order}, my rent is due tomorrow. Card {card}.",
    "Somebody else is logged in to my account, from {ip}. Lock it now, please. Order {order} is not mine.",
    "The {thing} (order {order}) gave my son a shock. Call me at {phone}!",
    "All {count} tills in our shop in {town} are down since the {thing} update, ref {order}.",
    "Order {order} had medicine in it and never came to {town}. Call {phone} as soon as you can.",
    "You sent order {order} with my neighbour's invoice in it. That is a data leak, who do I talk to?",
    "The {thing} of order {order} leaks and the floor is wet, please send somebody to {town} today.",
    "Our wedding is on Saturday and order {order} is stuck in {town} for {count} days.",
    "The refund for {order} went to a stranger. My account is {iban}, not his!",
];

/// What can wait.
const ROUTINE: &[&str] = &[
    "Does the {thing} from order {order} come in another colour?",
    "Thank you, the {thing} arrived in {town} after {count} days. Order {order} can be closed.",
    "Please send the invoice for order {order} to {email}.",
    "How do I clean the {thing}? Order {order}.",
    "I would like to return the {thing}, order {order}; it is unused. Refund to {iban}, please.",
    "What is the warranty on a {thing} after {count} months, order {order}?",
    "My new address is in {town}, and my new e-mail is {email}. Order {order} is not affected.",
    "Can I add {count} more to order {order}, or should I order the {thing} again?",
    "The manual of the {thing} (order {order}) says \"see page {count}\", but that page is empty.",
    "Is the shop in {town} open on Sunday? I want to collect order {order}.",
    "The parcel {order} came, but the box was dented.\nThe {thing} itself is fine.",
    "Could you ring me some time about order {order}? Phone {phone}, mornings.",
];

/// A message, urgent or not, by a person about an order of their own.
pub fn message(dice: &mut Dice, from: &Person, urgent: bool) -> Cell {
    let order = format!("A{}-{}", 10 + dice.below(90), dice.one(&["KX", "LM", "PT", "RZ", "VB"]).to_owned() + &number(dice));
    let template = dice.one(if urgent { URGENT } else { ROUTINE });
    write(template, dice, from, &order)
}

fn number(dice: &mut Dice) -> String {
    format!("{:04}", dice.below(10_000))
}

/// Fills a template in, noting what is personal.
pub fn write(template: &str, dice: &mut Dice, from: &Person, order: &str) -> Cell {
    let mut cell = Cell::default();
    for piece in template.split('{') {
        let Some((slot, rest)) = piece.split_once('}') else {
            cell.text.push_str(piece);
            continue;
        };
        let (detector, value) = match slot {
            "email" => (Some("contact.email"), from.email.clone()),
            "phone" => (Some("us.phone"), from.phone.clone()),
            "card" => (Some("finance.payment-card"), from.card.to_owned()),
            "iban" => (Some("finance.iban"), from.iban.to_owned()),
            "ip" => (Some("network.ipv4"), from.ip.clone()),
            "thing" => (None, dice.one(PRODUCTS).to_owned()),
            "town" => (None, from.town.to_owned()),
            "count" => (None, (2 + dice.below(28)).to_string()),
            "order" => (None, order.to_owned()),
            other => panic!("no slot {other}"),
        };
        if let Some(detector) = detector {
            cell.planted.push((cell.text.len(), cell.text.len() + value.len(), detector));
        }
        cell.text.push_str(&value);
        cell.text.push_str(rest);
    }
    cell
}

/// What the desk answers.
pub const ANSWERS: &[&str] = &[
    "I am looking into it and will write to {email} within the hour.",
    "Thank you for telling us. Is {phone} still the best number to call?",
    "That is done now. Anything else?",
    "I have passed order {order} on to the workshop in {town}.",
    "We can exchange the {thing} in any shop, {town} has {count} of them.",
];
