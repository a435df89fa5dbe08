// A calculation in a worker stands in for the code, and says so in one
// quiet line. Without this script, or without workers, the code stays.
"use strict";

(() => {
  const here = document.currentScript.src;

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
    let worker, sent; // the event that waits

    function show(visible) {
      if (!code) return;
      code.hidden = !visible;
      change.hidden = visible;
      typed.disabled = !visible; // or `required` blocks unseen
    }

    function stop(next, words) {
      if (worker) worker.terminate();
      worker = null;
      state = next;
      say(words);
      if (next !== "code") return;
      show(true);
      if (sent) typed?.focus();
      sent = null;
    }

    function hear({ data }) {
      box.style.setProperty("--captcha-progress", data.progress ?? 1);
      if (!data.solution) return;
      answer.value = data.solution;
      stop("done", text.textDone);
      if (sent) form.requestSubmit ? form.requestSubmit(sent.submitter) : form.submit();
    }

    function work() {
      if (state !== "idle") return;
      const failed = () => stop("code", text.textFailed);
      try {
        worker = new Worker(text.worker || new URL("pow-worker.js", here));
      } catch {
        return failed();
      }
      state = "working";
      say(text.textWorking);
      worker.onmessage = hear;
      worker.onerror = failed;
      worker.postMessage({ id: text.captchaId, bits: +text.powBits });
    }

    form.addEventListener("focusin", work);
    form.addEventListener("submit", (event) => {
      work();
      if (state !== "working") return;
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
    show(false);
    setTimeout(work, 1000);
  }

  if (window.Worker) document.querySelectorAll("[data-pow-bits]").forEach(start);
})();
