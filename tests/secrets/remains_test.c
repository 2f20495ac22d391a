/*
 * No secret is left in memory once the context and the credential that needed
 * it are gone. A child process makes and deletes them, and tells its parent the
 * tokens, which are public; the parent, who knows the password, computes every
 * secret of that exchange and looks for it in the child's memory. Where
 * gss-scram-agent has the password, neither it nor a key of it is ever there.
 */
#include "remains.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../gss/world.h"
#include "../gss/world_agent.h"
#include "base/base64.h"
#include "rfc4121/derive.h"
#include "rfc4121/message.h"
#include "scram/message.h"
#include "scram/signature.h"

struct child {
    pid_t pid;
    int in;
    FILE *out;
};

static struct child
child_start(const struct scenario *s)
{
    struct child c;
    int down[2], up[2];

    ck_assert_int_eq(pipe2(down, O_CLOEXEC), 0);
    ck_assert_int_eq(pipe2(up, O_CLOEXEC), 0);
    c.pid = fork();
    ck_assert_int_ge(c.pid, 0);
    if (c.pid == 0) {
        dup2(down[0], 0);
        dup2(up[1], 1);
        /* What binds a function of libgssapi when it is first called writes the
         * registers to the stack, and what a copy left in them. */
        setenv("LD_BIND_NOW", "1", 1);
        execl("/proc/self/exe", "remains_test", s->name, (char *)NULL);
        _exit(127);
    }
    close(down[0]);
    close(up[1]);
    c.in = down[1];
    c.out = fdopen(up[0], "r");
    if (!s->agent)
        ck_assert_int_gt(dprintf(c.in, "%s\n", s->wrong ? WRONG : PASSWORD), 0);
    return c;
}

static void
child_end(struct child *c)
{
    int status;

    close(c->in);
    ck_assert_int_eq(waitpid(c->pid, &status, 0), c->pid);
    ck_assert_int_eq(status, 0);
    fclose(c->out);
}

/* The tokens, until the child says that it is to be looked at. */
struct tokens {
    uint8_t bytes[4][1024];
    struct slice token[4];
    int count;
};

static void
child_tokens(struct child *c, struct tokens *t)
{
    char line[2 * sizeof(t->bytes[0]) + 2];
    size_t n;

    t->count = 0;
    while (fgets(line, sizeof(line), c->out) != NULL &&
           strcmp(line, "look\n") != 0) {
        ck_assert_int_lt(t->count, 4);
        for (n = 0; sscanf(line + 2 * n, "%2hhx", &t->bytes[t->count][n]) == 1;
             n++)
            ;
        t->token[t->count] = (struct slice){t->bytes[t->count], n};
        t->count++;
    }
    ck_assert_str_eq(line, "look\n");
    ck_assert_int_ge(t->count, 3);
}

/* AuthMessage, of the tokens; the first one is in a frame. */
static void
auth_message(const struct tokens *t, struct buffer *text,
             struct scram_auth_message *message,
             struct scram_server_first *server_first)
{
    struct scram_client_final final;
    struct slice first = t->token[0];
    const uint8_t *bare = memmem(first.data, first.len, "n=", 2);

    ck_assert_ptr_nonnull(bare);
    first.len -= (size_t)(bare - first.data);
    first.data = bare;
    ck_assert_int_eq(scram_server_first_parse(t->token[1], server_first),
                     SCRAM_OK);
    ck_assert_int_eq(scram_client_final_parse(t->token[2], &final), SCRAM_OK);
    buffer_put(text, first);
    buffer_put(text, SLICE(","));
    buffer_put(text, t->token[1]);
    buffer_put(text, SLICE(","));
    ck_assert(!text->overflow);
    *message =
        (struct scram_auth_message){buffer_slice(text), final.without_proof};
}

static struct slice
whole(const struct secret_key *key)
{
    return SLICE_ARRAY(key->data);
}

/* What both sides derive from the session key for messages. */
static void
know_message_keys(struct secrets *s, const uint8_t *session_key)
{
    static const enum rfc4121_derived kinds[] = {RFC4121_KC, RFC4121_KE,
                                                 RFC4121_KI};
    struct secret_key key;
    uint32_t usage;
    int i;

    for (usage = 22; usage <= 25; usage++) {
        for (i = 0; i < COUNT(kinds); i++) {
            ck_assert_int_eq(
                rfc4121_derive_for_usage(session_key, usage, kinds[i], &key),
                SCRAM_OK);
            secrets_add_key(s, "a message's key",
                            (struct slice){key.data, RFC4121_KEY_LEN});
        }
    }
    ck_assert_int_eq(rfc4121_derive(session_key, SLICE("prf"), &key), SCRAM_OK);
    secrets_add(s, "the PRF's key", (struct slice){key.data, RFC4121_KEY_LEN});
}

/* Everything that a side with that password computes. */
static void
know(struct secrets *s, const struct tokens *t, struct slice password)
{
    uint8_t memory[2048], salt_memory[64];
    struct buffer text = BUFFER_ARRAY(memory), salt = BUFFER_ARRAY(salt_memory);
    uint8_t session_key[SCRAM_SESSION_KEY_LEN];
    struct scram_auth_message message;
    struct scram_server_first first;
    struct secret_key salted, signature, proof;
    struct scram_keys keys;
    struct scram_mac mac;

    auth_message(t, &text, &message, &first);
    ck_assert(base64_decode(first.salt, &salt));
    ck_assert_int_eq(PKCS5_PBKDF2_HMAC((const char *)password.data,
                                       (int)password.len, salt.data,
                                       (int)salt.len, (int)first.iterations,
                                       EVP_sha256(), 32, salted.data),
                     1);
    ck_assert_int_eq(scram_keys_derive(SCRAM_SHA_256, password,
                                       buffer_slice(&salt), first.iterations,
                                       &keys),
                     SCRAM_OK);
    ck_assert_int_eq(scram_mac_begin(SCRAM_SHA_256, &mac), SCRAM_OK);
    ck_assert_int_eq(scram_mac_key(&mac, whole(&keys.stored_key)), SCRAM_OK);
    ck_assert_int_eq(scram_signature(&mac, &message, &signature), SCRAM_OK);
    ck_assert_int_eq(scram_session_key(SCRAM_SHA_256, &mac, &keys.client_key,
                                       &message, session_key),
                     SCRAM_OK);
    scram_mac_end(&mac);
    proof = keys.client_key;
    scram_xor(&proof, &signature);

    secrets_add_key(s, "the password", password);
    secrets_add_key(s, "SaltedPassword", whole(&salted));
    secrets_add_key(s, "ClientKey", whole(&keys.client_key));
    secrets_add_key(s, "StoredKey", whole(&keys.stored_key));
    secrets_add_key(s, "ServerKey", whole(&keys.server_key));
    secrets_add(s, "ClientSignature", whole(&signature));
    secrets_add(s, "ClientProof", whole(&proof));
    secrets_add(s, "the session key", SLICE_ARRAY(session_key));
    know_message_keys(s, session_key);
}

static struct secrets known; /* of the child that is looked at */
static unsigned found[SECRETS_MAX];

/* Let a child go through a scenario, and look at it. */
static void
look_at(const struct scenario *scenario)
{
    struct child child = child_start(scenario);
    struct tokens tokens;

    child_tokens(&child, &tokens);
    known.count = 0;
    know(&known, &tokens, SLICE(PASSWORD));
    if (scenario->wrong)
        know(&known, &tokens, SLICE(WRONG));
    ck_assert_uint_gt(secrets_find(&known, child.pid, found), 1 << 16);
    child_end(&child);
}

static unsigned
found_of(const char *name)
{
    unsigned sum = 0;
    size_t i;

    for (i = 0; i < known.count; i++)
        sum += strcmp(known.patterns[i].name, name) == 0 ? found[i] : 0;
    return sum;
}

START_TEST(what_is_in_use_is_found)
{
    size_t i;

    look_at(&scenarios[0]);
    ck_assert_uint_ne(found_of("the password"), 0);
    ck_assert_uint_ne(found_of("ClientKey"), 0);
    ck_assert_uint_ne(found_of("StoredKey"), 0);
    ck_assert_uint_ne(found_of("ServerKey"), 0);
    ck_assert_uint_ne(found_of("the session key"), 0);

    /* Of what is never kept: this process knows everything. */
    ck_assert_uint_ne(secrets_find(&known, getpid(), found), 0);
    for (i = 0; i < known.count; i++)
        ck_assert_msg(found[i] != 0, "%s", known.patterns[i].name);
}
END_TEST

/* What the agent keeps for itself. */
static const char *const agent_s[] = {"the password", "SaltedPassword",
                                      "ClientKey"};

static void
start_agent(void)
{
    const struct wire_keep keep = {.target = SLICE("*"),
                                   .user = SLICE(USER),
                                   .password = SLICE(PASSWORD),
                                   .lifetime = 3600,
                                   .min_iterations = 4096};

    world_agent_start();
    world_agent_keep(&keep);
}

/* For clients of no agent. */
static void
write_password(void)
{
    world_write("credentials",
                "[*]\nuser = " USER "\npassword = " PASSWORD "\n");
}

START_TEST(what_is_the_agent_s_is_never_its_client_s)
{
    size_t i;

    start_agent();
    look_at(&scenarios[1 + _i]);
    for (i = 0; i < COUNT(agent_s); i++)
        ck_assert_msg(found_of(agent_s[i]) == 0, "%u pieces of %s",
                      found_of(agent_s[i]), agent_s[i]);
    world_agent_stop();
}
END_TEST

/* What a context is made with, and not what it protects messages with. */
static const char *const of_exchange[] = {
    "the password", "SaltedPassword", "ClientKey", "StoredKey", "ServerKey"};

START_TEST(a_context_keeps_nothing_of_its_exchange)
{
    size_t i;

    look_at(&scenarios[1 + KEEP_AGENT_S]);
    for (i = 0; i < COUNT(of_exchange); i++)
        ck_assert_msg(found_of(of_exchange[i]) == 0, "%u pieces of %s",
                      found_of(of_exchange[i]), of_exchange[i]);
    ck_assert_uint_ne(found_of("the session key"), 0);
}
END_TEST

#define KEEP_SOME (1 + KEEP_AGENT_S + KEEP_CONTEXTS)

START_TEST(nothing_is_left)
{
    const struct scenario *scenario = &scenarios[KEEP_SOME + _i];
    unsigned left = 0;
    size_t i;

    if (scenario->agent)
        start_agent();
    else
        write_password();
    if (strcmp(scenario->name, "deadline") == 0)
        world_write("scram.conf",
                    "[scram]\n    store = %s\n"
                    "    handshake_timeout = 1s\n",
                    world_store());
    look_at(scenario);
    for (i = 0; i < known.count; i++) {
        if (found[i] != 0)
            fprintf(stderr, "%s: %u pieces of %s (pattern %zu) are left\n",
                    scenario->name, found[i], known.patterns[i].name, i);
        left += found[i];
    }
    ck_assert_uint_eq(left, 0);
    world_agent_stop();
}
END_TEST

static void
add(TCase *tests)
{
    world_add_user(USER, PASSWORD, SCRAM_SHA_256, true);
    umask(077);
    tcase_add_test(tests, what_is_in_use_is_found);
    tcase_add_loop_test(tests, what_is_the_agent_s_is_never_its_client_s, 0,
                        KEEP_AGENT_S);
    tcase_add_test(tests, a_context_keeps_nothing_of_its_exchange);
    tcase_add_loop_test(tests, nothing_is_left, 0, SCENARIOS - KEEP_SOME);
}

int
main(int argc, char **argv)
{
    int i;

    for (i = 0; argc == 2 && i < SCENARIOS; i++) {
        if (strcmp(argv[1], scenarios[i].name) == 0)
            return scenario_run(&scenarios[i]);
    }
    return world_run("remains", add, 60);
}
