#!/bin/bash
# What tests/package/debian.sh does inside the fresh Debian, as its root.
#
#     packages=FOLDER next=FOLDER tests/package/inside.sh FOLDER
. "$(dirname "$0")/lib.sh"

# All there is, but for what dpkg itself writes, and the copies that groupadd
# keeps of the files that it changes.
everything()
{
    (cd "$root" && find . -xdev -regextype posix-egrep \
        -regex './(proc|sys|dev|tmp|run|var/(lib/dpkg|log|cache))|./etc/.*-' \
        -prune -o -print | sort)
}

folder_is()
{
    is "$("${inside[@]}" stat -c '%U:%G %a' /var/lib/gss-scram)" "$1"
}

conffiles_are()
{
    is "$("${inside[@]}" dpkg-query -W -f='${Conffiles}' "$1" |
        awk '{print $1}')" "$2"
}

# installs FOLDER [PACKAGE]: what is in there, or that alone.
installs()
{
    "${inside[@]}" sh -c "dpkg -i /tmp/$1/${2-}*.deb"
}

# A server as www-data, and a client that logs in to it.
log_in()
{
    local server status=0
    "${inside[@]}" setpriv --reuid www-data --regid www-data --init-groups \
        stdbuf -oL gss-server -port 4444 -verbose host@localhost \
        >"$root/tmp/server" 2>&1 </dev/null &
    server=$!
    until grep -q '^starting' "$root/tmp/server"; do
        kill -0 "$server" || return
        sleep 0.1
    done
    "${inside[@]}" timeout 60 gss-client -port 4444 -mech '{ 1 3 6 1 5 5 18 }' \
        -user alice -pass "$1" 127.0.0.1 host@localhost hello \
        >"$root/tmp/client" 2>&1 </dev/null || status=$?
    kill "$server"
    wait "$server" || true
    cat "$root/tmp/server" "$root/tmp/client"
    return "$status"
}

cp -r "$packages" "$root/tmp/packages"
cp -r "$next" "$root/tmp/next"
everything >"$root/tmp/before"

expect "the module installs by itself" installs packages libgssapi-scram_
expect "it is registered by no architecture's path" grep -q \
    $'^scram-sha-256\t1.3.6.1.5.5.18\tgss_scram.so$' \
    "$root/etc/gss/mech.d/gss-scram.conf"
expect "what an administrator changes is dpkg's to keep" conffiles_are \
    libgssapi-scram \
    $'/etc/apparmor.d/abstractions/gss-scram\n/etc/gss/mech.d/gss-scram.conf\n/etc/gss/scram.conf'
expect "the rest installs" installs packages gss-scram_
expect "and has nothing of that" conffiles_are gss-scram ''
expect "the group of those who read verifiers is there" \
    "${inside[@]}" getent group gss-scram
expect "the folder of stores is root's to write and the group's to read" \
    folder_is 'root:gss-scram 2750'

expect "gss-scramd has an account" \
    is "$("${inside[@]}" id -nG gss-scram)" gss-scram
expect "and folders of its own" \
    is "$("${inside[@]}" stat -c '%U:%G %a' /run/gss-scram /run/gss-scramd \
        /var/lib/gss-scramd | paste -sd,)" \
    'root:root 755,gss-scram:gss-scram 700,gss-scram:gss-scram 700'
expect "its units are enabled" "${inside[@]}" systemctl is-enabled \
    gss-scramd.service gss-scramd.socket gss-scramd-admin.socket
expect "the agent's socket is enabled for all users" "${inside[@]}" \
    systemctl --global is-enabled gss-scram-agent.socket
expect "systemd knows all that is in its units" \
    is "$("${inside[@]}" env XDG_RUNTIME_DIR=/tmp systemd-analyze verify --user \
        --man=no gss-scram-agent.service gss-scram-agent.socket 2>&1)" ''
expect "systemd knows all that is in them" \
    is "$("${inside[@]}" systemd-analyze verify --man=no gss-scramd.service \
        gss-scramd.socket gss-scramd-admin.socket 2>&1)" ''
expect "and lets it do little, 0.9 of 10 at most" "${inside[@]}" \
    systemd-analyze security --offline=yes --threshold=9 gss-scramd.service \
    >"$root/tmp/security"
expect "a server that AppArmor confines gets what it needs by one line" \
    "${inside[@]}" apparmor_parser --skip-kernel-load --skip-cache --abort-on-error \
    --warn=all <<END
include <tunables/global>
profile server /usr/bin/server {
  include <abstractions/base>
  include <abstractions/gss-scram>
}
END

# No systemd runs here.
add_alice()
{
    "${inside[@]}" gss-scram user add --password-stdin alice <<<sesame
}
expect "without gss-scramd nobody is added" \
    not add_alice 2>"$root/tmp/said"
expect "and it is said how to start it" \
    grep -q 'Start "gss-scramd --foreground" as root' "$root/tmp/said"
"${inside[@]}" gss-scramd --foreground 2>"$root/tmp/gss-scramd" </dev/null &
daemon=$!
trap 'kill "$daemon"' EXIT
until grep -q ' serves$' "$root/tmp/gss-scramd"; do
    expect "gss-scramd serves" kill -0 "$daemon"
    sleep 0.1
done
expect "with it a user is added" add_alice
expect "the doctor finds that something is not" \
    not "${inside[@]}" gss-scram doctor --account www-data \
    >"$root/tmp/doctor"
expect "and what would help" grep -q \
    '^\(FAIL \|      fix:\) .*usermod --append --groups gss-scram ' "$root/tmp/doctor"
"${inside[@]}" usermod --append --groups gss-scram www-data
expect "the doctor finds that all is well" \
    "${inside[@]}" gss-scram doctor --account www-data
expect "a server that is in the group lets the user in" log_in sesame
expect "and nobody with a wrong password" not log_in barley
kill "$daemon"
wait "$daemon"
trap - EXIT
expect "without gss-scramd it lets nobody in" not log_in sesame

# The text file that the sentence names.
expect "it is said how to do without it" grep -q \
    'broker = none and store = file:/var/lib/gss-scram/users in /etc/gss/scram' \
    "$root/tmp/said"
sed -i 's|^\( *broker = \).*|\1none|
    s|^\( *store = \)lmdb.*|\1file:/var/lib/gss-scram/users|' \
    "$root/etc/gss/scram.conf"
expect "then a user is added" add_alice
expect "the doctor finds that all is well again" \
    "${inside[@]}" gss-scram doctor --account www-data
expect "a server that is in the group lets the user in" log_in sesame
expect "and nobody with a wrong password" not log_in barley

echo '# mine' >>"$root/etc/gss/scram.conf"
"${inside[@]}" chmod 2770 /var/lib/gss-scram
expect "they upgrade" installs next
expect "what the administrator wrote is still there" \
    grep -qx '# mine' "$root/etc/gss/scram.conf"
expect "and so is the store that they chose" \
    grep -q '^ *broker = none$' "$root/etc/gss/scram.conf"
expect "the folder is as the administrator left it" \
    folder_is 'root:gss-scram 2770'
expect "the user is still let in" log_in sesame

expect "the module is not removed while the rest needs it" \
    not "${inside[@]}" dpkg -r libgssapi-scram
expect "the rest can be purged" "${inside[@]}" dpkg -P gss-scram
expect "servers with the module go by the same configuration" \
    grep -qx '# mine' "$root/etc/gss/scram.conf"
expect "and let the user in" log_in sesame
expect "the module can be removed" "${inside[@]}" dpkg -r libgssapi-scram
expect "the registration stays with the configuration" \
    test -e "$root/etc/gss/mech.d/gss-scram.conf"
expect "it can be purged" "${inside[@]}" dpkg -P libgssapi-scram
expect "its configuration is gone then" not test -e "$root/etc/gss/scram.conf"
expect "the users' verifiers are not" \
    test -s "$root/var/lib/gss-scram/users" -a \
    -s "$root/var/lib/gss-scramd/users.mdb"

rm -r "$root/var/lib/gss-scram" "$root/var/lib/gss-scramd"
expect "they install again" installs packages
expect "and are purged again" "${inside[@]}" dpkg -P gss-scram libgssapi-scram
everything >"$root/tmp/after"
expect "nothing is left of it" diff "$root/tmp/before" "$root/tmp/after"
