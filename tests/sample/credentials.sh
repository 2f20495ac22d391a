#!/bin/bash
# The stock gss-client with no user and no password: an agent has them, or they
# are in a file.
. "$(dirname "$0")/lib.sh"
need_stock_programs
enter_own_network
set_up

# krb5 has nothing to say here, and needs no realm to say so.
: >"$dir/krb5.conf"
export KRB5_CONFIG=$dir/krb5.conf KRB5CCNAME=FILE:$dir/none

# write_file PATH LINE...: a file that only its owner may use.
write_file()
{
    local path=$1
    shift
    printf '%s\n' "$@" >"$path"
    chmod 600 "$path"
}

agent_was_refused()
{
    "$gss_scram" login --list | grep -q 'REFUSED by a server, log in again$'
}

alone()
{
    client -mech "$SCRAM_SHA_256" "$@"
}

ok "a user is added" add_user alice 'correct "horse" \ #1 }'
ok "another user is added" add_user bob 'battery staple'
ok "a server starts" start_server || finish

alice=('[host@localhost]' '    user = alice'
    '    password = "correct \"horse\" \\ #1 }"')
bob=('[*]' '    user = bob' '    password = battery staple')

ok "without a file nobody gets in" not alone
ok "the client has no credentials" client_says 'No credentials were supplied'
ok "the client says where it looked" client_says "$dir/.config/gss-scram/credentials"

ok "an agent starts, which has none either" start_agent
ok "so that nobody gets in" not alone
ok "the client has no credentials" client_says 'No credentials were supplied'
ok "the agent is given a login" \
    hand_over alice 'correct "horse" \ #1 }' --server host@localhost
ok "with it that user gets in" alone
ok "the server knows the user" server_says 'Accepted connection: "alice"'
ok "the client verifies the MIC of its message" client_says 'Signature verified.'
ok "a negotiation takes it too" client -spnego
ok "the server knows the user" server_says 'Accepted connection: "alice"'
ok "several contexts in a row get in" alone -ccount 3
ok "the server knows the user each time" \
    server_says 'Accepted connection: "alice"' 3
ok "the agent is given a wrong password" \
    hand_over alice wrong --server host@localhost
ok "with which nobody gets in" not alone
ok "the client says whose it was" \
    client_says 'refuses the password that gss-scram-agent keeps for alice'
ok "and the list tells that it was refused" agent_was_refused
ok "the agent forgets it" agent_forgets
ok "and is given one for another server" \
    hand_over alice 'correct "horse" \ #1 }' --server host@elsewhere
ok "with which nobody gets in" not alone

mkdir -p "$dir/.config/gss-scram"
write_file "$dir/.config/gss-scram/credentials" "${bob[@]}"
ok "where the agent has none, with the account's file its user gets in" alone
ok "the server knows the user" server_says 'Accepted connection: "bob"'
ok "the agent has one" \
    hand_over alice 'correct "horse" \ #1 }' --server host@localhost
ok "which comes before the file" alone
ok "the server knows the user" server_says 'Accepted connection: "alice"'
ok "the agent stops, and its logins are gone with it" stop_agent
ok "after it there is the file" alone
ok "the server knows the user" server_says 'Accepted connection: "bob"'

export GSS_SCRAM_CREDENTIALS=$dir/named
write_file "$dir/named" "${bob[@]}" '' '# closer' "${alice[@]}"
ok "a file that the environment names comes first" alone
ok "the target's own user is taken" \
    server_says 'Accepted connection: "alice"'
ok "the client verifies the MIC of its message" client_says 'Signature verified.'
ok "a negotiation takes it too" client -spnego
ok "the server knows the user" server_says 'Accepted connection: "alice"'
ok "several contexts in a row get in" alone -ccount 3
ok "the server knows the user each time" \
    server_says 'Accepted connection: "alice"' 3
ok "who is asked for by name is somebody else" log_in bob 'battery staple'
ok "the server knows them" server_says 'Accepted connection: "bob"'

write_file "$dir/named" '[host@elsewhere]' "${alice[@]:1}"
ok "with a file for other targets nobody gets in" not alone
ok "the client says which target it has no password for" \
    client_says "$dir/named has no password for host@localhost"

write_file "$dir/named" "${bob[@]}"
chmod 644 "$dir/named"
ok "with a file that others may read nobody gets in" not alone
ok "the client says what to do" client_says 'chmod 600'

write_file "$dir/named" "${bob[@]}" 'battery staple'
ok "with a mistake in the file nobody gets in" not alone
ok "the client says where the mistake is" client_says 'line 4 is no section'
ok "and not what stands there" client_says 'battery' 0

ok "the server ran until it was stopped" stop_server
finish
