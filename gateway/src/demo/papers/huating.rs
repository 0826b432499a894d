//! Huating's programs: an office with workbooks, a home in three columns.

use std::io::Cursor;
use std::sync::Arc;

use anyhow::Context as _;
use calamine::{Data, Reader as _, Xlsx};
use rust_xlsxwriter::Workbook;

use super::{Paper, Papers, Told, Way, fen, yuan};
use crate::demo::town::{Home, Household};

pub(super) struct Huating;

fn word(item: &str) -> &'static str {
    match item {
        "management" => "物业管理费",
        "heating" => "供暖费",
        _ => "垃圾清运费",
    }
}

/// Our words for what its day file says.
fn our_item(word: &str) -> &str {
    match word {
        "物业管理费" => "management",
        "供暖费" => "heating",
        _ => "waste",
    }
}

fn our_month(word: &str) -> Option<String> {
    let (year, month) = word.strip_suffix('月')?.split_once('年')?;
    Some(format!("{year}-{:0>2}", month))
}

fn cells(home: Home) -> [String; 3] {
    [format!("{}栋", home.building), format!("{}单元", home.unit), format!("{:04}室", home.room)]
}

impl Papers for Huating {
    fn house(&self, home: Home) -> String {
        // Homes of the second phase have numbers of their own.
        let building = home.building + home.community * 50;
        format!("{building}-{}-{}", home.unit, home.room)
    }

    fn items(&self) -> &'static [(&'static str, u64, u64, u64)] {
        &[
            ("management", 100, 30_000, 128_000),
            ("heating", 60, 80_000, 315_000),
            ("waste", 90, 1_800, 1_801),
        ]
    }

    fn bills(&self, households: &[Arc<Household>]) -> anyhow::Result<Paper> {
        let mut workbook = Workbook::new();
        let sheet = workbook.add_worksheet().set_name("账单明细")?;
        sheet.write_string(0, 0, "华庭物业管理处 账单明细")?;
        sheet.write_string(1, 0, "制表日期：今日")?;
        let header = [
            "小区",
            "楼栋",
            "单元",
            "房间",
            "收费项目",
            "所属期间",
            "应收(元)",
            "最后缴费日",
            "业主",
            "处理",
        ];
        for (column, name) in (0u16..).zip(header) {
            sheet.write_string(2, column, name)?;
        }
        let mut row = 3;
        for household in households {
            let home = phase(household.home);
            for bill in &household.bills {
                let [building, unit, room] = cells(home);
                let (month, due) = (bill.month, bill.due);
                let texts = [
                    household.site_name.clone(),
                    building,
                    unit,
                    room,
                    word(bill.item).to_owned(),
                    format!("{}年{}月", month.year(), month.month()),
                    thousands(&yuan(bill.amount_fen)),
                    format!("{}/{}/{}", due.year(), due.month(), due.day()),
                    household.owner.name.clone(),
                    "新增".to_owned(),
                ];
                for (column, text) in (0u16..).zip(texts) {
                    sheet.write_string(row, column, text)?;
                }
                row += 1;
            }
        }
        Ok(Paper { name: "华庭账单.xlsx".to_owned(), bytes: workbook.save_to_buffer()? })
    }

    fn roster(&self, households: &[Arc<Household>]) -> anyhow::Result<Paper> {
        let mut workbook = Workbook::new();
        let sheet = workbook.add_worksheet().set_name("住户")?;
        let header = [
            "小区",
            "楼栋",
            "单元",
            "房间",
            "住户姓名",
            "联系电话",
            "证件号码",
            "身份",
            "告知同意",
            "同意日期",
        ];
        for (column, name) in (0u16..).zip(header) {
            sheet.write_string(0, column, name)?;
        }
        for (household, row) in households.iter().zip(1u32..) {
            let [building, unit, room] = cells(phase(household.home));
            let agreed = row % 4 == 0;
            let texts = [
                household.site_name.clone(),
                building,
                unit,
                room,
                household.owner.name.clone(),
                household.owner.phone.clone(),
                household.owner.identity_number.clone(),
                "产权人".to_owned(),
                if agreed { "已单独同意" } else { "合同约定" }.to_owned(),
                if agreed { "2026/8/1" } else { "" }.to_owned(),
            ];
            for (column, text) in (0u16..).zip(texts) {
                sheet.write_string(row, column, text)?;
            }
        }
        Ok(Paper { name: "华庭住户.xlsx".to_owned(), bytes: workbook.save_to_buffer()? })
    }

    fn key(&self, told: &Told<'_>) -> String {
        format!("{} {} {}", told.house, told.item, told.period)
    }

    fn read_day(&self, bytes: &[u8]) -> anyhow::Result<Vec<(String, Way, i64)>> {
        let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes))?;
        let sheet = workbook.worksheet_range_at(0).context("a sheet")??;
        let mut lines = Vec::new();
        // 序号, 小区, 房屋, 收费项目, 所属期间, 收/退, 金额(元), …
        for row in sheet.rows().skip(1) {
            let cell = |nth: usize| row.get(nth).map(text).context("a row is too short");
            if cell(0)? == "合计" {
                continue;
            }
            let month = cell(4)?;
            let month = our_month(&month).with_context(|| format!("{month:?} is no month"))?;
            let key = format!("{} {} {month}", cell(2)?, our_item(&cell(3)?));
            let way = if cell(5)? == "收" { Way::Paid } else { Way::Refunded };
            lines.push((key, way, fen(&cell(6)?.replace(',', ""))?));
        }
        Ok(lines)
    }
}

/// A home with the number that its building has in its company.
fn phase(home: Home) -> Home {
    Home { building: home.building + home.community * 50, ..home }
}

fn text(cell: &Data) -> String {
    match cell {
        Data::Float(number) => format!("{number:.2}"),
        other => other.to_string(),
    }
}

/// `1280.00` as `1,280.00`.
fn thousands(yuan: &str) -> String {
    let (whole, part) = yuan.split_once('.').unwrap_or((yuan, "00"));
    match whole.len().checked_sub(3).filter(|head| *head > 0) {
        Some(head) => format!("{},{}.{part}", &whole[..head], &whole[head..]),
        None => yuan.to_owned(),
    }
}
