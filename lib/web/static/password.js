"use strict";
// "Afficher le mot de passe": without JavaScript the box is not there.
(() => {
  const box = document.getElementById("afficher");
  if (!box) return;
  box.closest(".show").hidden = false;
  box.addEventListener("change", () => {
    for (const id of ["motdepasse", "confirmation"])
      document.getElementById(id).type = box.checked ? "text" : "password";
  });
})();
