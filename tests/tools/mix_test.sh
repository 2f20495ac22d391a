#!/bin/bash
# A store whose users have several iteration counts: an import that makes it one
# says so, and "gss-scram doctor" does, as few of one kind stand out among
# strangers. Where all have one count nothing is said.
# shellcheck source=tests/tools/lib.sh
. "$(dirname "$0")/lib.sh"

module=$GSS_SCRAM_BUILD/.libs/gss_scram.so
export GSS_MECH_CONFIG=$dir/mech TMPDIR=$dir/tmp
mkdir "$TMPDIR"
printf 'scram-sha-256\t1.3.6.1.5.5.18\t%s\n' "$module" >"$GSS_MECH_CONFIG"

# line USER COUNT: of a file of PostgreSQL's.
keys='W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:'
keys+='wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU='
line()
{
    printf '%s|SCRAM-SHA-256$%s:%s\n' "$1" "$2" "$keys"
}

# import: what is on this function's standard input.
import()
{
    cat >"$dir/file"
    run user import --store "$store" --format postgresql "$@" "$dir/file"
}

# names_both FILE: one line has the two counts.
names_both()
{
    grep -E '600,?000' "$1" | grep -qE '(^|[^0-9])4,?096([^0-9]|$)'
}

for user in a b c d e; do
    line $user 600000
done >"$dir/five"

import <"$dir/five"
ok "five users of one count are put" [ "$code" = 0 ]
ok "and nothing more is said" [ ! -s "$dir/err" ]
run doctor --store "$store"
ok "the doctor has nothing to say of their count" not names_both "$dir/out"

line f 4096 | import
ok "one of another count is put" [ "$code" = 0 ]
ok "with a warning that names both counts" names_both "$dir/err"
run doctor --store "$store"
ok "the doctor names both counts" names_both "$dir/out"
ok "in no more than one line" [ "$(grep -cE '600,?000' "$dir/out")" = 1 ]

# All at once, in another store.
store=${store%/*}/another
{
    cat "$dir/five"
    line f 4096
} | import
ok "users of both are put at once" [ "$code" = 0 ]
ok "with a warning that names both counts" names_both "$dir/err"
ok "in one line" [ "$(wc -l <"$dir/err")" = 1 ]

# Replacing the one makes it a store of one count again.
line f 600000 | import --replace
ok "the one is replaced" [ "$code" = 0 ]
ok "and nothing more is said" [ ! -s "$dir/err" ]
run doctor --store "$store"
ok "nor by the doctor" not names_both "$dir/out"
finish
