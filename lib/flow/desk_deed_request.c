/* Wire forms of desk_deed.h. */
#include "lib/flow/desk_deed.h"

#include <string.h>

#include <sodium.h>

#include "lib/base/err.h"
#include "lib/base/pack.h"

void
desk_form_make(char form[DESK_FORM_TEXT])
{
	unsigned char name[DESK_FORM];

	randombytes_buf(name, sizeof name);
	(void)sodium_bin2hex(form, DESK_FORM_TEXT, name, sizeof name);
}

bool
desk_form_is(const char *text)
{
	return strlen(text) == DESK_FORM_TEXT - 1 &&
	       strspn(text, "0123456789abcdef") == DESK_FORM_TEXT - 1;
}

void
desk_deed_pack(const struct desk_deed_request *request, struct buf *out)
{
	desk_visit_pack(&request->visit, out);
	pack_text(out, request->uuid);
	pack_u8(out, (uint8_t)request->kind);
	pack_u8(out, (uint8_t)request->document);
	pack_text(out, request->seen);
	pack_text(out, request->number);
	pack_text(out, request->address);
	pack_text(out, request->code);
	pack_text(out, request->form);
}

int
desk_deed_unpack(const void *bytes, size_t len, struct arena *arena,
    struct desk_deed_request *request, struct err *err)
{
	struct unpack in;
	uint8_t kind, document;

	unpack_init(&in, bytes, len);
	desk_visit_unpack(&in, arena, &request->visit);
	request->uuid = unpack_text(&in, arena);
	kind = unpack_u8(&in);
	document = unpack_u8(&in);
	request->seen = unpack_text(&in, arena);
	request->number = unpack_text(&in, arena);
	request->address = unpack_text(&in, arena);
	request->code = unpack_text(&in, arena);
	request->form = unpack_text(&in, arena);
	if (!unpack_ok(&in) || kind < DESK_CODE || kind >= DESK_INVITE ||
	    document >= DESK_DOCUMENTS || !desk_form_is(request->form))
		return err_set(err, ERR_INPUT, "desk: damaged deed");
	request->kind = (enum desk_kind)kind;
	request->document = (enum desk_document)document;
	return 0;
}

void
desk_deed_answer_pack(const struct desk_deed_answer *answer, struct buf *out)
{
	desk_host_pack(&answer->host, out);
	pack_u8(out, (uint8_t)answer->end);
	pack_u8(out, (uint8_t)answer->factor);
	pack_u8(out, (uint8_t)answer->act);
	pack_u8(out, (uint8_t)answer->number_fault);
	pack_u8(out, (uint8_t)answer->rescue_fault);
	pack_u64(out, (uint64_t)answer->at_ms);
	pack_u64(out, (uint64_t)answer->until_ms);
	pack_u64(out, (uint64_t)answer->counts_ms);
	pack_text(out, answer->code);
	pack_text(out, answer->login);
	pack_text(out, answer->display);
	pack_text(out, answer->rescue);
	desk_list_pack(answer->establishments, out);
}

/* A number of an enum that ends before end. */
static unsigned
unpack_word(struct unpack *in, unsigned end)
{
	uint8_t word = unpack_u8(in);

	if (word < end)
		return word;
	in->bad = true;
	return 0;
}

int
desk_deed_answer_unpack(const void *bytes, size_t len, struct arena *arena,
    struct desk_deed_answer *answer, struct err *err)
{
	struct unpack in;

	memset(answer, 0, sizeof *answer);
	unpack_init(&in, bytes, len);
	desk_host_unpack(&in, arena, &answer->host);
	answer->end = (enum desk_deed_end)unpack_word(&in, DESK_DEED_ENDS);
	answer->factor =
	    (enum factor_verdict)unpack_word(&in, FACTOR_PAUSED + 1);
	answer->act = (enum desk_end)unpack_word(&in, DESK_ENDS);
	answer->number_fault =
	    (enum number_fault)unpack_word(&in, NUMBER_SHAPE + 1);
	answer->rescue_fault =
	    (enum rescue_fault)unpack_word(&in, RESCUE_OWN + 1);
	answer->at_ms = (int64_t)(unpack_u64(&in) & INT64_MAX);
	answer->until_ms = (int64_t)(unpack_u64(&in) & INT64_MAX);
	answer->counts_ms = (int64_t)(unpack_u64(&in) & INT64_MAX);
	unpack_text_into(&in, answer->code, sizeof answer->code);
	answer->login = unpack_text(&in, arena);
	answer->display = unpack_text(&in, arena);
	answer->rescue = unpack_text(&in, arena);
	answer->establishments = desk_list_unpack(&in, arena);
	if (!unpack_ok(&in))
		return err_set(err, ERR_INTERNAL, "desk: damaged answer");
	return 0;
}
