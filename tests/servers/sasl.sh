# shellcheck shell=bash
#
# What the tests with Cyrus SASL share: folders of plugins, and a recorder of
# what goes over the wire. SASL_PATH names one of the folders, as an
# administrator's would, since of two plugins that know SCRAM-SHA-256 Cyrus SASL
# asks its own.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

sasl_plugins=$(pkg-config --variable=libdir libsasl2)/sasl2
need libsasl2-dev test -n "$sasl_plugins"
need libsasl2-modules-gssapi-mit test -e "$sasl_plugins/libgs2.so"
need libsasl2-modules test -e "$sasl_plugins/libscram.so"

# plugins NAME PLUGIN...: a folder of plugins in $dir.
plugins()
{
    local folder=$dir/$1 plugin
    shift
    mkdir "$folder"
    for plugin; do
        ln -s "$sasl_plugins/lib$plugin.so" "$folder/"
    done
}

# set_up_sasl NAME [ACCOUNT]: set up a server, with a folder for this mechanism
# and one for Cyrus SASL's.
set_up_sasl()
{
    set_up_server "$@"
    plugins gs2 gs2 gssapiv2 sasldb
    plugins native scram sasldb
}

# start_recorder SERVER: start what passes clients on to a server and keeps what
# both say in $record; $recorder_port is where it listens, on loopback.
recorder_pid=
start_recorder()
{
    record=$dir/record
    : >"$dir/recorder"
    python3 "$test_source/tests/servers/record.py" "$1" "$record" \
        >"$dir/recorder" &
    recorder_pid=$!
    until_true grep -q listens "$dir/recorder" || return
    recorder_port=$(cut -d ' ' -f 1 "$dir/recorder")
}

stop_recorder()
{
    [ -n "$recorder_pid" ] || return 0
    kill "$recorder_pid" 2>/dev/null
    wait "$recorder_pid" 2>/dev/null
    recorder_pid=
}

# recorded COMMAND...: a client that succeeds, of whose connection alone there is
# a record then.
recorded()
{
    : >"$record"
    "$@"
}

record_has()
{
    grep -qaF -- "$1" "$record"
}
