#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/base.h"
#include "lib/base/err.h"
#include "lib/web/server_listen.h"

static void
test_inet(void **unused)
{
	static const char *const texts[] = {
	    "127.0.0.1:0", "localhost:0", "[::1]:0"};
	struct err err = {0};

	(void)unused;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		int fd = server_listen(texts[i], &err);

		/* a machine without IPv6 is no failure of ours */
		if (fd < 0 && texts[i][0] == '[')
			continue;
		assert_true(fd >= 0);
		close(fd);
	}
	assert_int_equal(server_listen("nowhere", &err), -1);
	assert_int_equal(err.kind, ERR_CONFIG);
	assert_int_equal(server_listen("192.0.2.1:1", &err), -1);
	assert_int_equal(err.kind, ERR_UNAVAILABLE);
}

static void
test_unix(void **unused)
{
	char folder[] = "/tmp/rentree-listen-XXXXXX", text[128];
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct err err = {0};
	struct stat st;
	int fd, client;
	FILE *file;

	(void)unused;
	assert_non_null(mkdtemp(folder));
	(void)snprintf(text, sizeof text, "unix:%s/s", folder);
	(void)snprintf(
	    address.sun_path, sizeof address.sun_path, "%s/s", folder);
	fd = server_listen(text, &err);
	assert_true(fd >= 0);
	assert_int_equal(stat(address.sun_path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0660);

	/* somebody answers there: it is not ours to take */
	assert_int_equal(server_listen(text, &err), -1);
	assert_int_equal(err.kind, ERR_UNAVAILABLE);
	client = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(
	    connect(client, (struct sockaddr *)&address, sizeof address), 0);
	close(client);
	close(fd);

	/* nobody does any more: it is */
	fd = server_listen(text, &err);
	assert_true(fd >= 0);
	close(fd);
	unlink(address.sun_path);

	/* a file that is no socket stays */
	file = fopen(address.sun_path, "w");
	assert_non_null(file);
	fclose(file);
	assert_int_equal(server_listen(text, &err), -1);
	assert_int_equal(stat(address.sun_path, &st), 0);
	unlink(address.sun_path);
	rmdir(folder);
}

static void
test_too_long(void **unused)
{
	char text[256];

	(void)unused;
	memset(text, 'x', sizeof text);
	memcpy(text, "unix:/", 6);
	text[sizeof text - 1] = '\0';
	assert_false(server_listen_is_valid(text));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_inet),
	    cmocka_unit_test(test_unix),
	    cmocka_unit_test(test_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
