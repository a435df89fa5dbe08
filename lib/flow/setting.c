#include "lib/flow/setting.h"

#include <string.h>

#include <sodium.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/flow/hands.h"
#include "lib/flow/intent.h"
#include "lib/people/password.h"
#include "lib/people/people_conf.h"
#include "lib/people/person.h"

void
setting_leave_second(const char *pwd_changed)
{
	char now[CLOCK_GENERALIZED];
	int64_t now_ms = clock_now_ms();

	clock_generalized(now_ms, now);
	if (strcmp(now, pwd_changed) == 0)
		clock_sleep_ms(1000 - now_ms % 1000);
}

bool
setting_is_late(int64_t since_ms)
{
	return clock_mono_ms() - since_ms > SETTING_FRESH_MS;
}

unsigned
setting_judge(struct hands *hands, const struct person *person,
    const char *typed, const char **normal)
{
	const struct workshop *shop = hands->shop;
	struct password_context context = {
	    .words = person_words(person, shop->site->name, &hands->arena),
	    .uid = person->login,
	    .birth = person->birth,
	    .proofs = (const char *const *)person->proofs,
	    .keys = shop->numbers,
	    .this_year = clock_local_day(clock_now_ms(), NULL, NULL).year};

	return password_judge(shop->password, shop->words, &context, typed,
	    &hands->arena, normal);
}

int
setting_seal(struct hands *hands, const struct intent *intent,
    char id[ENVELOPE_ID_TEXT], struct buf *sealed, struct err *err)
{
	struct envelope envelope = {
	    .kind = REQUEST_INTENT, .asked_ms = clock_now_ms()};
	struct buf payload;
	int rc;

	randombytes_buf(envelope.id, sizeof envelope.id);
	envelope_id_text(envelope.id, id);
	buf_init(&payload, ENVELOPE_PADDED);
	intent_pack(intent, &payload);
	envelope.payload = payload.bytes;
	envelope.len = payload.len;
	rc = envelope_seal(&hands->shop->sealer, &envelope, sealed, err);
	buf_free(&payload);
	return rc;
}
