#!/bin/bash
# Passwords that other programs have hashed by PBKDF2 with HMAC-SHA-256 are
# taken over as they are: their users log in with the passwords that they have.
# Django, passlib, werkzeug and OpenLDAP make new hashes each time; of others
# there are some that they have made.
. "$(dirname "$0")/lib.sh"
need python3-gssapi /usr/bin/python3 -c 'import gssapi'
need python3-django /usr/bin/python3 -c 'import django'
need python3-passlib /usr/bin/python3 -c 'import passlib'
need python3-werkzeug /usr/bin/python3 -c 'import werkzeug'
need slapd test -x /usr/sbin/slappasswd
need slapd-contrib test -f /usr/lib/ldap/pw-pbkdf2.so
set_up_server hashes
PATH=$PATH:/usr/sbin

# By "pwdhash -D /etc/dirsrv/slapd-INSTANCE -s SCHEME pencil" of 389 Directory
# Server 2.3.1, Debian's 389-ds-base.
ds_long='{PBKDF2_SHA256}AAAgAGyaqZG8xl2Uo3m3kSC1YOaF++CiKm6xisJS+z1D6Bd3eatPz2n'
ds_long+='D23Vq0k1r1MRDZiKxh0B/EbwUydnQ3Z6Rc54EaM+ue/bWswzYngEeZKivsZnDEdzlGEra'
ds_long+='zrRt1EfcQOIZaEetLhnidxrdaz6vqRuC9t0k49vLODEKKBjmb2j/e3a0cwiAN/9UfwRba'
ds_long+='iGipOmsThu2sLB9Z6a6XRJZaFb2IwjZrbimR4swDkbohBV6fqiAapRu7SNPzN6nD+GGEH'
ds_long+='waWi+8CfsYskv/LwsPrkspW9TGsuFXLNVW9Cm65naapomh3Q/7iVbRlRxMZzyAb3TIYPO'
ds_long+='S8j9gPxR90Z7xduiMjrjiWGhmZkkJl8OLpFuIG/2CI/vedhSqO+lDAEBjoJp2zEOzDzud'
ds_long+='khcqtfI2ZRJdbWGO4GjrGa727/nPQjYU'
ds_short='{PBKDF2-SHA256}10000$ZJ10n1bvLDvH/Bv56fA3D8HLqCqzUUJH$ki7ck4S+RacMHqa'
ds_short+='tPvQs90hFBKD8pb747ZUXzjFR1fQ='
# ASP.NET Core's own test has this one, of "my password".
aspnet='AQAAAAEAA9CQAAAAIESkQuj2Du8Y+kbc5lcN/W/3NiAZFEm11P27nrSN5/tId+bR1SwV8CO1'
aspnet+='Jd72r4C08OLvplNlCDc3oQZ8efcW+jQ='
# Keycloak's, of realms that were published with the passwords "Password1" and
# "password": credential_data and secret_data, of 64 and of 32 bytes.
keycloak='{"hashIterations":27500,"algorithm":"pbkdf2-sha256",'
keycloak+='"additionalParameters":{}}'
keycloak_long=$keycloak'{"value":"UsKAhMJtom6iw6vtMcMmJYIUqafeauEd6gaBKpJXByIc7'
keycloak_long+='SkJxJACkNlKOAEFci6cnoxU9jUPLATLk+PMno143g==","salt":"kAzT9d8gCl'
keycloak_long+='6l5DjQ+D8Vlw==","additionalParameters":{}}'
keycloak_short=$keycloak'{"value":"JsfNbCOIdZUbyBJ+BT+VoGI91Ec2rWLOvkLPDaX8e9k='
keycloak_short+='","salt":"P5rtFkGtPfoaryJ6PizUJw==","additionalParameters":{}}'

# hash PROGRAM PASSWORD [ROUNDS]
hash()
{
    /usr/bin/python3 -B "$test_source/tests/servers/hash.py" "$@"
}
# OpenLDAP's, of a password.
openldap()
{
    slappasswd -o module-load=pw-pbkdf2 -h '{PBKDF2-SHA256}' -s "$1"
}
# import: what is on this function's standard input.
import()
{
    cat >"$dir/file"
    "$gss_scram" user import --format pbkdf2-sha256 "$dir/file" "$@" \
        >"$dir/out" 2>"$dir/err"
}
put()
{
    grep -q "^$1 verifiers\? \(were\|was\) put into" "$dir/out"
}
log_in()
{
    "${stock[@]}" /usr/bin/python3 -B "$test_source/tests/servers/log_in.py" \
        "$@" 2>&1
}
# lets_in USER PASSWORD, and no other password.
lets_in()
{
    [ "$(log_in "$1" "$2")" = "in: $1" ] && [ "$(log_in "$1" "$2!")" = refused ]
}
refuses()
{
    [ "$(log_in "$1" "$2")" = refused ]
}
explain_failure()
{
    sed 's/^/#     /' "$dir/out" "$dir/err"
}

# Each in a form that a query or a file of such a program has: psql's columns,
# a colon, a comma, a tab, CSV with and without quotation marks, and a title.
password='corréct "horse", $taple:'
{
    printf '%s|%s\n' username password 389ds-long "$ds_long" 389ds "$ds_short" \
        keycloak-long "$keycloak_long"
    printf 'openldap:%s\n' "$(openldap "$password")"
    printf 'aspnet,%s\n' "$aspnet"
    printf '"keycloak, Inc.","%s"\n' "${keycloak_short//\"/\"\"}"
    printf 'django\t%s\n' "$(hash django "$password")"
    printf 'passlib;%s\n' "$(hash passlib "$password")"
    printf 'werkzeug:%s\n' "$(hash werkzeug "$password")"
    printf '(%s rows)\n' 9
} | import
ok "every program's hash is taken" put 9
ok "and nobody is called by a title" not "$gss_scram" user show username
ok "389 Directory Server's user logs in" lets_in 389ds pencil
ok "also with a salt of 64 bytes and a hash of 256" lets_in 389ds-long pencil
ok "ASP.NET Core Identity's does" lets_in aspnet 'my password'
ok "Keycloak's does, whose hash has 64 bytes" lets_in keycloak-long Password1
ok "or 32" lets_in 'keycloak, Inc.' password
for user in openldap django passlib werkzeug; do
    ok "$user's does, with a hash that was made for it" \
        lets_in $user "$password"
done

# What a password is when SASLprep has changed it, no hash knows.
printf 'roman:%s\n' "$(hash passlib Ⅸ)" | import
ok "a password that SASLprep changes is taken" put 1
ok "but does not work" refuses roman Ⅸ
ok "nor in its other form" refuses roman IX

# An entry of a directory of OpenLDAP's, as slapcat writes it.
mkdir "$dir/db"
cat >"$dir/slapd.conf" <<END
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
moduleload back_mdb
database mdb
suffix dc=example,dc=org
directory $dir/db
maxsize 1048576
END
person()
{
    printf '%s\n' "dn: uid=$1,dc=example,dc=org" 'objectClass: inetOrgPerson' \
        "uid: $1" "cn: $1" "sn: $1" "userPassword: $2" ''
}
{
    printf '%s\n' 'dn: dc=example,dc=org' 'objectClass: organization' \
        'objectClass: dcObject' 'dc: example' 'o: Example' ''
    person alice "$(openldap wonderland)"
    person bob "$(slappasswd -h '{SSHA}' -s builder)"
} >"$dir/ldif"
slapadd -f "$dir/slapd.conf" -l "$dir/ldif" >"$dir/out" 2>"$dir/err"
ok "there is a directory" slapcat -f "$dir/slapd.conf" -l "$dir/slapcat"
import <"$dir/slapcat"
ok "its user with such a hash is taken" put 1
ok "and logs in" lets_in alice wonderland
ok "one with another hash is not" not "$gss_scram" user show bob
ok "which is said" grep -q 'a salted hash of SHA-1' "$dir/err"

printf 'few:%s\nleast:%s\n' "$(hash django pencil 4095)" \
    "$(hash django pencil 4096)" | import
ok "4096 iterations are enough" lets_in least pencil
ok "and fewer are not" grep -q 'line 1: its hash has 4095 iterations' "$dir/err"
finish
