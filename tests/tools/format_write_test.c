/*
 * Users as they leave, in each format: whatever their state, and with each part
 * as short and as long as there is, they are read as they were, or they are not
 * written at all.
 */
#include "../unit/unit.h"

#include <string.h>
#include <time.h>

#include "tools/format.h"

#define BASE "example.org"

static const struct format *const formats[] = {
    &format_csv,    &format_dovecot,   &format_ejabberd,   &format_ldif,
    &format_pbkdf2, &format_pgbouncer, &format_postgresql, &format_xep0227,
};

static const size_t salt_lens[] = {1,  2,  3,  15, 16,
                                   17, 31, 32, 63, SCRAM_SALT_MAX};
static const size_t user_lens[] = {1, 2, 63, 255, SCRAM_USER_MAX};
static const uint32_t counts[] = {SCRAM_ITERATIONS_MIN, 10000, INT32_MAX};

static struct scram_verifier
verifier(enum scram_mechanism mechanism, bool enabled, size_t salt_len,
         uint32_t count)
{
    struct scram_verifier v = {.mechanism = mechanism,
                               .iterations = count,
                               .salt_len = (uint8_t)salt_len,
                               .enabled = enabled};
    size_t i, len = scram_hash_len(mechanism);

    for (i = 0; i < salt_len; i++)
        v.salt[i] = (uint8_t)(255 - i);
    for (i = 0; i < len; i++) {
        v.stored_key.data[i] = (uint8_t)(i * 8);
        v.server_key.data[i] = (uint8_t)(255 - i);
    }
    return v;
}

/* What a format without days and groups has of a user who may log in. */
static struct scram_verifier
bare(const struct format *format, const struct scram_verifier *v, uint64_t now)
{
    struct scram_verifier bare = *v;

    if (format->facts)
        return *v;
    bare.enabled = v->enabled && !scram_verifier_is_expired(v, now);
    bare.expires = 0;
    bare.groups = (struct groups){.len = 0};
    return bare;
}

static void
check_read(const struct format *format, FILE *file, struct slice user,
           const struct scram_verifier *v)
{
    struct source *source = calloc(1, sizeof(*source));
    size_t len = scram_hash_len(v->mechanism);
    struct sentence why = {""};
    struct record record;

    ck_assert_ptr_nonnull(source);
    source->input.file = file;
    ck_assert_msg(format->read(source, &record, &why) == FORMAT_RECORD,
                  "%s, %zu bytes of salt, a name of %zu: %s", format->name,
                  (size_t)v->salt_len, user.len, why.text);
    ck_assert(slice_equal(record.user, user));
    ck_assert_ptr_null(record.password.data);
    ck_assert_int_eq(record.disabled, !v->enabled);
    ck_assert_int_eq(record.verifier.enabled, v->enabled);
    ck_assert_int_eq(record.verifier.mechanism, v->mechanism);
    ck_assert_uint_eq(record.verifier.iterations, v->iterations);
    ck_assert_uint_eq(record.verifier.salt_len, v->salt_len);
    ck_assert_mem_eq(record.verifier.salt, v->salt, v->salt_len);
    ck_assert_mem_eq(record.verifier.stored_key.data, v->stored_key.data, len);
    ck_assert_mem_eq(record.verifier.server_key.data, v->server_key.data, len);
    ck_assert_uint_eq(record.verifier.expires, v->expires);
    ck_assert(slice_equal(groups_slice(&record.verifier.groups),
                          groups_slice(&v->groups)));
    ck_assert_int_eq(format->read(source, &record, &why), FORMAT_END);
    source_clear(source);
    free(source);
}

/* @return whether the format has such users */
static bool
write_and_read(const struct format *format, struct slice user,
               const struct scram_verifier *v)
{
    uint64_t now = (uint64_t)time(NULL);
    struct scram_verifier expected = bare(format, v, now);
    char *text = NULL;
    size_t size = 0;
    long before;
    FILE *stream = open_memstream(&text, &size);
    bool written;

    ck_assert_ptr_nonnull(stream);
    ck_assert(format->begin == NULL || format->begin(stream, BASE));
    before = ftell(stream);
    written = format_put(format, stream, user, v, BASE, now);
    ck_assert_msg(written || ftell(stream) == before,
                  "%s writes of who is left out", format->name);
    if (format->end != NULL)
        format->end(stream);
    fclose(stream);
    if (format == &format_dovecot) /* which knows no day */
        ck_assert_int_eq(strstr(text, "nologin") != NULL,
                         !v->enabled || scram_verifier_is_expired(v, now));
    if (written) {
        stream = fmemopen(text, size, "r");
        ck_assert_ptr_nonnull(stream);
        check_read(format, stream, user, &expected);
        fclose(stream);
    }
    free(text);
    return written;
}

START_TEST(users_are_read_as_they_were_written)
{
    const struct format *format = formats[_i];
    static uint8_t name[SCRAM_USER_MAX];
    size_t salt, user, count, written = 0;
    int state;

    memset(name, 'u', sizeof(name));
    if (format->write == NULL)
        return;
    for (state = 0; state < 2 * SCRAM_MECHANISMS; state++)
        for (salt = 0; salt < COUNT(salt_lens); salt++)
            for (user = 0; user < COUNT(user_lens); user++)
                for (count = 0; count < COUNT(counts); count++) {
                    struct scram_verifier v = verifier(
                        (enum scram_mechanism)(state / 2), state % 2 == 0,
                        salt_lens[salt], counts[count]);

                    written += write_and_read(
                        format, (struct slice){name, user_lens[user]}, &v);
                }
    ck_assert_uint_ne(written, 0);
}
END_TEST

#define DAY UINT64_C(86400) /* seconds */

/* Who may not log in here may not do so elsewhere, and the other way round. */
START_TEST(a_state_is_read_as_it_was_written)
{
    static const uint64_t days[] = {0, 20000 * DAY, 80000 * DAY};
    static const struct slice groups[] = {SLICE(""), SLICE("web"),
                                          SLICE("web,Domain Users,a=%b")};
    const struct format *format = formats[_i];
    size_t state;

    if (format->write == NULL)
        return;
    for (state = 0; state < 2 * COUNT(days) * COUNT(groups); state++) {
        struct scram_verifier v =
            verifier(SCRAM_SHA_256, state % 2 == 0, 16, 4096);
        bool in;

        v.expires = days[state / 2 % COUNT(days)];
        ck_assert(groups_set(&v.groups, groups[state / 2 / COUNT(days)]));
        in = v.enabled && v.expires != days[1];
        ck_assert_int_eq(write_and_read(format, SLICE("carol"), &v),
                         in || format == &format_dovecot ||
                             format == &format_ldif);
    }
}
END_TEST

/* A file of the first user, whatever the name, is no other kind of file. */
START_TEST(a_name_of_psql_s_columns_is_a_user_s_too)
{
    static const struct slice names[] = {SLICE("rolname"), SLICE("rolpassword"),
                                         SLICE("usename"), SLICE("passwd"),
                                         SLICE("user"),    SLICE("dn")};
    const struct format *format = formats[_i];
    struct scram_verifier v = verifier(SCRAM_SHA_256, true, 16, 4096);
    size_t i;

    for (i = 0; i < COUNT(names) && format->write != NULL; i++)
        ck_assert(write_and_read(format, names[i], &v));
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_loop_test(tests, a_state_is_read_as_it_was_written, 0,
                        COUNT(formats));
    tcase_add_loop_test(tests, a_name_of_psql_s_columns_is_a_user_s_too, 0,
                        COUNT(formats));
    tcase_add_loop_test(tests, users_are_read_as_they_were_written, 0,
                        COUNT(formats));
}

int
main(void)
{
    return unit_run("format write", add, 60);
}
