// What a payer does and sees, scene by scene: node pay.mjs SCENE BASE_URL
//
// Everything is found by its role and name, as a screen reader would find it.

import { ask, browse, expect, look, passed } from "./browsing.mjs";

const [, , scene, base] = process.argv;

/** What the pages say, as far as the scenes look for it. */
const WORDS = {
  zh: {
    tag: "zh-CN", account: "账户", holder: "户主姓名", enter: "进入", search: "小区名称", community: "云台花园",
    stranger: "金鼎东苑", house: "房号", show: "查账单", management: /物业费/, parking: /车位费/, late: "滞纳金",
    why: /逾期 13 天，未缴部分每天万分之五/, year: /预缴一年九五折/, next: "下一步：核对金额", check: "核对并付款",
    pay: /确认付款/, left: /还剩/, paid: "付款成功", order: "订单号", balance: "付款后账户余额", history: "缴费记录",
    back: "回到首页", recent: "缴过费的房子", marketing: "营销设置", no: "不要向我推销", refused: /记下了：不向您推销/,
    yes: "我同意", allowed: /记下了：您同意了/, withdraw: "收回同意，不再推销", other: "English", print: "打印凭证",
    part: "只缴一部分", how_much: "这次缴多少元", repriced: "物业刚刚改了账单", relief: "这次没有扣款。",
    requote: "重新核对金额", wrong: "金额写得不对", little: "金额太小", nothing: "还没有选账单", unknown: "没有查到这套房子的账单",
    refunded: "已退回一部分", logout: "退出", discount: "优惠", expired: "这个金额已经过期", meanwhile: "账单刚刚有人缴过了", to_bills: "回到账单",
    none: "没有待缴的账单", not_enough: /账户余额不够付这一笔/,
  },
  en: {
    tag: "en", account: "Account", holder: "Account holder's name", enter: "Continue", search: "Community name",
    community: "Yuntai Garden", stranger: "Jinding East", house: "House number", show: "Show bills",
    management: /Management fee/, parking: /Parking/, late: "Late fee", why: /13 days late, 0.05% a day/,
    year: /A year ahead/, next: "Next: check the amount", check: "Check and pay", pay: /^Pay .* now$/, left: /Time left/,
    paid: "Payment done", order: "Order number", balance: "Balance after payment", history: "History",
    back: "Back to the start", recent: "Homes you paid for", marketing: "Marketing", no: "Say no to marketing",
    refused: /Noted: no marketing/, yes: "I agree", allowed: /Noted: you agreed/, withdraw: "Withdraw my consent",
    other: "中文", print: "Print receipt", part: "Pay only a part", how_much: "How much now, in yuan",
    repriced: "The property company has just changed a bill", relief: "No money was taken.",
    requote: "Check the new amount", wrong: "This is not an amount", little: "The amount is too small",
    nothing: "No bill is selected", unknown: "No bills found for this home", refunded: "Partly refunded",
    logout: "Log out", discount: "Discount", expired: "This amount has expired", meanwhile: "A bill has just been paid by someone",
    to_bills: "Back to the bills", none: "Nothing is due", not_enough: /not enough money in the account for this/,
  },
};

const button = (page, name) => page.getByRole("button", { name });
const link = (page, name) => page.getByRole("link", { name });
const heading = (page, name) => page.getByRole("heading", { name, level: 1 });

async function logIn(page, w) {
  await page.goto(`${base}/pay`);
  await page.getByLabel(w.account, { exact: true }).fill("demo-1001");
  await page.getByLabel(w.holder).fill("王小明");
  await look(page, `${scene}-1-login`, w.tag);
  await button(page, w.enter).last().click();
}

async function toBills(page, w, typed) {
  await link(page, w.community).click();
  await page.getByLabel(w.house).fill(typed);
  await button(page, w.show).click();
  await heading(page, "1-1-101").waitFor();
}

async function toQuote(page, w) {
  await button(page, w.next).click();
  await heading(page, w.check).waitFor();
}

async function happy(w) {
  await browse(async (page) => {
    await logIn(page, w);
    await link(page, w.stranger).waitFor();
    await look(page, `${scene}-2-find`, w.tag);
    await page.getByLabel(w.search).pressSequentially(w.community.slice(0, 3));
    await link(page, w.stranger).waitFor({ state: "detached" });
    await link(page, w.community).click();
    await look(page, `${scene}-3-house`, w.tag);
    await page.getByLabel(w.house).fill("9-9-999");
    await button(page, w.show).click();
    await page.getByRole("alert").filter({ hasText: w.unknown }).waitFor();
    await look(page, `${scene}-3-house-unknown`, w.tag);
    await page.getByLabel(w.house).fill("1栋1单元０101室");
    await button(page, w.show).click();

    await heading(page, "1-1-101").waitFor();
    await page.getByText(w.why).waitFor();
    const sum = page.getByRole("status");
    await sum.filter({ hasText: "¥493.67" }).waitFor();
    await look(page, `${scene}-4-bills`, w.tag);
    await page.getByRole("checkbox", { name: w.parking }).uncheck();
    await sum.filter({ hasText: "¥193.67" }).waitFor();
    await page.getByRole("radio", { name: w.year }).check();
    await sum.filter({ hasText: "¥2,245.67" }).waitFor();
    await look(page, `${scene}-4-bills-chosen`, w.tag);

    await toQuote(page, w);
    await page.getByText(w.left).waitFor();
    await page.getByText(w.discount, { exact: true }).waitFor();
    await look(page, `${scene}-5-quote`, w.tag);
    await link(page, w.other).click();
    await button(page, scene.endsWith("zh") ? WORDS.en.pay : WORDS.zh.pay).waitFor();
    await link(page, scene.endsWith("zh") ? WORDS.en.other : WORDS.zh.other).click();
    await button(page, w.pay).click();

    await page.getByRole("status").filter({ hasText: w.paid }).waitFor();
    await page.getByText(w.order).waitFor();
    await page.getByText("¥17,754.33").waitFor();
    await button(page, w.print).waitFor();
    await look(page, `${scene}-6-receipt`, w.tag);

    await link(page, w.history).first().click();
    await heading(page, w.history).waitFor();
    await page.getByRole("listitem").filter({ hasText: "¥2,245.67" }).waitFor();
    await ask("refund");
    await page.reload();
    await page.getByRole("listitem").filter({ hasText: "¥50.00" }).waitFor();
    await look(page, `${scene}-7-history`, w.tag);
    await page.getByRole("listitem").getByRole("link").click();
    await page.getByRole("status").filter({ hasText: w.refunded }).waitFor();
    await look(page, `${scene}-8-refunded`, w.tag);

    await link(page, w.back).click();
    await page.getByRole("heading", { name: w.recent }).waitFor();
    await look(page, `${scene}-9-find-again`, w.tag);
    await link(page, "1-1-101").click();
    await page.getByRole("checkbox", { name: w.parking }).waitFor();
    await button(page, w.logout).click();
    await page.getByLabel(w.account, { exact: true }).waitFor();
    await page.goto(`${base}/pay/history`);
    await page.getByLabel(w.account, { exact: true }).waitFor();
  }, { locale: w.tag === "en" ? "en-GB" : "zh-CN" });
}

const scenes = {
  "happy-zh": () => happy(WORDS.zh),
  "happy-en": () => happy(WORDS.en),

  async repriced() {
    await browse(async (page) => {
      const w = WORDS.zh;
      await logIn(page, w);
      await toBills(page, w, "1-1-101");
      await toQuote(page, w);
      await ask("reprice");
      await button(page, w.pay).click();
      await page.getByRole("alert").filter({ hasText: w.repriced }).waitFor();
      await page.getByText(w.relief).waitFor();
      await look(page, "repriced-1-zh", w.tag);
      await link(page, w.other).click();
      await page.getByRole("alert").filter({ hasText: WORDS.en.repriced }).waitFor();
      await look(page, "repriced-2-en", "en");
      await link(page, WORDS.en.other).click();
      await link(page, w.requote).click();
      await heading(page, w.check).waitFor();
      await page.goBack();
      await link(page, w.requote).click();
      await page.getByText("¥523.87").first().waitFor();
      await button(page, w.pay).click();
      await page.getByRole("status").filter({ hasText: w.paid }).waitFor();
    });
  },

  async "double-click"() {
    await browse(async (page) => {
      const w = WORDS.zh;
      await logIn(page, w);
      await toBills(page, w, "1-1-101");
      await toQuote(page, w);
      const quote = page.url();
      // Twice at the same time, past the script that would stop the second press.
      const twice = await page.evaluate(async () => {
        const form = document.querySelector("form[data-once]");
        const send = () => fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
        return (await Promise.all([send(), send(), send()])).map((answer) => answer.url);
      });
      expect(new Set(twice).size === 1, `one receipt for all three, not ${twice}`);
      expect(twice[0].includes("/pay/receipt/"), `a receipt, not ${twice[0]}`);
      // And a person's double click on top of it.
      await button(page, w.pay).dblclick();
      await page.waitForURL(twice[0]);
      await page.getByRole("status").filter({ hasText: w.paid }).waitFor();
      await page.reload();
      await page.getByRole("status").filter({ hasText: w.paid }).waitFor();
      await page.goBack();
      await page.waitForURL(twice[0]);
      await page.goto(quote);
      await page.waitForURL(twice[0]);
    });
  },

  async "no-script"() {
    await browse(async (page) => {
      const w = WORDS.zh;
      await logIn(page, w);
      await page.getByLabel(w.search).fill("云台");
      await page.getByLabel(w.search).press("Enter");
      await link(page, w.stranger).waitFor({ state: "detached" });
      await toBills(page, w, "1-1-101");
      await page.getByRole("checkbox", { name: w.parking }).uncheck();
      await toQuote(page, w);
      expect(!(await page.getByText(w.left).isVisible()), "no countdown without scripts");
      await look(page, "no-script-quote", w.tag);
      await button(page, w.pay).click();
      await page.getByRole("status").filter({ hasText: w.paid }).waitFor();
      expect((await button(page, w.print).count()) === 0, "no button that does nothing");
      await page.goBack();
      await page.getByRole("status").filter({ hasText: w.paid }).waitFor();
    }, { scripts: false });
  },

  async marketing() {
    await browse(async (page) => {
      const w = WORDS.zh;
      await logIn(page, w);
      await link(page, w.marketing).click();
      await heading(page, w.marketing).waitFor();
      expect((await page.getByRole("checkbox").count()) === 0, "nothing is ticked in advance");
      await look(page, "marketing-1-unsaid", w.tag);
      await button(page, w.no).click();
      await page.getByRole("status").filter({ hasText: w.refused }).waitFor();
      await look(page, "marketing-2-refused", w.tag);
      await button(page, w.yes).click();
      await page.getByRole("status").filter({ hasText: w.allowed }).waitFor();
      await look(page, "marketing-3-allowed", w.tag);
      await button(page, w.withdraw).click();
      await page.getByRole("status").filter({ hasText: w.refused }).waitFor();
      await link(page, w.other).click();
      await page.getByText("You said no on").waitFor();
      await look(page, "marketing-4-en", "en");
      await link(page, WORDS.en.other).click();
      await page.goto(`${base}/pay`);
      await toBills(page, w, "1-1-101");
      await toQuote(page, w);
      await button(page, w.pay).click();
      await page.getByRole("status").filter({ hasText: w.paid }).waitFor();
    });
  },

  async declined() {
    await browse(async (page) => {
      const w = WORDS.zh;
      const refused = async (words, name) => {
        await button(page, w.pay).click();
        await page.getByRole("alert").filter({ hasText: words }).waitFor();
        await page.getByText(w.relief).waitFor();
        await look(page, `declined-${name}-zh`, w.tag);
        await link(page, w.other).click();
        await look(page, `declined-${name}-en`, "en");
        await link(page, WORDS.en.other).click();
      };
      await logIn(page, w);
      await toBills(page, w, "1-1-101");
      await toQuote(page, w);
      await ask("later");
      await refused(w.expired, "1-expired");
      await link(page, w.requote).click();
      await heading(page, w.check).waitFor();
      await ask("family");
      await refused(w.meanwhile, "2-meanwhile");
      await link(page, w.to_bills).click();
      await page.getByText(w.none).waitFor();
      expect((await page.getByText(w.meanwhile).count()) === 0, "what is settled is not held against the payer");
      await look(page, "declined-3-nothing-due", w.tag);
      await ask("large");
      await page.reload();
      await page.getByRole("checkbox", { name: w.parking }).check();
      await toQuote(page, w);
      await page.getByRole("alert").filter({ hasText: w.not_enough }).waitFor();
      expect((await button(page, w.pay).count()) === 0, "no button that would only be refused");
      await look(page, "declined-4-not-enough", w.tag);
    });
  },

  async parts() {
    await browse(async (page) => {
      const w = WORDS.en;
      await logIn(page, w);
      await toBills(page, w, "1-1-101");
      for (const name of [w.management, w.parking, /Shared/]) {
        await page.getByRole("checkbox", { name }).uncheck();
      }
      await button(page, w.next).click();
      await page.getByRole("alert").filter({ hasText: w.nothing }).waitFor();
      await page.getByRole("checkbox", { name: w.management }).check();
      await page.getByText(w.part).first().click();
      const amount = page.getByLabel(w.how_much).first();
      await amount.fill("a lot");
      await button(page, w.next).click();
      await page.getByRole("alert").filter({ hasText: w.wrong }).waitFor();
      await look(page, "parts-1-wrong", w.tag);
      await amount.fill("2");
      await button(page, w.next).click();
      await page.getByRole("alert").filter({ hasText: w.little }).waitFor();
      await amount.fill("￥１００");
      await page.getByRole("status").filter({ hasText: "¥100.00" }).waitFor();
      await toQuote(page, w);
      await button(page, w.pay).click();
      await page.getByRole("status").filter({ hasText: w.paid }).waitFor();
      await look(page, "parts-2-receipt", w.tag);
      await page.goto(`${base}/pay/nothing-here`);
      await look(page, "parts-3-no-page", w.tag);
    }, { locale: "en-GB" });
  },
};

try {
  await scenes[scene]();
  passed(scene);
} catch (error) {
  console.error(error.stack ?? String(error));
  process.exit(1);
}
