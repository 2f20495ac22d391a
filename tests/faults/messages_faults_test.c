/*
 * Messages of an established context, while each call under them fails in turn:
 * the context goes on.
 */
#include "../gss/iov.h"
#include "ends.h"
#include "trial.h"

static struct exchange both;
static gss_buffer_desc token, text;

static gss_buffer_desc hello = {5, (void *)"hello"};

static void
release(void)
{
    OM_uint32 minor;

    gss_release_buffer(&minor, &token);
    gss_release_buffer(&minor, &text);
}

/* A new context for each: the first message derives its keys. */
static void
begin(void)
{
    ends_begin(&both, true);
    ck_assert(ends_run(&both));
}

static void
finish(void)
{
    release();
    ends_release(&both);
}

/*
 * What was made although a call had failed is whole: the other end takes it
 * while calls work. Between these stands the call that does.
 */
static bool
begin_to_take(void)
{
    return fault_where() != NULL && fault_pause();
}

static void
has_taken(bool struck, OM_uint32 major)
{
    if (!struck)
        return;
    ck_assert_msg(major == GSS_S_COMPLETE, "%#x after %s", major,
                  fault_where());
    fault_resume(true);
}

static bool
wrap_and_unwrap(void)
{
    OM_uint32 minor, major;
    bool struck;
    int state;

    release();
    major = gss_wrap(&minor, both.client, 1, GSS_C_QOP_DEFAULT, &hello, &state,
                     &token);
    if (!gave_buffer(major, minor, &token))
        return false;
    struck = begin_to_take();
    major = gss_unwrap(&minor, both.server, &token, &text, &state, NULL);
    has_taken(struck, major);
    if (!gave_buffer(major, minor, &text))
        return false;
    ck_assert(buffer_is(&text, "hello"));
    return true;
}

static bool
sign_and_verify(void)
{
    OM_uint32 minor, major;
    bool struck;

    release();
    major = gss_get_mic(&minor, both.server, GSS_C_QOP_DEFAULT, &hello, &token);
    if (!gave_buffer(major, minor, &token))
        return false;
    struck = begin_to_take();
    major = gss_verify_mic(&minor, both.client, &hello, &token, NULL);
    has_taken(struck, major);
    return !trial_failed(major, minor);
}

static bool
wrap_beside(void)
{
    gss_buffer_desc beside = {6, (void *)"beside"};
    OM_uint32 minor, major;
    bool struck;
    int state;

    release();
    major = gss_wrap_aead(&minor, both.client, 1, GSS_C_QOP_DEFAULT, &beside,
                          &hello, &state, &token);
    if (!gave_buffer(major, minor, &token))
        return false;
    struck = begin_to_take();
    major = gss_unwrap_aead(&minor, both.server, &token, &beside, &text, &state,
                            NULL);
    has_taken(struck, major);
    if (!gave_buffer(major, minor, &text))
        return false;
    ck_assert(buffer_is(&text, "hello"));
    return true;
}

/* Whether a call with buffers that it is to allocate worked; what they hold is
 * released, and there is nothing where it did not. */
static bool
gave_iov(OM_uint32 major, OM_uint32 minor, gss_iov_buffer_desc *iov, int count)
{
    bool failed = trial_failed(major, minor);
    int i;

    for (i = 0; failed && i < count; i++)
        ck_assert_uint_eq(iov[i].type & ALLOCATED, 0);
    return !failed;
}

static bool
wrap_in_parts(void)
{
    char memory[] = "in parts";
    gss_iov_buffer_desc made[] = {
        {H | ALLOCATE, UNSET}, {D, {8, memory}}, {T | ALLOCATE, UNSET}};
    gss_iov_buffer_desc stream[] = {{STREAM, {0, NULL}}, {D | ALLOCATE, UNSET}};
    uint8_t whole[200];
    OM_uint32 minor, major, ignored;
    bool struck, done;
    size_t i;

    major =
        gss_wrap_iov(&minor, both.client, 1, GSS_C_QOP_DEFAULT, NULL, made, 3);
    if (!gave_iov(major, minor, made, 3))
        return false;
    stream[0].buffer.value = whole;
    for (i = 0; i < 3; i++) {
        memcpy(whole + stream[0].buffer.length, made[i].buffer.value,
               made[i].buffer.length);
        stream[0].buffer.length += made[i].buffer.length;
    }
    gss_release_iov_buffer(&ignored, made, 3);
    struck = begin_to_take();
    major = gss_unwrap_iov(&minor, both.server, NULL, NULL, stream, 2);
    has_taken(struck, major);
    done = gave_iov(major, minor, stream, 2);
    gss_release_iov_buffer(&ignored, stream, 2);
    return done;
}

static bool
sign_in_parts(void)
{
    char memory[] = "in parts";
    gss_iov_buffer_desc iov[] = {{D, {8, memory}}, {MIC | ALLOCATE, UNSET}};
    OM_uint32 minor, major, ignored;
    bool struck;

    major = gss_get_mic_iov(&minor, both.client, GSS_C_QOP_DEFAULT, iov, 2);
    if (!gave_iov(major, minor, iov, 2))
        return false;
    struck = begin_to_take();
    major = gss_verify_mic_iov(&minor, both.server, NULL, iov, 2);
    has_taken(struck, major);
    gss_release_iov_buffer(&ignored, iov, 2);
    return !trial_failed(major, minor);
}

static bool
derive(void)
{
    OM_uint32 minor, major;

    release();
    major = gss_pseudo_random(&minor, both.client, GSS_C_PRF_KEY_FULL, &hello,
                              40, &token);
    return gave_buffer(major, minor, &token);
}

static bool
sized(void)
{
    OM_uint32 minor, most,
        major = gss_wrap_size_limit(&minor, both.client, 1, GSS_C_QOP_DEFAULT,
                                    1000, &most);

    return !trial_failed(major, minor);
}

/* All of them, each with its own keys. */
static bool
everything(void)
{
    return wrap_and_unwrap() && sign_and_verify() && wrap_beside() &&
           wrap_in_parts() && sign_in_parts() && derive() && sized();
}

/* Both ends go on. What was sent may be missing: a message that could not be
 * made has taken its number. */
static void
both_go_on(void)
{
    OM_uint32 minor, major;
    int state;

    release();
    ck_assert_uint_eq(gss_wrap(&minor, both.client, 1, GSS_C_QOP_DEFAULT,
                               &hello, &state, &token),
                      GSS_S_COMPLETE);
    major = gss_unwrap(&minor, both.server, &token, &text, &state, NULL);
    ck_assert(major == GSS_S_COMPLETE || major == GSS_S_GAP_TOKEN);
    ck_assert(buffer_is(&text, "hello"));
}

START_TEST(a_message_that_fails_harms_no_other)
{
    const struct trial trial = {begin, everything, both_go_on, finish};

    trial_run(&trial);
}
END_TEST

static bool
wrap_alone(void)
{
    OM_uint32 minor, major = gss_wrap(&minor, both.client, 1, GSS_C_QOP_DEFAULT,
                                      &hello, NULL, &token);

    return gave_buffer(major, minor, &token);
}

static void
begin_with_token(void)
{
    begin();
    ck_assert(wrap_alone());
}

static bool
unwrap_alone(void)
{
    OM_uint32 minor,
        major = gss_unwrap(&minor, both.server, &token, &text, NULL, NULL);

    return gave_buffer(major, minor, &text);
}

static void
it_is_no_replay(void)
{
    ck_assert(unwrap_alone());
}

START_TEST(a_token_is_good_until_it_was_unwrapped)
{
    const struct trial trial = {begin_with_token, unwrap_alone, it_is_no_replay,
                                finish};

    trial_run(&trial);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_checked_fixture(tests, ends_configure, NULL);
    tcase_add_test(tests, a_message_that_fails_harms_no_other);
    tcase_add_test(tests, a_token_is_good_until_it_was_unwrapped);
}

int
main(void)
{
    return world_run("messages_faults", add, 300);
}
