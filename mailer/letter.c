#include "mailer/letter.h"

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/catalogue.h"
#include "lib/base/err.h"
#include "lib/base/template.h"
#include "mailer/mail_conf.h"
#include "mailer/message.h"

int
letter_write(const struct letter *letter, const struct mail_conf *conf,
    const struct template_set *templates, const struct catalogue *catalogue,
    struct arena *arena, struct buf *out, struct err *err)
{
	struct message message = {.from = conf->from,
	    .to = letter->to,
	    .to_name = letter->to_name,
	    .language = catalogue_language(catalogue),
	    .date_ms = letter->date_ms,
	    .request_id = letter->request_id,
	    .recipient_tag = letter->recipient_tag};
	struct buf body;
	int rc;

	buf_init(&body, MESSAGE_MAX);
	message.subject = template_sentence(arena, catalogue,
	    arena_printf(arena, "mail.%s.subject", letter->name),
	    letter->values);
	rc = template_render(
	    templates, letter->name, catalogue, letter->values, &body, err);
	if (rc == 0) {
		message.body = buf_text(&body);
		rc = message_write(&message, out, err);
	}
	buf_free(&body);
	return rc;
}
