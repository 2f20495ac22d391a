#include "message.h"

#include <string.h>

#include "clock.h"
#include "fail.h"
#include "figures.h"
#include "libcrypto.h"
#include "report.h"

/*
 * Messages are made and opened in batches, as a mechanism may take no token
 * twice, and none out of order. The mechanisms and libcrypto take turns, so
 * that all see the same machine; the median of their turns counts.
 */
#define BATCH 256
#define BATCH_BYTES 65536 /* of messages, unless one is longer */
#define LONGEST ((size_t)1 << 20)
#define TURNS 31
#define TURN_NS 6e6 /* what a turn takes, about */

/* What is measured: one act of the sender's, and the receiver's that undoes
 * it. Each returns whether it worked. */
typedef int act(gss_ctx_id_t context, gss_buffer_t message, gss_buffer_t token);
typedef void alone(const uint8_t *message, size_t len, uint8_t *to);

static uint8_t *message_bytes, *scratch;

static int
seal(gss_ctx_id_t context, gss_buffer_t message, gss_buffer_t token)
{
    OM_uint32 minor;

    return gss_wrap(&minor, context, 1, GSS_C_QOP_DEFAULT, message, NULL,
                    token) == GSS_S_COMPLETE;
}

static int
wrap(gss_ctx_id_t context, gss_buffer_t message, gss_buffer_t token)
{
    OM_uint32 minor;

    return gss_wrap(&minor, context, 0, GSS_C_QOP_DEFAULT, message, NULL,
                    token) == GSS_S_COMPLETE;
}

static int
unwrap(gss_ctx_id_t context, gss_buffer_t message, gss_buffer_t token)
{
    OM_uint32 minor;

    return gss_unwrap(&minor, context, token, message, NULL, NULL) ==
           GSS_S_COMPLETE;
}

static int
get_mic(gss_ctx_id_t context, gss_buffer_t message, gss_buffer_t token)
{
    OM_uint32 minor;

    return gss_get_mic(&minor, context, GSS_C_QOP_DEFAULT, message, token) ==
           GSS_S_COMPLETE;
}

static int
verify_mic(gss_ctx_id_t context, gss_buffer_t message, gss_buffer_t token)
{
    OM_uint32 minor;

    return gss_verify_mic(&minor, context, message, token, NULL) ==
           GSS_S_COMPLETE;
}

static const struct pair {
    const char *name[2];
    act *act[2];
    alone *alone[2];
    int opens; /* the receiver makes a message of its own */
} pairs[] = {
    {{"wrap, conf", "unwrap, conf"},
     {seal, unwrap},
     {libcrypto_seal, libcrypto_open},
     1},
    {{"get_mic", "verify_mic"},
     {get_mic, verify_mic},
     {libcrypto_sign, libcrypto_sign},
     0},
    {{"wrap, integ", "unwrap, integ"},
     {wrap, unwrap},
     {libcrypto_sign, libcrypto_sign},
     1},
};

static int
batch_for(size_t len)
{
    size_t count = BATCH_BYTES / len;

    return count > BATCH ? BATCH : count < 1 ? 1 : (int)count;
}

/* A batch by a mechanism; adds the nanoseconds of both acts to @p ns. */
static int
batch(const struct ends *ends, const struct pair *pair, size_t len, double *ns)
{
    static gss_buffer_desc tokens[BATCH], messages[BATCH];
    int count = batch_for(len), good = 1, i;
    double began, made, ended;
    OM_uint32 minor;

    for (i = 0; i < count; i++)
        messages[i] = (gss_buffer_desc){len, message_bytes};
    began = clock_ns();
    for (i = 0; i < count; i++)
        good &= pair->act[0](ends->client, &messages[i], &tokens[i]);
    made = clock_ns();
    for (i = 0; i < count; i++)
        good &= pair->act[1](ends->server, &messages[i], &tokens[i]);
    ended = clock_ns();
    ns[0] += made - began;
    ns[1] += ended - made;
    for (i = 0; i < count; i++) {
        if (pair->opens)
            gss_release_buffer(&minor, &messages[i]);
        gss_release_buffer(&minor, &tokens[i]);
    }
    return good;
}

/* A batch by libcrypto. */
static int
batch_alone(const struct pair *pair, size_t len, double *ns)
{
    int count = batch_for(len), which, i;

    for (which = 0; which < 2; which++) {
        double began = clock_ns();

        for (i = 0; i < count; i++)
            pair->alone[which](message_bytes, len, scratch);
        ns[which] += clock_ns() - began;
    }
    return 1;
}

/* Who takes turns: the mechanisms, and libcrypto after them. */
enum { CONTENDERS = MECHS + 1 };

static int
some_batch(const struct ends *ends, int who, const struct pair *pair,
           size_t len, double *ns)
{
    if (who == MECHS)
        return batch_alone(pair, len, ns);
    return ends[who].client != GSS_C_NO_CONTEXT &&
           batch(&ends[who], pair, len, ns);
}

/* How many batches make a turn; 0 for who cannot do it. */
static int
batches_for(const struct ends *ends, int who, const struct pair *pair,
            size_t len)
{
    double ns[2] = {0, 0};

    if (!some_batch(ends, who, pair, len, ns)) /* and what is made once */
        return 0;
    ns[0] = ns[1] = 0;
    some_batch(ends, who, pair, len, ns);
    return 1 + (int)(TURN_NS / (ns[0] + ns[1]));
}

/* Keep a figure, without the blanks that an act has in its name; returns the
 * median. */
static double
keep(double *turns, const char *who, const char *name, size_t len)
{
    struct figure figure = figure_of(turns, TURNS);
    size_t word = strcspn(name, ",");
    const char *more = name[word] == ',' ? name + word + 2 : "";

    figure_keep(figure, "message.ns.%s.%.*s%s%s.%zu", who, (int)word, name,
                *more == '\0' ? "" : "_", more, len);
    return figure.median;
}

static void
measure(const struct ends *ends, const struct pair *pair, size_t len,
        struct row rows[2])
{
    static double turns[CONTENDERS][2][TURNS];
    int batches[CONTENDERS], who, turn, which, i;

    for (who = 0; who < CONTENDERS; who++)
        batches[who] = batches_for(ends, who, pair, len);
    for (turn = 0; turn < TURNS; turn++) {
        for (who = 0; who < CONTENDERS; who++) {
            double ns[2] = {0, 0};

            for (i = 0; i < batches[who]; i++) {
                if (!some_batch(ends, who, pair, len, ns))
                    fail("a message failed");
            }
            for (which = 0; which < 2 && batches[who] != 0; which++)
                turns[who][which][turn] =
                    ns[which] / batches[who] / batch_for(len);
        }
    }
    for (which = 0; which < 2; which++) {
        rows[which] = (struct row){.act = pair->name[which], .len = len};
        for (who = 0; who < MECHS; who++) {
            if (batches[who] != 0)
                rows[which].mechs[who] = keep(
                    turns[who][which], mechs[who].name, pair->name[which], len);
        }
        rows[which].libcrypto =
            keep(turns[MECHS][which], "libcrypto", pair->name[which], len);
    }
}

void
message_measure(const struct ends ends[MECHS])
{
    static const size_t lens[] = {64, 1024, 16384, LONGEST};
    enum { LENS = sizeof(lens) / sizeof(lens[0]) };
    struct row rows[LENS][2];
    size_t p, l, which;

    message_bytes = calloc(1, LONGEST);
    scratch = malloc(LONGEST);
    if (message_bytes == NULL || scratch == NULL)
        fail("out of memory");
    libcrypto_begin();
    report_head();
    for (p = 0; p < sizeof(pairs) / sizeof(pairs[0]); p++) {
        for (l = 0; l < LENS; l++)
            measure(ends, &pairs[p], lens[l], rows[l]);
        for (which = 0; which < 2; which++) {
            for (l = 0; l < LENS; l++)
                report_row(&rows[l][which]);
        }
    }
    libcrypto_end();
    free(message_bytes);
    free(scratch);
}
