"use strict";
(() => {
  // "Afficher le mot de passe": without JavaScript the box is not there.
  const box = document.getElementById("afficher");
  if (!box) return;
  box.closest(".show").hidden = false;
  box.addEventListener("change", () => {
    for (const id of ["motdepasse_actuel", "motdepasse", "confirmation"]) {
      const field = document.getElementById(id);
      if (field) field.type = box.checked ? "text" : "password";
    }
  });

  // A double click sends once: the second answer would hide the first.
  let sent = false;
  box.form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return; // the captcha is not ready
    if (sent) event.preventDefault();
    sent = true;
  });
  addEventListener("pageshow", () => { sent = false; });
})();
