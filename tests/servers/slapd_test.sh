#!/bin/bash
# OpenLDAP's slapd takes binds by SCRAM from ldapwhoami, with and without TLS.
# Users get their entries by the mapping that stands in doc/openldap.md.
. "$(dirname "$0")/slapd.sh"
set_up_slapd slapd "$(lines_of doc/openldap.md authz-regexp)"

# The same, bound to the channel.
log_in_bound()
{
    LDAPSASL_CBINDING=tls-endpoint log_in "$@"
}
log_in_by_itself_bound()
{
    LDAPSASL_CBINDING=tls-endpoint log_in_by_itself "$@"
}

# An agent that has what credential writes.
has_agent()
{
    start_agent &&
        hand_over alice wonderland --server 'ldap@*' --any-server
}

# Forty clients at once, of whom every eighth has the wrong password.
one_of_many()
{
    local client_out=$dir/client.$1
    if [ $(($1 % 8)) = 0 ]; then
        refuses 49 log_in alice wrong -Y SCRAM-SHA-256 -H "$plain"
    else
        is "$alice" log_in alice wonderland -Y SCRAM-SHA-256 -H "$plain"
    fi
}

add_user alice wonderland >/dev/null
add_user 'smith, john' 'a=b' >/dev/null
scram=(-Y SCRAM-SHA-256)
plus=(-Y SCRAM-SHA-256-PLUS)

ok "slapd starts" start_slapd
ok "it offers SCRAM-SHA-256" offers "$plain" SCRAM-SHA-256
ok "alice binds, as her entry" \
    is "$alice" log_in alice wonderland "${scram[@]}" -H "$plain"
ok "who has a comma in the name binds" \
    is 'uid=smith\2C john,ou=people,'"$base" \
    log_in 'smith, john' a=b "${scram[@]}" -H "$plain"
ok "a wrong password is refused" \
    refuses 49 log_in alice wrong "${scram[@]}" -H "$plain"
ok "the log says why" slapd_says \
    'The user is unknown or disabled, or the password is wrong'
grep -v '^ldap_sasl' "$client_out" >"$dir/wrong"
ok "an unknown user is refused" \
    refuses 49 log_in mallory wrong "${scram[@]}" -H "$plain"
ok "in the same words" eval \
    'grep -v ^ldap_sasl "$client_out" | cmp - "$dir/wrong"'
ok "alice may bind as carol" \
    is "$carol" log_in alice wonderland "${scram[@]}" -X u:carol -H "$plain"
ok "and not as dave" \
    refuses 50 log_in alice wonderland "${scram[@]}" -X u:dave -H "$plain"
if has_no_sanitizer; then
    credential wonderland
    ok "alice binds with this mechanism" \
        is "$alice" log_in_by_itself "${scram[@]}" -H "$plain"
    credential wrong
    ok "a wrong password is refused there too" \
        refuses 49 log_in_by_itself "${scram[@]}" -H "$plain"
    unset GSS_SCRAM_CREDENTIALS
    ok "an agent starts, and has a login for any LDAP server" has_agent
    ok "with which alice binds" \
        is "$alice" log_in_by_itself "${scram[@]}" -H "$plain"
    ok "and to the channel of TLS" \
        is "$alice" log_in_by_itself_bound "${plus[@]}" -H "$secure"
    ok "the agent stops" stop_agent
fi
add_user patient wonderland --iterations 65536 >/dev/null
add_user weary wonderland --iterations 65537 >/dev/null
ok "Cyrus SASL's own client takes as many iterations as doc/sasl.md says" \
    is "uid=patient,ou=people,$base" \
    log_in patient wonderland "${scram[@]}" -H "$plain"
ok "and no more" refuses 252 log_in weary wonderland "${scram[@]}" -H "$plain"
ok "and says so" client_says 'iteration-count is too big'
ok "forty at once bind or are refused as they should" \
    at_once 40 one_of_many

ok "without TLS there is no SCRAM-SHA-256-PLUS" \
    not offers "$plain" SCRAM-SHA-256-PLUS
ok "with TLS there is" offers "$secure" SCRAM-SHA-256-PLUS
ok "alice binds by TLS" \
    is "$alice" log_in alice wonderland "${scram[@]}" -H "$secure"
ok "alice binds to the channel of TLS" \
    is "$alice" log_in_bound alice wonderland "${plus[@]}" -H "$secure"
ok "alice binds to the channel after StartTLS" \
    is "$alice" log_in_bound alice wonderland "${plus[@]}" -ZZ -H "$plain"
if has_no_sanitizer; then
    credential wonderland
    ok "so she does with this mechanism" \
        is "$alice" log_in_by_itself_bound "${plus[@]}" -H "$secure"
fi
ok "a wrong password is refused by TLS too" \
    refuses 49 log_in_bound alice wrong "${plus[@]}" -H "$secure"
ok "slapd stops" stop_server

# Who answers past the deadline is a stranger, and slapd goes on.
late()
{
    python3 "$test_source/tests/servers/late_bind.py" "$port" "$1" 1 \
        >"$client_out" 2>&1
}
configure_with "store = $store" 'handshake_timeout = 1s'
ok "slapd starts, and gives clients a second" start_slapd
for mechanism in SCRAM-SHA-256 GSS-SPNEGO; do
    ok "it offers $mechanism" offers "$plain" $mechanism
    ok "a stranger whose answer by $mechanism is too late is refused" \
        late $mechanism
    ok "alice still binds" \
        is "$alice" log_in alice wonderland "${scram[@]}" -H "$plain"
done
ok "the log says why" slapd_says 'longer to answer than handshake_timeout'
ok "slapd stops" stop_server

configure_with "store = $store" \
    'require_channel_bindings = true'
ok "slapd starts, and is to insist on channel bindings" start_slapd
ok "alice binds to the channel" \
    is "$alice" log_in_bound alice wonderland "${plus[@]}" -H "$secure"
ok "alice is refused without a channel" \
    refuses 80 log_in alice wonderland "${scram[@]}" -H "$plain"
ok "alice is refused by TLS if not bound to it" \
    refuses 80 log_in alice wonderland "${scram[@]}" -H "$secure"
ok "the log says why" slapd_says 'channel bindings'
ok "slapd stops" stop_server

configure_with "store = ${store%/*}/none" "[accounts]" \
    "$worker = {" "store = $store" "}"
ok "slapd starts, with a store for its account" start_slapd
ok "alice binds" is "$alice" log_in alice wonderland "${scram[@]}" -H "$plain"
take_store_away
# Whether there is a store is looked at four times a second; in between it is the
# login that fails.
ok "without the store she does not" \
    not log_in alice wonderland "${scram[@]}" -H "$plain"
ok "and soon for want of a credential" until_true \
    refuses 80 log_in alice wonderland "${scram[@]}" -H "$plain"
ok "the log says why" slapd_says "$taken_away"
ok "and so does the answer, as doc/openldap.md warns" \
    client_says "$taken_away"
give_store_back
ok "once the store is back she binds again" until_true \
    is "$alice" log_in alice wonderland "${scram[@]}" -H "$plain"
ok "slapd stops" stop_server
finish
