#!/bin/bash
# What scripts/test-platforms does in a fresh Debian, as its root: builds the tree
# in there, and runs tests.
#
#     source=FOLDER results=FOLDER archive=URL keys=FILE \
#         tests/platforms/inside.sh NAME FOLDER
#
# In the folder of results is then a line for each thing that was tried, in the
# file checks: "ok", or "failed", a number, and a sentence; its log, as NUMBER.log;
# and the logs of the test programs.
set -u
name=$1 root=$2
cores=$(nproc)
checks=$results/checks
number=0

# try SENTENCE COMMAND...
try()
{
    local sentence=$1 outcome=ok
    shift
    number=$((number + 1))
    "$@" >"$results/$number.log" 2>&1 </dev/null || outcome=failed
    echo "$outcome $number $sentence" >>"$checks"
    [ $outcome = ok ]
}

# inside ACCOUNT SCRIPT: in a network with nothing but loopback, as machines have
# it that build Debian's packages, and with no home, terminal or log. What is
# left running ends with it.
inside()
{
    unshare --net --pid --fork --kill-child --mount-proc="$root/proc" \
        sh -c 'ip link set lo up && exec "$@"' sh \
        chroot --userspec="$1" "$root" env -i LC_ALL=C.UTF-8 \
        HOME=/nonexistent PATH=/usr/sbin:/usr/bin:/sbin:/bin sh -exc "$2"
}

# build ACCOUNT COMPILER: everything, the test programs too.
build()
{
    inside "$1" "mkdir /build/$2 && cd /build/$2
        ../source/configure --enable-werror CC=$2
        make -j$cores && make -j$cores check TESTS="
}

# The tests that can tell one system from another, but for the slow ones, and for
# those beside gss-ntlmssp: Debian 13's does not work with SPNEGO, nor where it is
# alone.
left_out='tests/gss/spnego_beside_test tests/sample/spnego_beside.sh'
tests='$(UNIT_TESTS) $(GSS_TESTS) $(TOOL_TESTS) $(TOOL_SHELL_TESTS)'
tests="$tests "'$(SAMPLE_SHELL_TESTS) tests/daemon/lmdb_store_test'
tests='$(filter-out $(SLOW_TESTS) '"$left_out,$tests)"

# run_tests ACCOUNT COMPILER: in a build, to be counted by their results.
run_tests()
{
    inside "$1" "make -C /build/$2 -j$cores check-TESTS \
        TESTS='$tests'"
    mkdir "$results/$2"
    (cd "$root/build/$2" && find tests -name '*.trs' -o -name '*.log' |
        tar -cf - -T -) | tar -xf - -C "$results/$2"
    [ "$(find "$results/$2" -name '*.trs' | wc -l)" -gt 100 ]
}

build_and_test()
{
    local krb5
    krb5=$(chroot "$root" dpkg-query -W -f='${Version}' libkrb5-3)
    try "$2 has no warning, with krb5 $krb5" build "$1" "$2" &&
        try "tests are run in what $2 made" run_tests "$1" "$2"
}

# newer_krb5 SUITE PACKAGE...: put MIT's library of another Debian in the place of
# this one's. That Debian changes every day: when these packages do not fit, that
# is said, and fails nothing. What a mirror has may be old.
newer_krb5()
{
    local list=$root/etc/apt/sources.list.d/newer.list only
    echo "deb [check-valid-until=no signed-by=$keys] $archive $1 main" >"$list"
    only="-o Dir::Etc::SourceList=/etc/apt/sources.list.d/newer.list
        -o Dir::Etc::SourceParts=/dev/null -o APT::Get::List-Cleanup=no
        -o Acquire::Languages=none -o Acquire::Retries=3"
    printf 'Package: *\nPin: release n=%s\nPin-Priority: 100\n' "$1" \
        >"$root/etc/apt/preferences.d/newer"
    # shellcheck disable=SC2086 # options, a word each
    chroot "$root" apt-get -q $only update
    chroot "$root" env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
        --no-remove --no-install-recommends -t "$1" install "${@:2}"
}

# The package's own tests, which fail it when one fails.
package()
{
    inside builder "cd /build/source
        DEB_BUILD_OPTIONS=parallel=$cores dpkg-buildpackage -us -uc -b"
}

mkdir "$root/build"
cp -a "$source" "$root/build/source"
chroot "$root" useradd --no-create-home builder
chroot "$root" chown -R builder: /build
case $name in
debian12) try "the Debian package builds, with its tests" package ;;
i386) build_and_test builder gcc ;;
debian13)
    build_and_test root gcc
    newer_krb5 sid libkrb5-dev krb5-gss-samples \
        >"$results/newer.log" 2>&1 </dev/null ||
        echo "not tried: a newer krb5, as $(grep '^E: ' "$results/newer.log" |
            tail -n 1)" >>"$checks"
    build_and_test builder clang
    ;;
esac
