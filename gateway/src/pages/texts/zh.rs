//! Chinese.

use super::{Said, Texts};

/// A number as it is written in 万分之五: one digit as a character, more as figures.
fn numeral(number: i64) -> String {
    const DIGITS: [&str; 10] = ["零", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    let digit = usize::try_from(number).ok().and_then(|place| DIGITS.get(place));
    digit.map_or_else(|| number.to_string(), |digit| (*digit).to_owned())
}

/// Every text in Chinese.
pub(in super::super) const ZH: Texts = Texts {
    tag: "zh-CN",
    other: "en",
    other_tag: "en",
    other_name: "English",

    brand: "交子缴费",
    skip: "跳到正文",
    navigation: "主菜单",
    nav_pay: "缴费",
    nav_history: "缴费记录",
    nav_privacy: "营销设置",
    log_out: "退出",
    account_tail: |tail| format!("尾号 {tail}"),
    sandbox: "沙箱环境：这里的钱不是真钱",
    home: "回到首页",

    login_title: "选择付款账户",
    login_lead: "沙箱里没有银行的登录，请直接选一个账户来试用。",
    login_known: "试用账户",
    login_other: "用别的账户",
    login_account: "账户",
    login_account_hint: "字母、数字或短横线，例如 demo-1001。新账户会得到 20,000 元试用金。",
    login_name: "户主姓名",
    login_name_hint: "可以不填。页面上只显示最后一个字。",
    login_enter: "进入",
    login_account_wrong: "请填写账户：只用字母、数字、点和短横线，最多 64 个字符。",
    live_title: "请从银行登录",
    live_lead: "这里接银行自己的登录。请打开银行的手机应用，从“生活缴费”进入。",
    available: "可用余额",

    find_title: "缴费",
    find_lead: "先选小区，再填房号。",
    find_recent: "缴过费的房子",
    find_search: "小区名称",
    find_button: "查找",
    find_all: "选择小区",
    find_none: "没有找到这个小区。请换个写法，或清空后从全部小区里选。",
    house_label: "房号",
    house_hint: "照账单上的写法，例如 1栋1单元101室，或 1-1-101。",
    house_button: "查账单",
    house_unknown: Said {
        title: "没有查到这套房子的账单",
        advice: "请核对小区和房号。如果没有错，物业可能还没有发账单，请稍后再来或问问物业。",
    },

    // Billers.
    billers_all: "水费、电费、燃气费、学费",
    biller_number_hint: "号码在账单上。",
    biller_button: "查询应缴金额",
    biller_other_number: "换一个号码",
    biller_lead: "款项先预留，再通知收费单位。结果请看缴费凭证。",
    biller_nothing_due: Said {
        title: "没有欠费", advice: "收费单位答复：这个号码现在没有欠费。"
    },
    biller_number_wrong: Said {
        title: "号码格式不对",
        advice: "请照账单上的号码填写。没有查询，也没有扣款。",
    },
    biller_no_customer: Said {
        title: "收费单位查无此号", advice: "请与账单上的号码核对。"
    },
    biller_down: Said {
        title: "收费单位暂时没有答复",
        advice: "没有扣款。请稍后再试，其他缴费不受影响。",
    },
    biller_busy: Said {
        title: "收费单位暂时繁忙", advice: "没有扣款。请一分钟后再试。"
    },
    biller_pending: Said {
        title: "这个号码有一笔缴费正在处理",
        advice: "请等结果出来，以免重复缴费。",
    },
    biller_not_enough: Said {
        title: "账户余额不够", advice: "请先存钱，或换一个账户。"
    },

    bills_title: "待缴账单",
    bills_found: |count| format!("有 {count} 张账单待缴，已全部选上。不想现在交的，点一下去掉。"),
    bills_none: "没有待缴的账单",
    bills_none_lead: "这套房子现在什么都不欠。",
    bills_legend: "要缴的账单",
    principal: "本金",
    already_paid: "已缴",
    late_fee: "滞纳金",
    late_fee_why: |days, rate| format!("逾期 {days} 天，未缴部分{rate}"),
    late_fee_cap: |cap| format!("，最多收 {cap}"),
    rate_per_day: |basis_points| match basis_points % 10 {
        0 => format!("每天千分之{}", numeral(basis_points / 10)),
        _ => format!("每天万分之{}", numeral(basis_points)),
    },
    due_by: |date| format!("{date}之前缴，不加收"),
    overdue: |date, days| format!("应在{date}前缴，已逾期 {days} 天"),
    part_open: "只缴一部分",
    part_label: "这次缴多少元",
    part_hint: |least, most| format!("{least} 到 {most}，不填就是全部。"),
    part_malformed: Said {
        title: "金额写得不对", advice: "请只写数字，例如 100 或 100.50。"
    },
    whole_only: "这张账单要一次缴清",
    ahead_legend: "预缴优惠",
    ahead_no: "这次不预缴",
    ahead_months: |count, first, last| format!("{count} 个月：{first}至{last}"),
    ahead_saves: |pay, saved| format!("实付 {pay}，省 {saved}"),
    sum_pending: "下一页显示合计，确认之前不会扣款。",
    sum_of: |total| format!("合计 {total}"),
    bills_button: "下一步：核对金额",
    nothing_chosen: Said {
        title: "还没有选账单", advice: "请至少选一张账单，或选一个预缴优惠。"
    },

    quote_title: "核对并付款",
    quote_lead: "按下面的按钮才会扣款。",
    for_house: "房子",
    to_company: "收款方",
    from_account: "付款账户",
    discount: "优惠",
    total: "一共付",
    valid_until: |time| format!("这个金额保留到 {time}"),
    valid_left: "还剩",
    valid_over: "这个金额已经过期。",
    valid_again: "重新算一次",
    not_enough: "账户余额不够付这一笔。请先存钱，或换一个账户，或少选几张账单。",
    pay_button: |total| format!("确认付款 {total}"),
    paying: "正在付款，请稍等……",
    change_choice: "返回修改",

    receipt_title: "缴费凭证",
    receipt_paid: "付款成功",
    receipt_cancelled: "已撤销，钱已退回账户",
    receipt_part_refunded: "已退回一部分",
    receipt_refunded: "已全部退款",
    receipt_accepted: "正在缴费，款项已预留",
    receipt_unknown_outcome: "收费单位尚未确认，款项安全，正在核实，请勿重复缴费",
    receipt_reversing: "正在冲正，款项安全",
    receipt_refused: "缴费未成，钱在您的账户里",
    receipt_reversed: "已冲正，钱已退回账户",
    core_balance: "付款时由银行核对",
    core_asked: "正在从您的银行账户取款",
    core_unknown: "银行账户尚未答复，我们正在核实，请勿重复缴费",
    core_drawn: "款项已取得，正在缴费",
    core_returning: "缴费未成，款项正在退回您的银行账户",
    core_by_hand: "缴费未成，银行已过日切，款项由银行人工退回您的账户",
    core_returned: "缴费未成，银行账户没有被扣款，或已全部退回",
    core_refused: "银行账户未受理，未扣款",
    core_no_such_account: "没有这个银行账户，未扣款",
    core_insufficient_funds: "银行账户余额不足，未扣款",
    core_account_frozen: "银行账户已冻结或销户，未扣款",
    core_unreachable: "暂时联系不上银行核心系统，未扣款，请稍后再试",
    login_core: "银行账号",
    login_core_hint: "在银行核心系统里的账号，只有数字。付款时由银行核对余额。",
    login_core_wrong: "这不是银行账号。",
    order_number: "订单号",
    paid_at: "付款时间",
    state: "状态",
    state_paid: "已付款",
    state_cancelled: "已撤销",
    state_part_refunded: "部分退款",
    state_refunded: "已退款",
    state_accepted: "处理中",
    state_unknown: "核实中",
    state_reversing: "冲正中",
    state_refused: "未受理",
    state_reversed: "已冲正",
    total_of_it: "金额",
    paid_total: "实付",
    balance_after: "付款后账户余额",
    refunds: "退款",
    refunded_on: |time| format!("{time} 退回账户"),
    print: "打印凭证",
    receipt_unknown: Said {
        title: "没有找到这张凭证",
        advice: "请在缴费记录里找。别的账户付的款，这里看不到。",
    },
    no_marketing_note: "银行不会因为这次缴费向您推销，除非您自己同意。",

    history_title: "缴费记录",
    history_none: "这个账户还没有缴过费。",
    history_more: "看更早的",
    history_refunded: |amount| format!("已退 {amount}"),

    privacy_title: "营销设置",
    privacy_lead: "同意或不同意，都不影响缴费，也不影响价格。",
    privacy_now: "现在的设置",
    privacy_unsaid: "不推销。您没有同意过，银行不会联系您推销。",
    privacy_refused: |time| format!("不推销。您在 {time} 说了“不”，银行会一直遵守。"),
    privacy_allowed: |time| format!("可以推销。您在 {time} 同意过，随时可以收回。"),
    privacy_refuse: "不要向我推销",
    privacy_withdraw: "收回同意，不再推销",
    privacy_allow_title: "想听银行的优惠？",
    privacy_allow_lead: "如果您同意，银行会用您的姓名、电话和缴费小区向您介绍产品。随时可以收回。",
    privacy_allow: "我同意",
    privacy_recorded_no: "记下了：不向您推销。马上生效。",
    privacy_recorded_yes: "记下了：您同意了。随时可以在这里收回。",
    privacy_kept: "缴费所需的信息（账户、金额、房号）不受这里的选择影响，银行照常保存。",

    nothing_taken: "这次没有扣款。",
    new_quote: "重新核对金额",
    to_bills: "回到账单",
    to_history: "看缴费记录",
    to_accounts: "换一个账户",
    code: "代码",
    repriced: Said {
        title: "物业刚刚改了账单",
        advice: "金额可能不同了。请重新核对金额，满意再付。",
    },
    paid_meanwhile: Said {
        title: "账单刚刚有人缴过了",
        advice: "可能是家里人缴的。请回到账单看看还欠什么，不用重复缴。",
    },
    paid_at_desk: Said {
        title: "账单已在物业柜台缴了",
        advice: "不用再缴。请回到账单，看看还有没有别的。",
    },
    withdrawn: Said {
        title: "物业收回了这张账单",
        advice: "不用缴这一张。请回到账单，看看还有没有别的。",
    },
    expired: Said {
        title: "这个金额已经过期",
        advice: "应缴的金额会变，所以只保留一会儿。请重新核对金额。",
    },
    insufficient: Said {
        title: "账户余额不够",
        advice: "请先存钱，或换一个账户，或少选几张账单。",
    },
    budget_exhausted: Said {
        title: "预缴优惠的名额用完了",
        advice: "请回到账单，不选预缴，照常缴费。",
    },
    no_open_day: Said {
        title: "现在暂时不能收款",
        advice: "请过几分钟再试。如果一直这样，请联系银行。",
    },
    account_blocked: Said {
        title: "这个账户现在不能付款",
        advice: "账户可能被冻结或已销户。请换一个账户，或联系银行。",
    },
    account_unknown: Said {
        title: "找不到付款账户", advice: "请重新选择付款账户。"
    },
    part_too_much: Said {
        title: "金额比欠的还多", advice: "请写少一点，或者不填，就是全部。"
    },
    part_refused: Said {
        title: "这张账单要一次缴清",
        advice: "物业不收这张账单的一部分。请把金额清空，缴全部。",
    },
    part_too_little: Said {
        title: "金额太小", advice: "物业规定了最少的金额，见账单下面的说明。"
    },
    part_below_late_fee: Said {
        title: "金额不够缴滞纳金",
        advice: "滞纳金要先缴清。请写一个比滞纳金大的金额。",
    },
    nothing_due: Said {
        title: "没有要缴的账单", advice: "这套房子现在什么都不欠。"
    },
    too_many: Said {
        title: "一次选得太多", advice: "请分几次缴，每次最多 100 张账单。"
    },
    plan_gone: Said {
        title: "现在不能预缴",
        advice: "物业发过一个月的账单后才能预缴。请不选预缴，照常缴费。",
    },
    other_decline: Said {
        title: "没有付成",
        advice: "请回到账单再试一次。如果还不行，把下面的代码告诉银行。",
    },
    not_known: Said {
        title: "结果还不知道",
        advice: "请不要重新付款。先在缴费记录里看有没有这一笔；过一会儿再看一次。",
    },
    bad_request: Said { title: "页面的内容不完整", advice: "请从头再来一次。" },
    foreign_form: Said {
        title: "这个请求不是从本页发出的",
        advice: "为了您的安全，我们没有办理。请从首页重新开始。",
    },
    no_page: Said { title: "没有这个页面", advice: "请从首页重新开始。" },
    broken: Said { title: "我们这边出了问题", advice: "请稍后再试。" },
};
