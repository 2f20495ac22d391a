/*
 * The same for what gss-scram-agent does: no branch and no address depends on a
 * secret while it keeps a password, seals, signs, and looks at a server's
 * answer.
 *
 *     constant_time_agent CASE
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "classify.h"
#include "daemon/agent/agent.h"
#include "daemon/agent/requests.h"

#define SALT SLICE("0123456789abcdef")
#define PASSWORD "pencil"

/* The key of the seals is a secret; a nonce from there is none. */
enum scram_status __real_kernel_random(uint8_t *bytes, size_t len,
                                       const char *what, struct sentence *why);
enum scram_status __wrap_kernel_random(uint8_t *bytes, size_t len,
                                       const char *what, struct sentence *why);
enum scram_status
__wrap_kernel_random(uint8_t *bytes, size_t len, const char *what,
                     struct sentence *why)
{
    enum scram_status status = __real_kernel_random(bytes, len, what, why);

    if (strcmp(what, "the seals' key") == 0)
        make_secret(bytes, len);
    return status;
}

/* An agent without a socket and a thread. */
static struct agent agent;
static uint8_t answer_memory[WIRE_MESSAGE_MAX];
static struct buffer answer = BUFFER_ARRAY(answer_memory);

static void
begin(void)
{
    const char *folder = getenv("TMPDIR");
    struct sentence why = {""};
    char config[512];
    FILE *stream;

    must(folder != NULL, "TMPDIR is not set");
    snprintf(config, sizeof(config), "%s/scram.conf", folder);
    stream = fopen(config, "w");
    must(stream != NULL && fclose(stream) == 0 &&
             setenv("GSS_SCRAM_CONFIG", config, 1) == 0,
         "no configuration");
    agent.timer.fd = -1;
    agent.entries = calloc(1, sizeof(*agent.entries));
    must(agent.entries != NULL &&
             agent_seals_begin(&agent.seals, &why) == SCRAM_OK,
         why.text);
}

/* Have a request answered. Declassified: the answer, as it is sent. */
static struct slice
ask(enum request_end (*take)(void *data, struct request *request,
                             bool *greeted),
    const struct buffer *message)
{
    struct request request = {.message = buffer_slice(message),
                              .answer = &answer};
    bool greeted = true;

    answer.len = 0;
    must(take(&agent, &request, &greeted) == REQUEST_ANSWERED, "no answer");
    declassify(answer.data, answer.len);
    return buffer_slice(&answer);
}

static void
keep(void)
{
    static uint8_t memory[WIRE_MESSAGE_MAX];
    struct buffer message = BUFFER_ARRAY(memory);
    char password[] = PASSWORD;
    struct wire_keep wish = {.target = SLICE("*"),
                             .user = SLICE("user"),
                             .lifetime = WIRE_FOREVER,
                             .bound = true};
    struct agent_entry *e = agent.entries->list;
    struct entry_salt salt;
    struct scram_keys keys;
    struct wire_kept kept;

    make_secret(password, sizeof(password) - 1);
    wish.password =
        (struct slice){(const uint8_t *)password, sizeof(password) - 1};
    wire_put_keep(&wish, &message);
    must(wire_parse_kept(ask(agent_take_keep, &message), &kept) &&
             kept.status == SCRAM_OK,
         "not kept");
    /* As the thread does. */
    must(scram_keys_derive(SCRAM_SHA_256, agent_entry_password(e), SALT,
                           SCRAM_ITERATIONS_MIN, &keys) == SCRAM_OK &&
             entry_salt_of(SALT, SCRAM_ITERATIONS_MIN, &salt) == SCRAM_OK,
         "no keys");
    entry_keys_put(&e->keys, &salt, &keys);
}

/* A login's messages, until it is signed. */
struct login {
    char client_first[128], server_first[128], without_proof[128];
    uint8_t seal[WIRE_SEAL_MAX];
    struct wire_verify verify;
};

static void
sign(struct login *l)
{
    static uint8_t memory[WIRE_MESSAGE_MAX];
    struct buffer message = BUFFER_ARRAY(memory);
    struct wire_choose choose = {SCRAM_SHA_256, SLICE("HTTP@x"), SLICE("")};
    struct wire_sign asked = {SCRAM_SHA_256, SLICE("HTTP@x"),
                              .seal = {l->seal, AGENT_SEAL_LEN}};
    struct wire_choice choice;
    struct wire_signed made;

    wire_put_choose(&choose, &message);
    must(wire_parse_choice(ask(agent_take_choose, &message), &choice) &&
             choice.status == SCRAM_OK,
         "no choice");
    memcpy(l->seal, choice.seal.data, AGENT_SEAL_LEN);
    snprintf(l->client_first, sizeof(l->client_first), "n=user,r=%.*s",
             (int)choice.nonce.len, (const char *)choice.nonce.data);
    snprintf(l->server_first, sizeof(l->server_first),
             "r=%.*sS,s=MDEyMzQ1Njc4OWFiY2RlZg==,i=4096", (int)choice.nonce.len,
             (const char *)choice.nonce.data);
    snprintf(l->without_proof, sizeof(l->without_proof), "c=dGxz,r=%.*sS",
             (int)choice.nonce.len, (const char *)choice.nonce.data);
    asked.client_first = slice_of(l->client_first);
    asked.server_first = slice_of(l->server_first);
    asked.without_proof = slice_of(l->without_proof);
    message.len = 0;
    wire_put_sign(&asked, &message);
    must(wire_parse_signed(ask(agent_take_sign, &message), &made) &&
             made.status == SCRAM_OK,
         "no proof");
    memcpy(l->seal, made.seal.data, AGENT_SEAL_LEN);
    l->verify = (struct wire_verify){
        SCRAM_SHA_256,      {l->seal, AGENT_SEAL_LEN}, asked.client_first,
        asked.server_first, asked.without_proof,       SLICE("")};
}

/* What a server says that knows the password, which here is none. */
static void
server_says(const struct login *l, char *final, size_t size,
            uint8_t *session_key)
{
    const struct agent_messages messages = {l->verify.client_first,
                                            l->verify.server_first,
                                            l->verify.without_proof};
    uint8_t memory[AGENT_FIRSTS_MAX], text[64];
    struct buffer firsts = BUFFER_ARRAY(memory), base64 = BUFFER_ARRAY(text);
    const struct scram_unproved u =
        agent_unproved(SCRAM_SHA_256, &messages, &firsts);
    struct scram_mac mac;
    struct scram_keys keys;
    struct secret_key signature;

    must(scram_keys_derive(SCRAM_SHA_256, SLICE(PASSWORD), SALT, 4096, &keys) ==
                 SCRAM_OK &&
             scram_mac_begin(SCRAM_SHA_256, &mac) == SCRAM_OK &&
             scram_mac_key(&mac, SLICE_ARRAY(keys.stored_key.data)) ==
                 SCRAM_OK &&
             scram_session_key(SCRAM_SHA_256, &mac, &keys.client_key,
                               &u.message, session_key) == SCRAM_OK &&
             scram_mac_key(&mac, SLICE_ARRAY(keys.server_key.data)) ==
                 SCRAM_OK &&
             scram_signature(&mac, &u.message, &signature) == SCRAM_OK,
         "no signature");
    scram_mac_end(&mac);
    base64_encode(SLICE_ARRAY(signature.data), &base64);
    snprintf(final, size, "v=%.*s", (int)base64.len, (char *)text);
}

static enum scram_status
verify(struct login *l, const char *final, uint8_t *session_key)
{
    static uint8_t memory[WIRE_MESSAGE_MAX];
    struct buffer message = BUFFER_ARRAY(memory);
    struct wire_verified verified;

    l->verify.server_final = slice_of(final);
    wire_put_verify(&l->verify, &message);
    must(wire_parse_verified(ask(agent_take_verify, &message), &verified),
         "no answer");
    memcpy(session_key, verified.session_key.data, WIRE_SESSION_KEY_LEN);
    return verified.status;
}

static void
an_agents_login_succeeds(void)
{
    uint8_t theirs[WIRE_SESSION_KEY_LEN], ours[WIRE_SESSION_KEY_LEN];
    struct login l;
    char final[64];

    begin();
    keep();
    sign(&l);
    server_says(&l, final, sizeof(final), theirs);
    must(verify(&l, final, ours) == SCRAM_OK, "refused");
    must(secret_equal(ours, theirs, sizeof(ours)), "another key");
}

static void
a_server_without_the_password_is_refused(void)
{
    uint8_t key[WIRE_SESSION_KEY_LEN];
    struct login l;
    char final[64];

    begin();
    keep();
    sign(&l);
    server_says(&l, final, sizeof(final), key);
    final[10] = final[10] == 'A' ? 'B' : 'A';
    must(verify(&l, final, key) == SCRAM_BAD_SERVER_SIGNATURE, "not refused");
}

static void
an_agents_seal_of_another_login_is_refused(void)
{
    uint8_t key[WIRE_SESSION_KEY_LEN];
    struct login l;

    begin();
    keep();
    sign(&l);
    l.seal[AGENT_SEAL_LEN - 1] ^= 1;
    must(verify(&l, "v=AAAA", key) == SCRAM_AGENT_ANEW, "not refused");
}

static const struct classified_case cases[] = {
    {"an_agents_login_succeeds", an_agents_login_succeeds},
    {"a_server_without_the_password_is_refused",
     a_server_without_the_password_is_refused},
    {"an_agents_seal_of_another_login_is_refused",
     an_agents_seal_of_another_login_is_refused},
};

int
main(int argc, char **argv)
{
    return classified_main(cases, sizeof(cases) / sizeof(cases[0]), argc, argv);
}
