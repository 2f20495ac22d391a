#!/bin/bash
# Each directive of mod_auth_gssapi that matters does what doc/apache.md says.
. "$(dirname "$0")/apache.sh"
set_up_apache
alice='200 alice Negotiate/scram-sha-256'
log_in=(gets "$alice" alice 'correct horse')

# restart SENTENCE DIRECTIVE...
restart()
{
    local sentence=$1
    shift
    stop_server
    protect "$@"
    ok "Apache starts $sentence" start_apache event
}

restart 'bound to nothing'
ok "nobody gets in then" gets 401 alice 'correct horse' "$(plain)"
ok "the log says what is missing" \
    log_says 'neither GssapiConnectionBound nor GssapiUseSessions are'

restart 'bound to connections' 'GssapiConnectionBound On'
ok "two legs over one connection log in" "${log_in[@]}" "$(plain)"
ok "over two connections they do not" \
    gets 401 alice 'correct horse' "$(plain)" hop
ok "a client that goes away after a leg does not disturb" \
    gets 401 alice 'correct horse' "$(plain)" stop
ok "the next one logs in" "${log_in[@]}" "$(plain)"

cookies=('GssapiUseSessions On' 'Session On'
    'SessionCookieName gssapi_session path=/;httponly')
restart 'with sessions alone' "${cookies[@]}"
ok "sessions do not keep the first leg" \
    gets 401 alice 'correct horse' "$(plain)"

# The session's cookie, which curl gets for a password sent by Basic.
with_cookie()
{
    asks "$1" "$(plain)" -b "$dir/jar" -c "$dir/jar" "${@:2}"
}
restart 'with sessions for connections' 'GssapiConnectionBound On' \
    'GssapiBasicAuth On' "${cookies[@]}"
ok "two legs log in" "${log_in[@]}" "$(plain)"
ok "without a cookie nobody is let in" with_cookie 401
ok "a login gives a cookie" \
    with_cookie '200 alice Basic/scram-sha-256' -u 'alice:correct horse'
ok "the cookie is the session" grep -q gssapi_session "$dir/jar"
ok "with it no password is needed" with_cookie '200 alice'
ok "when the user is disabled" "$gss_scram" user disable alice
ok "the cookie is good until it expires" with_cookie '200 alice'
ok "which a password is not" asks 401 "$(plain)" -u 'alice:correct horse'
ok "the user is enabled" "$gss_scram" user enable alice

restart 'with the mechanism named' 'GssapiConnectionBound On' \
    'GssapiAllowedMech 1.3.6.1.5.5.18'
ok "it logs in" "${log_in[@]}" "$(plain)"

restart 'with Kerberos alone' 'GssapiConnectionBound On' \
    'GssapiAllowedMech krb5'
ok "the mechanism is refused" gets 401 alice 'correct horse' "$(plain)"

restart 'for TLS alone' 'GssapiConnectionBound On' 'GssapiSSLonly On'
ok "HTTP is refused" gets 401 alice 'correct horse' "$(plain)"
ok "HTTPS is not" "${log_in[@]}" "$(secure)"

restart 'with a store of its own' 'GssapiConnectionBound On' \
    "GssapiCredStore scram_store:file:$dir/store/site"
ok "without that store nobody is let in" \
    gets 401 alice 'correct horse' "$(plain)"
ok "and the log tells why" log_says 'failed to get server creds'
carol()
{
    printf 'my own\n' | "$gss_scram" user add --password-stdin \
        --store "file:$dir/store/site" --iterations 4096 carol
}
ok "a user of that store alone" carol
ok "is let in" \
    gets '200 carol Negotiate/scram-sha-256' carol 'my own' "$(plain)"
ok "users of the account's store are not" \
    gets 401 alice 'correct horse' "$(plain)"

restart 'with a misspelt key' 'GssapiConnectionBound On' \
    "GssapiCredStore scram_sotre:file:$dir/store/site"
ok "the account's users are not let in for others" \
    gets 401 alice 'correct horse' "$(plain)"
ok "and the log tells that there is no credential" \
    log_says 'failed to get server creds'

restart 'with local names' 'GssapiConnectionBound On' 'GssapiLocalName On'
ok "nobody is a local account" gets 401 alice 'correct horse' "$(plain)"
ok "the log says who" log_says 'gss_localname() failed'
configure_with "store = $store" 'local_accounts = same_name'
ok "a user with an account's name" add_user nobody 'of no account'
ok "is that account, once the configuration says so" \
    gets '200 nobody Negotiate/scram-sha-256' nobody 'of no account' "$(plain)"
ok "a user with nobody's name" add_user gss-scram-test 'correct horse'
ok "is not let in" \
    gets 401 gss-scram-test 'correct horse' "$(plain)"

group=scram-group
ok "alice is in two groups" "$gss_scram" user change alice --groups web,staff
restart 'with groups for the application' 'GssapiConnectionBound On' \
    "GssapiNameAttributes SCRAM_GROUP $group" \
    'Header always set X-User "expr=%{reqenv:SCRAM_GROUP}/%{reqenv:SCRAM_GROUP_1},%{reqenv:SCRAM_GROUP_2}"'
ok "it has both of them" \
    gets '200 web/web,staff Negotiate/scram-sha-256' \
    alice 'correct horse' "$(plain)"
restart 'for a group' 'GssapiConnectionBound On' \
    "GssapiRequiredNameAttributes $group=staff"
ok "who is in it is let in" "${log_in[@]}" "$(plain)"
ok "who is taken out of it" "$gss_scram" user change alice --groups web
ok "is not" gets 403 alice 'correct horse' "$(plain)"

ok "Apache stops" stop_server
finish
