#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cmocka.h>

#include "lib/base/arena.h"
#include "lib/base/err.h"
#include "lib/base/net.h"

static struct net_address
address_of(const char *text)
{
	struct net_address address;

	if (!net_parse(text, &address))
		fail_msg("\"%s\" is no address", text);
	return address;
}

static void
assert_same_address(struct net_address got, const char *want)
{
	struct net_address address = address_of(want);
	char text[INET6_ADDRSTRLEN];

	if (memcmp(&got, &address, sizeof(got)) != 0)
		fail_msg("%s instead of %s",
		    inet_ntop(AF_INET6, got.bytes, text, sizeof(text)), want);
}

static void
test_parse(void **state)
{
	static const struct {
		const char *text, *same; /* NULL: no address */
		bool v4;
	} cases[] = {
	    {"192.0.2.1", "::ffff:c000:201", true},
	    {"::ffff:192.0.2.1", "192.0.2.1", true},
	    {"[::ffff:192.0.2.1]", "192.0.2.1", true},
	    {"2001:db8::1", "2001:DB8:0:0::1", false},
	    {"[2001:db8::1]", "2001:db8::1", false},
	    {"::", "0:0:0:0:0:0:0:0", false},
	    {"::192.0.2.1", "::c000:201", false},
	    {"", NULL, false},
	    {"192.0.2", NULL, false},
	    {"192.0.2.256", NULL, false},
	    {"192.0.2.01", NULL, false},
	    {"192.0.2.1:80", NULL, false},
	    {" 192.0.2.1", NULL, false},
	    {"192.0.2.1 ", NULL, false},
	    {"[192.0.2.1]", NULL, false},
	    {"[[::1]]", NULL, false},
	    {"[::1", NULL, false},
	    {"::1]", NULL, false},
	    {"[]", NULL, false},
	    {"[::1]:80", NULL, false},
	    {"fe80::1%eth0", NULL, false},
	    {"1:2:3:4:5:6:7:8:9", NULL, false},
	    {"0x7f000001", NULL, false},
	    {"2130706433", NULL, false},
	    {"localhost", NULL, false},
	    {"0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000", NULL,
		false},
	};
	struct net_address address;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		if (net_parse(cases[i].text, &address) !=
		    (cases[i].same != NULL))
			fail_msg("\"%s\"", cases[i].text);
		if (cases[i].same == NULL)
			continue;
		assert_same_address(address, cases[i].same);
		assert_int_equal(net_is_v4(&address), cases[i].v4);
	}
}

static void
test_from_sockaddr(void **state)
{
	struct sockaddr_in four = {.sin_family = AF_INET};
	struct sockaddr_in6 six = {.sin6_family = AF_INET6};
	struct sockaddr_un local = {.sun_family = AF_UNIX};
	struct net_address address;

	(void)state;
	inet_pton(AF_INET, "192.0.2.7", &four.sin_addr);
	inet_pton(AF_INET6, "2001:db8::7", &six.sin6_addr);
	assert_true(
	    net_from_sockaddr((const struct sockaddr *)&four, &address));
	assert_same_address(address, "192.0.2.7");
	assert_true(net_from_sockaddr((const struct sockaddr *)&six, &address));
	assert_same_address(address, "2001:db8::7");
	assert_false(
	    net_from_sockaddr((const struct sockaddr *)&local, &address));
}

static void
test_cut(void **state)
{
	static const struct {
		const char *address;
		unsigned bits;
		const char *cut;
	} cases[] = {
	    {"2001:db8:1:2:3:4:5:6", 64, "2001:db8:1:2::"},
	    {"2001:db8:1:2:3:4:5:6", 48, "2001:db8:1::"},
	    {"2001:db8:1:2:3:4:5:6", 128, "2001:db8:1:2:3:4:5:6"},
	    {"2001:db8:1:2:3:4:5:6", 0, "::"},
	    {"ffff:ffff::", 17, "ffff:8000::"},
	    {"ffff:ffff::", 23, "ffff:fe00::"},
	    {"::ffff", 127, "::fffe"},
	};
	struct net_address address;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		address = address_of(cases[i].address);
		assert_same_address(
		    net_cut(&address, cases[i].bits), cases[i].cut);
	}
}

static void
test_prefixes(void **state)
{
	static const struct {
		const char *prefixes; /* is read */
		const char *address;
		bool in;
	} cases[] = {
	    {"127.0.0.1/32 ::1/128", "127.0.0.1", true},
	    {"127.0.0.1/32 ::1/128", "127.0.0.2", false},
	    {"127.0.0.1/32 ::1/128", "::1", true},
	    {"127.0.0.1,::1", "::1", true},
	    {"10.0.0.0/8", "10.255.255.255", true},
	    {"10.1.2.3/8", "10.255.255.255", true},
	    {"10.0.0.0/8", "11.0.0.0", false},
	    {"10.0.0.0/8", "::ffff:10.1.2.3", true},
	    {"192.0.2.128/25", "192.0.2.127", false},
	    {"192.0.2.128/25", "192.0.2.200", true},
	    {"2001:db8::/33", "2001:db8:7fff::1", true},
	    {"2001:db8::/33", "2001:db8:8000::1", false},
	    {"0.0.0.0/0", "203.0.113.9", true},
	    {"0.0.0.0/0", "2001:db8::1", false},
	    {"::/0", "2001:db8::1", true},
	    {"::/0", "203.0.113.9", false},
	    {"::ffff:10.0.0.0/104", "10.9.9.9", true},
	    {"", "127.0.0.1", false},
	};
	struct arena arena = {0};
	struct net_prefixes prefixes;
	struct net_address address;
	struct err err;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		assert_int_equal(net_parse_prefixes(&arena, cases[i].prefixes,
				     &prefixes, &err),
		    0);
		address = address_of(cases[i].address);
		if (net_is_in(&address, &prefixes) != cases[i].in)
			fail_msg(
			    "%s in %s", cases[i].address, cases[i].prefixes);
	}
	arena_reset(&arena);
}

static void
test_bad_prefixes(void **state)
{
	static const char *const cases[] = {"10.0.0.0/33", "::1/129",
	    "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8/8", "/8", "intranet",
	    "10.0.0.0/8 oops", "10.0.0/8", "10.0.0.0/255.0.0.0"};
	struct arena arena = {0};
	struct net_prefixes prefixes;
	struct err err;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		if (net_parse_prefixes(&arena, cases[i], &prefixes, &err) == 0)
			fail_msg("\"%s\"", cases[i]);
		assert_int_equal(err.kind, ERR_CONFIG);
	}
	assert_int_equal(
	    net_parse_prefixes(&arena, "10.0.0.0/8 oops/3", &prefixes, &err),
	    -1);
	assert_non_null(strstr(err.text, "\"oops/3\""));
	arena_reset(&arena);
}

static void
test_client(void **state)
{
	static const struct {
		const char *peer, *forwarded, *client;
	} cases[] = {
	    {"203.0.113.9", NULL, "203.0.113.9"},
	    {"203.0.113.9", "198.51.100.1", "203.0.113.9"},
	    {"127.0.0.1", NULL, "127.0.0.1"},
	    {"127.0.0.1", "", "127.0.0.1"},
	    {"127.0.0.1", "198.51.100.1", "198.51.100.1"},
	    {"127.0.0.1", "[2001:db8::5]", "2001:db8::5"},
	    {"127.0.0.1", " \t198.51.100.1 ", "198.51.100.1"},
	    /* what the visitor wrote himself stands on the left */
	    {"127.0.0.1", "1.1.1.1, 198.51.100.1", "198.51.100.1"},
	    {"127.0.0.1", "junk,198.51.100.1", "198.51.100.1"},
	    {"127.0.0.1", "198.51.100.1,10.0.0.3", "198.51.100.1"},
	    {"127.0.0.1", "1.1.1.1,198.51.100.1 , 10.0.0.3,10.0.0.4",
		"198.51.100.1"},
	    {"127.0.0.1", "10.0.0.3,10.0.0.4", "10.0.0.3"},
	    {"127.0.0.1", "198.51.100.1,junk,10.0.0.4", "10.0.0.4"},
	    {"127.0.0.1", "198.51.100.1,unknown", "127.0.0.1"},
	    {"127.0.0.1", "198.51.100.1,", "127.0.0.1"},
	    {"127.0.0.1", ",,,", "127.0.0.1"},
	    {"127.0.0.1", "198.51.100.1:4711", "127.0.0.1"},
	    {"127.0.0.1", "::ffff:198.51.100.1", "198.51.100.1"},
	};
	struct arena arena = {0};
	struct net_prefixes trusted;
	struct net_address peer;
	struct err err;

	(void)state;
	assert_int_equal(
	    net_parse_prefixes(&arena, "127.0.0.1 10.0.0.0/8", &trusted, &err),
	    0);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		peer = address_of(cases[i].peer);
		assert_same_address(
		    net_client(&peer, cases[i].forwarded, &trusted),
		    cases[i].client);
	}
	arena_reset(&arena);
}

static void
test_loopback_hosts(void **state)
{
	static const struct {
		const char *host;
		bool loopback;
	} cases[] = {
	    {"localhost", true},
	    {"LocalHost", true},
	    {"127.0.0.1", true},
	    {"127.255.0.9", true},
	    {"::1", true},
	    {"[::1]", true},
	    {"::ffff:127.0.0.1", true},
	    {"128.0.0.1", false},
	    {"::2", false},
	    {"::", false},
	    {"0.0.0.0", false},
	    {"localhost.example.org", false},
	    {"127.0.0.1.example.org", false},
	    {"", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		if (net_host_is_loopback(cases[i].host) != cases[i].loopback)
			fail_msg("\"%s\"", cases[i].host);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_parse),
	    cmocka_unit_test(test_from_sockaddr),
	    cmocka_unit_test(test_cut),
	    cmocka_unit_test(test_prefixes),
	    cmocka_unit_test(test_bad_prefixes),
	    cmocka_unit_test(test_client),
	    cmocka_unit_test(test_loopback_hosts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
