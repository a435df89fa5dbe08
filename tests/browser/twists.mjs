// What people do that forms do not expect: back, two tabs, a page that was
// left open, two clicks; and a house of another look.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import {
  FORM, PASSWORD, askByBrowser, checked, fillIn, hasNoSideScroll, house,
  isValidHtml, path, picture, visit,
} from "./browser.mjs";

const LOGO = `<svg xmlns="http://www.w3.org/2000/svg" width="96" height="48">
<rect width="96" height="48" fill="#5b2a86"/></svg>`;

async function typeTwice(page, password) {
  await page.fill("#motdepasse", password);
  await page.fill("#confirmation", password);
}

// The seal of an old form, or of another key, opens nothing.
const age = (page) => page.locator("[name=captcha_id]").evaluate(
  (field) => { field.value = `x${field.value.slice(1)}`; });

export const tests = {
  async "back: the form is there again, and works"() {
    const page = await visit();
    await page.open(FORM);
    for (let n = 0; n < 2; n++) {
      await fillIn(page, await house.ask("person"));
      await page.click("button.main");
      await page.waitForURL("**/demande-enregistree*");
      await page.goBack();
      assert.equal(path(page), FORM);
    }
    await page.end();
  },

  async "back, after the password was chosen: no form that would fail"() {
    const page = await visit();
    await page.goto(await askByBrowser(await house.ask("person")));
    await typeTwice(page, PASSWORD);
    await page.dblclick("button.main");
    await page.waitForURL("**/mot-de-passe-change");
    await page.goBack();
    await page.waitForURL(`**${FORM}`);
    await page.end();
  },

  async "two tabs: a form is not taken for the link of the other"() {
    const [one, two] = [await house.ask("person"), await house.ask("person")];
    const links = [await askByBrowser(one), await askByBrowser(two)];
    const page = await visit();
    await page.goto(links[0]);
    await typeTwice(page, PASSWORD);
    const tab = await page.context().newPage();
    await tab.goto(links[1]);
    await page.click("button.main");
    await page.getByText("Un autre lien est ouvert").waitFor();
    await page.click("main a.main");
    await page.getByText(two.login).waitFor();
    await typeTwice(page, PASSWORD);
    await page.click("button.main");
    await page.waitForURL("**/mot-de-passe-change");
    // The same link in both: the second is told, and not led elsewhere.
    await typeTwice(tab, PASSWORD);
    await tab.click("button.main");
    await tab.getByText("Ce lien ne marche plus").waitFor();
    await page.end();
  },

  async "a page left open: the captcha is over, what was typed stays"() {
    const page = await visit();
    await page.open("/adresse-de-secours");
    await page.fill("#identifiant", "jdupont");
    await page.fill("#motdepasse_actuel", PASSWORD);
    await page.fill("#courriel", "moi@courriel.example");
    await age(page);
    await page.click("button.main");
    await page.waitForSelector(".summary");
    assert.equal(await page.inputValue("#identifiant"), "jdupont");
    assert.equal(await page.inputValue("#courriel"), "moi@courriel.example");
    assert.equal(await page.inputValue("#motdepasse_actuel"), "");
    await page.end();
  },

  async "a page left open: the link is over, and says where to go"() {
    const who = await house.ask("person");
    const page = await visit();
    const first = await askByBrowser(who);
    await page.goto(first);
    while (await askByBrowser(who) === first); // until a newer one is there
    await typeTwice(page, PASSWORD);
    await page.click("button.main");
    await page.getByText("Ce lien ne marche plus").waitFor();
    await page.click("main a.main");
    await page.waitForURL(`**${FORM}`);
    await page.end();
  },

  async "length and variety, as they are typed, and told once"() {
    const page = await visit();
    await page.open("/changer-mot-de-passe");
    const told = page.locator(".strength [role=status]");
    await page.evaluate(() => {
      window.changes = 0;
      new MutationObserver(() => { window.changes++; }).observe(
        document.querySelector(".strength [role=status]"),
        { childList: true });
    });
    await page.focus("#motdepasse");
    await page.keyboard.type("Bateau-é");
    const rows = await page.locator(".strength [data-wanted] span")
      .allTextContents();
    // 8 letters of 26 + 26 + 37: lib/people/password.c
    assert.match(rows[0], /8 caractères sur 12/);
    assert.match(rows[1], new RegExp(`${Math.floor(8 * Math.log2(89))} bits`));
    assert.equal(await page.locator(".strength .enough").count(), 1);
    await page.waitForFunction(() => document.querySelector(
      ".strength [role=status]").textContent !== "");
    assert.match(await told.textContent(), /8 caractères/);
    assert.equal(await page.evaluate("changes"), 1);
    await page.keyboard.type("Cerise-47");
    assert.equal(await page.locator(".strength .enough").count(), 2);
    await checked(page);
    await picture(page, "strength");
    await page.end();
  },

  async "another look: banner, logo, colour, words of the operator"() {
    const logo = `${house.folder}/logo.svg`;
    writeFileSync(logo, LOGO);
    const { url } = await house.ask("other_web", { logo, colour: "#5b2a86",
      name: "Université de la Très-Longue-Presqu’île-en-Bord-de-Mer",
      banner: "Maintenance samedi de 8 h à 10 h : les courriels partiront après." });
    for (const [name, options] of [["light", {}],
      ["narrow", { viewport: { width: 320, height: 640 } }],
      ["dark", { colorScheme: "dark" }]]) {
      const page = await visit(options);
      await page.goto(url + FORM);
      assert.ok(await page.getByText("Maintenance samedi").isVisible());
      await page.waitForFunction(() =>
        document.querySelector(".logo").naturalWidth === 96);
      await isValidHtml(page);
      await hasNoSideScroll(page);
      await checked(page);
      await picture(page, `look-${name}`);
      if (name === "light")
        assert.equal(await page.locator("button.main").evaluate((one) =>
          getComputedStyle(one).backgroundColor), "rgb(91, 42, 134)");
      await page.end();
    }
  },
};
