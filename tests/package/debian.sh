#!/bin/bash
# The Debian packages: built, and then installed, upgraded, removed and purged in
# a fresh Debian that is made for it in a temporary folder and goes with it, by
# itself and once more booted; and doc/ldap.md followed there.
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

echo "building the package, as README says"
cp -a "$source" "$work/gss-scram"
build=$(sed -n 's/^    \(DEB_BUILD_OPTIONS=.*\)/\1/p' "$work/gss-scram/README")
(cd "$work/gss-scram" && sh -ec "${build:?}")
package=$(echo "$work"/gss-scram_*.deb)
ldap_package=$(echo "$work"/gss-scram-ldap_*.deb)

echo "asking lintian"
# It closes no bug that asks for it to be in Debian; nobody asked.
lintian --allow-root --fail-on warning \
    --suppress-tags initial-upload-closes-no-bugs "$package" "$ldap_package"

echo "making the same package once more, with a greater version"
dpkg-deb --raw-extract "$package" "$work/next"
sed -i 's/^Version: .*/&+1/' "$work/next/DEBIAN/control"
dpkg-deb --root-owner-group --build "$work/next" "$work/next.deb"

# What it depends on, and what the tests in there need.
depends_of()
{
    dpkg-deb --field "$1" Depends | sed 's/([^)]*)//g; s/|[^,]*//g; s/ //g'
}
depends=$(depends_of "$package")
ldap_depends=$(depends_of "$ldap_package" | sed 's/gss-scram,//')
# What doc/ldap.md has installed.
on_the_page=$(sed -n 's/^apt install \([^.].*\)/\1/p' "$source/doc/ldap.md" |
    sed '/krb5/d' | paste -sd' ' | tr ' ' ',')
release=$(. /etc/os-release && echo "$VERSION_CODENAME")

echo "installing it in a fresh Debian"
export package next=$work/next.deb ldap_package page=$source/doc/ldap.md
cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list \
    /etc/apt/sources.list.d/*.sources 2>/dev/null |
    TMPDIR=$work mmdebstrap --variant=apt --format=null \
        --include="$depends,$ldap_depends,krb5-gss-samples,apparmor,$on_the_page" \
        --customize-hook="$here/boot.sh"' "$1"' \
        --customize-hook="$here/inside.sh"' "$1"' \
        --customize-hook="$here/ldap.sh"' "$1"' "$release" /dev/null
