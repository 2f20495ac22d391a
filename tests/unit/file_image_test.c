/*
 * A file of users as it is read: what is damage and in which line, whose word
 * is trusted, and what a server does when something else is at the path.
 */
#include "store/file_image.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stores.h"
#include "unit.h"

#define NAME "users"
#define KEY "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define HEADER FILE_HEADER "1 decoy-key=" KEY "\n"
#define V ":SCRAM-SHA-256$4096:AAAAAAAAAAAAAAAAAAAAAA==$" KEY ":" KEY
#define V1                                                                     \
    ":SCRAM-SHA-1$4096:AAAAAAAAAAAAAAAAAAAAAA==$"                              \
    "AAAAAAAAAAAAAAAAAAAAAAAAAAA=:AAAAAAAAAAAAAAAAAAAAAAAAAAA="

static void
write_text(const char *name, const char *text)
{
    FILE *file = fopen(stores_path(name), "w");

    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_int_eq(chmod(stores_path(name), 0640), 0);
}

static const struct {
    const char *text;
    const char *said; /* NULL: nothing is wrong */
} files[] = {
    {HEADER, NULL},
    {HEADER "a" V "\n", NULL},
    {HEADER "# a comment\n\na" V "\n\n#\n", NULL},
    {HEADER "a" V1 "\na" V "\nb" V1 "\n", NULL},
    {"\n", "line 1 is not"},
    {"a" V "\n", "line 1 is not"},
    {FILE_HEADER "2 x\n", "line 1 is of another version"},
    {FILE_HEADER "1 decoy-key=" KEY, "line 1 is cut off"},
    {HEADER "a" V, "line 2 is cut off"},
    {HEADER "# x", "line 2 is cut off"},
    {HEADER "a" V "\r\n", "line 2 has a carriage return"},
    {HEADER "\r\n", "line 2 has a carriage return"},
    {HEADER "# x\r\n", "line 2 has a carriage return"},
    {HEADER "b" V "\na" V "\n", "line 3 is out of order"},
    {HEADER "a" V "\na" V1 "\n", "line 3 is out of order"},
    {HEADER "a" V "\n# x\na" V "\n", "line 4 has a user and mechanism"},
    {HEADER "a\n", "line 2 does not begin with"},
    {HEADER "a:x\n", "line 2 has no verifier"},
    {HEADER "a" V " x\n", "line 2 has something other"},
    {HEADER "\377" V "\n", "line 2 has a name that is not in SASLprep"},
    {HEADER "%01" V "\n", "line 2 has a name that is not in SASLprep"},
    /* o and a diaeresis by themselves, a full-width letter */
    {HEADER "o\314\210" V "\n", "line 2 has a name that is not in SASLprep"},
    {HEADER "\357\275\201" V "\n", "line 2 has a name that is not in SASLprep"},
};

/* A file that differs in anything that the system says is another one. */
START_TEST(a_file_is_known_by_all_that_is_said_of_it)
{
    struct file_id a = {1, 2, 3, {4, 5}, {6, 7}}, b = a;
    struct stat st = {.st_dev = 1, .st_ino = 2};
    bool of_bytes = _i < 5;

    ck_assert(file_id_equal(a, b) && file_id_same_bytes(a, b));
    ck_assert(file_id_is(&st, a));
    b.device += _i == 0;
    b.inode += _i == 1;
    b.size += _i == 2;
    b.written.tv_sec += _i == 3;
    b.written.tv_nsec += _i == 4;
    b.changed.tv_sec += _i == 5;
    b.changed.tv_nsec += _i == 6;
    ck_assert(!file_id_equal(a, b));
    ck_assert_int_eq(file_id_same_bytes(a, b), !of_bytes);
    ck_assert_int_eq(file_id_is(&st, b), _i > 1);
}
END_TEST

START_TEST(damage_is_named_with_its_line)
{
    struct sentence why = {""};
    struct store *store;
    enum scram_status status;

    write_text(NAME, files[_i].text);
    status = store_open(STORES_KINDS, stores_location(NAME), STORE_READ, &store,
                        &why);
    if (files[_i].said == NULL) {
        ck_assert_msg(status == SCRAM_OK, "%s", why.text);
        store_close(store);
        return;
    }
    ck_assert_int_eq(status, SCRAM_STORE_FAILED);
    ck_assert_msg(strstr(why.text, files[_i].said) != NULL, "%s", why.text);
    ck_assert_ptr_nonnull(strstr(why.text, stores_path(NAME)));
    /* Nor is it changed, whatever is wanted. */
    ck_assert_int_eq(store_open(STORES_KINDS, stores_location(NAME),
                                STORE_CREATE, &store, &why),
                     SCRAM_STORE_FAILED);
}
END_TEST

/* Hosts that share users share the key, and so what a stranger is offered,
 * whatever the order of their bytes and the size of their words. */
START_TEST(a_file_is_the_same_to_machines_of_every_kind)
{
    static const char text[] = FILE_HEADER
        "1 decoy-key=vmwB2eSaEJxpBsBXf2fdB9Z1gw/Sl9X4cq/cIatzEVc=\n"
        "alice:SCRAM-SHA-256$4096:MDAwMDAwMDAwMDAwMDAwMA==$" KEY ":" KEY "\n"
        "bob:SCRAM-SHA-256$15000:MDAwMDAwMDAwMDAwMDAwMDEwMDA=$" KEY ":" KEY
        "\n";
    static const struct {
        const char *user;
        enum scram_status status;
        uint32_t iterations;
        size_t salt_len;
        const char *salt;
    } offers[] = {
        {"bob", SCRAM_OK, 15000, 20, "00000000000000001000"},
        {"mallory", SCRAM_NO_USER, 4096, 16,
         "\201\230\370\056\274\030\357\301\070\363\230\260\265\015\341\310"},
        {"trudy", SCRAM_NO_USER, 15000, 20,
         "\345\177\330\021\001\103\220\044\206\161\171\222\043\170\321\100\206"
         "\332\333\122"},
    };
    struct scram_verifier v;
    struct store *store;
    int i;

    write_text(NAME, text);
    store = stores_open(NAME, STORE_READ);
    for (i = 0; i < COUNT(offers); i++) {
        ck_assert_int_eq(store_look_up(store, SCRAM_SHA_256,
                                       slice_of(offers[i].user), &v, NULL),
                         offers[i].status);
        ck_assert_uint_eq(v.iterations, offers[i].iterations);
        ck_assert_uint_eq(v.salt_len, offers[i].salt_len);
        ck_assert_mem_eq(v.salt, offers[i].salt, v.salt_len);
    }
    store_close(store);
}
END_TEST

START_TEST(a_line_of_2049_bytes_is_damage_wherever_it_stands)
{
    static char text[200000];
    struct sentence why = {""};
    struct store *store;
    size_t len = strlen(HEADER);
    int line = 1, i;

    memcpy(text, HEADER, len + 1);
    for (i = 0; i < _i; i++) { /* also across what is read at once */
        memset(text + len, '#', 2000);
        len += 2000;
        text[len++] = '\n';
        line++;
    }
    memset(text + len, '#', FILE_LINE_MAX);
    strcpy(text + len + FILE_LINE_MAX, "\n");
    write_text(NAME, text);
    ck_assert_int_eq(store_open(STORES_KINDS, stores_location(NAME), STORE_READ,
                                &store, &why),
                     SCRAM_OK);
    store_close(store);
    strcpy(text + len + FILE_LINE_MAX, "#\n");
    write_text("other", text);
    ck_assert_int_eq(store_open(STORES_KINDS, stores_location("other"),
                                STORE_READ, &store, &why),
                     SCRAM_STORE_FAILED);
    snprintf(text, sizeof(text), "line %d has more than 2048 bytes", line + 1);
    ck_assert_msg(strstr(why.text, text) != NULL, "%s", why.text);
}
END_TEST

/* As LMDB begins its files on a machine of 64 bits. */
START_TEST(a_store_of_gss_scramds_is_called_that)
{
    static const uint8_t page[4096] = {[10] = 8, [16] = 0xde, 0xc0,
                                       0xef,     0xbe,        1};
    FILE *file = fopen(stores_path(NAME), "w");
    struct sentence why = {""};
    struct store *store;

    ck_assert_uint_eq(fwrite(page, sizeof(page), 1, file), 1);
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_int_eq(chmod(stores_path(NAME), 0640), 0);
    ck_assert_int_eq(store_open(STORES_KINDS, stores_location(NAME), STORE_READ,
                                &store, &why),
                     SCRAM_STORE_FAILED);
    ck_assert_ptr_nonnull(strstr(why.text, "location is lmdb:/"));
}
END_TEST

/* Modes, and whether the word of such a file is taken. */
static const struct {
    mode_t mode;
    bool trusted;
} modes[] = {
    {0600, true},  {0640, true},  {0644, true},  {0660, false},
    {0620, false}, {0646, false}, {0606, false},
};

START_TEST(a_file_that_others_can_write_to_is_not_trusted)
{
    struct sentence why = {""};
    struct store *store;
    enum scram_status status;

    write_text(NAME, HEADER "a" V "\n");
    ck_assert_int_eq(chmod(stores_path(NAME), modes[_i].mode), 0);
    status = store_open(STORES_KINDS, stores_location(NAME), STORE_READ, &store,
                        &why);
    ck_assert_int_eq(status,
                     modes[_i].trusted ? SCRAM_OK : SCRAM_STORE_FORBIDDEN);
    if (status == SCRAM_OK)
        store_close(store);
    else
        ck_assert_ptr_nonnull(strstr(why.text, "chmod"));
}
END_TEST

START_TEST(a_file_of_another_account_is_not_trusted)
{
    struct store *store;

    if (geteuid() != 0)
        return;
    write_text(NAME, HEADER "a" V "\n");
    ck_assert_int_eq(chown(stores_path(NAME), 65534, 65534), 0);
    ck_assert_int_eq(store_open(STORES_KINDS, stores_location(NAME), STORE_READ,
                                &store, NULL),
                     SCRAM_STORE_FORBIDDEN);
}
END_TEST

static enum scram_status
look_up(struct store *store, const char *user, struct sentence *why)
{
    struct scram_verifier v;

    return store_look_up(store, SCRAM_SHA_256, slice_of(user), &v, why);
}

static void
replace(const char *text)
{
    write_text("next", text);
    ck_assert_int_eq(rename(stores_path("next"), stores_path(NAME)), 0);
    stores_wait_seen();
}

/* How often the trace says that a file was read and is of no use. */
static unsigned
times_refused(void)
{
    FILE *file = fopen(stores_path("trace"), "r");
    char line[1024];
    unsigned times = 0;

    while (file != NULL && fgets(line, sizeof(line), file) != NULL)
        times += strstr(line, "what was there before is used on") != NULL;
    if (file != NULL)
        fclose(file);
    return times;
}

START_TEST(a_server_goes_on_when_a_damaged_file_took_the_place)
{
    struct sentence why = {""};
    struct store *store;
    double start;
    int i;

    write_text(NAME, HEADER "a" V "\n");
    store = stores_open(NAME, STORE_READ);
    ck_assert_int_eq(look_up(store, "a", &why), SCRAM_OK);
    setenv("GSS_SCRAM_TRACE", stores_path("trace"), 1);
    replace(HEADER "a" V "\nb:x\n");
    /* A newer file is not read at once when one has just been. */
    for (start = stores_now(); times_refused() == 0;) {
        ck_assert_int_eq(look_up(store, "a", &why), SCRAM_OK);
        ck_assert(stores_within(start, 20));
    }
    for (i = 0; i < 20; i++) {
        stores_wait_seen();
        ck_assert_int_eq(look_up(store, "a", &why), SCRAM_OK);
        ck_assert_int_eq(look_up(store, "b", &why), SCRAM_NO_USER);
    }
    ck_assert_uint_eq(times_refused(), 1);
    unsetenv("GSS_SCRAM_TRACE");
    replace(HEADER "b" V "\n");
    for (start = stores_now(); look_up(store, "b", &why) != SCRAM_OK;)
        ck_assert(stores_within(start, 20));
    ck_assert_int_eq(look_up(store, "a", &why), SCRAM_NO_USER);
    store_close(store);
}
END_TEST

/* What makes a server refuse rather than go on, and what mends it. */
static void
take_it_away(void)
{
    ck_assert_int_eq(unlink(stores_path(NAME)), 0);
}

static void
let_others_write(void)
{
    ck_assert_int_eq(chmod(stores_path(NAME), 0666), 0);
}

static void
damage_in_place(void)
{
    int fd = open(stores_path(NAME), O_WRONLY | O_APPEND);

    ck_assert_int_eq(write(fd, "x", 1), 1);
    close(fd);
}

static void
put_a_folder_there(void)
{
    take_it_away();
    ck_assert_int_eq(mkdir(stores_path(NAME), 0755), 0);
}

static const struct {
    void (*happen)(void);
    enum scram_status status;
} refusals[] = {
    {take_it_away, SCRAM_STORE_ABSENT},
    {let_others_write, SCRAM_STORE_FORBIDDEN},
    {damage_in_place, SCRAM_STORE_FAILED},
    {put_a_folder_there, SCRAM_STORE_FORBIDDEN},
};

START_TEST(a_server_refuses_what_is_gone_not_trusted_or_spoilt)
{
    struct sentence why = {""};
    struct store *store;

    write_text(NAME, HEADER "a" V "\n");
    store = stores_open(NAME, STORE_READ);
    ck_assert_int_eq(look_up(store, "a", &why), SCRAM_OK);
    refusals[_i].happen();
    stores_wait_seen();
    ck_assert_int_eq(look_up(store, "a", &why), refusals[_i].status);
    ck_assert_ptr_nonnull(strstr(why.text, stores_path(NAME)));
    remove(stores_path(NAME));
    write_text(NAME, HEADER "a" V "\n");
    stores_wait_seen();
    ck_assert_int_eq(look_up(store, "a", &why), SCRAM_OK);
    store_close(store);
}
END_TEST

/* How many times a comment is yet to be added to the file before somebody asks
 * what it is like; the size tells. */
static unsigned comments;

int
fstat(int fd, struct stat *st)
{
    int to;

    if (comments > 0) {
        comments--;
        to = open(stores_path(NAME), O_WRONLY | O_APPEND);
        ck_assert_int_eq(write(to, "#\n", 2), 2);
        close(to);
    }
    /* Of the same layout, whatever name the header gives either. */
    return fstatat(fd, "", st, AT_EMPTY_PATH);
}

START_TEST(a_file_that_is_written_to_while_it_is_read_is_read_again)
{
    struct sentence why = {""};
    struct store *store;

    write_text(NAME, HEADER "a" V "\n");
    comments = 1000;
    ck_assert_int_eq(store_open(STORES_KINDS, stores_location(NAME), STORE_READ,
                                &store, &why),
                     SCRAM_STORE_FAILED);
    ck_assert_ptr_nonnull(strstr(why.text, "is being written to"));
    comments = 2;
    store = stores_open(NAME, STORE_READ);
    ck_assert_uint_eq(comments, 0);
    ck_assert_int_eq(look_up(store, "a", &why), SCRAM_OK);
    store_close(store);
}
END_TEST

/* Close this process' descriptors of the file at the path. */
static void
close_users(void)
{
    struct stat st, other;
    int fd;

    ck_assert_int_eq(stat(stores_path(NAME), &st), 0);
    for (fd = 3; fd < 256; fd++)
        if (fstat(fd, &other) == 0 && other.st_ino == st.st_ino &&
            other.st_dev == st.st_dev)
            close(fd);
}

/* As a program does that closes all that it does not know: what is at the path
 * by then is not the file that the index is of. Where a look-up looks at the
 * path first, it finds the new file by that. */
START_TEST(a_file_is_opened_anew_if_it_is_the_same_alone)
{
    struct sentence why = {""};
    struct store *store;
    int i;

    for (i = 0; i < 20; i++) {
        write_text(NAME, HEADER "a" V "\nc" V "\n");
        store = stores_open(NAME, STORE_WRITE);
        ck_assert_int_eq(look_up(store, "c", &why), SCRAM_OK);
        write_text("next", HEADER "a" V "\nb" V "\nc" V "\n");
        close_users();
        ck_assert_int_eq(rename(stores_path("next"), stores_path(NAME)), 0);
        ck_assert_int_eq(look_up(store, "c", &why), SCRAM_OK);
        store_close(store);
    }
}
END_TEST

/* Users in some hundreds of blocks, with comments between them. */
START_TEST(everybody_is_found_in_a_file_of_many_blocks)
{
    enum { USERS = 5000 };
    FILE *file = fopen(stores_path(NAME), "w");
    struct store *store;
    char user[32];
    int n;

    ck_assert_int_ge(fputs(HEADER, file), 0);
    for (n = 0; n < USERS; n += 2) {
        if (n % 7 == 0)
            fprintf(file, "#%0*d\n\n", 1 + n % 2000, 0);
        fprintf(file, "user%04d%s\n", n, V);
        if (n % 3 == 0)
            fprintf(file, "user%04d!:!%s\n", n, &V1[1]);
    }
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_int_eq(chmod(stores_path(NAME), 0640), 0);
    store = stores_open(NAME, STORE_READ);
    for (n = 0; n < USERS; n++) {
        struct scram_verifier v;

        snprintf(user, sizeof(user), "user%04d", n);
        ck_assert_int_eq(look_up(store, user, NULL),
                         n % 2 == 0 ? SCRAM_OK : SCRAM_NO_USER);
        snprintf(user, sizeof(user), "user%04d!", n);
        ck_assert_int_eq(
            store_look_up(store, SCRAM_SHA_1, slice_of(user), &v, NULL),
            n % 6 == 0 ? SCRAM_OK : SCRAM_NO_USER);
    }
    ck_assert_int_eq(look_up(store, "!", NULL), SCRAM_NO_USER);
    ck_assert_int_eq(look_up(store, "zzz", NULL), SCRAM_NO_USER);
    store_close(store);
}
END_TEST

/* What a person has written between the lines stays where it is, and so does a
 * key that this version does not know. */
START_TEST(a_change_keeps_comments_and_keys)
{
    struct store *store;
    struct scram_verifier v = stores_verifier("b", 0);
    static char text[4096];
    FILE *file;

    write_text(NAME,
               HEADER "# top\na" V "\n\n# of c\nc" V " room=1%20a\n# end\n");
    store = stores_open(NAME, STORE_WRITE);
    stores_add(store, "b", 0);
    v = stores_verifier("c", 0);
    ck_assert_int_eq(store_put(store, SLICE("c"), &v, STORE_REPLACE, NULL),
                     SCRAM_OK);
    ck_assert_int_eq(store_look_up(store, SCRAM_SHA_256, SLICE("c"), &v, NULL),
                     SCRAM_OK);
    ck_assert(!v.enabled); /* as long as that key is there */
    store_close(store);
    file = fopen(stores_path(NAME), "r");
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    fclose(file);
    ck_assert_ptr_nonnull(strstr(text, "# top\na" V "\nb:"));
    ck_assert_ptr_nonnull(strstr(text, "\n\n# of c\nc:"));
    ck_assert_ptr_nonnull(strstr(text, " room=1%20a\n# end\n"));
    ck_assert_ptr_nonnull(strstr(text, " changed=20"));
}
END_TEST

START_TEST(a_change_that_changes_nothing_writes_nothing)
{
    struct store *store = stores_open(NAME, STORE_CREATE);
    struct scram_verifier v = stores_verifier("alice", 0);
    struct store_entry entry = {SLICE("alice"), &v, SCRAM_OK};
    struct stat before, after;

    stores_add(store, "alice", 0);
    ck_assert_int_eq(stat(stores_path(NAME), &before), 0);
    ck_assert_int_eq(store_put(store, SLICE("alice"), &v, STORE_EITHER, NULL),
                     SCRAM_OK);
    ck_assert_int_eq(
        store_set(store, SLICE("alice"), &v, 1, STORE_REPLACE, NULL), SCRAM_OK);
    ck_assert_int_eq(store_put(store, SLICE("alice"), &v, STORE_ADD, NULL),
                     SCRAM_USER_EXISTS);
    store_begin(store);
    ck_assert_int_eq(store_put_many(store, &entry, 1, STORE_EITHER, NULL),
                     SCRAM_OK);
    ck_assert_int_eq(store_commit(store, NULL), SCRAM_OK);
    ck_assert_int_eq(stat(stores_path(NAME), &after), 0);
    ck_assert_uint_eq(before.st_ino, after.st_ino);
    store_close(store);
}
END_TEST

static int
descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    int n = 0;

    while (readdir(dir) != NULL)
        n++;
    closedir(dir);
    return n;
}

START_TEST(a_file_that_is_named_often_is_open_once)
{
    struct store *stores[20];
    int i, before;

    store_close(stores_open(NAME, STORE_CREATE));
    store_close(stores_open(NAME, STORE_READ));
    before = descriptors();
    for (i = 0; i < COUNT(stores); i++)
        stores[i] = stores_open(NAME, STORE_READ);
    ck_assert_int_eq(descriptors(), before);
    for (i = 0; i < COUNT(stores); i++)
        store_close(stores[i]);
    for (i = 0; i < 50; i++) { /* files that nobody names are let go */
        char name[32];

        snprintf(name, sizeof(name), "file%d", i);
        store_close(stores_open(name, STORE_CREATE));
        store_close(stores_open(name, STORE_READ));
    }
    ck_assert_int_le(descriptors(), before + 4);
}
END_TEST

static void
add(TCase *tests)
{
    stores_add_fixtures(tests);
    tcase_add_loop_test(tests, a_file_is_known_by_all_that_is_said_of_it, 0, 7);
    tcase_add_loop_test(tests, damage_is_named_with_its_line, 0, COUNT(files));
    tcase_add_test(tests, a_file_is_the_same_to_machines_of_every_kind);
    tcase_add_loop_test(
        tests, a_line_of_2049_bytes_is_damage_wherever_it_stands, 0, 40);
    tcase_add_test(tests, a_store_of_gss_scramds_is_called_that);
    tcase_add_loop_test(tests, a_file_that_others_can_write_to_is_not_trusted,
                        0, COUNT(modes));
    tcase_add_test(tests, a_file_of_another_account_is_not_trusted);
    tcase_add_test(tests, a_server_goes_on_when_a_damaged_file_took_the_place);
    tcase_add_loop_test(tests,
                        a_server_refuses_what_is_gone_not_trusted_or_spoilt, 0,
                        COUNT(refusals));
    tcase_add_test(tests,
                   a_file_that_is_written_to_while_it_is_read_is_read_again);
    tcase_add_test(tests, a_file_is_opened_anew_if_it_is_the_same_alone);
    tcase_add_test(tests, everybody_is_found_in_a_file_of_many_blocks);
    tcase_add_test(tests, a_change_keeps_comments_and_keys);
    tcase_add_test(tests, a_change_that_changes_nothing_writes_nothing);
    tcase_add_test(tests, a_file_that_is_named_often_is_open_once);
}

int
main(void)
{
    return unit_run("file_image", add, 60);
}
