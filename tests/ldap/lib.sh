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

# What is OpenLDAP's loads plugins of Cyrus SASL's, one of which would load this
# mechanism: not here, where it is tested as a user of slapd's.
foreign=(env -u GSS_MECH_CONFIG)

contrib=$test_source/contrib/ldap
base=dc=example,dc=org
people=ou=people,$base
admin=cn=admin,$base # slapd's rootdn
servers=cn=gss-scram,ou=services,$base
manager=cn=gss-scram-admin,ou=services,$base
replicator=cn=replicator,ou=services,$base
declare -A slapd_pid=() slapd_url=() slapd_secure_url=() slapd_socket=()

# set_up_ldap [COMMAND]: set up $dir with everything but the slapds in it. The
# command is called at the end.
set_up_ldap()
{
    make_dir ldap "stop_server; stop_gss_scramd; stop_slapds; ${1-:}"
    set_up_loop
    set_up_clients
}

# What a client of the slapds needs: certificates, and a password to bind with.
set_up_clients()
{
    make_certificates
    # What the machine has for clients of LDAP is not for these.
    : >"$dir/ldap.conf"
    export LDAPCONF=$dir/ldap.conf
    password_file=$dir/password
    printf 'of the servers\n' >"$password_file"
    chmod 600 "$password_file"
}

# An authority, $dir/ca.pem; certificates by it for the key of the slapds, one
# for 127.0.0.1 and localhost and one for elsewhere; and another authority that
# has signed nothing.
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
        certify slapd IP:127.0.0.1,DNS:localhost &&
        certify elsewhere IP:127.0.0.2,DNS:elsewhere.example.org
}
certify()
{
    openssl x509 -req -in "$dir/slapd.csr" -days 2 -CA "$dir/ca.pem" \
        -CAkey "$dir/ca.key" -CAcreateserial -out "$dir/$1.pem" \
        -extfile <(echo "subjectAltName=$2") 2>/dev/null
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
    local folder store
    folder=$(mktemp -d "${TMPDIR:-/tmp}/gss-scram-verifier.XXXXXX") || return
    store=file:$folder/users
    add_user someone "$1" --store "$store" >/dev/null &&
        "$gss_scram" user export --store "$store" --format ldif \
            --base "$people" | sed -n 's/^authPassword: //p'
    rm -rf "$folder"
}

# fill_slapd NUMBER: fill its database from LDIF on standard input.
fill_slapd()
{
    "${foreign[@]}" slapadd -q -S "$1" -f "$dir/$1/slapd.conf" \
        >"$dir/slapadd.out" 2>&1
}

# start_slapd NUMBER: start it, where choose_ports has put it, or else on two
# ports that are free. $slapd_url, ..._secure_url and ..._socket say where.
start_slapd()
{
    local number=$1 tries=20 place=${slapd_url[$1]-}
    while [ $((tries -= 1)) -ge 0 ]; do
        [ -n "$place" ] || choose_ports "$number"
        "${foreign[@]}" slapd -d 0 -f "$dir/$number/slapd.conf" \
            -h "${slapd_url[$number]} ${slapd_secure_url[$number]} \
            ${slapd_socket[$number]}" \
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
    slapd_is_gone "$1" ||
        "${foreign[@]}" ldapwhoami -x -H "${slapd_url[$1]}" >/dev/null 2>&1
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
    other) who=cn=other,ou=services,$base password='of the other' ;;
    anonymous) who='' password='' ;;
    *) who=uid=$who,$people ;;
    esac
    "${foreign[@]}" "$command" -x -H "${slapd_url[$number]}" -D "$who" \
        -w "$password" "$@"
}

# searches NUMBER: how many it has been asked for.
searches()
{
    as admin ldapsearch "$1" -LLL -b cn=Search,cn=Operations,cn=Monitor \
        -s base monitorOpCompleted | sed -n 's/^monitorOpCompleted: //p'
}

# connections NUMBER: how many it has of the servers.
connections()
{
    as admin ldapsearch "$1" -LLL -b cn=Connections,cn=Monitor \
        "(monitorConnectionAuthzDN=$servers)" dn | grep -c '^dn: '
}

# connections_ever NUMBER: how many it has had, of whoever it was.
connections_ever()
{
    as admin ldapsearch "$1" -LLL -b cn=Total,cn=Connections,cn=Monitor \
        -s base monitorCounter | sed -n 's/^monitorCounter: //p'
}

# configure_ldap LOCATION [LINE...]: the configuration of a server whose users
# are in the directory, and of the gss-scramd that it asks.
configure_ldap()
{
    local location=$1
    shift
    configure_with "store = $location" "ldap_base = $people" \
        "broker = $dir/broker" "$@"
    configure_gss_scramd
}
configure_gss_scramd()
{
    printf '%s\n' '[broker]' "admin = $dir/broker.admin" \
        "state = $dir/broker.state" "account = $(id -un)" >>"$dir/scram.conf"
}

# start_gss_scramd: start it, as the account that runs this, with a memory in
# which there is nobody. Where one runs, that is ended before. What it says is in
# $dir/gss-scramd.out.
gss_scramd_pid=
start_gss_scramd()
{
    stop_gss_scramd
    : >"$dir/gss-scramd.out"
    # A leak is looked for with ptrace, which it keeps away.
    "${own[@]}" env "ASAN_OPTIONS=log_path=$dir/sanitizer:detect_leaks=0" \
        "$GSS_SCRAM_BUILD/gss-scramd" --foreground \
        --config "$dir/scram.conf" --socket "$dir/broker" \
        >"$dir/gss-scramd.out" 2>&1 </dev/null &
    gss_scramd_pid=$!
    until_true gss_scramd_serves_or_is_gone
    gss_scramd_serves
}
gss_scramd_serves()
{
    grep -q ' serves$' "$dir/gss-scramd.out"
}
gss_scramd_serves_or_is_gone()
{
    gss_scramd_serves || ! kill -0 "$gss_scramd_pid" 2>/dev/null
}
stop_gss_scramd()
{
    [ -n "$gss_scramd_pid" ] || return 0
    kill "$gss_scramd_pid" 2>/dev/null
    wait "$gss_scramd_pid" 2>/dev/null
    gss_scramd_pid=
}

# crowd_ldif COUNT VERIFIER: print entries of user0 and on, who have the same
# verifier.
crowd_ldif()
{
    awk -v count="$1" -v verifier="$2" -v people="$people" 'BEGIN {
        for (i = 0; i < count; i++)
            printf "dn: uid=user%d,%s\nobjectClass: inetOrgPerson\n" \
                "objectClass: authPasswordObject\nuid: user%d\n" \
                "cn: User %d\nsn: %d\nauthPassword: %s\n\n",
                i, people, i, i, i, verifier
    }'
}

# Two slapds, 1 and 2, each of which takes changes and passes them on to the
# other by syncrepl over TLS. make_pair fills both with the LDIF on standard
# input; start_pair starts them.
#
# For neither to ask what the other has, both begin with the same contextCSN.
# slapadd -w would write it, but with -q that uses memory after its release, and
# crashes at times; so it is in the LDIF, and all entries are as old.
csn=20260101000000.000000Z#000000#001#000000
make_pair()
{
    configure_pair && sed -e "s/^dn: .*/&\nentryCSN: $csn/" \
        -e "0,/^dn: /s/^dn: .*/&\ncontextCSN: $csn/" | fill_slapd 1 &&
        cp --sparse=always "$dir/1/db/data.mdb" "$dir/2/db/"
}
configure_pair()
{
    local number
    for number in 1 2; do
        choose_ports $number
    done
    for number in 1 2; do
        configure_slapd $number 'overlay syncprov' 'syncprov-sessionlog 1000' \
            "syncrepl rid=001 provider=${slapd_url[$((3 - number))]}
                type=refreshAndPersist retry=\"1 +\" searchbase=$base
                starttls=critical tls_cacert=$dir/ca.pem
                bindmethod=simple binddn=$replicator
                credentials=\"of the replicator\"" \
            'multiprovider on'
    done
}
start_pair()
{
    local tries
    for tries in {1..10}; do
        start_slapd 1 && start_slapd 2 && return
        stop_slapds
        configure_pair
    done
    echo "no ports were free in $tries tries"
    return 1
}

# Whether each of the two takes what the other has. A change that comes before
# lets one of them look through all that the other has.
pair_is_joined()
{
    is_copied 1 && is_copied 2
}
is_copied()
{
    as admin ldapsearch "$1" -LLL -b cn=Connections,cn=Monitor \
        "(monitorConnectionAuthzDN=$replicator)" cn 2>/dev/null | grep -q .
}

# What a slapd has seen of all changes, as a value of contextCSN.
seen()
{
    as admin ldapsearch "$1" -LLL -o ldif-wrap=no -s base -b "$base" contextCSN
}
pair_is_even()
{
    [ "$(seen 1)" = "$(seen 2)" ]
}
