#include "lib/web/monitor.h"
#include "lib/web/pages.h"
#include "lib/web/pulse.h"

void
page_health_get(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	(void)pages;
	monitor_show_health(request, reply);
}

void
page_ready_get(
    const struct pages *pages, struct request *request, struct reply *reply)
{
	monitor_show_ready(pulse_parts(pages->pulse), request, reply);
}
