#!/bin/bash
# python3-gssapi: a server and its clients, each in a process of its own.
. "$(dirname "$0")/lib.sh"
need python3-gssapi /usr/bin/python3 -c 'import gssapi'
set_up_server python
server_out=$dir/server.out
python=$test_source/tests/servers/python
add_user alice 'correct horse'
add_user 'Åsa Öberg' 'blåbärssoppa'

listens_or_is_gone()
{
    grep -q '^listening on ' "$server_out" || server_is_gone
}
starts()
{
    serve "${as_worker[@]}" /usr/bin/python3 -B "$python/server.py"
    until_true listens_or_is_gone
    port=$(sed -n 's/^listening on //p' "$server_out")
    [ -n "$port" ]
}

# hears USER PASSWORD ANSWER [MECHANISM]: a client prints this.
hears()
{
    local answer
    answer=$(printf '%s\n' "$2" | "${stock[@]}" timeout 300 /usr/bin/python3 -B \
        "$python/client.py" "$port" "$1" ${4+"$4"} 2>&1)
    [[ $answer = $3 ]] || { echo "# $answer"; return 1; }
}
# The same by a login that the account's agent has.
hears_by_agent()
{
    local answer
    answer=$("${stock[@]}" timeout 60 /usr/bin/python3 -B \
        "$python/client.py" "$port" '' ${2+"$2"} 2>&1 </dev/null)
    [[ $answer = $1 ]] || { echo "# $answer"; return 1; }
}
explain_failure()
{
    last_lines 20 "$server_out"
}

alice_hears()
{
    hears alice 'correct horse' 'hello, alice'
}

refused='*or the password is wrong*'
spnego=1.3.6.1.5.5.2
ok "the server starts" starts
ok "alice is answered, by her name" \
    hears alice 'correct horse' 'hello, alice'
ok "the server knows her and the mechanism" \
    server_says 'logged in: alice 1.3.6.1.5.5.18'
ok "so is she by SPNEGO" hears alice 'correct horse' 'hello, alice' $spnego
ok "a name and a password may be in any script" \
    hears 'Åsa Öberg' 'blåbärssoppa' 'hello, Åsa Öberg'
ok "a wrong password is refused, and the client told why" \
    hears alice wrong "$refused"
ok "the server told why" server_says 'refused: '
ok "by SPNEGO too" hears alice wrong "$refused" $spnego
ok "an unknown user is refused alike" hears mallory wrong "$refused"
ok "an agent starts" start_agent
ok "and has a login" hand_over 'Åsa Öberg' 'blåbärssoppa' --server host@localhost
ok "with which the client needs no password" hears_by_agent 'hello, Åsa Öberg'
ok "by SPNEGO neither" hears_by_agent 'hello, Åsa Öberg' $spnego
ok "the agent stops" stop_agent
ok "and the client has none" hears_by_agent '*No credentials were supplied*'
ok "twenty at once are answered" at_once 20 alice_hears
ok "the server stops" stop_server
finish
