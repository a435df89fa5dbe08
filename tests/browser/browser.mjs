// One house, one browser, and a page that listens for complaints.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { HtmlValidate } from "html-validate";
import { chromium } from "playwright-core";
import { mailedLink, openHouse } from "./house.mjs";

const require = createRequire(import.meta.url);
const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const PICTURES = fileURLToPath(
  new URL("../../build/screenshots/", import.meta.url));
export const FORM = "/mot-de-passe-oublie";
export const PASSWORD = "Bateau-Cerise-47-Lune";
export const PHONE = { viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2, isMobile: true, hasTouch: true };
export const WIDE = { width: 1100, height: 900 };
const TARGET = 44; // px, WCAG 2.2 SC 2.5.5

mkdirSync(PICTURES, { recursive: true });
export const house = await openHouse();
const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-dev-shm-usage"],
});

// What a program died of, or "".
export async function closeAll() {
  await browser.close();
  return house.close();
}

// expects: statuses of whole pages that are no fault of this test.
export async function visit({ expects = [], ...options } = {}) {
  const context = await browser.newContext(
    { locale: "fr-FR", viewport: WIDE, ...options });
  const page = await context.newPage();
  const complaints = [];

  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("requestfailed", (request) => {
    // Given up because the page was left, or a sound that nobody plays.
    if (request.resourceType() !== "media" &&
        request.failure()?.errorText !== "net::ERR_ABORTED")
      complaints.push(`failed: ${request.url()}`);
  });
  page.on("console", (message) => {
    // The status of the page itself (422, 410) is no complaint.
    if (["error", "warning"].includes(message.type()) &&
        !(message.text().startsWith("Failed to load resource") &&
          message.location().url === page.url()))
      complaints.push(message.text());
  });
  page.on("response", (response) => {
    const whole = response.request().isNavigationRequest();
    if (whole) page.answer = response;
    if (!expects.includes(response.status()) && (response.status() >= 500 ||
        (response.status() >= 400 && !whole)))
      complaints.push(`${response.status()} ${response.url()}`);
  });
  return Object.assign(page, {
    open: (path) => page.goto(house.url + path),
    // Nothing was said so far.
    silent() { isEmpty(complaints.splice(0)); },
    async end() {
      await context.close();
      page.silent();
    },
  });
}

function isEmpty(list) {
  if (list.length) throw new Error(list.join("\n"));
}

// Of the whole page, or of the first element that is like part.
export async function picture(page, name, part) {
  const path = `${PICTURES}${name}.png`;
  if (part) await page.locator(part).first().screenshot({ path });
  else await page.screenshot({ path, fullPage: true });
}

// As it is printed, A4; kept beside the pictures.
export const pdf = (page, name) => page.pdf(
  { path: `${PICTURES}${name}.pdf`, format: "A4", margin:
    { top: "15mm", bottom: "15mm", left: "15mm", right: "15mm" } });

// Everything axe knows, best practices too.
export async function checked(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate("axe.run()");
  const told = violations.map((one) =>
    `${one.id}: ${one.help}: ${one.nodes.map((node) => node.html)}`);
  isEmpty(told);
}

const validator = new HtmlValidate({
  extends: ["html-validate:recommended", "html-validate:document"],
  rules: {
    // how it is written, and no question of validity
    "no-trailing-whitespace": "off",
    "long-title": "off",
    "void-style": "off",
    "require-sri": "off", // nothing comes from another site
    "tel-non-breaking": "off", // style.css keeps numbers in one piece
  },
});

// The page as it was sent, before any script touched it.
export async function isValidHtml(page) {
  const source = await page.answer.text();
  const { results } = await validator.validateString(source);
  isEmpty(results.flatMap(({ messages }) => messages.map((one) =>
    `${one.line}:${one.column} ${one.ruleId}: ${one.message}`))
    // Firefox would fill hidden fields again on reload without it.
    .filter((one) => !one.includes('"off" cannot be used on <input type="hidden">')));
  return source;
}

export async function hasNoSideScroll(page) {
  isEmpty(await page.evaluate(() =>
    document.documentElement.scrollWidth <= innerWidth ? [] :
      [...document.body.querySelectorAll("*")].filter((one) =>
        one.getBoundingClientRect().right > innerWidth)
        .map((one) => `wider than ${innerWidth} px: ${one.outerHTML}`)));
}

// What a finger must hit: buttons, fields, and links that stand alone.
export async function hasLargeTargets(page) {
  const small = await page.evaluate((least) =>
    [...document.querySelectorAll("button, input, summary, select, nav a, " +
      "header a, li > a:only-child, p > a:only-child, label.check")]
      .filter((one) => {
        const box = one.getBoundingClientRect();
        const alone = one.tagName !== "A" || one.closest("nav, header") ||
          one.parentElement.textContent.trim() === one.textContent.trim();
        const target = one.closest("label") || one;
        return alone && one.checkVisibility() && box.left >= 0 &&
          one.type !== "hidden" &&
          target.getBoundingClientRect().height < least - 0.5;
      }).map((one) => one.outerHTML), TARGET);
  isEmpty(small);
}

export const path = (page) => new URL(page.url()).pathname;
export const focused = (page) => page.evaluate(
  "document.activeElement.id || document.activeElement.className");

export async function tabTo(page, wanted) {
  for (let n = 0; n < 40; n++) {
    await page.keyboard.press("Tab");
    if ((await focused(page)).split(" ").includes(wanted)) return;
  }
  assert.fail(`Tab never comes to ${wanted}`);
}

export async function fillIn(page, person) {
  await page.fill("#numen", person.number);
  await page.fill("#naissance", person.birth);
}

export async function askByBrowser(person, options) {
  const page = await visit(options);
  await page.open(FORM);
  await fillIn(page, person);
  await page.click("button.main");
  await page.waitForURL("**/demande-enregistree*");
  await page.end();
  return mailedLink(house, person);
}
