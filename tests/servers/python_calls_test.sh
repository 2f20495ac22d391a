#!/bin/bash
# python3-gssapi: every call that the binding has, in one process.
. "$(dirname "$0")/lib.sh"
need python3-gssapi /usr/bin/python3 -c 'import gssapi'
set_up_server python
add_user alice 'correct horse'

mkdir -m 700 "$dir/own"
export TEST_STORE=$store TEST_FOLDER=$dir/own
"${stock[@]}" /usr/bin/python3 -B "$test_source/tests/servers/python/run.py" \
    >"$dir/out" 2>"$dir/err"
status=$?
cat "$dir/out"
sed 's/^/# /' "$dir/err"
count=$(grep -c '^\(not \)\?ok ' "$dir/out")
ok "the tests of the binding passed" test $status = 0
finish
