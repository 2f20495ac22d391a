/*
 * What happens to a store's file while it is open: it is removed, replaced,
 * cut short, and it changes, in other processes than the one that has it open.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stores.h"
#include "unit.h"

#define NAME "users"
#define OTHER "other"

/* How long a store may take to notice what happened to its file. */
#define PATIENCE 20.0

static void
make(const char *name, int users, const char *prefix)
{
    struct store *store = stores_open(name, STORE_CREATE);
    int i;

    for (i = 0; i < users; i++) {
        char user[32];

        snprintf(user, sizeof(user), "%s%d", prefix, i);
        stores_add(store, user, 1);
    }
    store_close(store);
}

/* The users that a test makes by the above are there. */
static bool
has_all(struct store *store, int users, const char *prefix)
{
    int i;

    for (i = 0; i < users; i++) {
        char user[32];

        snprintf(user, sizeof(user), "%s%d", prefix, i);
        if (!stores_has(store, user, 1))
            return false;
    }
    return true;
}

/* Wait until looking up a user says so. */
static void
wait_for(struct store *store, const char *user, enum scram_status status)
{
    double start = stores_now();
    unsigned version;

    while (stores_look_up(store, user, &version) != status)
        ck_assert_msg(stores_within(start, PATIENCE), "waiting for %s", user);
}

static void
move(const char *from, const char *to)
{
    ck_assert_int_eq(rename(stores_path(from), stores_path(to)), 0);
}

START_TEST(a_store_that_is_removed_is_absent_and_one_made_anew_is_found)
{
    struct store *reader;
    struct sentence why = {""};
    struct scram_verifier v;

    make(NAME, 1, "old");
    reader = stores_open(NAME, STORE_READ);
    ck_assert(has_all(reader, 1, "old"));
    ck_assert_int_eq(unlink(stores_path(NAME)), 0);
    wait_for(reader, "old0", SCRAM_STORE_ABSENT);
    ck_assert_int_eq(
        store_look_up(reader, SCRAM_SHA_256, SLICE("old0"), &v, &why),
        SCRAM_STORE_ABSENT);
    ck_assert_ptr_nonnull(strstr(why.text, stores_path(NAME)));
    make(NAME, 2, "new");
    ck_assert(has_all(reader, 2, "new"));
    ck_assert(!stores_has(reader, "old0", 1));
    store_close(reader);
}
END_TEST

static int
count_descriptors(void)
{
    int fd, count = 0;

    for (fd = 0; fd < 256; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

/* Nobody may ever write to it. */
START_TEST(a_pipe_in_the_place_of_a_store_is_not_waited_for)
{
    struct store *opened;

    ck_assert_int_eq(mkfifo(stores_path(NAME), 0600), 0);
    ck_assert_int_ne(store_open(STORES_KINDS, stores_location(NAME), STORE_READ,
                                &opened, NULL),
                     SCRAM_OK);
}
END_TEST

START_TEST(a_file_that_was_replaced_is_let_go_of)
{
    struct store *reader;
    int before, i;

    make(NAME, 1, "old");
    reader = stores_open(NAME, STORE_READ);
    ck_assert(has_all(reader, 1, "old"));
    before = count_descriptors();
    for (i = 0; i < 5; i++) {
        make(OTHER, 1, "new");
        move(OTHER, NAME);
        wait_for(reader, "new0", SCRAM_OK);
    }
    store_close(stores_open(OTHER, STORE_CREATE)); /* the last of OTHER's */
    ck_assert_int_le(count_descriptors(), before + 1);
    store_close(reader);
}
END_TEST

START_TEST(what_another_handle_changed_is_seen_by_the_next_look)
{
    struct store *reader, *writer;
    int i;

    make(NAME, 1, "old");
    reader = stores_open(NAME, STORE_READ);
    writer = stores_open(NAME, STORE_WRITE);
    for (i = 0; i < 20; i++) {
        stores_add(writer, "late", 1);
        ck_assert(stores_has(reader, "late", 1));
        ck_assert_int_eq(store_remove(writer, SLICE("late"), NULL), SCRAM_OK);
        ck_assert(!stores_has(reader, "late", 1));
    }
    store_close(writer);
    store_close(reader);
}
END_TEST

START_TEST(a_writer_does_not_write_to_a_store_that_was_removed)
{
    struct scram_verifier v = stores_verifier("alice", 1);
    struct store *writer = stores_open(NAME, STORE_CREATE);

    stores_add(writer, "alice", 1);
    ck_assert_int_eq(unlink(stores_path(NAME)), 0);
    ck_assert_int_eq(store_put(writer, SLICE("bob"), &v, STORE_ADD, NULL),
                     SCRAM_STORE_ABSENT);
    make(NAME, 0, "");
    stores_add(writer, "carol", 1);
    store_close(writer);
    writer = stores_open(NAME, STORE_READ);
    ck_assert(stores_has(writer, "carol", 1));
    ck_assert(!stores_has(writer, "alice", 1));
    store_close(writer);
}
END_TEST

START_TEST(a_writer_writes_to_the_store_that_took_the_place)
{
    struct store *writer;

    make(NAME, 1, "old");
    writer = stores_open(NAME, STORE_WRITE);
    make(OTHER, 1, "new");
    move(OTHER, NAME);
    stores_add(writer, "alice", 1);
    ck_assert(has_all(writer, 1, "new"));
    ck_assert(!stores_has(writer, "old0", 1));
    store_close(writer);
    writer = stores_open(NAME, STORE_READ);
    ck_assert(stores_has(writer, "alice", 1));
    store_close(writer);
}
END_TEST

/* A process that has the store open, and looks into it when it is told to. */
struct other {
    int told[2];
    int says[2];
    pid_t process;
};

static int
look_when_told(void *data)
{
    struct other *o = data;
    struct store *store;
    char user[32];

    close(o->told[1]);
    close(o->says[0]);
    if (store_open(STORES_KINDS, stores_location(NAME), STORE_READ, &store,
                   NULL) != SCRAM_OK ||
        write(o->says[1], "", 1) != 1)
        return 1;
    while (read(o->told[0], user, sizeof(user)) > 0) {
        double start = stores_now();
        unsigned version;

        while (stores_look_up(store, user, &version) != SCRAM_OK)
            if (!stores_within(start, PATIENCE))
                return 2;
        if (write(o->says[1], "", 1) != 1)
            return 3;
    }
    store_close(store);
    return 0;
}

static void
hear(struct other *o)
{
    char byte;

    ck_assert_int_eq(read(o->says[0], &byte, 1), 1);
}

static void
start(struct other *o)
{
    ck_assert_int_eq(pipe(o->told), 0);
    ck_assert_int_eq(pipe(o->says), 0);
    o->process = stores_start(look_when_told, o);
    close(o->told[0]);
    close(o->says[1]);
    hear(o);
}

static void
tell(struct other *o, const char *user)
{
    char message[32] = "";

    snprintf(message, sizeof(message), "%s", user);
    ck_assert_int_eq(write(o->told[1], message, sizeof(message)),
                     sizeof(message));
    hear(o);
}

static void
stop(struct other *o)
{
    close(o->told[1]);
    ck_assert_int_eq(stores_wait(o->process), 0);
    close(o->says[0]);
}

/* How many users were in the store and are in the one that takes its place. */
static const struct {
    int old, new;
} sizes[] = {{1, 1}, {1, 2}, {2, 1}, {3, 40}, {40, 3}};

START_TEST(who_has_a_store_open_moves_to_the_one_that_took_its_place)
{
    int old = sizes[_i].old, new = sizes[_i].new;
    struct other idle, first;
    struct store *writer, *reader;

    make(NAME, old, "old");
    start(&idle);
    start(&first);
    tell(&first, "old0");
    make(OTHER, new, "new");
    move(OTHER, NAME);

    reader = stores_open(NAME, STORE_READ);
    ck_assert(has_all(reader, new, "new"));
    ck_assert(!stores_has(reader, "old0", 1));
    tell(&first, "new0");

    writer = stores_open(NAME, STORE_WRITE);
    stores_add(writer, "alice", 1);
    ck_assert(has_all(writer, new, "new"));
    wait_for(reader, "alice", SCRAM_OK);
    tell(&first, "alice");
    stores_add(writer, "bob", 1);
    wait_for(reader, "bob", SCRAM_OK);
    tell(&idle, "bob");
    store_close(writer);
    ck_assert(has_all(reader, new, "new"));
    store_close(reader);
    stop(&first);
    stop(&idle);

    reader = stores_open(NAME, STORE_READ);
    ck_assert(has_all(reader, new, "new"));
    ck_assert(stores_has(reader, "alice", 1));
    ck_assert(stores_has(reader, "bob", 1));
    store_close(reader);
}
END_TEST

static int
add_and_die(void *data)
{
    struct scram_verifier v = stores_verifier("alice", 1);
    struct store *store;

    (void)data;
    if (store_open(STORES_KINDS, stores_location(NAME), STORE_WRITE, &store,
                   NULL) != SCRAM_OK ||
        store_put(store, SLICE("alice"), &v, STORE_ADD, NULL) != SCRAM_OK)
        return 1;
    raise(SIGKILL);
    return 2;
}

START_TEST(what_is_added_to_a_store_that_took_the_place_is_never_lost)
{
    int old = sizes[_i].old, new = sizes[_i].new;
    struct store *reader;

    make(NAME, old, "old");
    make(OTHER, new, "new");
    move(OTHER, NAME);
    ck_assert_int_eq(stores_run(add_and_die, NULL), 100 + SIGKILL);
    reader = stores_open(NAME, STORE_READ);
    ck_assert(has_all(reader, new, "new"));
    ck_assert(stores_has(reader, "alice", 1));
    store_close(reader);
}
END_TEST

START_TEST(a_link_may_be_made_to_point_to_another_store)
{
    struct store *reader, *other;

    make("a", 1, "a");
    make("b", 1, "b");
    ck_assert_int_eq(symlink("a", stores_path(NAME)), 0);
    reader = stores_open(NAME, STORE_READ);
    other = stores_open("b", STORE_READ);
    ck_assert(stores_has(reader, "a0", 1));
    ck_assert_int_eq(symlink("b", stores_path("next")), 0);
    move("next", NAME);
    wait_for(reader, "b0", SCRAM_OK);
    store_close(other);
    ck_assert(stores_has(reader, "b0", 1));
    store_close(reader);
}
END_TEST

/* store_visit: change the store in another process, and see that it does not
 * change under this visit. */
static int
add_two(void *data)
{
    struct store *store = stores_open(NAME, STORE_WRITE);

    (void)data;
    stores_add(store, "a1", 1);
    stores_add(store, "a2", 1);
    store_close(store);
    return 0;
}

static enum scram_status
count_and_add(void *data, struct slice user, const struct scram_verifier *v)
{
    unsigned *count = data, version;

    (void)user;
    if (!stores_is_verifier(v, *count == 0 ? "old0" : "old1", &version))
        return SCRAM_BAD_ENCODING;
    if ((*count)++ == 0 && stores_run(add_two, NULL) != 0)
        return SCRAM_STORE_FAILED;
    return SCRAM_OK;
}

START_TEST(what_is_under_way_goes_on_in_the_file_that_it_began_with)
{
    struct store *reader;
    unsigned count = 0;

    make(NAME, 2, "old");
    reader = stores_open(NAME, STORE_READ);
    ck_assert_int_eq(store_iterate(reader, count_and_add, &count, NULL),
                     SCRAM_OK);
    ck_assert_uint_eq(count, 2);
    wait_for(reader, "a2", SCRAM_OK);
    store_close(reader);
}
END_TEST

START_TEST(a_store_that_is_cut_short_while_open_is_refused)
{
    struct store *reader;

    make(NAME, 1, "old");
    reader = stores_open(NAME, STORE_READ);
    ck_assert_int_eq(truncate(stores_path(NAME), 4096), 0);
    stores_wait_seen();
    ck_assert_int_eq(store_look_up(reader, SCRAM_SHA_256, SLICE("old0"),
                                   &(struct scram_verifier){0}, NULL),
                     SCRAM_STORE_FAILED);
    store_close(reader);
}
END_TEST

START_TEST(a_store_that_may_no_longer_be_read_is_forbidden)
{
    struct store *reader;
    unsigned version;

    if (geteuid() == 0)
        return; /* who may read everything */
    make(NAME, 1, "old");
    reader = stores_open(NAME, STORE_READ);
    make(OTHER, 1, "new");
    ck_assert_int_eq(chmod(stores_path(OTHER), 0), 0);
    move(OTHER, NAME);
    wait_for(reader, "old0", SCRAM_STORE_FORBIDDEN);
    ck_assert_int_eq(chmod(stores_path(NAME), 0600), 0);
    ck_assert_int_eq(stores_look_up(reader, "new0", &version), SCRAM_OK);
    store_close(reader);
}
END_TEST

static void
add(TCase *tests)
{
    stores_add_fixtures(tests);
    tcase_add_test(
        tests, a_store_that_is_removed_is_absent_and_one_made_anew_is_found);
    tcase_add_test(tests, a_pipe_in_the_place_of_a_store_is_not_waited_for);
    tcase_add_test(tests, a_file_that_was_replaced_is_let_go_of);
    tcase_add_test(tests, what_another_handle_changed_is_seen_by_the_next_look);
    tcase_add_test(tests, a_writer_does_not_write_to_a_store_that_was_removed);
    tcase_add_test(tests, a_writer_writes_to_the_store_that_took_the_place);
    tcase_add_loop_test(
        tests, who_has_a_store_open_moves_to_the_one_that_took_its_place, 0,
        COUNT(sizes));
    tcase_add_loop_test(
        tests, what_is_added_to_a_store_that_took_the_place_is_never_lost, 0,
        COUNT(sizes));
    tcase_add_test(tests, a_link_may_be_made_to_point_to_another_store);
    tcase_add_test(tests,
                   what_is_under_way_goes_on_in_the_file_that_it_began_with);
    tcase_add_test(tests, a_store_that_is_cut_short_while_open_is_refused);
    tcase_add_test(tests, a_store_that_may_no_longer_be_read_is_forbidden);
}

int
main(void)
{
    return unit_run("store_replaced", add, 60);
}
