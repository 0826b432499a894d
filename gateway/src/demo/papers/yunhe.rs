//! Yunhe's programs: CSV in UTF-8 with a byte order mark, amounts in yuan.

use std::sync::Arc;

use anyhow::Context as _;

use super::{Paper, Papers, Told, Way, fen, yuan};
use crate::demo::town::{Home, Household};

pub(super) struct Yunhe;

/// As its program writes a home.
fn written(home: Home) -> String {
    format!("{}栋{}单元{:04}室", home.building, home.unit, home.room)
}

fn word(item: &str) -> &'static str {
    match item {
        "management" => "物业费",
        "parking" => "车位费",
        _ => "公摊水电费",
    }
}

impl Papers for Yunhe {
    fn house(&self, home: Home) -> String {
        format!("{}-{}-{}", home.building, home.unit, home.room)
    }

    fn items(&self) -> &'static [(&'static str, u64, u64, u64)] {
        &[
            ("management", 100, 15_000, 42_000),
            ("parking", 55, 30_000, 30_001),
            ("shared-utilities", 70, 900, 6_500),
        ]
    }

    fn bills(&self, households: &[Arc<Household>]) -> anyhow::Result<Paper> {
        let mut csv = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
        csv.write_record([
            "账单编号",
            "小区",
            "房号",
            "收费项目",
            "账期",
            "应收金额",
            "缴费截止日",
            "业主姓名",
            "操作",
            "备注",
        ])?;
        for household in households {
            for bill in &household.bills {
                csv.write_record([
                    format!("YH{}{:05}", bill.month.strftime("%Y%m"), bill.number),
                    household.site_name.clone(),
                    written(household.home),
                    word(bill.item).to_owned(),
                    bill.month.strftime("%Y-%m").to_string(),
                    yuan(bill.amount_fen),
                    bill.due.to_string(),
                    household.owner.name.clone(),
                    "新增".to_owned(),
                    String::new(),
                ])?;
            }
        }
        Ok(Paper { name: "云和账单.csv".to_owned(), bytes: finished(csv)? })
    }

    fn roster(&self, households: &[Arc<Household>]) -> anyhow::Result<Paper> {
        let mut csv = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
        csv.write_record([
            "房号",
            "姓名",
            "手机",
            "身份证号",
            "关系",
            "处理依据",
            "同意日期",
            "同意书编号",
        ])?;
        for (household, nth) in households.iter().zip(1..) {
            let Household { home, owner, .. } = household.as_ref();
            let agreed = nth % 3 == 0;
            let (basis, date) =
                if agreed { ("单独同意", "2026-09-01") } else { ("合同必需", "") };
            let reference = if agreed { format!("YHTY-{nth:05}") } else { String::new() };
            csv.write_record([
                written(*home).as_str(),
                &owner.name,
                &owner.phone,
                &owner.identity_number,
                "业主",
                basis,
                date,
                &reference,
            ])?;
        }
        csv.write_record(["合计", &format!("{}人", households.len()), "", "", "", "", "", ""])?;
        Ok(Paper { name: "云和住户.csv".to_owned(), bytes: finished(csv)? })
    }

    fn key(&self, told: &Told<'_>) -> String {
        told.order.to_owned()
    }

    fn read_day(&self, bytes: &[u8]) -> anyhow::Result<Vec<(String, Way, i64)>> {
        let mut csv = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
        let mut lines = Vec::new();
        for record in csv.records() {
            let record = record?;
            let cell = |nth: usize| record.get(nth).with_context(|| format!("column {}", nth + 1));
            if cell(0)? == "合计" {
                continue;
            }
            let way = if cell(2)? == "收款" { Way::Paid } else { Way::Refunded };
            // 账单编号, 房号, 类型, 本金, 滞纳金, 银行补贴, 缴费时间, 订单号
            lines.push((cell(7)?.to_owned(), way, fen(cell(3)?)? + fen(cell(4)?)?));
        }
        Ok(lines)
    }
}

fn finished(csv: csv::Writer<Vec<u8>>) -> anyhow::Result<Vec<u8>> {
    csv.into_inner().map_err(|error| anyhow::anyhow!("{error}"))
}
