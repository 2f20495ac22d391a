#!/bin/bash
# A directory's strangers without a secret of its own to make them up by: what
# every account of the machine can read is none, and hosts that share a
# directory would show another stranger each. The doctor says so, and the trace.
. "$(dirname "$0")/lib.sh"
enter_own_network
set_up_ldap

# doctor LOCATION [LINE...]: run it with that configuration; what it says is in
# $dir/out.
doctor()
{
    configure_ldap "$@"
    start_gss_scramd
    rm -f "$dir/trace"
    GSS_SCRAM_TRACE=$dir/trace "${own[@]}" "$gss_scram" doctor \
        >"$dir/out" 2>"$dir/err"
    code=$?
}
explain_failure()
{
    echo "# the last exit code was $code"
    tail -n 20 "$dir/out" "$dir/err" | cut -c 1-300 | sed 's/^/# /'
}

{
    directory_ldif
    person_ldif alice "authPassword: $(verifier wonderland)"
} >"$dir/directory.ldif"
configure_slapd 1
ok "a directory is made" fill_slapd 1 <"$dir/directory.ldif"
ok "a slapd starts" start_slapd 1 || finish
bound=('ldap_tls = starttls' "ldap_tls_ca = $dir/ca.pem"
    "ldap_bind_dn = $servers" "ldap_bind_password_file = $password_file")

doctor "${slapd_url[1]}" "${bound[@]}"
ok "without ldap_decoy_key_file not all is well" [ "$code" = 1 ]
ok "and that is what is wrong" eval \
    'grep "^FAIL" "$dir/out" | grep -qF ldap_decoy_key_file'
ok "a server's trace has it too" grep -qF ldap_decoy_key_file "$dir/trace"

head -c 32 /dev/urandom | base64 >"$dir/secret"
chmod 600 "$dir/secret"
doctor "${slapd_url[1]}" "${bound[@]}" "ldap_decoy_key_file = $dir/secret"
ok "with one all is well" [ "$code" = 0 ]
ok "and nothing is said of it" not grep -q '^FAIL' "$dir/out"
finish
