#!/bin/sh
# Every function that the installed libgssapi looks up in a module is exported,
# or is in mech/gss/absent.txt with a reason; and there is nothing else in either
# list.
#
#     spi.sh gss_scram.so    run at the top of the source
#
# The names are among the library's strings, where one may be the end of another
# one. It looks up each twice, in a module as gss_ or gssspi_ and in an
# interposer as gssi_: that tells them from others. (Interposers have no part in
# NegoEx, whose three functions are gssspi_ too.)
set -eu
export LC_ALL=C

library=$(ldd "$1" | sed -n 's|.*libgssapi_krb5.* => \([^ ]*\) .*|\1|p')
work=$(mktemp -d "${TMPDIR:-/tmp}/gss-scram-spi.XXXXXX")
trap 'rm -rf "$work"' EXIT

readelf -p .rodata "$library" | grep -oE 'gss(i|spi)?_[a-z0-9_]+$' |
    sort -u >"$work/strings"
{
    sed -n 's/^gssi_/gss_/p' "$work/strings" | comm -12 - "$work/strings"
    grep '^gssspi_' "$work/strings"
} | sort >"$work/looked-up"
if [ "$(wc -l <"$work/looked-up")" -lt 60 ]; then
    echo "$library: too few names were found in it"
    exit 1
fi

sort mech/gss/exports.txt >"$work/exported"
sed -n 's/^\(gss[a-z_]*\): ..*/\1/p' mech/gss/absent.txt |
    sort >"$work/absent"
grep '^gss' mech/gss/absent.txt | grep -v '^gss[a-z_]*: .' |
    sed 's/$/ (there is no reason)/' >"$work/wrong" || true
sort "$work/exported" "$work/absent" | uniq -d |
    sed 's/$/ is exported, and said to be absent/' >>"$work/wrong"
sort -u "$work/exported" "$work/absent" >"$work/known"
comm -23 "$work/looked-up" "$work/known" |
    sed 's/$/ is looked up, and neither exported nor explained/' >>"$work/wrong"
comm -13 "$work/looked-up" "$work/known" |
    sed 's/$/ is listed, and not looked up/' >>"$work/wrong"
cat "$work/wrong"
[ ! -s "$work/wrong" ]
