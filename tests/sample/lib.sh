# shellcheck shell=bash
#
# What the tests with the stock gss-client and gss-server share, and the
# demonstration with them. Whoever sources this file has said in
# GSS_SCRAM_BUILD which build to use, and calls
#
#   enter_own_network, since the stock gss-server listens on every address: in
#   a network namespace of the script's own the only one is loopback;
#
#   set_up, for a temporary folder, $dir, with a configuration that names a
#   store in it and the registration of the built module. It is removed, and
#   the server stopped, when the script ends.

. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

# Start the script again in a network namespace with nothing but loopback: as
# root with no more ado, as anybody else in a user namespace in which they stay
# who they are and get no right over anything else. Where neither is allowed,
# as in many containers, the network remains the machine's.
loopback_alone='ip link set lo up && exec setpriv --ambient-caps=-all "$@"'
enter_own_network()
{
    local way
    [ -z "${SAMPLE_NETWORK-}" ] || return 0
    export SAMPLE_NETWORK=own
    for way in '--net' '--net --user --map-current-user --keep-caps'; do
        # shellcheck disable=SC2086 # options, a word each
        if unshare $way sh -c "$loopback_alone" sh true 2>/dev/null; then
            exec unshare $way sh -c "$loopback_alone" sh bash "$0" "$@"
        fi
    done
    SAMPLE_NETWORK=shared
}

# Set up $dir, if that is not done, and what every program below runs in.
set_up()
{
    [ -n "$dir" ] || make_dir sample stop_server
    umask 077
    client_out=$dir/client.out
    server_out=$dir/server.out
    touch "$client_out" "$server_out"
    register_module
}

server_is_up_or_gone()
{
    grep -q '^starting\.\.\.' "$server_out" || server_is_gone
}

# start_server [OPTION...]: start gss-server on a free port and wait until it
# listens; fail if it ends instead. Its output is in $server_out. It goes into
# details unless somebody says otherwise.
server_options=(-verbose)
start_server()
{
    [ -z "${GSS_SCRAM_TEST_BROKER-}" ] || [ -n "$broker_pid" ] || start_broker
    server_mark=0
    more_options=("$@")
    on_free_port start_gss_server grep -q '^binding socket' "$server_out"
}
start_gss_server()
{
    : >"$server_out"
    server_command=(gss-server -port "$port" "${server_options[@]}"
        "${more_options[@]}" host@localhost)
    "${stock[@]}" stdbuf -oL "${server_command[@]}" \
        >"$server_out" 2>&1 </dev/null &
    server_pid=$!
    until_true server_is_up_or_gone
}

# Wait until the server has ended by itself; its exit code is the result.
server_ends()
{
    until_true server_is_gone || return
    wait "$server_pid"
    local status=$?
    server_pid=
    return "$status"
}

SCRAM_SHA_256='{ 1 3 6 1 5 5 18 }'
SCRAM_SHA_1='{ 1 3 6 1 5 5 14 }'
message='a message for the server'

# client OPTION...: run gss-client, which sends $message; its exit code is the
# result, its output is in $client_out, and $client_command is what was run.
# What the server says from now on is what server_says looks at.
client()
{
    client_command=(gss-client -port "$port" "$@"
        127.0.0.1 host@localhost "$message")
    server_mark=$(wc -c <"$server_out")
    timeout 60 "${stock[@]}" "${client_command[@]}" \
        >"$client_out" 2>&1 </dev/null
}

# log_in USER PASSWORD [OPTION...]: the same with SCRAM-SHA-256.
log_in()
{
    local user=$1 password=$2
    shift 2
    client -mech "$SCRAM_SHA_256" -user "$user" -pass "$password" "$@"
}

# client_says TEXT [COUNT]: the text is in so many of its lines, or in one.
client_says()
{
    [ "$(grep -caF -- "$1" "$client_out")" = "${2-1}" ]
}

# What the server wrote since the client was started.
server_words()
{
    tail -c +$((server_mark + 1)) "$server_out"
}

server_said()
{
    [ "$(server_words | grep -caF -- "$1")" = "${2-1}" ]
}

# server_says TEXT [COUNT]: the same of the server's lines since the client was
# started; the server may need a moment, unless it is gone.
server_says()
{
    until_true server_said_or_is_gone "$@"
    server_said "$@"
}

server_said_or_is_gone()
{
    server_said "$@" || server_is_gone
}

# is_refused USER PASSWORD [OPTION...]: log in with SCRAM-SHA-256, in vain, and
# hear from the server why.
wrong_password='ser is unknown or disabled, or the password is wrong'
is_refused()
{
    not log_in "$@" && client_says "$wrong_password"
}

explain_failure()
{
    last_lines 40 "$client_out" "$server_out"
}

# Where the stock programs are not installed there is nothing to test.
need_stock_programs()
{
    local program
    for program in gss-client gss-server ip; do
        if ! command -v "$program" >/dev/null; then
            echo "$program is not there; on Debian, install the packages" \
                "krb5-gss-samples and iproute2"
            exit 77
        fi
    done
}
