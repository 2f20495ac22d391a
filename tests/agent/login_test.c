/*
 * What gss-scram-agent gives a program: a proof for one login and its session
 * key, and nothing to a program that asks for more.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../daemon/asker.h"
#include "../daemon/served.h"
#include "base/base64.h"
#include "daemon/agent/entry_keys.h"
#include "program.h"

#define TARGET "HTTP@www.example.org"
#define SALT "a grain of salt!"
#define PASSWORD "correct-horse-battery-staple-7391"

static struct agent_process agent;
static struct program p;

static void
begin(void)
{
    agent = (struct agent_process){.pid = 0};
    agent_start(&agent, "agent");
    program_begin(&p, &agent);
    ck_assert_int_eq(program_keep(&p, "*", "alice", PASSWORD), SCRAM_OK);
}

static void
end(void)
{
    program_end(&p);
    agent_stop(&agent);
}

START_TEST(a_login_gets_a_proof_and_its_session_key)
{
    struct expected e;
    struct wire_listed listed;

    ck_assert_int_eq(program_choose(&p, TARGET, ""), SCRAM_OK);
    ck_assert_str_eq(p.user.bytes, "alice");
    ck_assert_uint_ge(p.nonce.len, 24);
    ck_assert(p.left > 3500 && p.left <= 3600 && !p.bound);
    server_first(&p, SALT, 4096);
    ck_assert_int_eq(program_sign(&p), SCRAM_OK);
    ck_assert_uint_ge(p.working, 1); /* keys are derived for the first */
    server_expect(&p, PASSWORD, SALT, 4096, &e);
    ck_assert_uint_eq(p.proof_len, 32);
    ck_assert_mem_eq(p.proof, e.proof.data, 32);
    server_final(&p, &e);
    ck_assert_int_eq(program_verify(&p), SCRAM_OK);
    ck_assert_mem_eq(p.session_key, e.session_key, sizeof(e.session_key));

    /* The second time they are there, and nothing is the same. */
    ck_assert_int_eq(program_log_in(&p, TARGET, "alice", SALT), SCRAM_OK);
    ck_assert_uint_eq(p.working, 0);
    ck_assert_mem_ne(p.proof, e.proof.data, 32);
    ck_assert_int_eq(program_list(&p, 0, &listed), SCRAM_OK);
    ck_assert_uint_eq(listed.used, 2);
    ck_assert(!listed.refused && !listed.more);
}
END_TEST

/* What a program may send in the place of what is right: each is of a login
 * that has been begun as it should be. */
static struct program other; /* another login, at the same place */

static void
another_nonce(void)
{
    text_set(&p.client_first, "n=alice,r=%s", other.nonce.bytes);
    server_first(&other, SALT, 4096);
    p.server_first = other.server_first;
    p.without_proof = other.without_proof;
}

static void
another_user(void)
{
    text_set(&p.client_first, "n=bob,r=%s", p.nonce.bytes);
}

static void
another_target(void)
{
    text_set(&p.target, "HTTP@evil.example.org");
}

static void
no_target(void)
{
    text_set(&p.target, "%s", "");
}

static void
another_mechanism(void)
{
    p.mechanism = SCRAM_SHA_1;
}

static void
another_seal(void)
{
    p.seal = other.seal;
}

static void
a_seal_cut_short(void)
{
    p.seal.len--;
}

static void
no_seal(void)
{
    p.seal.len = 0;
}

static void
a_seal_with_a_bit_changed(void)
{
    p.seal.bytes[p.seal.len - 1] ^= 1;
}

static void
a_later_expiry(void)
{
    p.seal.bytes[8]++;
}

static void
another_entry(void)
{
    p.seal.bytes[23]++;
}

static void
extensions_of_its_own(void)
{
    text_set(&p.client_first, "n=alice,r=%s,x=1", p.nonce.bytes);
}

static void
a_nonce_of_the_servers_alone(void)
{
    text_set(&p.server_first, "r=Server,s=c2FsdA==,i=4096");
    text_set(&p.without_proof, "c=,r=Server");
}

static void
nothing_added_to_the_nonce(void)
{
    text_set(&p.server_first, "r=%s,s=c2FsdA==,i=4096", p.nonce.bytes);
    text_set(&p.without_proof, "c=,r=%s", p.nonce.bytes);
}

static void
two_nonces(void)
{
    text_set(&p.without_proof, "c=,r=%sOther", p.nonce.bytes);
}

static void
a_server_first_that_is_none(void)
{
    text_set(&p.server_first, "r=%sServer,i=4096", p.nonce.bytes);
}

static void
a_salt_that_is_no_base64(void)
{
    text_set(&p.server_first, "r=%sServer,s=!,i=4096", p.nonce.bytes);
}

static void
a_proof_in_it_already(void)
{
    text_set(&p.without_proof, "c=,r=%sServer,p=AA==", p.nonce.bytes);
}

static void
nothing_to_sign(void)
{
    text_set(&p.without_proof, "%s", "");
}

static void
too_few_iterations(void)
{
    server_first(&p, SALT, 4095);
}

static void
more_iterations_than_are_computed(void)
{
    server_first(&p, SALT, 10000001);
}

static const struct {
    const char *name;
    void (*change)(void);
    enum scram_status status;
} changes[] = {
    {"another nonce", another_nonce, SCRAM_AGENT_ANEW},
    {"another user", another_user, SCRAM_AGENT_ANEW},
    {"another target", another_target, SCRAM_AGENT_ANEW},
    {"no target", no_target, SCRAM_AGENT_ANEW},
    {"another mechanism", another_mechanism, SCRAM_AGENT_ANEW},
    {"another seal", another_seal, SCRAM_AGENT_ANEW},
    {"a seal cut short", a_seal_cut_short, SCRAM_AGENT_ANEW},
    {"no seal", no_seal, SCRAM_AGENT_ANEW},
    {"a bit changed", a_seal_with_a_bit_changed, SCRAM_AGENT_ANEW},
    {"a later expiry", a_later_expiry, SCRAM_AGENT_ANEW},
    {"another entry", another_entry, SCRAM_AGENT_ANEW},
    {"extensions", extensions_of_its_own, SCRAM_AGENT_ANEW},
    {"the server's nonce", a_nonce_of_the_servers_alone, SCRAM_BAD_NONCE},
    {"nothing added", nothing_added_to_the_nonce, SCRAM_BAD_NONCE},
    {"two nonces", two_nonces, SCRAM_BAD_NONCE},
    {"no salt", a_server_first_that_is_none, SCRAM_BAD_ENCODING},
    {"no base64", a_salt_that_is_no_base64, SCRAM_BAD_ENCODING},
    {"a proof", a_proof_in_it_already, SCRAM_BAD_ENCODING},
    {"nothing to sign", nothing_to_sign, SCRAM_BAD_ENCODING},
    {"too few", too_few_iterations, SCRAM_TOO_FEW_ITERATIONS},
    {"too many", more_iterations_than_are_computed, SCRAM_TOO_MANY_ITERATIONS},
};

START_TEST(nothing_is_signed_but_what_was_begun)
{
    size_t i;

    program_begin(&other, &agent);
    ck_assert_int_eq(program_keep(&p, "*", "bob", "builder"), SCRAM_OK);
    for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        p.mechanism = SCRAM_SHA_256;
        ck_assert_int_eq(program_choose(&p, TARGET, "alice"), SCRAM_OK);
        ck_assert_int_eq(program_choose(&other, TARGET, "alice"), SCRAM_OK);
        server_first(&p, SALT, 4096);
        changes[i].change();
        ck_assert_msg(program_sign(&p) == (int)changes[i].status, "%s: %s",
                      changes[i].name, p.sentence);
        ck_assert_uint_eq(p.proof_len, 0);
        ck_assert_uint_eq(p.signed_seal.len, 0);
        ck_assert_uint_ne(strlen(p.sentence), 0);
    }
    program_end(&other);
}
END_TEST

START_TEST(a_login_is_signed_once)
{
    ck_assert_int_eq(program_log_in(&p, TARGET, "", SALT), SCRAM_OK);
    ck_assert_int_eq(program_sign(&p), SCRAM_AGENT_ANEW);
    ck_assert_msg(strstr(p.sentence, "once") != NULL, "%s", p.sentence);
    server_first(&p, "another grain...", 4096);
    ck_assert_int_eq(program_sign(&p), SCRAM_AGENT_ANEW);
    ck_assert_uint_eq(p.proof_len, 0);
}
END_TEST

static void
a_forged_signature(void)
{
    text_set(&p.server_final, "v=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
}

static void
no_signature(void)
{
    text_set(&p.server_final, "v=AAAA");
}

static void
an_error_of_another_kind(void)
{
    text_set(&p.server_final, "e=other-error");
}

static void
no_final_message(void)
{
    text_set(&p.server_final, "%s", "");
}

static void
the_first_seal(void)
{
    p.signed_seal = p.seal;
}

static void
another_server_first(void)
{
    server_first(&p, "another grain...", 4096);
}

static void
another_client_first(void)
{
    text_set(&p.client_first, "n=bob,r=%s", p.nonce.bytes);
}

static void
another_without_proof(void)
{
    text_set(&p.without_proof, "c=AAAA,r=%sServer", p.nonce.bytes);
}

static void
a_changed_seal(void)
{
    p.signed_seal.bytes[30] ^= 1;
}

static const struct {
    const char *name;
    void (*change)(void);
    enum scram_status status;
} finals[] = {
    {"forged", a_forged_signature, SCRAM_BAD_SERVER_SIGNATURE},
    {"short", no_signature, SCRAM_BAD_ENCODING},
    {"error", an_error_of_another_kind, SCRAM_SERVER_ERROR},
    {"empty", no_final_message, SCRAM_BAD_ENCODING},
    {"the first seal", the_first_seal, SCRAM_AGENT_ANEW},
    {"another server-first", another_server_first, SCRAM_AGENT_ANEW},
    {"another client-first", another_client_first, SCRAM_AGENT_ANEW},
    {"another without-proof", another_without_proof, SCRAM_AGENT_ANEW},
    {"a changed seal", a_changed_seal, SCRAM_AGENT_ANEW},
    {"another mechanism", another_mechanism, SCRAM_AGENT_ANEW},
};

static bool
has_session_key(void)
{
    static const uint8_t none[WIRE_SESSION_KEY_LEN];

    return memcmp(p.session_key, none, sizeof(none)) != 0;
}

/* A recorded login, whose messages and proof somebody has seen, is no way to
 * its session key without the server's answer. */
START_TEST(a_session_key_is_for_the_servers_answer_once)
{
    struct expected e;
    size_t i;

    for (i = 0; i < sizeof(finals) / sizeof(finals[0]); i++) {
        p.mechanism = SCRAM_SHA_256;
        ck_assert_int_eq(program_log_in(&p, TARGET, "", SALT), SCRAM_OK);
        server_expect(&p, PASSWORD, SALT, 4096, &e);
        server_final(&p, &e);
        finals[i].change();
        ck_assert_msg(program_verify(&p) == (int)finals[i].status, "%s: %s",
                      finals[i].name, p.sentence);
        ck_assert(!has_session_key());
    }
    p.mechanism = SCRAM_SHA_256;
    ck_assert_int_eq(program_log_in(&p, TARGET, "", SALT), SCRAM_OK);
    /* One guess ends it, even if the right answer follows. */
    server_expect(&p, PASSWORD, SALT, 4096, &e);
    a_forged_signature();
    ck_assert_int_eq(program_verify(&p), SCRAM_BAD_SERVER_SIGNATURE);
    server_final(&p, &e);
    ck_assert_int_eq(program_verify(&p), SCRAM_AGENT_ANEW);
    ck_assert(!has_session_key());
    /* And the right one is taken once. */
    ck_assert_int_eq(program_log_in(&p, TARGET, "", SALT), SCRAM_OK);
    server_expect(&p, PASSWORD, SALT, 4096, &e);
    server_final(&p, &e);
    ck_assert_int_eq(program_verify(&p), SCRAM_OK);
    ck_assert(has_session_key());
    ck_assert_int_eq(program_verify(&p), SCRAM_AGENT_ANEW);
    ck_assert(!has_session_key());
}
END_TEST

START_TEST(seals_are_of_one_process)
{
    struct expected e;
    struct program again;

    ck_assert_int_eq(program_choose(&p, TARGET, ""), SCRAM_OK);
    server_first(&p, SALT, 4096);
    other = p;
    ck_assert_int_eq(program_log_in(&p, TARGET, "", SALT), SCRAM_OK);
    again = p;
    end();
    begin();
    other.fd = again.fd = p.fd;
    ck_assert_int_eq(program_sign(&other), SCRAM_AGENT_ANEW);
    ck_assert_msg(strstr(other.sentence, "begin again") != NULL, "%s",
                  other.sentence);
    /* Not even with the same password, entry and keys. */
    ck_assert_int_eq(program_log_in(&p, TARGET, "", SALT), SCRAM_OK);
    server_expect(&again, PASSWORD, SALT, 4096, &e);
    server_final(&again, &e);
    ck_assert_int_eq(program_verify(&again), SCRAM_AGENT_ANEW);
}
END_TEST

START_TEST(a_seal_goes_with_its_password)
{
    uint32_t count;

    ck_assert_int_eq(program_choose(&p, TARGET, ""), SCRAM_OK);
    server_first(&p, SALT, 4096);
    ck_assert_int_eq(program_keep(&p, "*", "alice", "another"), SCRAM_OK);
    ck_assert_int_eq(program_sign(&p), SCRAM_EXPIRED);
    ck_assert_int_eq(program_choose(&p, TARGET, ""), SCRAM_OK);
    server_first(&p, SALT, 4096);
    ck_assert_int_eq(program_forget(&p, "*", "alice", &count), SCRAM_OK);
    ck_assert_uint_eq(count, 1);
    ck_assert_int_eq(program_sign(&p), SCRAM_EXPIRED);
    ck_assert_int_eq(program_choose(&p, TARGET, ""), SCRAM_NO_USER);
    ck_assert_msg(strstr(p.sentence, "gss-scram login") != NULL, "%s",
                  p.sentence);
}
END_TEST

START_TEST(a_password_is_refused_until_a_server_takes_it)
{
    struct wire_listed listed;
    struct expected e;

    ck_assert_int_eq(program_log_in(&p, TARGET, "", SALT), SCRAM_OK);
    text_set(&p.server_final, "e=invalid-proof");
    ck_assert_int_eq(program_verify(&p), SCRAM_SERVER_ERROR);
    ck_assert_str_eq(p.error, "invalid-proof");
    ck_assert_msg(strstr(p.sentence, "gss-scram login") != NULL, "%s",
                  p.sentence);
    ck_assert_int_eq(program_list(&p, 0, &listed), SCRAM_OK);
    ck_assert(listed.refused);
    ck_assert_int_eq(program_log_in(&p, TARGET, "", SALT), SCRAM_OK);
    server_expect(&p, PASSWORD, SALT, 4096, &e);
    server_final(&p, &e);
    ck_assert_int_eq(program_verify(&p), SCRAM_OK);
    ck_assert_int_eq(program_list(&p, 0, &listed), SCRAM_OK);
    ck_assert(!listed.refused);
}
END_TEST

START_TEST(a_wrong_password_does_not_keep_the_right_one_waiting)
{
    int i;

    for (i = 0; i <= ENTRY_KEYS_AT_ONCE; i++) {
        ck_assert_int_eq(program_log_in(&p, TARGET, "", SALT), SCRAM_OK);
        ck_assert(i == 0 || p.working == 0); /* the keys are there */
        text_set(&p.server_final, "e=invalid-proof");
        ck_assert_int_eq(program_verify(&p), SCRAM_SERVER_ERROR);
    }
    ck_assert_int_eq(program_keep(&p, "*", "alice", "the right one"), SCRAM_OK);
    ck_assert_int_eq(program_log_in(&p, TARGET, "", SALT), SCRAM_OK);
}
END_TEST

static const struct {
    const char *target, *user, *sentence;
} absent[] = {
    {TARGET, "bob", "has no password of bob for " TARGET ": give"},
    {"", "bob", "has no password of bob: give"},
    {TARGET, "", "has no password for " TARGET ": give"},
    {"", "", "has no password: give"},
};

/* Whoever asks, and whatever for, reads a sentence without holes. */
START_TEST(a_password_that_is_not_there_is_named)
{
    uint32_t count;

    ck_assert_int_eq(program_forget(&p, "", "", &count), SCRAM_OK);
    ck_assert_int_eq(program_choose(&p, absent[_i].target, absent[_i].user),
                     SCRAM_NO_USER);
    ck_assert_msg(strstr(p.sentence, absent[_i].sentence) != NULL, "%s",
                  p.sentence);
}
END_TEST

static const struct {
    const char *data;
    size_t len;
    enum scram_status status;
} bindings[] = {
    {"", 0, SCRAM_BAD_BINDINGS},
    {"n,,", 3, SCRAM_BAD_BINDINGS},
    {"y,a=bob,", 8, SCRAM_BAD_BINDINGS},
    {"p=tls-exporter,,", 16, SCRAM_BAD_BINDINGS},
    {"p=tls-exporter,,data", 20, SCRAM_OK},
    {"tls-server-end-point:\0\377", 23, SCRAM_OK},
};

START_TEST(a_bound_password_signs_with_a_channels_bindings_alone)
{
    const struct wire_keep keep = {.target = SLICE("*"),
                                   .user = SLICE("alice"),
                                   .password = SLICE(PASSWORD),
                                   .lifetime = 60,
                                   .min_iterations = 4096,
                                   .bound = true};
    uint8_t memory[64];
    struct buffer text = BUFFER_ARRAY(memory);
    size_t i;

    ck_assert_int_eq(program_keep_all(&p, &keep), SCRAM_OK);
    for (i = 0; i < sizeof(bindings) / sizeof(bindings[0]); i++) {
        text.len = 0;
        base64_encode(
            (struct slice){(const uint8_t *)bindings[i].data, bindings[i].len},
            &text);
        ck_assert_int_eq(program_choose(&p, TARGET, ""), SCRAM_OK);
        ck_assert(p.bound);
        server_first(&p, SALT, 4096);
        text_set(&p.without_proof, "c=%.*s,r=%sServer", (int)text.len,
                 (char *)memory, p.nonce.bytes);
        ck_assert_msg(program_sign(&p) == (int)bindings[i].status, "%s: %s",
                      bindings[i].data, p.sentence);
    }
}
END_TEST

START_TEST(a_password_has_a_count_of_its_own)
{
    const struct wire_keep keep = {.target = SLICE("*"),
                                   .user = SLICE("alice"),
                                   .password = SLICE(PASSWORD),
                                   .lifetime = 60,
                                   .min_iterations = 10000};

    ck_assert_int_eq(program_keep_all(&p, &keep), SCRAM_OK);
    ck_assert_int_eq(program_choose(&p, TARGET, ""), SCRAM_OK);
    server_first(&p, SALT, 9999);
    ck_assert_int_eq(program_sign(&p), SCRAM_TOO_FEW_ITERATIONS);
    ck_assert_msg(strstr(p.sentence, "--min-iterations 9999") != NULL, "%s",
                  p.sentence);
    ck_assert_int_eq(program_choose(&p, TARGET, ""), SCRAM_OK);
    server_first(&p, SALT, 10000);
    ck_assert_int_eq(program_sign(&p), SCRAM_OK);
}
END_TEST

/* The account's configuration counts, as it is when it is asked. */
START_TEST(the_configurations_counts_are_kept_to)
{
    char path[200];
    FILE *stream;

    end();
    snprintf(path, sizeof(path), "%s", stores_path("scram.conf"));
    stream = fopen(path, "w");
    fputs("[scram]\n    client_min_iterations = 5000\n    "
          "client_max_iterations = 6000\n",
          stream);
    fclose(stream);
    agent.config = path;
    agent_start(&agent, "agent");
    program_begin(&p, &agent);
    ck_assert_int_eq(program_keep(&p, "*", "alice", PASSWORD), SCRAM_OK);
    ck_assert_int_eq(program_log_in(&p, TARGET, "", SALT),
                     SCRAM_TOO_FEW_ITERATIONS);
    ck_assert_int_eq(program_choose(&p, TARGET, ""), SCRAM_OK);
    server_first(&p, SALT, 6001);
    ck_assert_int_eq(program_sign(&p), SCRAM_TOO_MANY_ITERATIONS);
    stream = fopen(path, "w");
    fputs("[scram]\n    min_iteration = 5000\n", stream);
    fclose(stream);
    ck_assert_int_eq(program_log_in(&p, TARGET, "", SALT), SCRAM_BAD_CONFIG);
    ck_assert_msg(strstr(p.sentence, "min_iteration") != NULL, "%s",
                  p.sentence);
    ck_assert_int_eq(unlink(path), 0);
    stream = fopen(path, "w");
    fclose(stream);
    ck_assert_int_eq(program_log_in(&p, TARGET, "", SALT), SCRAM_OK);
}
END_TEST

START_TEST(the_closest_pattern_counts)
{
    ck_assert_int_eq(program_keep(&p, "HTTP@*", "h", "1"), SCRAM_OK);
    ck_assert_int_eq(program_keep(&p, "*@*.example.org", "d", "1"), SCRAM_OK);
    ck_assert_int_eq(program_keep(&p, "ldap@db.example.org", "x", "1"),
                     SCRAM_OK);
    ck_assert_int_eq(program_choose(&p, "HTTP@www.example.net", ""), SCRAM_OK);
    ck_assert_str_eq(p.user.bytes, "h");
    ck_assert_int_eq(program_choose(&p, "http@WWW.example.org", ""), SCRAM_OK);
    ck_assert_str_eq(p.user.bytes, "d");
    ck_assert_int_eq(program_choose(&p, "ldap@db.example.org", ""), SCRAM_OK);
    ck_assert_str_eq(p.user.bytes, "x");
    ck_assert_int_eq(program_choose(&p, "ldap@db.example.org", "alice"),
                     SCRAM_OK);
    ck_assert_int_eq(program_choose(&p, "imap@mail", ""), SCRAM_OK);
    ck_assert_str_eq(p.user.bytes, "alice");
    ck_assert_int_eq(program_choose(&p, "imap@mail", "h"), SCRAM_NO_USER);
    ck_assert_int_eq(program_choose(&p, "", ""), SCRAM_OK);
    ck_assert_str_eq(p.user.bytes, "x"); /* who logged in last */
    p.mechanism = SCRAM_SHA_1;
    ck_assert_int_eq(program_choose(&p, "", ""), SCRAM_NO_USER);
}
END_TEST

/* Nothing that is sent or refused shows a secret to who debugs. */
START_TEST(what_is_shown_has_no_secret)
{
    struct expected e;
    uint8_t memory[64];
    struct buffer text = BUFFER_ARRAY(memory);
    char proof[65] = "";

    ck_assert_int_eq(program_log_in(&p, TARGET, "", SALT), SCRAM_OK);
    server_expect(&p, PASSWORD, SALT, 4096, &e);
    server_final(&p, &e);
    ck_assert_int_eq(program_verify(&p), SCRAM_OK);
    ck_assert_ptr_nonnull(strstr(agent_shown(&agent), "KEEP"));
    ck_assert_ptr_nonnull(strstr(agent_shown(&agent), "answer to VERIFY"));
    ck_assert_ptr_null(strstr(agent_shown(&agent), PASSWORD));
    ck_assert_ptr_null(strstr(agent_shown(&agent), p.server_final.bytes + 2));
    base64_encode((struct slice){p.proof, 32}, &text);
    memcpy(proof, memory, text.len);
    ck_assert_ptr_null(strstr(agent_shown(&agent), proof));
}
END_TEST

static void
add(TCase *tests)
{
    stores_add_fixtures(tests);
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, a_login_gets_a_proof_and_its_session_key);
    tcase_add_test(tests, nothing_is_signed_but_what_was_begun);
    tcase_add_test(tests, a_login_is_signed_once);
    tcase_add_test(tests, a_session_key_is_for_the_servers_answer_once);
    tcase_add_test(tests, seals_are_of_one_process);
    tcase_add_test(tests, a_seal_goes_with_its_password);
    tcase_add_test(tests, a_password_is_refused_until_a_server_takes_it);
    tcase_add_test(tests, a_wrong_password_does_not_keep_the_right_one_waiting);
    tcase_add_loop_test(tests, a_password_that_is_not_there_is_named, 0,
                        sizeof(absent) / sizeof(absent[0]));
    tcase_add_test(tests,
                   a_bound_password_signs_with_a_channels_bindings_alone);
    tcase_add_test(tests, a_password_has_a_count_of_its_own);
    tcase_add_test(tests, the_configurations_counts_are_kept_to);
    tcase_add_test(tests, the_closest_pattern_counts);
    tcase_add_test(tests, what_is_shown_has_no_secret);
}

int
main(void)
{
    return unit_run("agent login", add, 120);
}
