/*
 * A program that is a daemon of ours, into which the module is loaded all the
 * same: it does not ask itself, though somebody would answer.
 */
#include "world.h"

#include "../unit/fake_broker.h"
#include "base/daemon.h"

const char gss_scram_daemon[] = "gss-scramd";

START_TEST(a_daemon_does_not_ask_itself)
{
    struct fake_broker broker;
    gss_OID_set_desc mechs = {1, &sha_256};
    gss_cred_id_t cred;
    OM_uint32 minor;

    ck_assert(fake_broker_start(&broker, world_path("broker"), world_store(),
                                false, NULL));
    world_write("scram.conf", "[scram]\n broker = %s\n", world_path("broker"));
    ck_assert_uint_eq(gss_acquire_cred(&minor, GSS_C_NO_NAME, 0, &mechs,
                                       GSS_C_ACCEPT, &cred, NULL, NULL),
                      GSS_S_NO_CRED);
    ck_assert_ptr_nonnull(strstr(sentence_of(minor, &sha_256),
                                 "this process is gss-scramd itself"));
    ck_assert_uint_eq(broker.daemon.seen->connections, 0);
    fake_broker_stop(&broker);
}
END_TEST

static void
add(TCase *tests)
{
    tcase_add_test(tests, a_daemon_does_not_ask_itself);
}

int
main(void)
{
    return world_run("itself", add, 30);
}
