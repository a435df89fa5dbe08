#include "lib/web/security.h"

#include "lib/base/base.h"

const struct security_header security_headers[] = {
    {"Content-Security-Policy",
	"default-src 'none'; style-src 'self'; script-src 'self'; "
	"img-src 'self'; media-src 'self'; connect-src 'self'; "
	"worker-src 'self'; font-src 'self'; form-action 'self'; "
	"frame-ancestors 'none'; base-uri 'none'; object-src 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"X-Frame-Options", "DENY"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Cross-Origin-Embedder-Policy", "require-corp"},
    {"Permissions-Policy", "geolocation=(), camera=(), microphone=()"},
    {"X-Robots-Tag", "noindex, nofollow"},
};
const size_t security_header_count = COUNT_OF(security_headers);

const struct security_header security_hsts = {
    "Strict-Transport-Security", "max-age=63072000; includeSubDomains"};
