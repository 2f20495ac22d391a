#!/bin/bash
# The programs of this folder once more, with a server whose logins gss-scramd
# verifies (world_broker.h). make check has built them, and runs them without.
set -u -f
here=$(cd "$(dirname "$0")" && pwd)
programs=${GSS_SCRAM_BUILD:?names the build}/tests/gss
export GSS_SCRAM_TEST_BROKER=yes

# What says other things of a server with a broker, or nothing more of one.
left_out()
{
    case $1 in
    # Which store a program may name, and what is logged where: broker_test.
    acquire_test | event_test | descriptors_test | broker_test | itself_test) ;;
    # How often the module allocates, and that it needs libcrypto at all.
    allocations_test | late_test | copied_test) ;;
    # Configurations of several stores and accounts, which take half a minute.
    acquire_again_test | default_cred_test) ;;
    # A server's own memory, for which a minute was spent already.
    soak_test) ;;
    *) return 1 ;;
    esac
}

number=0
failures=0
set +f
for source in "$here"/*_test.c; do
    name=${source##*/}
    name=${name%.c}
    # What a sanitizer has no use for is not built.
    if left_out "$name" || [ ! -x "$programs/$name" ]; then
        continue
    fi
    number=$((number + 1))
    if output=$("$programs/$name" 2>&1); then
        echo "ok $number - $name"
    else
        failures=$((failures + 1))
        echo "not ok $number - $name"
        sed 's/^/# /' <<<"$output"
    fi
done
echo "1..$number"
[ "$number" -gt 25 ] && [ $failures = 0 ]
