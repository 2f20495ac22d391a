# shellcheck shell=bash
#
# What the tests of the command with a directory share, beside what they have
# from the others with one.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# run WORD...: run the command; what it says is in $dir/out and $dir/err.
run()
{
    "${own[@]}" "$gss_scram" "$@" >"$dir/out" 2>"$dir/err"
    code=$?
}
run_with()
{
    run user "${@:2}" --password-stdin --iterations 4096 <<<"$1"
}
says()
{
    [ "$code" = 0 ] && [ "$(cat "$dir/out")" = "$1" ] && [ ! -s "$dir/err" ]
}
exits()
{
    [ "$code" = "$1" ]
}
complains()
{
    [ "$code" = "$1" ] && [ "$(wc -l <"$dir/err")" = 1 ] &&
        grep -qF -- "$2" "$dir/err"
}
explain_failure()
{
    echo "# the last exit code was $code"
    tail -n 20 "$dir/out" "$dir/err" "$client_out" "$server_out" \
        "$dir/gss-scramd.out" 2>/dev/null |
        cut -c 1-300 | sed 's/^/# /'
}

# act_as WHO LOCATION: what the command binds as.
act_as()
{
    store=$2
    printf 'of the %s\n' "$1" >"$dir/password"
    configure_ldap "$2" "ldap_bind_dn = ${!1}" \
        "ldap_bind_password_file = $dir/password" \
        'ldap_tls = starttls' "ldap_tls_ca = $dir/ca.pem" 'ldap_cache_ttl = 1s'
}

# value USER: the values of authPassword that the entry has.
values()
{
    as admin ldapsearch 1 -LLL -o ldif-wrap=no -b "$people" "(uid=$1)" \
        authPassword | sed -n 's/^authPassword: //p'
}
