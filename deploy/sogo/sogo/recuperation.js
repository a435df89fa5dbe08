/* Rentrée - our link on SOGo's login page without a template: the second way of
 * README.md. Loaded on every page of SOGo; does something on one. */
(function () {
  'use strict';
  var ADDRESS = 'https://comptes.example.fr/';

  function add() {
    var form = document.querySelector('form[name="loginForm"]');
    var link;

    if (!form || document.getElementById('rentree-link'))
      return Boolean(form);
    link = document.createElement('a');
    link.id = 'rentree-link';
    link.href = ADDRESS;
    link.lang = 'fr';
    link.textContent = 'Première connexion ou mot de passe oublié\u00a0?';
    link.style.cssText = 'display:block;text-align:center;padding:8px;' +
      'color:#000;text-decoration:underline';
    form.appendChild(link);
    return true;
  }

  /* The form appears once Angular has drawn it; thirty seconds, and no more. */
  var left = 150;
  var timer = window.setInterval(function () {
    if (add() || --left === 0)
      window.clearInterval(timer);
  }, 200);
})();
