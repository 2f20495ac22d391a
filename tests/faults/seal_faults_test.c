/*
 * The file of the seal's keys, while each call under it fails in turn: a key is
 * in it, whole, before it is used, and one that was in it is never lost.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../daemon/seal_file.h"
#include "ends.h"
#include "trial.h"

#define NOW ((uint64_t)10 * SEAL_KEY_MS)

static struct seal_keys before, keys;
static char folder[512];

/* One key, in the file. */
static void
begin(void)
{
    struct sentence why = {""};

    snprintf(folder, sizeof(folder), "%s", world_path("state"));
    if (access(folder, F_OK) != 0)
        ck_assert_int_eq(mkdir(folder, 0700), 0);
    remove(world_path("state/seal-keys"));
    before = (struct seal_keys){0};
    ck_assert_msg(seal_file_renew(folder, NOW, &before, &why) == SCRAM_OK, "%s",
                  why.text);
    keys = before;
}

static bool
same(const struct seal_keys *a, const struct seal_keys *b)
{
    size_t i;

    for (i = 0; a->count == b->count && i < a->count; i++)
        if (a->keys[i].epoch != b->keys[i].epoch ||
            memcmp(a->keys[i].key.data, b->keys[i].key.data,
                   sizeof(a->keys[i].key.data)) != 0)
            return false;
    return a->count == b->count;
}

static bool
renew(void)
{
    struct sentence why = {""};

    if (seal_file_renew(folder, NOW + SEAL_KEY_MS, &keys, &why) == SCRAM_OK)
        return true;
    ck_assert_int_ne(why.text[0], '\0');
    ck_assert(same(&keys, &before));
    return false;
}

/* The old one alone, or with the new one: who starts anew has the old one. */
static void
the_key_is_there(void)
{
    struct seal_keys found;
    struct sentence why;

    seal_file_read(folder, NOW + SEAL_KEY_MS, &found, &why);
    ck_assert_str_eq(why.text, "");
    ck_assert_uint_ge(found.count, 1);
    ck_assert_uint_eq(found.keys[found.count - 1].epoch, NOW);
    ck_assert_mem_eq(found.keys[found.count - 1].key.data,
                     before.keys[0].key.data, sizeof(before.keys[0].key.data));
}

/* What is used is in the file. */
static void
finish_renewal(void)
{
    struct seal_keys found;
    struct sentence why;

    if (keys.count != 2)
        return;
    seal_file_read(folder, NOW + SEAL_KEY_MS, &found, &why);
    ck_assert(same(&found, &keys));
}

/* All of the keys or none; the file is as it was. */
static bool
read_keys(void)
{
    struct seal_keys found;
    struct sentence why;

    seal_file_read(folder, NOW, &found, &why);
    ck_assert(found.count == 0 || same(&found, &before));
    return found.count != 0;
}

static void
nothing(void)
{
}

static const struct trial trials[] = {
    {begin, renew, the_key_is_there, finish_renewal},
    {begin, read_keys, the_key_is_there, nothing},
};

START_TEST(a_key_is_in_the_file_before_it_is_used)
{
    trial_run(&trials[_i]);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_loop_test(tests, a_key_is_in_the_file_before_it_is_used, 0,
                        COUNT(trials));
}

int
main(void)
{
    return world_run("seal_faults", add, 120);
}
