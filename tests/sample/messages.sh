#!/bin/bash
# What passes over an established context.
. "$(dirname "$0")/lib.sh"
need_stock_programs
enter_own_network
set_up

ok "a user is added" add_user alice 'correct horse'
ok "a server starts" start_server || finish

ok "two connections carry three messages each" \
    log_in alice 'correct horse' -ccount 2 -mcount 3
ok "the client verifies six MICs" client_says 'Signature verified.' 6
ok "the server accepts two connections" \
    server_says 'Accepted connection: "alice"' 2
ok "the server gets six messages" \
    server_says "Received message: \"$message\"" 6

ok "a message need not be wrapped" log_in alice 'correct horse' -nw
ok "the client verifies its MIC all the same" client_says 'Signature verified.'
ok "the server gets it" server_says "Received message: \"$message\""

ok "a message may be wrapped and not encrypted" \
    log_in alice 'correct horse' -nx
ok "the client verifies its MIC all the same" client_says 'Signature verified.'
ok "the server gets it" server_says "Received message: \"$message\""

ok "a message may do without a MIC" log_in alice 'correct horse' -nm
ok "the client gets the answer" client_says 'Response received.'
ok "the server gets it" server_says "Received message: \"$message\""

ok "a wrapped message is encrypted" log_in alice 'correct horse'
ok "neither side says that it is not" eval \
    "client_says 'not encrypted' 0 && server_says 'not encrypted' 0"

ok "messages may be in sequence" \
    log_in alice 'correct horse' -seq -noreplay -mcount 3
ok "the client verifies three MICs" client_says 'Signature verified.' 3
ok "authentication is mutual even when nobody asks" \
    log_in alice 'correct horse' -nomutual
ok "the client knows the server" \
    client_says 'context flag: GSS_C_MUTUAL_FLAG'

# A mebibyte of letters, which the server prints as it got them.
message=$dir/mebibyte
head -c 786432 /dev/urandom | base64 -w 0 >"$message"
server_has_the_file()
{
    server_words | sed -n 's/^Received message: "\(.*\)"$/\1/p' |
        tr -d '\n' | cmp - "$message"
}
ok "a file of a mebibyte goes through" log_in alice 'correct horse' -f
ok "the client verifies its MIC" client_says 'Signature verified.'
ok "the server gets all of it" until_true server_has_the_file

ok "the server ran until it was stopped" stop_server
finish
