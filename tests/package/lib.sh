# shellcheck shell=bash
#
# What is done inside the fresh Debian shares this: whoever sources it was called
# with the folder that plays the root.
set -eu
root=$1

# In a network with nothing but loopback, as the servers listen everywhere.
if [ -z "${PACKAGE_NETWORK-}" ]; then
    PACKAGE_NETWORK=own exec unshare --net \
        sh -c 'ip link set lo up && exec "$@"' sh "$0" "$@"
fi

inside=(chroot "$root" env -i PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
    HOME=/root LC_ALL=C.UTF-8)

# expect SENTENCE COMMAND...
expect()
{
    local sentence=$1
    shift
    if ! "$@"; then
        echo "FAILED: $sentence; in vain: $*"
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
