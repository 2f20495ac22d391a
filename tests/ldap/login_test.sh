#!/bin/bash
# Users of a directory log in, by every way that a server can bind to it; and
# what becomes of them when it cannot.
. "$(dirname "$0")/lib.sh"
need_stock_programs
enter_own_network
set_up_ldap stop_hostile

explain_failure()
{
    tail -n 20 "$client_out" "$server_out" "$dir/gss-scramd.out" 2>/dev/null | cut -c 1-300 |
        grep -av '^\([0-9a-f][0-9a-f] \)*$' | sed 's/^/# /'
}

# The ways: a location, and lines of configuration.
bound=("ldap_bind_dn = $servers" "ldap_bind_password_file = $dir/password")
trusting=("ldap_tls_ca = $dir/ca.pem")
grouped=('ldap_groups = memberOf' "ldap_groups_base = ou=groups,$base")
quick=('ldap_connect_timeout = 1s' 'ldap_lookup_timeout = 1s'
    'ldap_total_timeout = 3s')

# serve LOCATION [LINE...]: start a server with that.
serve()
{
    [ -z "$server_pid" ] || server_is_gone || stop_loop || return
    configure_ldap "$@" && start_gss_scramd && start_loop
}
serves_alice()
{
    ok "a server starts $1" serve "${@:2}"
    ok "alice logs in" log_in alice wonderland
    ok "she does not with a wrong password" is_refused alice wonderful
}

# fails SENTENCE: a login ends at once in what is said to the client when the
# store cannot be read, and the server knows why.
fails()
{
    local began=${EPOCHREALTIME/./}
    not log_in alice wonderland && client_says 'other-error' &&
        server_says "$1" && [ $((${EPOCHREALTIME/./} - began)) -lt 4000000 ]
}

hostile_pid=
start_hostile()
{
    : >"$dir/hostile"
    python3 "$test_source/tests/ldap/hostile.py" "$1" >"$dir/hostile" &
    hostile_pid=$!
    until_true [ -s "$dir/hostile" ]
    hostile_url=ldap://127.0.0.1:$(cat "$dir/hostile")
}
stop_hostile()
{
    [ -n "$hostile_pid" ] || return 0
    kill "$hostile_pid"
    wait "$hostile_pid" 2>/dev/null
    hostile_pid=
}

# What is for other programs counts for none of this.
cat >"$dir/ldap.conf" <<END
URI ldap://127.0.0.1:1
BASE ou=elsewhere
TLS_CACERT $dir/other.pem
TLS_REQCERT never
TLS_REQSAN never
TLS_PEERKEY_HASH sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
END

alices=$(verifier wonderland)
odd='o,e=x (y*)\"#+ü'
{
    directory_ldif
    person_ldif alice "authPassword: $alices" \
        'authPassword: X-OTHER$c2FsdA==$aGFzaA=='
    person_ldif bob
    while read -r name expires; do
        person_ldif "$name" "authPassword: $alices" "employeeNumber: $expires"
    done <<<$'past 20200101000000Z\nlater 99999\nunclear tomorrow\nmixed -1'
    printf '%s\n' "dn: cn=odd,$people" 'objectClass: inetOrgPerson' \
        'objectClass: authPasswordObject' 'cn: odd' 'sn: odd' \
        "uid:: $(printf %s "$odd" | base64)" "authPassword: $alices" ''
    for i in {1..1100}; do
        person_ldif "many$i" "authPassword: $alices" 'mail: many@example.org'
    done
} >"$dir/directory.ldif"
configure_slapd 1 'moduleload memberof' 'overlay memberof'
ok "a directory is made" fill_slapd 1 <"$dir/directory.ldif"
ok "slapd starts" start_slapd 1 || finish

# group_ldif DN PERSON...: print a group's entry.
group_ldif()
{
    printf '%s\n' "dn: $1" 'objectClass: groupOfNames'
    printf "member: uid=%s,$people\n" "${@:2}"
    echo
}
groups=ou=groups,$base
{
    printf '%s\n' "dn: $groups" 'objectClass: organizationalUnit' ''
    group_ldif "cn=web,$groups" alice later
    group_ldif "cn=B\\C3\\BCro 2,$groups" later
    group_ldif "cn=elsewhere,$base" later past
    group_ldif "cn=a\\, b,$groups" mixed
} >"$dir/groups.ldif"
ok "there are groups in it" eval \
    'as admin ldapadd 1 <"$dir/groups.ldif" >"$dir/ldapadd.out" 2>&1'

# A second one, whose certificate is somebody else's.
configure_slapd 2
sed -i "s|^TLSCertificateFile .*|TLSCertificateFile $dir/elsewhere.pem|" \
    "$dir/2/slapd.conf"
ok "so is another" fill_slapd 2 <"$dir/directory.ldif"
ok "which starts too" start_slapd 2 || finish

serves_alice 'that binds by a DN' "${slapd_url[1]}" "${bound[@]}" \
    'ldap_tls = none' 'ldap_expires = employeeNumber' "${grouped[@]}"
ok "who expires later gets in" log_in later wonderland
ok "who has expired is refused" is_refused past wonderland
ok "for that reason" grep -q 'past.*the user has expired' "$dir/gss-scramd.out"
ok "who may have expired is refused in the same words" \
    is_refused unclear wonderland
ok "and gss-scramd says why" grep -q \
    'unclear.*employeeNumber of the user.s entry is not one time' \
    "$dir/gss-scramd.out"
ok "so is who is in a group that cannot be one" is_refused mixed wonderland
ok "and gss-scramd says that" grep -q \
    'mixed.*memberOf of the user.s entry names something that is no group' \
    "$dir/gss-scramd.out"
for name in past unclear mixed later; do
    "${own[@]}" "$gss_scram" user show $name
done >"$dir/out" 2>&1
ok "the command shows when users expire" \
    [ "$(grep -oE '[0-9-]{10} +(expired|enabled)' "$dir/out" | xargs)" = \
    '2019-12-31 expired 1970-01-01 expired 1970-01-01 expired 2243-10-15 enabled' ]
ok "and groups, but those that are elsewhere" \
    [ "$(grep '^groups ' "$dir/out")" = 'groups web,Büro 2' ]
ok "who is not there is refused in the same words" is_refused malice wonderland
ok "so is who has no verifier" is_refused bob 'of bob'
ok "who has an odd name gets in" log_in "$odd" wonderland
ok "the server was not told who has expired" \
    not grep -qE 'has expired|is not one time|no group' "$server_out"
for name in 'al*' '*' 'alice)(uid=*' '\61lice' 'alice,'; do
    ok "no one is found as $name" is_refused "$name" wonderland
done
serves_alice 'that says StartTLS' "${slapd_url[1]}" "${bound[@]}" \
    'ldap_tls = starttls' "${trusting[@]}"
serves_alice 'that uses ldaps' "${slapd_secure_url[1]}" "${bound[@]}" \
    "${trusting[@]}"
serves_alice 'that is known by its account' "${slapd_socket[1]}" \
    'ldap_sasl_mechanism = EXTERNAL'

# A server that others wrote.
stop_loop
configure_ldap "${slapd_secure_url[1]}" "${bound[@]}" "${trusting[@]}" \
    "${grouped[@]}"
ok "gss-scramd starts" start_gss_scramd
ok "the stock gss-server starts" start_server
ok "alice logs in" log_in alice wonderland
ok "and the server knows that she is in a group" \
    server_says 'Attribute scram-group Authenticated Complete'
ok "she does not with a wrong password" is_refused alice wonderful
ok "the stock gss-server stops" stop_server

# Whom it does not trust.
for way in StartTLS ldaps; do
    if [ $way = StartTLS ]; then
        urls=("${slapd_url[1]}" "${slapd_url[2]}") tls=('ldap_tls = starttls')
    else
        urls=("${slapd_secure_url[1]}" "${slapd_secure_url[2]}") tls=()
    fi
    serve "${urls[0]}" "${bound[@]}" "${tls[@]}" "ldap_tls_ca = $dir/other.pem"
    ok "by $way a certificate of another authority's is refused" \
        fails 'Connect error'
    serve "${urls[1]}" "${bound[@]}" "${tls[@]}" "${trusting[@]}"
    ok "by $way one that is for another host is refused" \
        fails 'Connect error'
    serve "${urls[1]} ${urls[0]}" "${bound[@]}" "${tls[@]}" "${trusting[@]}"
    ok "the other server is used then" log_in alice wonderland
done

# What TLS it trusts: the second slapd has a certificate like the first one's
# now, and speaks nothing but one version, which its own clients can do.
speaks()
{
    end_slapd 2 TERM
    sed -i "s|/elsewhere\.pem|/slapd.pem|; /^TLSCipherSuite/d
        s|^TLSCACertificateFile|TLSCipherSuite NORMAL:-VERS-ALL:+VERS-$1\n&|" \
        "$dir/2/slapd.conf"
    start_slapd 2 && LDAPCONF=$dir/none LDAPTLS_CACERT=$dir/ca.pem \
        LDAPTLS_CIPHER_SUITE=NORMAL:-VERS-ALL:+VERS-$1 \
        "${foreign[@]}" ldapwhoami -x -H "${slapd_secure_url[2]}" \
        >"$dir/speaks.out" 2>&1
}
ok "slapd speaks TLS 1.1" speaks TLS1.1
serve "${slapd_url[2]}" "${bound[@]}" 'ldap_tls = starttls' "${trusting[@]}"
ok "by StartTLS that is refused" fails 'speaks TLS1.1'
serve "${slapd_secure_url[2]}" "${bound[@]}" "${trusting[@]}"
ok "by ldaps too" fails 'speaks TLS1.1'
ok "slapd speaks TLS 1.2" speaks TLS1.2
ok "which is used" log_in alice wonderland

# Whom the directory does not trust.
printf 'of nobody\n' >"$dir/wrong"
chmod 600 "$dir/wrong"
serve "${slapd_url[1]}" "ldap_bind_dn = $servers" \
    "ldap_bind_password_file = $dir/wrong" 'ldap_tls = none'
ok "a server with a wrong password to bind with fails" \
    fails 'Invalid credentials'
ok "one that is nobody lets nobody in" eval '
    serve "${slapd_url[1]}" "ldap_tls = none" && is_refused alice wonderland'
for mode in 644 640 604; do
    install -m $mode "$dir/password" "$dir/open"
    ok "a password to bind with whose file has mode $mode is not used" eval '
        not serve "${slapd_url[1]}" "ldap_bind_dn = $servers" \
            "ldap_bind_password_file = $dir/open" "ldap_tls = none"'
done

# What is answered.
serve "${slapd_url[1]}" "${bound[@]}" 'ldap_tls = none' \
    'ldap_filter = (|(uid=%u)(mail=many@example.org))'
ok "more entries than one are none" fails 'more than one entry'

# What is not answered.
serve "ldap://127.0.0.1:1 ${slapd_url[1]}" "${bound[@]}" 'ldap_tls = none' \
    "${quick[@]}"
ok "a server that is not there costs nothing" log_in alice wonderland
end_slapd 2 KILL
serve "ldap://127.0.0.1:1" "${bound[@]}" 'ldap_tls = none' "${quick[@]}"
ok "if there is no other, the login fails" fails "Can't contact LDAP server"

# What should not be answered.
for mode in reset silent rubbish endless; do
    ok "a directory that is $mode starts" start_hostile $mode
    serve "$hostile_url" "${bound[@]}" 'ldap_tls = none' "${quick[@]}"
    ok "the login fails in time" fails "$hostile_url"
    serve "$hostile_url ${slapd_url[1]}" "${bound[@]}" 'ldap_tls = none' \
        "${quick[@]}"
    ok "unless there is another" log_in alice wonderland
    stop_hostile
done
kill -STOP "${slapd_pid[1]}"
serve "${slapd_url[1]}" "${bound[@]}" 'ldap_tls = none' "${quick[@]}"
ok "a slapd that hangs fails the login in time" fails 'imed out'
kill -CONT "${slapd_pid[1]}"
ok "and when it goes on alice logs in" until_true log_in alice wonderland

# What is remembered.
search_count()
{
    before=$(searches 1)
    "$@" && found=$(($(searches 1) - before - 1))
}
some_logins()
{
    local i
    for i in {1..5}; do
        log_in alice wonderland || return
    done
}
serve "${slapd_url[1]}" "${bound[@]}" 'ldap_tls = none' 'ldap_cache_ttl = 60s' \
    "${quick[@]}"
ok "five logins" search_count some_logins
ok "take one search" [ "$found" = 1 ]
serve "${slapd_url[1]}" "${bound[@]}" 'ldap_tls = none' 'ldap_cache_ttl = 0s' \
    "${quick[@]}"
ok "without a cache five logins" search_count some_logins
ok "take one for each of their legs" [ "$found" = 10 ]

# When there is no directory any more.
serve "${slapd_url[1]}" "${bound[@]}" 'ldap_tls = none' 'ldap_cache_ttl = 1s' \
    'ldap_cache_stale = 60s' "${quick[@]}"
ok "alice logs in" log_in alice wonderland
end_slapd 1 KILL
gets_in_for_three_seconds()
{
    local until=$((${EPOCHREALTIME/./} + 3000000))
    until [ ${EPOCHREALTIME/./} -gt $until ]; do
        log_in alice wonderland || return
    done
}
ok "and goes on to when the directory is gone" gets_in_for_three_seconds
ok "with the right password alone" is_refused alice wonderful
ok "who has not been there is not let in" eval '
    not log_in many1 wonderland && client_says other-error'
ok "slapd comes back" start_slapd 1
ok "and lets all in" until_true log_in many1 wonderland
serve "${slapd_url[1]}" "${bound[@]}" 'ldap_tls = none' 'ldap_cache_ttl = 1s' \
    'ldap_cache_stale = 0s' "${quick[@]}"
ok "alice logs in" log_in alice wonderland
end_slapd 1 KILL
ok "nothing is remembered for longer than it is to be" \
    until_true fails "Can't contact LDAP server"
ok "the server ends well" stop_loop
finish
