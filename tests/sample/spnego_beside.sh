#!/bin/bash
# The stock gss-client and gss-server negotiate with SPNEGO where krb5, with a
# KDC, and gss-ntlmssp are there beside this mechanism.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/../kdc.sh"
need_stock_programs
need krb5-kdc command -v krb5kdc
need krb5-admin-server command -v kadmin.local
need gss-ntlmssp test -e /etc/gss/mech.d/mech.ntlmssp.conf
enter_own_network
stop_both()
{
    stop_server
    stop_kdc
}
make_dir spnego stop_both
set_up

KRB5='{ 1 2 840 113554 1 2 2 }'
NTLM='{ 1 3 6 1 4 1 311 2 2 10 }'
cp "$dir/mech" "$dir/scram.mech"
grep -v '^#' /etc/gss/mech.d/mech.ntlmssp.conf >"$dir/ntlm.mech"
cat "$dir/scram.mech" "$dir/ntlm.mech" >"$dir/scram-ntlm.mech"
cat "$dir/ntlm.mech" "$dir/scram.mech" >"$dir/ntlm-scram.mech"
echo 'TEST:alice:correct horse' >"$dir/ntlm.users"

# as MECHS COMMAND...: run it with those mechanisms registered.
as()
{
    local mechs=$1
    shift
    GSS_MECH_CONFIG=$dir/$mechs.mech "$@"
}

# serve_with [VARIABLE=VALUE...]: another server, in this environment.
serve_with()
{
    stop_server
    if [ $# = 0 ]; then
        start_server
    else
        local -x "$1"
        shift
        serve_with "$@"
    fi
}

chose()
{
    server_says "Accepted connection using mechanism OID $1"
}

# The stock client asks gss-ntlmssp what this does not know, and gives up after
# it got in; what counts is what the server says.
gets_ntlm()
{
    as "$1" client "${password[@]}"
    chose "$NTLM"
}

# Where it does not even work by itself, as on Debian 13, it has nothing to say.
ntlm_works_by_itself()
{
    serve_with "GSS_MECH_CONFIG=$dir/ntlm.mech" \
        "NTLM_USER_FILE=$dir/ntlm.users" || return
    as ntlm client -mech "$NTLM" -user alice -pass 'correct horse'
    chose "$NTLM"
}

password=(-spnego -user alice -pass 'correct horse')
both_password=(-spnego -user bob -pass 'battery staple')
tickets="FILE:$dir/bob.keytab"
keys="KRB5_KTNAME=FILE:$dir/keytab"

with_tickets()
{
    KRB5_CLIENT_KTNAME=$tickets KRB5CCNAME=FILE:$dir/tickets "$@"
}

add_user alice 'correct horse' || exit
add_user bob 'battery staple' || exit

# Without krb5: a realm is there, but no KDC, no tickets and no keys.
configure_krb5 1
if ! ntlm_works_by_itself; then
    echo "not tried: gss-ntlmssp does not work here, even by itself"
    exit 77
fi
for server in scram scram-ntlm ntlm-scram; do
    ok "a server with $server starts" \
        serve_with "GSS_MECH_CONFIG=$dir/$server.mech" \
        "NTLM_USER_FILE=$dir/ntlm.users" || finish
    for client in scram scram-ntlm ntlm-scram; do
        case $client/$server in
        ntlm-scram/*ntlm*)
            ok "a client with $client and a password gets in with NTLM" \
                gets_ntlm "$client"
            ;;
        *)
            ok "a client with $client and a password gets in" \
                as "$client" client "${password[@]}"
            ok "with SCRAM" chose "$SCRAM_SHA_256"
            ;;
        esac
        ok "so does it insisting on SCRAM" as "$client" \
            client -mech "$SCRAM_SHA_256" "${password[@]}"
        ok "with SCRAM" chose "$SCRAM_SHA_256"
    done
    if [ "$server" = scram ]; then
        ok "a client with NTLM alone does not get in" \
            not as ntlm client "${password[@]}"
        ok "the server accepted nothing" server_says 'Accepted connection' 0
    else
        ok "a client with NTLM alone gets in" gets_ntlm ntlm
    fi
done
ok "a server with NTLM alone starts" \
    serve_with "GSS_MECH_CONFIG=$dir/ntlm.mech" \
    "NTLM_USER_FILE=$dir/ntlm.users" || finish
ok "a client with SCRAM alone does not get in" \
    not as scram client "${password[@]}"
for client in scram-ntlm ntlm-scram; do
    ok "a client with $client gets in with NTLM" gets_ntlm "$client"
done

# With krb5.
ok "a realm is made" make_realm || finish
ok "a KDC starts" start_kdc || finish
ok "a server with keys and a store starts" serve_with "$keys" || finish
ok "a client with a ticket gets in" with_tickets client -spnego
ok "with krb5" chose "$KRB5"
ok "a client with a password for SCRAM alone gets in" client "${password[@]}"
ok "with SCRAM" chose "$SCRAM_SHA_256"
ok "so does it with somebody else's ticket" \
    with_tickets client "${password[@]}"
ok "with SCRAM" chose "$SCRAM_SHA_256"
ok "a client with a password for both gets in" client "${both_password[@]}"
ok "with krb5" chose "$KRB5"
ok "so does it insisting on SCRAM" \
    client -mech "$SCRAM_SHA_256" "${both_password[@]}"
ok "with SCRAM" chose "$SCRAM_SHA_256"
ok "a wrong password gets into neither" \
    not client -spnego -user bob -pass 'battery acid'
ok "a client without SPNEGO gets in with krb5 by default" with_tickets client
ok "with krb5" chose "$KRB5"
ok "and with SCRAM if it asks" log_in alice 'correct horse'
ok "with SCRAM" chose "$SCRAM_SHA_256"

ok "a server with a store and without keys starts" serve_with || finish
ok "a client with a password for both gets in" client "${both_password[@]}"
ok "with SCRAM, after the wrong guess" chose "$SCRAM_SHA_256"
ok "a client with a password for SCRAM alone gets in" client "${password[@]}"
ok "with SCRAM" chose "$SCRAM_SHA_256"
ok "a client with a ticket alone does not" not with_tickets client -spnego
printf '[host@localhost]\nuser = alice\npassword = "correct horse"\n' \
    >"$dir/credentials"
with_credentials()
{
    GSS_SCRAM_CREDENTIALS=$dir/credentials "$@"
}
ok "one with a ticket, and a password in a file, does" \
    with_tickets with_credentials client -spnego
ok "with SCRAM, after the wrong guess" chose "$SCRAM_SHA_256"
ok "so does one with a password in a file alone" \
    with_credentials client -spnego
ok "with SCRAM" chose "$SCRAM_SHA_256"

configure_with "store = file:$dir/none"
ok "a server with keys and without a store starts" \
    serve_with "$keys" || finish
ok "a client with a ticket gets in" with_tickets client -spnego
ok "with krb5" chose "$KRB5"
ok "a client with a password for both gets in" client "${both_password[@]}"
ok "with krb5" chose "$KRB5"
ok "a client with a password for SCRAM alone does not" \
    not client "${password[@]}"
ok "the server ran until it was stopped" stop_server
finish
