//! Jinding's programs, from before Unicode: GB18030, `|` between cells, amounts in fen, three lines
//! before the header and one with the totals after all; the roster has fields of fixed width.

use std::fmt::Write as _;
use std::sync::Arc;

use anyhow::Context as _;
use encoding_rs::GB18030;

use super::{Paper, Papers, Told, Way};
use crate::demo::town::{Home, Household};

pub(super) struct Jinding;

fn community(home: Home) -> String {
    format!("{:02}", home.community + 1)
}

fn word(item: &str) -> &'static str {
    match item {
        "management" => "WY",
        "parking" => "TC",
        _ => "DT",
    }
}

impl Papers for Jinding {
    fn house(&self, home: Home) -> String {
        // Unit and building in one letter and number, unique over its communities.
        let letter = ["E", "W", "L", "N", "S"].get(home.community).copied().unwrap_or("X");
        format!("{letter}{:02}-{}-{:04}", home.building, home.unit, home.room)
    }

    fn items(&self) -> &'static [(&'static str, u64, u64, u64)] {
        &[
            ("management", 100, 18_000, 36_000),
            ("parking", 45, 28_000, 28_001),
            ("lift", 80, 1_875, 1_876),
        ]
    }

    fn bills(&self, households: &[Arc<Household>]) -> anyhow::Result<Paper> {
        let mut text = "金鼎物业收费系统 账单导出\r\n导出日期：今日\r\n--------\r\n\
                        流水号|小区代码|房屋编号|费项|费用所属期|金额(分)|截止日期|户主|状态\r\n"
            .to_owned();
        let (mut count, mut sum) = (0_usize, 0);
        for household in households {
            for bill in &household.bills {
                count += 1;
                sum += bill.amount_fen;
                write!(
                    text,
                    "{:06}|{}|{}|{}|{}|{}|{}|{}|N\r\n",
                    bill.number,
                    community(household.home),
                    household.house,
                    word(bill.item),
                    bill.month.strftime("%Y%m"),
                    bill.amount_fen,
                    bill.due.strftime("%Y%m%d"),
                    household.owner.name,
                )?;
            }
        }
        write!(text, "#合计|共{count}笔|{sum}\r\n")?;
        Ok(Paper { name: "jinding-bills.txt".to_owned(), bytes: encoded(&text) })
    }

    fn roster(&self, households: &[Arc<Household>]) -> anyhow::Result<Paper> {
        let mut bytes = Vec::new();
        for household in households {
            let fields = [
                (community(household.home), 2),
                (household.house.clone(), 12),
                (household.owner.name.clone(), 20),
                (household.owner.phone.clone(), 15),
            ];
            for (text, width) in fields {
                let mut field = encoded(&text);
                field.resize(width, b' ');
                bytes.extend(field);
            }
            bytes.extend(b"\r\n");
        }
        Ok(Paper { name: "jinding-owners.txt".to_owned(), bytes })
    }

    fn key(&self, told: &Told<'_>) -> String {
        told.import_id.to_owned()
    }

    fn read_day(&self, bytes: &[u8]) -> anyhow::Result<Vec<(String, Way, i64)>> {
        let (text, _, wrong) = GB18030.decode(bytes);
        anyhow::ensure!(!wrong, "the file is not GB18030");
        let mut lines = Vec::new();
        // The totals come first.
        for line in text.split("\r\n").skip(1).filter(|line| !line.is_empty()) {
            let cells: Vec<&str> = line.split('|').collect();
            let cell = |nth: usize| cells.get(nth).copied().context("a line is too short");
            let way = if cell(3)? == "1" { Way::Paid } else { Way::Refunded };
            lines.push((cell(0)?.to_owned(), way, cell(4)?.parse::<i64>()?));
        }
        Ok(lines)
    }
}

fn encoded(text: &str) -> Vec<u8> {
    GB18030.encode(text).0.into_owned()
}
