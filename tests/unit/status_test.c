#include "unit.h"

#include <pthread.h>
#include <stdio.h>

#include "gss/status.h"

/* DESIGN's table of outcomes, and what an initiator makes of its own. */
static const struct {
    enum scram_status status;
    OM_uint32 accept, init;
} majors[] = {
    {SCRAM_BAD_PROOF, GSS_S_BAD_SIG, GSS_S_DEFECTIVE_CREDENTIAL},
    {SCRAM_BAD_ENCODING, GSS_S_DEFECTIVE_TOKEN, GSS_S_DEFECTIVE_TOKEN},
    {SCRAM_BAD_NONCE, GSS_S_DEFECTIVE_TOKEN, GSS_S_DEFECTIVE_TOKEN},
    {SCRAM_UNSUPPORTED_EXTENSION, GSS_S_DEFECTIVE_TOKEN, GSS_S_DEFECTIVE_TOKEN},
    {SCRAM_BAD_USERNAME, GSS_S_DEFECTIVE_TOKEN, GSS_S_DEFECTIVE_CREDENTIAL},
    {SCRAM_BAD_BINDINGS, GSS_S_BAD_BINDINGS, GSS_S_BAD_BINDINGS},
    {SCRAM_TOO_LATE, GSS_S_FAILURE | GSS_S_OLD_TOKEN, GSS_S_FAILURE},
    {SCRAM_NO_RESOURCES, GSS_S_FAILURE, GSS_S_FAILURE},
    {SCRAM_STORE_FAILED, GSS_S_FAILURE, GSS_S_FAILURE},
    {SCRAM_NO_MEMORY, GSS_S_FAILURE, GSS_S_FAILURE},
    {SCRAM_BROKER_GONE, GSS_S_FAILURE, GSS_S_FAILURE},
    {SCRAM_BROKER_SLOW, GSS_S_FAILURE, GSS_S_FAILURE},
    {SCRAM_BROKER_ANEW, GSS_S_FAILURE, GSS_S_FAILURE},
    {SCRAM_THROTTLED, GSS_S_FAILURE, GSS_S_FAILURE},
    {SCRAM_AGENT_GONE, GSS_S_FAILURE, GSS_S_FAILURE},
    {SCRAM_AGENT_SLOW, GSS_S_FAILURE, GSS_S_FAILURE},
    {SCRAM_AGENT_ANEW, GSS_S_FAILURE, GSS_S_FAILURE},
    {SCRAM_EXPIRED, GSS_S_FAILURE, GSS_S_CREDENTIALS_EXPIRED},
    {SCRAM_BAD_SERVER_SIGNATURE, GSS_S_FAILURE, GSS_S_BAD_SIG},
    {SCRAM_TOO_FEW_ITERATIONS, GSS_S_FAILURE, GSS_S_DEFECTIVE_TOKEN},
    {SCRAM_TOO_MANY_ITERATIONS, GSS_S_FAILURE, GSS_S_DEFECTIVE_TOKEN},
    {SCRAM_BAD_PASSWORD, GSS_S_FAILURE, GSS_S_DEFECTIVE_CREDENTIAL},
};

START_TEST(every_outcome_has_its_major_code)
{
    ck_assert_uint_eq(status_accept_major(majors[_i].status),
                      majors[_i].accept);
    ck_assert_uint_eq(status_init_major(majors[_i].status), majors[_i].init);
}
END_TEST

START_TEST(every_outcome_is_an_error_to_whoever_tests_for_one)
{
    int status;

    for (status = SCRAM_OK + 1; status <= SCRAM_STATUS_LAST; status++) {
        ck_assert(GSS_ERROR(status_accept_major((enum scram_status)status)));
        ck_assert(GSS_ERROR(status_init_major((enum scram_status)status)));
    }
}
END_TEST

/* Each supplementary bit, alone and with each other, with and without a routine
 * error or a calling error. */
START_TEST(supplementary_bits_do_not_stand_alone)
{
    static const OM_uint32 errors[] = {0, GSS_S_BAD_SIG, GSS_S_FAILURE,
                                       GSS_S_CALL_INACCESSIBLE_READ};
    OM_uint32 bits, major, got;
    size_t i;

    for (bits = 0; bits < 32; bits++) {
        for (i = 0; i < COUNT(errors); i++) {
            major = errors[i] | bits << GSS_C_SUPPLEMENTARY_OFFSET;
            got = status_exchange_major(major);
            if (major == GSS_S_COMPLETE || major == GSS_S_CONTINUE_NEEDED ||
                errors[i] != 0)
                ck_assert_uint_eq(got, major);
            else
                ck_assert_uint_eq(got, major | GSS_S_FAILURE);
        }
    }
}
END_TEST

static const char *
shown(OM_uint32 code)
{
    static char text[1024];
    gss_buffer_desc sentence;
    OM_uint32 minor, more;

    ck_assert_uint_eq(gss_display_status(&minor, code, GSS_C_MECH_CODE,
                                         GSS_C_NO_OID, &more, &sentence),
                      GSS_S_COMPLETE);
    ck_assert_uint_eq(more, 0);
    snprintf(text, sizeof(text), "%s", (char *)sentence.value);
    free(sentence.value);
    return text;
}

/* SCRAM_NO_USER is never a minor code: such a user gets a decoy. */
START_TEST(every_outcome_has_a_sentence)
{
    int status;

    for (status = SCRAM_OK + 1; status <= SCRAM_STATUS_LAST; status++) {
        if (status != SCRAM_NO_USER)
            ck_assert_ptr_nonnull(
                status_sentence((enum scram_status)status, NULL));
    }
}
END_TEST

START_TEST(the_last_failure_s_own_words_are_shown)
{
    struct sentence why = {"the store at /x is on fire"};
    OM_uint32 minor, other;

    status_minor(&minor, SCRAM_STORE_FAILED, &why);
    ck_assert_uint_eq(minor, GSS_SCRAM_STORE_FAILED);
    ck_assert_str_eq(shown(minor), why.text);
    /* Another failure without words leaves them, */
    status_minor(&other, SCRAM_BAD_PROOF, NULL);
    ck_assert_str_eq(shown(minor), why.text);
    ck_assert_str_ne(shown(other), why.text);
    /* the same one does not. */
    status_minor(&minor, SCRAM_STORE_FAILED, NULL);
    ck_assert_str_ne(shown(minor), why.text);
}
END_TEST

static void *
ask(void *code)
{
    return strdup(shown(*(OM_uint32 *)code));
}

START_TEST(words_are_for_the_thread_that_failed)
{
    struct sentence why = {"mine alone"};
    pthread_t other;
    OM_uint32 minor;
    void *seen;

    status_minor(&minor, SCRAM_STORE_FAILED, &why);
    ck_assert_int_eq(pthread_create(&other, NULL, ask, &minor), 0);
    pthread_join(other, &seen);
    ck_assert_str_ne(seen, why.text);
    free(seen);
}
END_TEST

/* A duplicate, old, unsequenced or gap message has a major code alone; whoever
 * shows both codes is to get both, as from krb5. */
START_TEST(a_call_with_nothing_to_add_has_a_sentence)
{
    ck_assert_str_eq(shown(0), "No error");
}
END_TEST

START_TEST(what_is_no_code_of_ours_is_not_shown)
{
    gss_buffer_desc text;
    OM_uint32 minor, more;

    ck_assert_uint_eq(gss_display_status(&minor, 12345, GSS_C_MECH_CODE,
                                         GSS_C_NO_OID, &more, &text),
                      GSS_S_BAD_STATUS);
    ck_assert_uint_eq(gss_display_status(&minor, GSS_S_FAILURE, GSS_C_GSS_CODE,
                                         GSS_C_NO_OID, &more, &text),
                      GSS_S_BAD_STATUS);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_loop_test(tests, every_outcome_has_its_major_code, 0,
                        COUNT(majors));
    tcase_add_test(tests, every_outcome_is_an_error_to_whoever_tests_for_one);
    tcase_add_test(tests, every_outcome_has_a_sentence);
    tcase_add_test(tests, supplementary_bits_do_not_stand_alone);
    tcase_add_test(tests, the_last_failure_s_own_words_are_shown);
    tcase_add_test(tests, a_call_with_nothing_to_add_has_a_sentence);
    tcase_add_test(tests, words_are_for_the_thread_that_failed);
    tcase_add_test(tests, what_is_no_code_of_ours_is_not_shown);
}

int
main(void)
{
    return unit_run("status", add, 10);
}
