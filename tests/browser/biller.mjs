// What a payer does and sees who pays water and power: node biller.mjs SCENE BASE_URL

import { browse, expect, look, passed } from "./browsing.mjs";

const [, , scene, base] = process.argv;

const WORDS = {
  zh: {
    tag: "zh-CN", locale: "zh-CN", account: "账户", enter: "进入", water: /榕江自来水/, power: /闽北供电/,
    number: "客户编号", account_number: "用电户号", show: "查询应缴金额", unknown: "收费单位查无此号",
    malformed: "号码格式不对", check: "核对并付款", pay: /确认付款/, paid: "付款成功", waits: /尚未确认/,
    nothing: "没有欠费", history: "缴费记录", home: "回到首页", checked: "核实中",
  },
  en: {
    tag: "en", locale: "en-GB", account: "Account", enter: "Continue", water: /Rongjiang Water/, power: /Minbei Power/,
    number: "Customer number", account_number: "Power account", show: "See what is due",
    unknown: "The biller does not know this number", malformed: "This does not look like such a number",
    check: "Check and pay", pay: /^Pay .* now$/, paid: "Payment done", waits: /has not confirmed yet/,
    nothing: "Nothing is due", history: "History", home: "Back to the start", checked: "Being checked",
  },
};

const button = (page, name) => page.getByRole("button", { name });
const link = (page, name) => page.getByRole("link", { name });
const heading = (page, name) => page.getByRole("heading", { name, level: 1 });
const alert = (page, text) => page.getByRole("alert").filter({ hasText: text });

async function ask(page, w, label, number) {
  await page.getByLabel(label).fill(number);
  await button(page, w.show).click();
}

async function play(w, scripts) {
  await browse(async (page) => {
    await page.goto(`${base}/pay`);
    await page.getByLabel(w.account, { exact: true }).fill("demo-1001");
    await button(page, w.enter).last().click();
    await link(page, w.water).waitFor();
    await look(page, `${scene}-1-find`, w.tag);
    await link(page, w.water).click();
    await ask(page, w, w.number, "12");
    await alert(page, w.malformed).waitFor();
    await look(page, `${scene}-2-number`, w.tag);
    await ask(page, w, w.number, "9999999999");
    await alert(page, w.unknown).waitFor();
    await ask(page, w, w.number, "0012345678");
    await heading(page, w.check).waitFor();
    await page.getByText("¥150.80").first().waitFor();
    expect((await page.getByText("林小榕").count()) === 0, "the customer's name is masked");
    await look(page, `${scene}-3-due`, w.tag);
    await button(page, w.pay).click();

    await page.getByRole("status").filter({ hasText: w.paid }).waitFor();
    await look(page, `${scene}-4-receipt`, w.tag);
    await page.goBack();
    await page.getByRole("status").filter({ hasText: w.paid }).or(button(page, w.pay)).first().waitFor();
    await page.goto(`${base}/pay`);
    await link(page, w.water).last().click();
    await ask(page, w, w.number, "0012345678");
    await alert(page, w.nothing).waitFor();

    await page.goto(`${base}/pay`);
    await link(page, w.power).click();
    await ask(page, w, w.account_number, "350100000001");
    await heading(page, w.check).waitFor();
    await button(page, w.pay).click();
    await page.getByRole("status").filter({ hasText: w.waits }).waitFor();
    await look(page, `${scene}-5-not-known`, w.tag);
    await link(page, w.history).first().click();
    await page.getByRole("listitem").filter({ hasText: w.checked }).waitFor();
    await look(page, `${scene}-6-history`, w.tag);
  }, { locale: w.locale, scripts });
  passed(scene);
}

const scenes = {
  "pays-zh": () => play(WORDS.zh, true),
  "pays-en": () => play(WORDS.en, true),
  "no-script": () => play(WORDS.zh, false),
};

await scenes[scene]();
