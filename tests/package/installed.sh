#!/bin/bash
# What was installed is what is read: the command, gss-scramd and the module go by
# the configuration, the registration and the folders that were installed, and
# nothing of it names others. `make installcheck` runs this; with folders of their
# own (--sysconfdir, --localstatedir, --runstatedir) `make distcheck` does, as
# scripts/test calls it.
#
#     tests/package/installed.sh BINDIR SBINDIR MODULEDIR SHARED...
#
# SHARED are the folders that units and the like went to. Where somebody uses what
# is installed, it is left alone: the configuration is changed here.
. "$(dirname "$0")/../sample/lib.sh"
need_stock_programs
if [ "$(id -u)" = 0 ] && [ -z "${INSTALLED_MOUNTS-}" ] &&
    unshare --mount true 2>/dev/null; then
    INSTALLED_MOUNTS=own exec unshare --mount bash "$0" "$@"
fi
enter_own_network "$@"
bindir=$1 sbindir=$2 moduledir=$3
shift 3

# folder NAME: as it is compiled.
folder()
{
    sed -n "s|^#define FOLDER_$1 \"\([^\"]*\)\".*|\1|p" \
        "$GSS_SCRAM_BUILD/mech/base/folders.h"
}
configuration=$(folder CONFIGURATION)
users=$(folder USERS)
broker_users=$(folder BROKER_USERS)
sockets=$(folder SOCKETS)
broker_state=$(folder BROKER_STATE)
ours=("$users" "$broker_users" "$sockets" "$broker_state")

not_tried()
{
    echo "not tried: $*"
    exit 0
}
cmp -s "$GSS_SCRAM_BUILD/scram.conf" "$configuration/scram.conf" ||
    not_tried "$configuration/scram.conf is not as it was made"
for each in "${ours[@]}"; do
    [ ! -e "$each" ] || not_tried "$each is there, of somebody's"
    mkdir -p "$each" 2>/dev/null || not_tried "$each cannot be made"
    rmdir "$each"
done

daemon=
# shellcheck disable=SC2317 # make_dir calls it
put_back()
{
    stop_server
    [ -z "$daemon" ] || kill "$daemon"
    cp "$GSS_SCRAM_BUILD/scram.conf" "$configuration/scram.conf"
    rm -rf "${ours[@]}"
}
make_dir installed put_back
set_up
unset GSS_SCRAM_CONFIG
export GSS_MECH_CONFIG=$configuration/mech.d/gss-scram.conf
gss_scram=$bindir/gss-scram

# Where folders were moved, nothing names the usual ones.
usual='/etc/gss/(scram\.conf|decoys|gss-scram)|/var/lib/gss-scram|/run/gss-scram'
names_usual_folders()
{
    local file
    while read -r file; do
        strings -a "$file" | grep -E "(^|[^a-zA-Z0-9_./-])($usual)" |
            sed "s|^|# $file: |"
    done < <(find "$bindir/gss-scram" "$bindir/gss-scram-agent" \
        "$sbindir/gss-scramd" "$moduledir/gss_scram.so" \
        "$configuration/scram.conf" "$GSS_MECH_CONFIG" \
        "$@" -type f) | grep .
}
if [ "$configuration" != /etc/gss ] && [ "$users" != /var/lib/gss-scram ] &&
    [ "$sockets" != /run/gss-scram ]; then
    ok "nothing that is installed names the usual folders" \
        not names_usual_folders "$@"
fi
# has LINE: a file that is installed does.
has()
{
    grep -rqxF -- "$1" "${shared[@]}"
}
shared=("$@")
ok "a unit has the socket for servers" has \
    "ListenSequentialPacket=$sockets/broker"
ok "a unit has root's socket" has "ListenSequentialPacket=$sockets/admin"
ok "gss-scramd may write to its store" has "ReadWritePaths=$broker_users"
ok "and to its state" has "ReadWritePaths=$broker_state"
ok "and is where its unit looks" has "ExecStart=$sbindir/gss-scramd"
while read -r type path mode _; do
    [ "${type#\#}" = "$type" ] || continue
    mkdir -p "$path" && chmod "$mode" "$path"
done < <(find "$@" -path '*/tmpfiles.d/gss-scram.conf' -exec cat {} +)
for each in "$broker_users" "$sockets" "$broker_state"; do
    ok "systemd-tmpfiles makes $each" test -d "$each"
done

# A mistake in the configuration is found by all that should read it.
echo 'nonsense = 1' >>"$configuration/scram.conf"
"$gss_scram" user list >"$dir/said" 2>&1
ok "the command reads it" grep -qF "$configuration/scram.conf: line" "$dir/said"
"$sbindir/gss-scramd" --foreground >"$dir/said" 2>&1
ok "gss-scramd reads it" grep -qF "$configuration/scram.conf: line" "$dir/said"
GSS_SCRAM_TRACE=$dir/trace timeout 20 gss-server -port 1 host@localhost \
    >"$server_out" 2>&1 </dev/null
ok "no server starts" not grep -q '^starting' "$server_out"
ok "as the module reads it" grep -qF "$configuration/scram.conf: line" \
    "$dir/trace"

# configure WHAT: besides that gss-scramd stays who it is.
configure()
{
    sed -e "s|#group = .*|group = $(id -gn)|" \
        -e "s|#account = .*|account = $(id -un)|" -e "$1" \
        "$GSS_SCRAM_BUILD/scram.conf" >"$configuration/scram.conf"
}
configure ''
"$sbindir/gss-scramd" --foreground 2>"$dir/gss-scramd" </dev/null &
daemon=$!
serves()
{
    grep -q ' serves$' "$dir/gss-scramd" || not kill -0 "$daemon" 2>/dev/null
}
until_true serves
ok "gss-scramd serves" kill -0 "$daemon"
ok "at the socket for servers" test -S "$sockets/broker"
ok "and at root's" test -S "$sockets/admin"
ok "a user is added" add_user alice 'correct horse'
ok "to the store that is installed" test -s "$broker_users/users.mdb"
ok "gss-scramd's state is in its folder" test -s "$broker_state/seal-keys"
ok "a server starts, by the registration" start_server
ok "the user gets in" log_in alice 'correct horse'
ok "the server ran until it was stopped" stop_server
configure 's|#\(require_channel_bindings = \).*|\1true|'
ok "a server starts that requires channel bindings" start_server
ok "and lets nobody in without" not log_in alice 'correct horse'
ok "for that reason" client_says 'channel bindings'
ok "the server ran until it was stopped" stop_server
kill "$daemon" && wait "$daemon"
daemon=
configure 's|^\( *broker = \).*|\1none|
    s|^\( *store = \)lmdb.*|\1file:'"$users"'/users|'
mkdir -p "$users"
ok "without gss-scramd a user is added" add_user alice 'correct horse'
ok "to the text file that the page names" test -s "$users/users"
ok "a server starts" start_server
ok "the user gets in" log_in alice 'correct horse'

# Where libgssapi's folder is another, the doctor says how it gets to know.
if [ "$configuration" != /etc/gss ] && [ -n "${INSTALLED_MOUNTS-}" ] &&
    mount -t tmpfs installed /etc/gss 2>/dev/null; then
    mkdir /etc/gss/mech.d
    unset GSS_MECH_CONFIG
    doctor_says()
    {
        "$gss_scram" doctor >"$dir/said"
        grep -qF -- "$1" "$dir/said" || not sed 's/^/# /' "$dir/said"
    }
    link="ln -s $configuration/mech.d/gss-scram.conf /etc/gss/mech.d/"
    ok "the doctor knows a registration that is not read" doctor_says \
        "FAIL  the registration $configuration/mech.d/gss-scram.conf is not read"
    ok "and what helps" grep -qF "fix: $link" "$dir/said"
    ok "which does" bash -c "$link"
    ok "so that all is well" doctor_says 'All is well.'
    ok "a user gets in without the environment's help" \
        log_in alice 'correct horse'
    echo '[scram]' >/etc/gss/scram.conf
    ok "a configuration that is not read is found" doctor_says \
        "FAIL  /etc/gss/scram.conf is not read"
fi
finish
