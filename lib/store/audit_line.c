#include "lib/store/audit_line.h"

#include <limits.h>
#include <sodium.h>
#include <string.h>

#include "lib/base/secret.h"
#include "lib/base/text.h"

/* {"seq":7, …} with ,"mac":"<43>"} for the last brace. */
#define SEQ "{\"seq\":"
#define MAC_BEFORE ",\"mac\":\""
#define MAC_AFTER "\"}"

enum {
	SEQ_LEN = sizeof(SEQ) - 1,
	BEFORE_LEN = sizeof(MAC_BEFORE) - 1,
	MAC_LEN = AUDIT_MAC_TEXT - 1,
	AFTER_LEN = sizeof(MAC_AFTER) - 1,
	TAIL_LEN = BEFORE_LEN + MAC_LEN + AFTER_LEN,
	SEQ_DIGITS = 18,
};

static void
encode(const unsigned char mac[AUDIT_MAC], char text[AUDIT_MAC_TEXT])
{
	sodium_bin2base64(text, AUDIT_MAC_TEXT, mac, AUDIT_MAC,
	    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

void
audit_head_init(struct audit_head *head)
{
	static const unsigned char zeros[AUDIT_MAC] = {0};

	head->seq = 0;
	encode(zeros, head->mac);
}

void
audit_line_mac(const struct secret *key, const char prev[AUDIT_MAC_TEXT],
    const char *body, size_t len, char mac[AUDIT_MAC_TEXT])
{
	static const unsigned char salt[16] = {0};
	static const unsigned char personal[16] = "rentree.audit";
	crypto_generichash_blake2b_state state;
	unsigned char bytes[AUDIT_MAC];

	crypto_generichash_blake2b_init_salt_personal(
	    &state, key->bytes, SECRET_KEY, AUDIT_MAC, salt, personal);
	crypto_generichash_blake2b_update(&state, (const void *)prev, MAC_LEN);
	crypto_generichash_blake2b_update(&state, (const void *)body, len);
	crypto_generichash_blake2b_final(&state, bytes, AUDIT_MAC);
	sodium_memzero(&state, sizeof(state));
	encode(bytes, mac);
}

static bool
read_seq(const char *line, long *seq)
{
	char digits[SEQ_DIGITS + 1];
	size_t len = strspn(line + SEQ_LEN, "0123456789");

	if (len > SEQ_DIGITS)
		return false;
	memcpy(digits, line + SEQ_LEN, len);
	digits[len] = '\0';
	return line[SEQ_LEN + len] == ',' &&
	       text_to_long(digits, 1, LONG_MAX, seq);
}

bool
audit_line_head(const char *line, size_t len, struct audit_head *head)
{
	const char *tail = line + len - TAIL_LEN;
	unsigned char mac[AUDIT_MAC];

	if (len < SEQ_LEN + TAIL_LEN || memcmp(line, SEQ, SEQ_LEN) != 0 ||
	    memcmp(tail, MAC_BEFORE, BEFORE_LEN) != 0 ||
	    memcmp(tail + BEFORE_LEN + MAC_LEN, MAC_AFTER, AFTER_LEN) != 0)
		return false;
	memcpy(head->mac, tail + BEFORE_LEN, MAC_LEN);
	head->mac[MAC_LEN] = '\0';
	return read_seq(line, &head->seq) &&
	       text_unb64(head->mac, mac, AUDIT_MAC);
}

size_t
audit_line_body(const char *line, size_t len, char *body)
{
	len -= TAIL_LEN;
	memcpy(body, line, len);
	body[len] = '}';
	return len + 1;
}
