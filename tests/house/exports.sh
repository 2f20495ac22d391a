#!/bin/sh
# The module's dynamic symbols are GSS functions and nothing else, and it needs
# no libraries but these: others would be in every process that uses GSS-API.
# The environment it reads by secure_getenv alone, as whoever calls a set-ID
# program has written that program's.
#
#     exports.sh gss_scram.so
set -eu

nm -D --defined-only "$1" | awk '
    { print; count++ }
    !($2 == "T" && $3 ~ /^gss(spi)?_[a-z0-9_]+$/) {
        print "this is no GSS function"
        bad = 1
    }
    END {
        if (count == 0)
            print "no symbol at all"
        exit count == 0 || bad
    }'

readelf -dW "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | awk '
    { print; count++ }
    !/^(lib(gssapi_krb5|krb5|com_err|crypto|idn|c)|ld-linux.*)\.so\./ {
        print "this is not for every process"
        bad = 1
    }
    END {
        if (count == 0)
            print "no library at all"
        exit count == 0 || bad
    }'

if nm -D --undefined-only "$1" | grep -E ' (getenv|_*environ)(@|$)'; then
    echo "this reads a set-ID program's environment too"
    exit 1
fi
