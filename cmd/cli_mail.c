/*
 * `mail test ADDRESS`: a short letter by the way all letters go, so that the
 * relay, its certificates, SPF and DKIM can be tried before September.
 */
#include "cmd/cli_mail.h"
#include "cmd/cli_texts.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/err.h"
#include "lib/base/template.h"
#include "lib/people/address.h"
#include "mailer/letter.h"
#include "mailer/message.h"
#include "mailer/smtp.h"

static struct values *
make_values(struct cli *cli, const char *ref)
{
	const struct site_conf *site = &cli->settings.site;
	struct values *values = values_new(&cli->arena);

	values_text(values, "site", site->name);
	values_text(values, "public_url", site->public_url);
	values_text(values, "support_mail", site->support_mail);
	values_text(values, "support_phone", site->support_phone);
	values_text(values, "ref", ref);
	return values;
}

static int
write_letter(struct cli *cli, const char *address, const char *ref,
    struct buf *out, struct err *err)
{
	const struct letter letter = {.name = "test",
	    .to = address,
	    .request_id = ref,
	    .recipient_tag = "test",
	    .date_ms = clock_now_ms(),
	    .values = make_values(cli, ref)};
	struct cli_texts texts;
	int rc = cli_texts_open(cli, &texts, err);

	if (rc == 0)
		rc = letter_write(&letter, &cli->settings.mail, texts.letters,
		    texts.catalogues[0], &cli->arena, out, err);
	cli_texts_close(&texts);
	return rc;
}

/* accepted: the relay that took it. */
static int
hand_over(struct cli *cli, const char *address, const struct buf *letter,
    const char **accepted, struct err *err)
{
	const struct mail_conf *conf = &cli->settings.mail;
	const char *from = conf->envelope_from;
	struct smtp *smtp;
	enum smtp_end end;

	if (from[0] == '\0')
		from = message_address(&cli->arena, conf->from);
	if (smtp_library_init(err) != 0)
		return -1;
	smtp = smtp_new(conf, err);
	if (smtp == NULL)
		return -1;
	end = smtp_send(smtp, from, address, letter->bytes, letter->len, err);
	*accepted = smtp_last_relay(smtp);
	smtp_free(smtp);
	switch (end) {
	case SMTP_SENT:
		return 0;
	case SMTP_NEVER:
		err->kind = ERR_REFUSED;
		return -1;
	case SMTP_LATER:
		break;
	}
	err->kind = ERR_UNAVAILABLE;
	return -1;
}

int
cli_mail_send(struct cli *cli, struct cli_letter *sent, struct err *err)
{
	const char *address = address_parse(&cli->arena, sent->address);
	struct buf letter;
	int rc;

	if (address == NULL)
		return err_set(err, ERR_INPUT, "that is not a mail address");
	visitor_make_ref(sent->ref);
	buf_init(&letter, MESSAGE_MAX);
	rc = write_letter(cli, address, sent->ref, &letter, err);
	if (rc == 0)
		rc = hand_over(cli, address, &letter, &sent->relay, err);
	buf_free(&letter);
	return rc;
}

int
cli_mail_test(struct cli *cli, struct err *err)
{
	struct cli_letter letter = {.address = cli->words[0]};
	struct cli_card card;

	if (cli_settings(cli, err) != 0 ||
	    cli_mail_send(cli, &letter, err) != 0)
		return -1;
	card = cli_card_new(cli);
	cli_card_text(&card, "accepted_by", letter.relay);
	cli_card_text(&card, "ref", letter.ref);
	cli_card_end(cli, &card);
	return 0;
}
