#!/bin/bash
# The stock gss-client and gss-server negotiate this mechanism with SPNEGO,
# with no other beside it.
. "$(dirname "$0")/lib.sh"
need_stock_programs
enter_own_network
set_up
register_sha_1

chose()
{
    server_says "Accepted connection using mechanism OID $1"
}

add_user alice 'correct horse' || exit
add_user both 'correct horse' --mechanism SCRAM-SHA-256 \
    --mechanism SCRAM-SHA-1 || exit
add_user old 'correct horse' --mechanism SCRAM-SHA-1 || exit
ok "a server starts" start_server || finish

for options in '' '-seq -noreplay' '-nomutual' '-nx' '-nw' '-nm'; do
    # shellcheck disable=SC2086 # options, a word each
    ok "the right password gets in${options:+ with $options}" \
        client -spnego $options -user alice -pass 'correct horse'
    ok "with this mechanism" chose "$SCRAM_SHA_256"
    ok "the server knows the user" server_says 'Accepted connection: "alice"'
    ok "the server gets the message" \
        server_says "Received message: \"$message\""
    for flag in MUTUAL REPLAY SEQUENCE CONF INTEG; do
        ok "the client's context has the flag $flag" \
            client_says "context flag: GSS_C_${flag}_FLAG"
        ok "the server's context has the flag $flag" \
            server_says "context flag: GSS_C_${flag}_FLAG"
    done
done
ok "so does it where the client insists on this mechanism" \
    client -spnego -mech "$SCRAM_SHA_256" -user alice -pass 'correct horse'
ok "with this mechanism" chose "$SCRAM_SHA_256"
ok "a hundred messages go through" \
    client -spnego -mcount 100 -user alice -pass 'correct horse'
ok "the server gets them all" \
    server_says "Received message: \"$message\"" 100

ok "a wrong password is refused" \
    not client -spnego -user alice -pass 'incorrect horse'
ok "the server says why" server_says "$wrong_password"
ok "the server accepted nothing" server_says 'Accepted connection' 0

# Nothing to send, so the server hears nothing of a mechanism.
ok "a client with no credential gets nowhere" not client -spnego
ok "it sent no token" client_says 'Sending init_sec_context token' 0
ok "nor does one with a name and no password" not client -spnego -user alice
ok "it sent no token" client_says 'Sending init_sec_context token' 0

ok "a user with verifiers for both gets in" \
    client -spnego -user both -pass 'correct horse'
ok "with SCRAM-SHA-256" chose "$SCRAM_SHA_256"
ok "a user with a verifier for SCRAM-SHA-1 alone does not" \
    not client -spnego -user old -pass 'correct horse'
ok "not even insisting on it" \
    not client -spnego -mech "$SCRAM_SHA_1" -user old -pass 'correct horse'

mv "$dir/users" "$dir/away"
ok "the server ran until it was stopped" stop_server
ok "a server without a store does not start" not start_server
finish
