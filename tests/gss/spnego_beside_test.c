/*
 * SPNEGO with gss-ntlmssp beside this mechanism, in whichever order the two are
 * registered, and with either side having only one of them.
 */
#include "spnego.h"

static gss_OID_desc ntlm = {10, (void *)&NTLM_OID[2]};

/* gss-ntlmssp 1.2 leaks a library context of libcrypto's in each process. */
const char *__asan_default_options(void);

const char *
__asan_default_options(void)
{
    return "detect_leaks=0";
}

static const char *const orders[] = {"sn", "ns", "1sn", "n1s"};

/* Credentials of both sides for all that is there. */
static void
both_begin(struct handshake *h, const char *mechs)
{
    register_mechs(mechs);
    make_ntlm_user();
    negotiate_begin(h, "wonderland");
}

static bool
is_negotiated(struct handshake *h, gss_OID mech)
{
    handshake_run(h);
    return handshake_is_complete(h) && is_of(h->client, mech) &&
           is_of(h->server, mech);
}

START_TEST(the_one_that_the_client_prefers_is_negotiated)
{
    gss_OID first = _i % 2 ? &ntlm : &sha_256;
    gss_OID second = _i % 2 ? &sha_256 : &ntlm;
    struct handshake h;

    both_begin(&h, orders[_i / 2]);
    negotiate_among(h.client_cred, first, second);
    ck_assert(is_negotiated(&h, first));
    handshake_end(&h);
}
END_TEST

START_TEST(what_is_registered_first_is_preferred)
{
    struct handshake h;

    both_begin(&h, orders[_i]);
    ck_assert(is_negotiated(
        &h,
        strchr(orders[_i], 's') < strchr(orders[_i], 'n') ? &sha_256 : &ntlm));
    handshake_end(&h);
}
END_TEST

START_TEST(a_server_with_this_one_alone_gets_it)
{
    struct handshake h;

    both_begin(&h, orders[_i]);
    negotiate_among(h.server_cred, &sha_256, NULL);
    ck_assert(is_negotiated(&h, &sha_256));
    handshake_end(&h);
}
END_TEST

START_TEST(a_server_with_the_other_alone_gets_the_other)
{
    struct handshake h;

    both_begin(&h, orders[_i]);
    negotiate_among(h.server_cred, &ntlm, NULL);
    ck_assert(is_negotiated(&h, &ntlm));
    handshake_end(&h);
}
END_TEST

START_TEST(a_client_with_one_alone_gets_it)
{
    gss_OID mech = _i % 2 ? &ntlm : &sha_256;
    struct handshake h;

    both_begin(&h, orders[_i / 2]);
    negotiate_among(h.client_cred, mech, NULL);
    ck_assert(is_negotiated(&h, mech));
    handshake_end(&h);
}
END_TEST

START_TEST(without_one_in_common_there_is_none)
{
    struct handshake h;

    both_begin(&h, orders[_i]);
    negotiate_among(h.client_cred, &sha_256, NULL);
    negotiate_among(h.server_cred, &ntlm, NULL);
    client_step(&h);
    ck_assert_uint_eq(server_step(&h), GSS_S_BAD_MECH);
    ck_assert_int_eq(neg_state(&h.to_client), REJECT);
    ck_assert_uint_eq(client_step(&h), GSS_S_BAD_MECH);
    handshake_end(&h);
}
END_TEST

START_TEST(a_client_without_a_password_for_it_never_tries_it)
{
    struct handshake h;

    register_mechs(orders[_i]);
    make_ntlm_user();
    handshake_begin(&h, &spnego, NULL, NULL);
    ck_assert_uint_eq(client_step(&h), GSS_S_CONTINUE_NEEDED);
    ck_assert(slice_equal(mech_types(&h.to_server), SLICE(NTLM_OID)));
    handshake_end(&h);
}
END_TEST

START_TEST(a_server_without_a_store_never_offers_it)
{
    struct handshake h;

    register_mechs(orders[_i]);
    make_ntlm_user();
    world_write("scram.conf", "[scram]\n    store = file:%s\n",
                world_path("none"));
    handshake_begin(&h, &spnego, NULL, NULL);
    ck_assert_uint_eq(server_take(&h, "", 0), GSS_S_CONTINUE_NEEDED);
    ck_assert(slice_equal(mech_types(&h.to_client), SLICE(NTLM_OID)));
    handshake_end(&h);
}
END_TEST

START_TEST(a_server_without_a_store_takes_the_other)
{
    struct handshake h;

    register_mechs(orders[_i]);
    make_ntlm_user();
    handshake_begin(&h, &spnego, NULL, NULL);
    h.client_cred = user_cred("alice", "wonderland", &spnego);
    negotiate_among(h.client_cred, &sha_256, &ntlm);
    world_write("scram.conf", "[scram]\n    store = file:%s\n",
                world_path("none"));
    ck_assert(is_negotiated(&h, &ntlm));
    handshake_end(&h);
}
END_TEST

/* The client's list is NTLM, SCRAM; the server has SCRAM alone, so both sides
 * have to sign what they saw of the list. */
static void
begin_wrong_guess(struct handshake *h)
{
    both_begin(h, "ns");
    negotiate_among(h->client_cred, &ntlm, &sha_256);
    negotiate_among(h->server_cred, &sha_256, NULL);
    client_step(h);
    ck_assert(
        slice_equal(mech_types(&h->to_server), SLICE(NTLM_OID SCRAM_OID)));
}

START_TEST(after_a_wrong_guess_both_sides_sign_the_list)
{
    struct handshake h;

    begin_wrong_guess(&h);
    ck_assert_uint_eq(server_step(&h), GSS_S_CONTINUE_NEEDED);
    ck_assert_int_eq(neg_state(&h.to_client), REQUEST_MIC);
    ck_assert(has(&h.to_client, SLICE(SCRAM_OID)));
    client_step(&h); /* client-first, in its frame */
    ck_assert(has(&h.to_server, SLICE(SCRAM_OID)));
    server_step(&h);
    client_step(&h);
    /* server-final, and a MIC: RFC 4121's token, 04 04 */
    ck_assert_uint_eq(server_step(&h), GSS_S_CONTINUE_NEEDED);
    ck_assert(has(&h.to_client, SLICE("v=")));
    ck_assert(has(&h.to_client, SLICE("\x04\x04")));
    client_step(&h);
    ck_assert(!GSS_ERROR(h.client_major));
    ck_assert(has(&h.to_server, SLICE("\x04\x04")));
    ck_assert_uint_eq(server_step(&h), GSS_S_COMPLETE);
    if (h.client_major == GSS_S_CONTINUE_NEEDED)
        client_step(&h);
    ck_assert(handshake_is_complete(&h));
    handshake_end(&h);
}
END_TEST

/* Somebody takes NTLM out of the list, by another OID in its place. */
START_TEST(a_list_that_was_tampered_with_is_refused)
{
    struct handshake h;
    uint8_t *oid;

    begin_wrong_guess(&h);
    oid = memmem(h.to_server.value, h.to_server.length, NTLM_OID, 12);
    oid[11] ^= 1;
    server_step(&h);
    handshake_run(&h);
    ck_assert(!handshake_is_complete(&h));
    /* It was the server's MIC that the client found wrong: the exchange went
     * to its end. */
    ck_assert_uint_eq(h.client_major, GSS_S_BAD_SIG);
    handshake_end(&h);
}
END_TEST

/* Or nobody's signature arrives. */
START_TEST(a_signature_that_was_tampered_with_is_refused)
{
    struct handshake h;
    int legs;
    uint8_t *mic;

    begin_wrong_guess(&h);
    for (legs = 0; legs < 2; legs++) {
        server_step(&h);
        client_step(&h);
    }
    server_step(&h);
    if (_i == 0) {
        ck_assert(has(&h.to_client, SLICE("\x04\x04")));
        mic = h.to_client.value;
        mic[h.to_client.length - 1] ^= 1;
        ck_assert(GSS_ERROR(client_step(&h)));
    } else {
        client_step(&h);
        ck_assert(has(&h.to_server, SLICE("\x04\x04")));
        mic = h.to_server.value;
        mic[h.to_server.length - 1] ^= 1;
        ck_assert(GSS_ERROR(server_step(&h)));
    }
    handshake_end(&h);
}
END_TEST

START_TEST(ntlm_alone_completes)
{
    struct handshake h;

    register_mechs("n");
    make_ntlm_user();
    handshake_begin(&h, &ntlm, "alice", "wonderland");
    handshake_run(&h);
    ck_assert(handshake_is_complete(&h));
    handshake_end(&h);
}
END_TEST

static void
add_ntlm(TCase *tests)
{
    tcase_add_test(tests, ntlm_alone_completes);
}

/* Whether gss-ntlmssp works where nothing is beside it, which Debian 13's does
 * not: then there is nothing to be learned from it. Nothing is printed, as it
 * is none of the tests. */
static bool
ntlm_works_by_itself(void)
{
    bool works;

    setenv("CK_VERBOSITY", "silent", 1);
    works = world_run("ntlm", add_ntlm, 60) == EXIT_SUCCESS;
    unsetenv("CK_VERBOSITY");
    return works;
}

static void
add(TCase *tests)
{
    int n = COUNT(orders);

    tcase_add_loop_test(tests, the_one_that_the_client_prefers_is_negotiated, 0,
                        2 * n);
    tcase_add_loop_test(tests, what_is_registered_first_is_preferred, 0, n);
    tcase_add_loop_test(tests, a_server_with_this_one_alone_gets_it, 0, n);
    tcase_add_loop_test(tests, a_server_with_the_other_alone_gets_the_other, 0,
                        n);
    tcase_add_loop_test(tests, a_client_with_one_alone_gets_it, 0, 2 * n);
    tcase_add_loop_test(tests, without_one_in_common_there_is_none, 0, n);
    tcase_add_loop_test(
        tests, a_client_without_a_password_for_it_never_tries_it, 0, n);
    tcase_add_loop_test(tests, a_server_without_a_store_never_offers_it, 0, n);
    tcase_add_loop_test(tests, a_server_without_a_store_takes_the_other, 0, n);
    tcase_add_test(tests, after_a_wrong_guess_both_sides_sign_the_list);
    tcase_add_test(tests, a_list_that_was_tampered_with_is_refused);
    tcase_add_loop_test(tests, a_signature_that_was_tampered_with_is_refused, 0,
                        2);
}

int
main(void)
{
    if (ntlm_line()[0] == '\0') {
        printf("nothing is tested, for want of Debian's package gss-ntlmssp\n");
        return 77;
    }
    if (!ntlm_works_by_itself()) {
        printf("not tried: gss-ntlmssp does not work here, even by itself\n");
        return 77;
    }
    return world_run("spnego_beside", add, 60);
}
