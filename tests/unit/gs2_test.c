#include "scram/gs2.h"

#include "unit.h"

static const struct {
    const char *data;
    enum scram_gs2 kind;
} cases[] = {
    {"", SCRAM_GS2_NONE},
    {"n,,", SCRAM_GS2_UNBOUND},
    {"y,,", SCRAM_GS2_UNBOUND},
    {"n,a=carol,", SCRAM_GS2_UNBOUND},
    {"n,a==2C,", SCRAM_GS2_UNBOUND},
    {"p=tls-unique,,", SCRAM_GS2_UNBOUND},
    {"p=tls-unique,a=carol,", SCRAM_GS2_UNBOUND},
    {"p=,,", SCRAM_GS2_UNBOUND},
    {"p=tls-unique,,,", SCRAM_GS2_BOUND},
    {"p=tls-unique,,data", SCRAM_GS2_BOUND},
    {"p=tls-exporter,a=carol,more,data", SCRAM_GS2_BOUND},
    {"n", SCRAM_GS2_NONE},
    {"n,", SCRAM_GS2_NONE},
    {"n,carol,", SCRAM_GS2_NONE},
    {"n,,data", SCRAM_GS2_NONE},
    {"N,,", SCRAM_GS2_NONE},
    {"p,,data", SCRAM_GS2_NONE},
    {"F,n,,", SCRAM_GS2_NONE},
    {"tls-server-end-point:data,,", SCRAM_GS2_NONE},
    {"tls-unique:n,,", SCRAM_GS2_NONE},
};

START_TEST(the_bindings_of_gs2_are_told_from_others)
{
    ck_assert_int_eq(scram_gs2_kind(slice_of(cases[_i].data)), cases[_i].kind);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_loop_test(tests, the_bindings_of_gs2_are_told_from_others, 0,
                        COUNT(cases));
}

int
main(void)
{
    return unit_run("gs2", add, 4);
}
