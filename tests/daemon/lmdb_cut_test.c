/*
 * What is on the disk when the power goes: each write and each sync of many
 * changes is recorded, and then the file as a disk may have it at each moment
 * (all that was synced, and of the rest nothing, all, or a part) is opened. No
 * change is lost that was reported, and none is there by half.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "noise.h"
#include "stores.h"
#include "unit.h"

#define NAME "users"

enum { USERS = 12, CHANGES = 150, EVENTS_MAX = 8192, SECTOR = 512 };

enum what { WRITE, SYNC, REPORTED };

struct event {
    enum what what;
    off_t at;
    size_t len;
    uint8_t *bytes;
    unsigned user, version; /* REPORTED; version 0: removed */
};

static struct event events[EVENTS_MAX];
static unsigned event_count;
static bool recording;
static struct stat recorded;

static bool
is_recorded(int fd)
{
    struct stat st;

    return recording && fstat(fd, &st) == 0 && st.st_dev == recorded.st_dev &&
           st.st_ino == recorded.st_ino;
}

static struct event *
new_event(enum what what)
{
    if (event_count == EVENTS_MAX)
        ck_abort_msg("too many writes for this test");
    events[event_count].what = what;
    return &events[event_count++];
}

static void
record_write(int fd, const void *bytes, size_t len, off_t at)
{
    struct event *e = new_event(WRITE);

    e->at = at;
    e->len = len;
    e->bytes = malloc(len);
    ck_assert_ptr_nonnull(e->bytes);
    memcpy(e->bytes, bytes, len);
    if (fcntl(fd, F_GETFL) & O_DSYNC)
        new_event(SYNC);
}

/* These come before the C library's for LMDB. */
ssize_t
pwrite(int fd, const void *bytes, size_t len, off_t at)
{
    ssize_t (*real)(int, const void *, size_t, off_t) =
        (ssize_t(*)(int, const void *, size_t, off_t))dlsym(RTLD_NEXT,
                                                            "pwrite");

    if (is_recorded(fd))
        record_write(fd, bytes, len, at);
    return real(fd, bytes, len, at);
}

ssize_t
writev(int fd, const struct iovec *v, int count)
{
    ssize_t (*real)(int, const struct iovec *, int) =
        (ssize_t(*)(int, const struct iovec *, int))dlsym(RTLD_NEXT, "writev");
    off_t at = lseek(fd, 0, SEEK_CUR);
    int i;

    for (i = 0; i < count && is_recorded(fd); i++) {
        record_write(fd, v[i].iov_base, v[i].iov_len, at);
        at += (off_t)v[i].iov_len;
    }
    return real(fd, v, count);
}

int
fdatasync(int fd)
{
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");

    if (is_recorded(fd))
        new_event(SYNC);
    return real(fd);
}

/* Make changes, a few users more than fit into a page. Returns the file as it
 * was before. */
static uint8_t *
record_changes(size_t *len)
{
    struct store *store = stores_open(NAME, STORE_CREATE);
    FILE *file = fopen(stores_path(NAME), "r");
    struct noise noise = {1};
    uint8_t *before;
    unsigned i;

    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(stat(stores_path(NAME), &recorded), 0);
    *len = (size_t)recorded.st_size;
    before = malloc(*len);
    ck_assert_uint_eq(fread(before, 1, *len, file), *len);
    fclose(file);
    recording = true;
    for (i = 0; i < CHANGES; i++) {
        unsigned user = (unsigned)noise_below(&noise, USERS);
        unsigned version = (unsigned)noise_below(&noise, 6);
        struct scram_verifier v = stores_verifier(stores_user(user), version);
        enum scram_status status;

        if (version == 0)
            status = store_remove(store, slice_of(stores_user(user)), NULL);
        else
            status = store_put(store, slice_of(stores_user(user)), &v,
                               STORE_EITHER, NULL);
        ck_assert(status == SCRAM_OK ||
                  (version == 0 && status == SCRAM_NO_USER));
        *new_event(REPORTED) =
            (struct event){.what = REPORTED, .user = user, .version = version};
    }
    recording = false;
    store_close(store);
    return before;
}

/* The file as the disk has it. */
struct image {
    uint8_t bytes[1 << 20];
    size_t len;
};

static void
apply(struct image *image, const struct event *e, struct noise *some)
{
    size_t i, n;

    ck_assert_uint_le((size_t)e->at + e->len, sizeof(image->bytes));
    for (i = 0; i < e->len; i += n) {
        n = e->len - i < SECTOR ? e->len - i : SECTOR;
        if (some != NULL && noise_below(some, 2) == 0)
            continue;
        memcpy(image->bytes + e->at + i, e->bytes + i, n);
        if ((size_t)e->at + i + n > image->len)
            image->len = (size_t)e->at + i + n;
    }
}

/* Which version each user has to have, and which one change may have made. */
struct truth {
    unsigned version[USERS];
    bool pending;
    unsigned user, next;
};

static void
check_image(const struct image *image, const struct truth *t, unsigned moment)
{
    FILE *file = fopen(stores_path("cut"), "w");
    struct sentence why = {""};
    struct store *store;
    unsigned i;

    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(image->bytes, 1, image->len, file), image->len);
    ck_assert_int_eq(fchmod(fileno(file), 0600), 0);
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_msg(store_open(STORES_KINDS, stores_location("cut"), STORE_WRITE,
                             &store, &why) == SCRAM_OK,
                  "at event %u: %s", moment, why.text);
    for (i = 0; i < USERS; i++) {
        unsigned version = stores_version(store, i);

        ck_assert_msg(version == t->version[i] ||
                          (t->pending && t->user == i && version == t->next),
                      "at event %u user %u has version %u, and not %u", moment,
                      i, version, t->version[i]);
    }
    stores_add(store, "afterwards", 1);
    store_close(store);
}

/* What is reported next after an event. */
static void
look_ahead(struct truth *t, unsigned i)
{
    for (t->pending = false; i < event_count && !t->pending; i++)
        if (events[i].what == REPORTED) {
            t->pending = true;
            t->user = events[i].user;
            t->next = events[i].version;
        }
}

/* Check what may be there after event i: of what was written since the last
 * sync nothing, all, or some. */
static void
check_moment(const struct image *synced, const struct truth *t, unsigned first,
             unsigned i, struct noise *noise)
{
    static struct image image;
    int how;

    for (how = 0; how < 3; how++) {
        unsigned n;

        image = *synced;
        for (n = first; n < i && how > 0; n++)
            if (events[n].what == WRITE)
                apply(&image, &events[n], how == 1 ? NULL : noise);
        check_image(&image, t, i);
    }
}

START_TEST(a_file_that_is_cut_at_any_sync_has_what_was_reported)
{
    static struct image synced;
    struct truth t = {.pending = false};
    struct noise noise = {2};
    unsigned i, n, first = 0, syncs = 0;
    uint8_t *before = record_changes(&synced.len);

    memcpy(synced.bytes, before, synced.len);
    free(before);
    for (i = 0; i < event_count; i++) {
        if (events[i].what == REPORTED)
            t.version[events[i].user] = events[i].version;
        if (events[i].what == WRITE)
            continue;
        look_ahead(&t, i + (events[i].what == REPORTED));
        check_moment(&synced, &t, first, i, &noise);
        if (events[i].what != SYNC)
            continue;
        for (n = first; n < i; n++)
            if (events[n].what == WRITE)
                apply(&synced, &events[n], NULL);
        first = i + 1;
        syncs++;
    }
    ck_assert_uint_ge(syncs, CHANGES); /* they were recorded */
    for (i = 0; i < event_count; i++)
        free(events[i].bytes);
}
END_TEST

static void
add(TCase *tests)
{
    stores_add_fixtures(tests);
    tcase_add_test(tests, a_file_that_is_cut_at_any_sync_has_what_was_reported);
}

int
main(void)
{
    return unit_run("lmdb_cut", add, 120);
}
