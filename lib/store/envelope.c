#include "lib/store/envelope.h"

#include <sodium.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/pack.h"

enum {
	ID_DIGITS = ENVELOPE_ID_TEXT - 1,
	KID_MAX = 16,
	MAC = crypto_generichash_blake2b_BYTES,
	/* What the widest header and a seal add must fit beside the padding. */
	FRAME_MAX = 2 + KID_MAX + 1 + ID_DIGITS + 1 + crypto_box_SEALBYTES,
};
_Static_assert(FRAME_MAX <= ENVELOPE_MAX - ENVELOPE_PADDED_LARGE,
    "ENVELOPE_MAX holds every envelope");
_Static_assert(SECRET_KEY == crypto_box_PUBLICKEYBYTES &&
		   SECRET_KEY == crypto_box_SECRETKEYBYTES,
    "keys of crypto_box are keys of ours");

/* Personalisation: this use of a key gives no MAC of another use. */
static const unsigned char mac_personal[16] = "rentree.envelope";
static const unsigned char mac_salt[16] = {0};

struct kind_row {
	enum request_kind kind;
	const char *name;
	enum envelope_authority authority;
	size_t padded;
};

static const struct kind_row kinds[] = {
    {REQUEST_RECOVER, "recover", ENVELOPE_ANYONE, ENVELOPE_PADDED},
    {REQUEST_REMIND, "remind", ENVELOPE_ANYONE, ENVELOPE_PADDED},
    {REQUEST_ACTIVATE, "activate", ENVELOPE_ANYONE, ENVELOPE_PADDED},
    {REQUEST_RESEND, "resend", ENVELOPE_ANYONE, ENVELOPE_PADDED},
    {REQUEST_INVITE, "invite", ENVELOPE_OPERATOR, ENVELOPE_PADDED},
    {REQUEST_FAREWELL, "farewell", ENVELOPE_OPERATOR, ENVELOPE_PADDED},
    {REQUEST_FOLLOW_OPERATOR, "follow-operator", ENVELOPE_OPERATOR,
	ENVELOPE_PADDED},
    {REQUEST_EXPEL, "expel", ENVELOPE_OPERATOR, ENVELOPE_PADDED},
    {REQUEST_FOLLOW, "follow", ENVELOPE_WORKER, ENVELOPE_PADDED},
    {REQUEST_INTENT, "intent", ENVELOPE_WORKER, ENVELOPE_PADDED},
    {REQUEST_ERRAND, "errand", ENVELOPE_WORKER, ENVELOPE_PADDED},
    {REQUEST_PEEK, "peek", ENVELOPE_ANYONE, ENVELOPE_PADDED},
    {REQUEST_REDEEM, "redeem", ENVELOPE_ANYONE, ENVELOPE_PADDED_LARGE},
    {REQUEST_CHANGE, "change", ENVELOPE_ANYONE, ENVELOPE_PADDED_LARGE},
    {REQUEST_DISOWN, "disown", ENVELOPE_ANYONE, ENVELOPE_PADDED},
    {REQUEST_ADDRESS, "address", ENVELOPE_ANYONE, ENVELOPE_PADDED_LARGE},
    {REQUEST_CONFIRM, "confirm", ENVELOPE_ANYONE, ENVELOPE_PADDED},
    {REQUEST_LETTER, "letter", ENVELOPE_ANYONE, ENVELOPE_PADDED},
    {REQUEST_DESK_SIGNIN, "desk-signin", ENVELOPE_ANYONE,
	ENVELOPE_PADDED_LARGE},
    {REQUEST_DESK_ENROL, "desk-enrol", ENVELOPE_ANYONE, ENVELOPE_PADDED_LARGE},
    {REQUEST_DESK_SIGNOUT, "desk-signout", ENVELOPE_ANYONE, ENVELOPE_PADDED},
    {REQUEST_DESK_SEARCH, "desk-search", ENVELOPE_ANYONE, ENVELOPE_PADDED},
    {REQUEST_DESK_LOOK, "desk-look", ENVELOPE_ANYONE, ENVELOPE_PADDED},
    {REQUEST_DESK_DEED, "desk-deed", ENVELOPE_ANYONE, ENVELOPE_PADDED},
};

static const struct kind_row *
find_kind(unsigned number)
{
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if ((unsigned)kinds[i].kind == number)
			return &kinds[i];
	return NULL;
}

const char *
request_kind_name(enum request_kind kind)
{
	const struct kind_row *row = find_kind(kind);

	return row != NULL ? row->name : "unknown";
}

enum envelope_authority
request_kind_authority(enum request_kind kind)
{
	const struct kind_row *row = find_kind(kind);

	/* A number nobody knows gets the narrowest door. */
	return row != NULL ? row->authority : ENVELOPE_WORKER;
}

bool
request_kind_is_interactive(enum request_kind kind)
{
	return kind >= REQUEST_PEEK;
}

static void
make_mac(const unsigned char key[SECRET_KEY], const void *content, size_t len,
    unsigned char mac[MAC])
{
	crypto_generichash_blake2b_salt_personal(
	    mac, MAC, content, len, key, SECRET_KEY, mac_salt, mac_personal);
}

/* Everything but the MAC, in the order open_content() reads it. */
static void
pack_content(struct buf *content, const struct envelope *envelope)
{
	bool interactive = request_kind_is_interactive(envelope->kind);

	pack_u8(content, (uint8_t)envelope->kind);
	pack_bytes(content, envelope->id, ENVELOPE_ID);
	pack_u64(content, (uint64_t)envelope->asked_ms);
	pack_text(content, envelope->reply_to);
	pack_bytes(content, envelope->reply_key, interactive ? SECRET_KEY : 0);
	pack_bytes(content, envelope->payload, envelope->len);
}

static int
write_content(const struct envelope_sealer *sealer, const struct kind_row *row,
    const struct envelope *envelope, struct buf *content, struct err *err)
{
	unsigned char mac[MAC];

	if (request_kind_is_interactive(row->kind) !=
		(envelope->reply_to[0] != '\0') ||
	    envelope->asked_ms < 0)
		return err_set(err, ERR_INTERNAL,
		    "%s request: reply address or time is wrong", row->name);
	pack_content(content, envelope);
	if (row->authority == ENVELOPE_ANYONE) {
		pack_bytes(content, NULL, 0);
	} else if (sealer->mac_key == NULL) {
		return err_set(err, ERR_INTERNAL,
		    "%s request: this process may not ask it", row->name);
	} else {
		make_mac(sealer->mac_key, content->bytes, content->len, mac);
		pack_bytes(content, mac, MAC);
	}
	/* The padding takes one byte at least. */
	if (!buf_ok(content) || content->len >= row->padded)
		return err_set(err, ERR_INTERNAL,
		    "%s request: payload of %zu bytes is too large", row->name,
		    envelope->len);
	return 0;
}

static int
seal_content(const struct envelope_sealer *sealer, size_t padded,
    const struct buf *content, struct buf *out)
{
	unsigned char plain[ENVELOPE_PADDED_LARGE] = {0};
	unsigned char sealed[ENVELOPE_PADDED_LARGE + crypto_box_SEALBYTES];
	int rc;

	memcpy(plain, content->bytes, content->len);
	rc = sodium_pad(NULL, plain, content->len, padded, sizeof(plain));
	if (rc == 0)
		rc = crypto_box_seal(sealed, plain, padded, sealer->public_key);
	if (rc == 0)
		buf_add(out, sealed, padded + crypto_box_SEALBYTES);
	sodium_memzero(plain, sizeof(plain));
	return rc;
}

int
envelope_seal(const struct envelope_sealer *sealer,
    const struct envelope *envelope, struct buf *out, struct err *err)
{
	const struct kind_row *row = find_kind(envelope->kind);
	char id[ENVELOPE_ID_TEXT];
	struct buf content;
	int rc;

	if (row == NULL)
		return err_set(err, ERR_INTERNAL, "request of unknown kind %u",
		    (unsigned)envelope->kind);
	buf_init(&content, ENVELOPE_PADDED_LARGE);
	rc = write_content(sealer, row, envelope, &content, err);
	if (rc == 0) {
		envelope_id_text(envelope->id, id);
		buf_addf(out, "1|%s|%s|", sealer->kid, id);
		if (seal_content(sealer, row->padded, &content, out) != 0)
			rc = err_set(err, ERR_INTERNAL,
			    "%s request: key %s cannot seal", row->name,
			    sealer->kid);
		else if (!buf_ok(out))
			rc = err_set(err, ERR_INTERNAL,
			    "%s request: no room to seal it", row->name);
	}
	buf_free(&content);
	return rc;
}

/* --- opening --------------------------------------------------------------*/

struct frame {
	char kid[KID_MAX + 1];
	char id[ENVELOPE_ID_TEXT];
	const unsigned char *sealed;
	size_t padded; /* of the content */
};

static bool
is_kid_char(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z') || c == '.' || c == '_' || c == '-';
}

static bool
is_hex_digit(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* Moves a field of at least min and at most max good characters, and the bar
 * behind it, from *at to out. */
static bool
read_field(const unsigned char **at, const unsigned char *end,
    bool (*is_good)(unsigned char c), size_t min, size_t max, char *out)
{
	size_t len = 0;

	while (*at < end && len < max && is_good(**at))
		out[len++] = (char)*(*at)++;
	out[len] = '\0';
	return len >= min && *at < end && *(*at)++ == '|';
}

static bool
read_frame(const void *bytes, size_t len, struct frame *frame)
{
	const unsigned char *at = bytes, *end = at + len;
	size_t rest;

	if (len > ENVELOPE_MAX || len < 2 || at[0] != '1' || at[1] != '|')
		return false;
	at += 2;
	if (!read_field(&at, end, is_kid_char, 1, KID_MAX, frame->kid) ||
	    !read_field(
		&at, end, is_hex_digit, ID_DIGITS, ID_DIGITS, frame->id))
		return false;
	rest = (size_t)(end - at);
	if (rest != ENVELOPE_PADDED + crypto_box_SEALBYTES &&
	    rest != ENVELOPE_PADDED_LARGE + crypto_box_SEALBYTES)
		return false;
	frame->sealed = at;
	frame->padded = rest - crypto_box_SEALBYTES;
	return true;
}

/* The content without its padding, in arena; NULL when it does not open. */
static const unsigned char *
unseal(const struct envelope_opener *opener, const struct frame *frame,
    struct arena *arena, size_t *len)
{
	unsigned char *plain = arena_alloc(arena, frame->padded);
	size_t i;

	for (i = 0; i < opener->count; i++)
		if (strcmp(opener->pairs[i].kid, frame->kid) == 0)
			break;
	if (i == opener->count ||
	    crypto_box_seal_open(plain, frame->sealed,
		frame->padded + crypto_box_SEALBYTES,
		opener->pairs[i].public_key,
		opener->pairs[i].secret_key->bytes) != 0 ||
	    sodium_unpad(len, plain, frame->padded, frame->padded) != 0)
		return NULL;
	return plain;
}

/* content: all bytes before the MAC field, which in stands before. */
static bool
has_authority(const struct envelope_opener *opener,
    enum envelope_authority authority, const void *content, size_t len,
    struct unpack *in)
{
	const unsigned char *key = authority == ENVELOPE_OPERATOR
				       ? opener->operator_key
				       : opener->worker_key;
	unsigned char mac[MAC], want[MAC];
	size_t none;

	if (authority == ENVELOPE_ANYONE) {
		unpack_bytes(in, &none);
		return none == 0 && unpack_ok(in);
	}
	unpack_exactly(in, mac, MAC);
	if (key == NULL || !unpack_ok(in))
		return false;
	make_mac(key, content, len, want);
	return sodium_memcmp(mac, want, MAC) == 0;
}

static bool
read_reply(struct unpack *in, struct arena *arena, struct envelope *envelope)
{
	bool interactive = request_kind_is_interactive(envelope->kind);
	const char *to = unpack_text(in, arena);
	size_t len = strlen(to);

	unpack_exactly(in, envelope->reply_key, interactive ? SECRET_KEY : 0);
	if (in->bad || len >= sizeof(envelope->reply_to) ||
	    interactive != (len > 0))
		return false;
	memcpy(envelope->reply_to, to, len + 1);
	return true;
}

static bool
open_content(const struct envelope_opener *opener, const struct frame *frame,
    struct arena *arena, struct envelope *envelope)
{
	const struct kind_row *row;
	const unsigned char *content;
	char id[ENVELOPE_ID_TEXT];
	struct unpack in;
	uint64_t asked;
	size_t len;

	content = unseal(opener, frame, arena, &len);
	if (content == NULL)
		return false;
	unpack_init(&in, content, len);
	row = find_kind(unpack_u8(&in));
	if (row == NULL || row->padded != frame->padded)
		return false;
	envelope->kind = row->kind;
	unpack_exactly(&in, envelope->id, ENVELOPE_ID);
	envelope_id_text(envelope->id, id);
	asked = unpack_u64(&in);
	if (asked > INT64_MAX || sodium_memcmp(id, frame->id, ID_DIGITS) != 0)
		return false;
	envelope->asked_ms = (int64_t)asked;
	if (!read_reply(&in, arena, envelope))
		return false;
	envelope->payload = unpack_bytes(&in, &envelope->len);
	return has_authority(
	    opener, row->authority, content, (size_t)(in.at - content), &in);
}

int
envelope_open(const struct envelope_opener *opener, const void *bytes,
    size_t len, struct arena *arena, struct envelope *envelope, struct err *err)
{
	struct frame frame;

	memset(envelope, 0, sizeof(*envelope));
	if (read_frame(bytes, len, &frame) &&
	    open_content(opener, &frame, arena, envelope))
		return 0;
	sodium_memzero(envelope, sizeof(*envelope));
	return err_set(err, ERR_INPUT, "sealed request does not open");
}

bool
envelope_is_from_future(const struct envelope *envelope, int64_t now_ms)
{
	return envelope->asked_ms > now_ms + ENVELOPE_SKEW_MS;
}

bool
envelope_id(const void *bytes, size_t len, char id[ENVELOPE_ID_TEXT])
{
	struct frame frame;

	if (!read_frame(bytes, len, &frame))
		return false;
	memcpy(id, frame.id, ENVELOPE_ID_TEXT);
	return true;
}

void
envelope_id_text(
    const unsigned char id[ENVELOPE_ID], char text[ENVELOPE_ID_TEXT])
{
	sodium_bin2hex(text, ENVELOPE_ID_TEXT, id, ENVELOPE_ID);
}
