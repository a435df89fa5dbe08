#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/arena.h"
#include "lib/base/base.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/people/people_conf.h"

#define SITE "[site]\n"
#define URL SITE "public_url = https://comptes.ac-lille.fr\n"

struct all {
	struct site_conf site;
	struct password_conf password;
	struct provision_conf provision;
	struct keys_conf keys;
	struct arena arena;
	struct buf report;
};

/* Reads and checks; what there is to complain of is in all->report. */
static void
load(const char *text, struct all *all)
{
	const struct conf_section sections[] = {
	    {"site", site_conf_defs, &all->site},
	    {"password", password_conf_defs, &all->password},
	    {"provision", provision_conf_defs, &all->provision},
	    {"keys", keys_conf_defs, &all->keys},
	    {NULL, NULL, NULL},
	};
	struct err err;

	*all = (struct all){0};
	buf_init(&all->report, 4096);
	if (conf_parse("t.conf", text, strlen(text), sections, &all->arena,
		&all->report, &err) < 0)
		return;
	site_conf_check(&all->site, "t.conf", &all->arena, &all->report);
	provision_conf_check(&all->provision, "t.conf", &all->report);
}

static void
drop(struct all *all)
{
	buf_free(&all->report);
	arena_reset(&all->arena);
}

static void
assert_list(const struct conf_words *words, const char *joined)
{
	struct buf buf;

	buf_init(&buf, 256);
	for (size_t i = 0; i < words->count; i++)
		buf_addf(&buf, "%s%s", i > 0 ? " " : "", words->list[i]);
	assert_string_equal(buf_text(&buf), joined);
	buf_free(&buf);
}

/* What the contract promises to who writes nothing but public_url. */
static void
test_site_defaults(void **state)
{
	struct all all;

	(void)state;
	load(URL, &all);
	assert_string_equal(buf_text(&all.report), "");
	assert_string_equal(all.site.name, "Académie de Lille");
	assert_string_equal(all.site.public_url, "https://comptes.ac-lille.fr");
	assert_string_equal(all.site.support_mail, "assistance@ac-lille.fr");
	assert_string_equal(all.site.support_phone, "03 20 00 00 00");
	assert_string_equal(
	    all.site.webmail_url, "https://webmail.ac-lille.fr/SOGo/");
	assert_list(&all.site.languages, "fr en");
	assert_list(&all.site.own_domains, "ac-lille.fr");
	assert_string_equal(all.site.time_zone, "Europe/Paris");
	assert_string_equal(all.site.templates, "");
	assert_string_equal(all.site.establishments, "");
	assert_string_equal(all.site.banner, "");
	assert_string_equal(all.site.logo, "");
	assert_string_equal(all.site.colour, "");
	drop(&all);
}

static void
test_other_defaults(void **state)
{
	struct all all;

	(void)state;
	load(URL, &all);
	assert_int_equal(all.password.min_length, 12);
	assert_int_equal(all.password.min_bits, 50);
	assert_int_equal(all.password.min_guess_bits, 36);
	assert_string_equal(all.password.blocklist, "");
	assert_string_equal(all.keys.dir, "/etc/rentree/keys");
	assert_string_equal(all.provision.bind_dn,
	    "cn=rentree-provision,ou=services,dc=ac-lille,dc=fr");
	assert_string_equal(all.provision.bind_password_file,
	    "/etc/rentree/provision.password");
	assert_string_equal(all.provision.login, "{given:1}{family}");
	assert_list(
	    &all.provision.match, "employeeNumber supannEmpId supannCodeINE");
	assert_string_equal(
	    all.provision.registry_base, "ou=logins,dc=ac-lille,dc=fr");
	assert_int_equal(all.provision.login_max, 20);
	assert_string_equal(all.provision.mail, "{given}.{family}@ac-lille.fr");
	assert_true(all.provision.max_disable > 4.999 &&
		    all.provision.max_disable < 5.001);
	assert_int_equal(all.provision.grace_student_s, 92L * 86400);
	assert_int_equal(all.provision.grace_staff_s, 62L * 86400);
	assert_int_equal(all.provision.grace_external_s, 86400);
	drop(&all);
}

static void
test_public_url(void **state)
{
	static const struct {
		const char *line, *url; /* NULL: refused */
		bool loopback;
	} cases[] = {
	    {"https://a.fr", "https://a.fr", false},
	    {"https://a.fr/", "https://a.fr", false},
	    {"https://a.fr///", "https://a.fr", false},
	    {"HTTPS://A.FR", "https://a.fr", false},
	    {"https://a.fr:443/", "https://a.fr", false},
	    {"https://a.fr:8443", "https://a.fr:8443", false},
	    {"https://a.fr:80", "https://a.fr:80", false},
	    {"https://192.0.2.1", "https://192.0.2.1", false},
	    {"https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443", false},
	    {"https://comptes", "https://comptes", false},
	    {"http://localhost:8080/", "http://localhost:8080", true},
	    {"http://127.0.0.1:80", "http://127.0.0.1", true},
	    {"http://127.0.0.1:8080", "http://127.0.0.1:8080", true},
	    {"http://[::1]", "http://[::1]", true},
	    {"http://[::1]:8080", "http://[::1]:8080", true},
	    {"https://localhost", "https://localhost", true},
	    {"http://a.fr", NULL, false},
	    {"http://127.0.0.1.a.fr", NULL, false},
	    {"http://localhost.a.fr", NULL, false},
	    {"http://localhost@a.fr", NULL, false},
	    {"http://192.0.2.1:8080", NULL, false},
	    {"ftp://a.fr", NULL, false},
	    {"a.fr", NULL, false},
	    {"//a.fr", NULL, false},
	    {"https://", NULL, false},
	    {"https:///", NULL, false},
	    {"https://:443", NULL, false},
	    {"https://a.fr:", NULL, false},
	    {"https://a.fr:0", NULL, false},
	    {"https://a.fr:65536", NULL, false},
	    {"https://a.fr:x", NULL, false},
	    {"https://a.fr/comptes", NULL, false},
	    {"https://a.fr?x=1", NULL, false},
	    {"https://a.fr#x", NULL, false},
	    {"https://user:pw@a.fr", NULL, false},
	    {"https://a_b.fr", NULL, false},
	    {"https://a..fr", NULL, false},
	    {"https://acad\xc3\xa9mie.fr", NULL, false},
	    {"https://a.fr b.fr", NULL, false},
	    {"https://[::1", NULL, false},
	    {"https://[a.fr]", NULL, false},
	    {"https://999.0.0.1", NULL, false},
	    {"x https://a.fr", NULL, false},
	    {"xhttps://a.fr", NULL, false},
	    {"httpsx://a.fr", NULL, false},
	    {"https:x://a.fr", NULL, false},
	};
	char text[256];
	struct all all;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		bool fine;

		snprintf(text, sizeof(text), SITE "public_url = %s\n",
		    cases[i].line);
		load(text, &all);
		fine = *buf_text(&all.report) == '\0';
		if (fine != (cases[i].url != NULL))
			fail_msg(
			    "%s: %s", cases[i].line, buf_text(&all.report));
		if (fine) {
			assert_string_equal(all.site.public_url, cases[i].url);
			assert_int_equal(site_conf_is_loopback(&all.site),
			    cases[i].loopback);
		} else {
			assert_non_null(strstr(buf_text(&all.report),
			    "[site] public_url: must be https"));
		}
		drop(&all);
	}
}

/* Every line alone: complained of by its key, or silently accepted. */
static void
test_lines(void **state)
{
	static const struct {
		const char *line;
		const char *complaint; /* "": none */
	} cases[] = {
	    {"name =", "name:"},
	    {"name = Lyc\xc3\xa9"
	     "e",
		""},
	    {"languages = fr", ""},
	    {"languages = en fr", ""},
	    {"languages =", "languages:"},
	    {"languages = fr de", "languages:"},
	    {"languages = FR", "languages:"},
	    {"languages = en en", "languages:"},
	    {"languages = fr en fr", "languages:"},
	    {"own_domains =", ""},
	    {"own_domains = a.fr B.fr localhost", ""},
	    {"own_domains = @a.fr", "own_domains:"},
	    {"own_domains = .a.fr", "own_domains:"},
	    {"own_domains = a.fr, b.fr", "own_domains:"},
	    {"own_domains = jean@a.fr", "own_domains:"},
	    {"support_mail =", ""},
	    {"support_mail = Aide <aide@a.fr>", "support_mail:"},
	    {"support_phone =", ""},
	    {"webmail_url =", ""},
	    {"webmail_url = http://a.fr/", ""},
	    {"webmail_url = javascript:alert(1)", "webmail_url:"},
	    {"webmail_url = a.fr", "webmail_url:"},
	    {"time_zone = UTC", ""},
	    {"time_zone = Etc/GMT+3", ""},
	    {"time_zone = America/Port-au-Prince", ""},
	    {"time_zone =", "time_zone:"},
	    {"time_zone = ../../etc/passwd", "time_zone:"},
	    {"time_zone = /etc/localtime", "time_zone:"},
	    {"time_zone = :UTC", "time_zone:"},
	    {"colour = #0a3Bff", ""},
	    {"colour = #fff", "colour:"},
	    {"colour = red", "colour:"},
	    {"colour = #0a3bf;", "colour:"},
	    {"colour = #0a3bfg", "colour:"},
	    {"[password]\nmin_length = 8", ""},
	    {"[password]\nmin_length = 7", "min_length"},
	    {"[password]\nmin_length = 129", "min_length"},
	    {"[password]\nmin_bits = -1", "min_bits"},
	    {"[password]\nmin_guess_bits = 129", "min_guess_bits"},
	    {"[keys]\ndir = keys", ""},
	    {"[keys]\ndirs = keys", "dirs"},
	    {"[provision]\nlogin = {initials}.{family:keep}", ""},
	    {"[provision]\nlogin = {nickname}", "[provision] login:"},
	    {"[provision]\nlogin =", "[provision] login:"},
	    {"[provision]\nmail = {given}@a.fr", ""},
	    {"[provision]\nmail = {given}", "[provision] mail:"},
	    {"[provision]\nmail = {nickname}@a.fr", "[provision] mail:"},
	    {"[provision]\nbind_dn =", "bind_dn:"},
	    {"[provision]\nregistry_base =", "registry_base:"},
	    {"[provision]\nmatch =", ""},
	    {"[provision]\nlogin_max = 2", "login_max"},
	    {"[provision]\nlogin_max = 65", "login_max"},
	    {"[provision]\nmax_disable = 0.5%", ""},
	    {"[provision]\nmax_disable = 101%", "max_disable"},
	    {"[provision]\ngrace.student = 4000d", "grace.student"},
	    {"[provision]\ngrace.staff = 0", ""},
	    {"[provision]\ngrace.external = -1d", "grace.external"},
	};
	char text[256];
	struct all all;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const char *report;

		snprintf(text, sizeof(text), URL "%s\n", cases[i].line);
		load(text, &all);
		report = buf_text(&all.report);
		if ((*report != '\0') != (*cases[i].complaint != '\0') ||
		    strstr(report, cases[i].complaint) == NULL)
			fail_msg("%s: \"%s\"", cases[i].line, report);
		drop(&all);
	}
}

static void
test_required(void **state)
{
	struct all all;

	(void)state;
	load("", &all);
	assert_non_null(strstr(buf_text(&all.report), "public_url"));
	drop(&all);
}

/* All errors are told at once. */
static void
test_all_at_once(void **state)
{
	struct all all;

	(void)state;
	load(SITE "public_url = http://a.fr\nlanguages = de\ncolour = red\n"
		  "[provision]\nlogin = x\nmail = x\n",
	    &all);
	assert_non_null(strstr(buf_text(&all.report), "public_url:"));
	assert_non_null(strstr(buf_text(&all.report), "languages:"));
	assert_non_null(strstr(buf_text(&all.report), "colour:"));
	assert_non_null(strstr(buf_text(&all.report), "login:"));
	assert_non_null(strstr(buf_text(&all.report), "mail:"));
	drop(&all);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_site_defaults),
	    cmocka_unit_test(test_other_defaults),
	    cmocka_unit_test(test_public_url),
	    cmocka_unit_test(test_lines),
	    cmocka_unit_test(test_required),
	    cmocka_unit_test(test_all_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
