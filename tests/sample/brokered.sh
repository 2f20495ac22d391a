#!/bin/bash
# The tests of this folder once more, with a gss-server whose logins gss-scramd
# verifies.
set -u
here=$(cd "$(dirname "$0")" && pwd)
export GSS_SCRAM_TEST_BROKER=yes
number=0
failures=0

for test in "$here"/*.sh; do
    case ${test##*/} in
    lib.sh | brokered.sh) continue ;;
    esac
    number=$((number + 1))
    output=$(bash "$test" 2>&1)
    case $? in
    0) echo "ok $number - ${test##*/}" ;;
    77) echo "ok $number - ${test##*/} # SKIP ${output##*$'\n'}" ;;
    *)
        failures=$((failures + 1))
        echo "not ok $number - ${test##*/}"
        sed 's/^/# /' <<<"$output"
        ;;
    esac
done
echo "1..$number"
[ "$number" -gt 5 ] && [ $failures = 0 ]
