#include "mailer/message.h"

#include <stdbool.h>
#include <string.h>

#include <sodium.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/text.h"
#include "lib/people/address.h"
#include "mailer/encode.h"

enum { ID_BYTES = 16 };

const char *
message_address(struct arena *arena, const char *from)
{
	const char *open = strrchr(from, '<');
	const char *close = strrchr(from, '>');

	if (open == NULL || close == NULL)
		return address_parse(arena, from);
	if (close < open || close[1] != '\0')
		return NULL;
	return address_parse(
	    arena, arena_dup_n(arena, open + 1, (size_t)(close - open - 1)));
}

/* The name in front of "<address>", "" when there is none. Quotes around it
 * are how somebody wrote it, and no part of it. */
static const char *
display_name(struct arena *arena, const char *from)
{
	const char *open = strrchr(from, '<');
	size_t len;
	char *name;

	if (open == NULL)
		return "";
	name =
	    text_trim(arena, arena_dup_n(arena, from, (size_t)(open - from)));
	len = strlen(name);
	if (len >= 2 && name[0] == '"' && name[len - 1] == '"' &&
	    strcspn(name + 1, "\"\\") == len - 2)
		return arena_dup_n(arena, name + 1, len - 2);
	return name;
}

static int
add_mailbox(struct buf *out, const char *header, const char *name,
    const char *address, struct err *err)
{
	if (address == NULL)
		return err_set(
		    err, ERR_INPUT, "message: %s has no address", header);
	if (name != NULL && !text_is_clean(name, strlen(name)))
		return err_set(err, ERR_INPUT,
		    "message: %s has a name with control characters", header);
	buf_addf(out, "%s: ", header);
	if (name != NULL && name[0] != '\0') {
		encode_phrase(out, name, strlen(header) + 2);
		buf_addf(out, "\r\n <%s>\r\n", address);
	} else {
		buf_addf(out, "%s\r\n", address);
	}
	return 0;
}

/* The same mail tried again has the same id, so that a relay or a mailbox can
 * tell it is one; request ids alone would tell a reader that two mails belong
 * together, a hash does not. */
static void
add_message_id(
    struct buf *out, const struct message *message, const char *address)
{
	unsigned char hash[ID_BYTES];
	char hex[2 * ID_BYTES + 1];
	crypto_generichash_state state;

	(void)crypto_generichash_init(&state, NULL, 0, sizeof hash);
	(void)crypto_generichash_update(&state,
	    (const unsigned char *)message->request_id,
	    strlen(message->request_id) + 1);
	(void)crypto_generichash_update(&state,
	    (const unsigned char *)message->recipient_tag,
	    strlen(message->recipient_tag));
	(void)crypto_generichash_final(&state, hash, sizeof hash);
	(void)sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
	buf_addf(out, "Message-ID: <%s%s>\r\n", hex, strchr(address, '@'));
}

static int
add_header(const struct message *message, struct arena *arena, struct buf *out,
    struct err *err)
{
	const char *from = message_address(arena, message->from);
	char date[CLOCK_RFC5322];

	if (add_mailbox(out, "From", display_name(arena, message->from), from,
		err) != 0 ||
	    add_mailbox(out, "To", message->to_name,
		address_parse(arena, message->to), err) != 0)
		return -1;
	if (!text_is_clean(message->subject, strlen(message->subject)))
		return err_set(err, ERR_INPUT,
		    "message: the subject has control characters");
	buf_add_text(out, "Subject: ");
	encode_words(out, message->subject, sizeof "Subject: " - 1);
	clock_rfc5322(message->date_ms, date);
	buf_addf(out, "\r\nDate: %s\r\n", date);
	add_message_id(out, message, from);
	buf_addf(out,
	    "MIME-Version: 1.0\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: quoted-printable\r\n"
	    "Content-Language: %s\r\n"
	    "Auto-Submitted: auto-generated\r\n"
	    "\r\n",
	    message->language);
	return 0;
}

int
message_write(const struct message *message, struct buf *out, struct err *err)
{
	struct arena arena = {0};
	int rc;

	rc = add_header(message, &arena, out, err);
	if (rc == 0) {
		encode_quoted_printable(out, message->body);
		if (!buf_ok(out))
			rc = err_set(
			    err, ERR_INTERNAL, "message: longer than allowed");
	}
	arena_reset(&arena);
	return rc;
}
