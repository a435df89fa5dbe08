#include "lib/flow/setting.h"

#include "lib/base/pack.h"
#include "lib/people/password.h"

enum { FAULTS_ALL = 2 * PASSWORD_ENCODING - 1 };

/* policy is -1 .. 9 on the wire as 0 .. 10. */
void
setting_pack_verdict(unsigned faults, int policy, struct buf *out)
{
	pack_u64(out, faults);
	pack_u8(out, (uint8_t)(policy + 1));
}

void
setting_unpack_verdict(struct unpack *in, unsigned *faults, int *policy)
{
	*faults = (unsigned)unpack_u64(in) & FAULTS_ALL;
	*policy = unpack_u8(in) - 1;
}
