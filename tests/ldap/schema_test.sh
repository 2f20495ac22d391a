#!/bin/bash
# The schema and the rules of contrib/ldap are taken by slapd, in both forms,
# and let nobody see a verifier but those who are to.
. "$(dirname "$0")/lib.sh"
set_up_ldap
number=1

# alice WHO ATTRIBUTE [FILTER]: what who asks for gets of her entry.
alice()
{
    as "$1" ldapsearch $number -LLL -b "$people" "${3-(uid=alice)}" "$2" \
        >"$dir/found"
}
sees()
{
    alice "$1" authPassword &&
        grep -q '^authPassword: SCRAM-SHA-256\$4096:' "$dir/found"
}
# Whatever the attribute is called.
sees_none()
{
    as "$1" ldapsearch $number -LLL -b "$people" '(uid=alice)' authPassword \
        1.3.6.1.4.1.4203.1.3.4 'authPassword;x-any' '*' + >"$dir/found" &&
        grep -q '^uid: alice$' "$dir/found" && not grep -q 'SCRAM-' "$dir/found"
}
sees_all_but_the_verifier()
{
    alice "$1" '*' && grep -q '^uid: alice$' "$dir/found" &&
        not grep -qi authPassword: "$dir/found"
}
finds()
{
    alice "$1" uid "$2" && grep -q '^uid: alice$' "$dir/found"
}
# By whatever a verifier has in it, and whatever the attribute is called.
finds_none()
{
    local filter filters
    filters=('(authPassword=*)' "(authPassword=$alices)" '(authPassword=SCRAM*)'
        '(authPassword=*4096*)' '(authPassword>=S)' '(authPassword~=SCRAM)'
        '(1.3.6.1.4.1.4203.1.3.4=*)' "(:caseExactIA5Match:=$alices)"
        "(authPassword:caseExactIA5Match:=$alices)" '(!(authPassword=x))'
        '(!(authPassword=SCRAM*))' '(&(uid=alice)(!(authPassword=*)))')
    for filter in "${filters[@]}"; do
        alice "$1" uid "$filter" && [ ! -s "$dir/found" ] || {
            echo "# $filter finds something"
            return 1
        }
    done
}
# refused COMMAND...: for want of rights.
refused()
{
    "$@" >"$dir/refused" 2>&1
    [ $? = 50 ]
}
compare()
{
    as "$1" ldapcompare $number -z "uid=alice,$people" "authPassword:$alices"
}
# change WHO LINE...: alice's entry.
change()
{
    printf '%s\n' "dn: uid=alice,$people" 'changetype: modify' "${@:2}" |
        as "$1" ldapmodify $number >"$dir/refused" 2>&1
}
# replace WHO VALUE: alice's verifier.
replace()
{
    change "$1" 'replace: authPassword' "authPassword: $2"
}
sees_601()
{
    [ "$(as "$1" ldapsearch $number -LLL -b "$people" '(uid=*)' authPassword |
        grep -c '^authPassword:')" = 601 ]
}
sees_a_password()
{
    as "$1" ldapsearch $number -LLL -b "ou=services,$base" userPassword \
        >"$dir/found" && grep -q '^userPassword:' "$dir/found"
}
sees_no_password()
{
    not sees_a_password "$1" && grep -q '^dn:' "$dir/found"
}

rules_hold()
{
    local who
    ok "the servers see a verifier" sees servers
    ok "they do so by the socket too" sees_by_socket
    ok "they do not change one" refused replace servers "$alices"
    ok "nor take one away" refused change servers 'delete: authPassword'
    ok "nor add one" refused change servers 'add: authPassword' \
        "authPassword: $bobs"
    ok "nor what else there is" refused change servers 'replace: uid' 'uid: eve'
    ok "the servers find by one too" finds servers "(authPassword=$alices)"
    for who in anonymous alice bob other; do
        ok "the entry without its verifier is there for $who" \
            sees_all_but_the_verifier $who
        ok "by whatever name it is asked for" sees_none $who
        ok "nobody is found by a verifier for $who" finds_none $who
        ok "nor is one compared" refused compare $who
    done
    ok "alice does not change it herself" refused replace alice "$bobs"
    ok "the servers see no password to bind with" sees_no_password servers
    ok "nor does the manager" sees_no_password manager
    ok "the manager changes a verifier" replace manager "$bobs"
    ok "and back" replace manager "$alices"
    ok "and sees more entries than slapd shows to others" sees_601 manager
    ok "who makes a copy does too" sees_601 replicator
    ok "with the passwords to bind with" sees_a_password replicator
    ok "a value has to be a string of ASCII" \
        not replace manager 'SCRAM-ä$a$b'
    ok "no value is there twice" \
        not replace manager "$alices"$'\n'"authPassword: $alices"
    ok "in which capital letters are not small ones" \
        replace manager "$alices"$'\n'"authPassword: ${alices,,}"
    ok "and back" replace manager "$alices"
}
sees_by_socket()
{
    "${foreign[@]}" ldapsearch -Q -Y EXTERNAL -H "${slapd_socket[$number]}" \
        -LLL -b "$people" '(uid=alice)' authPassword |
        grep -q '^authPassword: SCRAM-SHA-256\$4096:'
}

explain_failure()
{
    cat "$dir/slapadd.out" "$dir/$number/out" 2>/dev/null | tail -n 20 |
        sed 's/^/# /'
}

alices=$(verifier wonderland)
bobs=$(verifier builder)
{
    directory_ldif
    service_ldif "cn=other,ou=services,$base" 'of the other'
    person_ldif alice "authPassword: $alices"
    for i in {1..600}; do
        person_ldif "u$i" "authPassword: $bobs"
    done
    person_ldif bob
} >"$dir/directory.ldif"

configure_slapd 1
ok "slapd.conf takes the schema and the rules" \
    "${foreign[@]}" slaptest -Q -u -f "$dir/1/slapd.conf"
ok "a directory has entries with verifiers" \
    fill_slapd 1 <"$dir/directory.ldif"
ok "slapd starts" start_slapd 1 || finish
rules_hold
end_slapd 1 TERM

# The same in cn=config, to which all is added while slapd runs, as root does on
# a Debian.
number=2
make_config()
{
    install -d -m 700 "$dir/2" "$dir/2/db" "$dir/2/slapd.d"
    cat >"$dir/2/config.ldif" <<-END
	dn: cn=config
	objectClass: olcGlobal
	cn: config
	olcPidFile: $dir/2/pid
	olcAuthzRegexp: ^gidNumber=[0-9]+\\+uidNumber=$(id -u),cn=peercred,cn=external,cn=auth$ $servers

	dn: cn=module,cn=config
	objectClass: olcModuleList
	cn: module
	olcModuleLoad: back_mdb

	dn: cn=schema,cn=config
	objectClass: olcSchemaConfig
	cn: schema

	include: file:///etc/ldap/schema/core.ldif

	include: file:///etc/ldap/schema/cosine.ldif

	include: file:///etc/ldap/schema/inetorgperson.ldif

	dn: olcDatabase=config,cn=config
	objectClass: olcDatabaseConfig
	olcDatabase: config
	olcRootDN: $servers

	dn: olcDatabase=mdb,cn=config
	objectClass: olcMdbConfig
	olcDatabase: mdb
	olcSuffix: $base
	olcRootDN: $admin
	olcRootPW: of the admin
	olcDbDirectory: $dir/2/db
	olcDbIndex: objectClass,uid eq
	olcAccess: to attrs=userPassword by anonymous auth by * none
	olcAccess: to * by * read
	END
    "${foreign[@]}" slapadd -n 0 -F "$dir/2/slapd.d" -l "$dir/2/config.ldif"
}
start_slapd_with_config()
{
    choose_ports 2
    "${foreign[@]}" slapd -d 0 -F "$dir/2/slapd.d" \
        -h "${slapd_url[2]} ${slapd_socket[2]}" \
        >>"$dir/2/out" 2>&1 </dev/null &
    slapd_pid[2]=$!
    until_true slapd_answers_or_is_gone 2
    not slapd_is_gone 2
}
over_socket()
{
    local tool=$1 file=$2
    "${foreign[@]}" "$tool" -Q -Y EXTERNAL -H "${slapd_socket[2]}" -f "$file" \
        >/dev/null
}
ok "a configuration in cn=config is made" make_config
ok "slapd starts with it" until_true start_slapd_with_config || finish
ok "cn=config takes the schema" over_socket ldapadd "$contrib/authpassword.ldif"
ok "and the rules" over_socket ldapmodify "$contrib/access.ldif"
ok "entries with verifiers are added" eval \
    'as admin ldapadd 2 -f "$dir/directory.ldif" >"$dir/slapadd.out"'
rules_hold
ok "slapd starts with it again" eval 'end_slapd 2 TERM
    until_true start_slapd_with_config'
ok "the servers see a verifier" sees servers
ok "who binds as nobody does not" sees_all_but_the_verifier anonymous
finish
