#!/bin/bash
# What Apache's users see of what befalls gss-scramd: it is killed and started
# anew while they log in, it hangs, it is gone, and it lets Apache ask no more.
# Apache may ask by a section of its account, which has the store.
export GSS_SCRAM_TEST_BROKER=yes
. "$(dirname "$0")/apache.sh"
set_up_apache
protect 'GssapiConnectionBound On'
clients=4      # at once
logins=5       # of each, one after the other
deaths=3       # of gss-scramd; after each it reads its configuration once more
others=daemon  # a group that Apache's account is not in

# configure STORE TIMEOUT [LINE...]: the store of all accounts, and for how long
# Apache waits for gss-scramd, in seconds. Apache looks for a new configuration
# four times a second.
configure()
{
    local store_of_all=$1 timeout=$2
    shift 2
    configure_with "store = $store_of_all" "broker_timeout = ${timeout}s" "$@"
    sleep 0.3
}
# As many as a busy machine may need.
long=20
# And as few as a test that waits wants. Apache asks for credentials for SCRAM and
# for SPNEGO, and gss-scramd is waited for twice; milliseconds, of which the rest
# is for the machine.
short=2
longest=$((2 * short * 1000 + 3500))
own_section=('[accounts]' "$worker = {" "store = $store" '}')

# Users log in all the time, each time over a connection of its own.
be_client()
{
    while [ ! -e "$dir/enough" ]; do
        echo 'correct horse' | "${stock[@]}" "AGENT=busy" \
            "$test_source/tests/servers/negotiate.py" "$(plain)" alice \
            "$logins" 2>>"$dir/client.err" || echo failed
    done >>"$dir/failures"
}
start_clients()
{
    local client
    rm -f "$dir/enough"
    : >"$dir/failures"
    client_pids=()
    for ((client = 0; client < clients; client++)); do
        be_client &
        client_pids+=($!)
    done
}
clients_were_let_in()
{
    : >"$dir/enough"
    wait "${client_pids[@]}"
    echo "# $(logged_in) logins"
    [ "$(logged_in)" != 0 ] && [ ! -s "$dir/failures" ]
}
logged_in()
{
    grep -c '^busy 200 ' "$access_log"
}
more_logged_in()
{
    [ "$(logged_in)" -gt "$1" ]
}
some_log_in()
{
    until_true more_logged_in "$(($(logged_in) + clients))"
}

# The process that serves now, of those that have.
serving()
{
    sed -n 's/^gss-scramd\[\([0-9]*\)\]: serves$/\1/p' "$dir/broker-log" | tail -n 1
}
serves_anew()
{
    [ "$(serving)" != "$1" ]
}
die()
{
    local pid
    pid=$(serving)
    kill -9 "$pid" && until_true serves_anew "$pid"
}
while_it_dies()
{
    local death
    start_clients
    for ((death = 0; death < deaths; death++)); do
        some_log_in
        die || return
        some_log_in
        "$gss_scram" broker reload >"$dir/reload.out" 2>&1 || return
    done
    some_log_in
}

# takes MILLISECONDS COMMAND...: it does not take longer.
takes()
{
    local most=$1 began=${EPOCHREALTIME/./}
    shift
    "$@" || return
    took=$(((${EPOCHREALTIME/./} - began) / 1000))
    echo "# that took $took ms"
    [ $took -le "$most" ]
}

apache_has_restarted()
{
    [ "$(grep -c 'resuming normal operations' "$error_log")" = 2 ]
}
restart_gracefully()
{
    "${stock[@]}" apache2 -d "$dir" -f "$dir/httpd.conf" -k graceful \
        >"$dir/graceful.out" 2>&1 && until_true apache_has_restarted
}

alice=(alice 'correct horse')
let_in='200 alice Negotiate/scram-sha-256'
is_let_in()
{
    gets "$let_in" "${alice[@]}" "$(plain)"
}
gets_nothing()
{
    gets 401 "${alice[@]}" "$(plain)"
}

try_everything()
{
    mpm=$1
    ok "$mpm: Apache starts" start_apache "$mpm"
    ok "$mpm: while users log in gss-scramd is killed, and reads its configuration" \
        while_it_dies
    ok "$mpm: none of the logins failed" clients_were_let_in

    start_clients
    some_log_in
    ok "$mpm: Apache restarts while users log in" restart_gracefully
    : >"$dir/enough"
    wait "${client_pids[@]}"
    ok "$mpm: users log in after that" is_let_in

    configure "${store%/*}/none" $short "${own_section[@]}"
    kill -STOP "$(serving)"
    for attempt in first second; do
        ok "$mpm: while gss-scramd hangs the $attempt gets no page, and an answer" \
            takes $longest gets_nothing
    done
    kill -CONT "$(serving)"
    ok "$mpm: once it goes on users log in" until_true is_let_in
    configure "${store%/*}/none" $long "${own_section[@]}"
    ok "$mpm: Apache stops" stop_server
}

broker_group=$others
configure "${store%/*}/none" $long "${own_section[@]}"
stop_broker
broker_starter=("$test_source/tests/servers/hold_sockets.py" "$dir/broker"
    "$dir/broker-admin")
start_broker
try_everything event
try_everything prefork

# Whether Apache has no credential, which it does not look for while it has one
# that is a second old.
has_no_credential()
{
    gets_nothing && grep -q 'failed to get server creds' "$error_log"
}
refusal="the account with uid $(id -u "$worker") may not ask gss-scramd"
remedy="For a server's account run \"usermod --append --groups $others"
says_the_refusal()
{
    grep -qF -- "$refusal. $remedy ACCOUNT\"" "$1"
}
says_it_to_root()
{
    grep -qF -- "$refusal" "$1" && grep -qF -- "fix: $remedy $worker\"" "$1"
}
# Who runs gss-scramd may always ask it.
if [ "$(id -u)" = 0 ]; then
    ok "Apache starts" start_apache event
    ok "users log in" is_let_in
    configure "$store" $long
    ok "without its section Apache gets no credential" \
        until_true has_no_credential
    ok "gss-scramd's log says why, and what to do" \
        until_true says_the_refusal "$dir/broker-log"
    ok "so does the doctor" eval \
        'not "$gss_scram" doctor --account "$worker" >"$dir/doctor"'
    ok "with the name of the account" says_it_to_root "$dir/doctor"
    configure "${store%/*}/none" $long "${own_section[@]}"
    ok "with its section it does, without a restart" is_let_in
    ok "Apache stops" stop_server
fi

ok "Apache starts" start_apache event
ok "users log in" is_let_in
ok "it was gss-scramd that let them in" broker_let_in
ok "gss-scramd stops" stop_broker
ok "without it nobody logs in, and nobody waits for it" \
    takes $((long * 1000)) gets_nothing
if [ "$(id -u)" = 0 ]; then
    ok "the doctor says why" eval \
        'not "$gss_scram" doctor --account "$worker" >"$dir/doctor"'
    ok "and what to do" eval \
        'grep -q "^FAIL .* cannot be asked at $dir/broker: " "$dir/doctor" &&
            grep -q "^      fix: Start " "$dir/doctor"'
fi
ok "Apache stops" stop_server
finish
