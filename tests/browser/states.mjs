// Every page in every state, in French and in English: valid HTML, nothing
// for axe to say in the light and in the dark, no side scroll at 320 pixels,
// targets a finger can hit, a reference for the support, under 30 kB with its
// style. Pictures of all of it are kept to be looked at. STATE=word visits
// those with the word in their name alone.
import assert from "node:assert/strict";
import {
  FORM, PASSWORD, WIDE, askByBrowser, checked, fillIn, hasLargeTargets,
  hasNoSideScroll, house, isValidHtml, picture, visit,
} from "./browser.mjs";
import { deskStates, prepareDesk } from "./desk.mjs";

const NARROW = { width: 320, height: 720 };
const SHEET = { width: 720, height: 1000 }; // A4 within its margins
const BYTES_MAX = 30000;
const NOBODY = "A".repeat(43);

const send = (page) => Promise.all([
  page.waitForNavigation({ timeout: 15000 }), page.click("button.main")]);

// A form that no page of ours has.
async function post(page, action, fields) {
  await Promise.all([page.waitForNavigation(), page.evaluate(
    ([where, values]) => {
      const form = document.createElement("form");
      form.method = "post";
      form.action = where;
      for (const [name, value] of Object.entries(values)) {
        const field = document.createElement("textarea");
        field.name = name;
        field.value = value;
        form.append(field);
      }
      document.body.append(form);
      form.submit();
    }, [action, fields])]);
}

async function identify(page, login, password) {
  await page.fill("#identifiant", login);
  await page.fill("#motdepasse_actuel", password);
}

async function typeTwice(page, password, again = password) {
  await page.fill("#motdepasse", password);
  await page.fill("#confirmation", again);
}

const link = async (who, door, words) =>
  (await house.ask("mail", { to: who.mail, link: words })).links[0];

async function activationLink() {
  const who = await house.ask("person");
  const page = await visit();
  await page.open("/activation");
  await fillIn(page, who);
  await send(page);
  await page.end();
  return link(who, "activation", "/r/");
}

const at = (where) => (page) => page.open(where);
const sent = (where) => async (page) => { await page.open(where); await send(page); };

// name: how to come there; the status is 200 unless it is said.
const states = {
  home: at("/"),
  recover: at(FORM),
  "recover-errors": [422, async (page) => {
    await page.open(FORM);
    await page.fill("#numen", "09E95");
    await page.fill("#naissance", "31/02/1975");
    await send(page);
  }],
  "recover-number": async (page) => {
    await page.open(FORM);
    await page.click("summary");
  },
  "recover-code": async (page) => {
    await page.open(FORM);
    await page.focus("#numen");
    await page.click(".captcha-switch");
  },
  "recover-code-wrong": [422, async (page) => {
    await page.open(FORM);
    await fillIn(page, house.people[0]);
    await page.click(".captcha-switch");
    await page.fill("#captcha_code", "000000");
    await send(page);
  }],
  registered: at("/demande-enregistree"),
  activation: at("/activation"),
  "activation-errors": [422, sent("/activation")],
  remind: at("/identifiant-perdu"),
  "remind-errors": [422, sent("/identifiant-perdu")],
  resend: at("/courriel-non-recu"),
  "resend-errors": [422, sent("/courriel-non-recu")],
  numen: at("/numen-perdu"),
  "numen-one": at("/numen-perdu?q=faidherbe"),
  "numen-several": at("/numen-perdu?q=lycee"),
  "numen-none": at("/numen-perdu?q=atlantide"),
  help: at("/aide"),
  accessibility: at("/accessibilite"),
  privacy: at("/confidentialite"),
  change: at("/changer-mot-de-passe"),
  "change-errors": [422, sent("/changer-mot-de-passe")],
  "change-refused": [422, async (page) => {
    await page.open("/changer-mot-de-passe");
    await identify(page, "personne", "rien de bon");
    await typeTwice(page, PASSWORD);
    await send(page);
  }],
  rescue: at("/adresse-de-secours"),
  "rescue-errors": [422, async (page) => {
    await page.open("/adresse-de-secours");
    await page.fill("#courriel", "moi@ac-exemple.fr");
    await send(page);
  }],
  "rescue-asked": at("/adresse-enregistree"),
  password: async (page, { recovery }) => { await page.goto(recovery); },
  "password-typed": async (page, { recovery }) => {
    await page.goto(recovery);
    await page.fill("#motdepasse", "Bateau-Ceri");
  },
  "password-refused": [422, async (page, { recovery }) => {
    await page.goto(recovery);
    await typeTwice(page, "azerty");
    await send(page);
  }],
  "password-differs": [422, async (page, { recovery }) => {
    await page.goto(recovery);
    await typeTwice(page, PASSWORD, "autre");
    await send(page);
  }],
  "first-password": async (page, { activation }) => {
    await page.goto(activation);
  },
  "first-password-errors": [422, async (page, { activation }) => {
    await page.goto(activation);
    await typeTwice(page, PASSWORD);
    await page.fill("#courriel", "moi@");
    await send(page);
  }],
  changed: at("/mot-de-passe-change"),
  dead: [410, at(`/r/${NOBODY}`)],
  "other-link": [409, async (page, { recovery, activation }) => {
    await page.goto(recovery);
    await typeTwice(page, PASSWORD);
    const tab = await page.context().newPage();
    await tab.goto(activation);
    await tab.close();
    await send(page);
  }],
  disown: async (page, { disown }) => { await page.goto(disown); },
  "disown-dead": [410, at(`/pas-moi/${NOBODY}`)],
  disowned: at("/pas-moi-enregistre"),
  confirm: async (page, { confirm }) => { await page.goto(confirm); },
  "confirm-dead": [410, at(`/v/${NOBODY}`)],
  confirmed: at("/adresse-confirmee"),
  "confirmed-waits": at("/adresse-confirmee?attente=1"),
  missing: [404, at("/rien")],
  "bad-method": [405, async (page) => {
    await page.open("/");
    await post(page, "/", {});
  }],
  unreadable: [400, async (page) => {
    await page.open(FORM);
    await post(page, FORM, { numen: "\0" });
  }],
  "too-large": [413, async (page) => {
    await page.open(FORM);
    await post(page, FORM, { numen: "x".repeat(20000) });
  }],
  foreign: [403, async (page) => {
    await page.goto("data:text/html,<title>x</title>");
    await post(page, house.url + FORM, {});
  }],
  limited: [429, async (page, { flooded }) => {
    await page.open(FORM);
    await fillIn(page, flooded);
    await send(page);
  }],
  pause: [429, async (page) => {
    const who = await house.ask("person");
    for (let n = 0; n < 2; n++) {
      await page.open("/courriel-non-recu");
      await fillIn(page, who);
      await send(page);
    }
  }],
  closed: [503, async (page) => {
    await house.ask("pause");
    await page.waitForTimeout(50);
    for (let n = 0; n < 100; n++) {
      await page.open(FORM);
      if (page.answer.status() === 503) break;
      await page.waitForTimeout(100);
    }
  }, () => house.ask("resume")],
  ...deskStates,
};

// What the states above start from.
async function prepare() {
  const [known, own] = [await house.ask("person"),
    await house.ask("person", { password: PASSWORD })];
  const flooded = await house.ask("person");
  await house.ask("flood", { number: flooded.number, birth: flooded.birth });
  const recovery = await askByBrowser(known);
  const mine = `page-${own.login}@courriel.example`;
  const page = await visit();
  await page.open("/adresse-de-secours");
  await identify(page, own.login, PASSWORD);
  await page.fill("#courriel", mine);
  await send(page);
  await page.end();
  return { flooded, recovery, desk: await prepareDesk(),
    activation: await activationLink(),
    disown: await link(known, "recovery", "/pas-moi/"),
    confirm: await link({ mail: mine }, "rescue", "/v/") };
}

let styleBytes;

async function isSmall(page, source) {
  if (styleBytes === undefined) {
    const style = /href="(\/static\/style\.css[^"]*)"/.exec(source)[1];
    styleBytes = (await (await fetch(new URL(style, page.url())))
      .arrayBuffer()).byteLength;
  }
  const bytes = Buffer.byteLength(source) + styleBytes;
  assert.ok(bytes < BYTES_MAX, `${bytes} bytes`);
}

async function inspect(page, name, language, status) {
  assert.equal(page.answer.status(), status);
  const source = await isValidHtml(page);
  assert.match(source, new RegExp(`<html lang="${language}"`));
  assert.match(source, /<code>[0-9A-Z]{8}<\/code>/);
  await isSmall(page, source);
  await checked(page);
  await picture(page, `${language}-${name}`);
  if (language !== "fr") return;

  await page.setViewportSize(NARROW);
  await page.emulateMedia({ colorScheme: "dark" });
  await hasNoSideScroll(page);
  await hasLargeTargets(page);
  await checked(page);
  await picture(page, `fr-${name}-dark`);
  await page.emulateMedia({ colorScheme: "light", media: "print" });
  await page.setViewportSize(SHEET);
  await picture(page, `fr-${name}-print`);
}

let prepared;

async function everyState(language, locale) {
  prepared ??= await prepare();
  const page = await visit({ locale, expects: [503] });
  const failures = [];

  for (const [name, how] of Object.entries(states)) {
    if (!name.includes(process.env.STATE ?? "")) continue;
    const [status, come, leave] = Array.isArray(how) ? how : [200, how];
    try {
      await page.setViewportSize(WIDE);
      await page.emulateMedia({ media: "screen", colorScheme: "light" });
      await come(page, prepared);
      await inspect(page, name, language, status);
      page.silent();
    } catch (error) {
      failures.push(`${name}: ${error.message}`);
    }
    await page.context().clearCookies();
    await leave?.();
  }
  await page.end();
  if (failures.length) throw new Error(failures.join("\n\n"));
}

export const tests = {
  "every page and state, in French": () => everyState("fr", "fr-FR"),
  "every page and state, in English": () => everyState("en", "en-GB"),
};
