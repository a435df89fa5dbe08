// A calculation in a worker stands in for the code, and says so in one
// quiet line. Without this script, or without workers, the code stays.
"use strict";

(() => {
  const here = document.currentScript.src;
  const WORKERS = Math.min(navigator.hardwareConcurrency || 1, 4);
  const PATIENCE_MS = 5000; // then the code is shown beside

  function start(box) {
    const find = (selector) => box.querySelector(selector);
    const text = box.dataset;
    const form = box.closest("form");
    const code = find(".captcha-code");
    const typed = find("[name=captcha_code]");
    const change = find(".captcha-switch");
    const answer = find("[name=captcha_pow]");
    const say = (words) => { find(".captcha-status").textContent = words || ""; };
    let state = "idle"; // working, done; code: the person's own choice
    let workers = [], sent, slow; // sent: the event that waits

    function show(visible) {
      if (!code) return;
      code.hidden = !visible;
      change.hidden = visible;
      typed.disabled = !visible; // or `required` blocks unseen
    }

    function stop(next, words) {
      for (const worker of workers.splice(0)) worker.terminate();
      clearTimeout(slow);
      state = next;
      say(words);
      show(next === "code" || (typed && typed === document.activeElement));
      if (next !== "code") return;
      if (sent) typed?.focus();
      sent = null;
    }

    function hear({ data }) {
      box.style.setProperty("--captcha-progress", data.progress ?? 1);
      if (!data.solution || state !== "working") return;
      answer.value = data.solution;
      stop("done", text.textDone);
      if (sent) form.requestSubmit ? form.requestSubmit(sent.submitter) : form.submit();
    }

    function work() {
      if (state !== "idle") return;
      const failed = () => stop("code", text.textFailed);
      state = "working";
      say(text.textWorking);
      try {
        for (let first = 0; first < WORKERS; first++) {
          const worker = new Worker(text.worker || new URL("pow-worker.js", here));
          workers.push(worker);
          worker.onmessage = hear;
          worker.onerror = failed;
          worker.postMessage({ id: text.captchaId, bits: +text.powBits, first, step: WORKERS });
        }
      } catch {
        return failed();
      }
      slow = setTimeout(() => {
        show(true);
        say(text.textSlow);
      }, PATIENCE_MS);
    }

    form.addEventListener("focusin", work);
    form.addEventListener("submit", (event) => {
      work();
      if (state !== "working" || (typed && !typed.disabled && typed.value)) return;
      event.preventDefault();
      sent = event;
    });
    if (code) {
      change.textContent = text.textSwitch;
      change.addEventListener("click", (event) => {
        sent = event;
        answer.value = "";
        stop("code");
      });
    }
    // The summary of errors leads to the code: then it must be there.
    document.querySelector('[href="#captcha_code"]')
      ?.addEventListener("click", () => stop("code"));
    if (code && "chosen" in text) return stop("code");
    box.classList.add("captcha-works");
    show(false);
    setTimeout(work, 1000);
  }

  if (window.Worker) document.querySelectorAll("[data-pow-bits]").forEach(start);
})();
