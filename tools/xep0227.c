#include "xep0227.h"

#include <stdlib.h>
#include <string.h>

#include "xep0227_credentials.h"
#include "xml.h"

enum element {
    NOTHING, /* the document itself */
    SERVER_DATA,
    HOST,
    USER,
    CREDENTIALS,
    ITERATIONS,
    SALT,
    STORED_KEY,
    SERVER_KEY,
    PRIVATE,
    BANNED,
    INCLUDE
};

/* The elements that mean something, and in which they do. */
static const struct {
    enum element in;
    const char *name;
    enum element element;
} elements[] = {
    {NOTHING, XEP0227_NAMESPACE " server-data", SERVER_DATA},
    /* of a document that ejabberd includes */
    {NOTHING, XEP0227_NAMESPACE " host", HOST},
    {SERVER_DATA, XEP0227_NAMESPACE " host", HOST},
    {HOST, XEP0227_NAMESPACE " user", USER},
    {USER, XEP0227_SCRAM " scram-credentials", CREDENTIALS},
    {CREDENTIALS, XEP0227_SCRAM " iter-count", ITERATIONS},
    {CREDENTIALS, XEP0227_SCRAM " salt", SALT},
    {CREDENTIALS, XEP0227_SCRAM " stored-key", STORED_KEY},
    {CREDENTIALS, XEP0227_SCRAM " server-key", SERVER_KEY},
    /* ejabberd's ban_account */
    {USER, "jabber:iq:private query", PRIVATE},
    {PRIVATE, "jabber:ejabberd:banned banned", BANNED},
    {SERVER_DATA, "http://www.w3.org/2001/XInclude include", INCLUDE},
    {HOST, "http://www.w3.org/2001/XInclude include", INCLUDE},
};

#define DEPTH_MAX 6 /* of those */

/* The attribute that Prosody gives a user who may not log in. */
#define DISABLED "http://prosody.im/protocol/extended-xep0227 disabled"

/* A user, as far as one was read. */
struct account {
    unsigned long line;
    uint8_t name[1024];
    size_t name_len;
    uint8_t password[1024];
    size_t password_len;
    bool has_password;
    bool disabled;
    unsigned has; /* verifiers, a bit for each mechanism */
    struct scram_verifier verifiers[SCRAM_MECHANISMS];
    bool bad;            /* something is not taken, */
    struct sentence why; /* for this reason */
};

/* A file that is being read. */
struct xep0227 {
    struct xml *xml;
    struct input *input;
    enum element path[DEPTH_MAX];    /* of those that mean something */
    size_t depth;                    /* in path */
    size_t skipped;                  /* and of others below */
    char host[XEP0227_HOST_MAX + 1]; /* empty before the first */
    bool alien; /* it is not read on, for the account's reason */
    struct account account;
    struct credentials credentials;
};

static enum element
element_of(const struct xep0227 *x)
{
    return x->depth == 0 ? NOTHING : x->path[x->depth - 1];
}

/* The field that is being read, or NULL. */
static struct credentials_field *
field_of(struct xep0227 *x)
{
    if (x->skipped > 0)
        return NULL;
    switch (element_of(x)) {
    case ITERATIONS:
        return &x->credentials.iterations;
    case SALT:
        return &x->credentials.salt;
    case STORED_KEY:
        return &x->credentials.stored_key;
    case SERVER_KEY:
        return &x->credentials.server_key;
    default:
        return NULL;
    }
}

static const char *
xep0227_find_attribute(const char **attributes, const char *name)
{
    for (; attributes[0] != NULL; attributes += 2)
        if (strcmp(attributes[0], name) == 0)
            return attributes[1];
    return NULL;
}

/* Copy an attribute; false if it is not there, or longer. */
static bool
xep0227_keep(const char *value, uint8_t *data, size_t size, size_t *len)
{
    if (value == NULL || strlen(value) > size)
        return false;
    *len = strlen(value);
    memcpy(data, value, *len);
    return true;
}

/* What is read from here on is not a user's; its line is this one. */
static void
xep0227_begin_account(struct xep0227 *x)
{
    OPENSSL_cleanse(&x->account, sizeof(x->account));
    x->account.line = xml_line(x->xml);
}

/* Say why something of the account is not taken. */
static void
xep0227_blame(struct xep0227 *x, const char *why)
{
    sentence_write(&x->account.why, "%s", why);
    x->account.bad = true;
}

/* Read no further than here. */
static void
xep0227_give_up(struct xep0227 *x, const char *why)
{
    xep0227_blame(x, why);
    x->alien = true;
    xml_pause(x->xml);
}

/* Users of two hosts may have one name, and are two people. */
static void
begin_host(struct xep0227 *x, const char **attributes)
{
    const char *host = xep0227_find_attribute(attributes, "jid");

    xep0227_begin_account(x);
    if (host == NULL || host[0] == '\0' || strlen(host) > XEP0227_HOST_MAX)
        xep0227_give_up(x, "the host has no jid");
    else if (x->host[0] == '\0')
        memcpy(x->host, host, strlen(host) + 1);
    else if (strcmp(x->host, host) != 0)
        xep0227_give_up(
            x, "users of another host begin here, who may have the same "
               "names; import each host's by themselves");
}

static void
begin_user(struct xep0227 *x, const char **attributes)
{
    const char *password = xep0227_find_attribute(attributes, "password");
    const char *disabled = xep0227_find_attribute(attributes, DISABLED);
    struct account *a = &x->account;

    xep0227_begin_account(x);
    a->disabled = disabled != NULL && strcmp(disabled, "false") != 0;
    a->has_password = password != NULL;
    if (!xep0227_keep(xep0227_find_attribute(attributes, "name"), a->name,
                      sizeof(a->name), &a->name_len) ||
        a->name_len == 0)
        xep0227_blame(x, "the user has no name, or one over 256 bytes");
    else if (password != NULL &&
             !xep0227_keep(password, a->password, sizeof(a->password),
                           &a->password_len))
        xep0227_blame(x, "the password is longer than 1024 bytes");
}

static void
begin_include(struct xep0227 *x)
{
    xep0227_begin_account(x);
    xep0227_blame(x, "another file is included; import that one by itself");
}

static void
begin_other(struct xep0227 *x)
{
    if (x->depth > 0)
        return;
    xep0227_begin_account(x);
    xep0227_give_up(x,
                    "it is not XEP-0227: the first element is not server-data "
                    "of " XEP0227_NAMESPACE);
}

/* xml_handlers.start */
static void
xep0227_start(void *data, const char *name, const char **attributes)
{
    struct xep0227 *x = data;
    enum element in = element_of(x), element = NOTHING;
    size_t i;

    for (i = 0; x->skipped == 0 && i < sizeof(elements) / sizeof(elements[0]);
         i++)
        if (elements[i].in == in && strcmp(elements[i].name, name) == 0)
            element = elements[i].element;
    if (element == NOTHING) {
        x->skipped++;
        begin_other(x);
        return;
    }
    x->path[x->depth++] = element;
    if (element == HOST)
        begin_host(x, attributes);
    else if (element == USER)
        begin_user(x, attributes);
    else if (element == CREDENTIALS)
        credentials_begin(&x->credentials,
                          xep0227_find_attribute(attributes, "mechanism"));
    else if (element == INCLUDE)
        begin_include(x);
    else if (element == BANNED)
        x->account.disabled = true;
    else if (field_of(x) != NULL)
        credentials_begin_field(field_of(x));
}

/* xml_handlers.text */
static void
xep0227_text(void *data, struct slice bytes)
{
    struct credentials_field *field = field_of(data);

    if (field != NULL)
        credentials_put(field, bytes);
}

static void
end_credentials(struct xep0227 *x)
{
    struct account *a = &x->account;
    CLEANUP_VERIFIER struct scram_verifier verifier = {.iterations = 0};

    switch (credentials_end(&x->credentials, &verifier, &a->why)) {
    case FORMAT_RECORD:
        if (a->has & 1u << verifier.mechanism) {
            xep0227_blame(x, "it has credentials for one mechanism twice");
            break;
        }
        a->verifiers[verifier.mechanism] = verifier;
        a->has |= 1u << verifier.mechanism;
        break;
    case FORMAT_BAD:
        a->bad = true;
        break;
    default: /* for another mechanism */
        break;
    }
}

/* See to it that a user of whom nothing is taken is said. */
static void
end_user(struct xep0227 *x)
{
    struct account *a = &x->account;
    const char *why = NULL;

    if (a->name_len == 0)
        a->has = 0;
    else if (a->has != 0)
        a->has_password = false; /* what is made of it is there */
    else if (!a->has_password)
        why = "the user has no credentials for SCRAM-SHA-256 or SCRAM-SHA-1, "
              "and no password";
    else if (a->disabled)
        why = "the user may not log in, and is taken with credentials for "
              "SCRAM alone";
    else if (slice_starts_with((struct slice){a->password, a->password_len},
                               SLICE("scram:")))
        why = "the password is in the form of an ejabberd from before 21.12; "
              "export it by a newer one";
    if (why != NULL && !a->bad)
        xep0227_blame(x, why);
    a->has_password = a->has_password && !a->bad;
    xml_pause(x->xml);
}

/* xml_handlers.end */
static void
xep0227_end(void *data)
{
    struct xep0227 *x = data;

    if (x->skipped > 0) {
        x->skipped--;
        return;
    }
    switch (x->path[--x->depth]) {
    case CREDENTIALS:
        end_credentials(x);
        break;
    case USER:
        end_user(x);
        break;
    case INCLUDE:
        xml_pause(x->xml);
        break;
    default:
        break;
    }
}

/* Take the next record of what was read; FORMAT_END if there is none. */
static enum format_status
xep0227_take(struct xep0227 *x, struct record *record, struct sentence *why)
{
    struct account *a = &x->account;
    unsigned m;

    *record = (struct record){.line = a->line,
                              .disabled = a->disabled,
                              .user = {a->name, a->name_len}};
    for (m = 0; m < SCRAM_MECHANISMS && !x->alien; m++) {
        if (!(a->has & 1u << m))
            continue;
        a->has &= ~(1u << m);
        record->verifier = a->verifiers[m];
        record->verifier.enabled = !a->disabled;
        return FORMAT_RECORD;
    }
    if (a->bad || x->alien) {
        a->bad = false;
        *why = a->why;
        return x->alien ? FORMAT_ALIEN : FORMAT_BAD;
    }
    if (!a->has_password)
        return FORMAT_END;
    a->has_password = false;
    record->password = (struct slice){a->password, a->password_len};
    return FORMAT_RECORD;
}

void
xep0227_close(struct xep0227 *x)
{
    if (x == NULL)
        return;
    xml_close(x->xml);
    OPENSSL_cleanse(x, sizeof(*x));
    free(x);
}

struct xep0227 *
xep0227_open(struct input *input)
{
    static const struct xml_handlers handlers = {xep0227_start, xep0227_end,
                                                 xep0227_text};
    struct xep0227 *x = calloc(1, sizeof(*x));

    if (x != NULL)
        x->xml = xml_open(input, &handlers, x);
    if (x == NULL || x->xml == NULL) {
        free(x);
        return NULL;
    }
    x->input = input;
    return x;
}

enum format_status
xep0227_read(struct xep0227 *x, struct record *record, struct sentence *why)
{
    enum format_status status;

    while ((status = xep0227_take(x, record, why)) == FORMAT_END) {
        switch (xml_read(x->xml, why)) {
        case XML_PAUSED:
            break;
        case XML_BROKEN:
            record->line = x->input->line;
            return FORMAT_ALIEN;
        case XML_END:
            return FORMAT_END;
        case XML_FAILED:
            return FORMAT_FAILED;
        }
    }
    return status;
}
