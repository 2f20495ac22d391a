#!/bin/sh
# The module's dynamic symbols are GSS functions and nothing else.
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
