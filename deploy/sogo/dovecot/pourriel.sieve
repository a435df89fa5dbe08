# /etc/dovecot/sieve/pourriel.sieve; run `sievec` on it after each change.
# Before everybody's own filters: what the spam filter marked goes to Pourriel.
# rspamd (milter_headers, extended_spam_headers) and SpamAssassin both write
# X-Spam-Flag or X-Spam.
require ["fileinto", "mailbox"];

if anyof (header :is "X-Spam-Flag" "YES", header :is "X-Spam" "Yes") {
	fileinto :create "Pourriel";
	stop;
}
