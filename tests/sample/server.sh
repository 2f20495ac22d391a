#!/bin/bash
# How a server starts, serves once, exports, and does not start.
. "$(dirname "$0")/lib.sh"
need_stock_programs
enter_own_network
set_up

ok "a user is added" add_user alice 'correct horse'

ok "a server that serves once starts" start_server -once
ok "its client gets in" log_in alice 'correct horse'
ok "it ends by itself, and well" server_ends

ok "a server that serves once starts" start_server -once
ok "a wrong password is refused" is_refused alice 'incorrect horse'
ok "it ends by itself, and well" server_ends

# After the handshake the server exports each context and goes on with what it
# imports.
ok "a server that exports starts" start_server -export
ok "a client gets in and its message gets through" log_in alice 'correct horse'
ok "the context was exported three times" server_says 'Exported context: ' 3
ok "and imported as often" server_says 'Importing context: ' 3
ok "another client's messages get through" log_in alice 'correct horse' \
    -mcount 5
ok "each was received" server_says "Received message: \"$message\"" 5
ok "a wrong password is refused" is_refused alice 'incorrect horse'
ok "the server ran until it was stopped" stop_server
ok "a server that serves once and exports starts" start_server -once -export
ok "its client gets in" log_in alice 'correct horse'
ok "it ends by itself, and well" server_ends

account=$(id -un)
printf '%s\n' '[scram]' "    store = file:$dir/nowhere" '[accounts]' \
    "    $account = {" "        store = file:$dir/users" '    }' \
    >"$dir/scram.conf"
ok "a server starts with its account's store" start_server || finish
ok "the store's user gets in" log_in alice 'correct horse'
ok "the server ran until it was stopped" stop_server

# A server that gets no credential for any mechanism does not start. What the
# stock one prints is the first mechanism's reason, so never SCRAM's.
starts_with()
{
    configure_with "$1"
    start_server
}
ok "a server starts with a store" starts_with "store = file:$dir/users"
stop_server
ok "no server starts without one" \
    not starts_with "store = file:$dir/nowhere"
ok "it says that there is no credential" server_said \
    'GSS-API error acquiring credentials: No credentials were supplied'
echo 'this is no store' >"$dir/text"
ok "no server starts with a file that is no store" \
    not starts_with "store = file:$dir/text"
ok "no server starts with a store of an unknown kind" \
    not starts_with "store = nothing:$dir/users"
ok "no server starts with a configuration of unknown keys" \
    not starts_with "story = file:$dir/users"
ok "no server starts with a value out of range" \
    not starts_with "client_max_iterations = many"
finish
