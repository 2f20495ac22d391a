#!/bin/sh
# What talks to directories is apart: no process has libldap because of the
# mechanism, and what has it shows one symbol alone.
#
#     apart.sh BUILD    a folder in which make has run
set -eu

ldd "$1/.libs/gss_scram.so" "$1/gss-scram" | awk '
    /libkrb5\.so/ { krb5++ }
    /libldap|liblber|libsasl/ {
        print "this is in every process:", $0
        bad = 1
    }
    END {
        if (krb5 != 2)
            print "these are not the libraries of two files"
        exit bad || krb5 != 2
    }'
ldd "$1/.libs/gss_scram_ldap.so" | grep -q libldap || {
    echo "gss_scram_ldap.so is without libldap"
    exit 1
}
symbols=$(nm -D --defined-only "$1/.libs/gss_scram_ldap.so" | cut -d ' ' -f 3)
[ "$symbols" = gss_scram_ldap_client ] || {
    echo "gss_scram_ldap.so has these symbols: $symbols"
    exit 1
}
