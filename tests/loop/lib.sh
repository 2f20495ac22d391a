# shellcheck shell=bash
#
# What the tests of examples/accept-loop share, beside what they have from the
# tests with the stock programs.
. "$(dirname "${BASH_SOURCE[0]}")/../sample/lib.sh"

# In a sanitized build the example and the load generator are sanitized too:
# what the sanitizers find goes where finish looks, leaks included, but for what
# libgssapi keeps of each module as long as the process lives.
set_up_loop()
{
    set_up
    # A client that negotiates may try Kerberos too, but nobody's realm.
    : >"$dir/krb5.conf"
    export KRB5_CONFIG=$dir/krb5.conf KRB5CCNAME=$dir/none KRB5_KTNAME=$dir/none
    own=(env)
    if [ ${#stock[@]} != 1 ]; then
        cp "$test_source/tests/leaks.txt" "$dir/leaks"
        echo 'leak:krb5int_open_plugin' >>"$dir/leaks"
        own+=("ASAN_OPTIONS=log_path=$dir/sanitizer"
            "UBSAN_OPTIONS=log_path=$dir/sanitizer:print_stacktrace=1"
            "LSAN_OPTIONS=suppressions=$dir/leaks:print_suppressions=0")
    fi
}

loop_listens_or_is_gone()
{
    grep -q '^listening on ' "$server_out" || server_is_gone
}

# start_loop [OPTION...]: start the example and wait until it listens; fail if
# it ends instead. Its output is in $server_out.
start_loop()
{
    server_mark=0
    : >"$server_out"
    "${own[@]}" "$GSS_SCRAM_BUILD/examples/accept-loop" --port 0 "$@" \
        >"$server_out" 2>&1 </dev/null &
    server_pid=$!
    until_true loop_listens_or_is_gone
    port=$(sed -n 's/^listening on 127\.0\.0\.1 port //p' "$server_out")
    [ -n "$port" ]
}

# End the example, which is to end well.
stop_loop()
{
    kill "$server_pid" && server_ends
}

# load OPTION...: run the load generator; it prints one line about each mode.
load()
{
    printf '%s\n' 'correct horse' |
        "${own[@]}" "$GSS_SCRAM_BUILD/bench/load" --port "$port" --user alice \
            "$@"
}
