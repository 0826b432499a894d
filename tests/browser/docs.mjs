// What a partner's developer does with the documentation: node docs.mjs SCENE BASE_URL

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { browse, expect, look, passed } from "./browsing.mjs";

const [, , scene, base] = process.argv;
const DESK = { width: 1280, height: 900 };

async function picture(page, name) {
  const folder = process.env.JIAOZI_TEST_SCREENSHOTS;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

async function onThePhone(page) {
  await page.goto(`${base}/docs`);
  await page.getByRole("heading", { name: /API/, level: 1 }).waitFor();
  await look(page, "docs-phone", "en");
  await picture(page, "docs-phone-top");
  await page.getByText("Contents", { exact: true }).click();
  await look(page, "docs-phone-contents", "en");
  await page.getByRole("link", { name: "POST /v1/payments", exact: true }).first().click();
  const call = page.locator("#payments-pay");
  await call.getByText("Idempotency-Key", { exact: true }).waitFor();
  await call.getByText("Example").first().click();
  await call.getByText('"quote"').first().waitFor();
  await call.scrollIntoViewIfNeeded();
  await picture(page, "docs-phone-call");
}

async function onTheDesk(page) {
  await page.setViewportSize(DESK);
  await page.goto(`${base}/docs`);
  const side = page.locator("nav.side");
  expect(await side.isVisible(), "the contents stand beside the text");
  const wide = await page.evaluate(() => document.scrollingElement.scrollWidth - innerWidth);
  expect(wide <= 0, `the page fits, but is ${wide} too wide`);
  await picture(page, "docs-desk-top");
  await side.getByRole("link", { name: "All codes" }).click();
  await page.getByText("insufficient_funds", { exact: true }).last().waitFor();
  await picture(page, "docs-desk-codes");
  await side.getByRole("link", { name: "GET /v1/bills", exact: true }).click();
  await picture(page, "docs-desk-call");
  const raw = await page.request.get(new URL(await page.getByRole("link", { name: "openapi.json" }).first().getAttribute("href"), base).href);
  expect((await raw.json()).openapi.startsWith("3.1"), "the document for programs is there");
}

const scenes = {
  reading: () => browse(async (page) => { await onThePhone(page); await onTheDesk(page); }, { locale: "en-GB" }),
  "no-script": () => browse(async (page) => { await onThePhone(page); }, { locale: "en-GB", scripts: false }),
};

try {
  await scenes[scene]();
  passed(scene);
} catch (error) {
  console.error(error.stack ?? String(error));
  process.exit(1);
}
