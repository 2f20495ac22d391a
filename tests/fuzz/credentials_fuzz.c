/*
 * The credentials file: the input's first line is a target to look for, the
 * second a user and the third a password that are set for that target in the
 * file that the rest is. What a file holds can be written down; and an entry
 * that was set is the one that is read, beside the others as they were.
 */
#include "fuzz.h"

#include <unistd.h>

#include "base/credentials.h"
#include "base/credentials_text.h"

const size_t fuzz_input_max =
    CREDENTIALS_FILE_MAX + CREDENTIALS_ENTRY_MAX + FUZZ_OVER;

#define PATH "credentials"

/* Nothing here has to outlast the machine. */
int
fsync(int fd)
{
    (void)fd;
    return 0;
}

/* Every entry, written down, is read as it was. */
static void
check_entry(const struct credentials_entry *entry)
{
    uint8_t *memory = malloc(CREDENTIALS_ENTRY_MAX);
    struct buffer out = {memory, 0, CREDENTIALS_ENTRY_MAX, false};
    struct credentials again = {.count = 0};
    struct secret text;
    struct sentence why = {""};

    if (credentials_format(entry, &out, &why) == SCRAM_OK) {
        FUZZ_CHECK(secret_copy(&text, buffer_slice(&out)));
        FUZZ_CHECK(credentials_parse(PATH, &text, &again, &why) == SCRAM_OK);
        FUZZ_CHECK(again.count == 1);
        FUZZ_CHECK(slice_equal(again.entries->target, entry->target));
        FUZZ_CHECK(slice_equal(again.entries->user, entry->user));
        FUZZ_CHECK(slice_equal(again.entries->password, entry->password));
        FUZZ_CHECK(again.entries->min_iterations == entry->min_iterations);
        credentials_clear(&again);
    } else {
        FUZZ_CHECK(why.text[0] != '\0');
    }
    free(memory);
}

static bool
refuse_all(void *data, struct slice user)
{
    (void)data;
    (void)user;
    return false;
}

/* How many entries there are, having looked at each. */
static size_t
check_file(const char *path, struct slice target)
{
    struct credentials read = {.count = 7};
    struct sentence why = {""};
    enum scram_status status = credentials_read(path, &read, &why);
    size_t i, count;

    FUZZ_CHECK(status == SCRAM_OK || status == SCRAM_BAD_CONFIG);
    if (status != SCRAM_OK) {
        FUZZ_CHECK(read.count == 7 && strstr(why.text, path) != NULL);
        return SIZE_MAX;
    }
    for (i = 0; i < read.count; i++) {
        FUZZ_CHECK(credentials_target_is_valid(read.entries[i].target));
        FUZZ_CHECK(read.entries[i].user.len != 0);
        FUZZ_CHECK(read.entries[i].password.len != 0);
        FUZZ_CHECK(read.entries[i].min_iterations == 0 ||
                   read.entries[i].min_iterations >= 4096);
        check_entry(read.entries + i);
    }
    (void)credentials_find(&read, target, NULL, NULL);
    FUZZ_CHECK(credentials_find(&read, target, refuse_all, NULL) == NULL);
    count = read.count;
    credentials_clear(&read);
    return count;
}

/* credentials_wanted */
static bool
is_user(void *data, struct slice user)
{
    return slice_equal(*(const struct slice *)data, user);
}

static void
check_set(const char *path, const struct credentials_entry *entry,
          size_t before)
{
    struct credentials read;
    struct sentence why = {""};
    struct slice user = entry->user;
    const struct credentials_entry *found;
    enum scram_status status = credentials_set(
        path, entry, (struct credentials_how){true, true}, &why);
    size_t i;

    if (status != SCRAM_OK) {
        FUZZ_CHECK(why.text[0] != '\0');
        FUZZ_CHECK(check_file(path, entry->target) == before);
        return;
    }
    FUZZ_CHECK(before != SIZE_MAX);
    FUZZ_CHECK(credentials_read(path, &read, &why) == SCRAM_OK);
    FUZZ_CHECK(read.count == before || read.count == before + 1);
    found = credentials_find(&read, entry->target, is_user, &user);
    FUZZ_CHECK(found != NULL);
    for (i = 0; i < read.count; i++)
        if (slice_equal(read.entries[i].target, entry->target) &&
            slice_equal(read.entries[i].user, user))
            break;
    FUZZ_CHECK(i < read.count &&
               slice_equal(read.entries[i].password, entry->password));
    before = read.count;
    credentials_clear(&read);
    FUZZ_CHECK(credentials_set(path, entry,
                               (struct credentials_how){false, false},
                               &why) == SCRAM_USER_EXISTS);
    FUZZ_CHECK(credentials_remove(path, entry->target, user, &why) == SCRAM_OK);
    FUZZ_CHECK(check_file(path, entry->target) == before - 1);
    FUZZ_CHECK(credentials_remove(path, entry->target, user, &why) ==
               SCRAM_NO_USER);
}

/* Without a user, all of a target's entries go, and no others. */
static void
check_remove(const char *path, struct credentials_entry entry)
{
    struct credentials_how last = {false, false};
    struct sentence why = {""};
    size_t before = check_file(path, entry.target), after;
    enum scram_status status;

    entry.user = SLICE("another");
    if (credentials_set(path, &entry, last, &why) == SCRAM_OK)
        before++;
    entry.user = SLICE("and one more");
    if (credentials_set(path, &entry, last, &why) == SCRAM_OK)
        before++;
    status =
        credentials_remove(path, entry.target, (struct slice){NULL, 0}, &why);
    after = check_file(path, entry.target);
    FUZZ_CHECK(status == SCRAM_OK ? after < before : after == before);
    if (status == SCRAM_OK)
        FUZZ_CHECK(credentials_remove(path, entry.target,
                                      (struct slice){NULL, 0},
                                      &why) == SCRAM_NO_USER);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = {data, size};
    struct credentials_entry entry = {.begin = 0};
    const char *path;
    size_t count;

    entry.target = fuzz_line(&rest);
    entry.user = fuzz_line(&rest);
    entry.password = fuzz_line(&rest);
    FUZZ_CHECK(check_file(fuzz_path("nowhere"), entry.target) == 0);
    path = fuzz_file(PATH, rest);
    count = check_file(path, entry.target);
    check_set(path, &entry, count);
    check_remove(path, entry);
    return 0;
}
