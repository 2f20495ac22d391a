#include "daemon/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../unit/scratch.h"
#include "../unit/unit.h"
#include "base/big_endian.h"
#include "daemon/seal_file.h"

#define NOW 50000000000
#define HOUR SEAL_KEY_MS

static char folder[256];
static struct sealer sealer;
static struct seal_keys keys;

static void
renew(uint64_t now)
{
    struct sentence why = {""};

    ck_assert_msg(seal_file_renew(folder, now, &keys, &why) == SCRAM_OK, "%s",
                  why.text);
    ck_assert_int_eq(sealer_set(&sealer, &keys), SCRAM_OK);
}

static void
begin(void)
{
    snprintf(folder, sizeof(folder), "%s", scratch_path("XXXXXX"));
    ck_assert_ptr_nonnull(mkdtemp(folder));
    keys = (struct seal_keys){0};
    renew(NOW);
}

static void
end(void)
{
    sealer_end(&sealer);
}

static const struct seal_scope scope = {
    .uid = 33,
    .mechanism = SCRAM_SHA_256,
    .location = {(const uint8_t *)"file:/users", 11},
    .client_first = {(const uint8_t *)"n=alice,r=abc", 13},
    .server_first = {(const uint8_t *)"r=abcdef,s=x,i=1", 16},
};

/* A seal, and what stands behind it for a place to be changed. */
struct made {
    uint8_t bytes[SEAL_LEN + 1];
    size_t len;
};

static struct made
make(uint64_t expiry)
{
    struct made m = {.bytes = {0}};
    struct buffer seal = BUFFER_ARRAY(m.bytes);

    ck_assert_int_eq(seal_make(&sealer, &scope, expiry, &seal), SCRAM_OK);
    m.len = seal.len;
    return m;
}

static enum scram_status
check(const struct made *m, const struct seal_scope *s, uint64_t now)
{
    return seal_check(&sealer, s, (struct slice){m->bytes, m->len}, now);
}

/* It is what the specification says, so that a release that follows can read
 * it. */
START_TEST(it_is_an_epoch_an_expiry_and_a_mac_of_all)
{
    static const uint8_t head[] = "gss-scram seal 1";
    struct secret_key mac;
    uint8_t bytes[256];
    struct buffer text = BUFFER_ARRAY(bytes);
    struct slice part;
    struct made m = make(NOW + 1000);

    ck_assert_uint_eq(m.len, SEAL_LEN);
    ck_assert_uint_eq(big_endian_read(m.bytes, 8), NOW);
    ck_assert_uint_eq(big_endian_read(m.bytes + 8, 8), NOW + 1000);
    buffer_put(&text, (struct slice){head, 16});
    buffer_put(&text, (struct slice){m.bytes, 16});
    buffer_put(&text, SLICE("\0\0\0\41\0"));
    buffer_put(&text, SLICE("\0\0\0\13file:/users"));
    buffer_put(&text, SLICE("\0\0\0\15n=alice,r=abc"));
    buffer_put(&text, SLICE("\0\0\0\20r=abcdef,s=x,i=1"));
    part = buffer_slice(&text);
    ck_assert_int_eq(scram_hmac(SCRAM_SHA_256,
                                SLICE_ARRAY(keys.keys[0].key.data), &part, 1,
                                &mac),
                     SCRAM_OK);
    ck_assert_mem_eq(mac.data, m.bytes + 16, 32);
}
END_TEST

START_TEST(it_holds_until_its_time_is_over)
{
    struct made m = make(NOW + 1000);

    ck_assert_int_eq(check(&m, &scope, NOW), SCRAM_OK);
    ck_assert_int_eq(check(&m, &scope, NOW + 999), SCRAM_OK);
    ck_assert_int_eq(check(&m, &scope, NOW + 1000), SCRAM_TOO_LATE);
    ck_assert_int_eq(check(&m, &scope, UINT64_MAX), SCRAM_TOO_LATE);
}
END_TEST

START_TEST(no_byte_of_it_is_another)
{
    struct made m = make(NOW + 1000);

    m.bytes[_i] ^= 0x80;
    ck_assert_int_eq(check(&m, &scope, NOW), SCRAM_BROKER_ANEW);
}
END_TEST

START_TEST(it_has_its_length)
{
    struct made m = make(NOW + 1000);

    for (m.len = 0; m.len <= SEAL_LEN + 1; m.len++)
        ck_assert_int_eq(check(&m, &scope, NOW),
                         m.len == SEAL_LEN ? SCRAM_OK : SCRAM_BROKER_ANEW);
}
END_TEST

/* What it is for, each in its turn another one; and what has the same bytes
 * one after the other, cut elsewhere. */
static void
change(struct seal_scope *s, int what)
{
    switch (what) {
    case 0:
        s->uid = 34;
        break;
    case 1:
        s->mechanism = SCRAM_SHA_1;
        break;
    case 2:
        s->location = SLICE("file:/userz");
        break;
    case 3:
        s->client_first = SLICE("n=alicf,r=abc");
        break;
    case 4:
        s->server_first = SLICE("r=abcdef,s=y,i=1");
        break;
    case 5:
        s->location = SLICE("file:/usersn");
        s->client_first = SLICE("=alice,r=abc");
        break;
    default:
        s->client_first = SLICE("n=alice,r=abcr");
        s->server_first = SLICE("=abcdef,s=x,i=1");
        break;
    }
}

START_TEST(it_is_for_one_exchange_of_one_account)
{
    struct made m = make(NOW + 1000);
    struct seal_scope other = scope;

    change(&other, _i);
    ck_assert_int_eq(check(&m, &other, NOW), SCRAM_BROKER_ANEW);
}
END_TEST

START_TEST(the_last_two_keys_are_valid)
{
    struct made m = make(NOW + 3 * HOUR);

    ck_assert(!seal_file_is_due(&keys, NOW + HOUR - 1));
    ck_assert(seal_file_is_due(&keys, NOW + HOUR));
    renew(NOW + HOUR);
    ck_assert_int_eq(check(&m, &scope, NOW + HOUR), SCRAM_OK);
    renew(NOW + 2 * HOUR);
    ck_assert_int_eq(check(&m, &scope, NOW + 2 * HOUR), SCRAM_BROKER_ANEW);
}
END_TEST

/* The file. */

static const char *
path(void)
{
    static char text[300];

    snprintf(text, sizeof(text), "%s/seal-keys", folder);
    return text;
}

static size_t
count_read(uint64_t now)
{
    struct seal_keys read;
    struct sentence why;

    seal_file_read(folder, now, &read, &why);
    ck_assert_str_eq(why.text, "");
    ck_assert_mem_eq(&read.keys, &keys.keys, read.count * sizeof(read.keys[0]));
    return read.count;
}

START_TEST(what_is_used_is_in_the_file)
{
    struct stat st;

    ck_assert_int_eq(stat(path(), &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0600);
    ck_assert_uint_eq(count_read(NOW), 1);
    renew(NOW + HOUR);
    ck_assert_uint_eq(count_read(NOW + HOUR), 2);
    renew(NOW + 2 * HOUR);
    ck_assert_uint_eq(count_read(NOW + 2 * HOUR), 2);
}
END_TEST

START_TEST(an_old_key_is_not_read)
{
    renew(NOW + HOUR);
    ck_assert_uint_eq(count_read(NOW + 2 * HOUR - 1), 2);
    ck_assert_uint_eq(count_read(NOW + 2 * HOUR), 1);
    ck_assert_uint_eq(count_read(NOW + 3 * HOUR), 0);
}
END_TEST

static size_t
read_file(uint8_t *bytes, size_t size)
{
    FILE *stream = fopen(path(), "r");
    size_t len;

    ck_assert_ptr_nonnull(stream);
    len = fread(bytes, 1, size, stream);
    fclose(stream);
    return len;
}

static void
write_file(const uint8_t *bytes, size_t len)
{
    FILE *stream = fopen(path(), "w");

    ck_assert_ptr_nonnull(stream);
    ck_assert_uint_eq(fwrite(bytes, 1, len, stream), len);
    ck_assert_int_eq(fclose(stream), 0);
}

/* The clock of the epochs has begun anew since. */
START_TEST(keys_of_another_boot_are_not_read)
{
    uint8_t bytes[512];
    size_t len = read_file(bytes, sizeof(bytes));

    bytes[30] = bytes[30] == '0' ? '1' : '0'; /* of the boot's name */
    write_file(bytes, len);
    ck_assert_uint_eq(count_read(NOW), 0);
}
END_TEST

START_TEST(keys_of_a_time_to_come_are_not_taken)
{
    struct seal_keys read;
    struct sentence why;

    seal_file_read(folder, NOW - 1, &read, &why);
    ck_assert_uint_eq(read.count, 0);
    ck_assert_ptr_nonnull(strstr(why.text, "is damaged"));
}
END_TEST

/* Cut at every length. */
START_TEST(a_file_that_is_cut_is_damaged)
{
    uint8_t bytes[512];
    size_t len = read_file(bytes, sizeof(bytes)), i;
    struct seal_keys read;
    struct sentence why;

    for (i = 0; i < len - 1; i++) {
        write_file(bytes, i);
        seal_file_read(folder, NOW, &read, &why);
        ck_assert_uint_eq(read.count, 0);
        if (i < 23 || i > 60)
            ck_assert_str_ne(why.text, "");
    }
}
END_TEST

START_TEST(a_file_that_others_may_read_is_not_taken)
{
    struct seal_keys read;
    struct sentence why;

    ck_assert_int_eq(chmod(path(), 0640), 0);
    seal_file_read(folder, NOW, &read, &why);
    ck_assert_uint_eq(read.count, 0);
    ck_assert_str_ne(why.text, "");
}
END_TEST

/* What cannot be written is not used. */
START_TEST(keys_that_cannot_be_written_stay_as_they_were)
{
    struct seal_keys before = keys;
    struct sentence why = {""};

    snprintf(folder, sizeof(folder), "%s", scratch_path("missing"));
    ck_assert_int_eq(seal_file_renew(folder, NOW + HOUR, &keys, &why),
                     SCRAM_NO_RESOURCES);
    ck_assert_ptr_nonnull(strstr(why.text, "No such file"));
    ck_assert_mem_eq(&before, &keys, sizeof(keys));
}
END_TEST

static void
add(TCase *tests)
{
    scratch_add_fixture(tests);
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, it_is_an_epoch_an_expiry_and_a_mac_of_all);
    tcase_add_test(tests, it_holds_until_its_time_is_over);
    tcase_add_loop_test(tests, no_byte_of_it_is_another, 0, SEAL_LEN);
    tcase_add_test(tests, it_has_its_length);
    tcase_add_loop_test(tests, it_is_for_one_exchange_of_one_account, 0, 7);
    tcase_add_test(tests, the_last_two_keys_are_valid);
    tcase_add_test(tests, what_is_used_is_in_the_file);
    tcase_add_test(tests, an_old_key_is_not_read);
    tcase_add_test(tests, keys_of_another_boot_are_not_read);
    tcase_add_test(tests, keys_of_a_time_to_come_are_not_taken);
    tcase_add_test(tests, a_file_that_is_cut_is_damaged);
    tcase_add_test(tests, a_file_that_others_may_read_is_not_taken);
    tcase_add_test(tests, keys_that_cannot_be_written_stay_as_they_were);
}

int
main(void)
{
    return unit_run("seal", add, 30);
}
