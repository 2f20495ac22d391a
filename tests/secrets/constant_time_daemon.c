/*
 * The same for what gss-scramd does: no branch and no address depends on a
 * secret while it seals, reads its own store, verifies a login, and while it
 * and the module exchange messages.
 *
 *     constant_time_daemon CASE
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/client.h"
#include "classify.h"
#include "daemon/lmdb/store.h"
#include "daemon/seal.h"
#include "verify/verify.h"
#include "wire/message.h"

/*
 * Declassified: all of a record but its keys, and so where they stand. They are
 * secrets from here on, whether the record is a user's or nobody's.
 */
bool __real_lmdb_record_read(struct slice key, struct slice bytes,
                             struct lmdb_record *record);
bool __wrap_lmdb_record_read(struct slice key, struct slice bytes,
                             struct lmdb_record *record);
static unsigned records_read;

bool
__wrap_lmdb_record_read(struct slice key, struct slice bytes,
                        struct lmdb_record *record)
{
    size_t at = 15 + (size_t)bytes.data[2];

    must(bytes.len == at + 64 + 8, "a record of two keys");
    make_secret(bytes.data + at, 64);
    records_read++;
    return __real_lmdb_record_read(key, bytes, record);
}

static enum scram_status
nonce(struct buffer *out, struct sentence *why)
{
    (void)why;
    buffer_put(out, SLICE("ServerNonceServerNonce"));
    return SCRAM_OK;
}

/* Open a store of gss-scramd's own, with one user, to be verified from. */
static struct verify_service *
open_service(void)
{
    const char *folder = getenv("TMPDIR");
    struct accept_policy policy = {.handshake_timeout = 60000};
    char location[512];
    struct sentence why = {""};
    struct scram_verifier v;
    struct store *store = NULL;
    struct verify_service *service;

    must(folder != NULL, "TMPDIR is not set");
    snprintf(location, sizeof(location), "lmdb:%s/users", folder);
    policy.store = strdup(location);
    must(policy.store != NULL &&
             store_open(STORE_KINDS(&store_lmdb), location, STORE_CREATE,
                        &store, &why) == SCRAM_OK &&
             scram_verifier_derive(SCRAM_SHA_256, SLICE("pencil"),
                                   SLICE("0123456789abcdef"),
                                   SCRAM_ITERATIONS_MIN, &v) == SCRAM_OK &&
             store_put(store, SLICE("user"), &v, STORE_EITHER, &why) ==
                 SCRAM_OK,
         why.text);
    must(verify_local_with(store, &policy, nonce, &service) == SCRAM_OK,
         "no service");
    return service;
}

/* Both legs. The session key is the server's, and the client has checked it. */
static enum scram_status
log_in(struct slice user, struct slice password)
{
    struct verify_service *service = open_service();
    struct scram_bindings bindings = {.given = false};
    struct scram_exchange e = {.mechanism = SCRAM_SHA_256};
    struct scram_initiator *initiator = NULL;
    uint8_t names[2][SCRAM_USER_MAX], first[SCRAM_SERVER_FIRST_MAX];
    uint8_t final[512], reply[SCRAM_SERVER_FINAL_MAX];
    uint8_t location[VERIFY_LOCATION_MAX];
    struct verify_challenge c = {.user = BUFFER_ARRAY(names[0]),
                                 .server_first = BUFFER_ARRAY(first)};
    struct verify_answer a = {.user = BUFFER_ARRAY(names[1]),
                              .server_final = BUFFER_ARRAY(reply),
                              .location = BUFFER_ARRAY(location)};
    struct buffer client_final = BUFFER_ARRAY(final);
    uint8_t session_key[SCRAM_SESSION_KEY_LEN];
    struct scram_keys keys;
    struct slice error;
    enum scram_status status;

    must(scram_initiator_first(SCRAM_SHA_256, user, SLICE("ClientNonce"),
                               &initiator, &e.client_first) == SCRAM_OK &&
             verify_challenge(service, SCRAM_SHA_256, e.client_first, &c,
                              NULL) == SCRAM_OK,
         "no first answer");
    e.server_first = buffer_slice(&c.server_first);
    must(client_answer(initiator, e.server_first, SLICE(""),
                       (struct scram_limits){4096, 1000000}, password, &keys,
                       &client_final, &error) == SCRAM_OK,
         "no proof");
    e.client_final = buffer_slice(&client_final);
    status = verify_answer(service, &e, NULL, &bindings, &a, NULL);
    must(records_read == 2, "the keys were not secret");
    if (status == SCRAM_OK) {
        /* Declassified: the last message, as it is sent. */
        declassify(reply, a.server_final.len);
        must(scram_accept_server(scram_initiator_unproved(initiator), &keys,
                                 buffer_slice(&a.server_final), session_key,
                                 &error) == SCRAM_OK &&
                 secret_equal(a.session_key, session_key, sizeof(session_key)),
             "another key");
    }
    scram_initiator_free(initiator);
    verify_release(service);
    return status;
}

static void
a_login_from_its_store_succeeds(void)
{
    must(log_in(SLICE("user"), SLICE("pencil")) == SCRAM_OK, "refused");
}

static void
a_wrong_password_is_refused_from_its_store(void)
{
    must(log_in(SLICE("user"), SLICE("crayon")) == SCRAM_BAD_PROOF,
         "not refused");
}

static void
a_stranger_is_refused_from_its_store(void)
{
    must(log_in(SLICE("nobody"), SLICE("pencil")) == SCRAM_BAD_PROOF,
         "not refused");
}

/* Keys are read from the file, seal, and know what they have sealed. */
static void
a_seal_is_made_and_checked(void)
{
    struct seal_scope scope = {7, SCRAM_SHA_256, SLICE("lmdb:/users"),
                               SLICE("n=user,r=abc"), SLICE("r=abcdef")};
    uint8_t bytes[8 + 32] = {0}, memory[SEAL_LEN];
    struct buffer seal = BUFFER_ARRAY(memory);
    struct sealer sealer = {0};
    struct seal_keys keys;

    memset(bytes + 8, 0x42, 32);
    make_secret(bytes + 8, 32);
    must(seal_keys_parse(SLICE_ARRAY(bytes), 1000, &keys) &&
             sealer_set(&sealer, &keys) == SCRAM_OK &&
             seal_make(&sealer, &scope, 2000, &seal) == SCRAM_OK,
         "no seal");
    must(seal_check(&sealer, &scope, buffer_slice(&seal), 1000) == SCRAM_OK,
         "the seal is refused");
    must(seal_check(&sealer, &scope, buffer_slice(&seal), 3000) ==
             SCRAM_TOO_LATE,
         "a late one is not");
    memory[SEAL_LEN - 1] ^= 1;
    must(seal_check(&sealer, &scope, buffer_slice(&seal), 1000) ==
             SCRAM_BROKER_ANEW,
         "nor is another one");
    sealer_end(&sealer);
    seal_keys_wipe(&keys);
}

/* Of a message, nothing is a secret but what is in its fields. */
static void
messages_are_packed_and_parsed(void)
{
    static uint8_t memory[WIRE_MESSAGE_MAX], field[64];
    struct slice secret = SLICE_ARRAY(field), key = {field, 16};
    struct buffer out = BUFFER_ARRAY(memory);
    struct wire_challenge c = {.seal = secret,
                               .server_first = secret,
                               .id = {field, WIRE_ID_LEN}},
                          challenge;
    struct wire_final f = {.seal = secret,
                           .binding_given = true,
                           .binding = secret,
                           .client_first = secret,
                           .server_first = secret,
                           .client_final = secret},
                      final;
    struct wire_verdict v = {.session_key = key, .server_final = secret},
                        verdict;

    make_secret(field, sizeof(field));
    wire_put_challenge(&c, &out);
    must(wire_parse_challenge(buffer_slice(&out), &challenge) &&
             secret_equal(challenge.seal.data, field, sizeof(field)),
         "another challenge");
    out.len = 0;
    wire_put_final(&f, &out);
    must(wire_parse_final(buffer_slice(&out), &final) &&
             secret_equal(final.client_final.data, field, sizeof(field)),
         "another final");
    out.len = 0;
    wire_put_verdict(&v, &out);
    must(wire_parse_verdict(buffer_slice(&out), &verdict) &&
             secret_equal(verdict.session_key.data, field, key.len),
         "another verdict");
}

/* What must be reported: a seal is compared until the first difference. */
static void
a_branch_on_a_seal(void)
{
    uint8_t seal[32];

    memset(seal, 0x42, sizeof(seal));
    make_secret(seal, sizeof(seal));
    puts(slice_equal(SLICE_ARRAY(seal),
                     SLICE("12345678901234567890123456789012"))
             ? "equal"
             : "different");
}

static const struct classified_case cases[] = {
    {"a_login_from_its_store_succeeds", a_login_from_its_store_succeeds},
    {"a_wrong_password_is_refused_from_its_store",
     a_wrong_password_is_refused_from_its_store},
    {"a_stranger_is_refused_from_its_store",
     a_stranger_is_refused_from_its_store},
    {"a_seal_is_made_and_checked", a_seal_is_made_and_checked},
    {"messages_are_packed_and_parsed", messages_are_packed_and_parsed},
    {"a_branch_on_a_seal", a_branch_on_a_seal},
};

int
main(int argc, char **argv)
{
    return classified_main(cases, sizeof(cases) / sizeof(cases[0]), argc, argv);
}
