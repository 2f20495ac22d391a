# shellcheck shell=bash
#
# What runs the commands of the pages: a machine for them, the blocks of each
# page in their order, and a person at a terminal who knows a password.

. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

# Start the script again where every change of this machine's files is one in
# memory, which is gone with the script, where nobody else's processes are, and
# where the network is loopback: there it may do whatever root does, and so may
# another run of it at the same time.
enter_own_machine()
{
    [ -z "${PAGES_MACHINE-}" ] || return 0
    if [ "$(id -u)" != 0 ]; then
        echo "not tried: the commands are root's, and this is not root"
        exit 77
    fi
    if ! unshare --mount sh -c "$own_files" 2>/dev/null; then
        echo "not tried: the files of this machine cannot be overlaid"
        exit 77
    fi
    PAGES_MACHINE=own exec unshare --mount --pid --fork --kill-child \
        --mount-proc --net --uts --ipc sh -c "$own_files"'
    ip link set lo up && hostname www.example.org && exec "$@"' sh bash "$0"
}

# Where this is mounted is no matter to anybody else.
# shellcheck disable=SC2016 # the other shell's
own_files='set -e
    mount -t tmpfs -o mode=755 pages /media
    for folder in etc usr var root; do
        mkdir /media/$folder /media/$folder.work
        mount -t overlay -o \
            lowerdir=/$folder,upperdir=/media/$folder,workdir=/media/$folder.work \
            pages /$folder
    done
    mount -t tmpfs -o mode=755 pages /run
    mount -t tmpfs -o mode=1777 pages /dev/shm
    mkdir -m 1777 /run/lock'

# imitate NAME: what the page takes for that command is read from standard input.
imitate()
{
    cat >"/usr/local/bin/$1"
    chmod 755 "/usr/local/bin/$1"
}

# A machine on which nothing of gss-scram is, in a network with example.org, and
# $tree, a clone of this one.
prepare_machine()
{
    dir=/media/test
    mkdir "$dir"
    trap 'exit 130' INT TERM HUP
    unset "${!GSS_@}" "${!KRB5@}" XDG_RUNTIME_DIR
    install -d -m 700 /run/user/0
    output=$dir/output
    tree=$dir/gss-scram
    rm -rf /etc/gss/scram.conf /etc/gss/mech.d/gss-scram.conf \
        /var/lib/gss-scram* /usr/bin/gss-scram /usr/sbin/gss-scramd \
        /usr/lib/*/gss/gss_scram*
    userdel gss-scram 2>/dev/null
    groupdel gss-scram 2>/dev/null
    printf '%s\n' '127.0.0.1 localhost' '127.0.0.2 www.example.org' \
        '127.0.0.3 ldap.example.org' >/etc/hosts
    : >/etc/krb5.conf

    # Packages are not fetched, but have to be there: by their names in Debian.
    imitate apt <<'END_OF_APT'
#!/bin/bash
[ "$1" = install ] && shift && [ "$1" = --yes ] && shift
dpkg-query -s -- "$@" >/dev/null
END_OF_APT
    cp /usr/local/bin/apt /usr/local/bin/apt-get
    # There is no systemd here, nor a PostgreSQL: its table is SQLite's.
    imitate systemctl <<'END_OF_SYSTEMCTL'
#!/bin/bash
[ "$1" != daemon-reload ] || exit 0
if [ "$*" = '--user start gss-scram-agent.socket' ]; then
    setsid gss-scram-agent --foreground >/run/user/0/agent.log 2>&1 </dev/null &
    echo $! >/run/user/0/agent.pid
    until [ -S /run/user/0/gss-scram/agent ]; do
        kill -0 $! || exit
        sleep 0.05
    done
    exit
fi
[ "$1 $2" != 'enable --now' ] || set -- start "${@:3}"
verb=$1
shift
for service; do
    case $service in
    *.socket) ;;
    *) service "$service" "$verb" || exit ;;
    esac
done
END_OF_SYSTEMCTL
    cat >/etc/init.d/gss-scramd <<'END_OF_SCRIPT'
#!/bin/bash
pid=$(cat /run/gss-scramd.pid 2>/dev/null)
case $1 in
start)
    setsid gss-scramd --foreground >>/run/gss-scramd.log 2>&1 </dev/null &
    pid=$!
    echo $pid >/run/gss-scramd.pid
    until gss-scram broker status >/dev/null 2>&1; do
        if ! kill -0 $pid; then
            cat /run/gss-scramd.log
            exit 1
        fi
        sleep 0.05
    done
    ;;
stop)
    kill "$pid"
    while kill -0 "$pid" 2>/dev/null; do
        sleep 0.05
    done
    ;;
esac
END_OF_SCRIPT
    chmod 755 /etc/init.d/gss-scramd
    imitate psql <"$test_source/tests/servers/psql.py"

    mkdir "$tree"
    tar -C "$test_source" --exclude=./.git --exclude='./build*' \
        --exclude='*.o' --exclude='*.lo' --exclude='*.la' -cf - . |
        tar -C "$tree" -xf -
    chmod -R u+w "$tree"
    where=$tree
    PATH=$tree/build/examples:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
    environment=("PATH=$PATH" HOME=/root LC_ALL=C.UTF-8 TERM=dumb
        "MAKEFLAGS=-j$(nproc)"
        CURL_CA_BUNDLE=/etc/ssl/certs/ssl-cert-snakeoil.pem)
}

# page FILE: go on with the blocks of this one, and without any users.
page()
{
    page=$1
    where=$tree
    no_users
    blocks=$dir/blocks/$page
    next=0
    mkdir -p "$blocks"
    awk -v folder="$blocks" -f "$test_source/tests/servers/blocks.awk" \
        "$test_source/$page"
    pages+=("$page")
    echo "# $page"
}
pages=()

# no_users: there are none, and no account is in the group.
no_users()
{
    local account
    rm -rf /var/lib/gss-scram/* /root/.config
    gss-scram logout >/dev/null 2>&1
    for account in www-data openldap; do
        gpasswd -d "$account" gss-scram >/dev/null 2>&1
    done
    [ -e /run/gss-scramd.pid ] || return 0
    service gss-scramd stop
    rm -f /var/lib/gss-scramd/*
    service gss-scramd start
}

# take: the page's next block, in $block.
take()
{
    next=$((next + 1))
    block=$(printf '%s/%03d' "$blocks" $next)
    [ -e "$block" ] && return
    echo "the page has no more than $((next - 1)) blocks" >"$output"
    return 1
}

# The page has no other block than those that were taken.
page_ends()
{
    ok "nothing else is in $page" not take
}

# skips REASON: the next block is not tried, as it is no command or cannot run
# here.
skips()
{
    ok "there is what is not tried: $1" take
}

# skips_rest REASON: so are all that are left.
skips_rest()
{
    while take; do
        :
    done
    echo "# not tried: $1"
}

# is_the_file PATH: the next block is what stands in this file, or a part of it.
is_the_file()
{
    ok "what stands in $1" take
    cat "$block" >>"$1"
}

# The next block starts root's agent, which stays until the last page.
agent_starts()
{
    take
    env -i "${environment[@]}" bash -e "$block" >"$dir/agent" 2>&1 </dev/null
    ok "an agent starts" test $? = 0
    ok "and listens" until_true test -S /run/user/0/gss-scram/agent
}

# A credentials file, which nobody else may read.
is_the_credentials_file()
{
    local file=/root/.config/gss-scram/credentials
    (umask 077 && mkdir -p "${file%/*}" && touch "$file")
    is_the_file "$file"
}

# lines_are_whole MANUAL: none of its commands is broken by a terminal of 80
# columns.
lines_are_whole()
{
    local line
    mandoc -Tascii -Owidth=80 "$test_source/$1" | col -bx |
        sed 's/^[[:space:]]*//' >"$output"
    while read -r line; do
        grep -qxF -- "$line" "$output" || return
    done < <(sed '/^$/d' "$dir/blocks/$1"/???)
}

# at_terminal FILE [LINE]: run the commands in a file, in one shell that ends
# with the first that fails; LINE is typed.
password='correct horse'
at_terminal()
{
    local file=$1
    shift
    (
        cd "$where" &&
            exec timeout 600 env -i "${environment[@]}" \
                "$test_source/tests/servers/typist.py" "$password" "$@" -- \
                bash -e -o pipefail "$file"
    ) >"$output" 2>&1 </dev/null
}

# runs SENTENCE [SED-SCRIPT...]: the next block runs; the scripts put something
# into the place of words that stand for it.
runs()
{
    local sentence=$1 script
    shift
    take
    for script; do
        sed -i "$script" "$block"
    done
    ok "$sentence" at_terminal "$block"
}

# replays SENTENCE: the next block is what a terminal shows, with "$ " before what
# is typed. It is typed again, and what is seen then is the block, but for the
# directory of another architecture's libraries; if it is not, it is what belongs
# in the page.
replays()
{
    local command
    take
    while read -r command; do
        printf "printf '%%s\\n' %q\n%s\n" "\$ $command" "$command"
    done < <(sed -n 's/^\$ //p' "$block") >"$block.typed"
    ok "$1" is_seen_again
}
is_seen_again()
{
    at_terminal "$block.typed" && grep -q '^\$ ' "$block" &&
        sed -i 's/ *$//' "$output" &&
        cmp -s <(of_any_architecture "$block") <(of_any_architecture "$output")
}
of_any_architecture()
{
    sed 's|/[^/ ]*-linux-gnu[^/ ]*/|/<architecture>/|g' "$1"
}

# is_a_configuration: so the next block is, by the command's account.
is_a_configuration()
{
    take
    ok "a configuration" configuration_is_right "$block"
}
configuration_is_right()
{
    # Whether there is such a store is another question.
    GSS_SCRAM_CONFIG=$1 gss-scram user list >"$output" 2>&1
    not grep -F "$1" "$output"
}

# stands_in FILE: the next block's lines do, whatever blanks are between words.
stands_in()
{
    local line
    take
    while read -r line; do
        ok "a line of $1" grep -qx "${line// /[[:space:]]*}" "$1"
    done < <(tr -s ' ' <"$block")
}

# prints TEXT: somewhere in what the last block printed.
prints()
{
    ok "it prints $1" grep -qF -- "$1" "$output"
}

listeners()
{
    cat /proc/net/tcp /proc/net/tcp6 | awk '$4 == "0A" { print $2 }' | sort
}
has_another_listener()
{
    [ "$(listeners)" != "$listeners_before" ]
}

# serves SENTENCE LINES: the next block's first lines end with a server, or with
# what starts one. It stays until the next; the other lines are for tries.
server_pid=
serves()
{
    end_server
    take
    head -n "$2" "$block" >"$block.server"
    sed -i "1,$2d" "$block"
    listeners_before=$(listeners)
    (
        cd "$where" && exec env -i "${environment[@]}" \
            setsid stdbuf -oL bash -e "$block.server"
    ) >"$dir/server" 2>&1 </dev/null &
    server_pid=$!
    ok "$1" until_true has_another_listener
}
# tries SENTENCE [LINE]: what serves has left of the block runs.
tries()
{
    local sentence=$1
    shift
    ok "$sentence" at_terminal "$block" "$@"
}
end_server()
{
    [ -n "$server_pid" ] || return 0
    kill -- "-$server_pid" 2>/dev/null
    wait "$server_pid" 2>/dev/null
    server_pid=
}

explain_failure()
{
    echo "# in $page, by this block:"
    sed 's/^/#     /' "$block" 2>/dev/null
    echo "# the last lines of what was printed:"
    tail -n 30 "$output" | sed 's/^/#     /'
}
