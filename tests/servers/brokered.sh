#!/bin/bash
# Servers once more, with users in gss-scramd's own store: none of them can read
# it, and no file has them.
. "$(dirname "$0")/../lib.sh"
here=$test_source/tests/servers
run_brokered 8 "$here/apache_negotiate_test.sh" "$here/cyrus_test.sh" \
    "$here/imapd_test.sh" "$here/perl_test.sh" "$here/postfix_test.sh" \
    "$here/python_server_test.sh" "$here/slapd_test.sh" "$here/squid_test.sh"
