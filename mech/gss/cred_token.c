#include "gss/cred_token.h"

#include "base/config.h"
#include "base/pack.h"

/*
 *     "SCRC" version
 *     usage           1: initiates, 2: accepts, 3: both
 *     mechanism kind  of the name
 *     name            all names, paths and passwords behind their length
 *     min_iterations max_iterations                  if it initiates
 *         password agent path user
 *     location handshake_timeout max_half_open       if it accepts
 *         require_channel_bindings audit
 */
#define MAGIC SLICE("SCRC")
#define VERSION 1

#define INITIATES 1
#define ACCEPTS 2

/* Four for the magic, four of one byte, the name's length; then the numbers
 * and lengths of the two kinds. */
#define FIXED_SIZE (4 + 4 + 4)
#define INITIATOR_SIZE (2 * 4 + 3 * 4 + 1)
#define ACCEPTOR_SIZE (4 + 2 * 4 + 2)

size_t
cred_token_size(const struct cred_token *t)
{
    return FIXED_SIZE + t->name.len +
           (t->initiates
                ? INITIATOR_SIZE + t->password.len + t->path.len + t->user.len
                : 0) +
           (t->accepts ? ACCEPTOR_SIZE + t->location.len : 0);
}

void
cred_token_write(const struct cred_token *t, struct buffer *out)
{
    buffer_put(out, MAGIC);
    pack_number(out, 1, VERSION);
    pack_number(out, 1,
                (t->initiates ? INITIATES : 0u) | (t->accepts ? ACCEPTS : 0u));
    pack_number(out, 1, t->mechanism);
    pack_number(out, 1, t->kind);
    pack_bytes(out, t->name);
    if (t->initiates) {
        pack_number(out, 4, t->min_iterations);
        pack_number(out, 4, t->max_iterations);
        pack_bytes(out, t->password);
        pack_number(out, 1, t->agent);
        pack_bytes(out, t->path);
        pack_bytes(out, t->user);
    }
    if (t->accepts) {
        pack_bytes(out, t->location);
        pack_number(out, 4, t->handshake_timeout);
        pack_number(out, 4, t->max_half_open);
        pack_number(out, 1, t->require_channel_bindings);
        pack_number(out, 1, t->audit);
    }
}

/* Text that a NUL may be put behind. */
static struct slice
unpack_text(struct unpack *u, size_t max)
{
    struct slice text = unpack_bytes(u, max);

    if (text.len != 0 && memchr(text.data, '\0', text.len) != NULL)
        u->failed = true;
    return text;
}

static void
read_initiator(struct unpack *u, struct cred_token *t)
{
    t->min_iterations = (uint32_t)unpack_number(u, 4, INT32_MAX);
    t->max_iterations = (uint32_t)unpack_number(u, 4, INT32_MAX);
    t->password = unpack_bytes(u, CRED_TOKEN_PASSWORD_MAX);
    t->agent = unpack_number(u, 1, 1) != 0;
    t->path = unpack_text(u, CRED_TOKEN_PATH_MAX);
    t->user = unpack_text(u, CRED_TOKEN_NAME_MAX);
}

static void
read_acceptor(struct unpack *u, struct cred_token *t)
{
    t->location = unpack_text(u, CRED_TOKEN_PATH_MAX);
    t->handshake_timeout = (uint32_t)unpack_number(u, 4, CONFIG_TIMEOUT_MAX);
    t->max_half_open = (uint32_t)unpack_number(u, 4, CONFIG_HALF_OPEN_MAX);
    t->require_channel_bindings = unpack_number(u, 1, 1) != 0;
    t->audit = unpack_number(u, 1, 1) != 0;
}

/* Whether there is what a credential of its kind cannot do without, and no
 * more: where no name is, neither its mechanism nor its kind is there; an
 * initiator has a user's name and a password, or an agent or a file and either
 * the name that was asked for or whom they are for. */
static bool
makes_sense(const struct cred_token *t)
{
    if (t->accepts &&
        (t->location.len == 0 || t->handshake_timeout < CONFIG_TIMEOUT_MIN ||
         t->max_half_open == 0))
        return false;
    if (t->name.len == 0 && (t->kind != 0 || t->mechanism != 0))
        return false;
    if (!t->initiates)
        return true;
    if (t->name.len != 0 && t->kind != NAME_USER)
        return false;
    if (t->path.len == 0 && !t->agent)
        return t->name.len != 0 && t->user.len == 0;
    return t->password.len == 0 && (t->name.len == 0) == (t->user.len != 0);
}

enum scram_status
cred_token_read(struct slice bytes, struct cred_token *token)
{
    struct unpack u = {.rest = bytes};
    struct cred_token read = {0};
    uint64_t usage;

    if (!slice_equal(unpack_raw(&u, MAGIC.len), MAGIC) ||
        unpack_number(&u, 1, UINT8_MAX) != VERSION)
        return SCRAM_BAD_ENCODING;
    usage = unpack_number(&u, 1, INITIATES | ACCEPTS);
    read.initiates = (usage & INITIATES) != 0;
    read.accepts = (usage & ACCEPTS) != 0;
    read.mechanism =
        (enum scram_mechanism)unpack_number(&u, 1, SCRAM_MECHANISMS - 1);
    read.kind = (enum name_kind)unpack_number(&u, 1, NAME_SERVICE);
    read.name = unpack_text(&u, CRED_TOKEN_NAME_MAX);
    if (read.initiates)
        read_initiator(&u, &read);
    if (read.accepts)
        read_acceptor(&u, &read);
    if (!unpack_complete(&u) || usage == 0 || !makes_sense(&read))
        return SCRAM_BAD_ENCODING;
    *token = read;
    return SCRAM_OK;
}
