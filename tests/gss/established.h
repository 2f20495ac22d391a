/*
 * An established context for each test, and its two ends.
 */
#ifndef ESTABLISHED_H
#define ESTABLISHED_H

#include <string.h>

#include "world.h"

static struct handshake established;

static inline void
establish(void)
{
    handshake_begin(&established, &sha_256, "alice", "wonderland");
    handshake_run(&established);
    ck_assert(handshake_is_complete(&established));
}

static inline void
end(void)
{
    handshake_end(&established);
}

/* Who sends in a test that both are to send in, and who receives. */
struct ends {
    gss_ctx_id_t from, to;
};

static inline struct ends
ends(bool from_server)
{
    if (from_server)
        return (struct ends){established.server, established.client};
    return (struct ends){established.client, established.server};
}

/* gss_wrap, which must succeed. */
static inline gss_buffer_desc
wrap(gss_ctx_id_t from, const void *text, size_t len, int conf)
{
    gss_buffer_desc message = {len, (void *)text}, token;
    OM_uint32 minor;

    ck_assert_uint_eq(
        gss_wrap(&minor, from, conf, GSS_C_QOP_DEFAULT, &message, NULL, &token),
        GSS_S_COMPLETE);
    return token;
}

/* gss_unwrap of what must be that text. */
static inline void
assert_unwraps(gss_ctx_id_t to, gss_buffer_t token, const void *text,
               size_t len, int conf)
{
    gss_buffer_desc message;
    OM_uint32 minor;
    int state;

    ck_assert_uint_eq(gss_unwrap(&minor, to, token, &message, &state, NULL),
                      GSS_S_COMPLETE);
    ck_assert_int_eq(state, conf);
    ck_assert_uint_eq(message.length, len);
    if (len != 0)
        ck_assert_mem_eq(message.value, text, len);
    gss_release_buffer(&minor, &message);
}

#endif
