#!/bin/bash
# With GssapiBasicAuth a browser that knows no Negotiate sends the password, and
# httpd logs in to itself with it.
. "$(dirname "$0")/apache.sh"
set_up_apache

# basic ANSWER PASSWORD [URL]: alice's browser gets that answer.
basic()
{
    asks "$1" "${3-$(plain)}" --basic -u "alice:$2"
}
challenges()
{
    ask "$(plain)" -D "$dir/head"
    tr -d '\r' <"$dir/head" |
        grep -qix 'WWW-Authenticate: Basic realm="The page"'
}

try_basic()
{
    local alice='200 alice Basic/scram-sha-256'
    ok "$1: Apache starts" start_apache "$mpm"
    ok "$1: the challenge offers Basic" challenges
    ok "$1: the right password gets the page" basic "$alice" 'correct horse'
    ok "$1: by HTTPS too" basic "$alice" 'correct horse' "$(secure)"
    ok "$1: a wrong one gets nothing" basic 401 wrong
    ok "$1: and asks once" connection_had 401
    ok "$1: the log says why" log_says 'or the password is wrong'
    ok "$1: an empty one gets nothing" basic 401 ''
    ok "$1: Negotiate is still there" gets \
        '200 alice Negotiate/scram-sha-256' alice 'correct horse' "$(plain)"
    ok "$1: Apache stops" stop_server
}

for mpm in event prefork; do
    protect 'GssapiBasicAuth On' 'GssapiConnectionBound On'
    try_basic "$mpm, any mechanism"
    protect 'GssapiBasicAuth On' 'GssapiConnectionBound On' \
        'GssapiBasicAuthMech 1.3.6.1.5.5.18' 'GssapiAllowedMech 1.3.6.1.5.5.18'
    try_basic "$mpm, SCRAM-SHA-256 alone"
done
protect 'GssapiBasicAuth On' 'GssapiAcceptorName HTTP@www.example.com' \
    'GssapiConnectionBound On'
mpm=event
try_basic "under another host's name"
finish
