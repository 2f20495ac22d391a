/*
 * A file of users: its first line, any line, and all of it. What is read is
 * written again as it was, and a file that is taken is in order.
 */
#include "fuzz.h"

#include <sys/mman.h>
#include <unistd.h>

#include "store/file_scan.h"

/* More than file_scan reads at once. */
const size_t fuzz_input_max = 64 * FILE_LINE_MAX + FUZZ_OVER;

/* Groups are written as they were. */
static void
check_groups(const struct file_line *l, const struct groups *groups)
{
    static uint8_t memory[3 * GROUPS_TEXT_MAX], read_memory[GROUPS_TEXT_MAX];
    struct buffer text = BUFFER_ARRAY(memory), read = BUFFER_ARRAY(read_memory);

    if (l->odd)
        return;
    file_value_write(groups_slice(groups), &text);
    FUZZ_CHECK(slice_equal(buffer_slice(&text), l->groups));
    FUZZ_CHECK(file_value_read(l->groups, &read));
    FUZZ_CHECK(slice_equal(buffer_slice(&read), groups_slice(groups)));
}

/* What a line's parser takes is written again as it was, and what the verifier
 * in it is, scram_verifier_parse says too. */
static void
line(struct slice bytes)
{
    static uint8_t memory[FILE_LINE_MAX + 1];
    uint8_t user_memory[SCRAM_USER_MAX], name_memory[FILE_NAME_MAX];
    uint8_t key_memory[FILE_KEY_MAX];
    struct buffer text = BUFFER_ARRAY(memory), user = BUFFER_ARRAY(user_memory);
    struct buffer name = BUFFER_ARRAY(name_memory);
    struct buffer key = BUFFER_ARRAY(key_memory);
    struct file_line l = {.iterations = 7};
    struct scram_verifier v;
    struct slice rest, one;
    int order;

    (void)file_line_compare(bytes, SLICE("alice\2"), &order);
    if (file_line_parse(bytes, &l) != FILE_SOUND) {
        FUZZ_CHECK(l.iterations == 7);
        return;
    }
    FUZZ_CHECK(bytes.len <= FILE_LINE_MAX && fuzz_is_within(l.name, bytes) &&
               fuzz_is_within(l.verifier, bytes) &&
               (l.keys.len == 0 || fuzz_is_within(l.keys, bytes)));
    FUZZ_CHECK(file_name_read(l.name, &user));
    file_name_write(buffer_slice(&user), &name);
    FUZZ_CHECK(slice_equal(buffer_slice(&name), l.name));
    file_key(l.name, l.mechanism, &key);
    FUZZ_CHECK(file_line_compare(bytes, buffer_slice(&key), &order) &&
               order == 0);
    FUZZ_CHECK(file_line_verifier(&l, &v) == SCRAM_OK);
    FUZZ_CHECK(v.enabled == (!l.barred && !l.odd));
    FUZZ_CHECK(v.mechanism == l.mechanism && v.iterations == l.iterations &&
               v.salt_len == l.salt_len);
    FUZZ_CHECK(v.expires == l.expires && (!l.misdated || v.expires == 1));
    FUZZ_CHECK(groups_check(groups_slice(&v.groups)) &&
               (v.groups.len == 0 || !l.odd));
    check_groups(&l, &v.groups);
    v.enabled = !l.barred;
    file_line_format(l.name, &v, l.keys, &text);
    FUZZ_CHECK(text.len == bytes.len + 1 &&
               slice_starts_with(buffer_slice(&text), bytes));
    for (rest = l.keys; file_line_next_key(&rest, &one);)
        FUZZ_CHECK(one.len >= 3 && one.data[0] == ' ');
    FUZZ_CHECK(rest.len == 0);
}

static void
header(struct slice bytes)
{
    uint8_t memory[FILE_HEADER_LEN + 1];
    struct buffer text = BUFFER_ARRAY(memory);
    struct secret_key key;

    if (file_header_parse(bytes, &key) != FILE_SOUND)
        return;
    file_header_format(&key, &text);
    FUZZ_CHECK(text.len == bytes.len + 1 &&
               slice_starts_with(buffer_slice(&text), bytes));
}

struct seen {
    uint8_t last[FILE_KEY_MAX];
    size_t last_len;
    off_t end;
};

/* file_scan_visit: keys ascend, and so do places. */
static enum scram_status
see(void *data, const struct file_scan *scan, const struct file_line *l)
{
    uint8_t memory[FILE_KEY_MAX];
    struct buffer key = BUFFER_ARRAY(memory);
    struct seen *seen = data;

    file_key(l->name, l->mechanism, &key);
    FUZZ_CHECK(seen->last_len == 0 ||
               file_key_compare((struct slice){seen->last, seen->last_len},
                                buffer_slice(&key)) < 0);
    FUZZ_CHECK(scan->number > 1 && scan->at >= seen->end &&
               scan->len <= FILE_LINE_MAX + 1);
    memcpy(seen->last, key.data, key.len);
    seen->last_len = key.len;
    seen->end = scan->at + (off_t)scan->len;
    return SCRAM_OK;
}

/* A file whose header is right, as no luck would guess it, or as it comes. */
static void
whole(struct slice bytes, bool with_header)
{
    static const struct secret_key key;
    uint8_t memory[FILE_HEADER_LEN + 1];
    struct buffer text = BUFFER_ARRAY(memory);
    struct seen seen = {.last_len = 0};
    struct file_scan scan = {.fd = memfd_create("users", MFD_CLOEXEC)};
    enum scram_status status;

    file_header_format(&key, &text);
    FUZZ_CHECK(scan.fd >= 0);
    if (with_header)
        FUZZ_CHECK(write(scan.fd, memory, text.len) == (ssize_t)text.len);
    FUZZ_CHECK(write(scan.fd, bytes.data, bytes.len) == (ssize_t)bytes.len);
    status = file_scan(&scan, see, &seen);
    FUZZ_CHECK((status == SCRAM_OK) == (scan.damage == FILE_SOUND));
    FUZZ_CHECK(scan.error == 0 && file_damage_text(scan.damage)[0] != '\0');
    FUZZ_CHECK(status != SCRAM_OK || bytes.len == 0 ||
               bytes.data[bytes.len - 1] == '\n');
    close(scan.fd);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = {data, size}, bytes;
    uint8_t which = fuzz_byte(&rest);

    bytes = fuzz_copy(rest);
    switch (which) {
    case 'h':
        header(bytes);
        break;
    case 'l':
        line(bytes);
        break;
    default:
        whole(bytes, which == 'f');
    }
    fuzz_free(bytes);
    return 0;
}
