/*
 * worker_shop - everything the worker's threads share, opened once and in
 * order: keys, texts, words, audit.
 */
#ifndef CMD_WORKER_SHOP_H
#define CMD_WORKER_SHOP_H

#include "lib/base/secret.h"
#include "lib/flow/hands.h"
#include "lib/people/digest.h"

struct err;
struct settings;

struct shop_keys {
	struct secret worker, record, audit, operator;
	struct digest_keys numbers;
	unsigned char intent[SECRET_KEY];
};

struct shop {
	struct workshop work;
	struct shop_keys keys;
	struct catalogue *catalogues[HANDS_LANGUAGES_MAX];
	struct template_set *letters;
	struct password_words *words;
};

int shop_open(struct shop *shop, const struct settings *settings,
    struct err *err) MUST_CHECK;
void shop_close(struct shop *shop);

#endif
