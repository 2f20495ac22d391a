/*
 * What gss-scramd leaves in its memory once it has answered: nothing of the
 * verifiers that it looked up, was given or showed, of the proofs and session
 * keys of logins, nor of the password for a directory. Needs root, as nobody
 * else may change users.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../daemon/asker.h"
#include "../daemon/served.h"
#include "../unit/listener.h"
#include "base/base64.h"
#include "remains.h"
#include "scram/keys.h"
#include "scram/signature.h"
#include "traced.h"

#define NAME "carol"
#define BIND_PASSWORD "a-directory's-own-password-5150"

static struct served served;
static struct listener listener;
static struct secrets known;
static unsigned found[SECRETS_MAX];

static void
serve(const char *lines)
{
    known.count = 0;
    store_close(stores_open("users", STORE_CREATE));
    served = (struct served){.before = traced_prepare};
    served_configure(&served, "one", lines);
    served_start(&served);
    ck_assert_int_eq(setenv("GSS_SCRAM_CONFIG", served.config, 1), 0);
}

/* Have a shell run the command, $S, which has to work. */
static void
command(const char *line)
{
    char text[1024];

    snprintf(text, sizeof(text), "S=%s/gss-scram; { %s; } >%s",
             getenv("GSS_SCRAM_BUILD"), line, stores_path("output"));
    ck_assert_msg(system(text) == 0, "%s", line);
}

static void
know_keys(const struct scram_keys *keys)
{
    secrets_add_key_text(&known, "ClientKey", &keys->client_key);
    secrets_add_key_text(&known, "StoredKey", &keys->stored_key);
    secrets_add_key_text(&known, "ServerKey", &keys->server_key);
}

/* ClientSignature, with which a proof that was sent is ClientKey. */
static void
know_signature(const struct asker *a)
{
    struct secret_key signature = {{0}};
    struct buffer proof = BUFFER_ARRAY(signature.data);
    struct scram_client_final final;

    ck_assert_int_eq(scram_client_final_parse(a->final.client_final, &final),
                     SCRAM_OK);
    ck_assert(base64_decode(final.proof, &proof));
    scram_xor(&signature, &a->keys.client_key);
    secrets_add(&known, "ClientSignature", SLICE_ARRAY(signature.data));
}

/* Log in, and know what that was with. */
static void
log_in(const char *user, const char *password)
{
    struct asker a;

    ck_assert_int_eq(asker_begin(&a, served.broker), SCRAM_OK);
    ck_assert_msg(asker_first(&a, user) == SCRAM_OK, "%s", a.sentence.text);
    ck_assert(asker_answer(&a, password, SLICE("")));
    ck_assert_int_eq(asker_final(&a), SCRAM_OK);
    ck_assert(asker_is_proved(&a));
    know_keys(&a.keys);
    know_signature(&a);
    secrets_add(&known, "the session key", SLICE_ARRAY(a.session_key));
    asker_end(&a);
}

static void
fail_to_log_in(const char *user, const char *password)
{
    struct asker a;

    ck_assert_int_eq(asker_begin(&a, served.broker), SCRAM_OK);
    ck_assert_int_eq(asker_first(&a, user), SCRAM_OK);
    ck_assert(asker_answer(&a, password, SLICE("")));
    ck_assert_int_eq(asker_final(&a), SCRAM_BAD_PROOF);
    asker_end(&a);
}

static unsigned
pieces_found(void)
{
    unsigned sum = 0;
    size_t i;

    ck_assert_uint_gt(secrets_find(&known, served.pid, found), 1 << 16);
    for (i = 0; i < known.count; i++)
        sum += found[i];
    return sum;
}

/* What it sent is wiped once that is sent, which is a moment later. */
static void
look(const char *when)
{
    double start = stores_now();
    size_t i;

    while (pieces_found() != 0 && stores_within(start, 10))
        ;
    for (i = 0; i < known.count; i++)
        ck_assert_msg(found[i] == 0, "%s: %u pieces of %s (pattern %zu)", when,
                      found[i], known.patterns[i].name, i);
}

START_TEST(nothing_is_left_of_its_own_users)
{
    serve("");
    command("echo " WRONG " | $S user add " NAME " --password-stdin"
            " --iterations 4096");
    log_in(NAME, WRONG);
    look("a user that was added");
    command("echo " PASSWORD " | $S user passwd " NAME " --password-stdin"
            " --iterations 4096");
    log_in(NAME, PASSWORD);
    look("a new password");
    fail_to_log_in(NAME, WRONG); /* which is known as the earlier one */
    fail_to_log_in(NAME, "another");
    look("wrong passwords");
    command("$S user show --keys " NAME);
    look("a user that was shown");
    command("$S user disable " NAME " && $S user enable " NAME);
    look("a user that was disabled");
    command("$S user export --format dovecot | $S user import --format dovecot "
            "--replace");
    look("an import");
    command("$S user remove " NAME);
    look("a user who is gone");
    served_stop(&served);
}
END_TEST

/* The newest of the keys that stand in its file, the last of which ends the
 * line. */
static void
know_seal_key(void)
{
    uint8_t text[512];
    char path[512];
    ssize_t n;
    int fd;

    snprintf(path, sizeof(path), "%s/seal-keys", served.state);
    fd = open(path, O_RDONLY);
    ck_assert_int_ge(fd, 0);
    n = read(fd, text, sizeof(text));
    close(fd);
    ck_assert_int_gt(n, 33);
    secrets_add(&known, "the seal's key",
                (struct slice){text + n - 33, sizeof(struct secret_key)});
}

/* The serving thread has one, libcrypto's HMAC, and the thread that makes the
 * next. */
#define SEAL_KEY_PIECES (3 * sizeof(struct secret_key) / 8)

START_TEST(a_seal_s_key_is_there_where_it_is_used)
{
    double start = stores_now();

    serve("");
    know_seal_key();
    while (pieces_found() > SEAL_KEY_PIECES)
        ck_assert_msg(stores_within(start, 10), "%u pieces when it was made",
                      pieces_found());
    ck_assert_uint_ne(pieces_found(), 0);
    served_stop(&served);
    served_start(&served); /* it is read now */
    start = stores_now();
    while (pieces_found() > SEAL_KEY_PIECES)
        ck_assert_msg(stores_within(start, 10), "%u pieces when it was read",
                      pieces_found());
    served_stop(&served);
}
END_TEST

static void
write_file(const char *name, const char *text)
{
    int fd = open(stores_path(name), O_WRONLY | O_CREAT, 0600);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

/* Workers look them up, and libldap. */
START_TEST(nothing_is_left_of_a_directory_s_users)
{
    char lines[1024], text[512] = "";
    struct buffer b = {(uint8_t *)text, 0, sizeof(text) - 1, false};
    struct scram_verifier v;

    ck_assert_int_eq(scram_verifier_derive(SCRAM_SHA_256, SLICE(PASSWORD),
                                           SLICE("a grain of salt!"), 4096, &v),
                     SCRAM_OK);
    scram_verifier_format(&v, &b);
    listener_start(&listener, LISTENER_USER);
    listener.user = NAME;
    listener.verifier = text;
    write_file("bind-password", BIND_PASSWORD);
    snprintf(lines, sizeof(lines),
             "    ldap_base = dc=example\n    ldap_decoy_iterations = 4096\n"
             "    ldap_bind_dn = cn=broker\n"
             "    ldap_bind_password_file = %%s/bind-password\n"
             "    ldap_cache_ttl = 0s\n"
             "[accounts]\n    root = {\n        store = %s\n    }\n",
             listener.url);
    serve(lines);
    secrets_add_key(&known, "the directory's password", SLICE(BIND_PASSWORD));
    log_in(NAME, PASSWORD);
    fail_to_log_in(NAME, WRONG);
    look("logins of a directory's user");
    served_stop(&served);
}
END_TEST

static void
add(TCase *tests)
{
    if (geteuid() != 0) {
        puts("not tried: changing users of gss-scramd, as this is not root");
        return;
    }
    stores_add_fixtures(tests);
    tcase_add_test(tests, nothing_is_left_of_its_own_users);
    tcase_add_test(tests, a_seal_s_key_is_there_where_it_is_used);
    tcase_add_test(tests, nothing_is_left_of_a_directory_s_users);
}

int
main(void)
{
    return unit_run("broker remains", add, 60);
}
