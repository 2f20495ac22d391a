# shellcheck shell=bash
#
# What the tests share in which a server is a Kerberos client to a directory,
# beside what they have from lib.sh: principals, and slapds that have a key.
. "$(dirname "${BASH_SOURCE[0]}")/../kdc.sh"

need_realm()
{
    need krb5-kdc command -v krb5kdc
    need krb5-admin-server command -v kadmin.local
    need libsasl2-dev pkg-config --exists libsasl2
    need libsasl2-modules-gssapi-mit test -e \
        "$(pkg-config --variable=libdir libsasl2)/sasl2/libgssapiv2.so"
}

# principal NAME KEYTAB: make one anew, whose key goes into $dir/KEYTAB.keytab.
principal()
{
    kadmin.local -r TEST delprinc -force "$1" >>"$dir/principals.log" 2>&1
    {
        kadmin.local -r TEST addprinc -randkey "$1" &&
            kadmin.local -r TEST ktadd -norandkey -k "$dir/$2.keytab" "$1"
    } >>"$dir/principals.log" 2>&1 </dev/null
}

# configure_slapd_of_the_realm NUMBER: as configure_slapd, and gss-scram/... are
# the servers.
configure_slapd_of_the_realm()
{
    configure_slapd "$1" && sed -i "1i\\
sasl-host 127.0.0.1\\
authz-regexp ^uid=gss-scram/[^,@]+,(cn=[^,]+,)?cn=gssapi,cn=auth\$ $servers" \
        "$dir/$1/slapd.conf"
}
# start_slapd_with NUMBER KEYTAB
start_slapd_with()
{
    local -x KRB5_KTNAME=FILE:$dir/$2.keytab
    start_slapd "$1"
}
