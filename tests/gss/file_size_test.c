/*
 * A program that may write no large files (RLIMIT_FSIZE, systemd's LimitFSIZE=)
 * is never sent SIGXFSZ for what the module writes, which would end it: what
 * cannot be written is an error, or is left out of the trace.
 */
#include "apart.h"
#include "crew.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static volatile sig_atomic_t signals;

static void
note_signal(int number)
{
    (void)number;
    signals++;
}

static bool
limit(rlim_t bytes)
{
    struct rlimit limits = {bytes, RLIM_INFINITY};

    return setrlimit(RLIMIT_FSIZE, &limits) == 0;
}

/* The program counts its signals, and blocks none. */
static const char *
begin(rlim_t bytes)
{
    if (signal(SIGXFSZ, note_signal) == SIG_ERR || !limit(bytes))
        return "no limit can be set";
    return NULL;
}

/* Whether the program was left as it was: no signal came or waits, none is
 * blocked, and its handler is still there. */
static const char *
not_left_alone(const char *by)
{
    struct sigaction action;
    sigset_t pending, blocked;

    sigpending(&pending);
    sigprocmask(SIG_SETMASK, NULL, &blocked);
    sigaction(SIGXFSZ, NULL, &action);
    if (signals != 0 || sigismember(&pending, SIGXFSZ))
        return apart_wrong("SIGXFSZ was raised by %s", by);
    if (sigismember(&blocked, SIGXFSZ) || action.sa_handler != note_signal)
        return apart_wrong("SIGXFSZ is dealt with otherwise after %s", by);
    return NULL;
}

static long
size_of(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 ? (long)st.st_size : -1;
}

/* Entries of a folder. */
static int
entries(const char *path)
{
    DIR *folder = opendir(path);
    int count = 0;

    while (folder != NULL && readdir(folder) != NULL)
        count++;
    if (folder != NULL)
        closedir(folder);
    return count;
}

/* Bytes that a file may have; 300 is within a trace's second or third line. */
static const rlim_t limits[] = {0, 1, 300, 4096};

/* Log in until the trace is as long as it may be, and longer. */
static const char *
trace(void *data)
{
    const rlim_t *bytes = data;
    gss_cred_id_t alice = user_cred("alice", "wonderland", &sha_256);
    gss_cred_id_t server = server_cred(&sha_256);
    const char *wrong = begin(*bytes);
    int i;

    for (i = 0; i < 50 && wrong == NULL; i++)
        if (!apart_login(alice, server))
            return "no login while the trace cannot be written";
    wrong = wrong ?: not_left_alone("the trace");
    if (wrong != NULL)
        return wrong;
    if (size_of(world_path("trace")) > (long)*bytes)
        return "the trace is longer than a file may be";
    limit(RLIM_INFINITY);
    if (!apart_login(alice, server) || size_of(world_path("trace")) < 100)
        return "nothing is traced once it may be";
    return NULL;
}

START_TEST(a_trace_that_is_as_long_as_it_may_be_goes_no_further)
{
    rlim_t bytes = limits[_i];

    remove(world_path("trace"));
    setenv("GSS_SCRAM_TRACE", world_path("trace"), 1);
    apart_run(trace, &bytes);
}
END_TEST

/* A trace that is longer already, as by an earlier program's lines. */
START_TEST(nor_does_one_that_is_longer)
{
    char earlier[3000];
    rlim_t bytes = sizeof(earlier);

    remove(world_path("trace"));
    memset(earlier, '.', sizeof(earlier));
    setenv("GSS_SCRAM_TRACE", world_path("trace"), 1);
    world_write("trace", "%.*s", (int)sizeof(earlier), earlier);
    apart_run(trace, &bytes);
}
END_TEST

#define BEFORE "[*]\nuser = mallory\npassword = malice\n"

static OM_uint32
store_alice(OM_uint32 *minor, gss_cred_id_t alice, const char *file)
{
    gss_key_value_element_desc element = {GSS_SCRAM_CRED_FILE, file};
    gss_key_value_set_desc into = {1, &element};

    return gss_store_cred_into(minor, alice, GSS_C_INITIATE, &sha_256, 1, 1,
                               &into, NULL, NULL);
}

static const char *
store_credential(void *data)
{
    const rlim_t *bytes = data;
    gss_cred_id_t alice = user_cred("alice", "wonderland", &sha_256);
    const char *file = world_path("private/credentials");
    int before = entries(world_path("private"));
    OM_uint32 minor, major;
    const char *wrong = begin(*bytes);

    if (wrong != NULL)
        return wrong;
    major = store_alice(&minor, alice, file);
    wrong = not_left_alone("gss_store_cred_into");
    if (wrong != NULL)
        return wrong;
    if (!GSS_ERROR(major))
        return "what was not written is said to be stored";
    if (strstr(sentence_of(minor, &sha_256), file) == NULL)
        return apart_wrong("the sentence does not name the file: %s",
                           sentence_of(minor, &sha_256));
    if (size_of(file) != (long)strlen(BEFORE))
        return "the credentials file of before is not whole";
    if (entries(world_path("private")) != before)
        return "something was left beside the credentials file";
    limit(RLIM_INFINITY);
    if (store_alice(&minor, alice, file) != GSS_S_COMPLETE)
        return "nothing is stored once it may be";
    return NULL;
}

START_TEST(a_credential_that_cannot_be_stored_is_an_error)
{
    rlim_t bytes = (rlim_t[]){0, 10, sizeof(BEFORE)}[_i];

    mkdir(world_path("private"), 0700);
    world_write("private/credentials", BEFORE);
    chmod(world_path("private/credentials"), 0600);
    apart_run(store_credential, &bytes);
}
END_TEST

/* Whether that can be exported is another question. */
static const char *
export_half_open(void *data)
{
    struct shared shared = {.target = apart_target()};
    gss_buffer_desc token = GSS_C_EMPTY_BUFFER;
    struct pair pair = {0};
    const char *wrong;
    OM_uint32 minor;

    (void)data;
    shared.client = user_cred("alice", "wonderland", &sha_256);
    shared.server = server_cred(&sha_256);
    wrong = begin(0);
    pair_client_leg(&pair, &shared, shared.client);
    pair_server_leg(&pair, &shared);
    if (pair.server_major != GSS_S_CONTINUE_NEEDED)
        return "there is no half-open context";
    gss_export_sec_context(&minor, &pair.server, &token);
    gss_release_buffer(&minor, &token);
    pair_release(&pair);
    return wrong ?: not_left_alone("the export of a half-open context");
}

START_TEST(an_export_of_a_half_open_context_raises_no_signal)
{
    apart_run(export_half_open, NULL);
}
END_TEST

static const char *
export_established(void *data)
{
    struct shared shared = {.target = apart_target()};
    struct pair pair = {0};
    const char *wrong;

    (void)data;
    shared.client = user_cred("alice", "wonderland", &sha_256);
    shared.server = server_cred(&sha_256);
    wrong = begin(0);
    if (!pair_run(&pair, &shared, shared.client) ||
        pair_move(&pair.server) != GSS_S_COMPLETE)
        return "an established context is not handed on";
    pair_release(&pair);
    return wrong ?: not_left_alone("the export of an established context");
}

START_TEST(an_established_context_is_exported_under_any_limit)
{
    apart_run(export_established, NULL);
}
END_TEST

/* As the command does it, and any program that is linked with a store. */
static const char *
change_the_store(void *data)
{
    const rlim_t *bytes = data;
    struct scram_verifier verifier;
    struct sentence why = {""};
    struct store *store;
    const char *wrong;
    int before;

    if (store_open(WORLD_KINDS, world_store_at("private/users"), STORE_CREATE,
                   &store, &why) != SCRAM_OK ||
        scram_verifier_derive(SCRAM_SHA_256, SLICE("wonderland"),
                              SLICE("0123456789abcdef"), 4096,
                              &verifier) != SCRAM_OK ||
        store_put(store, SLICE("alice"), &verifier, STORE_EITHER, &why) !=
            SCRAM_OK)
        return apart_wrong("there is no store: %s", why.text);
    before = entries(world_path("private"));
    wrong = begin(*bytes);
    if (wrong != NULL)
        return wrong;
    if (store_put(store, SLICE("bob"), &verifier, STORE_ADD, &why) !=
            SCRAM_STORE_FAILED ||
        why.text[0] == '\0')
        return "a change that cannot be written has no sentence";
    wrong = not_left_alone("a change of a store");
    if (wrong != NULL)
        return wrong;
    if (entries(world_path("private")) != before)
        return "something was left beside the store";
    if (store_look_up(store, SCRAM_SHA_256, SLICE("alice"), &verifier, NULL) !=
            SCRAM_OK ||
        store_look_up(store, SCRAM_SHA_256, SLICE("bob"), &verifier, NULL) !=
            SCRAM_NO_USER)
        return "the store is not what it was before";
    limit(RLIM_INFINITY);
    if (store_put(store, SLICE("bob"), &verifier, STORE_ADD, &why) != SCRAM_OK)
        return apart_wrong("no change once it may be written: %s", why.text);
    store_close(store);
    return NULL;
}

START_TEST(a_change_of_a_store_that_cannot_be_written_is_an_error)
{
    rlim_t bytes = (rlim_t[]){0, 64}[_i];

    mkdir(world_path("private"), 0700);
    remove(strchr(world_store_at("private/users"), ':') + 1);
    apart_run(change_the_store, &bytes);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_loop_test(tests,
                        a_trace_that_is_as_long_as_it_may_be_goes_no_further, 0,
                        COUNT(limits));
    tcase_add_test(tests, nor_does_one_that_is_longer);
    tcase_add_loop_test(tests, a_credential_that_cannot_be_stored_is_an_error,
                        0, 3);
    tcase_add_test(tests, an_export_of_a_half_open_context_raises_no_signal);
    tcase_add_test(tests, an_established_context_is_exported_under_any_limit);
    tcase_add_loop_test(
        tests, a_change_of_a_store_that_cannot_be_written_is_an_error, 0, 2);
}

int
main(void)
{
    return world_run("file_size", add, 60);
}
