#include "scram/saslname.h"

void
scram_saslname_encode(struct slice user, struct buffer *saslname)
{
    size_t i;

    for (i = 0; i < user.len; i++) {
        if (user.data[i] == ',')
            buffer_put(saslname, SLICE("=2C"));
        else if (user.data[i] == '=')
            buffer_put(saslname, SLICE("=3D"));
        else
            buffer_put(saslname, (struct slice){user.data + i, 1});
    }
}

/*
 * saslname        = 1*(value-safe-char / "=2C" / "=3D")
 */
enum scram_status
scram_saslname_decode(struct slice saslname, struct buffer *user)
{
    size_t i = 0;

    while (i < saslname.len) {
        struct slice rest = {saslname.data + i, saslname.len - i};

        if (slice_starts_with(rest, SLICE("=2C"))) {
            buffer_put(user, SLICE(","));
            i += 3;
        } else if (slice_starts_with(rest, SLICE("=3D"))) {
            buffer_put(user, SLICE("="));
            i += 3;
        } else if (rest.data[0] == '=') {
            return SCRAM_BAD_ENCODING;
        } else {
            buffer_put(user, (struct slice){rest.data, 1});
            i++;
        }
    }
    return user->overflow ? SCRAM_BAD_ENCODING : SCRAM_OK;
}
