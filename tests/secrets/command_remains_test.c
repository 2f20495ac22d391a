/*
 * What the gss-scram command leaves in its memory: nothing of a password, nor
 * of the keys that are made of it, once it has put them into a store, read them
 * from a file, written them to one or handed them to gss-scram-agent. Needs
 * root, as gss-scramd takes changes from nobody else.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../daemon/served.h"
#include "base/base64.h"
#include "remains.h"
#include "scram/keys.h"
#include "traced.h"
#include <openssl/evp.h>

#define NAME "carol"
#define FOREIGN                                                                \
    "z\xc3\xbc"                                                                \
    "chtig-pferd-batterie-heftklammer-\xc3\xb8-4711"

static struct served served;
static struct secrets known;
static unsigned found[SECRETS_MAX];

/* Where users are: a file, or with gss-scramd. */
enum { FILE_OF_USERS, OF_GSS_SCRAMD, STORES };

static void
begin(int store)
{
    FILE *stream;

    store_close(stores_open("users", STORE_CREATE));
    served_configure(&served, "one", "");
    if (store == FILE_OF_USERS) {
        stream = fopen(served.config, "w");
        ck_assert_ptr_nonnull(stream);
        fprintf(stream, "[scram]\n    store = file:%s\n",
                stores_path("users-text"));
        ck_assert_int_eq(fclose(stream), 0);
    } else {
        served_start(&served);
    }
    ck_assert_int_eq(setenv("GSS_SCRAM_CONFIG", served.config, 1), 0);
}

static void
end(int store)
{
    if (store != FILE_OF_USERS)
        served_stop(&served);
}

/* A password, and all that is made of it. */
static void
know(const char *password, const struct scram_verifier *v)
{
    struct secret_key salted;
    struct scram_keys keys;

    ck_assert_int_eq(PKCS5_PBKDF2_HMAC(password, (int)strlen(password), v->salt,
                                       v->salt_len, (int)v->iterations,
                                       EVP_sha256(), 32, salted.data),
                     1);
    ck_assert_int_eq(scram_keys_derive(SCRAM_SHA_256, slice_of(password),
                                       (struct slice){v->salt, v->salt_len},
                                       v->iterations, &keys),
                     SCRAM_OK);
    ck_assert_mem_eq(keys.stored_key.data, v->stored_key.data, 32);
    secrets_add_key(&known, "the password", slice_of(password));
    secrets_add_key_text(&known, "SaltedPassword", &salted);
    secrets_add_key_text(&known, "ClientKey", &keys.client_key);
    secrets_add_key_text(&known, "StoredKey", &keys.stored_key);
    secrets_add_key_text(&known, "ServerKey", &keys.server_key);
}

/* The verifier that the store has, by what the command exports. */
static struct scram_verifier
there(void)
{
    struct scram_verifier v = {0};
    char line[1024];
    FILE *stream;

    snprintf(line, sizeof(line), "%s/gss-scram user export --format postgresql",
             getenv("GSS_SCRAM_BUILD"));
    stream = popen(line, "re");
    ck_assert_ptr_nonnull(stream);
    while (fgets(line, sizeof(line), stream) != NULL)
        if (strncmp(line, NAME "|", sizeof(NAME)) == 0)
            ck_assert_int_eq(
                scram_verifier_parse(
                    (struct slice){(uint8_t *)line + sizeof(NAME),
                                   strcspn(line, "\n") - sizeof(NAME)},
                    &v),
                SCRAM_OK);
    ck_assert_int_eq(pclose(stream), 0);
    ck_assert_uint_ne(v.iterations, 0);
    return v;
}

static const char *
output_of(const struct traced *t)
{
    static char text[1 << 16];
    FILE *stream = fopen(t->output, "r");
    size_t len;

    ck_assert_ptr_nonnull(stream);
    len = fread(text, 1, sizeof(text) - 1, stream);
    text[len] = '\0';
    fclose(stream);
    return text;
}

/* Run the command to its end, and look at it there for what is known, and for
 * a password that the store has a verifier of. */
static void
run(struct traced *t, const char *password)
{
    const char *what = t->words[1];
    unsigned left = 0;
    size_t i;
    int code;

    t->name = "gss-scram";
    code = traced_run(t);
    ck_assert_msg(code == 0, "%s ended with %d: %s", what, code, output_of(t));
    if (password != NULL) {
        struct scram_verifier v = there();

        know(password, &v);
    }
    ck_assert_uint_gt(secrets_find(&known, t->pid, found), 1 << 16);
    for (i = 0; i < known.count; i++) {
        if (found[i] != 0)
            fprintf(stderr, "%s: %u pieces of %s (pattern %zu) are left\n",
                    what, found[i], known.patterns[i].name, i);
        left += found[i];
    }
    ck_assert_msg(left == 0, "%u pieces are left by %s %s", left, what,
                  t->words[3]);
    traced_end(t);
}

static const char *const passwords[] = {PASSWORD, FOREIGN};

START_TEST(nothing_is_left_of_a_password)
{
    int store = _i % STORES;
    const char *password = passwords[_i / STORES];
    char line[256];
    struct traced t = {.words = {"user", "add", NAME, "--password-stdin",
                                 "--iterations", "4096"},
                       .input = line};

    begin(store);
    known.count = 0;
    snprintf(line, sizeof(line), "%s\n", WRONG);
    run(&t, WRONG);
    /* Nor of the one before, whose keys are looked at. */
    t.words[1] = "passwd";
    snprintf(line, sizeof(line), "%s\n", password);
    run(&t, password);
    known.count = 0;
    t = (struct traced){.words = {"user", "import", "--format", "csv",
                                  "--iterations", "4096", "--replace"},
                        .input = line};
    snprintf(line, sizeof(line), NAME ",%s\n", password);
    run(&t, password);
    end(store);
}
END_TEST

static const char *const formats[] = {"dovecot",   "ejabberd",   "ldif",
                                      "pgbouncer", "postgresql", "xep0227"};

/* Verifiers on their way out, and in again. */
START_TEST(nothing_is_left_of_verifiers)
{
    int store = _i % STORES;
    const char *format = formats[_i / STORES];
    struct traced t = {.words = {"user", "add", NAME, "--password-stdin",
                                 "--iterations", "4096"},
                       .input = PASSWORD "\n"};
    char text[1 << 14];

    begin(store);
    known.count = 0;
    run(&t, PASSWORD);
    t = (struct traced){.words = {"user", "export", "--format", format},
                        .input = ""};
    if (strcmp(format, "ldif") == 0)
        t.words[4] = "--base", t.words[5] = "ou=people,dc=example,dc=org";
    else if (strcmp(format, "ejabberd") == 0 || strcmp(format, "xep0227") == 0)
        t.words[4] = "--base", t.words[5] = "example.org";
    run(&t, NULL);
    snprintf(text, sizeof(text), "%s", output_of(&t));
    t = (struct traced){
        .words = {"user", "import", "--format", format, "--replace"},
        .input = text};
    run(&t, NULL);
    t.words[5] = stores_path("input");
    run(&t, NULL);
    t.words[1] = "show", t.words[2] = "--keys", t.words[3] = NAME;
    t.words[4] = _i % 3 == 0 ? "--json" : NULL, t.words[5] = NULL;
    run(&t, NULL);
    end(store);
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
    tcase_add_loop_test(tests, nothing_is_left_of_a_password, 0,
                        STORES * COUNT(passwords));
    tcase_add_loop_test(tests, nothing_is_left_of_verifiers, 0,
                        STORES * COUNT(formats));
}

int
main(void)
{
    return unit_run("command remains", add, 60);
}
