#include "daemon/throttle_file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define FORM "gss-scram guess1"

static_assert(sizeof(FORM) - 1 == sizeof(((struct throttle_table *)0)->form),
              "the form fills its place");
static_assert(sizeof(struct throttle_table) ==
                  THROTTLE_HEADER + (size_t)THROTTLE_SETS * 64,
              "the table is a header and a line for each set");

/*
 * Every block is the file's before it is mapped: a write to one for which a
 * full file system has no room would be a SIGBUS.
 */
static struct throttle_table *
map(int file)
{
    void *memory;
    int error = posix_fallocate(file, 0, sizeof(struct throttle_table));

    if (error != 0) {
        errno = error;
        return NULL;
    }
    memory = mmap(NULL, sizeof(struct throttle_table), PROT_READ | PROT_WRITE,
                  MAP_SHARED, file, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

/* Why a file that is there is not taken; NULL where it is. */
static const char *
misfit(int file, uint64_t now, struct throttle_table **table)
{
    struct stat st;

    if (file < 0)
        return strerror(errno);
    if (fstat(file, &st) != 0)
        return strerror(errno);
    if (st.st_uid != geteuid() || st.st_nlink != 1 ||
        (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return "it is not a file of this account's own with mode 600";
    if (st.st_size != sizeof(struct throttle_table))
        return "it has another size";
    *table = map(file);
    if (*table == NULL)
        return strerror(errno);
    if (memcmp((*table)->form, FORM, sizeof((*table)->form)) != 0)
        return "it has another form";
    if ((*table)->latest > now)
        return "it is of before the machine was started";
    return NULL;
}

/* The form is written last, so that a file that was not finished has none. */
static bool
throttle_file_begin(struct throttle_table *table)
{
    if (getrandom(table->key, sizeof(table->key), 0) != sizeof(table->key))
        return false;
    memcpy(table->form, FORM, sizeof(table->form));
    return true;
}

/* Make an empty one. */
static enum scram_status
throttle_file_make(const char *path, struct throttle_table **table,
                   struct sentence *why)
{
    struct throttle_table *made = NULL;
    int error, file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (file >= 0)
        made = map(file);
    if (made != NULL && throttle_file_begin(made)) {
        close(file);
        *table = made;
        return SCRAM_OK;
    }
    error = errno;
    throttle_file_unmap(made);
    if (file >= 0) {
        unlink(path);
        close(file);
    }
    sentence_write(why,
                   "cannot make %s, which counts wrong passwords: %s. It takes "
                   "%zu bytes in a directory that is this account's",
                   path, strerror(error), sizeof(**table));
    return SCRAM_NO_RESOURCES;
}

enum scram_status
throttle_file_map(const char *path, uint64_t now, struct throttle_table **table,
                  struct sentence *why)
{
    struct throttle_table *mapped = NULL;
    const char *reason;
    int file = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

    if (why != NULL)
        why->text[0] = '\0';
    if (file < 0 && errno == ENOENT)
        return throttle_file_make(path, table, why);
    reason = misfit(file, now, &mapped);
    if (file >= 0)
        close(file);
    if (reason == NULL) {
        *table = mapped;
        return SCRAM_OK;
    }
    throttle_file_unmap(mapped);
    if (unlink(path) != 0) {
        sentence_write(why, "cannot use %s (%s), nor remove it: %s", path,
                       reason, strerror(errno));
        return SCRAM_NO_RESOURCES;
    }
    if (throttle_file_make(path, table, why) != SCRAM_OK)
        return SCRAM_NO_RESOURCES;
    sentence_write(why,
                   "%s could not be used (%s), so wrong passwords are counted "
                   "from nothing",
                   path, reason);
    return SCRAM_OK;
}

void
throttle_file_unmap(struct throttle_table *table)
{
    if (table != NULL)
        munmap(table, sizeof(*table));
}
