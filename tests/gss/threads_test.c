/*
 * Many threads share credentials and names, each with contexts of its own,
 * while stores and files change beneath them. ThreadSanitizer watches, in a
 * build for it (configure --enable-sanitizers=thread).
 */
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crew.h"

#define ROUNDS 60 /* of each thread */

static struct shared shared;
static struct crew crew;

static const char *
log_in(bool move)
{
    struct pair p = {0};
    const char *wrong = NULL;

    if (!pair_run(&p, &shared, shared.client))
        wrong = "a login failed";
    if (wrong == NULL && move && pair_move(&p.server) != GSS_S_COMPLETE)
        wrong = "a context was not moved";
    if (wrong == NULL)
        wrong = pair_talk(&p);
    if (wrong == NULL)
        atomic_fetch_add(&shared.logins, 1);
    pair_release(&p);
    return wrong;
}

static const char *
log_in_wrongly(void)
{
    struct pair p = {0};
    bool good = pair_run(&p, &shared, shared.wrong);

    if (!good)
        atomic_fetch_add(&shared.refused, 1);
    pair_release(&p);
    return good ? "the wrong password did" : NULL;
}

static const char *
leave_half_way(void)
{
    struct pair p = {0};

    pair_client_leg(&p, &shared, shared.client);
    pair_server_leg(&p, &shared);
    pair_release(&p);
    return NULL;
}

/* Ask what is shared. */
static const char *
ask(void)
{
    gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
    gss_name_t copy = GSS_C_NO_NAME, name = GSS_C_NO_NAME;
    OM_uint32 minor;
    bool good =
        (shared.client == GSS_C_NO_CREDENTIAL ||
         gss_inquire_cred(&minor, shared.client, &name, NULL, NULL, NULL) ==
             GSS_S_COMPLETE) &&
        gss_duplicate_name(&minor, shared.target, &copy) == GSS_S_COMPLETE &&
        gss_display_name(&minor, copy, &text, NULL) == GSS_S_COMPLETE;

    gss_release_name(&minor, &name);
    gss_release_name(&minor, &copy);
    gss_release_buffer(&minor, &text);
    return good ? NULL : "a question had no answer";
}

static const char *
everything(struct shared *unused, unsigned member)
{
    const char *wrong = NULL;
    unsigned i;

    (void)unused;
    for (i = member; i < member + ROUNDS && wrong == NULL; i++) {
        switch (i % 5) {
        case 0:
        case 1:
            wrong = log_in(i % 5 == 1);
            break;
        case 2:
            wrong = log_in_wrongly();
            break;
        case 3:
            wrong = leave_half_way();
            break;
        default:
            wrong = ask();
        }
    }
    return wrong;
}

/* Put users in and take them out, through a handle of one's own. */
static void
change_store(unsigned n)
{
    struct store *store;
    struct scram_verifier v = {.mechanism = SCRAM_SHA_256,
                               .iterations = 4096,
                               .salt_len = SCRAM_SALT_LEN,
                               .enabled = true};
    char user[32];

    snprintf(user, sizeof(user), "guest%u", n % 4);
    if (store_open(WORLD_KINDS, world_store(), STORE_WRITE, &store, NULL) !=
        SCRAM_OK)
        return;
    (void)store_put(store, slice_of(user), &v, STORE_EITHER, NULL);
    if (n % 3 == 2)
        (void)store_remove(store, slice_of(user), NULL);
    store_close(store);
}

/* Another file in its place, so that nobody reads half of one. */
static void
change_configuration(unsigned n)
{
    world_write("next.conf", "[scram]\n store = %s\n handshake_timeout = %us\n",
                world_store(), 10 + n % 20);
    ck_assert_int_eq(rename(world_path("next.conf"), world_path("scram.conf")),
                     0);
}

static const char *
everything_until_counted(struct shared *s, unsigned member)
{
    const char *wrong = everything(s, member);

    atomic_fetch_add(&s->done_members, 1);
    return wrong;
}

/* A process that changes the store until it is killed. */
static pid_t
start_changer(void)
{
    pid_t child = fork();
    unsigned n;

    ck_assert_int_ge(child, 0);
    if (child == 0) {
        alarm(300);
        for (n = 0;; n++)
            change_store(n);
    }
    return child;
}

static void
run(bool defaults)
{
    pid_t changer = start_changer();
    unsigned n;

    shared_make(&shared, defaults);
    crew_start(&crew, &shared, everything_until_counted);
    for (n = 0; atomic_load(&shared.done_members) < CREW; n++) {
        change_store(n);
        change_configuration(n);
    }
    crew_join(&crew);
    kill(changer, SIGKILL);
    waitpid(changer, NULL, 0);
    ck_assert_uint_ge(atomic_load(&shared.logins), CREW * ROUNDS / 5);
    ck_assert_uint_ge(atomic_load(&shared.refused), CREW * ROUNDS / 5);
    shared_release(&shared);
}

START_TEST(threads_share_credentials_and_names)
{
    run(false);
}
END_TEST

START_TEST(threads_share_what_the_account_has)
{
    world_write("credentials", "[*]\nuser = alice\npassword = wonderland\n");
    ck_assert_int_eq(chmod(world_path("credentials"), 0600), 0);
    run(true);
}
END_TEST

/* Contexts that come and go while others' deadlines pass, and more than there
 * may be: every one begins, and whatever comes of it is one of these. */
static const char *
half_open_and_late(struct shared *s, unsigned member)
{
    static const OM_uint32 expected[] = {GSS_S_COMPLETE,
                                         GSS_S_FAILURE | GSS_S_OLD_TOKEN};
    struct pair held[4] = {0};
    unsigned i, k;
    bool known = true;

    for (i = member; i < member + 10 * ROUNDS && known; i++) {
        struct pair *p = &held[i % COUNT(held)];
        OM_uint32 minor, seconds;

        if (p->server != GSS_C_NO_CONTEXT) {
            (void)gss_context_time(&minor, p->server, &seconds);
            pair_client_leg(p, s, s->client);
            pair_server_leg(p, s);
            known = p->server_major == expected[0] ||
                    p->server_major == expected[1];
            if (GSS_ERROR(p->server_major))
                atomic_fetch_add(&s->refused, 1);
            pair_release(p);
        }
        pair_client_leg(p, s, s->client);
        pair_server_leg(p, s);
        known = known && p->server_major == GSS_S_CONTINUE_NEEDED;
        nanosleep(&(struct timespec){.tv_nsec = (long)(i % 3) * 10000000},
                  NULL);
    }
    for (k = 0; k < COUNT(held); k++)
        pair_release(&held[k]);
    return known ? NULL : "a context ended in another way";
}

START_TEST(the_register_is_shared_by_all)
{
    world_write("scram.conf",
                "[scram]\n store = %s\n handshake_timeout = 100ms\n"
                " max_half_open = %d\n",
                world_store(), 2 * CREW);
    shared_make(&shared, false);
    crew_start(&crew, &shared, half_open_and_late);
    crew_join(&crew);
    ck_assert_uint_gt(atomic_load(&shared.refused), 0);
    shared_release(&shared);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_test(tests, threads_share_credentials_and_names);
    tcase_add_test(tests, threads_share_what_the_account_has);
    tcase_add_test(tests, the_register_is_shared_by_all);
}

int
main(void)
{
    return world_run("threads", add, 300);
}
