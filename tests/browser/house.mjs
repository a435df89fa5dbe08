// A running house of the integration tests, and its mails.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const SCRIPT = fileURLToPath(
  new URL("../integration/house.py", import.meta.url));

export async function openHouse() {
  const child = spawn("/usr/bin/python3", [SCRIPT, "serve"],
    { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout });
  const line = await Promise.race([
    once(lines, "line"),
    once(child, "exit").then(() => { throw new Error("no house"); }),
  ]);
  const house = JSON.parse(line[0]);
  const ended = once(child, "exit").then(() => { throw new Error("ended"); });
  ended.catch(() => {}); // the close below
  // One question at a time: tests run one after the other.
  async function ask(what, more = {}) {
    const heard = once(lines, "line");
    child.stdin.write(`${JSON.stringify({ do: what, ...more })}\n`);
    return JSON.parse((await Promise.race([heard, ended]))[0]);
  }
  return {
    ...house,
    ask,
    next: () => house.people.shift(),
    // What a program died of, or "".
    async close() {
      const gone = once(child, "exit"), said = once(lines, "line");
      child.stdin.end();
      const [line] = await Promise.race([said, gone]);
      return typeof line === "string" ? line : "";
    },
  };
}

const sleep = (ms) => new Promise((done) => { setTimeout(done, ms); });
const unescape = (text) => text.replaceAll("&amp;", "&");

// The newest link that was mailed to somebody.
export async function mailedLink(house, person, seconds = 15) {
  for (const end = Date.now() + seconds * 1000; Date.now() < end;) {
    const page = await (await fetch(house.mails)).text();
    for (const mail of page.split("<article>").slice(1)) {
      const link = /href="([^"]*\/r\/[^"]*)"/.exec(mail);
      if (mail.includes(person.mail) && link) return unescape(link[1]);
    }
    await sleep(100);
  }
  throw new Error(`no mail to ${person.mail}`);
}
