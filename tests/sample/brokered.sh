#!/bin/bash
# The tests of this folder once more, with a gss-server whose logins gss-scramd
# verifies.
. "$(dirname "$0")/../lib.sh"
here=$test_source/tests/sample
tests=()
for test in "$here"/*.sh; do
    case ${test##*/} in
    lib.sh | brokered.sh) ;;
    *) tests+=("$test") ;;
    esac
done
run_brokered 7 "${tests[@]}"
