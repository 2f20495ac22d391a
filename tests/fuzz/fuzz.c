#include "fuzz.h"

#include <fcntl.h>
#include <ftw.h>
#include <unistd.h>

#include "base/big_endian.h"

void
fuzz_failed(const char *file, int line, const char *property)
{
    fprintf(stderr, "%s:%d: this does not hold: %s\n", file, line, property);
    abort();
}

/* For targets that have nothing to prepare. */
__attribute__((weak)) void
fuzz_prepare(void)
{
}

/* libFuzzer calls it before it reads its options. */
int LLVMFuzzerInitialize(int *argc, char ***argv);

/* The limit becomes the first option, so that one that is given counts. */
int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static char option[64];
    char **words = calloc((size_t)*argc + 2, sizeof(*words));

    FUZZ_CHECK(words != NULL);
    snprintf(option, sizeof(option), "-max_len=%zu", fuzz_input_max);
    words[0] = (*argv)[0];
    words[1] = option;
    memcpy(words + 2, *argv + 1, (size_t)(*argc - 1) * sizeof(*words));
    *argv = words;
    ++*argc;
    fuzz_prepare();
    return 0;
}

static struct slice
take(struct slice *rest, size_t len)
{
    struct slice taken = {rest->data, len < rest->len ? len : rest->len};

    if (taken.len != 0)
        rest->data += taken.len;
    rest->len -= taken.len;
    return taken;
}

uint8_t
fuzz_byte(struct slice *rest)
{
    return (uint8_t)fuzz_number(rest, 1);
}

uint64_t
fuzz_number(struct slice *rest, size_t len)
{
    struct slice bytes = take(rest, len);

    return big_endian_read(bytes.data, bytes.len);
}

struct slice
fuzz_line(struct slice *rest)
{
    const uint8_t *end =
        rest->len == 0 ? NULL : memchr(rest->data, '\n', rest->len);
    struct slice line;

    if (end == NULL)
        return take(rest, rest->len);
    line = take(rest, (size_t)(end - rest->data));
    take(rest, 1);
    return line;
}

struct slice
fuzz_first(struct slice s, size_t len)
{
    return take(&s, len);
}

struct slice
fuzz_block(struct slice *rest)
{
    size_t len = (size_t)fuzz_number(rest, 2);

    return take(rest, len);
}

struct slice
fuzz_copy(struct slice s)
{
    uint8_t *bytes = malloc(s.len == 0 ? 1 : s.len);

    FUZZ_CHECK(bytes != NULL);
    if (s.len != 0)
        memcpy(bytes, s.data, s.len);
    return (struct slice){bytes, s.len};
}

void
fuzz_free(struct slice s)
{
    free((void *)(uintptr_t)s.data);
}

bool
fuzz_is_within(struct slice part, struct slice whole)
{
    return part.data >= whole.data &&
           part.data + part.len <= whole.data + whole.len;
}

void
fuzz_fill_in(struct slice text, const struct slice *words, size_t count,
             struct buffer *out)
{
    size_t i;

    for (i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];

        if (c >= 1 && c <= count)
            buffer_put(out, words[c - 1]);
        else
            buffer_put(out, (struct slice){text.data + i, 1});
    }
}

bool
fuzz_edit(struct slice *rest, uint8_t *bytes, size_t len)
{
    struct slice before = fuzz_copy((struct slice){bytes, len});
    size_t edits = fuzz_byte(rest), i;
    bool changed;

    for (i = 0; i < edits && rest->len != 0 && len != 0; i++) {
        size_t at = (size_t)fuzz_number(rest, 2) % len;

        bytes[at] ^= fuzz_byte(rest);
    }
    changed = !slice_equal(before, (struct slice){bytes, len});
    fuzz_free(before);
    return changed;
}

static char folder[256];

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static void
remove_folder(void)
{
    nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

const char *
fuzz_path(const char *name)
{
    static char paths[4][512];
    static unsigned next;
    const char *tmp = getenv("TMPDIR");
    char *path = paths[next++ % 4];

    if (folder[0] == '\0') {
        snprintf(folder, sizeof(folder), "%s/gss-scram-fuzz.XXXXXX",
                 tmp == NULL ? "/tmp" : tmp);
        FUZZ_CHECK(mkdtemp(folder) != NULL);
        atexit(remove_folder);
    }
    snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
    return path;
}

const char *
fuzz_file(const char *name, struct slice text)
{
    const char *path = fuzz_path(name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    FUZZ_CHECK(fd >= 0);
    FUZZ_CHECK(write(fd, text.data, text.len) == (ssize_t)text.len);
    close(fd);
    return path;
}
