/*
 * No branch and no address depends on a secret. Under valgrind's memcheck a
 * secret is marked as memory that nobody has written: memcheck follows it
 * through every computation, and reports where one decides about a jump or an
 * address. What is computed from a secret and may be known all the same is
 * declassified below, each by its name and with the reason; nothing else is.
 *
 *     constant_time CASE
 *
 * The exit code is 0 if the case came to its end as it should.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <valgrind/memcheck.h>

#include "../unit/client.h"
#include "classify.h"
#include "rfc4121/message.h"
#include "rfc4121/prf.h"
#include "scram/acceptor.h"
#include "scram/saslprep.h"
#include "scram/verifier.h"
#include "store/file_line.h"

#define USER SLICE("user")
#define SALT SLICE("0123456789abcdef")
#define ITERATIONS SCRAM_ITERATIONS_MIN

/*
 * Declassified: a password that is not all of printable ASCII, while SASLprep
 * looks its characters up in the tables of Unicode. That happens where the
 * password is typed or kept, never at the server.
 */
static bool is_beyond_ascii;

enum scram_status __real_scram_prepare_password(struct slice password,
                                                struct secret *prepared);
enum scram_status __wrap_scram_prepare_password(struct slice password,
                                                struct secret *prepared);
enum scram_status
__wrap_scram_prepare_password(struct slice password, struct secret *prepared)
{
    enum scram_status status;

    if (is_beyond_ascii)
        declassify(password.data, password.len);
    status = __real_scram_prepare_password(password, prepared);
    make_secret(password.data, password.len);
    if (status == SCRAM_OK)
        make_secret(prepared->data, prepared->len);
    return status;
}

/* Declassified: a token that is sent, proof and all, as it is on the wire. */
static struct slice
sent(const struct buffer *token)
{
    declassify(token->data, token->len);
    return buffer_slice(token);
}

/* One user's password at the client, and the verifier at the server. */
struct world {
    enum scram_mechanism mechanism;
    char password[64];
    size_t password_len; /* public */
    struct scram_verifier verifier;
};

/* StoredKey of the password before, which a line has no place for. */
static bool has_earlier;
static struct secret_key earlier;

static void
type_password(struct world *w, const char *password)
{
    w->password_len = strlen(password);
    memcpy(w->password, password, w->password_len);
    make_secret(w->password, w->password_len);
}

static struct slice
password_of(const struct world *w)
{
    return (struct slice){(const uint8_t *)w->password, w->password_len};
}

static struct world
world_new(enum scram_mechanism mechanism, const char *password)
{
    struct world w = {.mechanism = mechanism};
    size_t len = scram_hash_len(mechanism);

    type_password(&w, password);
    must(scram_verifier_derive(mechanism, password_of(&w), SALT, ITERATIONS,
                               &w.verifier) == SCRAM_OK,
         "no verifier");
    make_secret(w.verifier.stored_key.data, len);
    make_secret(w.verifier.server_key.data, len);
    return w;
}

/* scram_find_verifier: out of a line of a store's file. */
static enum scram_status
find_verifier(void *data, enum scram_mechanism mechanism, struct slice user,
              struct scram_verifier *verifier)
{
    struct world *w = data;
    uint8_t memory[FILE_LINE_MAX + 1];
    struct buffer text = BUFFER_ARRAY(memory);
    struct file_line line;

    file_line_format(user, &w->verifier, SLICE(" changed=2026-11-29"), &text);
    must(!text.overflow, "the line is too long");
    must(file_line_parse((struct slice){memory, text.len - 1}, &line) ==
                 FILE_SOUND &&
             line.mechanism == mechanism,
         "the line is not read");
    if (file_line_verifier(&line, verifier) != SCRAM_OK)
        return SCRAM_STORE_FAILED;
    verifier->has_earlier = has_earlier;
    verifier->earlier_key = earlier;
    return SCRAM_OK;
}

/*
 * Both roles, until either has enough.
 *
 * @param keys  both sides' session keys, set on SCRAM_OK alone
 */
static enum scram_status
exchange(struct world *w, uint8_t keys[2][SCRAM_SESSION_KEY_LEN])
{
    struct scram_bindings bindings = {.given = true, .data = SLICE("tls")};
    struct scram_initiator *initiator = NULL;
    struct scram_exchange e = {.mechanism = w->mechanism};
    uint8_t first_memory[SCRAM_SERVER_FIRST_MAX], key[SCRAM_SESSION_KEY_LEN];
    struct buffer server_first = BUFFER_ARRAY(first_memory);
    uint8_t memory[512], memory_too[128];
    struct buffer final = BUFFER_ARRAY(memory),
                  reply = BUFFER_ARRAY(memory_too);
    struct slice error;
    struct scram_keys client_keys;
    enum scram_status status;
    bool bound;

    must(scram_initiator_first(w->mechanism, USER, SLICE("ClientNonce"),
                               &initiator, &e.client_first) == SCRAM_OK &&
             scram_acceptor_first(w->mechanism, e.client_first,
                                  SLICE("ServerNonce"), find_verifier, w,
                                  &server_first) == SCRAM_OK &&
             client_answer(initiator, buffer_slice(&server_first), SLICE("tls"),
                           (struct scram_limits){ITERATIONS, ITERATIONS},
                           password_of(w), &client_keys, &final,
                           &error) == SCRAM_OK,
         "no proof");
    e.server_first = buffer_slice(&server_first);
    e.client_final = sent(&final);
    status = scram_acceptor_final(&e, &bindings, find_verifier, w, &reply, key,
                                  &bound);
    if (status == SCRAM_OK)
        status =
            scram_accept_server(scram_initiator_unproved(initiator),
                                &client_keys, sent(&reply), keys[0], &error);
    if (status == SCRAM_OK)
        memcpy(keys[1], key, sizeof(*keys));
    scram_initiator_free(initiator);
    return status;
}

static void
an_exchange_succeeds(void)
{
    uint8_t keys[2][SCRAM_SESSION_KEY_LEN];
    int mechanism;

    for (mechanism = 0; mechanism < SCRAM_MECHANISMS; mechanism++) {
        struct world w = world_new((enum scram_mechanism)mechanism, "pencil");

        must(exchange(&w, keys) == SCRAM_OK, "refused");
        must(secret_equal(keys[0], keys[1], sizeof(*keys)), "keys differ");
    }
}

static void
a_wrong_password_is_refused(void)
{
    struct world w = world_new(SCRAM_SHA_256, "pencil");
    uint8_t keys[2][SCRAM_SESSION_KEY_LEN];

    type_password(&w, "crayon");
    must(exchange(&w, keys) == SCRAM_BAD_PROOF, "not refused");
}

/* The password is the one before that of the verifier. */
static void
an_earlier_password_is_refused(void)
{
    struct world w = world_new(SCRAM_SHA_256, "pencil");
    uint8_t keys[2][SCRAM_SESSION_KEY_LEN];

    earlier = w.verifier.stored_key;
    w = world_new(SCRAM_SHA_256, "crayon");
    has_earlier = true;
    type_password(&w, "pencil");
    must(exchange(&w, keys) == SCRAM_EARLIER_PROOF, "not known");
}

static void
a_password_beyond_ascii_is_taken(void)
{
    struct world w;
    uint8_t keys[2][SCRAM_SESSION_KEY_LEN];

    is_beyond_ascii = true;
    w = world_new(SCRAM_SHA_256, "p\303\251ncil");
    must(exchange(&w, keys) == SCRAM_OK, "refused");
}

/* A verifier as a directory or an administrator's file has it. */
static void
a_verifier_is_read_and_written(void)
{
    struct world w = world_new(SCRAM_SHA_256, "pencil");
    size_t len = scram_hash_len(SCRAM_SHA_256);
    struct scram_verifier read;
    uint8_t memory[SCRAM_VERIFIER_TEXT_MAX];
    struct buffer text = BUFFER_ARRAY(memory);
    size_t i;

    scram_verifier_format(&w.verifier, &text);
    /* What is not part of a key is public, padding included. */
    for (i = 0; i < text.len; i++) {
        if (text.len - i == 1 || text.len - i == 46)
            must(VALGRIND_CHECK_MEM_IS_DEFINED(text.data + i, 1) == 0,
                 "padding is secret");
    }
    must(scram_verifier_parse(buffer_slice(&text), &read) == SCRAM_OK,
         "not read");
    must(
        secret_equal(read.stored_key.data, w.verifier.stored_key.data, len) &&
            secret_equal(read.server_key.data, w.verifier.server_key.data, len),
        "not the same");
}

/* Confounders. */
static enum scram_status
numbers(uint8_t *bytes, size_t len)
{
    memset(bytes, 0x5a, len);
    return SCRAM_OK;
}

static void
one_message(struct rfc4121_context *from, struct rfc4121_context *to,
            bool confidential)
{
    struct slice message = SLICE("A message of some length, not of blocks.");
    uint8_t memory[256], opened[256], mic[RFC4121_MIC_LEN];
    struct buffer token = {memory, rfc4121_wrap_len(confidential, message.len),
                           sizeof(memory), false};
    struct buffer sum = {mic, sizeof(mic), sizeof(mic), false};
    enum rfc4121_order order;
    bool was_confidential;
    size_t len = 0;

    must(rfc4121_wrap(from, confidential, message, memory) == SCRAM_OK &&
             rfc4121_unwrap(to, sent(&token), opened, &len, &was_confidential,
                            &order) == SCRAM_OK,
         "a message does not get through");
    declassify(opened, len);
    must(slice_equal((struct slice){opened, len}, message), "another message");
    must(rfc4121_get_mic(from, message, mic) == SCRAM_OK &&
             rfc4121_verify_mic(to, message, sent(&sum), &order) == SCRAM_OK,
         "a MIC does not verify");
    memory[token.len - 1] ^= 1;
    must(rfc4121_unwrap(to, sent(&token), opened, &len, &was_confidential,
                        &order) == SCRAM_BAD_SIGNATURE,
         "a spoilt message gets through");
}

static void
messages_are_protected(void)
{
    uint8_t key[RFC4121_KEY_LEN], output[2][40];
    struct rfc4121_context *ends[2];
    int i;

    memset(key, 0x42, sizeof(key));
    make_secret(key, sizeof(key));
    must(rfc4121_new(key, RFC4121_INITIATOR, true, true, numbers, &ends[0]) ==
                 SCRAM_OK &&
             rfc4121_new(key, RFC4121_ACCEPTOR, true, true, numbers,
                         &ends[1]) == SCRAM_OK,
         "no context");
    for (i = 0; i < 4; i++)
        one_message(ends[i % 2], ends[1 - i % 2], i < 2);
    for (i = 0; i < 2; i++)
        must(rfc4121_prf(ends[i], SLICE("input"), output[i],
                         sizeof(output[i])) == SCRAM_OK,
             "no PRF");
    must(secret_equal(output[0], output[1], sizeof(output[0])), "PRFs differ");
    rfc4121_free(ends[0]);
    rfc4121_free(ends[1]);
}

/* What must be reported: a key is compared until the first difference. */
static void
a_branch_on_a_secret(void)
{
    struct world w = world_new(SCRAM_SHA_256, "pencil");
    struct slice key = {w.verifier.stored_key.data, 32};

    puts(slice_equal(key, SLICE("12345678901234567890123456789012"))
             ? "equal"
             : "different");
}

/* And this: a byte of a key chooses what is read. */
static void
an_address_of_a_secret(void)
{
    static const char table[256] = "table";
    struct world w = world_new(SCRAM_SHA_256, "pencil");
    volatile char read = table[w.verifier.stored_key.data[0]];

    (void)read;
}

static const struct classified_case cases[] = {
    {"an_exchange_succeeds", an_exchange_succeeds},
    {"a_wrong_password_is_refused", a_wrong_password_is_refused},
    {"an_earlier_password_is_refused", an_earlier_password_is_refused},
    {"a_password_beyond_ascii_is_taken", a_password_beyond_ascii_is_taken},
    {"a_verifier_is_read_and_written", a_verifier_is_read_and_written},
    {"messages_are_protected", messages_are_protected},
    {"a_branch_on_a_secret", a_branch_on_a_secret},
    {"an_address_of_a_secret", an_address_of_a_secret},
};

int
main(int argc, char **argv)
{
    return classified_main(cases, sizeof(cases) / sizeof(cases[0]), argc, argv);
}
