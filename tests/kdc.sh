# shellcheck shell=bash
#
# A KDC on loopback for the tests that have krb5 beside this mechanism: its
# realm is TEST, and all of it is in $dir. Whoever sources this file has made
# $dir, and calls stop_kdc in the end.

PATH=$PATH:/usr/sbin:/sbin

# configure_krb5 PORT: the files of the realm and the KDC, and the environment
# that the KDC and its tools run in.
configure_krb5()
{
    cat >"$dir/krb5.conf" <<END
[libdefaults]
    default_realm = TEST
    dns_lookup_kdc = false
    dns_canonicalize_hostname = false
    rdns = false
[realms]
    TEST = {
        kdc = 127.0.0.1:$1
    }
[domain_realm]
    localhost = TEST
END
    cat >"$dir/kdc.conf" <<END
[realms]
    TEST = {
        database_name = $dir/principal
        key_stash_file = $dir/stash
        acl_file = $dir/none
        kdc_listen = 127.0.0.1:$1
        kdc_tcp_listen = 127.0.0.1:$1
    }
[logging]
    kdc = FILE:$dir/kdc.log
END
    export KRB5_KDC_PROFILE=$dir/kdc.conf
    export KRB5RCACHENAME=none:
}

# Make the realm, with the service host/localhost, whose key goes into
# $dir/keytab, and the user bob, whose key goes into $dir/bob.keytab.
make_realm()
{
    configure_krb5 1
    {
        kdb5_util create -s -r TEST -P master &&
            kadmin.local -r TEST addprinc -randkey host/localhost &&
            kadmin.local -r TEST ktadd -k "$dir/keytab" host/localhost &&
            kadmin.local -r TEST addprinc -pw 'battery staple' bob &&
            kadmin.local -r TEST ktadd -norandkey -k "$dir/bob.keytab" bob
    } >"$dir/realm.log" 2>&1 </dev/null
}

kdc_is_gone()
{
    ! kill -0 "$kdc_pid" 2>/dev/null
}

kdc_serves_or_is_gone()
{
    grep -q 'commencing operation' "$dir/kdc.log" 2>/dev/null || kdc_is_gone
}

# Start the KDC and wait until it serves; a port that it cannot have makes it
# end.
kdc_pid=
start_kdc()
{
    local tries
    for tries in {1..20}; do
        configure_krb5 $((10000 + RANDOM % 20000))
        rm -f "$dir/kdc.log"
        krb5kdc -n -r TEST >"$dir/kdc.out" 2>&1 </dev/null &
        kdc_pid=$!
        until_true kdc_serves_or_is_gone
        kdc_is_gone || return 0
        wait "$kdc_pid"
        kdc_pid=
    done
    echo "no port was free in $tries tries" >>"$dir/kdc.out"
    return 1
}

stop_kdc()
{
    [ -n "$kdc_pid" ] || return 0
    kill "$kdc_pid" 2>/dev/null
    wait "$kdc_pid" 2>/dev/null
    kdc_pid=
}
