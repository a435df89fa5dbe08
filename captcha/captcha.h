/*
 * captcha - a small toll at the door: proof of work, or six digits to read.
 *
 * Stateless until used. An id is sealed: random bytes, purpose, expiry,
 * difficulty and the six digits, encrypted and authenticated under captcha.key
 * (XChaCha20-Poly1305). Whoever has the id can fetch its picture; nobody can
 * make one or read the digits from it. The picture is the same whenever it is
 * asked for (a generator seeded by a keyed hash of the id), so averaging many
 * pictures of one id gains nothing.
 *
 * A solution is either the code, or a decimal n such that
 * SHA-256(id ‖ "." ‖ n) begins with as many zero bits as the id's difficulty.
 * The id is text of one alphabet and n is digits only, so the joint is
 * unambiguous.
 *
 * Single use is the caller's: captcha_name() names it in Redis, and
 * captcha_request_id() is the id of the request it lets through, so that a
 * double click is one request.
 *
 * Not protected: people paid to read pictures, models trained on these, fast
 * hardware for the proof of work. Limits carry the rest.
 */
#ifndef CAPTCHA_CAPTCHA_H
#define CAPTCHA_CAPTCHA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/base.h"
#include "lib/base/conf.h"
#include "lib/base/secret.h"

struct arena;
struct buf;
struct err;

enum {
	CAPTCHA_DIGITS = 6,
	CAPTCHA_ID = 112, /* room for the text of an id, NUL included */
	CAPTCHA_NAME = 44,
	CAPTCHA_LIFE_S = 1800, /* a form may stay open that long */
	/* Half a second on a phone, and two under a storm: README.md */
	CAPTCHA_POW_BITS = 17,
	CAPTCHA_POW_BITS_MAX = 19,
	CAPTCHA_PNG_MAX = 8192,
	CAPTCHA_WAV_MAX = 512 * 1024,
};

/* Which form it was made for. The numbers are in the sealed id. */
enum captcha_purpose {
	CAPTCHA_RECOVER = 1,
	CAPTCHA_REMIND = 2,
	CAPTCHA_ACTIVATE = 3,
	CAPTCHA_CHANGE = 4,
	CAPTCHA_ADDRESS = 5,
	CAPTCHA_RESEND = 6,
};

enum captcha_mode {
	CAPTCHA_POW_OR_CODE,
	CAPTCHA_CODE,
	CAPTCHA_POW,
	CAPTCHA_OFF, /* only when the site is on loopback */
};

struct captcha_conf {
	int mode; /* enum captcha_mode */
	long calm_per_minute;
};
extern const struct conf_def captcha_conf_defs[];

/* key: the 32 bytes of captcha.key. now_ms: wall time. */
void captcha_make(const unsigned char key[SECRET_KEY],
    enum captcha_purpose purpose, unsigned pow_bits, int64_t now_ms,
    char id[CAPTCHA_ID]);

enum captcha_verdict {
	CAPTCHA_RIGHT,
	CAPTCHA_WRONG,   /* wrong or empty answer */
	CAPTCHA_EXPIRED, /* ours, but too old */
	CAPTCHA_FOREIGN, /* not an id of ours, or of another form */
};

struct captcha_answer {
	const char *id;
	const char *code; /* NULL or "": none; spaces are ignored */
	const char *pow;  /* NULL or "": none; digits, at most 18 */
};

/* Constant time in the digits. With mode off an empty answer is right too, and
 * so is an empty id. */
enum captcha_verdict captcha_check(const unsigned char key[SECRET_KEY],
    enum captcha_mode mode, enum captcha_purpose purpose,
    const struct captcha_answer *answer, int64_t now_ms) MUST_CHECK;

/* Ours, of whatever form, and not over: what there is to use up. */
bool captcha_is_live(
    const unsigned char key[SECRET_KEY], const char *id, int64_t now_ms);

/* The difficulty inside, for the form; 0 when not ours. */
unsigned captcha_pow_bits(const unsigned char key[SECRET_KEY], const char *id);

/* Its name in Redis: base64url of a hash of the id. */
void captcha_name(const char *id, char name[CAPTCHA_NAME]);
/* Keyed: a stranger who saw the id cannot compute the request's. */
void captcha_request_id(const unsigned char key[SECRET_KEY], const char *id,
    unsigned char request_id[16]);

/* LOOKUP_ABSENT: no id of ours, or expired. */
enum lookup captcha_png(const unsigned char key[SECRET_KEY], const char *id,
    int64_t now_ms, struct buf *out, struct err *err) MUST_CHECK;
/* Digits spoken in language ("fr", "en"), 8 kHz mono WAV. */
enum lookup captcha_wav(const unsigned char key[SECRET_KEY], const char *id,
    const char *language, int64_t now_ms, struct buf *out,
    struct err *err) MUST_CHECK;

#endif
