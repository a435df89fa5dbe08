// The secrétariat's pages and their states (states.mjs visits them), and its
// sheet as Chromium prints it: one A4.
import assert from "node:assert/strict";
import { house, pdf } from "./browser.mjs";

const HOME = "/secretariat/";
const PERSON = `${HOME}personne/`;

const send = (page) => Promise.all([
  page.waitForNavigation({ timeout: 15000 }),
  page.click("main button.main")]);

async function enter(page, who) {
  await page.context().addCookies([{ name: "rentree_secretariat",
    value: who.cookie, url: house.url, httpOnly: true, sameSite: "Strict" }]);
}

async function signIn(page, name, password, code) {
  await page.fill("#identifiant", name);
  await page.fill("#motdepasse_actuel", password);
  await page.fill("#code", code);
  await send(page);
}

const behind = (where) => async (page, { desk }) => {
  await enter(page, desk.operator);
  await page.open(typeof where === "function" ? where(desk) : where);
};

async function search(page, desk, name, birth = "") {
  await enter(page, desk.operator);
  await page.open(HOME);
  await page.fill("#q", name);
  await page.fill("#naissance", birth);
  await send(page);
}

// An operator of its own: a code of a telephone is good for one act.
async function act(page, uuid, what, fill) {
  const who = await house.ask("operator");
  await enter(page, who);
  await page.open(`${PERSON}${uuid}/${what}`);
  await fill(page);
  await page.fill("#code", who.code);
  await send(page);
}

const withCard = async (page) => { await page.check("#piece"); };
const newCode = async (page) => {
  await page.check("#choix");
  await withCard(page);
};

export const deskStates = {
  "desk-signin": async (page) => { await page.open(`${HOME}connexion`); },
  "desk-signin-ended": async (page) => {
    await page.open(`${HOME}connexion?fin=1`);
  },
  "desk-signin-errors": [422, async (page) => {
    await page.open(`${HOME}connexion`);
    await send(page);
  }],
  "desk-signin-refused": [422, async (page) => {
    await page.open(`${HOME}connexion`);
    await signIn(page, "personne", "rien de bon", "123456");
  }],
  "desk-enrol": async (page) => { await page.open(`${HOME}inscription`); },
  "desk-enrolled": async (page) => {
    const who = await house.ask("invited");
    await page.open(`${HOME}inscription`);
    await signIn(page, who.login, who.password, who.code);
  },
  desk: behind(HOME),
  "desk-found": async (page, { desk }) => {
    await search(page, desk, "Lenombreux");
  },
  "desk-none": async (page, { desk }) => {
    await search(page, desk, "Atlantide", "01/09/1975");
  },
  "desk-search-errors": [422, async (page, { desk }) => {
    await search(page, desk, "x", "31/02/1975");
  }],
  "desk-person": behind((desk) => PERSON + desk.person.uuid),
  "desk-person-not": behind((desk) => PERSON + desk.suspended.uuid),
  "desk-nobody": [404, behind(`${PERSON}00000000-0000-0000-0000-000000000000`)],
  "desk-number": behind((desk) => `${PERSON}${desk.person.uuid}/numero`),
  "desk-number-errors": [422, async (page, { desk }) => {
    await behind(`${PERSON}${desk.person.uuid}/numero`)(page, { desk });
    await send(page);
  }],
  "desk-address": behind((desk) => `${PERSON}${desk.person.uuid}/adresse`),
  "desk-phone": behind((desk) => `${PERSON}${desk.person.uuid}/telephone`),
  "desk-sheet": async (page, { desk }) => {
    await act(page, desk.person.uuid, "numero", newCode);
    await isOnePage(page);
  },
  "desk-sheet-letter": async (page, { desk }) => {
    await act(page, desk.fresh.uuid, "lettre", withCard);
    await isOnePage(page, "desk-sheet-letter");
  },
  "desk-sheet-phone": async (page, { desk }) => {
    await act(page, desk.person.uuid, "telephone",
      (form) => form.check("#rappel"));
  },
  "desk-again": [410, async (page, { desk }) => {
    await act(page, desk.person.uuid, "numero", newCode);
    await Promise.all([page.waitForNavigation(), page.reload()]);
  }],
};

async function isOnePage(page, name = "desk-sheet") {
  await page.emulateMedia({ media: "print" });
  const bytes = (await pdf(page, name)).toString("latin1");
  await page.emulateMedia({ media: "screen", colorScheme: "light" });
  assert.equal(bytes.match(/\/Type\s*\/Page\b/g).length, 1);
}

export async function prepareDesk() {
  const active = { rentreeActivated: "20250901080000Z" };
  const [operator, person, fresh, suspended] = [
    await house.ask("operator"),
    await house.ask("served", { family: "Marchand", ...active }),
    await house.ask("served", { family: "Nouvelle", mail: null }),
    await house.ask("served", { family: "Suspendu", ...active,
      rentreeState: "S:SupannVerrouAdministratif" })];
  for (let n = 0; n < 3; n++)
    await house.ask("served", { family: "Lenombreux", ...active });
  return { operator, person, fresh, suspended };
}
