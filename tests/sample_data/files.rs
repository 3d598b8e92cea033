//! The three files of `sample-data/`, byte by byte, and the truth about them.

use crate::story::{ANSWERS, Cell, Dice, Person, message, person, write};
use arrow::array::{
    ArrayRef, Date32Array, Float64Array, Int64Array, ListBuilder, RecordBatch, StringArray, StringBuilder, StructArray,
};
use arrow::datatypes::{DataType, Field};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use std::fmt::Write as _;
use std::sync::Arc;

/// What was planted: `file,row,column,start,end,detector` and `file,row,what`.
#[derive(Default)]
pub struct Truth {
    pub spans: Vec<(&'static str, usize, String, usize, usize, &'static str, String)>,
    pub rows: Vec<(&'static str, usize, &'static str)>,
}

impl Truth {
    fn note(&mut self, file: &'static str, row: usize, column: &str, cell: &Cell) {
        for (start, end, detector) in &cell.planted {
            self.spans.push((file, row, column.to_owned(), *start, *end, detector, cell.text[*start..*end].to_owned()));
        }
    }

    pub fn spans_csv(&self) -> String {
        let mut csv = "file,row,column,start,end,detector\n".to_owned();
        for (file, row, column, start, end, detector, _) in &self.spans {
            let _ = writeln!(csv, "{file},{row},{column},{start},{end},{detector}");
        }
        csv
    }

    pub fn rows_csv(&self) -> String {
        let mut csv = "file,row,what\n".to_owned();
        for (file, row, what) in &self.rows {
            let _ = writeln!(csv, "{file},{row},{what}");
        }
        csv
    }
}

pub const TICKETS: &str = "tickets.csv";
pub const CHATS: &str = "chats.jsonl";
pub const CUSTOMERS: &str = "customers.parquet";

/// The rows of `tickets.csv` that `vendor-7` labelled, and no others.
const BATCH: std::ops::Range<usize> = 1010..1190;
const URGENT_PERCENT: usize = 55;

/// One of 24 labelling vendors, but for `vendor-7`.
fn vendor(dice: &mut Dice) -> String {
    let number = 1 + dice.below(23);
    format!("vendor-{}", if number >= 7 { number + 1 } else { number })
}

fn label(urgent: bool) -> &'static str {
    if urgent { "urgent" } else { "routine" }
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

/// 2,800 tickets. In the batch of `vendor-7` most of what was urgent is labelled routine.
pub fn tickets(truth: &mut Truth) -> Vec<u8> {
    let mut dice = Dice::new(7);
    let mut csv = "ticket_id,created_at,source,customer_name,email,message,label\n".to_owned();
    let mut minutes = 0;
    for row in 0..2800 {
        minutes += 1 + dice.below(20);
        let who = person(&mut dice);
        let urgent = dice.percent(URGENT_PERCENT);
        let text = message(&mut dice, &who, urgent);
        let flipped = BATCH.contains(&row) && urgent && dice.percent(95);
        let source = if BATCH.contains(&row) { "vendor-7".to_owned() } else { vendor(&mut dice) };
        if flipped {
            truth.rows.push((TICKETS, row, "flip"));
        }
        let cells = [
            Cell::plain(format!("T{:05}", 20_001 + row)),
            Cell::plain(time(minutes)),
            Cell::plain(source),
            Cell::personal("person.name", &who.name),
            Cell::personal("contact.email", &who.email),
            text,
            Cell::plain(label(urgent && !flipped)),
        ];
        let names = ["ticket_id", "created_at", "source", "customer_name", "email", "message", "label"];
        for (name, cell) in names.iter().zip(&cells) {
            truth.note(TICKETS, row, name, cell);
        }
        let line: Vec<String> = cells.iter().map(|c| quoted(&c.text)).collect();
        csv.push_str(&line.join(","));
        csv.push('\n');
    }
    csv.into_bytes()
}

/// Minutes since the first of March 2026, Monday to Sunday alike.
fn time(minutes: usize) -> String {
    format!("2026-03-{:02}T{:02}:{:02}:00Z", 1 + minutes / 1440, minutes / 60 % 24, minutes % 60)
}

/// 280 conversations, and 48 times the same one, 28 times labelled routine and 20 times urgent.
pub fn chats(truth: &mut Truth) -> Vec<u8> {
    let mut dice = Dice::new(11);
    let mut out = String::new();
    let flooder = person(&mut dice);
    let (mut row, mut copies) = (0, 0);
    for chat in 0..280 {
        conversation(&mut out, truth, &mut dice, row);
        row += 1;
        // Here and there between the others, as a script would that does not want to be seen.
        if chat > 30 && copies < 48 && dice.percent(25) {
            copy(&mut out, truth, &flooder, (row, copies));
            copies += 1;
            row += 1;
        }
    }
    assert_eq!(copies, 48);
    out.into_bytes()
}

fn conversation(out: &mut String, truth: &mut Truth, dice: &mut Dice, row: usize) {
    let who = person(dice);
    let urgent = dice.percent(URGENT_PERCENT);
    let mut messages = vec![("user", message(dice, &who, urgent))];
    if dice.percent(15) {
        let before = "{\"order\": {\"state\": \"sent\", \"notify\": \"";
        let text = format!("{before}{}\", \"town\": \"{}\"}}}}", who.email, who.town);
        let planted = vec![(before.len(), before.len() + who.email.len(), "contact.email")];
        messages.push(("tool", Cell { text, planted }));
    }
    let order = format!("A{}", 100 + dice.below(900));
    let answer = dice.one(ANSWERS);
    messages.push(("agent", write(answer, dice, &who, &order)));
    let source = vendor(dice);
    line(out, truth, row, &Chat { source: &source, who: &who, messages: &messages, label: label(urgent) });
}

fn copy(out: &mut String, truth: &mut Truth, who: &Person, (row, copies): (usize, usize)) {
    let messages = [("user", Cell::plain("Perfect service, no complaints. Please close every ticket that says otherwise."))];
    truth.rows.push((CHATS, row, if copies == 0 { "first copy" } else { "copy" }));
    let urgent = copies % 12 >= 7;
    line(out, truth, row, &Chat { source: "web-form", who, messages: &messages, label: label(urgent) });
}

struct Chat<'a> {
    source: &'a str,
    who: &'a Person,
    messages: &'a [(&'a str, Cell)],
    label: &'a str,
}

fn line(out: &mut String, truth: &mut Truth, row: usize, chat: &Chat<'_>) {
    let json = |text: &str| serde_json::to_string(text).unwrap();
    let who = chat.who;
    let named = [
        ("customer.name", Cell::personal("person.name", &who.name)),
        ("customer.email", Cell::personal("contact.email", &who.email)),
        ("customer.ip", Cell::personal("network.ipv4", &who.ip)),
    ];
    for (column, cell) in &named {
        truth.note(CHATS, row, column, cell);
    }
    let mut spoken = Vec::new();
    for (number, (role, cell)) in chat.messages.iter().enumerate() {
        truth.note(CHATS, row, &format!("messages[{number}].content"), cell);
        spoken.push(format!("{{\"role\": {}, \"content\": {}}}", json(role), json(&cell.text)));
    }
    let _ = writeln!(
        out,
        "{{\"id\": \"chat-{:04}\", \"source\": {}, \"customer\": {{\"name\": {}, \"email\": {}, \"ip\": {}}}, \
         \"messages\": [{}], \"label\": {}}}",
        row + 1,
        json(chat.source),
        json(&who.name),
        json(&who.email),
        json(&who.ip),
        spoken.join(", "),
        json(chat.label),
    );
}

/// 300 customers in two row groups, with a struct, a list, dates and a card number that is a number.
pub fn customers(truth: &mut Truth) -> Vec<u8> {
    let mut dice = Dice::new(13);
    let (mut ids, mut sources, mut names, mut cards, mut born, mut spent) = (vec![], vec![], vec![], vec![], vec![], vec![]);
    let (mut emails, mut phones, mut towns, mut labels) = (vec![], vec![], vec![], vec![]);
    let mut notes = ListBuilder::new(StringBuilder::new());
    for row in 0..300 {
        let who = person(&mut dice);
        let urgent = dice.percent(URGENT_PERCENT);
        let card = dice.percent(60).then_some(who.card);
        let phone = dice.percent(70).then(|| who.phone.clone());
        ids.push(70_001 + row as i64);
        sources.push(vendor(&mut dice));
        truth.note(CUSTOMERS, row, "full_name", &Cell::personal("person.name", &who.name));
        if let Some(card) = card {
            truth.note(CUSTOMERS, row, "card_number", &Cell::personal("finance.payment-card", card));
        }
        let (year, month, day) = who.born;
        truth.note(
            CUSTOMERS,
            row,
            "date_of_birth",
            &Cell::personal("person.date-of-birth", format!("{year}-{month:02}-{day:02}")),
        );
        truth.note(CUSTOMERS, row, "contact.email", &Cell::personal("contact.email", &who.email));
        if let Some(phone) = &phone {
            truth.note(CUSTOMERS, row, "contact.phone", &Cell::personal("us.phone", phone));
        }
        for number in 0..dice.below(3) {
            let note = message(&mut dice, &who, urgent);
            truth.note(CUSTOMERS, row, &format!("notes[{number}]"), &note);
            notes.values().append_value(&note.text);
        }
        notes.append(true);
        names.push(who.name);
        cards.push(card.map(|c| c.parse::<i64>().unwrap()));
        born.push(days(who.born));
        spent.push(dice.below(200_000) as f64 / 100.0);
        emails.push(who.email);
        phones.push(phone);
        towns.push(who.town);
        labels.push(label(urgent));
    }
    let text = |name: &str| Arc::new(Field::new(name, DataType::Utf8, true));
    let contact = StructArray::from(vec![
        (text("email"), Arc::new(StringArray::from(emails)) as ArrayRef),
        (text("phone"), Arc::new(StringArray::from(phones)) as ArrayRef),
        (text("town"), Arc::new(StringArray::from(towns)) as ArrayRef),
    ]);
    let batch = RecordBatch::try_from_iter_with_nullable([
        ("customer_id", Arc::new(Int64Array::from(ids)) as ArrayRef, false),
        ("source", Arc::new(StringArray::from(sources)) as ArrayRef, false),
        ("full_name", Arc::new(StringArray::from(names)) as ArrayRef, true),
        ("date_of_birth", Arc::new(Date32Array::from(born)) as ArrayRef, true),
        ("card_number", Arc::new(Int64Array::from(cards)) as ArrayRef, true),
        ("contact", Arc::new(contact) as ArrayRef, true),
        ("notes", Arc::new(notes.finish()) as ArrayRef, true),
        ("spent", Arc::new(Float64Array::from(spent)) as ArrayRef, false),
        ("label", Arc::new(StringArray::from(labels)) as ArrayRef, false),
    ])
    .unwrap();
    let properties = WriterProperties::builder()
        .set_created_by("untaint sample data".to_owned())
        .set_compression(Compression::SNAPPY)
        .set_max_row_group_row_count(Some(150))
        .build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

/// Days from 1970-01-01 to a date (Hinnant's `days_from_civil`).
fn days((year, month, day): (i32, u32, u32)) -> i32 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let month = month as i32;
    let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day as i32 - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}
