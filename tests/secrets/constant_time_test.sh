#!/bin/sh
# No branch and no address depends on a secret: see constant_time.c,
# constant_time_agent.c and constant_time_daemon.c.
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
log=$work/log
number=0
failed=0

# watched PROGRAM CASE: run it under memcheck; 0 is no report, and 9 is one.
watched()
{
    rm -rf "$work/store"
    mkdir "$work/store"
    TMPDIR=$work/store valgrind --quiet --error-exitcode=9 --track-origins=no \
        "tests/secrets/$1" "$2" >"$log" 2>&1
}

result()
{
    number=$((number + 1))
    if [ "$1" = "$2" ]; then
        echo "ok $number - $3"
    else
        cat "$log"
        echo "not ok $number - $3"
        failed=1
    fi
}

# reported PROGRAM CASE...: that a dependence is seen.
reported()
{
    program=$1
    shift
    for case; do
        watched "$program" "$case"
        result $? 9 "valgrind reports $case"
    done
}

# constant PROGRAM CASE...: that there is none.
constant()
{
    program=$1
    shift
    for case; do
        watched "$program" "$case"
        result $? 0 "$case, and nothing depends on a secret"
    done
}

reported constant_time a_branch_on_a_secret an_address_of_a_secret
reported constant_time_daemon a_branch_on_a_seal
constant constant_time an_exchange_succeeds a_wrong_password_is_refused \
    an_earlier_password_is_refused a_password_beyond_ascii_is_taken \
    a_verifier_is_read_and_written messages_are_protected
constant constant_time_agent an_agents_login_succeeds \
    a_server_without_the_password_is_refused \
    an_agents_seal_of_another_login_is_refused
constant constant_time_daemon a_login_from_its_store_succeeds \
    a_wrong_password_is_refused_from_its_store \
    a_stranger_is_refused_from_its_store a_seal_is_made_and_checked \
    messages_are_packed_and_parsed
exit $failed
