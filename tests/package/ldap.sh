#!/bin/bash
# What tests/package/debian.sh does inside the fresh Debian, as its root, after
# that: doc/ldap.md, from an empty slapd to an Apache that is protected, by the
# commands that stand there.
#
#     package=FILE ldap_package=FILE page=FILE tests/package/ldap.sh FOLDER
. "$(dirname "$0")/lib.sh"
admin_password='of the admin'

# commands HEADING NUMBER: the page's, in that block below that heading, with
# what a person would have answered.
commands()
{
    awk -v heading="$1" -v number="$2" '
        /^#/ { below = index($0, heading) == 1; blocks = 0 }
        /^```/ { inside = !inside; blocks += inside; next }
        below && inside && blocks == number { print; found = 1 }
        END { exit !found }' "$page" |
        sed -e "s/ -W / -w '$admin_password' /" -e '/^apt /d' \
            -e 's/^gss-scram user add .*/& --password-stdin <<<sesame/' \
            -e 's/^gss-scram login .*/& --password-stdin <<<sesame/'
}

# follow SENTENCE HEADING NUMBER: run them, in one shell that ends with the
# first that fails.
follow()
{
    commands "$2" "$3" >"$root/tmp/commands"
    expect "$1" "${inside[@]}" bash -e /tmp/commands
}

stop()
{
    "${inside[@]}" systemctl stop apache2 slapd
}

cat >"$root/usr/local/bin/systemctl" <<'END'
#!/bin/bash
# In the place of systemd's, which is not here.
verb=$1
shift
is_there()
{
    [ -e "$1" ] && kill -0 "$(cat "$1")" 2>/dev/null
}
end()
{
    is_there "$1" || return 0
    kill "$(cat "$1")"
    while is_there "$1"; do
        sleep 0.1
    done
}
for service; do
    case $service in
    slapd) file=/run/slapd/slapd.pid ;;
    apache2) file=/run/apache2/apache2.pid ;;
    esac
    [ "$verb" = start ] || end $file
    [ "$verb" = stop ] && continue
    case $service in
    slapd)
        install -d -o openldap -g openldap /run/slapd
        slapd -h 'ldap:/// ldapi:///' -u openldap -g openldap \
            -F /etc/ldap/slapd.d
        ;;
    apache2) apachectl -k start ;;
    esac
done
END
chmod 755 "$root/usr/local/bin/systemctl"
trap stop EXIT

cp "$package" "$root/tmp/package.deb"
cp "$ldap_package" "$root/tmp/ldap.deb"
expect "it installs" "${inside[@]}" dpkg -i /tmp/package.deb
expect "without the package for directories that is said" eval '
    "${inside[@]}" gss-scram user list --store ldapi:/// 2>&1 |
        grep -q "on Debian it is in the package gss-scram-ldap$"'
expect "it installs too" "${inside[@]}" dpkg -i /tmp/ldap.deb
expect "then slapd is missing" eval '
    "${inside[@]}" gss-scram user list --store ldapi:/// 2>&1 |
        grep -q "LDAP server"'

echo '127.0.0.1 localhost ldap.example.org' >"$root/etc/hosts"
"${inside[@]}" debconf-set-selections <<END
slapd slapd/domain string example.org
slapd shared/organization string example.org
slapd slapd/password1 password $admin_password
slapd slapd/password2 password $admin_password
END
expect "slapd is configured" "${inside[@]}" DEBIAN_FRONTEND=noninteractive \
    dpkg-reconfigure slapd
expect "it starts" "${inside[@]}" systemctl start slapd
follow "it takes the schema and the rules" '### 2.' 1
follow "there are entries" '### 3.' 1
follow "those who bind have passwords" '### 3.' 2
follow "there is TLS" '### 4.' 1
follow "and a configuration" '### 5.' 1
follow "alice is added, and the doctor finds that all is well" '### 6.' 1
follow "Apache is configured, and starts" '### 7.' 1
follow "alice gets the page" '### 7.' 2 >"$root/tmp/page"
expect "which is for users" grep -qx 'only for users' "$root/tmp/page"
follow "the servers bind by the socket" '## Without' 1
"${inside[@]}" systemctl restart apache2
follow "alice gets the page again" '### 7.' 2 >"$root/tmp/page"
expect "which is for users" grep -qx 'only for users' "$root/tmp/page"
