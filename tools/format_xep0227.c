#include "xep0227.h"

#include <errno.h>
#include <string.h>
#include <stringprep.h>

#include "base/base64.h"

static enum format_status
read_xep0227(struct source *source, struct record *record, struct sentence *why)
{
    if (source->xep0227 == NULL)
        source->xep0227 = xep0227_open(&source->input);
    errno = ENOMEM;
    return source->xep0227 == NULL ? FORMAT_FAILED
                                   : xep0227_read(source->xep0227, record, why);
}

/* Whether a host's name can stand in an attribute, and is no more than that. */
static bool
begin_xep0227(FILE *stream, const char *host)
{
    if (host[0] == '\0' || strlen(host) > XEP0227_HOST_MAX ||
        strpbrk(host, " \t\r\n\"&'/<>@") != NULL)
        return false;
    fprintf(stream,
            "<?xml version='1.0' encoding='UTF-8'?>\n"
            "<server-data xmlns='" XEP0227_NAMESPACE "'><host jid='%s'>\n",
            host);
    return true;
}

static void
end_xep0227(FILE *stream)
{
    fputs("</host></server-data>\n", stream);
}

/* Whether a name is one of XMPP's as it is. Such a name has nothing in it that
 * XML escapes. */
static bool
is_localpart(struct slice user)
{
    char name[SCRAM_USER_MAX + 1] = {0};
    char prepared[4 * SCRAM_USER_MAX];

    memcpy(name, user.data, user.len);
    memcpy(prepared, name, sizeof(name));
    return stringprep_xmpp_nodeprep(prepared, sizeof(prepared)) ==
               STRINGPREP_OK &&
           strcmp(prepared, name) == 0;
}

/*
 * Write an element of base64.
 *
 * @param times  how often it is encoded, 1 or 2
 */
static void
format_xep0227_write_base64(FILE *stream, const char *name, struct slice bytes,
                            int times)
{
    uint8_t space[2][BASE64_LEN(BASE64_LEN(SCRAM_SALT_MAX))];
    int i;

    for (i = 0; i < times; i++) {
        struct buffer text = BUFFER_ARRAY(space[i]);

        base64_encode(bytes, &text);
        bytes = buffer_slice(&text);
    }
    fprintf(stream, "<%s>%.*s</%s>", name, (int)bytes.len,
            (const char *)bytes.data, name);
    OPENSSL_cleanse(space, sizeof(space));
}

/* A user is one line, so that a file can be cut into several. */
static bool
write_user(FILE *stream, struct slice user,
           const struct scram_verifier *verifier, int times)
{
    size_t hash_len = scram_hash_len(verifier->mechanism);

    if (!verifier->enabled || verifier->mechanism != SCRAM_SHA_256 ||
        !is_localpart(user))
        return false;
    fprintf(stream,
            "<user name='%.*s'><scram-credentials xmlns='" XEP0227_SCRAM
            "' mechanism='%s'><iter-count>%u</iter-count>",
            (int)user.len, (const char *)user.data,
            scram_mechanism_name(verifier->mechanism),
            (unsigned)verifier->iterations);
    format_xep0227_write_base64(
        stream, "salt", (struct slice){verifier->salt, verifier->salt_len},
        times);
    format_xep0227_write_base64(
        stream, "server-key",
        (struct slice){verifier->server_key.data, hash_len}, times);
    format_xep0227_write_base64(
        stream, "stored-key",
        (struct slice){verifier->stored_key.data, hash_len}, times);
    fputs("</scram-credentials></user>\n", stream);
    return true;
}

static bool
write_xep0227(FILE *stream, struct slice user,
              const struct scram_verifier *verifier, const char *host)
{
    (void)host;
    return write_user(stream, user, verifier, 1);
}

static bool
write_ejabberd(FILE *stream, struct slice user,
               const struct scram_verifier *verifier, const char *host)
{
    (void)host;
    return write_user(stream, user, verifier, 2);
}

#define EITHER                                                                 \
    .passwords = true, .read = read_xep0227,                                   \
    .base = "which host the users are of, as in example.org",                  \
    .begin = begin_xep0227, .end = end_xep0227,                                \
    .cannot = "users who are disabled, nor SCRAM-SHA-1, nor names that XMPP "  \
              "has otherwise or not at all"

const struct format format_ejabberd = {
    .name = "ejabberd", .write = write_ejabberd, EITHER};
const struct format format_xep0227 = {
    .name = "xep0227", .write = write_xep0227, EITHER};
