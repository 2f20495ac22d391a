/*
 * gss-scramd's own store: a key, a record, and a file in which the input has
 * changed bytes. What is read is written again as it was; a file that passes
 * lmdb_check is one that LMDB gets through.
 */
#include "fuzz.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/big_endian.h"
#include "daemon/lmdb/check.h"
#include "daemon/lmdb/meta.h"
#include "daemon/lmdb/record.h"

const size_t fuzz_input_max = LMDB_RECORD_MAX + FUZZ_OVER;

enum { USERS = 300, FILE_MAX = 1 << 18 };

static uint8_t file[FILE_MAX];
static size_t file_len;

/* FNV-1a, as record.h has it. */
static uint64_t
check_of(struct slice key, struct slice body)
{
    uint64_t check = 0xcbf29ce484222325u;
    size_t i;

    for (i = 0; i < key.len + body.len; i++)
        check = (check ^ (i < key.len ? key.data[i] : body.data[i - key.len])) *
                0x100000001b3u;
    return check;
}

static void
key(struct slice bytes)
{
    uint8_t memory[LMDB_KEY_MAX];
    struct buffer again = BUFFER_ARRAY(memory);
    struct slice user;
    enum scram_mechanism mechanism;

    if (!lmdb_key_read(bytes, &mechanism, &user))
        return;
    FUZZ_CHECK(fuzz_is_within(user, bytes) && user.len > 0 &&
               user.len <= SCRAM_USER_MAX);
    lmdb_key_write(mechanism, user, &again);
    FUZZ_CHECK(slice_equal(buffer_slice(&again), bytes));
}

/* The input's first byte says for which mechanism; the check is put behind it,
 * as no luck would guess it. */
static void
record(struct slice rest)
{
    static uint8_t memory[LMDB_RECORD_MAX];
    uint8_t key_memory[LMDB_KEY_MAX], check[8];
    struct buffer again = BUFFER_ARRAY(memory), k = BUFFER_ARRAY(key_memory);
    enum scram_mechanism mechanism =
        fuzz_byte(&rest) % 2 ? SCRAM_SHA_1 : SCRAM_SHA_256;
    struct lmdb_record r = {.changed = 7};
    uint8_t *whole = malloc(rest.len + 8);
    struct slice bytes = {whole, rest.len + 8};

    FUZZ_CHECK(whole != NULL);
    lmdb_key_write(mechanism, SLICE("alice"), &k);
    FUZZ_CHECK(!lmdb_record_read(buffer_slice(&k), rest, &r) || rest.len > 8);
    if (rest.len > 0)
        memcpy(whole, rest.data, rest.len);
    big_endian_write(check, 8, check_of(buffer_slice(&k), rest));
    memcpy(whole + rest.len, check, 8);
    if (lmdb_record_read(buffer_slice(&k), bytes, &r)) {
        FUZZ_CHECK(r.verifier.mechanism == mechanism &&
                   r.verifier.iterations != 0 && r.verifier.salt_len != 0);
        FUZZ_CHECK(groups_check(groups_slice(&r.verifier.groups)));
        lmdb_record_write(buffer_slice(&k), &r, &again);
        FUZZ_CHECK(slice_equal(buffer_slice(&again), bytes));
        FUZZ_CHECK(!lmdb_record_has_earlier(&r, 0) || r.replaced == 0);
    }
    free(whole);
}

static void
ok(int rc)
{
    FUZZ_CHECK(rc == 0);
}

static void
put(MDB_txn *txn, MDB_dbi dbi, unsigned n)
{
    struct lmdb_record r = {.verifier = {.iterations = 4096, .salt_len = 16}};
    uint8_t k_memory[LMDB_KEY_MAX], memory[LMDB_RECORD_MAX];
    struct buffer k = BUFFER_ARRAY(k_memory), bytes = BUFFER_ARRAY(memory);
    MDB_val name, value;
    char user[32];

    snprintf(user, sizeof(user), "user%05u", n);
    lmdb_key_write(SCRAM_SHA_256, slice_of(user), &k);
    lmdb_record_write(buffer_slice(&k), &r, &bytes);
    name = lmdb_val(buffer_slice(&k));
    value = lmdb_val(buffer_slice(&bytes));
    ok(mdb_put(txn, dbi, &name, &value, 0));
}

/* Make a file with branches, leaves, a value that has pages of its own, and
 * free pages. */
void
fuzz_prepare(void)
{
    const char *path = fuzz_path("made");
    struct file_tally tally = {0};
    struct secret_key secret = {"decoys"};
    MDB_txn *txn;
    MDB_env *env;
    MDB_dbi dbi;
    unsigned i, n;
    ssize_t len;
    int fd;

    for (i = 0; i < 700; i++)
        FUZZ_CHECK(file_tally_add(&tally, 4096 + i, 16));
    ok(mdb_env_create(&env));
    ok(mdb_env_open(env, path, MDB_NOSUBDIR | MDB_NOLOCK, 0600));
    for (i = 0; i < 4; i++) {
        ok(mdb_txn_begin(env, NULL, 0, &txn));
        ok(mdb_dbi_open(txn, NULL, 0, &dbi));
        ok(lmdb_meta_write_format(txn, dbi));
        ok(lmdb_meta_write_decoy_key(txn, dbi, &secret));
        ok(lmdb_meta_write_tally(txn, dbi, SCRAM_SHA_256, &tally));
        for (n = i; n < USERS; n += 4)
            put(txn, dbi, n);
        ok(mdb_txn_commit(txn));
    }
    mdb_env_close(env);
    file_tally_clear(&tally);
    fd = open(path, O_RDONLY);
    len = read(fd, file, sizeof(file));
    FUZZ_CHECK(len > 0 && len < FILE_MAX);
    file_len = (size_t)len;
    close(fd);
}

/* Have LMDB go through a file. */
static void
go_through(const char *path)
{
    struct file_tally tally = {0};
    struct secret_key secret;
    uint32_t version;
    MDB_cursor *cursor;
    MDB_val k, value;
    MDB_txn *txn;
    MDB_env *env;
    MDB_dbi dbi;
    int rc;

    ok(mdb_env_create(&env));
    if (mdb_env_open(env, path, MDB_NOSUBDIR | MDB_NOLOCK, 0600) == 0) {
        ok(mdb_txn_begin(env, NULL, 0, &txn));
        ok(mdb_dbi_open(txn, NULL, 0, &dbi));
        (void)lmdb_meta_read_format(txn, dbi, &version);
        (void)lmdb_meta_read_decoy_key(txn, dbi, &secret);
        (void)lmdb_meta_read_tally(txn, dbi, SCRAM_SHA_256, &tally);
        ok(mdb_cursor_open(txn, dbi, &cursor));
        while ((rc = mdb_cursor_get(cursor, &k, &value, MDB_NEXT)) == 0) {
            struct lmdb_record r;

            (void)lmdb_record_read(lmdb_slice(k), lmdb_slice(value), &r);
        }
        mdb_cursor_close(cursor);
        put(txn, dbi, 17);
        put(txn, dbi, USERS);
        (void)mdb_txn_commit(txn);
    }
    mdb_env_close(env);
    file_tally_clear(&tally);
}

/* Each four bytes are a place and what is changed there; a place behind the end
 * of the file cuts it. */
static void
changed_file(struct slice rest)
{
    static uint8_t bytes[FILE_MAX];
    struct sentence why = {""};
    enum scram_status status;
    const char *path;
    size_t len = file_len;
    int fd;

    memcpy(bytes, file, file_len);
    while (rest.len >= 4) {
        size_t at = (size_t)fuzz_number(&rest, 3);
        uint8_t with = fuzz_byte(&rest);

        if (at >= file_len)
            len = at % file_len; /* cut */
        else
            bytes[at] ^= with;
    }
    path = fuzz_file("changed", (struct slice){bytes, len});
    fd = open(path, O_RDONLY);
    status = lmdb_check(path, fd, &why);
    close(fd);
    FUZZ_CHECK(status == SCRAM_OK || why.text[0] != '\0');
    if (status == SCRAM_OK)
        go_through(path);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = {data, size};
    uint8_t which = fuzz_byte(&rest);
    struct slice copy = fuzz_copy(rest);

    if (which == 'f')
        changed_file(copy);
    else if (which == 'k')
        key(copy);
    else
        record(copy);
    fuzz_free(copy);
    return 0;
}
