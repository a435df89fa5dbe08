#include "lib/web/number_door.h"
#include "lib/web/pages.h"

static const struct number_door recover = {.template = "recover",
    .title = "recover.title",
    .purpose = CAPTCHA_RECOVER,
    .ask = recover_ask};
static const struct number_door resend = {.template = "resend",
    .title = "resend.title",
    .purpose = CAPTCHA_RESEND,
    .ask = recover_ask_again};

void
page_recover_get(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	number_door_show_empty(pages, request, reply, &recover);
}

void
page_recover_post(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	number_door_take(pages, request, reply, &recover);
}

void
page_resend_get(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	number_door_show_empty(pages, request, reply, &resend);
}

void
page_resend_post(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	number_door_take(pages, request, reply, &resend);
}
