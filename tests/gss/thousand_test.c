/*
 * A thousand handshakes of every kind with the same credentials, which
 * valgrind watches too (valgrind_test.sh).
 */
#include "world.h"

#define HANDSHAKES 1000

/* What becomes of one: it is completed and used, refused, or left at any
 * point. */
static void
one(int i, bool right, gss_cred_id_t client, gss_cred_id_t server)
{
    gss_buffer_desc message = {5, (void *)"hello"}, token, out;
    struct handshake h;
    OM_uint32 minor;
    int state, steps;

    handshake_begin(&h, &sha_256, NULL, NULL);
    h.client_cred = client;
    h.server_cred = server;
    if (i % 5 == 4) {
        for (steps = i / 5 % 4; steps > 0; steps--) {
            client_step(&h);
            server_step(&h);
        }
    } else {
        handshake_run(&h);
        ck_assert_int_eq(handshake_is_complete(&h), right);
    }
    if (handshake_is_complete(&h)) {
        gss_wrap(&minor, h.client, i % 2, GSS_C_QOP_DEFAULT, &message, &state,
                 &token);
        gss_unwrap(&minor, h.server, &token, &out, &state, NULL);
        gss_release_buffer(&minor, &out);
        gss_release_buffer(&minor, &token);
        gss_get_mic(&minor, h.server, GSS_C_QOP_DEFAULT, &message, &token);
        gss_verify_mic(&minor, h.client, &message, &token, NULL);
        gss_release_buffer(&minor, &token);
    }
    h.client_cred = h.server_cred = GSS_C_NO_CREDENTIAL;
    handshake_end(&h);
}

START_TEST(a_thousand_handshakes_take_their_course)
{
    gss_cred_id_t right, wrong, server;
    OM_uint32 minor;
    int i;

    right = user_cred("alice", "wonderland", &sha_256);
    wrong = user_cred("alice", "looking-glass", &sha_256);
    server = server_cred(&sha_256);
    for (i = 0; i < HANDSHAKES; i++)
        one(i, i % 3 != 2, i % 3 != 2 ? right : wrong, server);
    gss_release_cred(&minor, &right);
    gss_release_cred(&minor, &wrong);
    gss_release_cred(&minor, &server);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_test(tests, a_thousand_handshakes_take_their_course);
}

int
main(void)
{
    return world_run("thousand", add, 600);
}
