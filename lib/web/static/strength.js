// Length and variety of the new password, while it is typed: a help, no more.
// The verdict is the server's, with its reason. The sums are those of
// lib/people/password.c (formal_bits). Eyes see every key; a screen reader is
// told once the typing rests.
"use strict";

(() => {
  const REST_MS = 1500;
  const CLASSES = [[/[a-z]/, 26], [/[A-Z]/, 26], [/[0-9]/, 10], [/[^a-zA-Z0-9]/, 37]];
  const box = document.querySelector(".strength");
  const field = document.getElementById("motdepasse");
  if (!box || !field) return;
  const rows = [...box.querySelectorAll("[data-wanted]")];
  const told = box.querySelector("[role=status]");
  let timer;

  function measure(typed) {
    const normal = typed.normalize("NFC");
    const length = [...normal].length;
    const alphabet = CLASSES.reduce(
      (sum, [letters, size]) => sum + (letters.test(normal) ? size : 0), 0);
    return { length, bits: alphabet ? Math.floor(length * Math.log2(alphabet)) : 0 };
  }

  function show() {
    const found = measure(field.value);
    const sentences = rows.map((row) => {
      const value = found[row.dataset.what];
      const sentence = row.dataset.text.replace("{n}", value);
      row.classList.toggle("enough", value >= +row.dataset.wanted);
      row.querySelector("span").textContent = sentence;
      row.querySelector("progress").value = value;
      return `${sentence}.`;
    });
    clearTimeout(timer);
    timer = setTimeout(() => {
      told.textContent = field.value ? sentences.join(" ") : "";
    }, REST_MS);
  }

  field.addEventListener("input", show);
  addEventListener("pageshow", show); // back: the field may be filled
  box.hidden = false;
  show();
})();
