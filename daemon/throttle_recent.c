#include "daemon/throttle_recent.h"

void
throttle_recent_add(struct throttle_recent *recent, uid_t account,
                    struct slice user)
{
    struct throttle_refused *r;
    size_t i;

    for (i = 0; i < THROTTLE_RECENT_MAX; i++) {
        r = &recent->list[i];
        if (r->account == account &&
            slice_equal((struct slice){r->user, r->len}, user))
            return;
    }
    r = &recent->list[recent->next++ % THROTTLE_RECENT_MAX];
    r->account = account;
    r->len = user.len;
    memcpy(r->user, user.data, user.len);
}
