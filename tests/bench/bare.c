/*
 * bare - the baseline: libmicrohttpd, thread per connection, one fixed page.
 *
 *     bare PORT BYTES
 *
 * As many bytes and as many headers as our form page, and nothing else.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <microhttpd.h>

struct page {
	char *bytes;
	size_t len;
};

static enum MHD_Result
answer(void *context, struct MHD_Connection *connection, const char *url,
    const char *method, const char *version, const char *bytes, size_t *len,
    void **state)
{
	static const char *const names[] = {"Content-Security-Policy",
	    "X-Content-Type-Options", "Referrer-Policy", "X-Frame-Options",
	    "Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy",
	    "Cross-Origin-Embedder-Policy", "Permissions-Policy",
	    "X-Robots-Tag", "Content-Type", "Cache-Control"};
	const struct page *page = context;
	struct MHD_Response *response;
	enum MHD_Result rc;

	(void)url;
	(void)method;
	(void)version;
	(void)bytes;
	(void)len;
	/* An answer at the first call would close the connection. */
	if (*state == NULL) {
		*state = context;
		return MHD_YES;
	}
	response = MHD_create_response_from_buffer(
	    page->len, page->bytes, MHD_RESPMEM_PERSISTENT);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)MHD_add_response_header(
		    response, names[i], "same-origin; none; no-store");
	rc = MHD_queue_response(connection, MHD_HTTP_OK, response);
	MHD_destroy_response(response);
	return rc;
}

int
main(int argc, char **argv)
{
	struct page page;

	if (argc != 3)
		return 64;
	page.len = (size_t)strtoul(argv[2], NULL, 10);
	page.bytes = malloc(page.len + 1);
	if (page.bytes == NULL)
		return 70;
	memset(page.bytes, 'x', page.len);
	if (MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD |
				 MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL |
				 MHD_USE_ITC,
		(uint16_t)strtoul(argv[1], NULL, 10), NULL, NULL, answer, &page,
		MHD_OPTION_CONNECTION_LIMIT, 512U, MHD_OPTION_END) == NULL)
		return 69;
	for (;;)
		pause();
}
