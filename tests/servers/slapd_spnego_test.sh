#!/bin/bash
# By GSS-SPNEGO, set up as doc/sasl.md says, slapd protects without TLS what follows
# the login, and takes nothing that is not protected. Users of a realm beside it are
# told from SCRAM's.
. "$(dirname "$0")/slapd.sh"
. "$test_source/tests/kdc.sh"
need krb5-kdc command -v krb5kdc
need krb5-admin-server command -v kadmin.local
set_up_slapd spnego
trap 'stop_server; stop_recorder; stop_kdc; stop_broker; rm -rf "$dir"' EXIT

# reads OPTION...: a client that has a login reads alice's entry.
reads()
{
    SASL_PATH=$dir/gs2 timeout 60 ldapsearch -LLL -b "$alice" -s base \
        -H "ldap://127.0.0.1:$recorder_port" "$@" sn >"$client_out" 2>&1 &&
        client_says 'sn: Liddell'
}

# Alice of the realm, who has a ticket, binds. Her password for SCRAM stands in no
# file.
binds_by_kerberos()
{
    GSS_SCRAM_CREDENTIALS=$dir/none KRB5CCNAME=$dir/tickets \
        SASL_PATH=$dir/gs2 timeout 60 ldapwhoami -Q -N -U alice -H "$plain" "$@" \
        >"$client_out" 2>&1
}
realm_has_alice()
{
    local name
    make_realm && start_kdc || return
    for name in alice ldap/127.0.0.1; do
        kadmin.local -r TEST addprinc -randkey "$name" &&
            kadmin.local -r TEST ktadd -k "$dir/${name%/*}.keytab" "$name" ||
            return
    done >>"$dir/realm.log" 2>&1
    chgrp "$(id -gn "$worker")" "$dir/ldap.keytab"
    chmod 640 "$dir/ldap.keytab"
    kinit -k -t "$dir/alice.keytab" -c "$dir/tickets" alice
}
start_slapd_with_a_key()
{
    local -x KRB5_KTNAME=FILE:$dir/ldap.keytab
    start_slapd
}
start_slapd_of_no_realm()
{
    local -x KRB5_CONFIG=$dir/own.conf:$dir/krb5.conf
    start_slapd_with_a_key
}

add_user alice wonderland >/dev/null
credential wonderland
spnego=(-Q -N -Y GSS-SPNEGO)
simple=(-x -D "$alice" -w 'of the directory')

ok "slapd starts, as it is without these lines" start_slapd
start_recorder "$port"
ok "alice reads her entry by SCRAM-SHA-256" \
    recorded reads -Q -U alice -Y SCRAM-SHA-256
ok "so does whoever reads the wire" record_has Liddell
ok "a client that asks for protection does without that mechanism" \
    not reads -Q -U alice -Y SCRAM-SHA-256 -O minssf=56
ok "a password is taken in clear" recorded reads "${simple[@]}"
ok "so does whoever reads the wire" record_has 'of the directory'
stop_recorder
ok "slapd stops" stop_server

mapping=$(lines_of doc/sasl.md authz-regexp)
configure_slapd "$(lines_of doc/sasl.md sasl-secprops)" "$mapping"
ok "slapd starts, with the lines of doc/sasl.md" start_slapd
start_recorder "$port"
ok "alice reads her entry by GSS-SPNEGO" recorded reads -N -Y GSS-SPNEGO
ok "with 128 bits" client_says 'SASL SSF: 128'
ok "the wire has her login" record_has 'n=alice,r='
ok "and not her entry" not record_has Liddell
ok "a client that asks for protection does the same" \
    reads "${spnego[@]}" -O minssf=128
ok "she is her entry" \
    is "$alice" log_in_by_itself -N -Y GSS-SPNEGO -H "$plain"
ok "a login without protection is refused" \
    refuses 48 reads -Q -U alice -Y SCRAM-SHA-256
ok "and so is a password in clear" refuses 13 reads "${simple[@]}"
ok "and who does not log in" refuses 13 reads -x
ok "by TLS neither needs more" \
    is uid=alice,cn=scram-sha-256,cn=auth \
    log_in alice wonderland -Y SCRAM-SHA-256 -H "$secure"
credential wrong
ok "a wrong password is refused" refuses 49 reads "${spnego[@]}"
stop_recorder
ok "slapd stops" stop_server

credential wonderland
configure_slapd
ok "a realm has an alice too" realm_has_alice || finish
ok "slapd starts, with a key and no mapping" start_slapd_with_a_key
ok "alice of the realm has a mechanism of hers" \
    is uid=alice,cn=gs2-krb5,cn=auth binds_by_kerberos -Y GS2-KRB5
ok "and another by Cyrus SASL's other plugin" \
    is uid=alice,cn=gssapi,cn=auth binds_by_kerberos -Y GSSAPI
both=uid=alice,cn=gss-spnego,cn=auth
ok "by GSS-SPNEGO she is not told" is "$both" binds_by_kerberos -Y GSS-SPNEGO
ok "from alice of the store" \
    is "$both" log_in_by_itself -N -Y GSS-SPNEGO -H "$plain"
ok "slapd stops" stop_server

lines_of doc/sasl.md '\[libdefaults\]' >"$dir/own.conf"
chmod 644 "$dir/own.conf"
configure_slapd "$mapping"
ok "slapd starts, with doc/sasl.md's realm and mapping" start_slapd_of_no_realm
ok "alice of the store is her entry" \
    is "$alice" log_in_by_itself -N -Y GSS-SPNEGO -H "$plain"
ok "alice of the realm is another" \
    is uid=alice@test,cn=gss-spnego,cn=auth binds_by_kerberos -Y GSS-SPNEGO
ok "with the realm in her name by GS2-KRB5 too" \
    is uid=alice@test,cn=gs2-krb5,cn=auth binds_by_kerberos -Y GS2-KRB5
ok "and by GSSAPI" \
    is uid=alice@test,cn=gssapi,cn=auth binds_by_kerberos -Y GSSAPI
ok "slapd stops" stop_server
finish
