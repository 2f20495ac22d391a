#!/bin/bash
# Users of Prosody and of ejabberd are taken over with the passwords that they
# have, and those of a store log in to either, over XMPP.
. "$(dirname "$0")/lib.sh"
need python3-gssapi /usr/bin/python3 -c 'import gssapi'
need prosody test -x /usr/bin/prosody
need ejabberd test -x /usr/sbin/ejabberdctl
set_up_server xmpp prosody
server_out=$dir/server.out

# put FORMAT NUMBER: so many verifiers are taken of $dir/file.
put()
{
    "$gss_scram" user import --format "$1" "$dir/file" >"$dir/out" 2>&1 &&
        grep -q "^$2 verifiers\? \(were\|was\) put into" "$dir/out"
}
export_as()
{
    "$gss_scram" user export --format "$1" --base example.org \
        >"$dir/exported" 2>"$dir/out"
}
# lets_in USER PASSWORD, and no other password.
lets_in()
{
    gss "$@" && ! gss "$1" "$2!"
}
gss()
{
    local out
    out=$("${stock[@]}" /usr/bin/python3 -B \
        "$test_source/tests/servers/log_in.py" "$@" 2>&1)
    [ "$out" = "in: $1" ]
}
# xmpp USER PASSWORD: by SCRAM-SHA-256, and the server knows the verifier.
xmpp()
{
    echo "$2" | timeout 60 /usr/bin/python3 -B \
        "$test_source/tests/servers/xmpp_scram.py" "$port" example.org "$1" \
        >"$dir/out" 2>&1
}
xmpp_refuses()
{
    ! xmpp "$@" && grep -qx failure "$dir/out"
}
explain_failure()
{
    last_lines 20 "$dir/out" "$server_out"
}

# starts SERVER: on a port that is free.
starts()
{
    local tries
    for tries in {1..20}; do
        choose_port
        "$1" >"$server_out" 2>&1 </dev/null &
        server_pid=$!
        until_true serves_or_does_not
        server_is_gone || port_is_taken || return 0
        stop_server
        port_is_taken || return 1
    done
    return 1
}
port_is_taken()
{
    grep -qi 'already in use\|currently in use' "$server_out"
}
serves_or_does_not()
{
    server_is_gone || port_is_taken ||
        grep -q "Activated service 'c2s'\|^ready" "$server_out"
}

# Prosody's own users are in files of its own kind, of which its tool makes those
# of XEP-0227, in the folder that the tool was built with.
storage=internal
port=0
configure_prosody()
{
    cat >"$dir/prosody.cfg.lua" <<-END
	daemonize = false
	data_path = "$dir/prosody"
	certificates = "$dir/prosody"
	log = { info = "*console" }
	interfaces = { "127.0.0.1" }
	c2s_ports = { $port }
	modules_enabled = { "saslauth" }
	modules_disabled = { "s2s", "tls", "offline" }
	c2s_require_encryption = false
	authentication = "internal_hashed"
	password_hash = "SHA-256"
	storage = "$storage"
	VirtualHost "example.org"
	END
}
cat >"$dir/migrator.cfg.lua" <<END
from { type = "internal"; path = "$dir/prosody"; hosts = {
    ["example.org"] = { "accounts" } } }
to { type = "xep0227" }
END
sed "s|^CFG_DATADIR=.*|CFG_DATADIR='$dir/prosody';|" /usr/bin/prosody-migrator \
    >"$dir/migrator"
prosody()
{
    configure_prosody
    exec "${as_worker[@]}" /usr/bin/prosody --config "$dir/prosody.cfg.lua"
}
prosody_register()
{
    configure_prosody
    "${as_worker[@]}" /usr/bin/prosodyctl --config "$dir/prosody.cfg.lua" \
        register "$1" example.org "$2" >"$dir/out" 2>&1
}
prosody_migrate()
{
    "${as_worker[@]}" lua5.4 "$dir/migrator" --config "$dir/migrator.cfg.lua" \
        from to >"$dir/out" 2>&1 && cat "$dir"/prosody/*.xml >"$dir/file"
}
# As doc/migrating.md has it.
prosody_cut()
{
    local command
    command=$(sed -n '/^    awk .*server-data/,/export\.xml$/s/^    //p' \
        "$test_source/doc/migrating.md")
    cp "$dir/exported" "$dir/prosody/export.xml"
    "${as_worker[@]}" bash -c "cd '$dir/prosody' && $command"
}

# What ejabberdctl calls for export_piefxis_host and import_piefxis, without its
# way of finding the server, which goes on after the test.
ejabberd()
{
    cat >"$dir/ejabberd.yml" <<-END
	hosts: [example.org]
	auth_method: internal
	auth_password_format: scram
	auth_scram_hash: sha256
	listen:
	  - {port: $port, ip: 127.0.0.1, module: ejabberd_c2s}
	modules: {}
	END
    exec "${as_worker[@]}" env EJABBERD_CONFIG_PATH="$dir/ejabberd.yml" \
        EJABBERD_LOG_PATH="$dir/ejabberd/log" ERL_LIBS=/usr/lib/"$(
            dpkg-architecture -qDEB_HOST_MULTIARCH)" \
        ERL_CRASH_DUMP=/dev/null erl +S 1:1 -noinput \
        -mnesia dir "\"$dir/ejabberd/mnesia\"" -s ejabberd -eval "
            ok = ejabberd_auth:try_register(<<\"dora\">>, <<\"example.org\">>,
                <<\"explorer\">>),
            ok = ejabberd_piefxis:export_host(<<\"$dir/ejabberd\">>,
                <<\"example.org\">>),
            ok = ejabberd_piefxis:import_file(<<\"$dir/exported\">>),
            io:format(\"ready~n\")."
}

make_folder()
{
    mkdir "$1"
    [ "$(id -u)" != 0 ] || chown "$worker" "$1"
}

make_folder "$dir/prosody"
ok "Prosody has users" prosody_register alice 'corréct "horse"'
ok "several" prosody_register bob builder
ok "its tool makes files of XEP-0227" prosody_migrate
ok "which are taken, one after the other" put xep0227 2
ok "a user of Prosody's logs in" lets_in alice 'corréct "horse"'
ok "and so does the other" lets_in bob builder
add_user carol wonderland >/dev/null
rm "$dir"/prosody/*.xml
ok "the store's users are written for Prosody" export_as xep0227
ok "and cut into a file for each" prosody_cut
storage=xep0227
ok "Prosody starts with those" starts prosody
ok "a user of the store logs in to it" xmpp carol wonderland
ok "and one of its own" xmpp alice 'corréct "horse"'
ok "a wrong password is refused" xmpp_refuses carol builder
ok "Prosody stops" stop_server

if [ "$(id -u)" = 0 ]; then
    worker=ejabberd
    as_worker=(setpriv --reuid ejabberd --regid ejabberd --init-groups)
fi
make_folder "$dir/ejabberd"
ok "they are written for ejabberd too" export_as ejabberd
ok "which starts, and takes them" starts ejabberd
ok "a user of the store logs in to it" xmpp carol wonderland
ok "and one that was Prosody's" xmpp alice 'corréct "horse"'
ok "a wrong password is refused" xmpp_refuses carol builder
ok "ejabberd stops" stop_server
cp "$dir"/ejabberd/*_example_org.xml "$dir/file"
ok "what ejabberd writes is taken" put ejabberd 1
ok "and its user logs in" lets_in dora explorer
finish
