#!/bin/bash
# The stock gss-client at the example server, whichever way that acquires.
. "$(dirname "$0")/lib.sh"
need_stock_programs
enter_own_network
set_up_loop

wrong_password='ser is unknown or disabled, or the password is wrong'
mebibyte=$dir/mebibyte
head -c 1048576 /dev/urandom >"$mebibyte"

serves_gss_client()
{
    ok "the right password gets in $1" log_in alice 'correct horse'
    ok "the client knows the server to be the right one" \
        client_says 'context flag: GSS_C_MUTUAL_FLAG'
    ok "the client verifies the MIC of its message" \
        client_says 'Signature verified.'
    ok "the server knows the user" server_says 'established: alice'
    ok "a wrong password is refused" not log_in alice 'incorrect horse'
    ok "the client is told why" client_says "$wrong_password"
    ok "the server says why" server_says "$wrong_password"
    ok "the server has not established anything" server_said 'established' 0
    ok "an unknown user is refused" not log_in malice 'correct horse'
    ok "the client is told the same" client_says "$wrong_password"

    ok "two connections carry three messages each" \
        log_in alice 'correct horse' -ccount 2 -mcount 3
    ok "the client verifies six MICs" client_says 'Signature verified.' 6
    ok "a message need not be wrapped" log_in alice 'correct horse' -nw
    ok "the client verifies its MIC" client_says 'Signature verified.'
    ok "a message may be wrapped and not encrypted" \
        log_in alice 'correct horse' -nx
    ok "the client verifies its MIC" client_says 'Signature verified.'
    ok "a message may do without a MIC" log_in alice 'correct horse' -nm
    ok "the client gets the answer" client_says 'Response received.'
    local message=$mebibyte
    ok "a mebibyte goes through" log_in alice 'correct horse' -f
    ok "the client verifies its MIC" client_says 'Signature verified.'
    message='a message for the server'

    ok "the client may negotiate" log_in alice 'correct horse' -spnego
    ok "the client verifies its MIC" client_says 'Signature verified.'

    ok "a client that would not authenticate is sent away" not client -na
    ok "the server says so" server_says 'refused: not what the protocol has here'
    ok "the load generator gets in too" load --total 50 --at-once 5
    ok "and does when it negotiates" load --total 50 --at-once 5 --negotiate
    ok "the server ends well when it is asked to" stop_loop
}

ok "a user is added" add_user alice 'correct horse'
ok "a server that acquires first starts" start_loop || finish
serves_gss_client 'where the server acquired first'
ok "a server that acquires lazily starts" start_loop --lazy || finish
serves_gss_client 'where the server acquires lazily'

# The credential is looked for at the start, or when a request arrives.
configure_with "store = file:$dir/nowhere"
ok "no server that acquires first starts without a store" not start_loop
ok "it says that there is no credential" server_said 'no credential: '
ok "one that acquires lazily does" start_loop --lazy
ok "it refuses its clients" not log_in alice 'correct horse'
ok "and says that there is no credential" \
    server_says 'refused: No credentials were supplied'
configure_with "store = file:$dir/users"
ok "once there is a store it lets them in" log_in alice 'correct horse'
ok "the server ends well" stop_loop

ok "a server for three connections starts" start_loop --once 3
ok "two connections are not the end" log_in alice 'correct horse' -ccount 2
ok "it serves the third" log_in alice 'correct horse'
ok "and ends by itself, and well" server_ends

# What closes a connection is known by when it does so: who is not refused has an
# hour, or, where it is said, two seconds.
configure_with "store = file:$dir/users" 'handshake_timeout = 1h'

# closed_after MILLISECONDS TEXT: the server closes a connection over which that
# was said, and not before. What it sends is dropped.
closed_after()
{
    local began fd
    began=$(date +%s%N)
    exec {fd}<>"/dev/tcp/127.0.0.1/$port"
    printf '%b' "$2" >&"$fd"
    timeout 600 cat <&"$fd" >/dev/null || return
    exec {fd}>&-
    milliseconds=$((($(date +%s%N) - began) / 1000000))
    echo "# after $milliseconds ms"
    [ "$milliseconds" -ge "$1" ]
}
greeting='\x11\0\0\0\0'
ok "a server with a limit of two seconds starts" start_loop --limit 2
ok "a client that says nothing is closed then" closed_after 1950 ''
ok "so is one that says half a token" \
    closed_after 1950 "$greeting"'\x02\0\0\0\x40half of it'
ok "the server ends well" stop_loop
ok "a server with a limit of an hour starts" start_loop --limit 3600
ok "a token of 65,537 bytes is not waited for" \
    closed_after 0 "$greeting"'\x02\0\x01\0\x01'
ok "nor is a token that is no greeting" \
    closed_after 0 '\x02\0\0\0\x01x'
ok "the server ends well" stop_loop

# What the mechanism allows is known through the negotiation as well.
configure_with "store = file:$dir/users" 'handshake_timeout = 2s'
ok "a server whose mechanism allows two seconds starts" start_loop --limit 3600
ok "clients that fall silent are closed then" \
    load --mode silent --total 20 --least 1950 --most 600000
ok "so are those that negotiate" \
    load --mode silent --total 20 --least 1950 --most 600000 --negotiate
ok "the server ends well" stop_loop

usage()
{
    "$GSS_SCRAM_BUILD/examples/accept-loop" "$@" >"$client_out" 2>&1
    [ $? = 2 ] && client_says 'usage: accept-loop'
}
ok "an option that it does not know is refused" usage --loud
ok "a port that is none is refused" usage --port 65536
ok "a word too many is refused" usage localhost
finish
