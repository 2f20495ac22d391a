# shellcheck shell=bash
#
# What the tests with a directory share, beside what they have from the tests of
# examples/accept-loop: OpenLDAP's slapd, any number of them, each with a
# database and a configuration of its own in $dir/NUMBER and none of the
# machine's. They run as whoever runs the test, listen on loopback and on a
# socket in their folder, and are ended by the process id.
. "$(dirname "${BASH_SOURCE[0]}")/../loop/lib.sh"
PATH=$PATH:/usr/sbin
need slapd slapd -VV
need ldap-utils ldapwhoami -VV
need openssl openssl version

contrib=$test_source/contrib/ldap
base=dc=example,dc=org
people=ou=people,$base
admin=cn=admin,$base # slapd's rootdn
servers=cn=gss-scram,ou=services,$base
manager=cn=gss-scram-admin,ou=services,$base
replicator=cn=replicator,ou=services,$base
declare -A slapd_pid=() slapd_url=() slapd_secure_url=() slapd_socket=()

# Set up $dir with everything but the slapds in it.
set_up_ldap()
{
    make_dir ldap 'stop_server; stop_slapds'
    set_up_loop
    make_certificates
    # What the machine has for clients of LDAP is not for these.
    printf '%s\n' "TLS_CACERT $dir/ca.pem" >"$dir/ldap.conf"
    export LDAPCONF=$dir/ldap.conf
    password_file=$dir/password
    printf 'of the servers\n' >"$password_file"
    chmod 600 "$password_file"
}

# An authority, $dir/ca.pem; a certificate of the slapds' by it, for 127.0.0.1
# and localhost; and another authority that has signed nothing.
make_certificates()
{
    local name
    for name in ca other; do
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 \
            -nodes -days 2 -subj "/CN=$name" -keyout "$dir/$name.key" \
            -out "$dir/$name.pem" 2>/dev/null || return
    done
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
        -subj /CN=localhost -keyout "$dir/slapd.key" -out "$dir/slapd.csr" \
        2>/dev/null &&
        openssl x509 -req -in "$dir/slapd.csr" -days 2 -CA "$dir/ca.pem" \
            -CAkey "$dir/ca.key" -CAcreateserial -out "$dir/slapd.pem" \
            -extfile <(echo subjectAltName=IP:127.0.0.1,DNS:localhost) \
            2>/dev/null
}

# The schemas that a directory of people has, and ours.
schemas()
{
    local schema
    for schema in core cosine inetorgperson; do
        echo "include /etc/ldap/schema/$schema.schema"
    done
    echo "include $contrib/authpassword.schema"
}

# configure_slapd NUMBER [LINE...]: write its slapd.conf, with the lines at the
# end of its database. Over its socket, who runs this test is the servers.
configure_slapd()
{
    local number=$1
    shift
    install -d -m 700 "$dir/$number" "$dir/$number/db"
    {
        schemas
        cat <<-END
	moduleload back_mdb
	moduleload back_monitor
	moduleload syncprov
	serverID $number
	pidfile $dir/$number/pid
	TLSCACertificateFile $dir/ca.pem
	TLSCertificateFile $dir/slapd.pem
	TLSCertificateKeyFile $dir/slapd.key
	authz-regexp
	    ^gidNumber=[0-9]+\\\\+uidNumber=$(id -u),cn=peercred,cn=external,cn=auth$
	    $servers
	database monitor
	access to * by dn.exact=$admin read by * none
	database mdb
	suffix $base
	rootdn $admin
	rootpw "of the admin"
	directory $dir/$number/db
	maxsize 1073741824
	index objectClass,uid,entryCSN,entryUUID eq
	include $contrib/access.conf
	access to attrs=userPassword by anonymous auth by * none
	access to * by * read
	END
        printf '%s\n' "$@"
    } >"$dir/$number/slapd.conf"
}

# Print the top of the directory: where people are, and those who bind.
directory_ldif()
{
    cat <<-END
	dn: $base
	objectClass: organization
	objectClass: dcObject
	o: Example

	dn: $people
	objectClass: organizationalUnit

	dn: ou=services,$base
	objectClass: organizationalUnit

	END
    service_ldif "$servers" 'of the servers'
    service_ldif "$manager" 'of the manager'
    service_ldif "$replicator" 'of the replicator'
}
service_ldif()
{
    local name=${1%%,*}
    printf '%s\n' "dn: $1" 'objectClass: organizationalRole' \
        'objectClass: simpleSecurityObject' "cn: ${name#cn=}" \
        "userPassword: $2" ''
}

# person_ldif NAME [LINE...]: print somebody's entry, with the password
# "of NAME" to bind with, which has nothing to do with SCRAM.
person_ldif()
{
    local name=$1
    shift
    printf '%s\n' "dn: uid=$name,$people" 'objectClass: inetOrgPerson' \
        'objectClass: authPasswordObject' "uid: $name" "cn: $name" \
        'sn: Example' "userPassword: of $name" "$@" ''
}

# verifier PASSWORD: print a value of authPassword.
verifier()
{
    local store=lmdb:$dir/verifier.$BASHPID
    add_user someone "$1" --store "$store" >/dev/null &&
        "$gss_scram" user export --store "$store" --format ldif \
            --base "$people" | sed -n 's/^authPassword: //p'
    rm -f "$dir/verifier.$BASHPID"*
}

# fill_slapd NUMBER: fill its database from LDIF on standard input.
fill_slapd()
{
    slapadd -q -w -S "$1" -f "$dir/$1/slapd.conf" >"$dir/slapadd.out" 2>&1
}

# start_slapd NUMBER: start it, where it was before or else on two ports that
# are free. $slapd_url, ..._secure_url and ..._socket say where.
start_slapd()
{
    local number=$1 tries=20 place=${slapd_url[$1]-}
    while [ $((tries -= 1)) -ge 0 ]; do
        [ -n "$place" ] || choose_ports "$number"
        slapd -d 0 -f "$dir/$number/slapd.conf" -h "${slapd_url[$number]} \
            ${slapd_secure_url[$number]} ${slapd_socket[$number]}" \
            >>"$dir/$number/out" 2>&1 </dev/null &
        slapd_pid[$number]=$!
        until_true slapd_answers_or_is_gone "$number"
        ! slapd_is_gone "$number" || continue
        return 0
    done
    cat "$dir/$number/out"
    return 1
}
choose_ports()
{
    local port=$((10000 + RANDOM % 20000))
    slapd_url[$1]=ldap://127.0.0.1:$port
    slapd_secure_url[$1]=ldaps://127.0.0.1:$((port + 1))
    local socket=$dir/$1/socket
    slapd_socket[$1]=ldapi://${socket//\//%2F}
}
slapd_answers_or_is_gone()
{
    slapd_is_gone "$1" || ldapwhoami -x -H "${slapd_url[$1]}" >/dev/null 2>&1
}
slapd_is_gone()
{
    ! kill -0 "${slapd_pid[$1]}" 2>/dev/null
}

# end_slapd NUMBER SIGNAL: and wait until it has ended.
end_slapd()
{
    kill "-$2" "${slapd_pid[$1]}" && kill -CONT "${slapd_pid[$1]}" 2>/dev/null
    wait "${slapd_pid[$1]}" 2>/dev/null
    unset "slapd_pid[$1]"
}
stop_slapds()
{
    local number
    for number in "${!slapd_pid[@]}"; do
        end_slapd "$number" KILL
    done
}

# as WHO COMMAND NUMBER [WORD...]: an LDAP client that binds as one of those
# above, or as a person by name, at a slapd.
as()
{
    local who=$1 command=$2 number=$3 password="of $1"
    shift 3
    case $who in
    admin) who=$admin password='of the admin' ;;
    servers) who=$servers password='of the servers' ;;
    manager) who=$manager password='of the manager' ;;
    replicator) who=$replicator password='of the replicator' ;;
    anonymous) who= password= ;;
    *) who=uid=$who,$people ;;
    esac
    "$command" -x -H "${slapd_url[$number]}" -D "$who" -w "$password" "$@"
}

# searches NUMBER: how many it has been asked for.
searches()
{
    as admin ldapsearch "$1" -LLL -b cn=Search,cn=Operations,cn=Monitor \
        -s base monitorOpCompleted | sed -n 's/^monitorOpCompleted: //p'
}

# configure_ldap LOCATION [LINE...]: the configuration of a server whose users
# are in the directory.
configure_ldap()
{
    local location=$1
    shift
    configure_with "store = $location" "ldap_base = $people" "$@"
}
