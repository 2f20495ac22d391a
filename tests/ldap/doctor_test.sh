#!/bin/bash
# "gss-scram doctor" where users are in a directory: what is wrong between a
# server's account and its slapds is found before anybody logs in.
. "$(dirname "$0")/lib.sh"
enter_own_network
set_up_ldap

# doctor LOCATION [LINE...]: run it with that configuration; what it says is in
# $dir/out.
doctor()
{
    configure_ldap "$@" "ldap_decoy_key_file = $dir/secret"
    start_gss_scramd
    "${own[@]}" "$gss_scram" doctor >"$dir/out" 2>"$dir/err"
    code=$?
}
explain_failure()
{
    echo "# the last exit code was $code"
    tail -n 20 "$dir/out" "$dir/err" | cut -c 1-300 | sed 's/^/# /'
}
finds()
{
    [ "$code" = 1 ] && grep -F -- "$1" "$dir/out" | grep -qE '^(FAIL|      fix: )'
}
is_well()
{
    [ "$code" = 0 ] && grep -qxF 'All is well.' "$dir/out" &&
        has 'it shows this account verifiers'
}
has()
{
    grep -qF -- "$1" "$dir/out"
}

{
    directory_ldif
    person_ldif bob
} >"$dir/empty.ldif"
{
    cat "$dir/empty.ldif"
    person_ldif alice "authPassword: $(verifier wonderland)" \
        'employeeNumber: 99999' 'departmentNumber: web'
} >"$dir/directory.ldif"
for number in 1 2 3; do
    configure_slapd $number
    [ $number = 3 ] && ldif=empty || ldif=directory
    ok "directory $number is made" fill_slapd $number <"$dir/$ldif.ldif"
    ok "slapd $number starts" start_slapd $number || finish
done
head -c 32 /dev/urandom | base64 >"$dir/secret"
chmod 600 "$dir/secret"
bound=('ldap_tls = starttls' "ldap_tls_ca = $dir/ca.pem"
    "ldap_bind_dn = $servers" "ldap_bind_password_file = $password_file")
both="${slapd_url[1]} ${slapd_url[2]}"

doctor "$both" "${bound[@]}" 'ldap_expires = employeeNumber' \
    'ldap_groups = departmentNumber'
ok "where users can log in, all is well" is_well
ok "and it is seen when they expire, and groups" eval \
    'has "it shows this account employeeNumber of some of them" &&
    has "it shows this account departmentNumber of some of them"'
ok "each slapd was asked" eval \
    'has "${slapd_url[1]} answers" && has "${slapd_url[2]} answers"'
doctor "${slapd_url[3]}" "${bound[@]}"
ok "a directory in which nobody has a verifier" \
    finds "${slapd_url[3]} shows this account nobody"
doctor "$both"
ok "one that shows none to an account that does not say who it is" \
    finds 'shows this account nobody'
doctor "$both" "${bound[@]}" 'ldap_filter = (mail=%u)'
ok "one whose users are not found" finds 'shows this account nobody'

end_slapd 2 KILL
doctor "$both" "${bound[@]}" 'ldap_expires = shadowExpire' \
    'ldap_groups = departmentNumber' "ldap_groups_base = $base"
ok "one slapd of two that is gone" finds "${slapd_url[2]}: Can't contact"
ok "while the other is there" eval \
    'has "${slapd_url[1]} answers" && has "it shows this account verifiers"'
ok "an attribute that nobody is seen to have" \
    has 'it shows this account shadowExpire of nobody who has a verifier'
ok "and one whose values are no groups" \
    has 'it shows this account departmentNumber of nobody who has a verifier'

doctor "${slapd_url[1]}" "${bound[@]:0:2}" "ldap_bind_dn = $manager" \
    "${bound[3]}"
ok "a password that is another's" \
    finds "Invalid credentials: is $manager there, and its password in"
configure_with "store = ${slapd_url[1]}" "${bound[@]}" \
    "ldap_base = ou=peeple,$base"
"${own[@]}" "$gss_scram" doctor >"$dir/out" 2>"$dir/err"
code=$?
ok "a base that is not there" \
    finds "No such object: is ldap_base right, \"ou=peeple,$base\""
doctor "${slapd_url[1]}" "${bound[@]:2}" 'ldap_tls = starttls' \
    "ldap_tls_ca = $dir/none.pem"
ok "authorities that cannot be read" finds "ldap_tls_ca: cannot read"
doctor "${slapd_url[1]}" "${bound[@]:2}" 'ldap_tls = starttls' \
    "ldap_tls_ca = $dir/other.pem"
ok "authorities that the certificate is not from" finds 'from an authority in'
finish
