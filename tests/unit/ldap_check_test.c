#include "directory/store.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "fake_directory.h"
#include "scratch.h"
#include "unit.h"

/* "@" stands for a file that is its owner's alone, "#" for one that is not. */
static void
configure(const char *lines)
{
    char text[2048] = "", path[300];
    size_t len;

    for (; *lines != '\0'; lines++) {
        len = strlen(text);
        if (*lines == '@' || *lines == '#') {
            snprintf(path, sizeof(path), "%s",
                     scratch_file(*lines == '@' ? "closed" : "open", "secret"));
            ck_assert_int_eq(chmod(path, *lines == '@' ? 0600 : 0640), 0);
            snprintf(text + len, sizeof(text) - len, "%s", path);
        } else {
            text[len] = *lines;
        }
    }
    fake_configure(text);
}

static const struct {
    const char *location, *lines;
    const char *says; /* NULL: it is opened */
} configurations[] = {
    {"ldap://127.0.0.1", "", NULL},
    {"ldapi://%2Frun%2Fldapi", "ldap_sasl_mechanism = EXTERNAL", NULL},
    {"ldap://127.0.0.1 ldapi://", "ldap_sasl_mechanism = EXTERNAL",
     "ldapi:// alone"},
    {"ldap://a.example.org", "ldap_sasl_mechanism = GSSAPI", NULL},
    {"ldap://a.example.org ldapi://", "ldap_sasl_mechanism = GSSAPI",
     "ldapi:// has none"},
    {"ldap://127.0.0.1", "ldap_bind_dn = cn=x\nldap_bind_password_file = @",
     NULL},
    {"ldap://127.0.0.1", "ldap_bind_dn = cn=x\nldap_bind_password_file = #",
     "chmod 600"},
    {"ldap://127.0.0.1",
     "ldap_bind_dn = cn=x\nldap_bind_password_file = /nonexistent/x",
     "/nonexistent/x"},
    {"ldap://127.0.0.1", "ldap_bind_dn = cn=x", "missing"},
    {"ldap://127.0.0.1", "ldap_bind_password_file = @", "missing"},
    {"ldap://127.0.0.1",
     "ldap_bind_dn = cn=x\nldap_bind_password_file = @\n"
     "ldap_sasl_mechanism = GSSAPI",
     "two ways"},
    /* what others would see */
    {"ldap://192.0.2.1", "", "ldap_tls = starttls"},
    {"ldap://192.0.2.1", "ldap_bind_dn = cn=x\nldap_bind_password_file = @",
     "ldap_tls = starttls"},
    {"ldap://127.0.0.1 ldap://192.0.2.1", "", "ldap://192.0.2.1"},
    {"ldap://192.0.2.1", "ldap_tls = starttls\nldap_tls_ca = @", NULL},
    {"ldap://192.0.2.1", "ldap_tls = starttls\nldap_tls_ca = /nonexistent/x",
     "ldap_tls_ca: cannot read /nonexistent/x"},
    {"ldap://192.0.2.1", "ldap_tls = none", NULL},
    {"ldap://192.0.2.1", "ldap_sasl_mechanism = GSSAPI", NULL},
    {"ldaps://192.0.2.1", "ldap_tls_ca = @", NULL},
    {"ldaps://192.0.2.1", "ldap_tls_ca = /nonexistent/x", "/nonexistent/x"},
    {"ldap://127.0.0.1", "ldap_tls_ca = /nonexistent/x", NULL},
    /* how long it may take */
    {"ldap://127.0.0.1", "handshake_timeout = 7999ms", "half"},
    {"ldap://127.0.0.1", "handshake_timeout = 8s", NULL},
    {"ldap://127.0.0.1", "ldap_total_timeout = 1s", "ldap_total_timeout"},
    {"ldap://127.0.0.1", "ldap_lookup_timeout = 6s", "ldap_lookup_timeout"},
    /* and what its parts say */
    {"ldap://127.0.0.1", "ldap_filter = (uid=*)", "ldap_filter"},
    {"ldap://127.0.0.1", "ldap_groups = memberOf", NULL},
    {"ldap://127.0.0.1",
     "ldap_groups = memberOf\nldap_groups_base = ou=groups,dc=example", NULL},
    {"ldap://127.0.0.1", "ldap_groups_base = ou=groups,dc=example",
     "is for ldap_groups, which is missing"},
    {"ldap://127.0.0.1", "ldap_groups = memberOf\nldap_groups_base = groups",
     "which is no DN"},
    {"ldap://127.0.0.1", "ldap_decoy_key_file = @", "fewer than 16"},
    {"ldap://127.0.0.1", "ldap_decoy_key_file = #", "chmod 600"},
    {"ldap://127.0.0.1/dc=example", "", "ldap_base"},
    {"ldap://127.0.0.1", "ldap_cache_ttl = soon", "ldap_cache_ttl"},
};

START_TEST(a_configuration_holds_or_is_refused_with_a_reason)
{
    struct store *store = NULL;
    struct sentence why = {""};
    enum scram_status status;

    configure(configurations[_i].lines);
    status = store_open(STORE_KINDS(&store_ldap), configurations[_i].location,
                        STORE_READ, &store, &why);
    if (configurations[_i].says == NULL) {
        ck_assert_msg(status == SCRAM_OK, "%s", why.text);
        store_close(store);
        return;
    }
    ck_assert_int_ne(status, SCRAM_OK);
    ck_assert_msg(strstr(why.text, configurations[_i].says) != NULL, "%s",
                  why.text);
    ck_assert_uint_eq(fake.clients, 0);
}
END_TEST

static void
add(TCase *tests)
{
    scratch_add_fixture(tests);
    tcase_add_loop_test(tests,
                        a_configuration_holds_or_is_refused_with_a_reason, 0,
                        COUNT(configurations));
}

int
main(void)
{
    return unit_run("ldap_check", add, 30);
}
