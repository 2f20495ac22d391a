#!/bin/bash
# Everything that the module imports is made to fail by the fault tests, or is
# in unfailing.txt with a reason. It imports nothing to change files of users
# with.
set -u -f
here=$(dirname "$0")
module=${GSS_SCRAM_MODULE:?names the module}

# A function and its form with a check of the buffer's size count as one.
imports=$(nm --dynamic --undefined-only "$module" |
    awk '{ sub(/@.*/, "", $NF); sub(/_chk$/, "", $NF) && sub(/^__/, "", $NF)
           print $NF }' | grep -Ev '^__(asan|ubsan|lsan|tsan|sanitizer)_' |
    sort -u)
wrapped=$(sed 's/^--wrap=//' "$here/wrapped.txt")
unfailing=$(sed '/^#/d' "$here/unfailing.txt")
number=0
failures=0

# Where off_t has to be asked for, open is called open64, and the fault tests do
# not make it fail.
if grep -qx open64 <<<"$imports"; then
    echo "not tried: the module calls open64, as on machines of 32 bits"
    exit 77
fi

# check SENTENCE NAMES: whether there are no such names.
check()
{
    number=$((number + 1))
    if [ -z "$2" ]; then
        echo "ok $number - $1"
    else
        failures=$((failures + 1))
        echo "not ok $number - $1:" $2
    fi
}

is_listed()
{
    local name=$1 pattern
    shift
    for pattern; do
        # shellcheck disable=SC2053
        [[ $name == $pattern ]] && return
    done
    return 1
}

unlisted=
for name in $imports; do
    is_listed "$name" $wrapped $unfailing || unlisted+=" $name"
done
check "what the module imports fails in the tests, or cannot" "$unlisted"

twice=
for name in $wrapped; do
    is_listed "$name" $unfailing && twice+=" $name"
done
check "what fails in the tests is not said to be unfailing" "$twice"

# What writes files of users (libwriter.la) puts them in their place by these.
writing=
for name in renameat fsetxattr; do
    grep -qx "$name" <<<"$imports" && writing+=" $name"
done
check "the module reads files of users, and changes none" "$writing"

[ -n "$imports" ] && [ $failures = 0 ]
