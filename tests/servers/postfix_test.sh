#!/bin/bash
# Postfix's smtpd, set up as doc/sasl.md says, lets in who knows a password, and
# nobody else. It is started by its master, and works as the account postfix.
. "$(dirname "$0")/sasl.sh"
programs=/usr/lib/postfix/sbin
if [ "$(id -u)" != 0 ]; then
    echo "not tried: Postfix is root's to start"
    exit 77
fi
if [ ! -x $programs/master ] && [ -e /usr/sbin/sendmail ]; then
    echo "not tried: this machine has another mail server than Postfix"
    exit 77
fi
need postfix test -x $programs/master
set_up_sasl postfix postfix
server_out=$dir/mail.log
client_out=$dir/client.out

# A configuration and a queue of its own, and a log that is a file. What stands
# in doc/sasl.md is taken from there, with the paths of this test.
configure_postfix()
{
    mkdir "$dir/etc" "$dir/spool" "$dir/spool/pid"
    install -d -o "$worker" -m 700 "$dir/data" "$dir/spool/private"
    install -d -o "$worker" -m 755 "$dir/spool/public"
    {
        sed -n '/^    smtpd_sasl_auth_enable/,/^$/s/^    //p' \
            "$test_source/doc/sasl.md" |
            sed "s|SASL_PATH=.*|SASL_PATH=$dir/gs2 GSS_MECH_CONFIG \
                GSS_SCRAM_CONFIG KRB5_CONFIG KRB5_KTNAME ${stock[*]:1}|"
        cat <<-END
	compatibility_level = 3.6
	queue_directory = $dir/spool
	data_directory = $dir/data
	maillog_file = $dir/mail.log
	maillog_file_prefixes = $dir
	myhostname = mail.example.org
	inet_interfaces = 127.0.0.1
	inet_protocols = ipv4
	mydestination =
	local_recipient_maps =
	alias_maps =
	smtpd_client_connection_count_limit = 0
	END
    } >"$dir/etc/main.cf"
}

listens_or_is_gone()
{
    server_is_gone || timeout 1 bash -c ": </dev/tcp/127.0.0.1/$port" \
        2>/dev/null
}
starts()
{
    on_free_port start_there \
        grep -q 'Address already in use' "$dir/start.log" "$server_out"
}
start_there()
{
    cat >"$dir/etc/master.cf" <<-END
	127.0.0.1:$port inet n - n - - smtpd
	anvil unix - - n - 1 anvil
	rewrite unix - - n - - trivial-rewrite
	postlog unix-dgram n - n - 1 postlogd
	END
    : >"$dir/start.log"
    MAIL_CONFIG=$dir/etc setsid $programs/master -c "$dir/etc" -d \
        >"$dir/start.log" 2>&1 </dev/null &
    server_pid=$!
    until_true listens_or_is_gone
}

# answers CODE USER PASSWORD: the server's last answer to that user.
answers()
{
    echo "$3" | timeout 60 /usr/bin/python3 -B \
        "$test_source/tests/servers/smtp_scram.py" "$port" "$2" \
        >"$client_out" 2>&1
    grep -q "^$1 " "$client_out"
}
lets_in()
{
    answers 235 "$@"
}
refuses()
{
    answers 535 "$@"
}
log_says()
{
    until_true grep -qF -- "$1" "$server_out"
}
smtpd_runs_as_worker()
{
    local pid
    for pid in $(pgrep -P "$server_pid" -x smtpd); do
        [ "$(stat -c %U "/proc/$pid")" = "$worker" ] && return
    done
    return 1
}
explain_failure()
{
    tail -n 20 "$client_out" "$dir/start.log" "$server_out" 2>/dev/null |
        sed 's/^/#     /'
}

touch "$client_out"
add_user alice wonderland >/dev/null
configure_postfix
ok "Postfix starts" starts || finish
ok "alice is let in, and knows the server" lets_in alice wonderland
ok "it offers SCRAM-SHA-256 alone" grep -qx 'offers SCRAM-SHA-256' "$client_out"
ok "it works as the account $worker" smtpd_runs_as_worker
ok "a wrong password is refused" refuses alice wrong
ok "the log says why" log_says \
    'The user is unknown or disabled, or the password is wrong'
ok "an unknown user is refused" refuses mallory wrong
ok "alice is let in again" lets_in alice wonderland
take_store_away
ok "without its store nobody is let in" not lets_in alice wonderland
ok "the log says why" log_says "$taken_away"
give_store_back
ok "with it alice is, without a restart" until_true lets_in alice wonderland
ok "Postfix stops" stop_server
finish
