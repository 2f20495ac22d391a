# shellcheck shell=bash
#
# What the tests with Cyrus SASL share: folders of plugins. SASL_PATH names one,
# as an administrator's would, since of two plugins that know SCRAM-SHA-256
# Cyrus SASL asks its own.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

sasl_plugins=$(pkg-config --variable=libdir libsasl2)/sasl2
need libsasl2-dev test -n "$sasl_plugins"
need libsasl2-modules-gssapi-mit test -e "$sasl_plugins/libgs2.so"
need libsasl2-modules test -e "$sasl_plugins/libscram.so"

# plugins NAME PLUGIN...: a folder of plugins in $dir.
plugins()
{
    local folder=$dir/$1 plugin
    shift
    mkdir "$folder"
    for plugin; do
        ln -s "$sasl_plugins/lib$plugin.so" "$folder/"
    done
}

# set_up_sasl NAME [ACCOUNT]: set up a server, with a folder for this mechanism
# and one for Cyrus SASL's.
set_up_sasl()
{
    set_up_server "$@"
    plugins gs2 gs2 gssapiv2 sasldb
    plugins native scram sasldb
}
