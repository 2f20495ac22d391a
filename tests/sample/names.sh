#!/bin/bash
# Users and passwords that are no plain words.
. "$(dirname "$0")/lib.sh"
need_stock_programs
enter_own_network
set_up

# A user and a password, as they are stored.
users=(
    'a,b=c' 'comma'
    '=2C' 'looks quoted'
    'user@example.org' 'at'
    'two words' 'spaces  in   it'
    'Jürgen' 'pässwörd für Groß'
    'Ελένη' 'κωδικός πρόσβασης'
    'spaces' '  before and after  '
    'commas' 'p=biws,c=,,n='
    'long' "$(printf 'x%.0s' {1..200})"
)

for ((i = 0; i < ${#users[@]}; i += 2)); do
    ok "${users[i]} is added" add_user "${users[i]}" "${users[i + 1]}"
done
ok "a server starts" start_server || finish

for ((i = 0; i < ${#users[@]}; i += 2)); do
    ok "${users[i]} gets in" log_in "${users[i]}" "${users[i + 1]}"
    ok "the server knows ${users[i]}" \
        server_says "Accepted connection: \"${users[i]}\""
    ok "the client verifies the MIC of ${users[i]}'s message" \
        client_says 'Signature verified.'
    ok "${users[i]} with one letter more is refused" \
        is_refused "${users[i]}" "${users[i + 1]}x"
done

# SASLprep: what looks the same to a person is the same.
umlaut=$(printf 'Ju\314\210rgen')
ok "an umlaut may be a letter and a mark" \
    log_in "$umlaut" "$(printf 'pa\314\210sswo\314\210rd fu\314\210r Gro\303\237')"
ok "the server knows the user by the prepared name" \
    server_says 'Accepted connection: "Jürgen"'
ok "a no-break space is a space" \
    log_in 'two words' "$(printf 'spaces\302\240 in \302\240 it')"

ok "the server ran until it was stopped" stop_server
finish
