#!/bin/bash
# OpenLDAP's slapd takes binds by SCRAM from ldapwhoami, with and without TLS,
# and with Kerberos beside it. Users get their entries by the mapping that stands
# in doc/openldap.md.
. "$(dirname "$0")/sasl.sh"
. "$test_source/tests/kdc.sh"
need krb5-kdc command -v krb5kdc
need krb5-admin-server command -v kadmin.local
need slapd slapd -VV
need ldap-utils ldapwhoami -VV
need openssl openssl version
set_up_sasl slapd openldap
trap 'stop_server; stop_kdc; stop_broker; rm -rf "$dir"' EXIT
server_out=$dir/slapd.out
client_out=$dir/client.out
base=dc=example,dc=org

# What is not started with this mechanism has Cyrus SASL's own SCRAM.
export SASL_PATH=$dir/native LDAPTLS_CACERT=$dir/cert.pem

# Before TLS compares names, ldapwhoami makes of "localhost" what the machine
# calls itself.
make_certificate()
{
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 \
        -addext subjectAltName=IP:127.0.0.1 -keyout "$dir/key.pem" \
        -out "$dir/cert.pem" 2>/dev/null
    chmod 640 "$dir/key.pem"
    chgrp "$(id -gn "$worker")" "$dir/key.pem"
}

# A directory with alice in it, who may be carol too.
make_directory()
{
    install -d -o "$worker" -m 700 "$dir/db"
    cat >"$dir/slapd.conf" <<-END
	include /etc/ldap/schema/core.schema
	include /etc/ldap/schema/cosine.schema
	include /etc/ldap/schema/inetorgperson.schema
	moduleload back_mdb
	TLSCertificateFile $dir/cert.pem
	TLSCertificateKeyFile $dir/key.pem
	sasl-cbinding tls-endpoint
	authz-policy to
	$(sed -n '/^    authz-regexp/,/^$/s/^    //p' "$test_source/doc/openldap.md")
	sasl-host 127.0.0.1
	database mdb
	suffix $base
	directory $dir/db
	maxsize 1048576
	access to * by * read
	END
    cat >"$dir/directory.ldif" <<-END
	dn: $base
	objectClass: organization
	objectClass: dcObject
	o: Example

	dn: ou=people,$base
	objectClass: organizationalUnit

	dn: uid=alice,ou=people,$base
	objectClass: inetOrgPerson
	cn: Alice
	sn: Liddell
	authzTo: dn:uid=carol,ou=people,$base
	END
    "${as_worker[@]}" slapadd -q -f "$dir/slapd.conf" -l "$dir/directory.ldif"
}

slapd_answers()
{
    server_is_gone || ldapwhoami -x -H "$plain" >/dev/null 2>&1
}

# Start slapd with this mechanism on two free ports, as whom it is to work as.
start_slapd()
{
    local options=(-d stats -f "$dir/slapd.conf")
    [ "$(id -u)" != 0 ] || options+=(-u "$worker" -g "$(id -gn "$worker")")
    for _ in {1..20}; do
        choose_port
        plain=ldap://127.0.0.1:$port
        secure=ldaps://127.0.0.1:$((port + 1))
        SASL_PATH=$dir/gs2 serve slapd "${options[@]}" -h "$plain $secure"
        until_true slapd_answers
        server_is_gone || return 0
        grep -q 'bind.* failed' "$server_out" || break
    done
    cat "$server_out"
    return 1
}

slapd_has_stopped()
{
    server_is_gone || slapd_says 'slapd stopped.'
}

# Under a sanitizer slapd and ldapwhoami hang after their last word, in a
# destructor of libp11-kit's, whatever modules they have.
has_no_sanitizer()
{
    [ ${#stock[@]} = 1 ]
}

# lib.sh's, but for that.
stop_server()
{
    [ -n "$server_pid" ] || return 0
    kill "$server_pid" 2>/dev/null
    until_true slapd_has_stopped
    has_no_sanitizer || kill -9 "$server_pid" 2>/dev/null
    wait "$server_pid" 2>/dev/null
    server_pid=
    slapd_says 'slapd stopped.'
}

# log_in USER PASSWORD [OPTION...]: what ldapwhoami does.
log_in()
{
    local user=$1 password=$2
    shift 2
    timeout 60 ldapwhoami -Q -U "$user" -w "$password" "$@" >"$client_out" 2>&1
}

# log_in_by_itself OPTION...: the same with this mechanism, which has a password
# from a file or the agent, as the plugin for GS2 lets ldapwhoami hand over none.
log_in_by_itself()
{
    SASL_PATH=$dir/gs2 timeout 60 ldapwhoami -Q -U alice "$@" \
        >"$client_out" 2>&1
}

# The same, bound to the channel.
log_in_bound()
{
    LDAPSASL_CBINDING=tls-endpoint log_in "$@"
}
log_in_by_itself_bound()
{
    LDAPSASL_CBINDING=tls-endpoint log_in_by_itself "$@"
}

# credential PASSWORD: alice's, for any LDAP server.
credential()
{
    export GSS_SCRAM_CREDENTIALS=$dir/credentials
    (
        umask 077
        printf '%s\n' '[ldap@*]' 'user = alice' "password = $1" \
            >"$GSS_SCRAM_CREDENTIALS"
    )
}

# An agent that has the same.
has_agent()
{
    start_agent &&
        hand_over alice wonderland --server 'ldap@*' --any-server
}

# is DN COMMAND...: a bind that succeeds, as whom.
is()
{
    local dn=$1
    shift
    "$@" && grep -qxF "dn:$dn" "$client_out"
}

# refuses CODE COMMAND...: a bind that ends in LDAP's result code.
refuses()
{
    local code=$1
    shift
    "$@"
    [ $? = "$code" ]
}

client_says()
{
    grep -qF -- "$1" "$client_out"
}

# Since the server's last start.
slapd_says()
{
    grep -qF -- "$1" "$server_out"
}

offers()
{
    ldapsearch -x -LLL -H "$1" -s base -b '' supportedSASLMechanisms |
        grep -qxF "supportedSASLMechanisms: $2"
}

# Forty clients at once, of whom every eighth has the wrong password.
one_of_many()
{
    local client_out=$dir/client.$1
    if [ $(($1 % 8)) = 0 ]; then
        refuses 49 log_in alice wrong -Y SCRAM-SHA-256 -H "$plain"
    else
        is "$alice" log_in alice wonderland -Y SCRAM-SHA-256 -H "$plain"
    fi
}
forty_at_once()
{
    local number pid pids=() failures=0
    for number in {1..40}; do
        one_of_many "$number" &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do
        wait "$pid" || failures=$((failures + 1))
    done
    [ $failures = 0 ]
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

explain_failure()
{
    sed 's/^/# client: /' "$client_out"
    tail -n 20 "$server_out" | sed 's/^/# slapd: /'
}

make_certificate
make_directory >/dev/null
touch "$client_out"
add_user alice wonderland >/dev/null
add_user 'smith, john' 'a=b' >/dev/null
alice=uid=alice,ou=people,$base
carol=uid=carol,ou=people,$base
scram=(-Y SCRAM-SHA-256)
plus=(-Y SCRAM-SHA-256-PLUS)

ok "slapd starts" start_slapd
ok "it offers SCRAM-SHA-256" offers "$plain" SCRAM-SHA-256
ok "alice binds, as her entry" \
    is "$alice" log_in alice wonderland "${scram[@]}" -H "$plain"
ok "who has a comma in the name binds" \
    is 'uid=smith\2C john,ou=people,'"$base" \
    log_in 'smith, john' a=b "${scram[@]}" -H "$plain"
ok "a wrong password is refused" \
    refuses 49 log_in alice wrong "${scram[@]}" -H "$plain"
ok "the log says why" slapd_says \
    'The user is unknown or disabled, or the password is wrong'
grep -v '^ldap_sasl' "$client_out" >"$dir/wrong"
ok "an unknown user is refused" \
    refuses 49 log_in mallory wrong "${scram[@]}" -H "$plain"
ok "in the same words" eval \
    'grep -v ^ldap_sasl "$client_out" | cmp - "$dir/wrong"'
ok "alice may bind as carol" \
    is "$carol" log_in alice wonderland "${scram[@]}" -X u:carol -H "$plain"
ok "and not as dave" \
    refuses 50 log_in alice wonderland "${scram[@]}" -X u:dave -H "$plain"
if has_no_sanitizer; then
    credential wonderland
    ok "alice binds with this mechanism" \
        is "$alice" log_in_by_itself "${scram[@]}" -H "$plain"
    credential wrong
    ok "a wrong password is refused there too" \
        refuses 49 log_in_by_itself "${scram[@]}" -H "$plain"
    unset GSS_SCRAM_CREDENTIALS
    ok "an agent starts, and has a login for any LDAP server" has_agent
    ok "with which alice binds" \
        is "$alice" log_in_by_itself "${scram[@]}" -H "$plain"
    ok "and to the channel of TLS" \
        is "$alice" log_in_by_itself_bound "${plus[@]}" -H "$secure"
    ok "the agent stops" stop_agent
fi
add_user patient wonderland --iterations 65536 >/dev/null
add_user weary wonderland --iterations 65537 >/dev/null
ok "Cyrus SASL's own client takes as many iterations as doc/sasl.md says" \
    is "uid=patient,ou=people,$base" \
    log_in patient wonderland "${scram[@]}" -H "$plain"
ok "and no more" refuses 252 log_in weary wonderland "${scram[@]}" -H "$plain"
ok "and says so" client_says 'iteration-count is too big'
ok "forty at once bind or are refused as they should" forty_at_once

ok "without TLS there is no SCRAM-SHA-256-PLUS" \
    not offers "$plain" SCRAM-SHA-256-PLUS
ok "with TLS there is" offers "$secure" SCRAM-SHA-256-PLUS
ok "alice binds by TLS" \
    is "$alice" log_in alice wonderland "${scram[@]}" -H "$secure"
ok "alice binds to the channel of TLS" \
    is "$alice" log_in_bound alice wonderland "${plus[@]}" -H "$secure"
ok "alice binds to the channel after StartTLS" \
    is "$alice" log_in_bound alice wonderland "${plus[@]}" -ZZ -H "$plain"
if has_no_sanitizer; then
    credential wonderland
    ok "so she does with this mechanism" \
        is "$alice" log_in_by_itself_bound "${plus[@]}" -H "$secure"
fi
ok "a wrong password is refused by TLS too" \
    refuses 49 log_in_bound alice wrong "${plus[@]}" -H "$secure"
ok "slapd stops" stop_server

# Who answers past the deadline is a stranger, and slapd goes on.
late()
{
    python3 "$test_source/tests/servers/late_bind.py" "$port" "$1" 1 \
        >"$client_out" 2>&1
}
configure_with "store = $store" 'handshake_timeout = 1s'
ok "slapd starts, and gives clients a second" start_slapd
for mechanism in SCRAM-SHA-256 GSS-SPNEGO; do
    ok "it offers $mechanism" offers "$plain" $mechanism
    ok "a stranger whose answer by $mechanism is too late is refused" \
        late $mechanism
    ok "alice still binds" \
        is "$alice" log_in alice wonderland "${scram[@]}" -H "$plain"
done
ok "the log says why" slapd_says 'longer to answer than handshake_timeout'
ok "slapd stops" stop_server

configure_with "store = $store" \
    'require_channel_bindings = true'
ok "slapd starts, and is to insist on channel bindings" start_slapd
ok "alice binds to the channel" \
    is "$alice" log_in_bound alice wonderland "${plus[@]}" -H "$secure"
ok "alice is refused without a channel" \
    refuses 80 log_in alice wonderland "${scram[@]}" -H "$plain"
ok "alice is refused by TLS if not bound to it" \
    refuses 80 log_in alice wonderland "${scram[@]}" -H "$secure"
ok "the log says why" slapd_says 'channel bindings'
ok "slapd stops" stop_server

configure_with "store = ${store%/*}/none" "[accounts]" \
    "$worker = {" "store = $store" "}"
ok "slapd starts, with a store for its account" start_slapd
ok "alice binds" is "$alice" log_in alice wonderland "${scram[@]}" -H "$plain"
take_store_away
# Whether there is a store is looked at four times a second; in between it is the
# login that fails.
ok "without the store she does not" \
    not log_in alice wonderland "${scram[@]}" -H "$plain"
ok "and soon for want of a credential" until_true \
    refuses 80 log_in alice wonderland "${scram[@]}" -H "$plain"
ok "the log says why" slapd_says "$taken_away"
ok "and so does the answer, as doc/openldap.md warns" \
    client_says "$taken_away"
ok "slapd stops" stop_server

# Under a sanitizer a client has none of these plugins.
if has_no_sanitizer; then
    give_store_back
    configure_with "store = $store"
    credential wonderland
    ok "a realm has an alice too" realm_has_alice || finish
    ok "slapd starts, with a key" start_slapd_with_a_key
    ok "alice of the store is her entry" \
        is "$alice" log_in_by_itself "${scram[@]}" -H "$plain"
    ok "alice of the realm is not" \
        is uid=alice,cn=gs2-krb5,cn=auth binds_by_kerberos -Y GS2-KRB5
    ok "nor is she by Cyrus SASL's other plugin" \
        is uid=alice,cn=gssapi,cn=auth binds_by_kerberos -Y GSSAPI
    ok "by SPNEGO she is nobody's entry" \
        is uid=alice,cn=gss-spnego,cn=auth binds_by_kerberos -Y GSS-SPNEGO
    ok "and neither is alice of the store" \
        is uid=alice,cn=gss-spnego,cn=auth \
        log_in_by_itself -Y GSS-SPNEGO -N -H "$plain"
    ok "slapd stops" stop_server
fi
finish
