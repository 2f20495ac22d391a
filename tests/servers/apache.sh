# shellcheck shell=bash
#
# Apache httpd with mod_auth_gssapi, and curl.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

apache_modules=/usr/lib/apache2/modules

need_apache()
{
    need apache2-bin command -v apache2
    need libapache2-mod-auth-gssapi test -f $apache_modules/mod_auth_gssapi.so
    need python3-gssapi /usr/bin/python3 -c "import gssapi"
    need curl command -v curl
    need openssl command -v openssl
}

# What is the same whatever a test is about. A page's header tells who asked
# for it.
write_apache_configuration()
{
    local module
    {
        echo "ServerRoot $dir"
        echo "ServerName localhost"
        echo "PidFile $dir/httpd.pid"
        echo "DefaultRuntimeDir $dir"
        echo "Mutex file:$dir"
        # A client of a busy machine may be a while at its second message.
        echo "KeepAliveTimeout 60"
        echo "ErrorLog $error_log"
        echo "LogLevel info auth_gssapi:debug"
        # which client got which answer on which connection
        echo "CustomLog $access_log \"%{User-Agent}i %>s %{remote}p\""
        [ "$(id -u)" != 0 ] || printf '%s\n' "User $worker" "Group $worker"
        for module in "mpm_$mpm" auth_gssapi authn_core authz_core authz_user \
            env headers ssl session session_cookie request "$@"; do
            echo "LoadModule ${module}_module $apache_modules/mod_$module.so"
        done
        echo "Listen 127.0.0.1:$port"
        echo "Listen 127.0.0.1:$tls_port"
        cat <<-END
	DocumentRoot $dir/www
	Header always set X-User expr=%{REMOTE_USER}
	Header always set X-Name expr=%{reqenv:GSS_NAME}
	Header always set X-Mech expr=%{reqenv:GSS_MECH}
	<VirtualHost 127.0.0.1:$port>
	</VirtualHost>
	StartServers 4
	MaxRequestWorkers 100
	<IfModule mpm_prefork_module>
	    StartServers 16
	</IfModule>
	<VirtualHost 127.0.0.1:$tls_port>
	    SSLEngine on
	    SSLCertificateFile $dir/certificate.pem
	    SSLCertificateKeyFile $dir/key.pem
	</VirtualHost>
	END
        cat "$dir/site.conf"
    } >"$dir/httpd.conf"
}

# set_up_apache: a page, a certificate, the users, and nothing running yet.
set_up_apache()
{
    need_apache
    set_up_server apache
    server_out=$dir/server.out
    error_log=$dir/error.log
    access_log=$dir/access.log
    mkdir "$dir/www"
    echo 'the page' >"$dir/www/page"
    openssl req -x509 -newkey rsa:2048 -noenc -subj /CN=localhost \
        -addext subjectAltName=DNS:localhost -days 2 \
        -keyout "$dir/key.pem" -out "$dir/certificate.pem" 2>/dev/null
    chmod 600 "$dir/key.pem"
    add_user alice 'correct horse' && add_user bob 'battery staple'
    protect
}

apache_listens_or_is_gone()
{
    grep -q 'AH00094: Command line' "$error_log" 2>/dev/null || server_is_gone
}

# start_apache MPM [MODULE...]: start it, with what is in $dir/site.conf, and
# wait until it listens; fail if it ends instead.
start_apache()
{
    mpm=$1
    shift
    more_modules=("$@")
    on_free_port start_apache_there \
        grep -q 'AH00072: make_sock' "$server_out" "$error_log"
}
start_apache_there()
{
    tls_port=$((port + 1))
    : >"$error_log"
    : >"$access_log"
    write_apache_configuration "${more_modules[@]}"
    serve apache2 -d "$dir" -f "$dir/httpd.conf" -DFOREGROUND
    until_true apache_listens_or_is_gone
}

# protect [DIRECTIVE...]: what stands in the page's <Location>, beside what is
# always there; for the next start_apache.
protect()
{
    printf '%s\n' '<Location />' 'AuthType GSSAPI' 'AuthName "The page"' \
        'Require valid-user' 'GssapiPublishMech On' "$@" '</Location>' \
        >"$dir/site.conf"
}

# Where the page is.
plain()
{
    echo "http://localhost:$port/page"
}
secure()
{
    echo "https://localhost:$tls_port/page"
}

# What a client printed, without what stands for an empty header.
trim()
{
    tr -d '\r' | sed 's/ *$//'
}

# browse USER PASSWORD URL [HOW]: ask for a page by Negotiate; print what the
# last answer was, its status, the user and the mechanism. It is curl that asks,
# with a credential that a file has for the site, and negotiate.py where the
# exchange is to go in a way that curl's does not, or curl cannot be.
browse()
{
    local file
    if [ $# = 3 ] && [ ${#stock[@]} = 1 ]; then
        file=$(mktemp "$dir/credentials.XXXXXX")
        printf '[HTTP@localhost]\n    user = "%s"\n    password = "%s"\n' \
            "$1" "$2" >"$file"
        GSS_SCRAM_CREDENTIALS=$file ask "$3" --negotiate -u :
    else
        printf '%s\n' "$2" | "${stock[@]}" "AGENT=$agent" timeout 60 \
            "$test_source/tests/servers/negotiate.py" "$3" "$1" ${4+"$4"} \
            2>>"$dir/client.err" | tail -n 1 | trim
    fi
}

# Each client has a name of its own, by which the server's log knows it.
agent=0
next_agent()
{
    agent=$((agent + 1))
}

# gets ANSWER USER PASSWORD URL [HOW]: the last answer is this one.
gets()
{
    local expected=$1
    shift
    next_agent
    answer=$(browse "$@")
    [ "$answer" = "$expected" ]
}

# ask URL [OPTION...]: ask for a page with curl; print the same. curl never ends
# its first setlocale with a sanitizer's runtime loaded before it, so it does
# without, and without the mechanism where that needs the runtime.
ask()
{
    local url=$1 plain_curl=(timeout 60)
    shift
    [ ${#stock[@]} = 1 ] || plain_curl+=(env GSS_MECH_CONFIG=/dev/null)
    "${plain_curl[@]}" curl -s -A "$agent" -o /dev/null \
        --cacert "$dir/certificate.pem" \
        -w '%{http_code} %header{x-user} %header{x-mech}' "$@" "$url" | trim
}
asks()
{
    local expected=$1
    shift
    next_agent
    answer=$(ask "$@")
    [ "$answer" = "$expected" ]
}

# connection_had STATUS...: these were the answers to the last client, all on
# one connection. A line is written after an answer is, so wait for it.
agent_has_lines()
{
    [ "$(grep -c "^$agent " "$access_log")" -ge "$1" ]
}
connection_had()
{
    until_true agent_has_lines $#
    [ "$(sed -n "s/^$agent \(.*\) .*/\1/p" "$access_log" | xargs)" = "$*" ] &&
        [ "$(grep "^$agent " "$access_log" | cut -d' ' -f3 | sort -u |
            wc -l)" = 1 ]
}

# The error log says, somewhere since the server was started.
log_says()
{
    until_true grep -qF -- "$1" "$error_log"
}

explain_failure()
{
    echo "# the last answer was: ${answer-}"
    last_lines 30 "$dir/client.err" "$server_out" "$access_log" "$error_log"
}
