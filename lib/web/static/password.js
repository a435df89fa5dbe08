"use strict";
// "Afficher le mot de passe": without JavaScript the box is not there.
(() => {
  const box = document.getElementById("afficher");
  if (!box) return;
  box.closest(".show").hidden = false;
  box.addEventListener("change", () => {
    for (const id of ["motdepasse_actuel", "motdepasse", "confirmation"]) {
      const field = document.getElementById(id);
      if (field) field.type = box.checked ? "text" : "password";
    }
  });
})();
