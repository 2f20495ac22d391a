#!/bin/bash
# Apache as doc/ldap.md sets it up, by threads and by processes, whose users are
# in a directory that two slapds have: they log in all the time, and what befalls
# a slapd or Apache is nothing to them. gss-scramd, which it asks, keeps its
# connections, and remembers.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/realm.sh"
. "$(dirname "$0")/../servers/apache.sh"
need_realm
need iproute2 command -v ip
enter_own_network
set_up_apache
trap "stop_server; stop_gss_scramd; stop_slapds; stop_kdc; rm -rf '$dir'" EXIT
own=(env)
set_up_clients

clients=8     # at once
at_first=80   # logins before anything happens
more=15       # and before and after each thing that happens
if [ ${#stock[@]} != 1 ]; then
    # Instead of curl it is Python with a sanitizer, which starts slowly.
    clients=4 at_first=40 more=5
fi

# The users, each of whom logs in once if need be.
users=6000
next_user=2
who=
restarting=0

# log_in_once USER: write a line of what came of it, and how long it took.
log_in_once()
{
    local began=${EPOCHREALTIME/./} answer
    agent=$1
    answer=$(browse "$1" wonderland "$(secure)")
    echo "$1 $(((${EPOCHREALTIME/./} - began) / 1000)) $answer"
}
is_in='^([^ ]*) [0-9]* 200 \1 Negotiate/scram-sha-256$'

# One client of several: users log in, one after the other, until it is enough.
# While Apache restarts it closes connections on which a login is half-way, and
# who asks again gets in.
be_client()
{
    local user line
    for ((user = next_user + $1; user < next_user + $2; user += clients)); do
        [ ! -e "$dir/enough" ] || return 0
        line=$(log_in_once "${who:-user$user}")
        if [ $restarting = 1 ] && ! [[ $line =~ $is_in ]]; then
            echo "$line" >>"$dir/cut"
            line=$(log_in_once "${who:-user$user}")
        fi
        echo "$line"
    done >"$dir/logins.$1"
}
start_clients()
{
    local client
    rm -f "$dir/enough" "$dir/logins".*
    client_pids=()
    for ((client = 0; client < clients; client++)); do
        be_client $client "$1" &
        client_pids+=($!)
    done
    next_user=$((next_user + $1))
}
wait_for_clients()
{
    wait "${client_pids[@]}"
    cat "$dir/logins".* >"$dir/logins"
    awk '{ if ($2 > slowest) slowest = $2 }
        END { printf "# %d logins, the slowest took %d ms\n", NR, slowest }' \
        "$dir/logins"
    [ -s "$dir/logins" ] && ! grep -Ev "$is_in" "$dir/logins" >"$dir/failed"
}
log_in_users()
{
    start_clients "$1"
    wait_for_clients
}
logins()
{
    cat "$dir/logins".* 2>/dev/null | wc -l
}
enough_logins()
{
    [ "$(logins)" -ge "$enough" ]
}
some_log_in()
{
    enough=$(($(logins) + more))
    until_true enough_logins
}

# while_users_log_in SENTENCE COMMAND...
while_users_log_in()
{
    local sentence=$1 step
    shift
    start_clients 500
    some_log_in
    for step; do
        $step || echo "# in vain: $step"
        some_log_in
    done
    : >"$dir/enough"
    ok "$mpm: $sentence" wait_for_clients
}
kill_1()
{
    end_slapd 1 KILL
}
kill_2()
{
    end_slapd 2 KILL
}
hang_1()
{
    kill -STOP "${slapd_pid[1]}"
}
go_on_1()
{
    kill -CONT "${slapd_pid[1]}"
}
has_restarted()
{
    [ "$(grep -c 'resuming normal operations' "$error_log")" = 2 ]
}
restart_gracefully()
{
    "${stock[@]}" apache2 -d "$dir" -f "$dir/httpd.conf" -k graceful \
        >"$dir/graceful.out" 2>&1 && until_true has_restarted
}
# As many threads of gss-scramd ask slapd at once.
at_once=8

explain_failure()
{
    last_lines 5 "$dir/slapadd.out" "$dir/failed" "$dir"/[12]/out \
        "$server_out" "$dir/gss-scramd.out" "$error_log"
}

# count_at_1 COMMAND...: set $opened and $searched to how many connections and
# searches it makes at a slapd. Asking for them takes some too.
count_at_1()
{
    local opened_before searched_before
    opened_before=$(connections_ever 1)
    searched_before=$(searches 1)
    "$@" || return
    searched=$(($(searches 1) - searched_before - 1))
    opened=$(($(connections_ever 1) - opened_before - 3))
}
print_counts()
{
    echo "# $searched searches, and $opened connections more"
}
has_connections()
{
    [ "$(connections 1)" "$@" ]
}

try_everything()
{
    mpm=$1
    ok "$mpm: slapd starts" start_slapd 1 || finish
    ok "$mpm: gss-scramd starts" start_gss_scramd
    ok "$mpm: Apache starts" start_apache "$mpm"
    ok "$mpm: who says nothing gets nothing" asks 401 "$(secure)"
    ok "$mpm: nor does a wrong password" gets 401 user0 wonderful "$(secure)"
    ok "$mpm: nor anybody without TLS" gets 401 user0 wonderland "$(plain)"

    ok "$mpm: $at_first users log in" count_at_1 log_in_users $at_first
    print_counts
    ok "$mpm: with a search for each" [ "$searched" = $at_first ]
    ok "$mpm: over connections that are shared and kept" \
        [ "$opened" -le $at_once ]
    who=user1
    ok "$mpm: one of them logs in as often" count_at_1 log_in_users $at_first
    who=
    print_counts
    # Those who come first may come at once.
    ok "$mpm: with a search for each thread that asks, at most" \
        [ "$searched" -le $at_once ]

    while_users_log_in "users log in while one slapd is killed" kill_1
    # From here on it closes connections that it takes for idle.
    sed -i '1i idletimeout 1' "$dir/1/slapd.conf"
    while_users_log_in "users log in while it starts and the other is killed" \
        'start_slapd 1' kill_2
    ok "$mpm: slapd closes the connections when nobody logs in" \
        until_true has_connections = 0
    ok "$mpm: users log in then" log_in_users "$more"
    sed -i '1d' "$dir/1/slapd.conf"
    while_users_log_in "users log in while the other starts" 'start_slapd 2'
    while_users_log_in "users log in while one hangs, and goes on" \
        hang_1 go_on_1
    restarting=1
    while_users_log_in "users log in while Apache restarts" restart_gracefully
    restarting=0
    echo "# $(cat "$dir/cut" 2>/dev/null | wc -l) of them the second time"
    ok "$mpm: a slapd has no more connections than it may be asked for" \
        has_connections -le $at_once
    ok "$mpm: a wrong password gets nothing, still" \
        gets 401 user0 wonderful "$(secure)"
    ok "$mpm: Apache stops" stop_server
    stop_gss_scramd
    ok "$mpm: and the connections of gss-scramd are gone" \
        until_true has_connections = 0
    end_slapd 1 TERM
}

# Apache's account may ask.
entitle()
{
    printf '%s\n' '[accounts]' "$worker = {" "store = $both" '}' \
        >>"$dir/scram.conf"
}

everybodys=$(verifier wonderland)
for number in 1 2; do
    configure_slapd $number
done
ok "a directory of $users users is made" fill_slapd 1 < <(
    directory_ldif
    crowd_ldif $users "$everybodys"
)
cp --sparse=always "$dir/1/db/data.mdb" "$dir/2/db/"
ok "one slapd starts with it" start_slapd 1 || finish
end_slapd 1 TERM
ok "so does another" start_slapd 2 || finish
both="${slapd_url[1]} ${slapd_url[2]}"
configure_ldap "$both" \
    'ldap_tls = starttls' "ldap_tls_ca = $dir/ca.pem" \
    "ldap_bind_dn = $servers" "ldap_bind_password_file = $password_file"
entitle
protect 'GssapiAllowedMech 1.3.6.1.5.5.18' 'GssapiConnectionBound On' \
    'GssapiSSLonly On'
try_everything event
try_everything prefork

# The same by Kerberos: threads that bind at once, with one ticket.
try_kerberos()
{
    local number
    ok "a realm is made" eval 'make_realm &&
        principal ldap/127.0.0.1 slapd && principal gss-scram/web web'
    ok "a KDC starts" start_kdc || finish
    end_slapd 2 TERM
    for number in 1 2; do
        configure_slapd_of_the_realm $number
        ok "a slapd starts with a key" start_slapd_with $number slapd ||
            finish
    done
    both="${slapd_url[1]} ${slapd_url[2]}"
    configure_ldap "$both" 'ldap_sasl_mechanism = GSSAPI'
    entitle
    ok "gss-scramd starts with one" eval '
        KRB5_CLIENT_KTNAME=FILE:$dir/web.keytab KRB5CCNAME=FILE:$dir/tickets \
            start_gss_scramd'
    ok "Apache starts" start_apache event
    mpm='event, by Kerberos'
    ok "$mpm: $at_first users log in" count_at_1 log_in_users $at_first
    print_counts
    asked=$(grep -c '_REQ .* ISSUE:' "$dir/kdc.log")
    echo "# the KDC gave $asked tickets"
    ok "$mpm: over connections that are shared and kept" \
        [ "$opened" -le $at_once ]
    ok "$mpm: with two tickets for each thread that asks, at most" \
        [ "$asked" -le $((at_once * 2)) ]
    while_users_log_in "users log in while one slapd is killed" kill_1
    ok "$mpm: Apache stops" stop_server
    stop_gss_scramd
}
try_kerberos
finish
