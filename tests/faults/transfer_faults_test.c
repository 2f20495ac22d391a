/*
 * A context that goes from one process to another, while each call under that
 * fails in turn.
 */
#include "ends.h"
#include "trial.h"

static struct exchange both;
static gss_buffer_desc token;
static gss_ctx_id_t *moving;

/* Export and import; where the one fails the context stays, and where the other
 * does its token is as good as before. */
static bool
move(void)
{
    gss_ctx_id_t before = *moving;
    OM_uint32 minor, major;

    if (token.length == 0) {
        major = gss_export_sec_context(&minor, moving, &token);
        if (!gave_buffer(major, minor, &token)) {
            ck_assert_ptr_eq(*moving, before);
            return false;
        }
        ck_assert_ptr_null(*moving);
    }
    major = gss_import_sec_context(&minor, &token, moving);
    if (trial_failed(major, minor)) {
        ck_assert_ptr_null(*moving);
        return false;
    }
    ends_assert_whole(&both);
    return true;
}

static void
move_again(void)
{
    ck_assert(move());
}

static void
begin_established(void)
{
    ends_begin(&both, true);
    ck_assert(ends_run(&both));
    moving = &both.server;
}

static void
begin_established_client(void)
{
    begin_established();
    moving = &both.client;
}

static void
release(void)
{
    OM_uint32 minor;

    gss_release_buffer(&minor, &token);
    ends_release(&both);
}

static const struct trial trials[] = {
    {begin_established, move, move_again, release},
    {begin_established_client, move, move_again, release},
};

START_TEST(a_context_is_here_or_there)
{
    trial_run(&trials[_i]);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_checked_fixture(tests, ends_configure, NULL);
    tcase_add_loop_test(tests, a_context_is_here_or_there, 0, COUNT(trials));
}

int
main(void)
{
    return world_run("transfer_faults", add, 300);
}
