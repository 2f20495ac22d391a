#!/bin/bash
# The programs of this folder once more, with a server whose logins gss-scramd
# verifies (world_broker.h). make check has built them, and runs them without.
set -u -f
here=$(cd "$(dirname "$0")" && pwd)
programs=${GSS_SCRAM_BUILD:?names the build}/tests/gss
export GSS_SCRAM_TEST_BROKER=yes
# A tenth and less of what it does without: it fills what is kept either way.
export SOAK_CONTEXTS=5000

left_out()
{
    case $1 in
    # A stand-in listens in gss-scramd's place, with or without it.
    broker_test | itself_test) ;;
    # What is copied is a server's memory, and not gss-scramd, whose nonces
    # these are; and a server that is wrong about its own number, as these are,
    # cannot tell gss-scramd who it is.
    copied_test) ;;
    *) return 1 ;;
    esac
}

# Those that wait most of their time, for clocks and for deadlines, do so while
# the others run.
waits_long()
{
    case $1 in
    acquire_again_test | default_cred_test | soak_test) ;;
    *) return 1 ;;
    esac
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
number=0
failures=0

run()
{
    "$programs/$1" >"$work/$1" 2>&1
    echo $? >"$work/$1.status"
}

report()
{
    number=$((number + 1))
    if [ "$(cat "$work/$1.status")" = 0 ]; then
        echo "ok $number - $1"
    else
        failures=$((failures + 1))
        echo "not ok $number - $1"
        sed 's/^/# /' "$work/$1"
    fi
}

set +f
names=()
for source in "$here"/*_test.c; do
    name=${source##*/}
    name=${name%.c}
    # What a sanitizer has no use for is not built.
    if ! left_out "$name" && [ -x "$programs/$name" ]; then
        names+=("$name")
    fi
done
for name in "${names[@]}"; do
    ! waits_long "$name" || run "$name" &
done
for name in "${names[@]}"; do
    waits_long "$name" || run "$name"
done
wait
for name in "${names[@]}"; do
    report "$name"
done
echo "1..$number"
[ "$number" -gt 35 ] && [ $failures = 0 ]
