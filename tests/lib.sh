# shellcheck shell=bash
#
# What the tests in bash share, whatever they start: a temporary folder, a
# configuration and a registration in it, users, and one line of output for each
# check. Whoever sources this file has said in GSS_SCRAM_BUILD which build to
# use, as make check does.

set -u
export LC_ALL=C.UTF-8
test_source=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# make_dir NAME [COMMAND]: make $dir, which goes away with the script; the
# command, if any, is called just before. Where the account's agent would be is
# in there too.
dir=
make_dir()
{
    dir=$(mktemp -d "${TMPDIR:-/tmp}/gss-scram-$1.XXXXXX") || exit
    trap 'exit 130' INT TERM HUP
    # shellcheck disable=SC2064 # the command as it is now
    trap "${2-:}; stop_broker; stop_agent; rm -rf '$dir'" EXIT
    export XDG_RUNTIME_DIR=$dir
}

# Register the module of the build, in the words that are shipped, and let
# everything below use that registration, a configuration in $dir that names
# $store, which is a file in it unless there is another, and nobody's home,
# realm, tickets and keys.
store=
register_module()
{
    gss_scram=$GSS_SCRAM_BUILD/gss-scram
    module=$GSS_SCRAM_BUILD/.libs/gss_scram.so
    if [ ! -x "$gss_scram" ] || [ ! -f "$module" ]; then
        echo "$GSS_SCRAM_BUILD: nothing is built here"
        exit 1
    fi
    sed "s|[^[:space:]]*gss_scram\.so|$module|" \
        "$GSS_SCRAM_BUILD/gss-mech.conf" >"$dir/mech"
    [ -n "$store" ] || store=file:$dir/users
    configure_with "store = $store"
    unset GSS_SCRAM_CREDENTIALS
    export GSS_MECH_CONFIG=$dir/mech GSS_SCRAM_CONFIG=$dir/scram.conf
    export HOME=$dir XDG_CONFIG_HOME=$dir/.config
    : >"$dir/krb5.conf"
    export KRB5_CONFIG=$dir/krb5.conf KRB5CCNAME=FILE:$dir/no-tickets
    export KRB5_KTNAME=FILE:$dir/no-keys KRB5_CLIENT_KTNAME=FILE:$dir/no-keys
    prepare_sanitizers
}

# Programs that others built know nothing of sanitizers, so a sanitized module's
# runtime has to be there before them: start them behind "${stock[@]}". What it
# finds goes to files: an exit code of 1 might be taken for the refusal that a
# test is waiting for.
stock=(env)
prepare_sanitizers()
{
    local asan
    asan=$(ldd "$module" | sed -n 's|.*=> \(/.*/libasan[^ ]*\).*|\1|p')
    if [ -n "$asan" ]; then
        stock=(env "LD_PRELOAD=$asan"
            "ASAN_OPTIONS=detect_leaks=0:log_path=$dir/sanitizer"
            "UBSAN_OPTIONS=log_path=$dir/sanitizer:print_stacktrace=1")
    fi
}

# Take SCRAM-SHA-1 out of its comment.
register_sha_1()
{
    sed -i 's|^#\(scram-sha-1[[:space:]]\)|\1|' "$dir/mech"
}

# configure_with LINE...: what stands in [scram] of the configuration. Where the
# store is the test's own and GSS_SCRAM_TEST_BROKER is set, gss-scramd answers
# for it, without a throttle, as many of the passwords are wrong.
configure_with()
{
    printf '%s\n' '[scram]' "$@" >"$dir/scram.conf"
    if [ -z "${GSS_SCRAM_TEST_BROKER-}" ] ||
        [[ " $* " != *" store = $store "* ]]; then
        return 0
    fi
    sed -i "1a broker = $dir/broker" "$dir/scram.conf"
    printf '%s\n' '[broker]' "admin = $dir/broker-admin" \
        "state = $dir/broker-state" "account = $broker_account" \
        "group = ${broker_group:-$(id -gn "$worker")}" 'guess_burst = 0' \
        >>"$dir/scram.conf"
    [ -z "$broker_pid" ] || "$gss_scram" broker reload >/dev/null
}

# gss-scramd as whoever runs the test, or as another account where root does,
# for servers that run as $worker or have the group, by way of a command that
# starts it if there is one.
broker_pid=
broker_account=$(id -un)
broker_group=
broker_starter=()
worker=$broker_account
start_broker()
{
    : >"$dir/broker-log"
    # A leak is looked for with ptrace, which it keeps away.
    env "ASAN_OPTIONS=detect_leaks=0:log_path=$dir/sanitizer" \
        "${broker_starter[@]}" "$GSS_SCRAM_BUILD/gss-scramd" --foreground \
        --config "$dir/scram.conf" --debug "$dir/broker-debug" \
        2>>"$dir/broker-log" </dev/null &
    broker_pid=$!
    if ! until_true broker_serves; then
        cat "$dir/broker-log"
        exit 1
    fi
}

broker_serves()
{
    grep -q ' serves$' "$dir/broker-log"
}

# End it; fail unless it was there, and ends as it should.
stop_broker()
{
    local pid=$broker_pid
    broker_pid=
    [ -z "$pid" ] || { kill "$pid" && wait "$pid"; }
}

# Somebody logged in, and gss-scramd let them.
broker_let_in()
{
    grep -Eq "account ($worker|$(id -u "$worker")), .* established, id" \
        "$dir/broker-log"
}

# run_brokered FEWEST TEST...: run tests once more, with gss-scramd; of one that
# fails, print what it says.
run_brokered()
{
    local fewest=$1 test output status
    shift
    export GSS_SCRAM_TEST_BROKER=yes
    explain_failure()
    {
        sed 's/^/# /' <<<"$output"
    }
    for test; do
        output=$(bash "$test" 2>&1)
        status=$?
        if [ $status = 77 ]; then
            ok "${test##*/} # SKIP ${output##*$'\n'}" true
        else
            ok "${test##*/}" [ $status = 0 ]
        fi
    done
    ok "there were tests to run" [ $# -ge "$fewest" ]
    finish
}

# start_agent: the account's own, until it is stopped, by way of a command that
# starts it if there is one; what it says is in $dir/agent.log.
agent_pid=
agent_starter=()
start_agent()
{
    "${agent_starter[@]}" "$GSS_SCRAM_BUILD/gss-scram-agent" --foreground \
        >"$dir/agent.log" 2>&1 </dev/null &
    agent_pid=$!
    # The socket is there a moment before it is listened at.
    until_true grep -qE "00010000 0005 .* $dir/gss-scram/agent\$" /proc/net/unix
}

stop_agent()
{
    [ -n "$agent_pid" ] || return 0
    kill "$agent_pid"
    wait "$agent_pid"
    local status=$?
    agent_pid=
    [ "$status" = 0 ]
}

# hand_over USER PASSWORD OPTION...: to the agent, as "gss-scram login" does.
hand_over()
{
    local user=$1 password=$2
    shift 2
    "$GSS_SCRAM_BUILD/gss-scram" login "$user" --password-stdin \
        --min-iterations 4096 "$@" <<<"$password" >"$dir/hand-over.log" 2>&1
}

# agent_forgets: all that it was handed.
agent_forgets()
{
    "$GSS_SCRAM_BUILD/gss-scram" logout >"$dir/hand-over.log" 2>&1
}

# A test's server is a process, $server_pid, whose output is in $server_out. It
# ends as it should by a status of these.
server_pid=
server_ends_by='143'
server_is_gone()
{
    ! kill -0 "$server_pid" 2>/dev/null
}

# End it and wait until it has; fail unless it was there to be ended.
stop_server()
{
    [ -n "$server_pid" ] || return 0
    kill "$server_pid" 2>/dev/null
    wait "$server_pid" 2>/dev/null
    local status=$?
    server_pid=
    [[ $status =~ ^($server_ends_by)$ ]]
}

# Set $port to one on which nobody may be listening; whoever tries it has to
# expect that somebody is, and try another.
choose_port()
{
    port=$((10000 + RANDOM % 20000))
}

# on_free_port COMMAND TAKEN...: choose a port, and have the command start a
# server there and wait until it serves or is gone; with another port where it is
# gone and TAKEN succeeds.
on_free_port()
{
    local command=$1
    shift
    for _ in {1..20}; do
        choose_port
        "$command"
        server_is_gone || return 0
        wait "$server_pid"
        server_pid=
        "$@" || return 1
    done
    echo "no port was free in 20 tries" >>"$server_out"
    return 1
}

# at_once COUNT COMMAND...: run it so often at once, each time with a number
# behind it; whether all of them succeed.
at_once()
{
    local number pid pids=() failures=0 most=$1
    shift
    for ((number = 1; number <= most; number++)); do
        "$@" "$number" &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do
        wait "$pid" || failures=$((failures + 1))
    done
    [ $failures = 0 ]
}

# add_user NAME PASSWORD [OPTION...]
add_user()
{
    local name=$1 password=$2
    shift 2
    printf '%s\n' "$password" | "$gss_scram" user add --password-stdin \
        --iterations 4096 "$@" -- "$name"
}

# until_true COMMAND...: wait until it succeeds; fail after half a minute.
until_true()
{
    local tries=600
    until "$@"; do
        [ $((tries -= 1)) -gt 0 ] || return 1
        sleep 0.05
    done
}

# need PACKAGE COMMAND...: where the command fails there is nothing to test;
# the package is what Debian has it in.
need()
{
    local package=$1
    shift
    if ! "$@" >/dev/null 2>&1; then
        echo "nothing is tested, for want of Debian's package $package"
        exit 77
    fi
}

# not COMMAND...: for ok, to which `!` is no command.
not()
{
    ! "$@"
}

# ok SENTENCE COMMAND...: one check, which passes if the command does. If it
# does not, explain_failure prints what there is to know, as a comment; a test
# that has something to say defines it anew.
count=0
bad=0
ok()
{
    local sentence=$1
    shift
    count=$((count + 1))
    if "$@"; then
        echo "ok $count - $sentence"
        return 0
    fi
    bad=$((bad + 1))
    echo "not ok $count - $sentence"
    echo "# in vain: $*"
    explain_failure
}

explain_failure()
{
    :
}

# last_lines COUNT FILE...: what stands at the end of each, as comments; the
# tokens that gss-client and gss-server print are left out.
last_lines()
{
    local lines=$1 file
    shift
    for file; do
        [ -s "$file" ] || continue
        echo "# the last lines of ${file##*/}:"
        grep -av '^\([0-9a-f][0-9a-f] \)*$' "$file" | tail -n "$lines" |
            cut -c 1-300 | sed 's/^/#     /'
    done
}

sanitizers_found_nothing()
{
    cat "$dir"/sanitizer.* 2>/dev/null | sed 's/^/# /'
    not compgen -G "$dir/sanitizer.*" >/dev/null
}

# The last line of a test: what is true of all of it, and its exit code.
finish()
{
    if [ -n "$broker_pid" ]; then
        ok "it was gss-scramd that let users in" broker_let_in
        ok "gss-scramd stops" stop_broker
    fi
    if [ ${#stock[@]} != 1 ]; then
        ok "the sanitizers found nothing" sanitizers_found_nothing
    fi
    echo "1..$count"
    exit $((bad != 0))
}
