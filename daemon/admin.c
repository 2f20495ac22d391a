#include <config.h>

#include "daemon/admin.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/admin_throttle.h"
#include "daemon/broker.h"
#include "wire/admin.h"

#define TEXT_MAX (WIRE_MESSAGE_MAX - WIRE_SENTENCE_MAX - 64)

static void
put_answer(enum wire_admin_op op, enum scram_status status, struct slice text,
           uint8_t flags, const char *sentence, struct buffer *out)
{
    const struct wire_admin_answer answer = {.op = op,
                                             .status = status,
                                             .flags = flags,
                                             .text = text,
                                             .sentence = slice_of(sentence)};

    wire_put_admin_answer(&answer, out);
}

static void
admin_refuse_hello(enum scram_status status, const char *sentence,
                   struct buffer *answer)
{
    const struct wire_welcome welcome = {.status = status,
                                         .sentence = slice_of(sentence)};

    wire_put_welcome(&welcome, answer);
}

static enum request_end
admin_take_hello(void *data, struct request *request, bool *greeted)
{
    struct wire_hello hello;

    (void)data;
    if (!wire_parse_hello(request->message, &hello))
        return REQUEST_MALFORMED;
    if (hello.lowest > WIRE_VERSION || hello.highest < WIRE_VERSION) {
        admin_refuse_hello(
            SCRAM_BAD_ARGUMENT,
            "gss-scramd and the command are of versions that do not "
            "fit: install one version of both, and restart gss-scramd",
            request->answer);
        return REQUEST_ANSWERED_LAST;
    }
    *greeted = true;
    wire_put_welcome(&(struct wire_welcome){.version = WIRE_VERSION},
                     request->answer);
    return REQUEST_ANSWERED;
}

/* Whether some account's logins are decided by a store. */
static bool
has_store(const struct accounts *accounts, struct slice location)
{
    size_t i;

    for (i = 0; i < accounts->policy_count; i++)
        if (accounts->policies[i].location != NULL &&
            slice_equal(location, slice_of(accounts->policies[i].location)))
            return true;
    return false;
}

/* Requests for a store. */
static enum request_end
take_for_store(void *data, struct request *request, bool *greeted)
{
    struct broker *b = data;
    struct wire_admin_request r;
    struct sentence why = {""};

    (void)greeted;
    if (!wire_parse_admin_request(request->message, &r))
        return REQUEST_MALFORMED;
    if (!has_store(b->accounts, r.location))
        sentence_write(&why,
                       "no account of gss-scramd's configuration has the store "
                       "%.*s; set \"store\" there, and \"gss-scram broker "
                       "reload\"",
                       r.location.len < 300 ? (int)r.location.len : 300,
                       (const char *)r.location.data);
    else if (!slice_starts_with(r.location, SLICE("lmdb:")))
        sentence_write(&why,
                       "gss-scramd changes stores of its own alone, and not "
                       "%.*s",
                       r.location.len < 300 ? (int)r.location.len : 300,
                       (const char *)r.location.data);
    else
        return writer_take(b->writer, request);
    put_answer(r.op, SCRAM_BAD_LOCATION, SLICE(""), 0, why.text,
               request->answer);
    return REQUEST_ANSWERED;
}

static void
write_status(const struct broker *b, FILE *stream)
{
    const struct accounts *a = b->accounts;
    size_t i;

    fprintf(stream, "gss-scramd %s, process %ld\n", PACKAGE_VERSION,
            (long)getpid());
    fprintf(stream, "connections: %llu; requests under way: %llu\n",
            (unsigned long long)b->metrics.sockets.connections,
            (unsigned long long)b->metrics.sockets.requests);
    for (i = 0; i < a->policy_count; i++) {
        const struct account_policy *p = &a->policies[i];

        fprintf(stream, "%s: %s%s%s\n",
                p->section == NULL ? "all other accounts" : p->section,
                p->location, p->service == NULL ? ": " : "",
                p->service == NULL ? p->why.text : "");
    }
    fprintf(stream, "group %s: %zu %s%s\n", a->group, a->member_count,
            a->member_count == 1 ? "member" : "members",
            a->has_gid ? "" : "; there is no such group");
}

/* Take the lines of a text from one on, as many as fit; true where there are
 * more. */
static bool
cut_lines(const char *text, uint64_t first, struct slice *part)
{
    const char *begin = text, *end, *next;

    for (; first > 0 && *begin != '\0'; first--) {
        next = strchr(begin, '\n');
        begin = next == NULL ? begin + strlen(begin) : next + 1;
    }
    end = begin + strlen(begin);
    if (end - begin <= TEXT_MAX) {
        *part = (struct slice){(const uint8_t *)begin, (size_t)(end - begin)};
        return false;
    }
    for (end = begin + TEXT_MAX; end > begin && end[-1] != '\n'; end--)
        ;
    *part = (struct slice){(const uint8_t *)begin, (size_t)(end - begin)};
    return true;
}

/* False when libcrypto failed, or memory ran out. */
static bool
write_text(struct broker *b, const struct wire_admin_request *r, FILE *stream)
{
    switch (r->op) {
    case WIRE_ADMIN_STATUS:
        write_status(b, stream);
        return true;
    case WIRE_ADMIN_METRICS:
        metrics_write(&b->metrics, stream);
        return true;
    case WIRE_ADMIN_THROTTLE_LIST:
        return admin_throttle_list(&b->exchange, stream);
    case WIRE_ADMIN_THROTTLE_SHOW:
        return admin_throttle_show(&b->exchange, r->user, stream);
    default:
        return admin_throttle_clear(&b->exchange, r->user, stream);
    }
}

/* Requests that are answered with lines of text. */
static enum request_end
take_for_text(void *data, struct request *request, bool *greeted)
{
    struct broker *b = data;
    struct wire_admin_request r;
    struct slice part;
    char *text = NULL;
    size_t size;
    FILE *stream;
    bool more, written;

    (void)greeted;
    if (!wire_parse_admin_request(request->message, &r))
        return REQUEST_MALFORMED;
    stream = open_memstream(&text, &size);
    if (stream == NULL)
        return REQUEST_MALFORMED;
    written = write_text(b, &r, stream);
    if (fclose(stream) != 0 || !written) {
        free(text);
        return REQUEST_MALFORMED;
    }
    more = cut_lines(text, r.number, &part);
    put_answer(r.op, SCRAM_OK, part, more ? WIRE_MORE : 0, "", request->answer);
    free(text);
    return REQUEST_ANSWERED;
}

static enum request_end
take_reload(void *data, struct request *request, bool *greeted)
{
    struct broker *b = data;
    struct wire_admin_request r;

    (void)greeted;
    if (!wire_parse_admin_request(request->message, &r))
        return REQUEST_MALFORMED;
    if (b->reloading != NULL) {
        put_answer(r.op, SCRAM_NO_RESOURCES, SLICE(""), 0,
                   "the configuration is being read already", request->answer);
        return REQUEST_ANSWERED;
    }
    b->reloading = request->connection;
    background_reload(b->background);
    return REQUEST_LATER;
}

void
admin_reloaded(struct broker *b, const char *trouble)
{
    struct connection *connection = b->reloading;
    uint8_t space[WIRE_SENTENCE_MAX + 64];
    struct buffer answer = BUFFER_ARRAY(space);

    if (connection == NULL)
        return;
    b->reloading = NULL;
    put_answer(WIRE_ADMIN_RELOAD, trouble == NULL ? SCRAM_OK : SCRAM_BAD_CONFIG,
               SLICE(""), 0, trouble == NULL ? "" : trouble, &answer);
    connection_answer(connection, buffer_slice(&answer));
}

static enum request_end
take_who(void *data, struct request *request, bool *greeted)
{
    const struct broker *b = data;
    const struct account_policy *p;
    struct wire_admin_request r;

    (void)greeted;
    if (!wire_parse_admin_request(request->message, &r) || r.number > (uid_t)-1)
        return REQUEST_MALFORMED;
    p = accounts_policy(b->accounts, (uid_t)r.number);
    if (!accounts_know(b->accounts, (uid_t)r.number))
        put_answer(r.op, SCRAM_STORE_FORBIDDEN, slice_of(p->location), 0,
                   "the account has no section with \"store\", and is not in "
                   "the group whose members may ask; \"gss-scram broker "
                   "reload\" looks at that anew",
                   request->answer);
    else if (p->service == NULL)
        put_answer(r.op, p->status, slice_of(p->location), 0, p->why.text,
                   request->answer);
    else
        put_answer(r.op, SCRAM_OK, slice_of(p->location), 0, "",
                   request->answer);
    return REQUEST_ANSWERED;
}

/* What has no fields that are needed to refuse it. */
#define REFUSE(name, op)                                                       \
    static void refuse_##name(enum scram_status status, const char *sentence,  \
                              struct buffer *answer)                           \
    {                                                                          \
        put_answer(op, status, SLICE(""), 0, sentence, answer);                \
    }
REFUSE(put, WIRE_ADMIN_PUT)
REFUSE(set, WIRE_ADMIN_SET)
REFUSE(remove, WIRE_ADMIN_REMOVE)
REFUSE(edit, WIRE_ADMIN_EDIT)
REFUSE(get, WIRE_ADMIN_GET)
REFUSE(list, WIRE_ADMIN_LIST)
REFUSE(decoys, WIRE_ADMIN_DECOYS)
REFUSE(status, WIRE_ADMIN_STATUS)
REFUSE(metrics, WIRE_ADMIN_METRICS)
REFUSE(reload, WIRE_ADMIN_RELOAD)
REFUSE(who, WIRE_ADMIN_WHO)
REFUSE(throttle_list, WIRE_ADMIN_THROTTLE_LIST)
REFUSE(throttle_show, WIRE_ADMIN_THROTTLE_SHOW)
REFUSE(throttle_clear, WIRE_ADMIN_THROTTLE_CLEAR)

const struct request_op admin_ops[] = {
    {WIRE_HELLO, true, admin_take_hello, admin_refuse_hello, admin_show},
    {WIRE_ADMIN_PUT, false, take_for_store, refuse_put, admin_show},
    {WIRE_ADMIN_SET, false, take_for_store, refuse_set, admin_show},
    {WIRE_ADMIN_REMOVE, false, take_for_store, refuse_remove, admin_show},
    {WIRE_ADMIN_EDIT, false, take_for_store, refuse_edit, admin_show},
    {WIRE_ADMIN_GET, false, take_for_store, refuse_get, admin_show},
    {WIRE_ADMIN_LIST, false, take_for_store, refuse_list, admin_show},
    {WIRE_ADMIN_DECOYS, false, take_for_store, refuse_decoys, admin_show},
    {WIRE_ADMIN_STATUS, false, take_for_text, refuse_status, admin_show},
    {WIRE_ADMIN_METRICS, false, take_for_text, refuse_metrics, admin_show},
    {WIRE_ADMIN_RELOAD, false, take_reload, refuse_reload, admin_show},
    {WIRE_ADMIN_WHO, false, take_who, refuse_who, admin_show},
    {WIRE_ADMIN_THROTTLE_LIST, false, take_for_text, refuse_throttle_list,
     admin_show},
    {WIRE_ADMIN_THROTTLE_SHOW, false, take_for_text, refuse_throttle_show,
     admin_show},
    {WIRE_ADMIN_THROTTLE_CLEAR, false, take_for_text, refuse_throttle_clear,
     admin_show},
    {.take = NULL},
};
