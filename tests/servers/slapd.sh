# shellcheck shell=bash
#
# What the tests with OpenLDAP's slapd share: a directory, a slapd that has this
# mechanism and Cyrus SASL's plugins, and ldapwhoami.

. "$(dirname "${BASH_SOURCE[0]}")/sasl.sh"
need slapd slapd -VV
need ldap-utils ldapwhoami -VV
need openssl openssl version

base=dc=example,dc=org
alice=uid=alice,ou=people,$base
carol=uid=carol,ou=people,$base

# set_up_slapd NAME LINE...: make $dir, a directory in it, and slapd.conf with
# these lines for all databases. What is not started with this mechanism has
# Cyrus SASL's own SCRAM.
set_up_slapd()
{
    set_up_sasl "$1" openldap
    shift
    server_out=$dir/slapd.out
    client_out=$dir/client.out
    touch "$client_out"
    export SASL_PATH=$dir/native LDAPTLS_CACERT=$dir/cert.pem
    make_certificate
    configure_slapd "$@"
    make_directory >/dev/null
}

# Before TLS compares names, ldapwhoami makes of "localhost" what the machine
# calls itself.
make_certificate()
{
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 \
        -addext subjectAltName=IP:127.0.0.1 -keyout "$dir/key.pem" \
        -out "$dir/cert.pem" 2>/dev/null
    chmod 640 "$dir/key.pem"
    chgrp "$(id -gn "$worker")" "$dir/key.pem"
}

# configure_slapd LINE...: write slapd.conf.
configure_slapd()
{
    cat >"$dir/slapd.conf" <<-END
	include /etc/ldap/schema/core.schema
	include /etc/ldap/schema/cosine.schema
	include /etc/ldap/schema/inetorgperson.schema
	moduleload back_mdb
	TLSCertificateFile $dir/cert.pem
	TLSCertificateKeyFile $dir/key.pem
	sasl-cbinding tls-endpoint
	authz-policy to
	$(printf '%s\n' "$@")
	sasl-host 127.0.0.1
	database mdb
	suffix $base
	directory $dir/db
	maxsize 1048576
	access to attrs=userPassword by * auth
	access to * by * read
	END
}

# lines_of PAGE WORD: the lines of a page's block that begins with a word.
lines_of()
{
    sed -n "/^    $2/,/^\$/s/^    //p" "$test_source/$1"
}

# A directory with alice in it, who may be carol too.
make_directory()
{
    install -d -o "$worker" -m 700 "$dir/db"
    cat >"$dir/directory.ldif" <<-END
	dn: $base
	objectClass: organization
	objectClass: dcObject
	o: Example

	dn: ou=people,$base
	objectClass: organizationalUnit

	dn: uid=alice,ou=people,$base
	objectClass: inetOrgPerson
	cn: Alice
	sn: Liddell
	userPassword: of the directory
	authzTo: dn:uid=carol,ou=people,$base
	END
    "${as_worker[@]}" slapadd -q -f "$dir/slapd.conf" -l "$dir/directory.ldif"
}

# It says that it starts once it has its ports, and a moment later it listens. An
# answer that refuses is one.
slapd_answers_or_is_gone()
{
    if slapd_says 'slapd starting'; then
        ldapwhoami -x -H "$plain" >/dev/null 2>&1
        [ $? != 255 ] && return
    fi
    server_is_gone
}

# Start slapd with this mechanism on two free ports, as whom it is to work as.
start_slapd()
{
    on_free_port start_slapd_there grep -q 'bind.* failed' "$server_out" ||
        { cat "$server_out"; return 1; }
}
start_slapd_there()
{
    local options=(-d stats -f "$dir/slapd.conf")
    [ "$(id -u)" != 0 ] || options+=(-u "$worker" -g "$(id -gn "$worker")")
    plain=ldap://127.0.0.1:$port
    secure=ldaps://127.0.0.1:$((port + 1))
    : >"$server_out"
    SASL_PATH=$dir/gs2 serve slapd "${options[@]}" -h "$plain $secure"
    until_true slapd_answers_or_is_gone
}

slapd_has_stopped()
{
    server_is_gone || slapd_says 'slapd stopped.'
}

# Under a sanitizer slapd and ldapwhoami hang after their last word, in a
# destructor of libp11-kit's, whatever modules they have.
has_no_sanitizer()
{
    [ ${#stock[@]} = 1 ]
}

# lib.sh's, but for that.
stop_server()
{
    [ -n "$server_pid" ] || return 0
    kill "$server_pid" 2>/dev/null
    until_true slapd_has_stopped
    has_no_sanitizer || kill -9 "$server_pid" 2>/dev/null
    wait "$server_pid" 2>/dev/null
    server_pid=
    slapd_says 'slapd stopped.'
}

# log_in USER PASSWORD [OPTION...]: what ldapwhoami does.
log_in()
{
    local user=$1 password=$2
    shift 2
    timeout 60 ldapwhoami -Q -U "$user" -w "$password" "$@" >"$client_out" 2>&1
}

# log_in_by_itself OPTION...: the same with this mechanism, which has a password
# from a file or the agent, as the plugin for GS2 lets ldapwhoami hand over none.
log_in_by_itself()
{
    SASL_PATH=$dir/gs2 timeout 60 ldapwhoami -Q -U alice "$@" \
        >"$client_out" 2>&1
}

# credential PASSWORD: alice's, for any LDAP server.
credential()
{
    export GSS_SCRAM_CREDENTIALS=$dir/credentials
    (
        umask 077
        printf '%s\n' '[ldap@*]' 'user = alice' "password = $1" \
            >"$GSS_SCRAM_CREDENTIALS"
    )
}

# is DN COMMAND...: a bind that succeeds, as whom.
is()
{
    local dn=$1
    shift
    "$@" && grep -qxF "dn:$dn" "$client_out"
}

# refuses CODE COMMAND...: a bind that ends in LDAP's result code.
refuses()
{
    local code=$1
    shift
    "$@"
    [ $? = "$code" ]
}

client_says()
{
    grep -qF -- "$1" "$client_out"
}

# Since the server's last start.
slapd_says()
{
    grep -qF -- "$1" "$server_out"
}

offers()
{
    ldapsearch -x -LLL -H "$1" -s base -b '' supportedSASLMechanisms |
        grep -qxF "supportedSASLMechanisms: $2"
}

explain_failure()
{
    sed 's/^/# client: /' "$client_out"
    tail -n 20 "$server_out" | sed 's/^/# slapd: /'
}
