// The captcha in a browser: what is shown when, and that it can be had by
// keyboard alone. Its codes are right or wrong in tests/integration.
import assert from "node:assert/strict";

const FORM = "/mot-de-passe-oublie";
const WORKER = "**/pow-worker.js*";
// Workers that never end, and that answer wrongly at once.
const script = (body) => ({ body, contentType: "text/javascript",
  headers: { "Cross-Origin-Embedder-Policy": "require-corp" } });
const ENDLESS = script("onmessage = () => {};");
const MISTAKEN = script("onmessage = () => postMessage({ solution: '1' });");

export function captchaTests({ checked, fillIn, focused, house, picture,
  tabTo, visit }) {
  const shown = (page) => page.locator(".captcha-code").isVisible();
  const source = (page) => page.getAttribute(".captcha-code img", "src");

  return {
    async "captcha: another code by keyboard, and it stays a code"() {
      const page = await visit({ colorScheme: "dark" });
      await page.open(FORM);
      await fillIn(page, house.people[0]);
      await tabTo(page, "captcha-switch");
      await page.keyboard.press("Enter");
      assert.ok(await shown(page));
      for (let n = 0; n < 2; n++) {
        const before = await source(page);
        assert.equal(await focused(page), "captcha_code");
        await page.keyboard.press("Tab");
        await page.keyboard.press("Enter");
        await page.waitForFunction((old) => document.querySelector(
          ".captcha-code img")?.getAttribute("src") !== old, before);
        assert.ok(await shown(page));
        assert.ok(await page.locator(".captcha-switch").isHidden());
        assert.equal(await page.inputValue("#numen"), house.people[0].number);
      }
      await page.waitForFunction(() => document.querySelector(
        ".captcha-code img").naturalWidth === 240);
      await checked(page);
      await picture(page, "captcha-dark");
      await page.end();
    },

    async "captcha: sound that plays, and that can be kept"() {
      const page = await visit();
      await page.open(FORM);
      await page.click(".captcha-switch");
      const seconds = await page.evaluate(async () => {
        const audio = document.querySelector("audio");
        audio.muted = true;
        await audio.play();
        return audio.duration;
      });
      assert.ok(seconds > 5 && seconds < 15, `${seconds} s`);
      const [download] = await Promise.all(
        [page.waitForEvent("download"), page.click(".audio a")]);
      assert.match(download.suggestedFilename(), /\.wav$/);
      await page.end();
    },

    async "captcha: a slow calculation shows the code beside"() {
      const page = await visit();
      await page.route(WORKER, (route) => route.fulfill(ENDLESS));
      await page.open(FORM);
      await fillIn(page, house.people[0]);
      await page.click("button.main");
      await page.waitForSelector(".captcha-code", { state: "visible" });
      assert.match(await page.textContent(".captcha-status"), /prend du temps/);
      await checked(page);
      await page.fill("#captcha_code", "000000");
      await page.click("button.main");
      await page.waitForSelector("#captcha_code-error");
      assert.ok(await shown(page), "who typed a code goes on with codes");
      assert.equal(await page.inputValue("#numen"), house.people[0].number);
      await page.end();
    },

    async "captcha: the error is seen, and its link leads to the code"() {
      const page = await visit();
      await page.route(WORKER, (route) => route.fulfill(MISTAKEN));
      await page.open(FORM);
      await fillIn(page, house.people[0]);
      await page.waitForFunction(() => document.querySelector(
        "[name=captcha_pow]").value === "1");
      await page.click("button.main");
      await page.waitForSelector("#captcha_code-error");
      assert.equal(await page.inputValue("#numen"), house.people[0].number);
      assert.ok(!await shown(page));
      await checked(page);
      await page.click(".summary a");
      assert.ok(await shown(page));
      assert.equal(await focused(page), "captcha_code");
      await page.end();
    },

    async "captcha: without workers the code is there"() {
      const page = await visit();
      await page.addInitScript("delete window.Worker");
      await page.open(FORM);
      assert.ok(await shown(page));
      assert.ok(await page.locator(".captcha-switch").isHidden());
      await page.end();
    },
  };
}
