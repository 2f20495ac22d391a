#!/bin/bash
# Cyrus SASL's own programs, sasl-sample-server and sasl-sample-client, log in
# by SCRAM from this mechanism; and which plugin they ask if there are two.
. "$(dirname "$0")/sasl.sh"
PATH=$PATH:/usr/sbin
need sasl2-bin test -x /usr/sbin/sasl-sample-server
set_up_sasl cyrus
plugins both gs2 scram sasldb
plugins alone gs2
mkfifo "$dir/to_server"
server_out=$dir/server.out
client_out=$dir/client.out

# They write their messages among other lines, and take nothing but messages.
# The client asks for the password where it has no terminal on its input, after
# it was told of the mechanisms.
messages()
{
    grep --line-buffered "^$1: "
}
with_password()
{
    local line
    IFS= read -r line
    printf '%s\n%s\n' "$line" "$1"
    cat
}

# log_in SERVER CLIENT PASSWORD [OPTION...]: let a server and a client talk,
# each with the plugins of a folder; whether both are content.
last=-l # the server's last word comes with its success
log_in()
{
    local server=$1 client=$2 password=$3
    shift 3
    "${stock[@]}" "${as_worker[@]}" timeout 60 stdbuf -oL \
        sasl-sample-server $last -m SCRAM-SHA-256 -s host -d localhost \
        -p "$dir/$server" \
        <"$dir/to_server" 2>&1 | tee "$server_out" | messages S |
        with_password "$password" |
        "${stock[@]}" timeout 60 setsid -w stdbuf -oL sasl-sample-client \
            $last -m SCRAM-SHA-256 -s host -n localhost -p "$dir/$client" \
            "$@" 2>&1 | tee "$client_out" | messages C >"$dir/to_server"
    grep -qx 'Negotiation complete' "$server_out" &&
        grep -qx 'Negotiation complete' "$client_out"
}

alice=(-a alice -u alice)
is_alice()
{
    log_in "$@" "${alice[@]}" && grep -qx 'Username: alice' "$server_out" &&
        grep -qx 'SSF: 0' "$server_out"
}

# refuses TEXT COMMAND...: the server does, and says so.
refuses()
{
    local text=$1
    shift
    not "$@" && grep -qF -- "$text" "$server_out"
}

explain_failure()
{
    sed 's/^/# client: /' "$client_out"
    sed 's/^/# server: /' "$server_out"
}

add_user alice wonderland >/dev/null

ok "alice logs in, both sides being this mechanism" \
    is_alice gs2 gs2 wonderland
ok "alice logs in with Cyrus SASL's own client" is_alice gs2 native wonderland
last=
ok "alice logs in where the server's last word is a challenge" \
    is_alice gs2 gs2 wonderland
ok "so she does with Cyrus SASL's own client" is_alice gs2 native wonderland
last=-l
ok "a wrong password is refused" \
    refuses 'authentication failure' log_in gs2 gs2 wrong "${alice[@]}"
ok "an unknown user is refused" \
    refuses 'authentication failure' log_in gs2 gs2 wonderland -a bob -u bob
ok "alice may not be somebody else" \
    refuses 'not authenticated identity' \
    log_in gs2 gs2 wonderland -a alice -u bob
# That one would read its own users, who are root's.
as_worker=(env)
ok "beside Cyrus SASL's own plugin a server is never asked for alice" \
    refuses 'user not found' log_in both gs2 wonderland "${alice[@]}"
ok "without a plugin that knows properties of users nobody gets in" \
    refuses 'no mechanism available' log_in alone gs2 wonderland "${alice[@]}"
finish
