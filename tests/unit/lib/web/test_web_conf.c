#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/arena.h"
#include "lib/base/base.h"
#include "lib/base/buf.h"
#include "lib/web/web_conf.h"

static void
test_check(void **unused)
{
	static const struct {
		const char *listen, *metrics, *proxies;
		const char *complaint; /* the key, "" = none */
	} cases[] = {
	    {"127.0.0.1:8080", "", "127.0.0.1/32 ::1/128", ""},
	    {"unix:/run/x.sock", "[::1]:9", "", ""},
	    {"localhost:8080", "127.0.0.1:0", "10.0.0.0/8", ""},
	    {"8080", "", "", "listen"},
	    {"127.0.0.1", "", "", "listen"},
	    {"127.0.0.1:", "", "", "listen"},
	    {"127.0.0.1:65536", "", "", "listen"},
	    {"127.0.0.1:-1", "", "", "listen"},
	    {"::1:80", "", "", "listen"},
	    {"unix:x.sock", "", "", "listen"},
	    {"example.org:80", "", "", "listen"},
	    {"127.0.0.1:1", "x", "", "metrics_listen"},
	    {"127.0.0.1:1", "", "10.0.0.0/40", "trusted_proxies"},
	    {"127.0.0.1:1", "", "proxy.test", "trusted_proxies"},
	};

	(void)unused;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct web_conf conf = {.listen = cases[i].listen,
		    .metrics_listen = cases[i].metrics,
		    .trusted_proxies_text = cases[i].proxies};
		struct arena arena = {0};
		struct buf report;

		buf_init(&report, 4096);
		web_conf_check(&conf, "x.conf", &arena, &report);
		if (cases[i].complaint[0] == '\0'
			? report.len != 0
			: strstr(buf_text(&report), cases[i].complaint) == NULL)
			fail_msg("case %zu: %s", i, buf_text(&report));
		buf_free(&report);
		arena_reset(&arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
