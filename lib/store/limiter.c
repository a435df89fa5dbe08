#include "lib/store/limiter.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/err.h"
#include "lib/base/fault.h"
#include "lib/base/text.h"
#include "lib/store/kv.h"
#include "lib/store/limiter_internal.h"

enum {
	V4_BITS = 128,
	V6_HOME_BITS = 64, /* what one subscriber has */
	V6_SITE_BITS = 48, /* what an organisation, or a hoster, has */
	NAME_BYTES = 8,
};

/* Keyed BLAKE2b of a class and a value; the NUL keeps them apart. */
static void
make_hash(const unsigned char key[SECRET_KEY], const char *class_name,
    const void *value, size_t len, unsigned char hash[32])
{
	static const unsigned char salt[16] = {0};
	static const unsigned char personal[16] = "rentree.limit";
	crypto_generichash_blake2b_state state;

	crypto_generichash_blake2b_init_salt_personal(
	    &state, key, SECRET_KEY, 32, salt, personal);
	crypto_generichash_blake2b_update(
	    &state, (const void *)class_name, strlen(class_name) + 1);
	crypto_generichash_blake2b_update(&state, value, len);
	crypto_generichash_blake2b_final(&state, hash, 32);
	sodium_memzero(&state, sizeof(state));
}

/* "<class><number of the rate>:<text>". limits_conf_check() sees to it that
 * the list has room. */
static void
add_checks(struct limit_list *list, const char *class_name, const char *text,
    const struct conf_rates *rates)
{
	for (size_t i = 0; i < rates->count; i++) {
		struct limit_check *check = &list->checks[list->count];
		bool fits;

		assert(list->count < LIMITER_CHECKS_MAX);
		*check = (struct limit_check){.rate = rates->list[i]};
		fits = text_format(check->name, sizeof(check->name), "%s%zu:%s",
		    class_name, i, text);
		assert(fits);
		list->count++;
	}
}

static struct conf_rates
multiply(const struct conf_rates *rates, long factor)
{
	struct conf_rates more = *rates;

	for (size_t i = 0; i < more.count; i++)
		more.list[i].burst *= factor;
	return more;
}

static void
add_network(struct limit_list *list, const unsigned char key[SECRET_KEY],
    const struct net_address *client, unsigned bits,
    const struct conf_rates *rates)
{
	struct net_address cut = net_cut(client, bits);
	unsigned char hash[32];
	char class_name[8], text[2 * NAME_BYTES + 1];

	(void)!text_format(class_name, sizeof(class_name), "a%u-", bits);
	make_hash(key, class_name, cut.bytes, sizeof(cut.bytes), hash);
	sodium_bin2hex(text, sizeof(text), hash, NAME_BYTES);
	add_checks(list, class_name, text, rates);
}

void
limiter_add_address(struct limit_list *list,
    const unsigned char key[SECRET_KEY], const struct limits_conf *conf,
    const struct net_address *client)
{
	const struct conf_rates *rates =
	    net_is_in(client, &conf->school_networks)
		? &conf->per_school_address
		: &conf->per_address;
	struct conf_rates site = multiply(rates, LIMITER_NET48_FACTOR);

	if (net_is_v4(client)) {
		add_network(list, key, client, V4_BITS, rates);
		return;
	}
	add_network(list, key, client, V6_HOME_BITS, rates);
	add_network(list, key, client, V6_SITE_BITS, &site);
}

void
limiter_add_value(struct limit_list *list, const unsigned char key[SECRET_KEY],
    const char *class_name, const struct conf_rates *rates, const void *value,
    size_t len)
{
	size_t first = list->count;
	unsigned char hash[32];
	uint32_t bits;
	char text[8];

	make_hash(key, class_name, value, len, hash);
	bits = ((uint32_t)hash[0] << 16 | (uint32_t)hash[1] << 8 | hash[2]) &
	       ((1u << LIMITER_IDENTITY_BITS) - 1);
	(void)!text_format(text, sizeof(text), "%06x", bits);
	add_checks(list, class_name, text, rates);
	/* After one step of the refill there is room for one, always. */
	for (size_t i = first; i < list->count; i++) {
		const struct conf_rate *rate = &list->checks[i].rate;

		list->checks[i].constant_retry_s =
		    (rate->period_s + rate->burst - 1) / rate->burst;
	}
}

/* --- asking -------------------------------------------------------------- */

size_t
limiter_write(
    const struct limit_list *list, struct kv_arg *args, char numbers[][24])
{
	size_t used = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct limit_check *check = &list->checks[i];

		args[used++] = kv_text(check->name);
		args[used++] = kv_number(numbers[2 * i], check->rate.burst);
		args[used++] = kv_number(
		    numbers[2 * i + 1], (int64_t)check->rate.period_s * 1000);
	}
	return used;
}

int
limiter_read(const struct limit_list *list, const struct kv_reply *items,
    size_t count, struct limit_verdict *verdict, struct err *err)
{
	size_t which;
	int64_t wait_ms;

	if (count != 2 || items[0].type != KV_INTEGER ||
	    items[1].type != KV_INTEGER || items[0].integer < 1 ||
	    (size_t)items[0].integer > list->count)
		return err_set(err, ERR_INTERNAL, "limits: strange answer");
	which = (size_t)items[0].integer - 1;
	wait_ms = items[1].integer;
	*verdict = (struct limit_verdict){.refused = true,
	    .which = which,
	    .retry_after_s = (long)((wait_ms + 999) / 1000)};
	if (list->checks[which].constant_retry_s > 0)
		verdict->retry_after_s = list->checks[which].constant_retry_s;
	if (verdict->retry_after_s < 1)
		verdict->retry_after_s = 1;
	return 0;
}

static int
read_answer(const struct limit_list *list, const struct kv_reply *reply,
    struct limit_verdict *verdict, struct err *err)
{
	if (reply->type != KV_LIST || reply->count < 1 ||
	    reply->items[0].type != KV_INTEGER)
		return err_set(err, ERR_INTERNAL, "limits: strange answer");
	if (reply->items[0].integer == 0)
		return 0;
	return limiter_read(
	    list, reply->items + 1, reply->count - 1, verdict, err);
}

int
limiter_count(struct kv *kv, const struct limit_list *list, bool as_worker,
    struct limit_verdict *verdict, struct err *err)
{
	struct kv_arg args[4 + 3 * LIMITER_CHECKS_MAX] = {kv_text("FCALL"),
	    kv_text(as_worker ? "rentree_count" : "rentree_limit"),
	    kv_text("0")};
	char base[KV_KEY], numbers[2 * LIMITER_CHECKS_MAX][24];
	struct arena arena = {0};
	struct kv_reply reply;
	size_t used = 4;
	int rc;

	*verdict = (struct limit_verdict){0};
	if (list->count == 0)
		return 0;
	kv_key(kv, base, "%s", "");
	args[3] = kv_text(base);
	used += limiter_write(list, args + used, numbers);
	rc = kv_command(kv, args, used, &arena, &reply, err);
	if (rc == 0)
		rc = read_answer(list, &reply, verdict, err);
	FAULT_POINT("limiter.counted");
	arena_reset(&arena);
	return rc;
}
