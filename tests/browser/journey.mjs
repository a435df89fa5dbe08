// "Mot de passe oublié" as people meet it: in a browser, by keyboard alone,
// with JavaScript and without, on a phone and in the dark. Every page goes
// through axe, and no page may say a word on the console.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { captchaTests } from "./captcha.mjs";
import { mailedLink, openHouse } from "./house.mjs";

const require = createRequire(import.meta.url);
const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const PICTURES = fileURLToPath(
  new URL("../../build/screenshots/", import.meta.url));
const FORM = "/mot-de-passe-oublie";
const PASSWORD = "Bateau-Cerise-47-Lune";
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2,
  isMobile: true, hasTouch: true };
const words = process.argv.slice(2);

mkdirSync(PICTURES, { recursive: true });
const house = await openHouse();
const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-dev-shm-usage"],
});

// --- a page that listens for complaints --------------------------------------

async function visit(options = {}) {
  const context = await browser.newContext({
    locale: "fr-FR", viewport: { width: 1100, height: 900 }, ...options });
  const page = await context.newPage();
  const complaints = [];

  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("requestfailed", (request) => {
    // A sound that nobody plays is asked for and given up; so is a worker
    // when another one was quicker.
    if (request.resourceType() !== "media" &&
        !request.url().includes("/pow-worker.js"))
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
    if (response.status() >= 500 ||
        (response.status() >= 400 && !response.request().isNavigationRequest()))
      complaints.push(`${response.status()} ${response.url()}`);
  });
  return Object.assign(page, {
    open: (path) => page.goto(house.url + path),
    async end() {
      await context.close();
      assert.deepEqual(complaints, []);
    },
  });
}

async function picture(page, name) {
  await page.screenshot({ path: `${PICTURES}${name}.png`, fullPage: true });
}

// Everything axe knows, best practices too.
async function checked(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate("axe.run()");
  const told = violations.map((one) =>
    `${one.id}: ${one.help}: ${one.nodes.map((node) => node.html)}`);
  assert.deepEqual(told, []);
}

async function hasNoSideScroll(page) {
  const [wide, seen] = await page.evaluate(
    "[document.documentElement.scrollWidth, innerWidth]");
  assert.ok(wide <= seen, `${wide} px wide on ${seen}`);
}

const path = (page) => new URL(page.url()).pathname;
const focused = (page) => page.evaluate(
  "document.activeElement.id || document.activeElement.className");

async function tabTo(page, wanted) {
  for (let n = 0; n < 30; n++) {
    await page.keyboard.press("Tab");
    if ((await focused(page)).split(" ").includes(wanted)) return;
  }
  assert.fail(`Tab never comes to ${wanted}`);
}

async function fillIn(page, person) {
  await page.fill("#numen", person.number);
  await page.fill("#naissance", person.birth);
}

async function askByBrowser(person, options) {
  const page = await visit(options);
  await page.open(FORM);
  await fillIn(page, person);
  await page.click("button.main");
  await page.waitForURL("**/demande-enregistree*");
  await page.end();
  return mailedLink(house, person);
}

// --- the tests ---------------------------------------------------------------

const tests = {
  async "the whole journey, by keyboard alone"() {
    const person = house.next();
    const page = await visit();

    await page.open("/");
    await checked(page);
    await picture(page, "home");
    await page.keyboard.press("Tab");
    assert.equal(await focused(page), "skip");
    const box = await page.locator(".skip").boundingBox();
    assert.ok(box.x >= 0, "the skip link shows when it is focused");
    await page.keyboard.press("Enter");
    assert.equal(await focused(page), "main");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.waitForURL(`**${FORM}`);

    await checked(page);
    await tabTo(page, "numen");
    await picture(page, "form");
    await page.keyboard.type(person.number.toLowerCase());
    await tabTo(page, "naissance");
    await page.keyboard.type(person.birth);
    await page.keyboard.press("Enter");
    await page.waitForURL("**/demande-enregistree*");
    await checked(page);
    await picture(page, "registered");

    await page.goto(await mailedLink(house, person));
    assert.equal(path(page), "/nouveau-mot-de-passe");
    assert.ok(!(await page.content()).includes("/r/"));
    await checked(page);
    assert.ok(await page.getByText(person.login).isVisible());
    await tabTo(page, "motdepasse");
    await page.keyboard.type("motdepasse12");
    await tabTo(page, "confirmation");
    await page.keyboard.type("motdepasse12");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#motdepasse-error");
    await checked(page);
    await picture(page, "password-refused");
    await tabTo(page, "motdepasse");
    await page.keyboard.type(PASSWORD);
    await tabTo(page, "confirmation");
    await page.keyboard.type(PASSWORD);
    await tabTo(page, "afficher");
    await page.keyboard.press("Space");
    assert.equal(await page.getAttribute("#motdepasse", "type"), "text");
    assert.equal(await page.inputValue("#motdepasse"), PASSWORD);
    await picture(page, "password");
    await page.keyboard.press("Space");
    assert.equal(await page.getAttribute("#motdepasse", "type"), "password");
    await tabTo(page, "main");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/mot-de-passe-change");
    await checked(page);
    await picture(page, "changed");
    assert.deepEqual(await page.context().cookies(), []);
    await page.end();
  },

  async "proof of work replaces the code, and the code can be had"() {
    const page = await visit();

    await page.open(FORM);
    assert.ok(await page.locator(".captcha-code").isHidden());
    await page.focus("#numen");
    await page.waitForFunction(
      () => document.querySelector("[name=captcha_pow]").value !== "");
    assert.ok(await page.getByText("terminée").isVisible());
    await page.click(".captcha-switch");
    assert.ok(await page.locator(".captcha-code img").isVisible());
    assert.ok(await page.locator("audio").isVisible());
    assert.equal(await focused(page), "captcha_code");
    assert.equal(await page.inputValue("[name=captcha_pow]"), "");
    await checked(page);
    await picture(page, "captcha-code");
    await fillIn(page, house.people[0]);
    await page.fill("#captcha_code", "000000");
    await page.click("button.main");
    await page.waitForSelector(".summary");
    assert.equal(await page.inputValue("#numen"), house.people[0].number);
    await page.end();
  },

  async "errors lead to their fields"() {
    const page = await visit();

    await page.open(FORM);
    await page.fill("#numen", "09E95");
    await page.fill("#naissance", "31/02/1975");
    await page.click("button.main");
    await page.waitForSelector(".summary");
    assert.match(await page.title(), /^Erreur/);
    await checked(page);
    await picture(page, "errors");
    await page.click(".summary a >> nth=1");
    assert.equal(await focused(page), "naissance");
    assert.equal(await page.inputValue("#numen"), "09E95");
    assert.equal(await page.getAttribute("#numen", "aria-invalid"), "true");
    await page.end();
  },

  async "without JavaScript: picture, sound, code, and the form posts"() {
    const person = house.next();
    const page = await visit({ javaScriptEnabled: false });

    await page.open(FORM);
    for (const part of [".captcha-code img", "audio", "#captcha_code",
      ".audio a", "[name=nouveau_code]"])
      assert.ok(await page.locator(part).isVisible(), part);
    assert.ok(await page.locator(".captcha-switch").isHidden());
    await picture(page, "no-javascript");
    const before = await page.getAttribute(".captcha-code img", "src");
    await fillIn(page, person);
    await page.click("[name=nouveau_code]");
    assert.notEqual(await page.getAttribute(".captcha-code img", "src"),
      before);
    assert.equal(await page.inputValue("#numen"), person.number);
    assert.equal(await page.inputValue("#naissance"), person.birth);
    await page.fill("#captcha_code", "000000");
    await page.press("#captcha_code", "Enter");
    assert.ok(await page.locator("#captcha_code-error").isVisible());
    assert.equal(await page.inputValue("#numen"), person.number);
    await page.end();

    const link = await askByBrowser(person);
    const again = await visit({ javaScriptEnabled: false });
    await again.goto(link);
    assert.ok(await again.locator(".show").isHidden());
    await again.fill("#motdepasse", PASSWORD);
    await again.fill("#confirmation", PASSWORD);
    await again.click("button.main");
    await again.waitForURL("**/mot-de-passe-change");
    await again.end();
  },

  async "on a phone, in the dark, and 320 pixels wide"() {
    const person = house.next();
    const link = await askByBrowser(person, PHONE);
    for (const [name, options] of [["phone", PHONE],
      ["phone-dark", { ...PHONE, colorScheme: "dark" }],
      ["narrow", { viewport: { width: 320, height: 640 } }]]) {
      const page = await visit(options);
      for (const [what, where] of [["home", "/"], ["form", FORM],
        ["registered", "/demande-enregistree"],
        ["password", link.replace(house.url, "")],
        ["missing", "/rien"]]) {
        await page.open(where);
        await hasNoSideScroll(page);
        await checked(page);
        await picture(page, `${name}-${what}`);
      }
      for (const target of
        await page.locator("button:visible:not(.default)").all()) {
        const box = await target.boundingBox();
        assert.ok(box.height >= 44, `a button ${box.height} px high`);
      }
      await page.end();
    }
  },

  async "with letters twice as large"() {
    const page = await visit({ viewport: { width: 640, height: 900 } });
    await page.open(FORM);
    await page.evaluate("document.documentElement.style.fontSize = '200%'");
    await hasNoSideScroll(page);
    await page.end();
  },

  async "in English"() {
    const page = await visit();
    await page.open("/");
    await page.click("nav a");
    assert.equal(await page.getAttribute("html", "lang"), "en");
    await page.click(".doors a >> nth=0");
    assert.equal(await page.getAttribute("html", "lang"), "en");
    await checked(page);
    await picture(page, "english");
    await fillIn(page, house.people[0]);
    await page.click("button.main");
    await page.waitForURL("**/demande-enregistree*");
    assert.equal(await page.getAttribute("html", "lang"), "en");
    await page.end();
  },

  async "a dead link says what to do"() {
    const page = await visit();
    await page.open(`/r/${"A".repeat(43)}`);
    await checked(page);
    await picture(page, "dead");
    await page.getByText("Demander un nouveau lien").click();
    await page.waitForURL(`**${FORM}`);
    await page.end();
  },

  async "a password can be pasted, and a manager knows the fields"() {
    const person = house.next();
    const page = await visit();
    await page.goto(await askByBrowser(person));
    await page.context().grantPermissions(
      ["clipboard-read", "clipboard-write"], { origin: house.url });
    await page.evaluate(`navigator.clipboard.writeText("${PASSWORD}")`);
    for (const field of ["#motdepasse", "#confirmation"]) {
      await page.focus(field);
      await page.keyboard.press("Control+V");
      assert.equal(await page.inputValue(field), PASSWORD);
      assert.equal(await page.getAttribute(field, "autocomplete"),
        "new-password");
    }
    assert.equal(await page.inputValue("[autocomplete=username]"),
      person.login);
    await page.end();
  },

  async "a double click is one request"() {
    const person = house.next();
    const page = await visit();
    await page.open(FORM);
    await fillIn(page, person);
    await page.dblclick("button.main");
    await page.waitForURL("**/demande-enregistree*");
    await mailedLink(house, person);
    await page.end();
  },
};

Object.assign(tests, captchaTests(
  { checked, fillIn, focused, house, picture, tabTo, visit }));

// --- running -----------------------------------------------------------------

let passed = 0, failed = 0;
for (const [name, test] of Object.entries(tests)) {
  if (words.length && !words.some((word) => name.includes(word))) continue;
  const begin = Date.now();
  try {
    await test();
    passed++;
    console.log(`  ok     ${((Date.now() - begin) / 1000).toFixed(1)} s  ${name}`);
  } catch (error) {
    failed++;
    console.log(`  FAILED ${name}\n${error.stack}`);
  }
}
await browser.close();
await house.close();
console.log(`browser: ${passed} passed, ${failed} failed`);
process.exitCode = failed || !passed ? 1 : 0;
