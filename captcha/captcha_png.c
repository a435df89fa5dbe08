#include "captcha/captcha.h"

#include <string.h>

#include <png.h>
#include <sodium.h>

#include "captcha/captcha_draw.h"
#include "captcha/challenge.h"
#include "captcha/chance.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"

/* libpng's simplified interface: a palette of two makes it one bit a pixel,
 * and its errors return instead of jumping. */
static int
encode(const struct picture *picture, struct buf *out, struct err *err)
{
	unsigned char bytes[CAPTCHA_PNG_MAX];
	png_alloc_size_t len = sizeof bytes;
	png_image image = {
	    .version = PNG_IMAGE_VERSION,
	    .width = PICTURE_WIDTH,
	    .height = PICTURE_HEIGHT,
	    .format = PNG_FORMAT_RGB_COLORMAP,
	    .colormap_entries = PICTURE_COLOURS,
	};

	if (png_image_write_to_memory(&image, bytes, &len, 0, picture->pixels,
		PICTURE_WIDTH, picture->palette) == 0)
		return err_set(
		    err, ERR_INTERNAL, "captcha picture: %s", image.message);
	buf_add(out, bytes, len);
	if (!buf_ok(out))
		return err_set(err, ERR_INTERNAL, "captcha picture: no room");
	return 0;
}

int
challenge_draw(const unsigned char key[SECRET_KEY],
    const struct challenge *challenge, struct buf *out, struct err *err)
{
	char name[CHALLENGE_NAME + 1];
	struct picture picture;
	struct chance chance;

	sodium_bin2base64(name, sizeof name, challenge->nonce, CHALLENGE_NONCE,
	    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	chance_seed(&chance, key, "captdraw", name);
	captcha_draw(&chance, challenge->digits, &picture);
	chance_wipe(&chance);
	return encode(&picture, out, err);
}

enum lookup
captcha_png(const unsigned char key[SECRET_KEY], const char *id, int64_t now_ms,
    struct buf *out, struct err *err)
{
	struct challenge challenge;
	int rc;

	if (!challenge_open(key, id, &challenge))
		return LOOKUP_ABSENT;
	if (challenge_is_over(&challenge, now_ms)) {
		sodium_memzero(&challenge, sizeof challenge);
		return LOOKUP_ABSENT;
	}
	rc = challenge_draw(key, &challenge, out, err);
	sodium_memzero(&challenge, sizeof challenge);
	return rc == 0 ? LOOKUP_FOUND : LOOKUP_FAILED;
}
