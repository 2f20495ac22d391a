/*
 * One file of users that is open: what reading it through has shown, and where
 * in it to look. A file is not changed once it is at its path, another takes
 * its place; so what was read of it once holds. Should somebody write to it
 * all the same, that is noticed before anything of it is used.
 *
 * Nothing is mapped: a file that is cut short under a mapping kills the
 * process. A user is looked up in an index in memory, of about one key for each
 * a KiB, and by one pread(2).
 *
 * The descriptor's number may be the program's by now: it may have closed all
 * that it does not know (closefrom(3)), and opened something of its own. So it
 * is compared by device and inode before it is used, and before it is closed.
 */
#ifndef STORE_FILE_IMAGE_H
#define STORE_FILE_IMAGE_H

#include <stdatomic.h>
#include <sys/stat.h>

#include "base/sentence.h"
#include "store/decoys.h"
#include "store/file_index.h"
#include "store/file_tally.h"
#include "store/store.h"

/* Which file it is, and what state it is in. */
struct file_id {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec written;
    struct timespec changed; /* what a chmod or chown moves too */
};

struct file_id file_id_of(const struct stat *st);

/* Whether that is the file, whatever is in it by now. */
bool file_id_is(const struct stat *st, struct file_id id);

/* Whether they are the same file with the same bytes in it. */
bool file_id_same_bytes(struct file_id a, struct file_id b);

/* The same, with the same owner and rights. */
bool file_id_equal(struct file_id a, struct file_id b);

struct file_image {
    atomic_uint holders; /* the last one closes it */
    const char *path;    /* borrowed */
    struct file_id id;
    atomic_int fd;
    uint64_t users;
    uint64_t odd;      /* users who count as disabled, see struct file_line */
    uint64_t odd_line; /* the first of them */
    struct store_decoys decoys;
    struct file_tally tally[SCRAM_MECHANISMS];
    struct file_tally_kind shares[SCRAM_MECHANISMS][FILE_TALLY_SHARES];
    struct file_index index;
};

/*
 * Open a file and read it through.
 *
 * @param path   as long as the image
 * @param owner  whose file it may be, beside root
 * @param image  set on SCRAM_OK alone, with one holder
 * @param id     what was found, damaged or not; all zero: nothing was
 * @return SCRAM_OK, SCRAM_STORE_ABSENT, SCRAM_STORE_FORBIDDEN,
 *         SCRAM_STORE_FAILED, SCRAM_NO_MEMORY
 */
enum scram_status file_image_open(const char *path, uid_t owner,
                                  struct file_image **image, struct file_id *id,
                                  struct sentence *why);

/* Whether a file may be used: it is one, of root or of an account, and nobody
 * else may write to it. */
bool file_image_trusts(const struct stat *st, uid_t owner);

/* What a look-up comes to. */
enum file_found {
    FILE_FOUND,
    FILE_NOBODY,
    FILE_CHANGED, /* the file is no longer what was read; open it anew */
    FILE_BROKEN   /* the system does not let it be read: errno */
};

/* Where a line is that was looked up. */
struct file_span {
    off_t at;
    size_t len; /* with its LF */
};

/* A block that was read. */
struct file_text {
    size_t len; /* 0: none was */
    uint8_t bytes[FILE_BLOCK_MAX];
};

/*
 * Look up a line.
 *
 * @param key    see file_key
 * @param text   what was read, to be wiped afterwards
 * @param line   into @p text; set on FILE_FOUND alone
 * @param place  where it is, or on FILE_NOBODY where it would be put; may be
 *               NULL
 */
enum file_found file_image_find(struct file_image *image, struct slice key,
                                struct file_text *text, struct file_line *line,
                                struct file_span *place);

/*
 * Visit every line with a user.
 *
 * @return SCRAM_OK, what @p visit ended it with, SCRAM_STORE_FAILED,
 *         SCRAM_NO_MEMORY
 */
enum scram_status file_image_visit(struct file_image *image, store_visit *visit,
                                   void *data, struct sentence *why);

/* The descriptor, which is the file's now; -1 when it cannot be: errno, or
 * ESTALE for FILE_CHANGED. */
int file_image_fd(struct file_image *image);

void file_image_hold(struct file_image *image);

/* Open a path for reading, with a number that no program takes for one of its
 * standard streams; -1 and errno. */
int file_image_open_path(const char *path);

/* Say why a file could not be read through. Returns SCRAM_STORE_FAILED or
 * SCRAM_NO_MEMORY. */
enum scram_status file_image_say(const struct file_image *image,
                                 const struct file_scan *scan,
                                 enum scram_status status,
                                 struct sentence *why);

/* Let go of it; NULL is none. */
void file_image_release(struct file_image *image);

#endif
