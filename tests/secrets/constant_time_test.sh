#!/bin/sh
# No branch and no address depends on a secret: see constant_time.c.
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
number=0
failed=0

# watched CASE: run it under memcheck; 0 is no report, and 9 is one.
watched()
{
    valgrind --quiet --error-exitcode=9 --track-origins=no \
        tests/secrets/constant_time "$1" >"$log" 2>&1
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

# First that a dependence would be seen.
for case in a_branch_on_a_secret an_address_of_a_secret; do
    watched $case
    result $? 9 "valgrind reports $case"
done
for case in an_exchange_succeeds a_wrong_password_is_refused \
    an_earlier_password_is_refused \
    a_password_beyond_ascii_is_taken a_verifier_is_read_and_written \
    messages_are_protected; do
    watched $case
    result $? 0 "$case, and nothing depends on a secret"
done
exit $failed
