// All browser tests, in one house and one browser: `node suite.mjs [WORD…]`.
// What fails is run once more at the end, alone, in a fresh house and a fresh
// browser (`=NAME`); if it passes then it has passed, and is called UNSTEADY.
// STRICT=1: nothing is run twice.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import * as browser from "./browser.mjs";
import { captchaTests } from "./captcha.mjs";
import { tests as journey } from "./journey.mjs";
import { tests as doors } from "./doors.mjs";
import { tests as states } from "./states.mjs";
import { tests as tour } from "./tour.mjs";
import { tests as twists } from "./twists.mjs";

const MOST = 5; // more are no bad moment of the machine
const words = process.argv.slice(2);
const wanted = (name) => !words.length || words.some((word) =>
  word.startsWith("=") ? word === `=${name}` : name.includes(word));
const failed = new Map(), unsteady = new Map();
let passed = 0;

async function run(name, test) {
  const begin = Date.now();
  try {
    await test();
    passed++;
    console.log(`  ok     ${((Date.now() - begin) / 1000).toFixed(1)} s  ${name}`);
  } catch (error) {
    const said = `FAILED ${name}\n${error?.stack ?? error}\n`;
    failed.set(name, said);
    console.log(`  ${said}`);
  }
}

function secondChance(name) {
  console.log(`once more, in a fresh house: ${name}`);
  const { status, stdout } = spawnSync(process.execPath,
    [fileURLToPath(import.meta.url), `=${name}`],
    { stdio: ["ignore", "pipe", "inherit"], encoding: "utf8",
      env: { ...process.env, STRICT: "1" } });
  console.log(stdout.replace(/^/gm, "  ")); // its last line is not ours
  if (status !== 0) return;
  unsteady.set(name, failed.get(name));
  failed.delete(name);
  passed++;
}

for (const [name, test] of
  Object.entries({ ...journey, ...captchaTests(browser), ...doors, ...twists, ...states, ...tour }))
  if (wanted(name)) await run(name, test);
const crashed = await browser.closeAll();
if (!crashed && !process.env.STRICT && failed.size <= MOST)
  [...failed.keys()].forEach(secondChance);

if (crashed) failed.set("crash", `FAILED crash: ${crashed}`); // never forgiven
for (const [name, said] of unsteady)
  console.log(`UNSTEADY ${name}: it passed when it was run once more; at first:\n${said}`);
for (const said of failed.values()) console.log(said);
for (const [what, names] of [["unsteady", unsteady], ["failed", failed]])
  if (names.size) console.log(`(${names.size} ${what}: ${[...names.keys()].join(", ")})`);
console.log(`browser: ${passed} passed, ${failed.size} failed`);
process.exitCode = failed.size || !passed ? 1 : 0;
