#!/bin/bash
# What tests/package/boot.sh has done inside the Debian that it has booted, as
# root: the stage that /stage names. What becomes of it is in /log.
set -u
exec >/log 2>&1
export PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8
stage=$(cat /stage)
server=

finish()
{
    kill ${server:+"$server"} 2>/dev/null
    systemctl --no-block --force poweroff
    exit
}
trap finish EXIT

# expect SENTENCE COMMAND...
expect()
{
    local sentence=$1
    shift
    if ! "$@"; then
        echo "FAILED: $sentence; in vain: $*"
        journalctl -b --no-pager -n 100
        exit 1
    fi
    echo "ok: $sentence"
}

is()
{
    [ "$1" = "$2" ] || {
        printf 'there is\n%s\nand should be\n%s\n' "$1" "$2"
        return 1
    }
}

not()
{
    ! "$@"
}

units='gss-scramd.service gss-scramd.socket gss-scramd-admin.socket'
are_active()
{
    local unit turn
    for unit in $units; do
        for turn in $(seq 300); do
            systemctl --quiet is-active "$unit" && continue 2
            sleep 0.1
        done
        echo "$unit is not active"
        return 1
    done
}

# The number in a line of gss-scramd's /proc/PID/status.
status_of()
{
    sed -n "s/^$1:[ \t]*//p" \
        "/proc/$(systemctl show -p MainPID --value gss-scramd)/status"
}

ns_of()
{
    readlink "/proc/$1/ns/net"
}

# A server as www-data, which serves one client after another.
start_server()
{
    rm -f /server # of the boot before, where it had started
    setpriv --reuid www-data --regid www-data --init-groups \
        stdbuf -oL gss-server -port 4444 host@localhost >/server 2>&1 </dev/null &
    server=$!
    until grep -q '^starting' /server; do
        kill -0 "$server" || return
        sleep 0.1
    done
}

log_in()
{
    timeout 60 gss-client -port 4444 -mech '{ 1 3 6 1 5 5 18 }' -user alice \
        -pass sesame 127.0.0.1 host@localhost hello >/client 2>&1 </dev/null &&
        grep -q 'Signature verified' /client && return
    cat /client /server
    return 1
}

log_in_often()
{
    until [ -e /restarted ]; do
        log_in || return
        echo >>/logins
    done
}

# A user of the machine with a session that lasts, and what is done as them.
make_user()
{
    useradd --create-home carol && loginctl enable-linger carol &&
        run=/run/user/$(id -u carol)
}
as_carol()
{
    timeout 60 setpriv --reuid carol --regid carol --init-groups env -C / \
        HOME=/home/carol XDG_RUNTIME_DIR="$run" "$@"
}
agent_status_of()
{
    sed -n "s/^$1:[ \t]*//p" "/proc/$(as_carol systemctl --user show \
        -p MainPID --value gss-scram-agent)/status"
}
listens()
{
    local turn
    for turn in $(seq 300); do
        as_carol systemctl --user --quiet is-active gss-scram-agent.socket &&
            return
        sleep 0.1
    done
    echo "gss-scram-agent.socket is not active"
    systemctl status "user@$(id -u carol)"
    return 1
}
carol_logs_in()
{
    as_carol gss-client -port 4444 -mech '{ 1 3 6 1 5 5 18 }' 127.0.0.1 \
        host@localhost hello >/client 2>&1 </dev/null &&
        grep -q 'Signature verified' /client && return
    cat /client
    return 1
}
give_to_agent()
{
    as_carol gss-scram login alice --password-stdin --min-iterations 4096 \
        --server host@localhost <<<sesame >/given
}
# The agent ends in the middle of it all: nobody waits, and nobody gets in who
# has not logged in to the agent anew.
agent_is_ended_while_it_is_asked()
{
    local turn
    for turn in $(seq 5); do
        give_to_agent && carol_logs_in || return
        as_carol systemctl --user kill -s KILL gss-scram-agent.service
        carol_logs_in && return 1
        grep -q 'No credentials were supplied' /client || {
            cat /client
            return 1
        }
    done
}

try_agent()
{
    expect "a user of the machine has a session" make_user
    expect "in which the agent's socket is" listens
    expect "which is the user's alone" is "$(stat -c '%U %a' "$run/gss-scram" \
        "$run/gss-scram/agent" | paste -sd,)" 'carol 700,carol 600'
    expect "without a login the user gets in nowhere" not carol_logs_in
    expect "the agent takes a login" give_to_agent
    expect "with it the user gets in" carol_logs_in
    expect "nothing of it is in a file" not grep -rq sesame /home/carol
    expect "the agent gets no right" is "$(agent_status_of NoNewPrivs)" 1
    expect "its system calls are filtered" is "$(agent_status_of Seccomp)" 2
    expect "its memory is locked" not is "$(agent_status_of VmLck)" '0 kB'
    expect "the doctor knows it" grep -q 'gss-scram-agent answers .* 1 login$' \
        <(as_carol gss-scram doctor)
    expect "a logout has it forgotten" as_carol gss-scram logout
    expect "so that the user gets in nowhere" not carol_logs_in
    expect "the agent takes a login again" give_to_agent
    expect "it is started anew" as_carol systemctl --user restart gss-scram-agent
    expect "and has none" is "$(as_carol gss-scram login --list --json)" '[]'
    expect "it may end at any time" agent_is_ended_while_it_is_asked
    expect "it takes a login all the same" give_to_agent
    expect "and the user gets in" carol_logs_in
}

# While logins go on, gss-scramd is started anew in every way.
while_it_is_restarted()
{
    local often turn
    log_in_often &
    often=$!
    for turn in $(seq 10); do
        systemctl restart gss-scramd || return
        are_active || return
        systemctl kill -s KILL gss-scramd
        are_active || return
    done
    touch /restarted
    wait $often && echo "$(wc -l </logins) logins"
}

first()
{
    expect "it installs" dpkg -i /packages/*.deb
    expect "its units are started" are_active
    expect "a user is added, without more ado" \
        gss-scram user add --password-stdin --iterations 4096 alice <<<sesame
    expect "the store is gss-scramd's alone" \
        is "$(stat -c '%U %a' /var/lib/gss-scramd/users.mdb)" 'gss-scram 600'
    expect "the doctor finds that all is well" gss-scram doctor
    gss-scram doctor --account www-data >/doctor
    expect "but for accounts that may not ask, and says what they need" \
        grep -q '^\(FAIL \|      fix:\) .*usermod --append --groups gss-scram' /doctor
    usermod --append --groups gss-scram www-data
    expect "and is content with that" gss-scram doctor --account www-data
    expect "it reads its configuration again" systemctl reload gss-scramd
    echo '    nonsense = 1' >>/etc/gss/scram.conf
    expect "a mistake in it is said" not systemctl reload gss-scramd
    sed -i '$d' /etc/gss/scram.conf
    expect "a server starts" start_server
    expect "it lets the user in" log_in

    expect "gss-scramd has no capability" is "$(status_of CapEff)" 0000000000000000
    expect "and gets none" is "$(status_of NoNewPrivs)" 1
    expect "its system calls are filtered" is "$(status_of Seccomp)" 2
    expect "it is not root" is "$(status_of Uid | cut -f1)" "$(id -u gss-scram)"
    expect "it has no network" not is \
        "$(ns_of "$(systemctl show -p MainPID --value gss-scramd)")" "$(ns_of 1)"

    expect "gss-scramd stops" systemctl stop gss-scramd.service
    expect "and is gone" not systemctl is-active gss-scramd.service
    expect "the next login starts it" log_in
    expect "which is seen" systemctl is-active gss-scramd.service
    local keys
    keys=$(sha256sum /run/gss-scramd/seal-keys)
    expect "no login fails while it is started anew" while_it_is_restarted
    expect "nor one whose first half was before that" \
        is "$(sha256sum /run/gss-scramd/seal-keys)" "$keys"
    try_agent
}

second()
{
    expect "after a boot its units are there" are_active
    expect "a server starts" start_server
    expect "and the user is let in" log_in
    run=/run/user/$(id -u carol)
    expect "the agent's socket too, without a login" listens
    expect "as passwords are in no file" \
        is "$(as_carol gss-scram login --list --json)" '[]'
    expect "it upgrades" dpkg -i /next/*.deb
    expect "its units are there afterwards" are_active
    expect "the user is let in by the same server" log_in
    expect "it is purged" dpkg -P gss-scram libgssapi-scram
    expect "no process of it is left" not pgrep_gss_scramd
    expect "nor a socket" not test -e /run/gss-scram
    expect "nor a unit" is "$(systemctl list-unit-files --no-legend 'gss-scramd*')" ''
    expect "nor one of a user" is "$(find /etc/systemd /usr/lib/systemd \
        /var/lib/systemd -name 'gss-scram*')" ''
    expect "the users are" test -s /var/lib/gss-scramd/users.mdb
}

pgrep_gss_scramd()
{
    local link
    for link in /proc/[0-9]*/exe; do
        case $(readlink "$link") in
        */gss-scramd*) return ;;
        esac
    done
    return 1
}

$stage
echo "the $stage stage is done"
