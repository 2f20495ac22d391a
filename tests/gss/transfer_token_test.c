/*
 * Tokens that no export has made: they are refused, and whatever one of them is
 * taken for after all is a context like any other.
 */
#include "transfer.h"

/* An exported context of either side, of which the mechanism wrote the part
 * from *start on. */
static gss_buffer_desc
token_of(int kind, size_t *start)
{
    struct handshake h;
    gss_buffer_desc token;

    handshake_begin(&h, &sha_256, "alice", "wonderland");
    handshake_run(&h);
    token = export_token(kind == 0 ? &h.client : &h.server);
    *start = 4 + sha_256.length;
    ck_assert_uint_gt(token.length, *start);
    handshake_end(&h);
    return token;
}

/* Import it; a context that comes of it answers and goes. */
static OM_uint32
import_one(gss_buffer_t token)
{
    gss_buffer_desc message = {1, (void *)"m"}, protected;
    gss_ctx_id_t context;
    OM_uint32 minor, ignored, flags, major;

    major = gss_import_sec_context(&minor, token, &context);
    if (major != GSS_S_COMPLETE) {
        ck_assert_ptr_null(context);
        return major;
    }
    ck_assert_uint_eq(gss_inquire_context(&minor, context, NULL, NULL, NULL,
                                          NULL, &flags, NULL, NULL),
                      GSS_S_COMPLETE);
    if (gss_wrap(&minor, context, 1, 0, &message, NULL, &protected) ==
        GSS_S_COMPLETE)
        gss_release_buffer(&ignored, &protected);
    gss_delete_sec_context(&minor, &context, NULL);
    return major;
}

static bool
is_refusal_of_a_token(OM_uint32 major)
{
    return major == GSS_S_DEFECTIVE_TOKEN ||
           major == (GSS_S_CALL_BAD_STRUCTURE | GSS_S_DEFECTIVE_TOKEN) ||
           major == (GSS_S_CALL_INACCESSIBLE_READ | GSS_S_DEFECTIVE_TOKEN) ||
           major == GSS_S_BAD_MECH;
}

/* In memory of just that length, so that a byte too far is found. */
static OM_uint32
import_bytes(const void *bytes, size_t len)
{
    gss_buffer_desc copy = {len, malloc(len == 0 ? 1 : len)};
    OM_uint32 major;

    ck_assert_ptr_nonnull(copy.value);
    memcpy(copy.value, bytes, len);
    major = import_one(&copy);
    free(copy.value);
    return major;
}

START_TEST(no_prefix_is_a_token)
{
    size_t start, len;
    gss_buffer_desc token = token_of(_i, &start);
    OM_uint32 minor;

    for (len = 0; len < token.length; len++)
        ck_assert(is_refusal_of_a_token(import_bytes(token.value, len)));
    gss_release_buffer(&minor, &token);
}
END_TEST

START_TEST(nothing_may_follow_a_token)
{
    size_t start;
    gss_buffer_desc token = token_of(_i, &start);
    uint8_t *more = calloc(1, token.length + 1);
    OM_uint32 minor;

    ck_assert_ptr_nonnull(more);
    memcpy(more, token.value, token.length);
    ck_assert_uint_eq(import_bytes(more, token.length + 1),
                      GSS_S_DEFECTIVE_TOKEN);
    free(more);
    gss_release_buffer(&minor, &token);
}
END_TEST

static const uint8_t changes[] = {0x01, 0x80, 0xff};

START_TEST(no_changed_byte_does_harm)
{
    size_t start, at, i;
    OM_uint32 minor, major;

    gss_buffer_desc token = token_of(_i, &start);
    uint8_t *bytes = token.value;

    for (at = start; at < token.length; at++) {
        for (i = 0; i < sizeof(changes); i++) {
            bytes[at] ^= changes[i];
            major = import_bytes(bytes, token.length);
            ck_assert(major == GSS_S_COMPLETE ||
                      major == GSS_S_DEFECTIVE_TOKEN);
            bytes[at] ^= changes[i];
        }
    }
    gss_release_buffer(&minor, &token);
}
END_TEST

/* The bytes that say what the rest is: version, initiates, mechanism, audit. */
START_TEST(what_is_out_of_range_is_refused_in_words)
{
    size_t start, at;
    gss_buffer_desc token = token_of(_i, &start);
    gss_ctx_id_t context;
    uint8_t *bytes = token.value;
    OM_uint32 minor;

    for (at = start; at < start + 4; at++) {
        uint8_t was = bytes[at];

        bytes[at] = 9;
        ck_assert_uint_eq(gss_import_sec_context(&minor, &token, &context),
                          GSS_S_DEFECTIVE_TOKEN);
        ck_assert_str_eq(sentence_of(minor, &sha_256),
                         "This is not a context that this version of "
                         "gss-scram has exported");
        bytes[at] = was;
    }
    gss_release_buffer(&minor, &token);
}
END_TEST

/* A token in the name of the other mechanism. */
START_TEST(one_mechanism_s_token_is_not_the_other_s)
{
    size_t start;
    gss_buffer_desc token = token_of(_i, &start);
    uint8_t *bytes = token.value;
    OM_uint32 minor;

    ck_assert_mem_eq(bytes + 4, sha_256.elements, sha_256.length);
    memcpy(bytes + 4, sha_1.elements, sha_1.length);
    ck_assert_uint_eq(import_one(&token), GSS_S_DEFECTIVE_TOKEN);
    gss_release_buffer(&minor, &token);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_loop_test(tests, no_prefix_is_a_token, 0, 2);
    tcase_add_loop_test(tests, nothing_may_follow_a_token, 0, 2);
    tcase_add_loop_test(tests, no_changed_byte_does_harm, 0, 2);
    tcase_add_loop_test(tests, what_is_out_of_range_is_refused_in_words, 0, 2);
    tcase_add_loop_test(tests, one_mechanism_s_token_is_not_the_other_s, 0, 2);
}

int
main(void)
{
    return world_run("transfer_token", add, 120);
}
