#include "directory/value.h"

#include "unit.h"

#define REST256                                                                \
    "4096:W22ZaJ0SNY7soEsUEjb6gQ==$"                                           \
    "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"                            \
    "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
#define SHA_256 "SCRAM-SHA-256$" REST256
#define SHA_1                                                                  \
    "SCRAM-SHA-1$4096:QSXCR+Q6sek8bf92$6dlGYMOdZcOPutkcNY8U2g7vK9Y=:"          \
    "D+CSWLOshSulAsxiupA+qs2/fTE="

static const struct {
    const char *value;
    enum scram_mechanism mechanism;
    bool enabled;
} good[] = {
    {SHA_256, SCRAM_SHA_256, true},
    {SHA_1, SCRAM_SHA_1, true},
    {"scram-Sha-256$" REST256, SCRAM_SHA_256, true},
    {"  SCRAM-SHA-256 $  4096:W22ZaJ0SNY7soEsUEjb6gQ==  $ "
     "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"
     "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU= ",
     SCRAM_SHA_256, true},
    {"X-DISABLED-" SHA_256, SCRAM_SHA_256, false},
    {"x-disabled-" SHA_1, SCRAM_SHA_1, false},
};

START_TEST(a_verifier_is_read)
{
    struct scram_verifier v;

    ck_assert_int_eq(ldap_value_read(slice_of(good[_i].value), &v), SCRAM_OK);
    ck_assert_int_eq(v.mechanism, good[_i].mechanism);
    ck_assert_int_eq(v.enabled, good[_i].enabled);
    ck_assert_uint_eq(v.iterations, 4096);
}
END_TEST

static const char *const written[] = {SHA_256, SHA_1, "X-DISABLED-" SHA_256};

START_TEST(what_is_written_is_what_was_read)
{
    uint8_t space[LDAP_VALUE_TEXT_MAX];
    struct buffer text = BUFFER_ARRAY(space);
    struct scram_verifier v;

    ck_assert_int_eq(ldap_value_read(slice_of(written[_i]), &v), SCRAM_OK);
    ldap_value_write(&v, &text);
    ck_assert(slice_equal(buffer_slice(&text), slice_of(written[_i])));
}
END_TEST

static const struct {
    const char *value;
    enum scram_status status;
} others[] = {
    {"", SCRAM_NO_USER},
    {"   ", SCRAM_NO_USER},
    {"SCRAM-SHA-256", SCRAM_NO_USER},
    {"{SSHA}abc", SCRAM_NO_USER},
    {"MD5$c2FsdA==$aGFzaA==", SCRAM_NO_USER},
    {"SCRAM-SHA-512$" REST256, SCRAM_NO_USER},
    {"X-DISABLED-X-DISABLED-" SHA_256, SCRAM_NO_USER},
    {"X-SCRAM-SHA-256$" REST256, SCRAM_NO_USER},
    {"SCRAM-SHA-256$", SCRAM_BAD_ENCODING},
    {"SCRAM-SHA-256$x", SCRAM_BAD_ENCODING},
    {"X-DISABLED-SCRAM-SHA-256$x", SCRAM_BAD_ENCODING},
    {"SCRAM-SHA-1$" REST256, SCRAM_BAD_ENCODING},
    {"SCRAM-SHA-256$4096:W22ZaJ0S NY7soEsUEjb6gQ==$"
     "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"
     "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
     SCRAM_BAD_ENCODING},
};

START_TEST(what_is_none_is_told_from_what_is_damaged)
{
    struct scram_verifier v;

    ck_assert_int_eq(ldap_value_read(slice_of(others[_i].value), &v),
                     others[_i].status);
}
END_TEST

START_TEST(one_that_is_too_long_is_damaged)
{
    char text[LDAP_VALUE_MAX + 100] = "SCRAM-SHA-256$";
    struct scram_verifier v;

    memset(text + strlen(text), 'A', sizeof(text) - strlen(text) - 1);
    text[sizeof(text) - 1] = '\0';
    ck_assert_int_eq(ldap_value_read(slice_of(text), &v), SCRAM_BAD_ENCODING);
    text[0] = 'X';
    ck_assert_int_eq(ldap_value_read(slice_of(text), &v), SCRAM_NO_USER);
}
END_TEST

START_TEST(an_account_has_one_of_each_mechanism)
{
    struct ldap_account a = {0};

    ck_assert_int_eq(ldap_account_take(&a, SLICE("MD5$x$y")), SCRAM_OK);
    ck_assert_uint_eq(a.has, 0);
    ck_assert_int_eq(ldap_account_take(&a, SLICE(SHA_256)), SCRAM_OK);
    ck_assert_int_eq(ldap_account_take(&a, SLICE(SHA_1)), SCRAM_OK);
    ck_assert_uint_eq(a.has, 1u << SCRAM_SHA_256 | 1u << SCRAM_SHA_1);
    ck_assert_int_eq(ldap_account_take(&a, SLICE("X-DISABLED-" SHA_1)),
                     SCRAM_USER_EXISTS);
    ck_assert_int_eq(ldap_account_take(&a, SLICE("SCRAM-SHA-1$x")),
                     SCRAM_BAD_ENCODING);
    ck_assert(a.of[SCRAM_SHA_1].enabled);
}
END_TEST

static const struct {
    const char *value;
    uint64_t expires;
} times[] = {
    {"20270131120000Z", UINT64_C(1801396800)},
    {"20270131120000.5Z", UINT64_C(1801396800)},
    {"20270131120000,125Z", UINT64_C(1801396800)},
    {"20240229000001Z", UINT64_C(1709164801)},
    {"99991231235959Z", UINT64_C(253402300799)},
    {"19700101000000Z", 1},
    {"19691231235959Z", 1},
    {"16010101000000Z", 1},
    {"-1", 0},
    {"0", 1},
    {"1", 86400},
    {"20849", UINT64_C(1801353600)},
    {"2932896", UINT64_C(253402214400)},
};

START_TEST(a_time_is_read)
{
    uint64_t expires = 7;

    ck_assert(ldap_value_expires(slice_of(times[_i].value), &expires));
    ck_assert_uint_eq(expires, times[_i].expires);
}
END_TEST

static const char *const no_times[] = {
    "",
    "Z",
    "-",
    "-2",
    "+1",
    " 1",
    "1 ",
    "1.5",
    "0x1",
    "never",
    "2932897",
    "99999999",
    "20270131120000",
    "20270131120000z",
    "202701311200Z",
    "2027013112000Z",
    "20270131120000.Z",
    "20270131120000.5",
    "20270131120000-5Z",
    "20270131120000.5xZ",
    "20270131120000+0000",
    "20270131120000ZZ",
    "20270229000000Z",
    "20271301000000Z",
    "20270001000000Z",
    "20270100000000Z",
    "20270131240000Z",
    "20270131126000Z",
    "20270131120061Z",
    "2027013112000xZ",
    "19690229000000Z",
};

START_TEST(what_is_no_time_is_refused)
{
    uint64_t expires = 7;

    ck_assert(!ldap_value_expires(slice_of(no_times[_i]), &expires));
    ck_assert_uint_eq(expires, 7);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_loop_test(tests, a_verifier_is_read, 0, COUNT(good));
    tcase_add_loop_test(tests, what_is_written_is_what_was_read, 0,
                        COUNT(written));
    tcase_add_loop_test(tests, what_is_none_is_told_from_what_is_damaged, 0,
                        COUNT(others));
    tcase_add_loop_test(tests, a_time_is_read, 0, COUNT(times));
    tcase_add_loop_test(tests, what_is_no_time_is_refused, 0, COUNT(no_times));
    tcase_add_test(tests, one_that_is_too_long_is_damaged);
    tcase_add_test(tests, an_account_has_one_of_each_mechanism);
}

int
main(void)
{
    return unit_run("ldap_value", add, 30);
}
