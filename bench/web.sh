# shellcheck shell=bash
#
# What bench/apache and bench/curl share: Apache httpd in a world where each
# login by Negotiate is by this mechanism or by krb5, with a KDC of Debian's
# packages krb5-kdc and krb5-admin-server, which is started on loopback. Each
# program has the one mechanism that it is measured with.
. "$(dirname "${BASH_SOURCE[0]}")/../tests/servers/apache.sh"
. "$(dirname "${BASH_SOURCE[0]}")/../tests/kdc.sh"
need krb5-kdc command -v krb5kdc
need krb5-admin-server command -v kadmin.local

give_up()
{
    explain_failure >&2
    exit 1
}

# The realm's user and service are bob and HTTP/localhost.
make_web_realm()
{
    make_realm && {
        kadmin.local -r TEST addprinc -randkey HTTP/localhost &&
            kadmin.local -r TEST ktadd -k "$dir/web.keytab" HTTP/localhost
    } >>"$dir/realm.log" 2>&1 </dev/null && chown "$worker" "$dir/web.keytab"
}
clean_up()
{
    stop_server
    stop_kdc
    stop_agent
    rm -rf "$dir"
}

# with MECHANISM COMMAND...: in the environment of one that has no other.
with()
{
    local mechanism=$1
    shift
    if [ "$mechanism" = krb5 ]; then
        GSS_MECH_CONFIG=/dev/null KRB5_KTNAME=FILE:$dir/web.keytab "$@"
    else
        KRB5_CONFIG=/dev/null "$@"
    fi
}

# median NAME: of the lines "NAME NUMBER" in $dir/costs.
median()
{
    sed -n "s/^$1 //p" "$dir/costs" | sort -n |
        awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'
}

need_apache
set_up_apache >/dev/null
trap clean_up EXIT
make_web_realm && start_kdc || give_up
