/*
 * Root's requests to gss-scramd, over its admin socket: users of its own store,
 * and the daemon itself.
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "asker.h"
#include "served.h"
#include "wire/admin.h"

static struct served served;
static int root; /* a connection that has greeted */

/* The last answer. */
static uint8_t bytes[WIRE_MESSAGE_MAX];
static struct wire_admin_answer answer;

static int
greet(void)
{
    const struct wire_hello hello = {1, 1};
    struct wire_welcome welcome;
    uint8_t space[64];
    struct buffer out = BUFFER_ARRAY(space);
    int fd = asker_connect(served.admin);
    ssize_t n;

    ck_assert_int_ge(fd, 0);
    wire_put_hello(&hello, &out);
    ck_assert(asker_send(fd, buffer_slice(&out)));
    n = asker_receive(fd, bytes, sizeof(bytes));
    ck_assert_int_gt(n, 0);
    ck_assert(wire_parse_welcome((struct slice){bytes, (size_t)n}, &welcome));
    ck_assert_int_eq(welcome.status, SCRAM_OK);
    return fd;
}

static void
begin(void)
{
    served_begin(&served);
    root = greet();
}

static void
end(void)
{
    close(root);
    served_stop(&served);
}

static enum scram_status
ask(struct wire_admin_request *request)
{
    static uint8_t space[WIRE_MESSAGE_MAX];
    struct buffer out = BUFFER_ARRAY(space);
    ssize_t n;

    if (request->location.len == 0)
        request->location = slice_of(stores_location("users"));
    wire_put_admin_request(request, &out);
    ck_assert(!out.overflow);
    ck_assert(asker_send(root, buffer_slice(&out)));
    n = asker_receive(root, bytes, sizeof(bytes));
    ck_assert_int_gt(n, 0);
    ck_assert(
        wire_parse_admin_answer((struct slice){bytes, (size_t)n}, &answer));
    ck_assert_int_eq(answer.op, request->op);
    return answer.status;
}

static enum scram_status
ask_of(enum wire_admin_op op, const char *user, uint8_t flags)
{
    struct wire_admin_request r = {
        .op = op, .user = slice_of(user), .flags = flags};

    return ask(&r);
}

/* Edit a user, by an entry. */
static enum scram_status
edit_by(const char *user, unsigned what, struct wire_entry entry)
{
    struct wire_admin_request r = {
        .op = WIRE_ADMIN_EDIT, .user = slice_of(user), .how = (uint8_t)what};
    uint8_t space[2048];
    struct buffer out = BUFFER_ARRAY(space);

    ck_assert(wire_add_entry(&r.entries, &out, &entry));
    return ask(&r);
}

static enum scram_status
edit(const char *user, unsigned what, uint8_t flags, uint64_t expires)
{
    return edit_by(user, what,
                   (struct wire_entry){.flags = flags, .expires = expires});
}

static enum scram_status
enable(const char *user, uint8_t flags)
{
    return edit(user, STORE_EDIT_ENABLED, flags, 0);
}

/* Set what a user is to have, one verifier. */
static enum scram_status
set(const char *user, const struct scram_verifier *v, enum store_put how,
    uint8_t flags)
{
    struct wire_admin_request r = {.op = WIRE_ADMIN_SET,
                                   .user = slice_of(user),
                                   .how = (uint8_t)how,
                                   .flags = flags};
    struct wire_entry entry = wire_entry_of(slice_of(user), v, true);
    uint8_t space[2048];
    struct buffer out = BUFFER_ARRAY(space);

    ck_assert(wire_add_entry(&r.entries, &out, &entry));
    return ask(&r);
}

/* The one entry of the last answer. */
static struct wire_entry
only_entry(void)
{
    struct wire_entries entries = answer.entries;
    struct wire_entry entry = {.flags = 0};

    ck_assert_uint_eq(entries.count, 1);
    ck_assert(wire_next_entry(&entries, &entry));
    return entry;
}

static int
log_in(const char *user, const char *password)
{
    struct asker asker = {.fd = -1};
    int status = asker_begin(&asker, served.broker);

    if (status == SCRAM_OK)
        status = asker_log_in(&asker, user, password);
    asker_end(&asker);
    return status;
}

static struct scram_verifier
derive(const char *password, const char *salt)
{
    struct scram_verifier v;

    ck_assert_int_eq(scram_verifier_derive(SCRAM_SHA_256, slice_of(password),
                                           slice_of(salt), 4096, &v),
                     SCRAM_OK);
    return v;
}

START_TEST(what_root_changes_counts_for_the_next_login)
{
    struct scram_verifier v = derive("hatter", "another salt 123");

    ck_assert_int_eq(log_in("alice", "wonderland"), SCRAM_OK);
    ck_assert_int_eq(set("alice", &v, STORE_ADD, 0), SCRAM_USER_EXISTS);
    ck_assert_uint_gt(answer.sentence.len, 0);
    ck_assert_int_eq(set("alice", &v, STORE_REPLACE, 0), SCRAM_OK);
    ck_assert_int_eq(log_in("alice", "hatter"), SCRAM_OK);
    ck_assert_int_eq(log_in("alice", "wonderland"), SCRAM_BAD_PROOF);
    ck_assert_int_eq(enable("alice", 0), SCRAM_OK);
    ck_assert_int_eq(log_in("alice", "hatter"), SCRAM_BAD_PROOF);
    ck_assert_int_eq(enable("alice", WIRE_ENABLED), SCRAM_OK);
    ck_assert_int_eq(log_in("alice", "hatter"), SCRAM_OK);
    ck_assert_int_eq(ask_of(WIRE_ADMIN_REMOVE, "alice", 0), SCRAM_OK);
    ck_assert_int_eq(log_in("alice", "hatter"), SCRAM_BAD_PROOF);
    ck_assert_int_eq(ask_of(WIRE_ADMIN_REMOVE, "alice", 0), SCRAM_NO_USER);
    ck_assert_int_eq(enable("alice", 0), SCRAM_NO_USER);
    ck_assert_int_eq(ask_of(WIRE_ADMIN_GET, "alice", 0), SCRAM_NO_USER);
}
END_TEST

START_TEST(a_user_expires_and_a_new_password_changes_nothing_about_it)
{
    struct scram_verifier v = derive("hatter", "another salt 123");
    uint64_t now = (uint64_t)time(NULL);

    ck_assert_int_eq(edit("alice", STORE_EDIT_EXPIRES, 0, now + 3600),
                     SCRAM_OK);
    ck_assert_int_eq(log_in("alice", "wonderland"), SCRAM_OK);
    ck_assert_int_eq(edit("alice", STORE_EDIT_EXPIRES, 0, now), SCRAM_OK);
    ck_assert_int_eq(log_in("alice", "wonderland"), SCRAM_BAD_PROOF);
    ck_assert_int_eq(ask_of(WIRE_ADMIN_GET, "alice", 0), SCRAM_OK);
    ck_assert_uint_eq(only_entry().expires, now);
    ck_assert_uint_eq(only_entry().flags, WIRE_ENABLED);
    ck_assert_int_eq(set("alice", &v, STORE_REPLACE, WIRE_PASSWORD), SCRAM_OK);
    v.mechanism = SCRAM_SHA_1; /* which she has not had before */
    ck_assert_int_eq(set("alice", &v, STORE_REPLACE, 0), SCRAM_OK);
    ck_assert_int_eq(ask_of(WIRE_ADMIN_LIST, "", 0), SCRAM_OK);
    ck_assert_int_eq(ask_of(WIRE_ADMIN_GET, "alice", 0), SCRAM_OK);
    ck_assert_uint_eq(only_entry().expires, now);
    ck_assert_uint_eq(only_entry().mechanism, SCRAM_SHA_1);
    v = derive("hatter", "another salt 123");
    v.expires = now + 3600;
    ck_assert_int_eq(set("alice", &v, STORE_REPLACE, 0), SCRAM_OK);
    ck_assert_int_eq(log_in("alice", "hatter"), SCRAM_OK);
    ck_assert_int_eq(edit("alice", STORE_EDIT_EXPIRES, 0, 1), SCRAM_OK);
    ck_assert_int_eq(edit("alice", STORE_EDIT_EXPIRES, 0, 0), SCRAM_OK);
    ck_assert_int_eq(log_in("alice", "hatter"), SCRAM_OK);
    ck_assert_int_eq(edit("alice", 0, 0, 0), SCRAM_BAD_ARGUMENT);
    ck_assert_int_eq(edit("alice", STORE_EDIT_ALL + 1, 0, 0),
                     SCRAM_BAD_ARGUMENT);
    ck_assert_int_eq(edit("alice", STORE_EDIT_EXPIRES, 0, UINT64_MAX),
                     SCRAM_BAD_ARGUMENT);
    ck_assert_int_eq(ask_of(WIRE_ADMIN_EDIT, "alice", 0), SCRAM_BAD_ARGUMENT);
}
END_TEST

START_TEST(groups_come_with_a_login_and_stay_with_a_new_password)
{
    struct scram_verifier v = derive("hatter", "another salt 123");
    struct wire_entry groups = {.groups = SLICE("web,staff")};
    struct asker asker = {.fd = -1};
    struct slice key, value;

    ck_assert_int_eq(edit_by("alice", STORE_EDIT_GROUPS, groups), SCRAM_OK);
    ck_assert_int_eq(set("alice", &v, STORE_REPLACE, WIRE_PASSWORD), SCRAM_OK);
    ck_assert_int_eq(ask_of(WIRE_ADMIN_GET, "alice", 0), SCRAM_OK);
    ck_assert(slice_equal(only_entry().groups, groups.groups));
    ck_assert_int_eq(asker_begin(&asker, served.broker), SCRAM_OK);
    ck_assert_int_eq(asker_log_in(&asker, "alice", "wrong"), SCRAM_BAD_PROOF);
    ck_assert_uint_eq(asker.verdict.attributes.count, 0);
    ck_assert_int_eq(asker_log_in(&asker, "alice", "hatter"), SCRAM_OK);
    ck_assert_uint_eq(asker.verdict.attributes.count, 1);
    ck_assert(wire_next_attribute(&asker.verdict.attributes, &key, &value));
    ck_assert(slice_equal(key, SLICE(WIRE_GROUPS)));
    ck_assert(slice_equal(value, groups.groups));
    groups.groups = SLICE("");
    ck_assert_int_eq(edit_by("alice", STORE_EDIT_GROUPS, groups), SCRAM_OK);
    ck_assert_int_eq(asker_log_in(&asker, "alice", "hatter"), SCRAM_OK);
    ck_assert_uint_eq(asker.verdict.attributes.count, 0);
    asker_end(&asker);
}
END_TEST

START_TEST(keys_are_shown_to_who_asks_for_them_alone)
{
    struct wire_entry entry;
    struct scram_verifier v;

    ck_assert_int_eq(ask_of(WIRE_ADMIN_GET, "alice", 0), SCRAM_OK);
    entry = only_entry();
    ck_assert_uint_eq(entry.iterations, 4096);
    ck_assert_uint_gt(entry.changed, 1700000000);
    ck_assert_uint_eq(entry.flags, WIRE_ENABLED);
    ck_assert_uint_eq(entry.stored_key.len + entry.server_key.len, 0);
    ck_assert(!wire_entry_verifier(&entry, &v));
    ck_assert_int_eq(ask_of(WIRE_ADMIN_LIST, "alice", 0), SCRAM_OK);
    entry = only_entry();
    ck_assert(slice_equal(entry.user, SLICE("bob")));
    ck_assert_uint_eq(entry.flags, 0);
    ck_assert_uint_eq(entry.stored_key.len, 0);
    ck_assert_int_eq(ask_of(WIRE_ADMIN_GET, "bob", WIRE_KEYS), SCRAM_OK);
    entry = only_entry();
    ck_assert(wire_entry_verifier(&entry, &v));
    ck_assert(!v.enabled);
}
END_TEST

START_TEST(a_new_password_keeps_a_disabled_user_out_and_the_earlier_key)
{
    struct scram_verifier v = derive("builder2", "a grain of salt!");

    ck_assert_int_eq(
        set("bob", &v, STORE_REPLACE, WIRE_PASSWORD | WIRE_KEEP_DISABLED),
        SCRAM_OK);
    ck_assert_int_eq(ask_of(WIRE_ADMIN_GET, "bob", 0), SCRAM_OK);
    ck_assert_uint_eq(only_entry().flags, WIRE_EARLIER);
    ck_assert_int_eq(set("bob", &v, STORE_REPLACE, WIRE_PASSWORD), SCRAM_OK);
    ck_assert_int_eq(log_in("bob", "builder2"), SCRAM_OK);
}
END_TEST

/* Put users n to n + count, and check what became of them. */
static void
put_users(unsigned n, unsigned count, enum store_put how, uint8_t flags,
          uint8_t expected)
{
    static uint8_t space[WIRE_MESSAGE_MAX];
    struct wire_admin_request r = {
        .op = WIRE_ADMIN_PUT, .how = (uint8_t)how, .flags = flags};
    struct buffer out = BUFFER_ARRAY(space);
    unsigned i;

    out.capacity -= 4096;
    for (i = 0; i < count; i++) {
        char user[32];
        struct scram_verifier v;
        struct wire_entry entry;

        snprintf(user, sizeof(user), "user%06u", n + i);
        v = stores_verifier(user, 0);
        entry = wire_entry_of(slice_of(user), &v, true);
        ck_assert(wire_add_entry(&r.entries, &out, &entry));
    }
    ck_assert_int_eq(ask(&r), SCRAM_OK);
    ck_assert_uint_eq(answer.text.len, count);
    for (i = 0; i < count; i++)
        ck_assert_uint_eq(answer.text.data[i], expected);
}

START_TEST(a_batch_says_what_became_of_each)
{
    put_users(0, 100, STORE_ADD, 0, SCRAM_OK);
    put_users(0, 100, STORE_ADD, 0, SCRAM_USER_EXISTS);
    put_users(1000, 10, STORE_REPLACE, 0, SCRAM_NO_USER);
    ck_assert_int_eq(enable("user000007", 0), SCRAM_OK);
    put_users(7, 1, STORE_EITHER, WIRE_KEEP_DISABLED,
              SCRAM_OK | WIRE_STAYS_DISABLED);
    put_users(7, 1, STORE_EITHER, 0, SCRAM_OK);
}
END_TEST

/* A request with so many verifiers for one name. */
static enum scram_status
ask_with(enum wire_admin_op op, const char *user, unsigned count)
{
    struct wire_admin_request r = {
        .op = op, .user = slice_of(user), .how = STORE_EITHER};
    struct scram_verifier v = derive("hatter", "another salt 123");
    struct wire_entry entry = wire_entry_of(slice_of(user), &v, true);
    uint8_t space[4096];
    struct buffer out = BUFFER_ARRAY(space);

    while (count-- > 0)
        ck_assert(wire_add_entry(&r.entries, &out, &entry));
    return ask(&r);
}

START_TEST(what_is_no_name_or_too_many_verifiers_is_not_put)
{
    const char *none = "al\302\255ice"; /* SASLprep takes the hyphen away */

    ck_assert_int_eq(ask_with(WIRE_ADMIN_PUT, none, 1), SCRAM_OK);
    ck_assert_uint_eq(answer.text.len, 1);
    ck_assert_uint_eq(answer.text.data[0], SCRAM_BAD_ARGUMENT);
    ck_assert_int_eq(ask_with(WIRE_ADMIN_SET, none, 1), SCRAM_BAD_ARGUMENT);
    ck_assert_int_eq(ask_with(WIRE_ADMIN_SET, "carol", SCRAM_MECHANISMS + 1),
                     SCRAM_BAD_ARGUMENT);
    ck_assert_int_eq(ask_with(WIRE_ADMIN_SET, "carol", 0), SCRAM_BAD_ARGUMENT);
    ck_assert_int_eq(ask_of(WIRE_ADMIN_GET, "carol", 0), SCRAM_NO_USER);
    ck_assert_int_eq(ask_of(WIRE_ADMIN_LIST, "bob", 0), SCRAM_OK);
    ck_assert_uint_eq(answer.entries.count, 0);
}
END_TEST

/* Put users with both mechanisms, from user000000 on. */
static void
put_pairs(unsigned count)
{
    static uint8_t space[WIRE_MESSAGE_MAX];
    struct wire_admin_request r = {.op = WIRE_ADMIN_PUT, .how = STORE_ADD};
    struct buffer out = BUFFER_ARRAY(space);
    struct wire_entry entry;
    struct scram_verifier v;
    char user[32];
    unsigned i;

    for (i = 0; i < 2 * count; i++) {
        snprintf(user, sizeof(user), "user%06u", i / 2);
        v = i % 2 == 0 ? stores_sha1_verifier(user) : stores_verifier(user, 0);
        entry = wire_entry_of(slice_of(user), &v, true);
        ck_assert(wire_add_entry(&r.entries, &out, &entry));
        if (out.len > sizeof(space) / 2 || i + 1 == 2 * count) {
            ck_assert_int_eq(ask(&r), SCRAM_OK);
            r.entries = (struct wire_entries){.count = 0};
            out.len = 0;
        }
    }
}

/* Whether a part begins or ends within a user depends on what is before. */
START_TEST(a_part_of_a_list_has_all_of_its_users)
{
    static const char *const befores[] = {"", "alice", "bob"};
    struct wire_entries entries;
    struct wire_entry entry;
    unsigned i, seen;

    put_pairs(700);
    for (i = 0; i < COUNT(befores); i++) {
        ck_assert_int_eq(ask_of(WIRE_ADMIN_LIST, befores[i], 0), SCRAM_OK);
        ck_assert_int_ne(answer.flags & WIRE_MORE, 0);
        seen = 0;
        for (entries = answer.entries; wire_next_entry(&entries, &entry);)
            seen += slice_starts_with(entry.user, SLICE("user"));
        ck_assert_uint_gt(seen, 0);
        ck_assert_uint_eq(seen % 2, 0);
    }
}
END_TEST

START_TEST(a_list_goes_on_until_its_end)
{
    enum { MANY = 1500 };
    char after[SCRAM_USER_MAX + 1] = "bob";
    unsigned n, batches = 0, seen = 0;

    for (n = 0; n < MANY; n += 100)
        put_users(n, 100, STORE_ADD, 0, SCRAM_OK);
    do {
        struct wire_entries entries;
        struct wire_entry entry;

        ck_assert_int_eq(ask_of(WIRE_ADMIN_LIST, after, 0), SCRAM_OK);
        for (entries = answer.entries; wire_next_entry(&entries, &entry);) {
            snprintf(after, sizeof(after), "user%06u", seen++);
            ck_assert(slice_equal(entry.user, slice_of(after)));
        }
        batches++;
    } while (answer.flags & WIRE_MORE);
    ck_assert_uint_eq(seen, MANY);
    ck_assert_uint_gt(batches, 1);
}
END_TEST

START_TEST(a_store_that_no_account_has_is_not_touched)
{
    struct wire_admin_request r = {
        .op = WIRE_ADMIN_REMOVE,
        .location = slice_of(stores_location("other")),
        .user = SLICE("alice"),
    };

    ck_assert_int_eq(ask(&r), SCRAM_BAD_LOCATION);
    ck_assert_int_ne(access(stores_path("other"), F_OK), 0);
    ck_assert_ptr_nonnull(
        memmem(answer.sentence.data, answer.sentence.len, "reload", 6));
}
END_TEST

START_TEST(what_is_no_request_ends_the_connection)
{
    static const uint8_t messages[][4] = {
        {WIRE_ADMIN_PUT, 0, 0, 0}, {WIRE_ADMIN_STATUS}, {99}, {WIRE_FIRST}};
    int fd = greet();

    ck_assert(asker_send(fd, SLICE_ARRAY(messages[_i])));
    ck_assert(asker_has_ended(fd));
    close(fd);
    fd = asker_connect(served.admin); /* and one that comes before HELLO */
    ck_assert(asker_send(fd, SLICE_ARRAY(messages[1])));
    ck_assert(asker_has_ended(fd));
    close(fd);
}
END_TEST

START_TEST(status_and_metrics_are_text)
{
    ck_assert_int_eq(log_in("alice", "wonderland"), SCRAM_OK);
    ck_assert_int_eq(ask_of(WIRE_ADMIN_STATUS, "", 0), SCRAM_OK);
    ck_assert_ptr_nonnull(memmem(answer.text.data, answer.text.len,
                                 stores_location("users"),
                                 strlen(stores_location("users"))));
    ck_assert_int_eq(ask_of(WIRE_ADMIN_METRICS, "", 0), SCRAM_OK);
    ck_assert_ptr_nonnull(memmem(answer.text.data, answer.text.len,
                                 "gss_scram_logins_total{", 23));
    ck_assert_ptr_null(memmem(answer.text.data, answer.text.len, "alice", 5));
}
END_TEST

START_TEST(the_configuration_is_read_when_root_says_so)
{
    FILE *config;

    ck_assert_int_eq(ask_of(WIRE_ADMIN_RELOAD, "", 0), SCRAM_OK);
    config = fopen(served.config, "a");
    ck_assert_ptr_nonnull(config);
    fprintf(config, "    nonsense = 1\n");
    fclose(config);
    ck_assert_int_eq(ask_of(WIRE_ADMIN_RELOAD, "", 0), SCRAM_BAD_CONFIG);
    ck_assert_ptr_nonnull(
        memmem(answer.sentence.data, answer.sentence.len, "nonsense", 8));
    ck_assert_int_eq(log_in("alice", "wonderland"), SCRAM_OK);
}
END_TEST

START_TEST(who_is_served_is_said)
{
    struct wire_admin_request r = {.op = WIRE_ADMIN_WHO, .number = geteuid()};

    ck_assert_int_eq(ask(&r), SCRAM_OK);
    ck_assert(slice_equal(answer.text, slice_of(stores_location("users"))));
    r.number = SERVED_STRANGER;
    ck_assert_int_eq(ask(&r), SCRAM_STORE_FORBIDDEN);
    ck_assert_uint_gt(answer.sentence.len, 0);
}
END_TEST

START_TEST(a_store_that_is_replaced_ends_it_with_a_sentence)
{
    int ended;

    ck_assert_int_eq(rename(stores_path("users"), stores_path("old")), 0);
    ended = stores_wait(served.pid);
    ck_assert_int_gt(ended, 0);
    ck_assert_int_lt(ended, 100);
    served_wait_said(&served, "was replaced");
    ck_assert_int_eq(rename(stores_path("old"), stores_path("users")), 0);
    close(root);
    served_start(&served);
    root = greet();
}
END_TEST

START_TEST(a_store_that_is_cut_short_ends_it_with_a_sentence)
{
    static char file[1 << 20];
    FILE *stream = fopen(stores_path("users"), "r");
    size_t len;
    int ended;

    ck_assert_ptr_nonnull(stream);
    len = fread(file, 1, sizeof(file), stream);
    fclose(stream);
    ck_assert_uint_lt(len, sizeof(file));
    ck_assert_int_eq(truncate(stores_path("users"), 8192), 0);
    log_in("alice", "wonderland");
    ended = stores_wait(served.pid);
    ck_assert_int_gt(ended, 0);
    ck_assert_int_lt(ended, 100);
    served_wait_said(&served, "was cut short");
    stream = fopen(stores_path("users"), "w");
    ck_assert_ptr_nonnull(stream);
    ck_assert_uint_eq(fwrite(file, 1, len, stream), len);
    ck_assert_int_eq(fclose(stream), 0);
    close(root);
    served_start(&served);
    root = greet();
    ck_assert_int_eq(log_in("alice", "wonderland"), SCRAM_OK);
}
END_TEST

/* Logins one after another, while users are put. */
static atomic_bool done;

static void *
log_in_until_done(void *data)
{
    struct asker asker = {.fd = -1};
    int status = asker_begin(&asker, served.broker);

    (void)data;
    while (status == SCRAM_OK && !atomic_load(&done))
        status = asker_log_in(&asker, "alice", "wonderland");
    asker_end(&asker);
    return (void *)(intptr_t)status;
}

START_TEST(logins_go_on_while_users_are_imported)
{
    enum { THREADS = 2, BATCHES = 40 };
    pthread_t threads[THREADS];
    unsigned n;
    void *status;

    for (n = 0; n < THREADS; n++)
        ck_assert_int_eq(
            pthread_create(&threads[n], NULL, log_in_until_done, NULL), 0);
    for (n = 0; n < BATCHES; n++)
        put_users(n * 200, 200, STORE_ADD, 0, SCRAM_OK);
    atomic_store(&done, true);
    for (n = 0; n < THREADS; n++) {
        pthread_join(threads[n], &status);
        ck_assert_int_eq((intptr_t)status, SCRAM_OK);
    }
}
END_TEST

/* What was answered is there, and what was not is whole or not there. */
START_TEST(what_was_answered_is_there_after_a_kill)
{
    unsigned n;

    for (n = 0; n < 5; n++) {
        put_users(n * 100, 100, STORE_ADD, 0, SCRAM_OK);
        close(root);
        served_kill(&served);
        served_start(&served);
        root = greet();
        put_users(n * 100, 100, STORE_ADD, 0, SCRAM_USER_EXISTS);
    }
}
END_TEST

static bool
has_line(const char *line)
{
    static char text[4096];

    snprintf(text, sizeof(text), "%.*s", (int)answer.text.len,
             (const char *)answer.text.data);
    return strstr(text, line) != NULL;
}

/* Whether "gss-scram throttle" with these words does its work, and says that.
 */
static bool
command_says(const char *words, const char *text)
{
    const char *build = getenv("GSS_SCRAM_BUILD");
    char line[1024] = "", all[4096] = "";
    FILE *output;

    snprintf(line, sizeof(line), "GSS_SCRAM_CONFIG=%s %s/gss-scram throttle %s",
             served.config, build == NULL ? "." : build, words);
    output = popen(line, "r");
    ck_assert_ptr_nonnull(output);
    all[fread(all, 1, sizeof(all) - 1, output)] = '\0';
    return pclose(output) == 0 &&
           (text[0] == '\0' ? all[0] == '\0' : strstr(all, text) != NULL);
}

/* Who is held up can be seen, and let off. */
START_TEST(the_throttle_is_looked_at_and_cleared)
{
    struct asker a;
    int i;

    ck_assert_int_eq(asker_begin(&a, served.broker), SCRAM_OK);
    ck_assert_int_eq(ask_of(WIRE_ADMIN_THROTTLE_LIST, "", 0), SCRAM_OK);
    ck_assert_uint_eq(answer.text.len, 0);
    for (i = 0; i < 19; i++)
        ck_assert_int_eq(asker_log_in(&a, "alice", "wrong"), SCRAM_BAD_PROOF);
    ck_assert_int_eq(ask_of(WIRE_ADMIN_THROTTLE_SHOW, "alice", 0), SCRAM_OK);
    ck_assert(has_line(": 1 of 20 guesses left, all in "));
    ck_assert_int_eq(ask_of(WIRE_ADMIN_THROTTLE_SHOW, "bob", 0), SCRAM_OK);
    ck_assert_uint_eq(answer.text.len, 0);
    while (asker_log_in(&a, "alice", "wrong") != SCRAM_THROTTLED)
        ;
    ck_assert_int_eq(ask_of(WIRE_ADMIN_THROTTLE_LIST, "", 0), SCRAM_OK);
    ck_assert(has_line("\"alice\" at servers of "));
    ck_assert(has_line(": 0 of 20 guesses left, the next one in "));
    ck_assert(command_says("list", "\"alice\" at servers of "));
    ck_assert(command_says("show alice", ": 0 of 20 guesses left, the next "));
    ck_assert(command_says("show bob", "bob: no wrong password is counted\n"));
    ck_assert_int_eq(ask_of(WIRE_ADMIN_THROTTLE_CLEAR, "bob", 0), SCRAM_OK);
    ck_assert_uint_eq(answer.text.len, 0);
    ck_assert_int_eq(asker_log_in(&a, "alice", "wonderland"), SCRAM_THROTTLED);
    ck_assert_int_eq(ask_of(WIRE_ADMIN_THROTTLE_CLEAR, "alice", 0), SCRAM_OK);
    ck_assert(has_line(": 0 of 20 guesses left, the next one in "));
    ck_assert_int_eq(ask_of(WIRE_ADMIN_THROTTLE_LIST, "", 0), SCRAM_OK);
    ck_assert_uint_eq(answer.text.len, 0);
    ck_assert_int_eq(asker_log_in(&a, "alice", "wonderland"), SCRAM_OK);
    while (asker_log_in(&a, "alice", "wrong") != SCRAM_THROTTLED)
        ;
    /* The command prepares names: here it takes a soft hyphen away. */
    ck_assert(command_says("clear 'a\302\255lice'", ": 0 of 20 guesses left"));
    ck_assert(command_says("list", ""));
    ck_assert(!command_says("show ''", ""));
    ck_assert_int_eq(asker_log_in(&a, "alice", "wonderland"), SCRAM_OK);
    asker_end(&a);
}
END_TEST

/* Nor are those with which LMDB has the store open. */
START_TEST(no_descriptor_is_for_another_program)
{
    ck_assert_int_eq(ask_of(WIRE_ADMIN_GET, "alice", 0), SCRAM_OK);
    ck_assert(served_keeps_none(&served));
}
END_TEST

static void
add(TCase *tests)
{
    stores_add_fixtures(tests);
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, what_root_changes_counts_for_the_next_login);
    tcase_add_test(tests,
                   a_user_expires_and_a_new_password_changes_nothing_about_it);
    tcase_add_test(tests,
                   groups_come_with_a_login_and_stay_with_a_new_password);
    tcase_add_test(tests, keys_are_shown_to_who_asks_for_them_alone);
    tcase_add_test(
        tests, a_new_password_keeps_a_disabled_user_out_and_the_earlier_key);
    tcase_add_test(tests, a_batch_says_what_became_of_each);
    tcase_add_test(tests, a_list_goes_on_until_its_end);
    tcase_add_test(tests, a_part_of_a_list_has_all_of_its_users);
    tcase_add_test(tests, what_is_no_name_or_too_many_verifiers_is_not_put);
    tcase_add_test(tests, a_store_that_no_account_has_is_not_touched);
    tcase_add_loop_test(tests, what_is_no_request_ends_the_connection, 0, 4);
    tcase_add_test(tests, status_and_metrics_are_text);
    tcase_add_test(tests, the_configuration_is_read_when_root_says_so);
    tcase_add_test(tests, who_is_served_is_said);
    tcase_add_test(tests, the_throttle_is_looked_at_and_cleared);
    tcase_add_test(tests, a_store_that_is_replaced_ends_it_with_a_sentence);
    tcase_add_test(tests, a_store_that_is_cut_short_ends_it_with_a_sentence);
    tcase_add_test(tests, logins_go_on_while_users_are_imported);
    if (geteuid() == 0)
        tcase_add_test(tests, no_descriptor_is_for_another_program);
    else
        puts("not tried: gss-scramd's descriptors, as this is not root");
    tcase_add_test(tests, what_was_answered_is_there_after_a_kill);
}

int
main(void)
{
    return unit_run("admin", add, 120);
}
