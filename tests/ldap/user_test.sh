#!/bin/bash
# "gss-scram user" in a directory, as an administrator uses it.
. "$(dirname "$0")/command.sh"
need_stock_programs
enter_own_network
set_up_ldap

# A name that would be something else in a filter, a DN or a shell.
odd='O*DD (d) \é, "x"+y'
# odd_ldif NUMBER NAME: somebody of that name.
odd_ldif()
{
    printf '%s\n' "dn: cn=odd$1,$people" 'objectClass: inetOrgPerson' \
        "uid:: $(printf %s "$2" | base64 -w 0)" "cn: odd$1" 'sn: Odd' ''
}

{
    directory_ldif
    for name in alice bob carol; do
        person_ldif $name | grep -v '^objectClass: authPasswordObject$'
    done
    person_ldif dave 'authPassword: X-OTHER$c2FsdA==$aGFzaA=='
    odd_ldif 1 "$odd" # and somebody whom a filter that is not escaped finds
    odd_ldif 2 'OxxDD (d) \é, "x"+y'
    for i in twice-a twice-b; do
        person_ldif $i 'uid: twice'
    done
    for i in {1..600}; do
        person_ldif "many$i" | grep -v '^objectClass: authPasswordObject$'
    done
} >"$dir/directory.ldif"
configure_slapd 1
ok "a directory is made" fill_slapd 1 <"$dir/directory.ldif"
ok "slapd starts" start_slapd 1 || finish
act_as manager "${slapd_url[1]}"

run_with wonderland add alice
ok "a user is added to an entry" \
    says "added alice to $store (SCRAM-SHA-256, 4096 iterations)"
ok "which has one verifier then" [ "$(values alice | wc -l)" = 1 ]
run_with wonderland add alice
ok "and is not added twice" complains 1 'alice is in'
run_with builder add dave
ok "another authPassword is no verifier" exits 0
ok "and stays beside it" [ "$(values dave | grep -c X-OTHER)" = 1 ]
run_with builder add nobody
ok "who has no entry is not added" complains 1 'nobody'
run_with both add bob --mechanism SCRAM-SHA-1 --mechanism SCRAM-SHA-256
ok "a user may have several mechanisms" [ "$(values bob | wc -l)" = 2 ]

ok "gss-scramd starts" start_gss_scramd || finish
ok "a server starts" start_loop || finish
ok "alice logs in" log_in alice wonderland
ok "so does bob" log_in bob both
ok "and dave" log_in dave builder
ok "carol does not" is_refused carol wonderland

run_with looking-glass passwd alice
ok "a password is changed" exits 0
ok "alice logs in with the new one, in time" \
    until_true log_in alice looking-glass
ok "and not with the old one" is_refused alice wonderland
ok "there still is one verifier" [ "$(values alice | wc -l)" = 1 ]
run_with builder passwd carol
ok "who has no verifier has no password to change" complains 1 'carol'

run_with builder add "$odd"
ok "a name may have anything in it" exits 0
ok "it is one user's" [ "$(as admin ldapsearch 1 -LLL -b "$people" \
    '(&(cn=odd*)(authPassword=*))' cn | grep -c '^cn: odd1$')" = 1 ]
ok "that user logs in" log_in "$odd" builder
run user show "$odd"
ok "and is shown" exits 0
run user remove "$odd"
ok "and removed" exits 0
run_with builder add twice
ok "who has two entries is not added" complains 3 'finds more than one entry'

run user list
ok "those who have verifiers are listed" \
    [ "$(awk 'NR > 1 { print $1 }' "$dir/out" | paste -sd' ')" = \
    'alice bob dave' ]
run user show alice
ok "one is shown" grep -q '4096' "$dir/out"
ok "without keys" not grep -qF "$(values alice | sed 's/.*:\(.*\)=/\1/')" \
    "$dir/out"
run user show nobody
ok "nobody is not" complains 1 'nobody'

run user remove dave
ok "a user's verifiers are removed" exits 0
ok "what else there is stays" \
    [ "$(values dave)" = "X-OTHER\$c2FsdA==\$aGFzaA==" ]
ok "and the user is refused, in time" until_true is_refused dave builder
run user remove dave
ok "who has none has none to remove" complains 1 'dave'

run user export --format pgbouncer
sed -n 's/^"bob" "\(SCRAM.*\)"$/\1/p' "$dir/out" >"$dir/bobs"
ok "verifiers are exported" [ -s "$dir/bobs" ]
for i in {1..600}; do
    printf '"many%d" "%s"\n' "$i" "$(cat "$dir/bobs")"
done >"$dir/many"
run user import --format pgbouncer "$dir/many"
ok "many are imported" grep -q '^600 verifiers were put' "$dir/out"
ok "into their entries" [ "$(values many600)" = "$(cat "$dir/bobs")" ]
# On a terminal it shows how far it is, if it takes more than a second.
seq -f 'many%g,pencil' 64 >"$dir/passwords"
for iterations in 100000 1000000 10000000; do
    SHELL=$BASH TERM=vt100 "${own[@]}" script -qec "'$gss_scram' user import \
        --format csv --replace --iterations $iterations '$dir/passwords'" \
        "$dir/screen" >/dev/null 2>&1 </dev/null
    ! grep -q '/s, .* left' "$dir/screen" || break
done
ok "a terminal is told how far an import is" \
    grep -qaE '\[#+ *\] +[0-9]+ %  [0-9]+ users, [0-9]+/s, [0-9]+ (s|min)' \
    "$dir/screen"
ok "and what came of it" grep -qaE $'\x1b\\[K64 verifiers were put' "$dir/screen"
run user import --format pgbouncer --replace "$dir/many"
ok "those who have a verifier get another where that is asked for" \
    [ "$(values many7)" = "$(cat "$dir/bobs")" ]
run user list
ok "and all listed" [ "$(grep -c '^many' "$dir/out")" = 600 ]
ok "one of them logs in" until_true log_in many7 both
printf '"%s" "%s"\n' nowhere "$(cat "$dir/bobs")" many1 "$(cat "$dir/bobs")" \
    >"$dir/many"
run user import --format pgbouncer --replace "$dir/many"
ok "who has no entry is left out, and blamed" \
    grep -q 'line 1: the directory has no entry' "$dir/err"
ok "the server ends well" stop_loop

# Without gss-scramd.
configure_with "store = ${slapd_url[1]}" "ldap_base = $people"
ok "no server opens a directory by itself" not start_loop
run doctor
ok "which the doctor says, and what to do" eval 'exits 1 && grep -q \
    "^FAIL .*${slapd_url[1]} is for gss-scramd to open" \
    "$dir/out"'

act_as servers "${slapd_url[1]}"
run_with wonderland passwd alice
ok "who may not change a verifier does not" \
    complains 3 "Insufficient access: $servers may not change uid=alice"
for what in list 'export --format pgbouncer'; do
    # shellcheck disable=SC2086 # it is words
    run user $what
    ok "who is shown a part of them does not take it for all: $what" eval \
        'complains 3 "Size limit exceeded" && [ ! -s "$dir/out" ]'
done
end_slapd 1 TERM
run user list
ok "without slapd there is nothing to list" \
    complains 3 "Can't contact LDAP server"
finish
