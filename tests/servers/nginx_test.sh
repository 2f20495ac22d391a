#!/bin/bash
# nginx with the helper of examples/nginx lets in who knows a password, and
# nobody else.
. "$(dirname "$0")/lib.sh"
need nginx test -x /usr/sbin/nginx
need curl command -v curl
need python3-gssapi /usr/bin/python3 -c 'import gssapi'
need openssl command -v openssl
set_up_server nginx
server_out=$dir/server.out
error_log=$dir/error.log
example=$test_source/examples/nginx

# The example's files, with the paths of this test, and headers that say whose
# page it was and over which connection.
mkdir -p "$dir/www/private"
echo 'the page' >"$dir/www/private/page"
# shellcheck disable=SC2016 # nginx's dollars, not the shell's
sed -e "s|/run/gss-scram-nginx/socket|$dir/helper|" \
    -e '/add_header/a\    add_header X-User $gss_user;' \
    -e '/add_header/a\    add_header X-Connection $pid.$connection always;' \
    "$example/gss-scram.conf" >"$dir/gss-scram.conf"
openssl req -x509 -newkey rsa:2048 -noenc -subj /CN=localhost -days 2 \
    -addext subjectAltName=DNS:localhost -keyout "$dir/key.pem" \
    -out "$dir/certificate.pem" 2>/dev/null
add_user alice 'correct horse' >/dev/null
add_user bob 'battery staple' >/dev/null

helper_pid=
start_helper()
{
    : >"$dir/helper.out"
    "${as_worker[@]}" /usr/bin/python3 -B "$example/negotiate_helper.py" \
        "$dir/helper" >"$dir/helper.out" 2>&1 </dev/null &
    helper_pid=$!
    until_true helper_serves_or_is_gone
    kill -0 "$helper_pid" 2>/dev/null
}
helper_serves_or_is_gone()
{
    grep -q '^serves' "$dir/helper.out" || ! kill -0 "$helper_pid" 2>/dev/null
}
stop_helper()
{
    [ -n "$helper_pid" ] || return 0
    kill "$helper_pid" && wait "$helper_pid"
    helper_pid=
}
trap 'stop_server; stop_helper; stop_broker; rm -rf "$dir"' EXIT

write_configuration()
{
    [ "$(id -u)" != 0 ] || echo "user $worker;"
    cat <<-END
	daemon off;
	worker_processes 2;
	pid $dir/nginx.pid;
	error_log $error_log info;
	events {
	}
	http {
	    access_log off;
	    keepalive_timeout 60;
	    client_body_temp_path $dir/body;
	    proxy_temp_path $dir/proxy;
	    fastcgi_temp_path $dir/fastcgi;
	    uwsgi_temp_path $dir/uwsgi;
	    scgi_temp_path $dir/scgi;
	    server {
	        listen 127.0.0.1:$port;
	        listen 127.0.0.1:$((port + 1)) ssl;
	        server_name localhost;
	        ssl_certificate $dir/certificate.pem;
	        ssl_certificate_key $dir/key.pem;
	        root $dir/www;
	        include $dir/gss-scram.conf;
	    }
	}
	END
}
nginx_serves_or_is_gone()
{
    grep -q 'start worker process [0-9]*$' "$error_log" || server_is_gone
}
start_nginx()
{
    on_free_port start_nginx_there grep -q 'Address already in use' "$error_log"
}
start_nginx_there()
{
    write_configuration >"$dir/nginx.conf"
    : >"$error_log"
    nginx -p "$dir" -c "$dir/nginx.conf" -e "$error_log" \
        >"$server_out" 2>&1 </dev/null &
    server_pid=$!
    until_true nginx_serves_or_is_gone
}

write_credentials()
{
    printf '[HTTP@localhost]\n    user = "%s"\n    password = "%s"\n' \
        "$1" "$2" >"$dir/credentials"
    chmod 600 "$dir/credentials"
}
# browse USER PASSWORD URL [HOW]: the last answer's status, and whose page it is.
browse()
{
    if [ $# = 3 ]; then
        write_credentials "$1" "$2"
        GSS_SCRAM_CREDENTIALS=$dir/credentials timeout 60 curl -s -o "$dir/page" \
            --cacert "$dir/certificate.pem" --negotiate -u : \
            -w '%{http_code} %header{x-user} %{num_connects}' "$3"
    else
        printf '%s\n' "$2" | timeout 60 \
            "$test_source/tests/servers/negotiate.py" "$3" "$1" "$4" 2>&1 |
            tail -n 1 | sed 's/ *$//'
    fi
}
gets()
{
    local expected=$1
    shift
    answer=$(browse "$@")
    [ "$answer" = "$expected" ]
}
clients_are_kept_apart()
{
    timeout 60 /usr/bin/python3 -B \
        "$test_source/tests/servers/nginx_clients.py" "$1" \
        "$example/negotiate_helper.py" alice 'correct horse' \
        bob 'battery staple' >"$dir/clients.out" 2>&1
}
explain_failure()
{
    echo "#     ${answer-}"
    tail -n 20 "$dir/page" "$dir/clients.out" "$dir/helper.out" "$error_log" 2>/dev/null |
        sed 's/^/#     /'
}

ok "the helper starts" start_helper
ok "so does nginx" start_nginx
plain=http://localhost:$port/private/page
secure=https://localhost:$((port + 1))/private/page
for url in "$plain" "$secure"; do
    scheme=${url%%:*}
    ok "$scheme: alice gets the page over one connection" \
        gets '200 alice 1' alice 'correct horse' "$url"
    ok "$scheme: it is the page" grep -qx 'the page' "$dir/page"
    ok "$scheme: a wrong password gets nothing" \
        gets '401  1' alice wrong "$url"
    ok "$scheme: nor does an unknown user" gets '401  1' mallory wrong "$url"
    ok "$scheme: nor is the page there for anybody" \
        not grep -q 'the page' "$dir/page"
    ok "$scheme: a login does not change its connection" \
        gets 401 alice 'correct horse' "$url" hop
    ok "$scheme: clients are kept apart" clients_are_kept_apart "$url"
done
# surf USER PASSWORD: Chromium's page goes to $dir/page.
surf()
{
    write_credentials "$1" "$2"
    HOME=$dir GSS_SCRAM_CREDENTIALS=$dir/credentials timeout 120 chromium \
        --headless=new --no-sandbox --disable-gpu --no-first-run \
        --user-data-dir="$dir/chromium" --ignore-certificate-errors \
        --auth-server-allowlist=localhost --dump-dom "$secure" \
        >"$dir/page" 2>"$dir/clients.out" </dev/null
}
shows_the_page()
{
    surf "$@" && grep -q 'the page' "$dir/page"
}
if command -v chromium >/dev/null; then
    # When a site asks for the library first, Chromium has a network service
    # that may not load it, and has another the next time.
    surf alice 'correct horse'
    ok "Chromium shows alice the page" shows_the_page alice 'correct horse'
    ok "and not to a wrong password" not shows_the_page alice wrong
fi
ok "the log says why" \
    grep -q 'unknown or disabled, or the password is wrong' "$dir/helper.out"
ok "the helper's socket is for its account and its group" \
    [ "$(stat -c %a "$dir/helper")" = 660 ]
stop_helper
ok "without the helper there is no page" \
    gets '500  1' alice 'correct horse' "$plain"
ok "nginx stops" stop_server
finish
