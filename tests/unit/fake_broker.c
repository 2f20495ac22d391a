#include "fake_broker.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/store.h"

/* What the daemon's process has from the test's. */
static struct verify_service *answers;
static const struct fake_twist none, *twist = &none;

enum scram_status
fake_nonce(struct buffer *nonce, struct sentence *why)
{
    static atomic_uint last;
    char text[SCRAM_NONCE_LEN + 1];

    (void)why;
    snprintf(text, sizeof(text), "%012u%012u", (unsigned)getpid(),
             atomic_fetch_add(&last, 1));
    buffer_put(nonce, slice_of(text));
    return SCRAM_OK;
}

static void
answer_hello(struct slice message, struct buffer *out)
{
    struct wire_welcome w = {SCRAM_OK, WIRE_VERSION, 3, 30000, {NULL, 0}};
    struct wire_hello hello;

    if (!wire_parse_hello(message, &hello))
        return;
    if (twist->welcome != NULL)
        twist->welcome(&w);
    wire_put_welcome(&w, out);
}

static void
answer_first(struct slice message, struct buffer *out)
{
    uint8_t user[SCRAM_USER_MAX], server_first[SCRAM_SERVER_FIRST_MAX], seal;
    struct verify_challenge c = {.user = BUFFER_ARRAY(user),
                                 .server_first = BUFFER_ARRAY(server_first)};
    struct sentence why = {""};
    struct wire_challenge said = {.id = SLICE(FAKE_BROKER_ID)};
    struct wire_first first;

    if (!wire_parse_first(message, &first))
        return;
    said.status =
        verify_challenge(answers, (enum scram_mechanism)first.mechanism,
                         first.client_first, &c, &why);
    said.left = c.left;
    said.user = buffer_slice(&c.user);
    said.server_first = buffer_slice(&c.server_first);
    seal = (uint8_t)first.client_first.len;
    said.seal = (struct slice){&seal, 1};
    said.sentence = slice_of(why.text);
    if (twist->challenge != NULL)
        twist->challenge(&said);
    wire_put_challenge(&said, out);
}

static void
answer_final(struct slice message, struct buffer *out)
{
    uint8_t user[SCRAM_USER_MAX], server_final[SCRAM_SERVER_FINAL_MAX];
    uint8_t location[VERIFY_LOCATION_MAX];
    uint8_t groups[GROUPS_TEXT_MAX], known[GROUPS_TEXT_MAX + 64];
    struct buffer attributes = BUFFER_ARRAY(known);
    struct verify_answer a = {.user = BUFFER_ARRAY(user),
                              .server_final = BUFFER_ARRAY(server_final),
                              .location = BUFFER_ARRAY(location),
                              .groups = BUFFER_ARRAY(groups)};
    struct verify_begun begun = {{NULL, 0}, {NULL, 0}};
    struct sentence why = {""};
    struct wire_verdict said = {.session_key = SLICE_ARRAY(a.session_key)};
    struct wire_final f;
    struct scram_exchange exchange;

    if (!wire_parse_final(message, &f))
        return;
    exchange =
        (struct scram_exchange){(enum scram_mechanism)f.mechanism,
                                f.client_first, f.server_first, f.client_final};
    said.status =
        f.seal.len == 1 && f.seal.data[0] == (uint8_t)f.client_first.len
            ? verify_answer(
                  answers, &exchange, &begun,
                  &(struct scram_bindings){f.binding_given, false, f.binding},
                  &a, &why)
            : SCRAM_BROKER_ANEW;
    said.bound = a.bound;
    said.user = buffer_slice(&a.user);
    said.server_final = buffer_slice(&a.server_final);
    said.location = buffer_slice(&a.location);
    wire_add_attribute(&said.attributes, &attributes, SLICE("of a later one"),
                       SLICE("x"));
    if (a.groups.len > 0)
        wire_add_attribute(&said.attributes, &attributes, SLICE(WIRE_GROUPS),
                           buffer_slice(&a.groups));
    said.sentence = slice_of(why.text);
    if (twist->verdict != NULL)
        twist->verdict(&said);
    wire_put_verdict(&said, out);
}

/* fake_answer */
static void
answer(struct slice message, struct buffer *out)
{
    uint8_t op = wire_op(message);

    if (op == WIRE_HELLO)
        answer_hello(message, out);
    else if (op == WIRE_FIRST)
        answer_first(message, out);
    else
        answer_final(message, out);
    if (op != WIRE_HELLO && twist->bytes != NULL)
        twist->bytes(out);
}

bool
fake_broker_start(struct fake_broker *broker, const char *path,
                  const char *location, bool require,
                  const struct fake_twist *by)
{
    struct accept_policy policy = {.store = strdup(location),
                                   .handshake_timeout = 30000,
                                   .max_half_open = 1,
                                   .require_channel_bindings = require};

    if (verify_local_open(STORE_KINDS(&store_file_reader), &policy, fake_nonce,
                          &broker->service, NULL) != SCRAM_OK)
        return false;
    answers = broker->service;
    twist = by == NULL ? &none : by;
    broker->daemon = (struct fake_daemon){path, FAKE_GOOD, answer, -1, 0, NULL};
    fake_daemon_start(&broker->daemon);
    return true;
}

void
fake_broker_stop(struct fake_broker *broker)
{
    fake_daemon_stop(&broker->daemon);
    verify_release(broker->service);
}
