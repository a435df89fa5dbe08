/* store_conf: the defaults of the contract, and what the checks refuse. */
#include "lib/store/store_conf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/store/kv_uri.h"

struct all {
	struct redis_conf redis;
	struct directory_conf directory;
	struct attributes_conf attributes;
	struct limits_conf limits;
	struct audit_conf audit;
	struct arena arena;
	struct buf report;
};

static int
read_all(struct all *all, const char *text)
{
	const struct conf_section sections[] = {
	    {"redis", redis_conf_defs, &all->redis},
	    {"redis.worker", redis_login_defs, &all->redis.worker},
	    {"redis.cli", redis_login_defs, &all->redis.cli},
	    {"directory", directory_conf_defs, &all->directory},
	    {"directory.attributes", attributes_conf_defs, &all->attributes},
	    {"limits", limits_conf_defs, &all->limits},
	    {"audit", audit_conf_defs, &all->audit},
	    {NULL, NULL, NULL},
	};
	struct err err;
	int rc;

	memset(all, 0, sizeof(*all));
	buf_init(&all->report, 16 * 1024);
	rc = conf_parse("t.conf", text, strlen(text), sections, &all->arena,
	    &all->report, &err);
	if (rc < 0)
		return rc;
	redis_conf_check(&all->redis, "t.conf", &all->report);
	directory_conf_check(&all->directory, "t.conf", &all->report);
	limits_conf_check(&all->limits, "t.conf", &all->arena, &all->report);
	return all->report.len == 0 ? 0 : -1;
}

static void
free_all(struct all *all)
{
	buf_free(&all->report);
	arena_reset(&all->arena);
}

static void
assert_rate(
    const struct conf_rates *rates, size_t which, long burst, long period_s)
{
	assert_in_range(which, 0, rates->count - 1);
	assert_int_equal(rates->list[which].burst, burst);
	assert_int_equal(rates->list[which].period_s, period_s);
}

static void
test_defaults_of_back_ends(void **state)
{
	struct all all;

	(void)state;
	assert_int_equal(read_all(&all, ""), 0);
	assert_string_equal(all.redis.uri, "redis://127.0.0.1:6379/0");
	assert_string_equal(all.redis.prefix, "rentree");
	assert_string_equal(all.redis.user, "");
	assert_string_equal(all.redis.worker.user, "");
	assert_string_equal(all.redis.cli.password_file, "");
	assert_int_equal(all.directory.uri.count, 1);
	assert_string_equal(all.directory.uri.list[0], "ldap://127.0.0.1:389");
	assert_true(all.directory.starttls);
	assert_string_equal(
	    all.directory.filter, "(objectClass=inetOrgPerson)");
	assert_int_equal(all.directory.timeout_ms, 3000);
	assert_int_equal(all.directory.password_method, 0);
	assert_string_equal(all.attributes.login.list[0], "uid");
	assert_string_equal(all.attributes.birth_date.list[0], "rentreeBirth");
	assert_string_equal(
	    all.attributes.recovery_mail.list[0], "rentreeRecoveryMail");
	assert_string_equal(all.audit.file, "/var/log/rentree/audit.jsonl");
	assert_int_equal(all.audit.retention_s, 365L * 86400);
	free_all(&all);
}

static void
test_defaults_of_limits(void **state)
{
	struct all all;

	(void)state;
	assert_int_equal(read_all(&all, ""), 0);
	assert_rate(&all.limits.per_address, 0, 20, 600);
	assert_rate(&all.limits.per_school_address, 0, 400, 600);
	assert_rate(&all.limits.per_identity, 0, 5, 3600);
	assert_rate(&all.limits.per_number, 0, 30, 3600);
	assert_rate(&all.limits.per_mailbox, 0, 3, 3600);
	assert_rate(&all.limits.per_mailbox, 1, 6, 86400);
	assert_int_equal(all.limits.school_networks.count, 0);
	assert_int_equal(all.limits.token_lifetime_s, 3600);
	assert_int_equal(all.limits.activation_lifetime_s, 14 * 86400);
	assert_int_equal(all.limits.code_lifetime_s, 90 * 86400);
	assert_int_equal(all.limits.recovery_mail_cooloff_s, 48 * 3600);
	free_all(&all);
}

static void
test_values(void **state)
{
	struct all all;

	(void)state;
	assert_int_equal(
	    read_all(&all,
		"[redis]\nuri = unix:///run/redis.sock\nuser = web\n"
		"password_file = /k/web\nprefix = r2\n"
		"[redis.worker]\nuser = worker\npassword_file = /k/worker\n"
		"[redis.cli]\nuser = cli\n"
		"[directory]\nuri = ldaps://a ldapi:/// ldap://[::1]:3890\n"
		"starttls = no\npassword_method = modify_assert\n"
		"[directory.attributes]\nstate = supannRessourceEtat\n"
		"recovery_mail = supannMailPrive supannMailPerso\n"
		"[limits]\nschool_networks = 10.0.0.0/8 2001:db8::/32\n"),
	    0);
	assert_string_equal(all.redis.worker.user, "worker");
	assert_string_equal(all.redis.cli.user, "cli");
	assert_int_equal(all.directory.uri.count, 3);
	assert_int_equal(all.directory.password_method, 1);
	assert_int_equal(all.attributes.recovery_mail.count, 2);
	assert_int_equal(all.limits.school_networks.count, 2);
	free_all(&all);
}

static void
test_refusals(void **state)
{
	static const struct {
		const char *text, *complaint;
	} cases[] = {
	    {"[redis]\nuri = http://a\n", "[redis] uri: must be redis://"},
	    {"[redis]\nuri = rediss://a:1\n", "needs a hiredis with TLS"},
	    {"[redis]\nuri = redis://:hush@a\n", "[redis] uri: holds an"},
	    {"[redis]\nprefix = a:b\n", "[redis] prefix"},
	    {"[redis]\nprefix =\n", "[redis] prefix"},
	    {"[redis]\nuser = web\n", "[redis] password_file"},
	    {"[redis.worker]\nuser = w\n", "[redis.worker] password"},
	    {"[redis.cli]\nuser = c\n", "[redis.cli] password"},
	    {"[directory]\nuri =\n", "[directory] uri: must not"},
	    {"[directory]\nuri = http://x\n", "[directory] uri: must b"},
	    {"[directory]\nuri = ldap://x\nstarttls = no\n", "in clear"},
	    {"[directory]\nuri = ldap://127.0.0.1 ldap://localhost.x:1\n"
	     "starttls = no\n",
		"in clear"},
	    {"[directory]\nbase =\n", "[directory] base"},
	    {"[directory]\nbind_dn =\n", "[directory] bind_dn"},
	    {"[directory]\nbind_password_file =\n",
		"[directory] bind_password_file"},
	    {"[directory]\nfilter = uid=*\n", "[directory] filter"},
	    {"[directory]\nfilter = (a=b)(c=d)\n", "[directory] filter"},
	    {"[directory]\nfilter = (&(a=b)\n", "[directory] filter"},
	    {"[directory]\ntimeout_ms = 1\n", "[directory] timeout_ms"},
	    {"[directory]\npassword_method = x\n", "password_method"},
	    {"[limits]\nper_identity =\n", "[limits] per_identity"},
	    {"[limits]\nper_address = 1/1m 2/1h 3/6h 4/24h\n"
	     "per_identity = 1/1m 2/1h 3/6h\nper_number = 1/1m 2/1h\n",
		"too many rates"},
	    {"[limits]\nschool_networks = 10.0.0.0/40\n",
		"[limits] school_networks"},
	    {"[limits]\ntoken_lifetime = 10s\n", "token_lifetime"},
	    {"[limits]\ntoken_lifetime = 25h\n", "token_lifetime"},
	    {"[limits]\nrecovery_mail_cooloff = 31d\n",
		"recovery_mail_cooloff"},
	    {"[audit]\nretention = 1h\n", "[audit] retention"},
	};
	struct all all;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const char *report;

		if (read_all(&all, cases[i].text) == 0)
			fail_msg("%zu: accepted", i);
		report = buf_text(&all.report);
		if (strstr(report, cases[i].complaint) == NULL)
			fail_msg("%zu: %s", i, report);
		assert_null(strstr(report, "hush"));
		free_all(&all);
	}
}

static void
test_uris(void **state)
{
	static const struct {
		const char *text;
		enum kv_place place;
		const char *name; /* host, path or master */
		int port, db;
		size_t count;
	} good[] = {
	    {"redis://a", KV_TCP, "a", 6379, 0, 1},
	    {"redis://a/", KV_TCP, "a", 6379, 0, 1},
	    {"redis://a:1/1023", KV_TCP, "a", 1, 1023, 1},
	    {"redis://[::1]/2", KV_TCP, "::1", 6379, 2, 1},
	    {"redis://[2001:db8::1]:65535", KV_TCP, "2001:db8::1", 65535, 0, 1},
	    {"unix:///a/b.sock", KV_UNIX, "/a/b.sock", 0, 0, 0},
	    {"unix:///a?db=3", KV_UNIX, "/a", 0, 3, 0},
	    {"sentinel://a/m", KV_SENTINEL, "m", 26379, 0, 1},
	    {"sentinel://a:1,b,[::2]:3/m-1?db=4", KV_SENTINEL, "m-1", 1, 4, 3},
	};
	static const char *const bad[] = {"", "redis", "redis://", "redis:///1",
	    "redis://a:0", "redis://a:65536", "redis://a:", "redis://a:x",
	    "redis://a/x", "redis://a/1024", "redis://a/1/2", "redis://[::1",
	    "redis://[::1]x", "redis://u:p@a", "rediss://a", "unix://a",
	    "unix://", "unix:///a?db=", "unix:///a?x=1", "sentinel://a",
	    "sentinel://a/", "sentinel:///m", "sentinel://a,/m",
	    "sentinel://,a/m", "sentinel://a,a,a,a,a,a,a,a,a/m"};
	struct kv_uri uri;
	struct err err;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(good); i++) {
		if (kv_uri_parse(good[i].text, &uri, &err) < 0)
			fail_msg("%s: %s", good[i].text, err.text);
		assert_int_equal(uri.place, good[i].place);
		assert_int_equal(uri.db, good[i].db);
		assert_int_equal(uri.count, good[i].count);
		assert_int_equal(uri.hosts[0].port, good[i].port);
		assert_string_equal(uri.place == KV_UNIX ? uri.path
				    : uri.place == KV_SENTINEL
					? uri.master
					: uri.hosts[0].name,
		    good[i].name);
	}
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		if (kv_uri_parse(bad[i], &uri, &err) == 0)
			fail_msg("%s: accepted", bad[i]);
		assert_int_equal(err.kind, ERR_CONFIG);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_defaults_of_back_ends),
	    cmocka_unit_test(test_defaults_of_limits),
	    cmocka_unit_test(test_values),
	    cmocka_unit_test(test_refusals),
	    cmocka_unit_test(test_uris),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
