#!/bin/bash
# What the stock gss-server says about who logged in: the name's attributes and
# the local account.
. "$(dirname "$0")/lib.sh"
need_stock_programs
enter_own_network
set_up

urn=urn:oid:2.25.174413562148261219532326005289630689956

# has_attribute NAME VALUE: the server prints it, an empty line and the value.
attribute_is_said()
{
    server_words | grep -aA2 -xF "Attribute $1 Authenticated Complete" |
        tail -n 1 | grep -qxF -- "$2"
}
has_attribute()
{
    until_true attribute_is_said "$@"
}

for user in nobody-here daemon root; do
    ok "$user is added" add_user "$user" 'correct horse'
done
ok "a server starts" start_server || finish

# "daemon" is an account of every Debian machine.
ok "daemon gets in" log_in daemon 'correct horse'
ok "the server is told the user" has_attribute "$urn.1" daemon
ok "the server is told the mechanism" has_attribute "$urn.2" SCRAM-SHA-256
ok "the server is told the store" has_attribute "$urn.3" "file:$dir/users"
ok "the server says no more of attributes" server_says 'Attribute ' 3
ok "a user is no local account unless the configuration says so" \
    server_says 'localname' 0
ok "which is no error" server_says 'GSS-API error' 0

configure_with "store = file:$dir/users" 'local_accounts = same_name'
ok "daemon gets in again" log_in daemon 'correct horse'
ok "the server is told the local account" server_says 'localname: daemon'
ok "as an attribute too" has_attribute local-login-user daemon
for user in nobody-here root; do
    ok "$user gets in" log_in "$user" 'correct horse'
    ok "the server is told the user" has_attribute "$urn.1" "$user"
    ok "$user is no local account" server_says 'localname' 0
done

ok "the server ran until it was stopped" stop_server
finish
