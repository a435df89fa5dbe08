// Every door by keyboard alone, with JavaScript and without: nothing is
// clicked here. Without it, a person would type the six digits; the test pays
// by proof of work instead, as it cannot read them.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { FORM, PASSWORD, house, path, tabTo, visit } from "./browser.mjs";

const OTHER = "Cheval-Lampe-83-Violon";

function solve(id, bits) {
  for (let n = 0; ; n++) {
    const digest = createHash("sha256").update(`${id}.${n}`).digest();
    if (Math.clz32(digest.readUInt32BE()) >= bits) return String(n);
  }
}

// Puts the solution where the script would.
async function pay(page) {
  const box = page.locator("[data-pow-bits]");
  if (await box.count() === 0) return;
  const { powBits, captchaId } = await box.evaluate((one) => ({ ...one.dataset }));
  await page.locator("[name=captcha_pow]").evaluate(
    (field, value) => { field.value = value; }, solve(captchaId, +powBits));
}

async function person(javaScript) {
  const page = await visit({ javaScriptEnabled: javaScript });
  return Object.assign(page, {
    async type(field, text) {
      await tabTo(page, field);
      await page.keyboard.type(text);
    },
    async go(to) {
      if (!javaScript) await pay(page);
      await tabTo(page, "main");
      await page.keyboard.press("Enter");
      await page.waitForURL(`**${to}*`);
    },
  });
}

async function choose(page, password = PASSWORD) {
  await page.type("motdepasse", password);
  await page.type("confirmation", password);
}

const doors = {
  async "forgotten password"(page) {
    const who = await house.ask("person");
    await page.open(FORM);
    await page.type("numen", who.number);
    await page.type("naissance", who.birth);
    await page.go("/demande-enregistree");
    const { links } = await house.ask("mail", { to: who.mail, link: "/r/" });
    await page.goto(links[0]);
    await choose(page);
    await page.go("/mot-de-passe-change");
  },

  async "lost login"(page) {
    const who = await house.ask("person", { family: "Lefèvre-Œuf" });
    await page.open("/identifiant-perdu");
    await page.type("numen", who.number);
    await page.type("nom", "lefevre oeuf");
    await page.type("prenom", "camille");
    await page.go("/demande-enregistree");
    const mail = await house.ask("mail", { to: who.mail });
    assert.ok(mail.text.includes(who.login));
  },

  async "activation, with a rescue address that is verified"(page) {
    const who = await house.ask("person");
    const mine = `perso-${who.login}@courriel.example`;
    await page.open("/activation");
    await page.type("numen", who.number);
    await page.type("naissance", who.birth);
    await page.go("/demande-enregistree");
    const first = await house.ask("mail", { to: who.mail, link: "/r/" });
    await page.goto(first.links[0]);
    await choose(page);
    await page.type("courriel", mine);
    await tabTo(page, "charte");
    await page.keyboard.press("Space");
    await page.go("/mot-de-passe-change");
    const second = await house.ask("mail", { to: mine, link: "/v/" });
    await page.goto(second.links[0]);
    assert.equal(path(page), "/confirmer-adresse");
    assert.ok(await page.getByText(mine).isVisible());
    await page.go("/adresse-confirmee");
  },

  async "a password that is known is changed, and then disowned"(page) {
    const who = await house.ask("person", { password: PASSWORD });
    await page.open("/changer-mot-de-passe");
    await page.type("identifiant", who.login);
    await page.type("motdepasse_actuel", PASSWORD);
    await choose(page, OTHER);
    await page.go("/mot-de-passe-change");
    const { links } = await house.ask("mail",
      { to: who.mail, link: "/pas-moi/" });
    await page.goto(links[0]);
    await page.go("/pas-moi-enregistre");
    await house.ask("mail", { to: who.mail, link: "/r/" });
  },

  async "a new rescue address"(page) {
    const who = await house.ask("person", { password: PASSWORD });
    const mine = `neuf-${who.login}@courriel.example`;
    await page.open("/adresse-de-secours");
    await page.type("identifiant", who.login);
    await page.type("motdepasse_actuel", PASSWORD);
    await page.type("courriel", mine);
    await page.go("/adresse-enregistree");
    const { links } = await house.ask("mail", { to: mine, link: "/v/" });
    await page.goto(links[0]);
    await page.go("/adresse-confirmee");
    assert.ok(await page.getByText("48 heures").isVisible());
  },

  async "mail not received"(page) {
    const who = await house.ask("person");
    await page.open("/demande-enregistree");
    await tabTo(page, "resend");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/courriel-non-recu");
    await page.type("numen", who.number);
    await page.type("naissance", who.birth);
    await page.go("/demande-enregistree");
    await house.ask("mail", { to: who.mail, link: "/r/" });
  },

  async "lost NUMEN"(page) {
    await page.open("/numen-perdu");
    await page.type("q", "faidherbe");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/numen-perdu?q=faidherbe*");
    assert.ok(await page.getByText("9 rue Armand Carrel").isVisible());
  },
};

// Tab until a link that has the words.
async function tabToLink(page, words) {
  for (let n = 0; n < 40; n++) {
    await page.keyboard.press("Tab");
    const text = await page.evaluate("document.activeElement.textContent");
    if (text.length < 200 && text.includes(words)) return;
  }
  assert.fail(`Tab never comes to ${words}`);
}

async function follow(page, words, to) {
  await tabToLink(page, words);
  await page.keyboard.press("Enter");
  await page.waitForURL(to);
}

Object.assign(doors, {
  async "a number reissued by the secrétariat"(page) {
    const operator = await house.ask("operator", { signed_in: false });
    const who = await house.ask("served", {
      family: `Guichet${operator.login}`, birth: "1971-02-03",
      rentreeActivated: "20250901080000Z" });
    await page.open("/secretariat/");
    await page.type("identifiant", operator.login);
    await page.type("motdepasse_actuel", operator.password);
    await page.type("code", operator.code);
    await page.keyboard.press("Enter");
    await page.waitForSelector("#q");
    await page.type("q", `guichet${operator.login}`);
    await page.type("naissance", "3/2/1971");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".doors a");
    await follow(page, "Camille Guichet", `**/${who.uuid}`);
    await follow(page, "Rééditer le numéro", `**/${who.uuid}/numero`);
    await tabTo(page, "choix");
    await page.keyboard.press("Space");
    await tabTo(page, "piece");
    await page.keyboard.press("Space");
    await page.type("code", operator.next);
    await page.keyboard.press("Enter");
    await page.waitForSelector(".sheet");
    assert.ok(await page.getByText(who.login).first().isVisible());
    await follow(page, "Retour à la page de la personne", `**/${who.uuid}`);
    assert.ok(await page.getByText("Réédité le").isVisible());
  },
});

export const tests = {};
for (const [name, walk] of Object.entries(doors))
  for (const javaScript of [true, false])
    tests[`by keyboard, ${javaScript ? "with" : "without"} JavaScript: ${name}`] =
      async () => {
        const page = await person(javaScript);
        await walk(page);
        await page.end();
      };
