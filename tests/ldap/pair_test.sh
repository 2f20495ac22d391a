#!/bin/bash
# Two slapds that copy each other, with 100,000 users, who log in all the time:
# what befalls one of the slapds is nothing to a user whom the other can serve.
. "$(dirname "$0")/lib.sh"
need_stock_programs
enter_own_network
set_up_ldap
users=100000
rate=40 # logins a second

explain_failure()
{
    cat "$dir/slapadd.out" "$dir"/[12]/out "$dir/complaints" \
        "$client_out" \
        "$dir/gss-scramd.out" 2>/dev/null | tail -n 20 | sed 's/^/# /'
    grep -a refused "$server_out" | tail -n 5 | sed 's/^/# server: /'
}

# Let users log in, each once, and do what is to be done to the slapds, with
# some logins before it and after each step of it.
# while_users_log_in SENTENCE COMMAND...
while_users_log_in()
{
    local sentence=$1 step
    shift
    "${own[@]}" "$GSS_SCRAM_BUILD/bench/load" --port "$port" --user user \
        --users $users --rate $rate --at-once 1000 --total 1000000 \
        >"$dir/load" 2>"$dir/complaints" <<<wonderland &
    loading=$!
    some_log_in
    for step; do
        $step || echo "# in vain: $step"
        some_log_in
    done
    kill "$loading"
    ok "$sentence" wait "$loading"
    sed 's/^/# /' "$dir/load"
}
logins()
{
    grep -c '^established: ' "$server_out"
}
some_log_in()
{
    enough=$(($(logins) + rate))
    until_true enough_logins_or_none_to_come
}
enough_logins_or_none_to_come()
{
    [ "$(logins)" -ge "$enough" ] || ! kill -0 "$loading" 2>/dev/null
}
stop_1()
{
    kill -STOP "${slapd_pid[1]}"
}
go_on_1()
{
    kill -CONT "${slapd_pid[1]}"
}
stop_2()
{
    kill -STOP "${slapd_pid[2]}"
}
go_on_2()
{
    kill -CONT "${slapd_pid[2]}"
}

# change_password USER PASSWORD NUMBER: at one of the slapds.
change_password()
{
    printf '%s\n' "dn: uid=$1,$people" 'changetype: modify' \
        'replace: authPassword' "authPassword: $(verifier "$2")" |
        as manager ldapmodify "$3" >"$dir/changed" 2>&1
}
change_7()
{
    ok "user7 logs in" log_in user7 wonderland
    ok "the password is changed at one slapd" change_password user7 other 2
    changed=${EPOCHREALTIME/./}
    ok "the old one is refused after a while" \
        until_true is_refused user7 wonderland
    echo "# after $(((${EPOCHREALTIME/./} - changed) / 1000)) ms"
    ok "which is not longer than ldap_cache_ttl, and what the copy takes" \
        [ $((${EPOCHREALTIME/./} - changed)) -lt $((ttl * 1000000 + 2000000)) ]
    ok "the new one is not" log_in user7 other
}

# What a copy is not shown, it takes out of entries that change.
# binds_still NUMBER: carol, by the password that is not SCRAM's.
binds_still()
{
    as carol ldapwhoami "$1" >"$dir/bound" 2>&1
}
has_other()
{
    [ "$(as manager ldapsearch "$1" -LLL -o ldif-wrap=no -b "$people" \
        '(uid=carol)' authPassword | sed -n 's/^authPassword: //p')" = \
        "$carols" ]
}
change_carol()
{
    carols=$(verifier "$2")
    printf '%s\n' "dn: uid=carol,$people" 'changetype: modify' \
        'replace: authPassword' "authPassword: $carols" |
        as manager ldapmodify "$1" >"$dir/changed" 2>&1
}
keeps_passwords_apart()
{
    local at other
    for at in 1 2; do
        other=$((3 - at))
        ok "carol's verifier is changed at slapd $at" change_carol $at new$at
        ok "and at the other" until_true has_other $other
        ok "her password to bind with is where it was" eval \
            "binds_still $at && binds_still $other"
    done
}

everybodys=$(verifier wonderland)
ok "a directory of $users users is made" make_pair < <(
    directory_ldif
    person_ldif carol
    crowd_ldif $users "$everybodys"
)
ok "two slapds start with it" start_pair || finish
ok "and copy each other" until_true pair_is_joined
keeps_passwords_apart
ttl=2
configure_ldap "${slapd_url[1]} ${slapd_url[2]}" 'ldap_tls = starttls' \
    "ldap_tls_ca = $dir/ca.pem" "ldap_bind_dn = $servers" \
    "ldap_bind_password_file = $password_file" \
    'ldap_connect_timeout = 1s' 'ldap_lookup_timeout = 1s' \
    'ldap_total_timeout = 4s' "ldap_cache_ttl = ${ttl}s"
ok "gss-scramd starts" start_gss_scramd || finish
ok "a server starts" start_loop || finish

while_users_log_in "users log in"
while_users_log_in "users log in while one slapd is killed and brought back" \
    'end_slapd 1 KILL' 'start_slapd 1'
ok "the two are even again" until_true pair_is_even
while_users_log_in "users log in while the other is" \
    'end_slapd 2 KILL' 'start_slapd 2'
ok "the two are even again" until_true pair_is_even
while_users_log_in "users log in while one slapd hangs, and goes on" \
    stop_1 go_on_1
while_users_log_in "users log in while the other does" stop_2 go_on_2
while_users_log_in "users log in while a password is changed" change_7
ok "the server ends well" stop_loop
finish
