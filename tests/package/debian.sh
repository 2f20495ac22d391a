#!/bin/bash
# The Debian package: built, and then installed, upgraded, removed and purged in a
# fresh Debian that is made for it in a temporary folder and goes with it, by
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

echo "building the package, as README.md says"
cp -a "$source" "$work/gss-scram"
build=$(grep '^DEB_BUILD_OPTIONS=' "$work/gss-scram/README.md")
(cd "$work/gss-scram" && sh -ec "${build:?}")
package=$(echo "$work"/gss-scram_*.deb)

echo "asking lintian"
# It closes no bug that asks for it to be in Debian; nobody asked.
lintian --allow-root --fail-on warning \
    --suppress-tags initial-upload-closes-no-bugs "$package"

echo "making the same package once more, with a greater version"
dpkg-deb --raw-extract "$package" "$work/next"
sed -i 's/^Version: .*/&+1/' "$work/next/DEBIAN/control"
dpkg-deb --root-owner-group --build "$work/next" "$work/next.deb"

# What it depends on, and what the tests in there need.
depends=$(dpkg-deb --field "$package" Depends |
    sed 's/([^)]*)//g; s/|[^,]*//g; s/ //g')
release=$(. /etc/os-release && echo "$VERSION_CODENAME")

echo "installing it in a fresh Debian"
export package next=$work/next.deb
cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list \
    /etc/apt/sources.list.d/*.sources 2>/dev/null |
    TMPDIR=$work mmdebstrap --variant=apt --format=null \
        --include="$depends,krb5-gss-samples,apparmor,libpam-systemd" \
        --customize-hook="$here/boot.sh"' "$1"' \
        --customize-hook="$here/inside.sh"' "$1"' \
        "$release" /dev/null
