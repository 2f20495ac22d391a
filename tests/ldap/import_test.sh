#!/bin/bash
# "gss-scram user import" into a directory: lines that it does not take, many
# users, and what ends an import in the middle.
. "$(dirname "$0")/command.sh"
set_up_ldap
many=6000

# lines_for VERIFIER USER...: a file of PgBouncer's.
lines_for()
{
    local verifier=$1
    shift
    printf "\"%s\" \"$verifier\"\n" "$@"
}
import()
{
    run user import --format pgbouncer "$@"
}
# has USER VALUE...: the user's values of authPassword are these.
has()
{
    [ "$(values "$1" | sort)" = "$(printf '%s\n' "${@:2}" | sort)" ]
}
# have VERIFIER NAME: how many users have it whose names begin so.
have()
{
    as manager ldapsearch 1 -LLL -o ldif-wrap=no -b "$people" "(uid=$2*)" \
        authPassword | grep -cxF "authPassword: $1"
}
blames()
{
    grep -qxF "gss-scram: $1" "$dir/err"
}
# Of how many the summary says that they were put.
put()
{
    sed -n 's/^\([0-9]*\) verifiers were put into .*/\1/p' "$dir/out"
}

alices=$(verifier wonderland)
bobs=$(verifier builder)
{
    directory_ldif
    person_ldif alice
    person_ldif bob 'authPassword: MD5$c2FsdA==$aGFzaA=='
    person_ldif twin
    printf '%s\n' "dn: cn=twin,$people" 'objectClass: inetOrgPerson' \
        'uid: twin' 'cn: twin' 'sn: Example' ''
    for ((i = 0; i < 100; i++)); do
        person_ldif "twice$i"
    done
    crowd_ldif $many none | sed '/^authPassword: /d; /authPasswordObject$/d'
} >"$dir/directory.ldif"
configure_slapd 1
ok "a directory is made" fill_slapd 1 <"$dir/directory.ldif"
ok "slapd starts" start_slapd 1 || finish

# Lines that are not taken.
lines_for "$alices" alice nobody twin >"$dir/some"
echo '"bob" "SCRAM-SHA-256$4096"' >>"$dir/some"
lines_for "$bobs" bob >>"$dir/some"
act_as servers "${slapd_url[1]}"
import "$dir/some"
ok "who may not put any is told so once" eval \
    'exits 3 && [ "$(grep -c "Insufficient access" "$dir/err")" = 1 ]'
ok "and has put none" [ "$(have "$alices" alice)" = 0 ]
act_as manager "${slapd_url[1]}"
import "$dir/some"
ok "some lines are not taken" exits 1
ok "that of a user who has no entry" \
    blames "$dir/some: line 2: the directory has no entry for nobody"
ok "that of a user who has two" \
    blames "$dir/some: line 3: $store: (uid=twin) finds more than one entry"
ok "one that has no verifier" grep -q "^gss-scram: $dir/some: line 4: " \
    "$dir/err"
ok "as is said of no other" [ "$(wc -l <"$dir/err")" = 3 ]
ok "they are counted" grep -q "^2 verifiers were put .*; 3 rejected" \
    "$dir/out"
ok "the others are taken" has alice "$alices"
ok "and stand beside what else there is" \
    has bob "$bobs" 'MD5$c2FsdA==$aGFzaA=='

# Whom the directory has disabled remains so.
run user disable alice
lines_for "$bobs" alice >"$dir/some"
import --replace "$dir/some"
ok "who is disabled gets another verifier" exits 0
ok "and remains disabled" has alice "X-DISABLED-$bobs"
import --replace --enable "$dir/some"
ok "unless somebody says so" has alice "$bobs"
lines_for "$alices" alice >"$dir/some"
import --replace "$dir/some"
ok "and has the first one again" has alice "$alices"

# Users who are there more than once.
for ((i = 0; i < 100; i++)); do
    lines_for "$alices" "twice$i"
    lines_for "$bobs" "twice$i"
done >"$dir/twice"
import "$dir/twice"
ok "the first of two lines for a user is taken" [ "$(have "$alices" twice)" = 100 ]
ok "and the second is not" \
    grep -q '^100 verifiers .*; 100 exist and were kept' "$dir/out"
import --replace "$dir/twice"
ok "but takes its place where that was asked for" \
    [ "$(have "$bobs" twice)" = 100 ]

# What ends an import in the middle.
seq -f 'user%.0f' 0 $((many - 1)) | while read -r user; do
    lines_for "$alices" "$user"
done >"$dir/many"
import_until_some_are_there()
{
    "${own[@]}" env --default-signal=INT "$gss_scram" user import \
        --format pgbouncer "$dir/many" >"$dir/out" 2>"$dir/err" &
    importing=$!
    until_true some_are_there
}
some_are_there()
{
    [ "$(have "$alices" user)" -gt "$before" ] || ! kill -0 $importing
}
import_ends()
{
    wait $importing
    code=$?
}
before=0
import_until_some_are_there
kill -INT $importing
import_ends
ok "an interrupted import ends as such" exits 130
ok "which is said" \
    grep -q '^gss-scram: interrupted; the same import puts' "$dir/err"
before=$(have "$alices" user)
ok "some had been put" [ "$before" -gt 0 ]
ok "and not all" [ "$before" -lt $many ]
ok "as many as is said" [ "$(put)" = "$before" ]

import_until_some_are_there
end_slapd 1 KILL
import_ends
ok "an import whose directory goes away fails" exits 3
ok "as is said once" [ "$(grep -c "Can't contact LDAP server" "$dir/err")" = 1 ]
ok "slapd starts again" start_slapd 1 || finish
after=$(have "$alices" user)
lost=$((after - before - $(put)))
ok "no more is said to have been put than was" [ $lost -ge 0 ]
ok "nor less, but for what was on its way ($lost)" [ $lost -le 8 ]

import "$dir/many"
ok "when it is run again it puts what is missing" \
    [ "$(put)" = $((many - after)) ]
ok "all are there then" [ "$(have "$alices" user)" = $many ]
run user list
ok "and are listed, in order" eval '[ "$(grep -o "^user[0-9]*" "$dir/out")" = \
    "$(seq -f user%.0f 0 $((many - 1)) | LC_ALL=C sort)" ]'
run user export --format pgbouncer
ok "and exported" \
    [ "$(grep '^"user' "$dir/out")" = "$(LC_ALL=C sort "$dir/many")" ]
finish
