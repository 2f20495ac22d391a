# shellcheck shell=bash
#
# What the tests with servers that others wrote share, beside what every test
# in bash does. As root they run the server as it is deployed: started by root,
# working as an account of its own, which may read the store and not change it.
# As anybody else they run it as themselves.

. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

# set_up_server NAME [ACCOUNT]: make $dir, with a store in it that the server's
# account may read and a registration of the module that was built. stop_server
# is called at the end.
#
# $worker is the server's account, www-data unless another one is named, and
# "${as_worker[@]}" before a command lets it run so.
set_up_server()
{
    make_dir "$1" stop_server
    umask 022
    as_worker=(env)
    if [ "$(id -u)" = 0 ]; then
        worker=${2-www-data}
        broker_account=daemon
        as_worker=(setpriv --reuid "$worker" --regid "$(id -gn "$worker")"
            --init-groups)
    fi
    chmod 1777 "$dir" # for what a sanitizer or the trace of a worker says
    make_store

    # Where the build is may be closed to the worker.
    register_module
    cp "$module" "$dir/gss_scram.so"
    sed -i "s|$module|$dir/gss_scram.so|" "$dir/mech"
    [ -z "${GSS_SCRAM_TEST_BROKER-}" ] || start_broker
}

# A place for the users: the servers may read a file, and only gss-scramd its own
# store.
make_store()
{
    if [ -n "${GSS_SCRAM_TEST_BROKER-}" ]; then
        install -d -o "$broker_account" -m 700 "$dir/store"
        store=lmdb:$dir/store/users.mdb
    else
        install -d -g "$(id -gn "$worker")" -m 2750 "$dir/store"
        store=file:$dir/store/users
    fi
}

# Take away what a server needs for a login, and give it back. $taken_away is
# what the server misses then.
take_store_away()
{
    taken_away=$dir/store/users
    if [ -n "$broker_pid" ]; then
        stop_broker
        taken_away=$dir/broker
    else
        mv "$taken_away" "$taken_away.away"
    fi
}
give_store_back()
{
    if [ "$taken_away" = "$dir/broker" ]; then
        start_broker
    else
        mv "$taken_away.away" "$taken_away"
    fi
}

# serve COMMAND...: start a server, which is to write to $server_out. It is in a
# process group of its own, as some end theirs when they end.
server_ends_by='0|143'
serve()
{
    "${stock[@]}" setsid "$@" >"$server_out" 2>&1 </dev/null &
    server_pid=$!
}

server_says()
{
    until_true grep -qF -- "$1" "$server_out"
}
