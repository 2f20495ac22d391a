#!/bin/bash
# Cyrus imapd, set up as doc/sasl.md says, lets in who knows a password by
# GSS-SPNEGO, and protects without TLS what follows the login.
. "$(dirname "$0")/sasl.sh"
programs=/usr/lib/cyrus/bin
need cyrus-imapd test -x $programs/imapd
need cyrus-clients test -x $programs/imtest
set_up_sasl imapd cyrus
trap 'stop_server; stop_recorder; stop_broker; rm -rf "$dir"' EXIT
server_out=$dir/imapd.out
client_out=$dir/client.out
socket=$dir/imapd/imap
export SASL_PATH=$dir/gs2

# configure_imapd LINE...: a mail store of its own, and what stands in
# doc/sasl.md. What it listens at is a local socket, where none is protected
# either; the recorder is where clients find it.
configure_imapd()
{
    local folder
    for folder in imapd imapd/mail imapd/proc imapd/lock imapd/db imapd/log \
        imapd/msg imapd/socket; do
        [ -d "$dir/$folder" ] || install -d -o "$worker" "$dir/$folder"
    done
    {
        printf '%s\n' "$@"
        cat <<-END
	configdirectory: $dir/imapd
	defaultpartition: default
	partition-default: $dir/imapd/mail
	proc_path: $dir/imapd/proc
	mboxname_lockpath: $dir/imapd/lock
	cyrus_user: $worker
	servername: localhost
	autocreate_quota: 0
	END
    } >"$dir/imapd.conf"
    cat >"$dir/cyrus.conf" <<-END
	SERVICES {
	    imap cmd="imapd -C $dir/imapd.conf" listen="$socket"
	}
	END
}

# The socket is there a moment before it is listened at.
listens_or_is_gone()
{
    grep -q " 00010000 .* $socket\$" /proc/net/unix || server_is_gone
}
starts()
{
    serve $programs/master -C "$dir/imapd.conf" -M "$dir/cyrus.conf" \
        -p "$dir/master.pid"
    until_true listens_or_is_gone && not server_is_gone
}

# lists OPTION...: a client that has a login asks imapd for its folders.
lists()
{
    echo '. LIST "" "*"' >"$dir/commands"
    timeout 60 $programs/imtest -a alice -p "$recorder_port" \
        -f "$dir/commands" "$@" localhost >"$client_out" 2>&1 </dev/null
    client_says '* LIST (\HasNoChildren) "/" INBOX'
}

client_says()
{
    grep -qF -- "$1" "$client_out"
}

# credential PASSWORD: alice's, for this server.
credential()
{
    export GSS_SCRAM_CREDENTIALS=$dir/credentials
    (
        umask 077
        printf '%s\n' '[imap@localhost]' 'user = alice' "password = $1" \
            >"$GSS_SCRAM_CREDENTIALS"
    )
}

explain_failure()
{
    sed 's/^/# client: /' "$client_out"
    sed 's/^/# imapd: /' "$server_out"
}

add_user alice wonderland >/dev/null
credential wonderland
configure_imapd 'sasl_mech_list: SCRAM-SHA-256'
ok "imapd starts, as it is without these lines" starts
start_recorder "$socket"
ok "alice sees her folders by SCRAM-SHA-256" \
    recorded lists -m SCRAM-SHA-256
ok "so does whoever reads the wire" record_has INBOX
ok "a client that asks for protection does without that mechanism" \
    not lists -m SCRAM-SHA-256 -k 56
ok "imapd stops" stop_server

configure_imapd "$(sed -n '/^    sasl_mech_list/,/^$/s/^    //p' \
    "$test_source/doc/sasl.md")"
ok "imapd starts, with the lines of doc/sasl.md" starts
ok "alice sees her folders by GSS-SPNEGO" recorded lists -m GSS-SPNEGO -k 56
ok "with 128 bits" client_says 'Security strength factor: 128'
ok "the wire has her login" record_has 'AUTHENTICATE GSS-SPNEGO'
ok "and not her folders" not record_has INBOX
ok "by SCRAM-SHA-256 she does not" not lists -m SCRAM-SHA-256
ok "as that is not offered" \
    client_says 'Server did not advertise AUTH=SCRAM-SHA-256'
credential wrong
ok "a wrong password is refused" not lists -m GSS-SPNEGO
ok "and imapd says so" client_says 'authentication failure'
stop_recorder
ok "imapd stops" stop_server
finish
