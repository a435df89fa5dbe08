#include "cmd/worker_shop.h"

#include <string.h>

#include <sodium.h>

#include "cmd/common_embedded.h"
#include "cmd/common_keys.h"
#include "cmd/common_settings.h"
#include "lib/base/catalogue.h"
#include "lib/base/err.h"
#include "lib/base/template.h"
#include "lib/flow/meters.h"
#include "lib/flow/parts.h"
#include "lib/people/password.h"
#include "lib/store/audit.h"

static int
open_keys(struct shop *shop, const char *dir, struct err *err)
{
	struct shop_keys *keys = &shop->keys;
	struct arena arena = {0};
	int rc;

	if (keys_read(dir, KEYS_WORKER, "worker.key", &keys->worker, err) !=
		0 ||
	    keys_read(dir, KEYS_WORKER, "record.key", &keys->record, err) !=
		0 ||
	    keys_read(dir, KEYS_WORKER, "audit.key", &keys->audit, err) != 0 ||
	    keys_read(dir, KEYS_WORKER, "operator.key", &keys->operator, err) !=
		0)
		return -1;
	rc = digest_open_keys(
	    arena_printf(&arena, "%s/worker", dir), &keys->numbers, err);
	arena_reset(&arena);
	return rc;
}

/* Requests are sealed to the half that lies in public/: were it another pair's,
 * each of them would be dropped. Where there is none, other machines have it.
 */
static int
fits_public(const char *dir, const struct envelope_sealer *own, struct err *err)
{
	struct envelope_sealer shown;
	struct err none = {0};

	if (keys_read_sealer(dir, &shown, &none) != 0 ||
	    memcmp(shown.public_key, own->public_key, SECRET_KEY) == 0)
		return 0;
	return err_set(err, ERR_CONFIG,
	    "%s: worker/worker.key (%s) and public/worker.pub (%s) are no "
	    "pair, no request would open: restore the one that is wrong, or "
	    "remove worker.pub and run rentree keys init",
	    dir, own->kid, shown.kid);
}

/* One record key, a sub-key for each use. */
static int
set_keys(struct shop *shop, struct err *err)
{
	struct envelope_opener *opener = &shop->work.opener;
	struct envelope_sealer *sealer = &shop->work.sealer;
	struct shop_keys *keys = &shop->keys;

	secret_derive(&keys->record, "token", shop->work.token_key);
	secret_derive(&keys->record, "limit", shop->work.limit_key);
	secret_derive(&keys->record, "session", shop->work.session_key);
	secret_derive(&keys->record, "factor", shop->work.factor_key);
	secret_derive(&keys->record, "intent", keys->intent);
	if (crypto_scalarmult_base(sealer->public_key, keys->worker.bytes) != 0)
		return err_set(err, ERR_CONFIG, "worker.key: not a usable key");
	keys_kid(sealer->public_key, sealer->kid);
	sealer->mac_key = keys->intent;
	memcpy(opener->pairs[0].kid, sealer->kid, sizeof sealer->kid);
	memcpy(opener->pairs[0].public_key, sealer->public_key, SECRET_KEY);
	opener->pairs[0].secret_key = &keys->worker;
	opener->count = 1;
	opener->operator_key = keys->operator.bytes;
	opener->worker_key = keys->intent;
	return 0;
}

static int
open_texts(struct shop *shop, const struct settings *settings, struct err *err)
{
	const struct conf_words *languages = &settings->site.languages;

	for (size_t i = 0; i < languages->count && i < HANDS_LANGUAGES_MAX;
	     i++) {
		shop->catalogues[i] =
		    catalogue_open(&embedded_files, languages->list[i], err);
		if (shop->catalogues[i] == NULL)
			return -1;
		shop->work.catalogues[i] = shop->catalogues[i];
	}
	shop->letters = template_load(&embedded_files, "mailer/templates/",
	    ".txt", TEMPLATE_TEXT, settings->site.templates,
	    shop->work.catalogues, err);
	return shop->letters == NULL ? -1 : 0;
}

int
shop_open(struct shop *shop, const struct settings *settings, struct err *err)
{
	struct workshop *work = &shop->work;

	memset(shop, 0, sizeof *shop);
	if (open_keys(shop, settings->keys.dir, err) != 0 ||
	    set_keys(shop, err) != 0 ||
	    fits_public(settings->keys.dir, &shop->work.sealer, err) != 0 ||
	    open_texts(shop, settings, err) != 0)
		return -1;
	shop->words = password_words_open(settings->password.blocklist, err);
	if (shop->words == NULL)
		return -1;
	work->audit = audit_open(settings->audit.file, &shop->keys.audit, err);
	if (work->audit == NULL)
		return -1;
	work->meters = meters_new(METERS_WORKER, &settings->site.languages);
	work->parts =
	    parts_new(work->meters, 1u << PART_REDIS | 1u << PART_CLOCK |
					1u << PART_DIRECTORY | 1u << PART_MAIL);
	work->site = &settings->site;
	work->limits = &settings->limits;
	work->mail = &settings->mail;
	work->password = &settings->password;
	work->hooks = &settings->hooks;
	work->desk = &settings->desk;
	work->attributes = &settings->attributes;
	work->numbers = &shop->keys.numbers;
	work->words = shop->words;
	work->letters = shop->letters;
	return 0;
}

void
shop_close(struct shop *shop)
{
	parts_free(shop->work.parts);
	meters_free(shop->work.meters);
	audit_close(shop->work.audit);
	password_words_close(shop->words);
	template_free(shop->letters);
	for (size_t i = 0; i < HANDS_LANGUAGES_MAX; i++)
		catalogue_free(shop->catalogues[i]);
	digest_close_keys(&shop->keys.numbers);
	secret_free(&shop->keys.operator);
	secret_free(&shop->keys.audit);
	secret_free(&shop->keys.record);
	secret_free(&shop->keys.worker);
	sodium_memzero(shop, sizeof *shop);
}
