#!/bin/bash
# Who gets in, and what the others are told.
. "$(dirname "$0")/lib.sh"
need_stock_programs
enter_own_network
set_up
register_sha_1

# Tokens have their sizes from the user's name, which is no difference.
without_sizes()
{
    sed 's/(size=[0-9]*)//' "$@"
}

ok "a user is added, and the store is made" add_user alice 'correct horse'
ok "a user is added for two mechanisms" add_user both 'correct horse' \
    --mechanism SCRAM-SHA-256 --mechanism SCRAM-SHA-1
ok "a server starts with the configuration's store" start_server || finish

ok "the right password gets in" log_in alice 'correct horse'
ok "the client knows the server to be the right one" \
    client_says 'context flag: GSS_C_MUTUAL_FLAG'
ok "the client has a context between the two names" \
    client_says '"alice" to "host@localhost"'
ok "the client verifies the MIC of its message" \
    client_says 'Signature verified.'
ok "the server knows the user" server_says 'Accepted connection: "alice"'
ok "the server knows the mechanism" \
    server_says 'Accepted connection using mechanism OID { 1 3 6 1 5 5 18 }'
ok "the server unwraps the message" \
    server_says "Received message: \"$message\""
for flag in MUTUAL REPLAY SEQUENCE CONF INTEG; do
    ok "the client's context has the flag $flag" \
        client_says "context flag: GSS_C_${flag}_FLAG"
    ok "the server's context has the flag $flag" \
        server_says "context flag: GSS_C_${flag}_FLAG"
done

refused='GSS-API error accepting context'
ok "a wrong password is refused" is_refused alice 'incorrect horse'
ok "the client is told why" client_says \
    "GSS-API error initializing context: The server refused: the u$wrong_password"
ok "the server says why" server_says "$refused: The u$wrong_password"
ok "the server accepted nothing" server_says 'Accepted connection' 0
ok "the client got no further" client_says 'Signature verified.' 0
without_sizes "$client_out" >"$dir/wrong"

ok "an unknown user is refused" is_refused malice 'correct horse'
ok "the server refuses as it does a wrong password" \
    server_says "$wrong_password"
without_sizes "$client_out" >"$dir/unknown"
ok "the client is told the same as with a wrong password" \
    diff "$dir/wrong" "$dir/unknown"

ok "a user is disabled while the server runs" "$gss_scram" user disable alice
ok "a disabled user is refused" is_refused alice 'correct horse'
ok "the server refuses as it does a wrong password" \
    server_says "$wrong_password"
without_sizes "$client_out" >"$dir/disabled"
ok "the client is told the same as with a wrong password" \
    diff "$dir/wrong" "$dir/disabled"
ok "the user is enabled again" "$gss_scram" user enable alice
ok "an enabled user gets in" log_in alice 'correct horse'

ok "a user is removed while the server runs" "$gss_scram" user remove alice
ok "a removed user is refused" is_refused alice 'correct horse'
ok "a user is added while the server runs" add_user carol 'battery staple'
ok "an added user gets in" log_in carol 'battery staple'

ok "a user with no password gets nowhere" \
    not client -mech "$SCRAM_SHA_256" -user carol
ok "the client says that there are no credentials" \
    client_says 'GSS-API error acquiring creds: No credentials were supplied'
ok "nor does nobody" not client -mech "$SCRAM_SHA_256"
ok "the client says that there are no credentials" \
    client_says 'No credentials were supplied'

# The user has a verifier for SCRAM-SHA-1 too, and the module is registered for
# it; a server that acquired for all mechanisms did not mean this one.
ok "SCRAM-SHA-1 is refused" \
    not client -mech "$SCRAM_SHA_1" -user both -pass 'correct horse'
ok "the server has no credentials for it" \
    server_says "$refused: No credentials were supplied"
ok "the same user gets in with SCRAM-SHA-256" log_in both 'correct horse'

ok "the server ran until it was stopped" stop_server
finish
