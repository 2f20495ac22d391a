#!/bin/bash
# Squid's helper for Negotiate, negotiate_kerberos_auth, asked as squid asks it.
. "$(dirname "$0")/lib.sh"
helper=/usr/lib/squid/negotiate_kerberos_auth
need squid test -x $helper
need python3-gssapi /usr/bin/python3 -c 'import gssapi'
set_up_server squid
add_user alice 'correct horse' || exit
server_out=$dir/helper.out

# asked PASSWORD OPTION...: what a helper with these options says in the end.
asked()
{
    local password=$1
    shift
    "${stock[@]}" timeout 60 /usr/bin/python3 -B \
        "$test_source/tests/servers/squid_helper.py" HTTP@localhost \
        "$password" "${as_worker[@]}" $helper "$@" >"$server_out" 2>&1
}
says()
{
    grep -q "$1" "$server_out"
}
explain_failure()
{
    last_lines 20 "$server_out"
}

ways=('-s HTTP@localhost' '-r -s HTTP@localhost')
# Without a name of its own the helper looks up the machine's, and ends when it
# has no address.
if getent ahosts "$(hostname)" >/dev/null; then
    ways+=('-s GSS_C_NO_NAME')
fi
for options in "${ways[@]}"; do
    # shellcheck disable=SC2086 # options, a word each
    ok "alice is asked in by a helper with $options" \
        asked 'correct horse' $options
    ok "the helper knows her" says '^OK .*user=alice'
    ok "she knows the helper" says '^the client is sure'
    # shellcheck disable=SC2086 # options, a word each
    asked 'incorrect horse' $options
    ok "a wrong password is refused" says '^BH gss_accept_sec_context() failed'
    ok "the helper says why" says 'the password is wrong'
done
finish
