#!/bin/bash
# Apache with mod_auth_gssapi lets in who knows a password, and nobody else.
. "$(dirname "$0")/apache.sh"
set_up_apache
protect 'GssapiConnectionBound On'

# Forty clients at once, of whom every eighth has the wrong password.
client_number()
{
    local password='battery staple' expected='200 bob Negotiate/scram-sha-256'
    if [ $(($1 % 8)) = 0 ]; then
        password=wrong expected=401
    fi
    gets "$expected" bob "$password" "$(plain)"
}

refused='The user is unknown or disabled, or the password is wrong'
try_everything()
{
    local mpm=$1 alice='200 alice Negotiate/scram-sha-256'
    ok "$mpm: Apache starts" start_apache "$mpm"
    ok "$mpm: who says nothing is told to negotiate" asks 401 "$(plain)"
    ok "$mpm: alice gets the page, as alice" \
        gets "$alice" alice 'correct horse' "$(plain)"
    ok "$mpm: it takes one connection" connection_had 401 200
    ok "$mpm: alice gets it by HTTPS" \
        gets "$alice" alice 'correct horse' "$(secure)"
    ok "$mpm: that takes one connection too" connection_had 401 200
    ok "$mpm: a wrong password gets nothing" \
        gets 401 alice wrong "$(plain)"
    ok "$mpm: and ends with the refusal" connection_had 401 401
    ok "$mpm: the log says why" log_says "$refused"
    ok "$mpm: an unknown user gets nothing" \
        gets 401 mallory wrong "$(plain)"
    ok "$mpm: and ends with the refusal" connection_had 401 401
    ok "$mpm: so does a wrong password by HTTPS" \
        gets 401 alice wrong "$(secure)"
    ok "$mpm: and ends with the refusal" connection_had 401 401
    ok "$mpm: who has no credential gets nothing" \
        asks 401 "$(plain)" --negotiate -u :
    ok "$mpm: and asks once" connection_had 401
    if [ ${#stock[@]} = 1 ]; then
        ok "$mpm: the agent has alice's login" \
            hand_over alice 'correct horse' --server HTTP@localhost
        ok "$mpm: with which curl gets the page" \
            asks "$alice" "$(plain)" --negotiate -u :
        ok "$mpm: it takes one connection" connection_had 401 200
        ok "$mpm: by HTTPS too" asks "$alice" "$(secure)" --negotiate -u :
        ok "$mpm: the agent forgets it" agent_forgets
        ok "$mpm: and curl gets nothing" asks 401 "$(plain)" --negotiate -u :
    fi
    ok "$mpm: forty at once get what they should" \
        at_once 40 client_number
    ok "$mpm: Apache stops" stop_server
}

ok "an agent starts" start_agent
try_everything event
try_everything prefork
ok "the agent stops" stop_agent
finish
