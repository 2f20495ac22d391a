#!/bin/bash
# What tests/package/debian.sh does with the fresh Debian before that has seen
# the package: a copy of it is booted, as a container, so that the units run for
# real. It is installed there, used, booted once more, upgraded and purged.
#
#     packages=FOLDER next=FOLDER tests/package/boot.sh FOLDER
#
# Where nothing boots that is said, in a line "not tried: ...".
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")" && pwd)

if ! command -v systemd-nspawn >/dev/null; then
    echo "not tried: booting, for there is no systemd-nspawn"
    exit
fi
tree=$(mktemp -d "${TMPDIR:-/tmp}/gss-scram-boot.XXXXXX")
trap 'rm -rf "$tree"' EXIT
chmod 755 "$tree"
cp -ax "$root/." "$tree"
rm -f "$tree/usr/sbin/policy-rc.d" # here services are started
mkdir -p "$tree/dev" "$tree/proc" "$tree/sys" "$tree/run"
cp -r "$packages" "$tree/packages"
cp -r "$next" "$tree/next"
cp "$here/booted.sh" "$tree/booted"
cat >"$tree/etc/systemd/system/booted.service" <<'END'
[Service]
ExecStart=/bin/bash /booted
END
mkdir -p "$tree/etc/systemd/system/multi-user.target.wants"
ln -s ../booted.service "$tree/etc/systemd/system/multi-user.target.wants"

for stage in first second; do
    echo $stage >"$tree/stage"
    timeout -k 5 150 systemd-nspawn --register=no --keep-unit --private-network \
        --system-call-filter=@memlock \
        -b -D "$tree" --console=pipe </dev/null >"$tree/console" 2>&1 || true
    if [ $stage = first ] && [ ! -e "$tree/log" ]; then
        echo "not tried: booting, as nothing boots here:" \
            "$(tail -n 1 "$tree/console")"
        exit
    fi
    cat "$tree/log"
    expect "the $stage boot comes to its end" \
        grep -qx "the $stage stage is done" "$tree/log"
done
