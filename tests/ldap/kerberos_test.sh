#!/bin/bash
# A server that is a Kerberos client to the directory: who it is comes from a
# keytab or from a ticket, with this mechanism registered beside Kerberos'. And
# what becomes of logins when it has neither, or slapd does not believe it.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/realm.sh"
need_stock_programs
need_realm
need krb5-user command -v kinit
enter_own_network
set_up_ldap stop_kdc

# A slapd that has been told of a keytab acquires for all mechanisms that are
# registered: let this one be, unless it needs a sanitizer's runtime.
[ ${#stock[@]} != 1 ] || foreign=(env)

# Cyrus SASL's plugin for Kerberos loses a credential when a bind under TLS
# takes two steps, and a name when a ticket has expired; who lost them can be
# told if all callers are known.
if [ ${#stock[@]} != 1 ]; then
    echo 'leak:libgssapiv2' >>"$dir/leaks"
    own+=("ASAN_OPTIONS=log_path=$dir/sanitizer:fast_unwind_on_malloc=0")
fi

explain_failure()
{
    last_lines 5 "$client_out" "$server_out" "$dir"/*.log "$dir"/[12]/out
}

make_principals()
{
    # Where there are two of a name, the first has a key that counts no longer.
    make_realm && principal ldap/127.0.0.1 stale &&
        principal ldap/127.0.0.1 slapd && principal gss-scram/web old &&
        principal gss-scram/web web && principal gss-scram/brief brief &&
        kadmin.local -r TEST modprinc -maxlife '2 seconds' gss-scram/brief \
            >>"$dir/principals.log" 2>&1
}

# Who the server is to be: a keytab, or a ticket that is kept in a file.
no_identity()
{
    export KRB5_CLIENT_KTNAME=FILE:$dir/no-keys KRB5CCNAME=FILE:$dir/no-tickets
}
keytab()
{
    no_identity
    rm -f "$dir/tickets"
    export KRB5_CLIENT_KTNAME=FILE:$dir/$1.keytab KRB5CCNAME=FILE:$dir/tickets
}
ticket()
{
    no_identity
    rm -f "$dir/tickets"
    export KRB5CCNAME=FILE:$dir/tickets
    kinit -k -t "$dir/$1.keytab" "${@:2}" >>"$dir/principals.log" 2>&1
}

# serve LOCATION [LINE...]: start a server with that.
serve()
{
    [ -z "$server_pid" ] || server_is_gone || stop_loop || return
    configure_ldap "$1" 'ldap_sasl_mechanism = GSSAPI' 'ldap_cache_ttl = 0s' \
        'ldap_connect_timeout = 2s' 'ldap_total_timeout = 4s' "${@:2}" &&
        start_gss_scramd && start_loop
}
serves_alice()
{
    ok "a server starts $1" serve "${@:2}"
    ok "alice logs in" log_in alice wonderland
    ok "she does not with a wrong password" is_refused alice wonderful
}

# fails SENTENCE: a login ends in what is said to the client when the store
# cannot be read, no later than it may, and the server knows why.
fails()
{
    local began=${EPOCHREALTIME/./} status=0
    not log_in alice wonderland && client_says 'other-error' &&
        server_says "$1" || status=1
    took=$(((${EPOCHREALTIME/./} - began) / 1000))
    [ $status = 0 ] && [ $took -lt 5000 ]
}
says_how_long()
{
    "$@" && server_words | sed -n "s/^refused: /# after $took ms: /p"
}

ok "a realm is made" make_principals
ok "a KDC starts" start_kdc || finish
{
    directory_ldif
    person_ldif alice "authPassword: $(verifier wonderland)"
} >"$dir/directory.ldif"
for number in 1 2; do
    configure_slapd_of_the_realm $number
    ok "a directory is made" fill_slapd $number <"$dir/directory.ldif"
done
ok "slapd starts with its key" start_slapd_with 1 slapd || finish
ok "another does with one that counts no longer" \
    start_slapd_with 2 stale || finish

# Who it is.
keytab web
serves_alice 'with a keytab' "${slapd_url[1]}"
ok "she logs in again, and again" eval '
    log_in alice wonderland && log_in alice wonderland'
ok "all by one connection, on which the server is who it should be" \
    [ "$(connections 1)" = 1 ]
serves_alice 'with a keytab and StartTLS' "${slapd_url[1]}" 'ldap_tls = starttls' \
    "ldap_tls_ca = $dir/ca.pem"
serves_alice 'with a keytab and ldaps' \
    "${slapd_secure_url[1]}" "ldap_tls_ca = $dir/ca.pem"
ticket web gss-scram/web
serves_alice 'with a ticket' "${slapd_url[1]}"
ticket bob bob
ok "a server starts with another's ticket" serve "${slapd_url[1]}"
ok "to whom the directory shows no verifiers" is_refused alice wonderland

keytab brief
ok "a server starts with a keytab whose tickets are brief" \
    serve "${slapd_url[1]}"
ok "alice logs in" log_in alice wonderland
ok "the ticket expires" until_true not klist -s
ok "on the connection that is there alice logs in" log_in alice wonderland
ok "slapd starts anew" eval 'end_slapd 1 TERM && start_slapd_with 1 slapd'
ok "with another ticket alice logs in" log_in alice wonderland

# A slapd that protects no messages by Kerberos' keys is one that TLS has to
# protect, or that the configuration says needs none.
keytab web
sed -i '/^pidfile/i sasl-secprops noanonymous,noplain,maxssf=0' \
    "$dir/1/slapd.conf"
ok "slapd starts anew, without Kerberos' protection" \
    eval 'end_slapd 1 TERM && start_slapd_with 1 slapd'
serve "${slapd_url[1]}"
ok "a login fails then" says_how_long fails 'mechanism too weak'
serve "${slapd_url[1]}" 'ldap_tls = none'
ok "where none is wanted alice logs in" log_in alice wonderland
serve "${slapd_secure_url[1]}" "ldap_tls_ca = $dir/ca.pem"
ok "and by ldaps" log_in alice wonderland
sed -i '/^sasl-secprops/d' "$dir/1/slapd.conf"
ok "slapd starts anew with it" \
    eval 'end_slapd 1 TERM && start_slapd_with 1 slapd'

# Who it cannot be.
no_identity
serve "${slapd_url[1]}"
ok "without a key and a ticket a login fails" \
    says_how_long fails 'No Kerberos credentials available'
keytab old
serve "${slapd_url[1]}"
ok "with a key that counts no longer it does" \
    says_how_long fails 'Decrypt integrity check failed'
ticket web -l 1s gss-scram/web
serve "${slapd_url[1]}"
ok "a ticket expires" until_true not klist -s
# libgssapi says that the context has expired, or, where it had asked for the
# service's ticket by then, that the ticket has.
ok "with one that has expired it does" says_how_long fails 'expired'
keytab web
serve "${slapd_url[2]}"
ok "when slapd has a key that counts no longer it does" \
    says_how_long fails 'Invalid credentials'
serve "${slapd_url[1]/127.0.0.1/localhost}"
ok "for a host that the realm does not know it does" \
    says_how_long fails 'Server ldap/localhost@TEST not found in Kerberos'

# The mechanism that is asked must not ask itself.
printf '%s\n' '[*]' 'user = alice' 'password = wonderland' >"$dir/credentials"
export GSS_SCRAM_CREDENTIALS=$dir/credentials
starttls=('ldap_tls = starttls' "ldap_tls_ca = $dir/ca.pem")
keytab web
serves_alice 'that has a password for this mechanism too' "${slapd_url[1]}"
serves_alice 'that has one and uses TLS' "${slapd_url[1]}" "${starttls[@]}"
no_identity
for way in '' 'by TLS '; do
    serve "${slapd_url[1]}" ${way:+"${starttls[@]}"}
    ok "${way}a password alone is nothing to Kerberos" \
        says_how_long fails 'GSSAPI Error'
done
unset GSS_SCRAM_CREDENTIALS

keytab web
export SASL_PATH=$dir/none
serve "${slapd_url[1]}"
ok "without Cyrus SASL's plugin a login fails" \
    says_how_long fails 'no mechanism available'
unset SASL_PATH

# When there is no KDC.
keytab web
kill -STOP "$kdc_pid"
serve "${slapd_url[1]}"
# libkrb5 waits for it for longer than a login does, in one worker.
ok "when the KDC hangs a login fails" \
    says_how_long fails 'the directory has not answered'
ok "and the next one no later" says_how_long fails '(Timed out)'
kill -CONT "$kdc_pid"
ok "and when it goes on alice logs in" until_true log_in alice wonderland
ticket web gss-scram/web
kvno ldap/127.0.0.1 >>"$dir/principals.log"
stop_kdc
serve "${slapd_url[1]}"
ok "with a ticket the server does without a KDC" log_in alice wonderland
keytab web
serve "${slapd_url[1]}"
ok "without one the login fails" \
    says_how_long fails 'Cannot contact any KDC'
ok "a KDC starts again" start_kdc
serve "${slapd_url[1]}"
ok "and alice logs in" until_true log_in alice wonderland
ok "the server ends well" stop_loop
finish
