//! Which formats there are, and how one is recognised.

use std::fmt;

use encoding_rs::GB18030;
use serde::Serialize;

/// Bytes of a file that are enough to recognise it.
pub const HEAD_BYTES: usize = 16 * 1024;

/// A format of statements or bills.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// ISO 20022 camt.053 (statement) and camt.054 (notification), versions 02 to 08.
    Camt,
    /// SWIFT MT940 (statement) and MT942 (interim report).
    Mt,
    /// BAI2, cash management balance reporting.
    Bai2,
    /// The trade bill that WeChat Pay gives a merchant (微信支付交易账单).
    WechatPay,
    /// The bill that a person gets of a WeChat wallet (微信支付账单明细).
    Wechat,
    /// The bill that a person gets of an Alipay wallet (支付宝电子客户回单).
    Alipay,
    /// The account details of ICBC (工商银行明细查询).
    Icbc,
    /// The account details of CMB (招商银行交易流水).
    Cmb,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 8] = [
        Self::Camt,
        Self::Mt,
        Self::Bai2,
        Self::WechatPay,
        Self::Wechat,
        Self::Alipay,
        Self::Icbc,
        Self::Cmb,
    ];

    /// Its name, as it is chosen by.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Camt => "camt",
            Self::Mt => "mt",
            Self::Bai2 => "bai2",
            Self::WechatPay => "wechat-pay",
            Self::Wechat => "wechat",
            Self::Alipay => "alipay",
            Self::Icbc => "icbc",
            Self::Cmb => "cmb",
        }
    }

    /// The format of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// The format of a file by its first bytes ([`HEAD_BYTES`] are enough). What is recognised may still
    /// be refused when it is read.
    #[must_use]
    pub fn recognise(head: &[u8]) -> Option<Self> {
        let head = &head[..head.len().min(HEAD_BYTES)];
        // The end may be torn out of the middle of a character.
        let text = match std::str::from_utf8(head) {
            Ok(text) => text.into(),
            Err(error) if error.error_len().is_none() => String::from_utf8_lossy(head),
            Err(_) => GB18030.decode(head).0,
        };
        let text = text.trim_start_matches('\u{feff}').trim_start();
        if text.starts_with('<') {
            return Some(Self::Camt);
        }
        if text.starts_with("01,") {
            return Some(Self::Bai2);
        }
        text.lines().find_map(Self::of_line)
    }

    /// The format that has such a line and that no other has.
    fn of_line(line: &str) -> Option<Self> {
        let has = |words: &[&str]| words.iter().all(|word| line.contains(word));
        if line.starts_with(":20:") || line.contains("{4:") {
            Some(Self::Mt)
        } else if has(&["微信订单号", "商户订单号"]) {
            Some(Self::WechatPay)
        } else if line.starts_with("微信支付账单明细") {
            Some(Self::Wechat)
        } else if has(&["支付宝", "回单"]) || has(&["交易订单号", "商家订单号"]) {
            Some(Self::Alipay)
        } else if has(&["记账金额(收入)", "记账金额(支出)"]) {
            Some(Self::Icbc)
        } else if has(&["记账日期", "联机余额"]) {
            Some(Self::Cmb)
        } else {
            None
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
