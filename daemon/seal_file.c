#include "daemon/seal_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file_write.h"
#include "base/kernel_random.h"
#include "base/pack.h"
#include "base/private_file.h"

#define FIRST_LINE "gss-scramd seal keys 1\n"
#define BOOT_ID_MAX 64
#define FILE_MAX 256
#define KEY_LEN 32

uint64_t
seal_now(void)
{
    return clock_milliseconds(CLOCK_BOOTTIME);
}

/* The kernel's name for the time since the machine started, with a LF. A
 * sandbox may keep it away: then the folder has to be one that a start empties,
 * as /run is. False where it cannot be told, for that is no name. */
static bool
put_boot_id(struct buffer *out)
{
    uint8_t id[BOOT_ID_MAX];
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    ssize_t n;

    if (fd < 0 && (errno == ENOENT || errno == EACCES || errno == EPERM)) {
        buffer_put(out, SLICE("-\n"));
        return true;
    }
    if (fd < 0)
        return false;
    n = read(fd, id, sizeof(id));
    close(fd);
    if (n > 0)
        buffer_put(out, (struct slice){id, (size_t)n});
    return n > 0;
}

static bool
put_head(struct buffer *out)
{
    buffer_put(out, SLICE(FIRST_LINE));
    return put_boot_id(out);
}

static bool
seal_file_join(const char *folder, const char *name, char *path)
{
    return snprintf(path, PATH_MAX, "%s/%s", folder, name) < PATH_MAX;
}

void
seal_file_read(const char *folder, uint64_t now, struct seal_keys *keys,
               struct sentence *why)
{
    uint8_t memory[FILE_MAX];
    struct buffer head = BUFFER_ARRAY(memory);
    struct secret contents CLEANUP_SECRET = {NULL, 0};
    char path[PATH_MAX];
    struct slice rest;

    *keys = (struct seal_keys){0};
    why->text[0] = '\0';
    if (!put_head(&head)) {
        sentence_write(why,
                       "the seal's keys in %s are made anew, as the "
                       "kernel does not say which boot this is: %s",
                       folder, strerror(errno));
        return;
    }
    if (!seal_file_join(folder, "seal-keys", path) || access(path, F_OK) != 0 ||
        private_file_read(path, &contents, why) != SCRAM_OK)
        return;
    rest = secret_slice(&contents);
    if (slice_starts_with(rest, SLICE(FIRST_LINE)) &&
        !slice_starts_with(rest, buffer_slice(&head)))
        return; /* of another boot */
    if (slice_starts_with(rest, buffer_slice(&head))) {
        rest.data += head.len;
        rest.len -= head.len;
        if (seal_keys_parse(rest, now, keys))
            return;
    }
    seal_keys_wipe(keys);
    sentence_write(why, "%s is damaged, and is made anew", path);
}

bool
seal_file_is_due(const struct seal_keys *keys, uint64_t now)
{
    return keys->count == 0 || now - keys->keys[0].epoch >= SEAL_KEY_MS;
}

static bool
write_whole(int fd, struct slice bytes)
{
    return file_write(fd, bytes) == (ssize_t)bytes.len && fsync(fd) == 0;
}

/* Put a file in the place of what is there, once it is on disk. */
static bool
seal_file_replace(const char *folder, struct slice bytes)
{
    char path[PATH_MAX], draft[PATH_MAX];
    int fd, dir;
    bool done;

    if (!seal_file_join(folder, "seal-keys", path) ||
        !seal_file_join(folder, "seal-keys.new", draft))
        return false;
    (void)unlink(draft);
    fd =
        open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return false;
    done = write_whole(fd, bytes);
    close(fd);
    if (!done || rename(draft, path) != 0)
        return false;
    dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    done = dir >= 0 && fsync(dir) == 0;
    if (dir >= 0)
        close(dir);
    return done;
}

enum scram_status
seal_file_renew(const char *folder, uint64_t now, struct seal_keys *keys,
                struct sentence *why)
{
    struct seal_keys made = {.keys = {{.epoch = now}}, .count = 1};
    uint8_t memory[FILE_MAX];
    struct buffer file = BUFFER_ARRAY(memory);
    enum scram_status status;
    bool whole;
    size_t i;

    if (keys->count != 0 && keys->keys[0].epoch < now)
        made.keys[made.count++] = keys->keys[0];
    status = kernel_random(made.keys[0].key.data, KEY_LEN, "a key", why);
    if (status != SCRAM_OK)
        return status;
    whole = put_head(&file);
    for (i = 0; i < made.count; i++) {
        pack_number(&file, 8, made.keys[i].epoch);
        buffer_put(&file, SLICE_ARRAY(made.keys[i].key.data));
    }
    buffer_put(&file, SLICE("\n"));
    if (whole && !file.overflow &&
        seal_file_replace(folder, buffer_slice(&file))) {
        *keys = made;
    } else {
        sentence_write(why, "cannot write the seal's keys into %s: %s", folder,
                       strerror(errno));
        status = SCRAM_NO_RESOURCES;
    }
    OPENSSL_cleanse(memory, sizeof(memory));
    seal_keys_wipe(&made);
    return status;
}
