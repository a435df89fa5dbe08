// All browser tests, in one house and one browser: `node suite.mjs [WORD…]`.
import * as browser from "./browser.mjs";
import { captchaTests } from "./captcha.mjs";
import { tests as journey } from "./journey.mjs";
import { tests as doors } from "./doors.mjs";
import { tests as states } from "./states.mjs";
import { tests as twists } from "./twists.mjs";

const words = process.argv.slice(2);
let passed = 0, failed = 0;
for (const [name, test] of
  Object.entries({ ...journey, ...captchaTests(browser), ...doors, ...twists, ...states })) {
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
await browser.closeAll();
console.log(`browser: ${passed} passed, ${failed} failed`);
process.exitCode = failed || !passed ? 1 : 0;
