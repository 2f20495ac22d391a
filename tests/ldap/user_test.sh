#!/bin/bash
# "gss-scram user" in a directory, as an administrator uses it.
. "$(dirname "$0")/lib.sh"
need_stock_programs
enter_own_network
set_up_ldap

# run WORD...: run the command; what it says is in $dir/out and $dir/err.
run()
{
    "${own[@]}" "$gss_scram" "$@" >"$dir/out" 2>"$dir/err"
    code=$?
}
run_with()
{
    run user "${@:2}" --password-stdin --iterations 4096 <<<"$1"
}
says()
{
    [ "$code" = 0 ] && [ "$(cat "$dir/out")" = "$1" ] && [ ! -s "$dir/err" ]
}
exits()
{
    [ "$code" = "$1" ]
}
complains()
{
    [ "$code" = "$1" ] && [ "$(wc -l <"$dir/err")" = 1 ] &&
        grep -qF -- "$2" "$dir/err"
}
explain_failure()
{
    echo "# the last exit code was $code"
    tail -n 20 "$dir/out" "$dir/err" "$client_out" "$server_out" 2>/dev/null |
        cut -c 1-300 | sed 's/^/# /'
}

# act_as WHO LOCATION: what the command binds as.
act_as()
{
    store=$2
    printf 'of the %s\n' "$1" >"$dir/password"
    configure_ldap "$2" "ldap_bind_dn = ${!1}" \
        "ldap_bind_password_file = $dir/password" \
        'ldap_tls = starttls' "ldap_tls_ca = $dir/ca.pem" 'cache_ttl = 1s'
}

# value USER: the values of authPassword that the entry has.
values()
{
    as admin ldapsearch 1 -LLL -o ldif-wrap=no -b "$people" "(uid=$1)" \
        authPassword | sed -n 's/^authPassword: //p'
}

{
    directory_ldif
    for name in alice bob carol; do
        person_ldif $name | grep -v '^objectClass: authPasswordObject$'
    done
    person_ldif dave 'authPassword: X-OTHER$c2FsdA==$aGFzaA=='
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
run user list
ok "and all listed" [ "$(grep -c '^many' "$dir/out")" = 600 ]
ok "one of them logs in" until_true log_in many7 both
printf '"%s" "%s"\n' nowhere "$(cat "$dir/bobs")" many1 "$(cat "$dir/bobs")" \
    >"$dir/many"
run user import --format pgbouncer --replace "$dir/many"
ok "who has no entry is left out, and blamed" \
    grep -q 'line 1: the directory has no entry' "$dir/err"
ok "the server ends well" stop_loop

# Where what talks to directories is not installed.
mkdir "$dir/alone"
cp "$gss_scram" "$module" "$dir/alone/"
"${own[@]}" "$dir/alone/gss-scram" user list >"$dir/out" 2>"$dir/err"
code=$?
ok "without its module a directory is no store, which is said" \
    complains 3 'gss_scram_ldap.so'
sed -i "s|$module|$dir/alone/gss_scram.so|" "$dir/mech"
ok "and no server starts" not start_loop
sed -i "s|$dir/alone/gss_scram.so|$module|" "$dir/mech"

act_as servers "${slapd_url[1]}"
run_with wonderland passwd alice
ok "who may not change a verifier does not" \
    complains 3 'Insufficient access'
end_slapd 1 TERM
run user list
ok "without slapd there is nothing to list" \
    complains 3 "Can't contact LDAP server"
finish
