#!/bin/bash
# With a FIPS provider alone users log in, messages come through, and doctor
# finds nothing wrong. The provider is Debian 13's, fetched for this.
#
#     tests/gss/fips.sh BUILD
#
# BUILD is a folder in which make and make check TESTS= have run. The exit code
# is 77 where the provider cannot be had, or this machine's libcrypto does not
# take it.
set -u
export LC_ALL=C.UTF-8
source=$(cd "$(dirname "$0")/../.." && pwd)
GSS_SCRAM_BUILD=$(cd "$1" && pwd) || exit
GSS_SCRAM_MODULE=$GSS_SCRAM_BUILD/.libs/gss_scram.so
export GSS_SCRAM_BUILD GSS_SCRAM_MODULE
work=$(mktemp -d "${TMPDIR:-/tmp}/gss-scram-fips.XXXXXX") || exit
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP

not_tried()
{
    cat "$work/log"
    echo "not tried: $1"
    exit 77
}

"$source/scripts/debian13" "$work/root" openssl-provider-fips \
    >"$work/log" 2>&1 || not_tried "there is no FIPS provider to be had"
provider=$(find "$work/root" -name fips.so)
openssl fipsinstall -module "$provider" -out "$work/fips" >"$work/log" 2>&1 ||
    not_tried "this machine's libcrypto does not take Debian 13's FIPS provider"

sed "/^\[fips_sect\]/a module = $provider" "$work/fips" >"$work/openssl.cnf"
cat >>"$work/openssl.cnf" <<'END'
[gss_scram]
providers = both
alg_section = properties
[both]
fips = fips_sect
base = base_sect
[base_sect]
activate = 1
[properties]
default_properties = fips=yes
END
sed -i '1i config_diagnostics = 1\nopenssl_conf = gss_scram' "$work/openssl.cnf"
export OPENSSL_CONF=$work/openssl.cnf

number=0
failures=0

# ok SENTENCE COMMAND...
ok()
{
    local sentence=$1
    shift
    number=$((number + 1))
    if "$@" >"$work/log" 2>&1; then
        echo "ok $number - $sentence"
    else
        failures=$((failures + 1))
        cat "$work/log"
        echo "not ok $number - $sentence"
    fi
}

no_md5()
{
    openssl list -providers | grep -q fips && ! openssl md5 /dev/null
}

ok "the provider is alone: there is no MD5" no_md5
for test in exchange message iov aead prf; do
    ok "tests/gss/${test}_test" "$GSS_SCRAM_BUILD/tests/gss/${test}_test"
done
ok "tests/tools/doctor_test.sh" bash "$source/tests/tools/doctor_test.sh"
[ $failures = 0 ]
