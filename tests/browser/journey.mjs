// "Mot de passe oublié" as people meet it: in a browser, by keyboard alone,
// with JavaScript and without, on a phone and in the dark. Every page goes
// through axe, and no page may say a word on the console.
import assert from "node:assert/strict";
import {
  FORM, PASSWORD, PHONE, askByBrowser, checked, fillIn, focused,
  hasNoSideScroll, house, path, picture, tabTo, visit,
} from "./browser.mjs";
import { mailedLink } from "./house.mjs";

export const tests = {
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
    assert.match(await page.title(), /^2 erreurs – Mot de passe oublié – /);
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
