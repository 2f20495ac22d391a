#!/bin/bash
# Perl's GSSAPI: a server and its clients. The binding takes no password, so the
# clients have theirs in a file; and it releases every OID that it is given,
# the mechanism's own too, and complains where it was given none.
. "$(dirname "$0")/lib.sh"
need libgssapi-perl perl -MGSSAPI -e 1
set_up_server perl
server_out=$dir/server.out
perl=$test_source/tests/servers/perl
add_user alice 'correct horse' || exit

listens_or_is_gone()
{
    grep -q '^listening on ' "$server_out" || server_is_gone
}
starts()
{
    serve "${as_worker[@]}" perl "$perl/server.pl"
    until_true listens_or_is_gone
    port=$(sed -n 's/^listening on //p' "$server_out")
    [ -n "$port" ]
}

# hears PASSWORD ANSWER MECHANISM: this is in what a client with that password
# prints.
hears()
{
    local answer
    printf '[*]\nuser = alice\npassword = "%s"\n' "$1" >"$dir/credentials"
    chmod 600 "$dir/credentials"
    answer=$(GSS_SCRAM_CREDENTIALS=$dir/credentials "${stock[@]}" \
        timeout 60 perl "$perl/client.pl" "$port" "$3" 2>&1)
    [[ $answer = *"$2"* ]] || { echo "# $answer"; return 1; }
}
explain_failure()
{
    last_lines 20 "$server_out"
}

refused='or the password is wrong'
scram=1.3.6.1.5.5.18
spnego=1.3.6.1.5.5.2
ok "the server starts" starts || finish
for round in first second third; do
    ok "alice is answered the $round time" \
        hears 'correct horse' 'hello, alice' $scram
    ok "so is she by SPNEGO" hears 'correct horse' 'hello, alice' $spnego
    ok "a wrong password is refused, and she hears why" \
        hears 'incorrect horse' "$refused" $scram
    ok "so is it by SPNEGO" hears 'incorrect horse' "$refused" $spnego
done
ok "the server knows her and the mechanism" \
    server_says 'logged in: alice { 1 3 6 1 5 5 18 }'
ok "the server says why it refused" server_says 'refused: '
ok "the server ran until it was stopped" stop_server
finish
