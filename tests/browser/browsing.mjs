// A browser with a phone's screen, and what every scene needs of it. Waits are for states, never for time.

import { createRequire } from "node:module";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";

const modules = process.env.JIAOZI_TEST_NODE_MODULES;
const { chromium } = createRequire(join(modules, "nothing.js"))(join(modules, "playwright-core"));

/** No scene waits longer than this for anything. */
const PATIENCE = 15_000;
const PHONE = { width: 390, height: 844 };
const NARROW = { width: 360, height: 740 };

const FLAGS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];

/** What must not happen on any page, and was seen all the same. */
const faults = [];

export function expect(condition, message) {
  if (!condition) throw new Error(`expected: ${message}`);
}

/** Opens a browser, plays the scene on a page, and closes it whatever happens. */
export async function browse(scene, { locale = "zh-CN", scripts = true } = {}) {
  const context = await chromium.launchPersistentContext(process.env.JIAOZI_TEST_PROFILE, {
    executablePath: process.env.JIAOZI_TEST_CHROMIUM ?? "/usr/bin/chromium",
    args: FLAGS,
    chromiumSandbox: false,
    headless: true,
    locale,
    timezoneId: "Asia/Shanghai",
    viewport: PHONE,
    javaScriptEnabled: scripts,
  });
  context.setDefaultTimeout(PATIENCE);
  try {
    const page = context.pages()[0] ?? (await context.newPage());
    page.on("console", (message) => {
      // A page that says "no" has a status that the console calls an error; the scene checks it.
      const expected = message.text().startsWith("Failed to load resource: the server responded");
      if (message.type() === "error" && !expected) faults.push(`console: ${message.text()}`);
    });
    page.on("pageerror", (error) => faults.push(`script: ${error}`));
    page.on("requestfailed", (request) => {
      const aborted = request.failure()?.errorText === "net::ERR_ABORTED";
      if (!aborted) faults.push(`request: ${request.url()} ${request.failure()?.errorText}`);
    });
    page.on("request", (request) => {
      const foreign = !request.url().startsWith(process.argv[3]) && !request.url().startsWith("chrome");
      if (foreign && request.url() !== "about:blank") faults.push(`stranger: ${request.url()}`);
    });
    try {
      await scene(page);
    } catch (error) {
      const seen = await page.locator("body").ariaSnapshot().catch(() => "nothing");
      throw new Error(`${error.stack}\n${page.url()} shows\n${seen}\n${faults.join("\n")}`);
    }
    expect(faults.length === 0, `no faults on any page, but\n${faults.join("\n")}`);
  } finally {
    await context.close();
  }
}

/** Looks at a page: the right language, nothing wider than the narrowest phone, and a picture. */
export async function look(page, name, language) {
  expect((await page.getAttribute("html", "lang")) === language, `${name} is in ${language}`);
  for (const size of [NARROW, PHONE]) {
    await page.setViewportSize(size);
    const wide = await page.evaluate(() => document.scrollingElement.scrollWidth - innerWidth);
    expect(wide <= 0, `${name} fits into ${size.width} pixels, but is ${wide} too wide`);
  }
  const small = await page.evaluate(() =>
    [...document.querySelectorAll("button, .button, .choice, nav a, input:not([type=hidden])")]
      .filter((element) => element.checkVisibility())
      .map((element) => (element.closest("label") ?? element).getBoundingClientRect())
      .filter((box) => box.height < 44).length);
  expect(small === 0, `everything on ${name} can be hit with a thumb, but ${small} cannot`);
  const folder = process.env.JIAOZI_TEST_SCREENSHOTS;
  if (folder) {
    mkdirSync(folder, { recursive: true });
    await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
  }
}

const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

/** Asks the test around this script to do something behind the payer's back. */
export async function ask(wish) {
  console.log(`ask ${wish}`);
  const { value } = await answers.next();
  expect(value === "done", `${wish} is done`);
}

export function passed(scene) {
  console.log(`passed ${scene}`);
  process.exit(0);
}
