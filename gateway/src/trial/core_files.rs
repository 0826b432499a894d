//! The bank's core system as one that is told by files: 民榕核心 again, with pain.008 and pain.007 in its post and
//! pain.002 as its answers. Its office is that of the [core on the network](super::core); what goes wrong is
//! said of the next file of a kind. Written by hand from the standard, and shares nothing with the code that
//! tells it.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::civil::{Date, DateTime, time};
use tokio::task::JoinHandle;

use super::billers::day_file::{Day, DayFile};
use super::billers::faults::Until;
use super::billers::office::{Office, Rules};
use super::billers::order::{Order, Outcome, Refusal, Verb};
use super::billers::protocol::Protocol as _;
use super::billers::text::{element, tagged, yuan};
use super::core::MinrongCore;

/// How often it looks for files.
const LOOKS: Duration = Duration::from_millis(20);

/// What goes wrong with one file.
#[derive(Debug, Clone)]
pub enum FileFault {
    /// It is carried out, and no answer is written.
    NeverAnswers,
    /// It is carried out, and the answer is written late.
    AnswersLate(Until),
    /// It is read late: it is carried out only then, after what came later.
    ReadLate(Until),
    /// Only the first half of the answer is written.
    Half,
    /// The answer is written twice, under two names.
    Twice,
    /// Amounts in the answer are off by so many fen.
    WrongAmount(i64),
    /// The answer names references that nobody has sent.
    UnknownReference,
    /// The answer has a status that the standard does not know.
    UnknownCode,
    /// The answer says first that everything is under way, and the final one comes later.
    UnderWay(Until),
}

/// A core that is told by files. It ends when it is dropped.
#[derive(Debug)]
pub struct CoreByFiles {
    desk: Arc<Desk>,
    running: JoinHandle<()>,
}

#[derive(Debug)]
struct Desk {
    mailbox: PathBuf,
    office: Office,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    faults: VecDeque<(Verb, FileFault)>,
    /// Files that were read, by name, with their answers.
    answers: BTreeMap<String, String>,
    written: u64,
}

impl CoreByFiles {
    /// Starts one at its date and time, whose post is a folder with `outbox` and `inbox`, as we name them.
    #[must_use]
    pub fn start(mailbox: &Path, now: DateTime) -> CoreByFiles {
        let rules = Rules { cut_off: Some(time(23, 0, 0, 0)), books_later: false };
        let desk = Arc::new(Desk {
            mailbox: mailbox.to_owned(),
            office: Office::new(rules, now),
            state: Mutex::default(),
        });
        let running = tokio::spawn(read_files(Arc::clone(&desk)));
        CoreByFiles { desk, running }
    }

    /// Its office.
    #[must_use]
    pub fn office(&self) -> &Office {
        &self.desk.office
    }

    /// The next file of a kind goes wrong, after those that were said before.
    pub fn next(&self, verb: Verb, fault: FileFault) {
        self.desk.state().faults.push_back((verb, fault));
    }

    /// The files that it has read, by name.
    #[must_use]
    pub fn read(&self) -> Vec<String> {
        self.desk.state().answers.keys().cloned().collect()
    }

    /// How many answers it has written.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.desk.state().written
    }

    /// Writes the answer to a file that it has read once more, whole; says whether it has read it.
    pub fn answer_again(&self, name: &str) -> bool {
        let answer = self.desk.state().answers.get(name).cloned();
        answer.is_some_and(|answer| self.desk.write(&answer).is_ok())
    }

    /// The file of a day.
    #[must_use]
    pub fn day_file(&self, date: Date) -> DayFile {
        MinrongCore { key: Vec::new() }.day_file(&Day::with(date, self.desk.office.day(date), &[]))
    }
}

impl Drop for CoreByFiles {
    fn drop(&mut self) {
        self.running.abort();
    }
}

async fn read_files(desk: Arc<Desk>) {
    let mut looks = tokio::time::interval(LOOKS);
    loop {
        looks.tick().await;
        for (name, text) in desk.new_files() {
            let fault = desk.fault(&text);
            match &fault {
                Some(FileFault::ReadLate(until) | FileFault::AnswersLate(until)) => {
                    let (desk, until) = (Arc::clone(&desk), until.clone());
                    let at_once = matches!(fault, Some(FileFault::AnswersLate(_)));
                    let answer = at_once.then(|| desk.carry_out(&name, &text, None));
                    tokio::spawn(async move {
                        until.wait().await;
                        let answer = answer.unwrap_or_else(|| desk.carry_out(&name, &text, None));
                        desk.say(&answer, None);
                    });
                }
                Some(FileFault::UnderWay(until)) => {
                    let answer = desk.carry_out(&name, &text, None);
                    desk.say(&under_way(&answer), None);
                    let (desk, until) = (Arc::clone(&desk), until.clone());
                    tokio::spawn(async move {
                        until.wait().await;
                        desk.say(&answer, None);
                    });
                }
                fault => {
                    let answer = desk.carry_out(&name, &text, fault.as_ref());
                    desk.say(&answer, fault.as_ref());
                }
            }
        }
    }
}

impl Desk {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Files that it has not read, in the order of their names. The same name again is the same file.
    fn new_files(&self) -> Vec<(String, String)> {
        let Ok(entries) = std::fs::read_dir(self.mailbox.join("outbox")) else { return Vec::new() };
        let mut names: Vec<String> =
            entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort();
        let mut state = self.state();
        names.retain(|name| !name.starts_with('.') && !state.answers.contains_key(name));
        let mut files = Vec::new();
        for name in names {
            if let Ok(text) = std::fs::read_to_string(self.mailbox.join("outbox").join(&name)) {
                state.answers.insert(name.clone(), String::new());
                files.push((name, text));
            }
        }
        files
    }

    fn fault(&self, text: &str) -> Option<FileFault> {
        let verb = verb_of(text);
        let mut state = self.state();
        let place = state.faults.iter().position(|(of, _)| *of == verb)?;
        state.faults.remove(place).map(|(_, fault)| fault)
    }

    /// Does what a file asks for; its answer.
    fn carry_out(&self, name: &str, text: &str, fault: Option<&FileFault>) -> String {
        let verb = verb_of(text);
        let (each, of_payment) = match verb {
            Verb::Pay => ("DrctDbtTxInf", "PmtInfId"),
            _ => ("TxInf", "RvslPmtInfId"),
        };
        let mut said = String::new();
        for one in text.split(&format!("<{each}>")).skip(1) {
            let one = one.split(&format!("</{each}>")).next().unwrap_or_default();
            said.push_str(&self.transaction(verb, one));
        }
        let kind = if verb == Verb::Pay { "pain.008.001.08" } else { "pain.007.001.09" };
        let message = element(text, "MsgId").unwrap_or_default();
        let payment = element(text, of_payment).unwrap_or_default();
        let answer = format!(
            "<CstmrPmtStsRpt><GrpHdr>{}{}</GrpHdr><OrgnlGrpInfAndSts>{}{}</OrgnlGrpInfAndSts>\
             <OrgnlPmtInfAndSts>{}{said}</OrgnlPmtInfAndSts></CstmrPmtStsRpt>",
            tagged("MsgId", &format!("S{}", &message[..message.len().min(30)])),
            tagged("CreDtTm", &self.office.now().to_string()),
            tagged("OrgnlMsgId", &message),
            tagged("OrgnlMsgNmId", kind),
            tagged("OrgnlPmtInfId", &payment),
        );
        let answer = format!(
            "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.002.001.10\">\n{answer}\n</Document>\n"
        );
        self.state().answers.insert(name.to_owned(), answer.clone());
        match fault {
            Some(FileFault::WrongAmount(off)) => wrong_amount(&answer, *off),
            Some(FileFault::UnknownReference) => {
                answer.replace("<OrgnlEndToEndId>JF", "<OrgnlEndToEndId>XX")
            }
            Some(FileFault::UnknownCode) => answer.replace("<TxSts>ACSC<", "<TxSts>OKAY<"),
            _ => answer,
        }
    }

    fn transaction(&self, verb: Verb, one: &str) -> String {
        let (reference, amount) = match verb {
            Verb::Pay => ("EndToEndId", "InstdAmt"),
            _ => ("OrgnlEndToEndId", "RvsdInstdAmt"),
        };
        let reference = element(one, reference).unwrap_or_default();
        let amount_fen = amount_of(one, amount);
        let account = one.split_once("<DbtrAcct>").and_then(|(_, rest)| rest.split_once("<Othr>"));
        let account = account.and_then(|(_, rest)| element(rest, "Id"));
        let order = Order {
            verb,
            reference: reference.clone(),
            sent_on: None,
            customer: account,
            amount_fen,
            bills: None,
            repeats: None,
            echo: Vec::new(),
        };
        let outcome = self.office.carry_out(&order, false);
        let (status, reason) = match &outcome {
            Outcome::Booked { .. } | Outcome::Reversed => ("ACSC", None),
            Outcome::Refused(refusal) => ("RJCT", Some(code(*refusal))),
            _ => ("PDNG", None),
        };
        let reason =
            reason.map(|code| format!("<StsRsnInf><Rsn>{}</Rsn></StsRsnInf>", tagged("Cd", code)));
        let theirs = match &outcome {
            Outcome::Booked { theirs, .. } => tagged("AcctSvcrRef", theirs),
            _ => String::new(),
        };
        format!(
            "<TxInfAndSts>{}{}{}{theirs}<OrgnlTxRef><Amt><InstdAmt Ccy=\"CNY\">{}</InstdAmt></Amt></OrgnlTxRef></TxInfAndSts>",
            tagged("OrgnlEndToEndId", &reference),
            tagged("TxSts", status),
            reason.unwrap_or_default(),
            yuan(amount_fen.unwrap_or_default()),
        )
    }

    /// Writes an answer, as far as its fault lets it.
    fn say(&self, answer: &str, fault: Option<&FileFault>) {
        let (text, times) = match fault {
            Some(FileFault::NeverAnswers) => (answer, 0),
            Some(FileFault::Half) => (answer.get(..answer.len() / 2).unwrap_or_default(), 1),
            Some(FileFault::Twice) => (answer, 2),
            _ => (answer, 1),
        };
        for _ in 0..times {
            if let Err(error) = self.write(text) {
                tracing::error!(%error, "an answer is not written");
            }
        }
    }

    /// Writes a file into the inbox, carried there under another name first.
    fn write(&self, text: &str) -> std::io::Result<()> {
        let number = {
            let mut state = self.state();
            state.written += 1;
            state.written
        };
        let inbox = self.mailbox.join("inbox");
        std::fs::create_dir_all(&inbox)?;
        let name = format!("minrong-status-{number:04}.xml");
        let draft = inbox.join(format!("{name}.part"));
        std::fs::write(&draft, text)?;
        std::fs::rename(draft, inbox.join(name))
    }
}

fn verb_of(text: &str) -> Verb {
    if text.contains("<CstmrDrctDbtInitn>") { Verb::Pay } else { Verb::Reverse }
}

fn code(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::NoSuchCustomer | Refusal::NothingDue => "AC01",
        Refusal::NotEnough => "AM04",
        Refusal::Frozen => "AC06",
        Refusal::TooLate => "TM01",
        Refusal::NoSuchReference => "NOOR",
        Refusal::AmountDiffers => "AM09",
        Refusal::OtherContent | Refusal::ReversedBefore => "DUPL",
    }
}

/// The fen of an amount with a currency.
fn amount_of(text: &str, name: &str) -> Option<i64> {
    let (_, rest) = text.split_once(&format!("<{name} Ccy=\"CNY\">"))?;
    let (units, _) = rest.split_once('<')?;
    let (yuan, fen) = units.split_once('.').unwrap_or((units, "0"));
    let fen: i64 = format!("{fen:0<2}").parse().ok()?;
    Some(yuan.parse::<i64>().ok()? * 100 + fen)
}

/// The answer with amounts that are off.
fn wrong_amount(answer: &str, off: i64) -> String {
    let right = amount_of(answer, "InstdAmt").unwrap_or_default();
    answer.replace(&format!(">{}<", yuan(right)), &format!(">{}<", yuan(right + off)))
}

/// The answer that says of everything that it is under way.
fn under_way(answer: &str) -> String {
    answer.replace("<TxSts>ACSC<", "<TxSts>PDNG<")
}
