// The pictures of deploy/docs/tour.md, in the order of its story: `make
// screenshots` copies them there. Small on purpose: the part of a page that is
// talked about, 600 pixels wide.
import assert from "node:assert/strict";
import {
  FORM, PASSWORD, fillIn, house, path, picture, visit,
} from "./browser.mjs";
import { deskStates, prepareDesk } from "./desk.mjs";
import { mailedLink } from "./house.mjs";

const SMALL = { viewport: { width: 600, height: 760 }, colorScheme: "light" };

export const tests = {
  async "the tour of the documents: a password that was forgotten"() {
    const person = house.next();
    const page = await visit(SMALL);
    await page.open(FORM);
    await fillIn(page, person);
    await picture(page, "tour-1-form", "main");
    await page.click("button.main");
    await page.waitForURL("**/demande-enregistree*");
    const link = await mailedLink(house, person);
    await page.goto(house.mails);
    await picture(page, "tour-2-mail", "article");
    await page.goto(link);
    assert.equal(path(page), "/nouveau-mot-de-passe");
    await page.fill("#motdepasse", PASSWORD);
    await page.fill("#confirmation", PASSWORD);
    await picture(page, "tour-3-password", "main");
    await page.end();
  },

  async "the tour of the documents: at the desk"() {
    const desk = await prepareDesk();
    for (const [name, state] of [["tour-4-found", "desk-found"],
      ["tour-5-sheet", "desk-sheet"]]) {
      const page = await visit(SMALL);
      await deskStates[state](page, { desk });
      await picture(page, name, "main");
      await page.end();
    }
  },
};
