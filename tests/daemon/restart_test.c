/*
 * What a login needs of gss-scramd between its two messages, which is the
 * seal's keys and nothing else.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "asker.h"
#include "base/big_endian.h"
#include "daemon/seal.h"
#include "daemon/seal_file.h"
#include "served.h"

static struct served served;

/* The first half of a login. */
static void
half(struct asker *a)
{
    ck_assert_int_eq(asker_begin(a, served.broker), SCRAM_OK);
    ck_assert_int_eq(asker_first(a, "alice"), SCRAM_OK);
    ck_assert(asker_answer(a, "wonderland", SLICE("")));
}

/* The same login goes on over another connection. */
static int
other_half(struct asker *a, const char *path)
{
    int status;

    close(a->fd);
    a->fd = asker_connect(path);
    status = asker_hello(a, 1, 1);
    return status == SCRAM_OK ? asker_final(a) : status;
}

START_TEST(a_login_goes_on_over_another_connection)
{
    struct asker a;

    half(&a);
    ck_assert_int_eq(other_half(&a, served.broker), SCRAM_OK);
    ck_assert(asker_is_proved(&a));
    asker_end(&a);
}
END_TEST

static void (*const ends[])(struct served *) = {served_stop, served_kill};

START_TEST(a_restart_between_the_messages_is_not_noticed)
{
    struct asker a;

    half(&a);
    ends[_i](&served);
    served_start(&served);
    ck_assert_int_eq(other_half(&a, served.broker), SCRAM_OK);
    ck_assert(asker_is_proved(&a));
    asker_end(&a);
}
END_TEST

static const char *
keys_path(void)
{
    static char path[300];

    snprintf(path, sizeof(path), "%s/seal-keys", served.state);
    return path;
}

START_TEST(without_the_keys_it_begins_anew)
{
    struct asker a;

    half(&a);
    served_kill(&served);
    ck_assert_int_eq(unlink(keys_path()), 0);
    served_start(&served);
    ck_assert_int_eq(other_half(&a, served.broker), SCRAM_BROKER_ANEW);
    ck_assert_uint_eq(a.verdict.server_final.len, 0);
    ck_assert_int_eq(asker_log_in(&a, "alice", "wonderland"), SCRAM_OK);
    asker_end(&a);
}
END_TEST

/* What may stand in the place of the keys; the daemon says so, and makes new
 * ones. */
static const char *const damages[] = {"", "gss-scramd seal keys 1\n", "x"};

START_TEST(damaged_keys_are_made_anew)
{
    FILE *stream;
    struct asker a;

    served_stop(&served);
    stream = fopen(keys_path(), "w");
    ck_assert_ptr_nonnull(stream);
    fputs(damages[_i], stream);
    fclose(stream);
    served_start(&served);
    ck_assert_int_eq(asker_begin(&a, served.broker), SCRAM_OK);
    ck_assert_int_eq(asker_log_in(&a, "alice", "wonderland"), SCRAM_OK);
    asker_end(&a);
}
END_TEST

/* The key is written before it is used, and nobody else may read it. */
START_TEST(the_key_is_in_its_owners_file)
{
    struct seal_keys keys;
    struct sentence why;
    struct stat st;
    struct asker a;
    uint64_t epoch;

    half(&a);
    ck_assert_int_eq(stat(keys_path(), &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0600);
    ck_assert_uint_eq(st.st_uid, geteuid());
    seal_file_read(served.state, seal_now(), &keys, &why);
    ck_assert_str_eq(why.text, "");
    ck_assert_uint_eq(keys.count, 1);
    epoch = big_endian_read(a.seal, 8);
    ck_assert_uint_eq(keys.keys[0].epoch, epoch);
    asker_end(&a);
}
END_TEST

/* One byte of what the seal says or covers. */
static void
change(struct asker *a, int what)
{
    switch (what) {
    case 0: /* the epoch */
        a->seal[7] ^= 1;
        break;
    case 1: /* the expiry */
        a->seal[14] ^= 1;
        break;
    case 2: /* the mac, at either end */
        a->seal[16] ^= 1;
        break;
    case 3:
        a->seal[47] ^= 1;
        break;
    case 4:
        a->final.seal.len--;
        break;
    case 5:
        a->final.seal.len = 0;
        break;
    case 6: /* the user, as in another login */
        a->client_first[2] ^= 1;
        break;
    case 7: /* the server's nonce */
        a->server_first[a->final.client_first.len] ^= 1;
        break;
    default:
        a->final.mechanism = SCRAM_SHA_1;
        break;
    }
}

START_TEST(an_exchange_that_was_not_sealed_is_refused)
{
    struct asker a;

    half(&a);
    change(&a, _i);
    ck_assert_int_eq(asker_final(&a), SCRAM_BROKER_ANEW);
    ck_assert_uint_eq(a.verdict.server_final.len, 0);
    asker_end(&a);
}
END_TEST

START_TEST(an_answer_past_its_time_is_too_late)
{
    struct asker a;
    uint64_t expiry;

    served_configure(&served, "one", "    handshake_timeout = 300ms\n");
    served_reload(&served);
    half(&a);
    ck_assert_uint_eq(a.handshake_timeout, 300);
    expiry = big_endian_read(a.seal + 8, 8);
    while (seal_now() < expiry)
        usleep(1000);
    ck_assert_int_eq(asker_final(&a), SCRAM_TOO_LATE);
    ck_assert_uint_eq(a.verdict.server_final.len, 0);
    asker_end(&a);
}
END_TEST

/* The same exchange with another store of the same users. */
START_TEST(an_exchange_with_another_store_is_refused)
{
    struct asker a;

    half(&a);
    ck_assert_int_eq(symlink("users", stores_path("others")), 0);
    served_configure(&served, "one",
                     "[accounts]\n    root = {\n        store = "
                     "file:%s/others\n    }\n");
    if (geteuid() == 0) {
        served_reload(&served);
        ck_assert_int_eq(asker_final(&a), SCRAM_BROKER_ANEW);
        ck_assert_int_eq(asker_log_in(&a, "alice", "wonderland"), SCRAM_OK);
    }
    asker_end(&a);
}
END_TEST

/* In a child that is an account: begin a login, and finish it; or finish what
 * another one began. */
struct part {
    uid_t uid;
    struct asker *asker;
};

static int
log_in_as(void *data)
{
    const struct part *p = data;

    served_become(p->uid, p->uid);
    if (asker_begin(p->asker, served.broker) != SCRAM_OK ||
        asker_first(p->asker, "alice") != SCRAM_OK ||
        !asker_answer(p->asker, "wonderland", SLICE("")))
        return SERVED_BROKEN;
    return asker_final(p->asker);
}

static int
finish_as(void *data)
{
    const struct part *p = data;

    served_become(p->uid, p->uid);
    p->asker->fd = -1; /* it was another process' */
    return other_half(p->asker, served.broker);
}

START_TEST(anothers_recorded_exchange_is_refused)
{
    struct asker *a = mmap(NULL, sizeof(*a), PROT_READ | PROT_WRITE,
                           MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    served_configure(&served, "one",
                     "[accounts]\n"
                     "    61234 = {\n        store = file:%s/users\n    }\n"
                     "    61235 = {\n        store = file:%s/users\n    }\n");
    served_reload(&served);
    ck_assert_int_eq(stores_run(log_in_as, &(struct part){SERVED_STRANGER, a}),
                     SCRAM_OK);
    ck_assert_int_eq(stores_run(finish_as, &(struct part){SERVED_OTHER, a}),
                     SCRAM_BROKER_ANEW);
    ck_assert_int_eq(stores_run(finish_as, &(struct part){SERVED_STRANGER, a}),
                     SCRAM_OK);
}
END_TEST

START_TEST(two_run_side_by_side_and_finish_nothing_of_each_other)
{
    struct served other = {0};
    struct asker a;

    served_configure(&other, "two", "");
    served_start(&other);
    half(&a);
    ck_assert_int_eq(other_half(&a, other.broker), SCRAM_BROKER_ANEW);
    ck_assert_int_eq(other_half(&a, served.broker), SCRAM_OK);
    asker_end(&a);
    served_stop(&other);
}
END_TEST

/* Start a second one with the first one's folder, or its socket. */
START_TEST(two_do_not_share_a_folder_or_a_socket)
{
    static const char *const said[] = {"another gss-scramd has the directory",
                                       "another process may serve it"};
    char text[1024] = "", *build = getenv("GSS_SCRAM_BUILD");
    struct served other = {0};
    FILE *stream;

    served_configure(&other, "two", "");
    stream = fopen(other.config, "w");
    fprintf(stream,
            "[scram]\n    broker = %s\n[broker]\n    admin = %s\n"
            "    state = %s\n    account = root\n",
            _i == 0 ? other.broker : served.broker, other.admin,
            _i == 0 ? served.state : other.state);
    fclose(stream);
    snprintf(text, sizeof(text), "%s/gss-scramd --foreground --config %s 2>&1",
             build == NULL ? "." : build, other.config);
    stream = popen(text, "r");
    text[fread(text, 1, sizeof(text) - 1, stream)] = '\0';
    ck_assert_int_eq(WEXITSTATUS(pclose(stream)), 1);
    ck_assert_msg(strstr(text, said[_i]) != NULL, "%s", text);
}
END_TEST

static void
add(TCase *tests)
{
    served_add_fixtures(tests, &served);
    tcase_add_test(tests, a_login_goes_on_over_another_connection);
    tcase_add_loop_test(tests, a_restart_between_the_messages_is_not_noticed, 0,
                        COUNT(ends));
    tcase_add_test(tests, without_the_keys_it_begins_anew);
    tcase_add_loop_test(tests, damaged_keys_are_made_anew, 0, COUNT(damages));
    tcase_add_test(tests, the_key_is_in_its_owners_file);
    tcase_add_loop_test(tests, an_exchange_that_was_not_sealed_is_refused, 0,
                        9);
    tcase_add_test(tests, an_answer_past_its_time_is_too_late);
    tcase_add_test(tests, an_exchange_with_another_store_is_refused);
    tcase_add_test(tests,
                   two_run_side_by_side_and_finish_nothing_of_each_other);
    tcase_add_loop_test(tests, two_do_not_share_a_folder_or_a_socket, 0, 2);
    if (geteuid() == 0)
        tcase_add_test(tests, anothers_recorded_exchange_is_refused);
    else
        puts("not tried: other accounts, as this is not root");
}

int
main(void)
{
    return unit_run("restart", add, 120);
}
