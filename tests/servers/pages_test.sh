#!/bin/bash
# The pages' commands do what the pages say, as they stand there: each block of
# README.md, of doc, of the manual and of the examples' comments runs here, one
# after the other, or is said not to, and why. What is tried between them is what
# a page says in its sentences.
. "$(dirname "$0")/pages.sh"
need apache2 command -v a2enmod
need libapache2-mod-auth-gssapi test -f \
    /usr/lib/apache2/modules/mod_auth_gssapi.so
need slapd test -x /usr/sbin/slapd
need krb5-gss-samples command -v gss-client
need sasl2-bin command -v saslpluginviewer
need mandoc command -v mandoc
need iproute2 command -v ip
enter_own_machine
prepare_machine

add_alice()
{
    printf '%s\n' "$password" |
        gss-scram user add --password-stdin alice >"$output" 2>&1
}
# exist PATH...: in the tree, or from the root.
exist()
{
    (cd "$tree" && ls -d "$@") >"$output" 2>&1
}
first_words()
{
    sed -n 's/^\([^ ]\{1,\}\).*/\1/p' "$block"
}

page doc/install.md
skips "nothing is installed yet; README has the same"
runs "it is built and installed by hand"
take
libdir=$(pkg-config --variable=libdir krb5-gssapi)
# shellcheck disable=SC2046 # paths
ok "what is listed was installed" exist \
    $(first_words | sed "s|/usr/lib/<architecture>|$libdir|")
stands_in /etc/gss/mech.d/gss-scram.conf
password='the password'
add_alice
serves "gss-server listens" 1
tries "gss-client gets in"
prints 'Signature verified.'
end_server
password='correct horse'
skips "no package is installed here; tests/package/debian.sh purges one"
page_ends

page README.md
skips "scripts/test is what runs this, and does this one"
skips "tests/package/debian.sh builds the package by it"
make-ssl-cert generate-default-snakeoil --force-overwrite
runs "alice is a user"
runs "there is a page for users of gss-scram"
prints 'All is well.'
runs "alice logs in"
runs "and gets the page"
prints 'only for users'
gss-scram user remove alice >"$output"
gss-scram logout >"$output"
replays "a terminal shows what the page says that it does"
kill "$(cat /run/user/0/agent.pid)"
ok "alice's agent ends" until_true eval \
    'not kill -0 "$(cat /run/user/0/agent.pid)" 2>/dev/null'
service apache2 stop >"$output"
rm /etc/apache2/conf-enabled/gss-scram.conf \
    /etc/apache2/conf-available/gss-scram.conf
page_ends

page examples/accept-loop.c
password='the password'
add_alice
serves "the example listens" 1
tries "gss-client gets in"
prints 'Signature verified.'
end_server
page_ends
password='correct horse'

page doc/accept-loop.md
skips_rest "C, of examples/accept-loop.c"

page doc/architecture.md
skips_rest "the layers, which tests/house/include_rule.sh reads, and a login"

page doc/credentials.md
agent_starts
runs "a login is handed to it, listed and forgotten"
prints 'alice  HTTP@www.example.org'
prints 'gss-scram-agent has forgotten 1 login.'
skips "how the list looks"
is_the_credentials_file
runs "a login is put there, listed and removed"
prints '*@*.example.org'
runs "a server is allowed fewer iterations"
prints ldap@ldap.example.org
page_ends

page doc/apache.md
runs "httpd and its modules are there"
runs "so is a user"
runs "the doctor finds that all is well"
runs "there is a folder"
is_the_file /etc/apache2/conf-available/gss-scram.conf
runs "httpd starts"
runs "it answers whoever has no password"
prints 'HTTP/1.1 401'
prints 'WWW-Authenticate: Negotiate'
runs "alice logs in"
runs "who has one gets the page"
prints 'only for users'
page_of_alice=$block
gives_out_the_page()
{
    at_terminal "$page_of_alice" && grep -q 'only for users' "$output"
}
gpasswd -d www-data gss-scram >"$output"
service apache2 restart >"$output"
grep -o 'gss-scram broker reload' "$test_source/$page" | head -n 1 >"$dir/reload"
ok "gss-scramd looks at the group, as the page says" at_terminal "$dir/reload"
ok "out of it httpd lets nobody in" not gives_out_the_page
usermod --append --groups gss-scram www-data
ok "gss-scramd looks at the group again" at_terminal "$dir/reload"
ok "and the httpd that runs lets users in again" gives_out_the_page
runs "httpd is to write a trace"
ok "the page is given out" gives_out_the_page
ok "there is a trace of it" test -s /run/apache2/gss-scram.trace
page_ends

page doc/operations.md
add_alice
usermod --append --groups gss-scram www-data
gss-scram broker reload >"$output"
runs "the doctor finds that all is well"
runs "gss-scramd is counted"
prints 'gss_scram_connections_not_entitled_total'
# logs_in PASSWORD: alice has the agent log her programs in with that.
logs_in()
{
    printf '%s\n' "$1" | HOME=/root gss-scram login alice --password-stdin \
        --server HTTP@www.example.org >"$output" 2>&1
}
logs_in "$password"
runs "a user who watches gets in"
page_of_alice=$block
logs_in 'battery staple'
ok "not with a wrong password" not at_terminal "$page_of_alice"
runs "users are exported"
runs "and imported"
prints '1 exists and was kept'
runs "a copy is made while gss-scramd does not run"
gss-scram user remove alice >"$output"
runs "and put back"
ok "with alice" eval 'gss-scram user show alice >"$output" 2>&1'
install -d -m 2750 -g gss-scram /var/lib/gss-scram
gss-scram user add --password-stdin --store file:/root/users.backup.txt carol \
    <<<"$password" >"$output"
runs "a text file is put back"
ok "with its users" eval 'gss-scram user show carol \
    --store file:/var/lib/gss-scram/users >"$output" 2>&1'
runs "guesses are listed and forgotten"
# finds LINE: the block's failregex does, with what fail2ban puts into it.
finds()
{
    local expression
    expression=$(sed -n 's/^failregex = ^//p' "$block" |
        sed 's/%(_apache_error_client)s/\\[client <HOST>(:\\d{1,5})?\\]/
            s/%(__prefix_line)s//; s/<HOST>/(?:[0-9a-f:.]+)/')
    grep -P -- "$expression" >"$output"
}
take
ok "a filter finds the wrong password in httpd's log" \
    finds </var/log/apache2/error.log
ok "and what it says of Basic" finds <<'END_OF_LOG'
[Mon Nov 30 01:45:44.948668 2026] [auth_gssapi:error] [pid 445:tid 474] [client 192.0.2.7:43304] GSS ERROR gss_accept_sec_context(): [Unspecified GSS failure.  Minor code may provide more information (Too many wrong passwords were tried for this user: try again in 10 seconds)]
END_OF_LOG
grep -v 'password is wrong' /var/log/apache2/error.log >"$dir/others"
ok "and nothing else" not finds <"$dir/others"
skips "fail2ban is not here"
take
ok "a filter finds one in Postfix's" finds <<'END_OF_LOG'
Nov 30 01:14:44 mail postfix/smtpd[11902]: warning: localhost[127.0.0.1]: SASL SCRAM-SHA-256 authentication failed: authentication failure, sasl_username=(unavailable)
END_OF_LOG
skips "there is no container here"
take
sed -n '/^ *\[scram\]/,/^---/p' "$block" | grep -v '^---' >"$block.scram"
ok "a container's configuration is right" configuration_is_right "$block.scram"
skips "there is no systemd here"
skips "tests/package/debian.sh has a profile with it"
page_ends

page doc/migrating.md
runs "Django's users are there"
runs "Keycloak's are"
skips "there is no table of ASP.NET's"
imitate slapcat <<END_OF_SLAPCAT
#!/bin/sh
echo 'dn: uid=eve,dc=example,dc=org'
echo 'userPassword: $(slappasswd -o module-load=pw-pbkdf2 \
    -h '{PBKDF2-SHA256}' -s "$password")'
echo 'pwdAccountLockedTime: 000001010000Z'
END_OF_SLAPCAT
runs "a directory's are"
rm /usr/local/bin/slapcat
for what in "the migrator's configuration" "Prosody's users" "ejabberd's users" \
    "the users for ejabberd" "the users for Prosody" "a file for each"; do
    skips "tests/servers/xmpp_test.sh does so: $what"
done
printf '%s' "$password" | saslpasswd2 -p -c -u example.org alice
runs "sasldb's are"
saslpasswd2 -d -u example.org alice
ok "each is one of them" eval 'for user in dora fay eve alice; do
    gss-scram user show $user || exit; done >"$output" 2>&1'
ok "who was locked is not let in" \
    eval 'gss-scram user show eve | grep -qx "state  disabled"'
htpasswd -bBc /etc/apache2/htpasswd bob 'of the old file' 2>"$output"
mkdir -p /var/www/html/both
echo 'for both' >/var/www/html/both/index.html
is_the_file /etc/apache2/conf-available/both.conf
usermod --append --groups gss-scram www-data
gss-scram broker reload
runs "httpd is to take both"
# asks OPTION...: curl asks for the page, with these.
asks()
{
    env -i "${environment[@]}" curl --silent --insecure --include "$@" \
        https://www.example.org/both/ >"$output" 2>&1
}
printf '%s\n' "$password" | HOME=/root \
    gss-scram login alice --password-stdin --server HTTP@www.example.org
ok "nobody gets in without a password" asks
prints 'WWW-Authenticate: Negotiate'
prints 'WWW-Authenticate: Basic realm="The private pages"'
ok "who has a verifier proves to know the password" asks --negotiate --user :
prints 'for both'
ok "who has none yet sends it" asks --user 'bob:of the old file'
prints 'for both'
ok "another one is refused" asks --user 'bob:another'
prints 'HTTP/1.1 401'
where=$dir
runs "who is in the old file gets a new password"
ok "bob has one" eval 'gss-scram user show bob >"$output" 2>&1'
rm /etc/apache2/conf-enabled/both.conf
service apache2 restart >"$output"
page_ends

page doc/broker.md
is_installed()
{
    # shellcheck disable=SC2046 # lines
    grep -xFf "$block" /etc/gss/scram.conf >"$output" &&
        diff "$block" "$output"
}
take
ok "what is shown is what is installed" is_installed
runs "a user is added"
ok "it is in gss-scramd's store" eval 'gss-scram user show alice >"$output" &&
    test -s /var/lib/gss-scramd/users.mdb'
runs "www-data may ask, says the doctor"
skips "there is no systemd here"
cp /etc/gss/scram.conf "$dir/scram.conf"
take
cp "$block" /etc/gss/scram.conf
service gss-scramd stop
runs "there is a folder for a text file"
add_alice
ok "without gss-scramd users are in the file" grep -q '^alice:' \
    /var/lib/gss-scram/users
gss-scram doctor >"$output"
ok "of which the doctor says that all is well" grep -qx 'All is well\.' "$output"
cp "$dir/scram.conf" /etc/gss/scram.conf
rm /var/lib/gss-scramd/users.mdb*
service gss-scramd start
runs "gss-scramd takes the file over"
prints '1 verifier was taken'
page_ends

page doc/names.md
take
{
    echo '<Location /private>'
    cat "$block"
    echo '</Location>'
} >/etc/apache2/conf-enabled/names.conf
ok "httpd takes the directive" eval 'apachectl configtest >"$output" 2>&1'
rm /etc/apache2/conf-enabled/names.conf
service apache2 stop >"$output"
is_a_configuration
page_ends

page doc/apache-bindings.md
skips_rest "there is nothing to be run"

page doc/nginx.md
skips_rest "tests/servers/nginx_test.sh does so, without systemd"

# slapd's service has started before it answers.
ldap_answers()
{
    ldapsearch -x -s base -b '' -H ldaps://ldap.example.org >"$output" 2>&1
}

page doc/openldap.md
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=ldap.example.org \
    -addext subjectAltName=DNS:ldap.example.org -keyout /etc/ldap/key.pem \
    -out /etc/ldap/cert.pem 2>"$output"
chown openldap /etc/ldap/key.pem
echo 'TLS_CACERT /etc/ldap/cert.pem' >>/etc/ldap/ldap.conf
printf '%s\n' SLAPD_CONF=/etc/ldap/slapd.conf \
    'SLAPD_SERVICES="ldap:/// ldaps:///"' >>/etc/default/slapd
printf '%s\n' 'include /etc/ldap/schema/core.schema' 'moduleload back_ldif' \
    'pidfile /run/slapd/slapd.pid' \
    'TLSCertificateFile /etc/ldap/cert.pem' \
    'TLSCertificateKeyFile /etc/ldap/key.pem' >/etc/ldap/slapd.conf
runs "slapd gets its plugin"
is_the_file /etc/default/slapd
stands_in /etc/gss/mech.d/gss-scram.conf
runs "there is a user"
is_a_configuration
is_the_file /etc/ldap/slapd.conf
is_the_file /etc/ldap/slapd.conf
serves "slapd listens" 1
until_true ldap_answers
tries "alice binds"
prints 'supportedSASLMechanisms: SCRAM-SHA-256'
take
alice=$(cat "$block")
prints "$alice"
runs "alice binds to the channel of TLS"
prints "$alice"
runs "alice binds by a login that the agent has"
prints "$alice"
service slapd stop >"$output"
page_ends

page doc/sasl.md
rm -r /usr/local/lib/sasl2-scram
runs "the plugin is there"
stands_in /etc/gss/mech.d/gss-scram.conf
runs "there is a folder of plugins"
runs "there is a user" 's/ACCOUNT/www-data/'
no_users
runs "there is one for Cyrus SASL's own plugin"
runs "the plugin for GSS-SPNEGO is there"
skips "tests/servers/slapd_spnego_test.sh has this slapd"
skips "tests/servers/imapd_test.sh has this imapd"
skips "and the first has this client,"
skips "this realm"
skips "in its environment,"
skips "and this mapping"
runs "plugins are listed"
prints '"gs2"'
ok "Cyrus SASL's own is not among them" not grep -qF '"scram"' "$output"
skips "tests/servers/postfix_test.sh has this Postfix"
page_ends

page doc/python.md
add_alice
serves "the server listens" 3
where=$tree/tests/servers/python
sed -i "s/PORT/$(grep -o '[0-9]*' "$dir/server" | head -n 1)/" "$block"
tries "the client gets in" "$password"
end_server
page_ends

page doc/developing.md
where=$dir/developing
mkdir "$where"
take
cp "$block" "$where/login.c"
runs "the program is built, and logs alice in" \
    's/^gcc/gcc -Wall -Wextra -Werror/'
prints 'server: this is alice'
prints 'client: the server knows my verifier'
ok "nobody gets in with a wrong password" eval 'not env -C "$where" \
    GSS_SCRAM_CONFIG="$where/scram.conf" ./login alice barley >"$output" 2>&1'
where=$tree
is_a_configuration
page_ends

page doc/compatibility.md
page_ends

page doc/performance.md
skips_rest "measurements take hours, and these are what some have printed"

page doc/troubleshooting.md
skips "the doctor has this in doc/apache.md"
skips "curl has this page in doc/apache.md"
skips "what it prints"
page_ends

page doc/ldap.md
skips_rest "slapd as the machine has it, a realm and a second slapd are what
    tests/ldap has"

page doc/ldap-binding.md
skips_rest "tests/ldap/kerberos_test.sh has its realm, login_test.sh the socket"

page doc/ldap-replicas.md
skips_rest "tests/ldap/pair_test.sh has two slapds"

page doc/ldap-sizing.md
skips_rest "a measurement, and what one has printed"

page man/gss-scram.8
skips "how hashes begin"
skips "what a file of users looks like, with words in the place of keys"
add_alice
runs "users are backed up, and restored"
prints '1 exists and was kept'
rm -f /var/backups/users*
gss-scram user add --password-stdin --store file:/var/backups/users carol \
    <<<"$password" >"$output"
install -d -m 2750 -g gss-scram /var/lib/gss-scram
runs "a file is restored"
ok "with its users" eval 'gss-scram user show carol \
    --store file:/var/lib/gss-scram/users >"$output" 2>&1'
no_users
where=$dir
echo "$password" >"$dir/password"
runs "a user is added"
runs "users of PostgreSQL's are taken over"
prints alice
runs "a login goes to the agent"
prints 'gss-scram-agent has the password'
usermod --append --groups gss-scram www-data
service apache2 start >"$output"
runs "the doctor finds that all is well"
service apache2 stop >"$output"
page_ends

page man/gss_scram.7
stands_in /etc/gss/mech.d/gss-scram.conf
is_the_credentials_file
ok "the command reads it" \
    eval 'HOME=/root gss-scram login --list >"$output" 2>&1'
prints HTTP@www.example.org
page_ends

page man/scram.conf.5
is_a_configuration
page_ends

page man/gss-scramd.8
is_a_configuration
skips "tests/daemon starts it so, with paths of its own"
page_ends

page man/gss-scram-agent.1
skips "tests/agent starts it so, in a folder of its own"
page_ends

for manual in man/gss-scram.8 man/gss-scram-agent.1 man/gss-scramd.8 \
    man/gss_scram.7 man/scram.conf.5; do
    ok "$manual fits a terminal of 80 columns" lines_are_whole $manual
done

# There is no other page, or it has no block.
cd "$test_source" || exit
for file in README.md doc/*.md man/* examples/*.[ch]; do
    case " ${pages[*]} " in
    *" $file "*) ;;
    *)
        page "$file"
        page_ends
        ;;
    esac
done
finish
