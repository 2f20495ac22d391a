#!/bin/bash
# The Debian packages: built, and then installed, upgraded, removed and purged in a
# fresh Debian that is made for them in a temporary folder and goes with it, by
# itself and once more booted.
#
#     tests/package/debian.sh SOURCE
#
# SOURCE is a copy of the tree with its configure script. Needs the packages
# that scripts/install-deps lists, and Debian's archive, from where this machine
# has it.
set -eu
umask 022
export LC_ALL=C.UTF-8
source=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/gss-scram-package.XXXXXX")
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"

echo "building the packages, as README.md says"
cp -a "$source" "$work/gss-scram"
build=$(grep '^DEB_BUILD_OPTIONS=' "$work/gss-scram/README.md")
(cd "$work/gss-scram" && sh -ec "${build:?}")
module=$(echo "$work"/libgssapi-scram_*.deb)
mkdir "$work/packages" "$work/next"
mv "$module" "$work"/gss-scram_*.deb "$work/packages"

echo "asking lintian"
# It closes no bug that asks for it to be in Debian; nobody asked.
lintian --allow-root --fail-on warning \
    --suppress-tags initial-upload-closes-no-bugs "$work/packages"/*.deb

echo "making the same packages once more, with a greater version"
for package in "$work/packages"/*.deb; do
    tree=$work/trees/${package##*/}
    mkdir -p "$work/trees"
    dpkg-deb --raw-extract "$package" "$tree"
    sed -i 's/^Version: .*/&+1/; s/\(libgssapi-scram (= [^)]*\)/\1+1/' \
        "$tree/DEBIAN/control"
    dpkg-deb --root-owner-group --build "$tree" "$work/next"
done

# dpkg installs a package for two architectures at once if what both of them have
# in the same place is the same.
echo "looking for an architecture in what all of them share"
architecture=$(dpkg-architecture -qDEB_HOST_MULTIARCH)
tree=$(echo "$work"/trees/libgssapi-scram_*)
test "$(dpkg-deb --field "$work/packages"/libgssapi-scram_*.deb Multi-Arch)" = same
test -e "$tree/usr/lib/$architecture/gss/gss_scram.so"
if find "$tree" -path "$tree/DEBIAN" -prune -o \
    -path "$tree/usr/lib/$architecture" -prune -o -type f -print0 |
    xargs -0 zgrep -laF -e "$architecture" -e $'\x7fELF'; then
    echo "FAILED: these would not be the same for another architecture"
    exit 1
fi

# What they depend on, and what the tests in there need.
depends=$(for package in "$work/packages"/*.deb; do
    dpkg-deb --field "$package" Depends
done | sed 's/libgssapi-scram ([^)]*),//; s/([^)]*)//g; s/|[^,]*//g; s/ //g' |
    paste -sd,)
release=$(. /etc/os-release && echo "$VERSION_CODENAME")

echo "installing them in a fresh Debian"
export packages=$work/packages next=$work/next
cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list \
    /etc/apt/sources.list.d/*.sources 2>/dev/null |
    TMPDIR=$work mmdebstrap --variant=apt --format=null \
        --include="$depends,krb5-gss-samples,apparmor,libpam-systemd" \
        --customize-hook="$here/boot.sh"' "$1"' \
        --customize-hook="$here/inside.sh"' "$1"' \
        "$release" /dev/null
