#!/bin/bash
# What the programs and the module do with files, whatever it is for: a file
# that takes another's place is on disk before it does, and its folder after;
# and no descriptor is for a program that is executed. calls.c, which is loaded
# before them, writes down what they call.
# shellcheck source=tests/tools/lib.sh
. "$(dirname "$0")/lib.sh"

log=$dir/calls
watched=(env "LD_PRELOAD=$GSS_SCRAM_BUILD/tests/tools/.libs/calls.so"
    "CALLS_LOG=$log")

touch "$log"

# watch COMMAND...: its calls are in $log then, and no others.
watch()
{
    : >"$log"
    "${watched[@]}" "$@" >"$dir/out" 2>"$dir/err" </dev/null
    code=$?
}

# watch_with PASSWORD WORD...: the command, which reads it.
watch_with()
{
    local password=$1
    shift
    : >"$log"
    "${watched[@]}" "$command" "$@" --password-stdin >"$dir/out" \
        2>"$dir/err" <<<"$password"
    code=$?
}

# Whether each name that a file got it got once what was written to the file
# was synced, and the name's folder was synced behind it, before another; and
# that these files got one.
are_replaced()
{
    awk -v wanted="$*" '
        function folder(path) {
            sub(/\/[^\/]*$/, "", path)
            return path
        }
        $3 == "write" { dirty[$4] = 1; synced[$4] = 0 }
        $3 == "sync" { dirty[$4] = 0; synced[$4] = 1; waits[$4] = "" }
        $3 == "name" {
            if (dirty[$4] || !synced[$4]) {
                print "# " $5 " was not on disk before it had that name"
                bad = 1
            }
            if (waits[folder($5)] != "") {
                print "# nor was the name " waits[folder($5)] " before the next"
                bad = 1
            }
            waits[folder($5)] = $5
            got[$5] = 1
        }
        END {
            for (path in waits)
                if (waits[path] != "") {
                    print "# the name " waits[path] " is not on disk"
                    bad = 1
                }
            count = split(wanted, files)
            for (i = 1; i <= count; i++)
                if (!got[files[i]]) {
                    print "# nothing took the place of " files[i]
                    bad = 1
                }
            exit bad
        }' "$log"
}

# Whether ours keep no descriptor for another program; and that they had some.
# A daemon opens /dev/null until it has the standard ones, which are for anybody,
# and closes what is one too many before it has a thread.
none_is_kept()
{
    awk '
        $2 !~ /^(lt-)?(gss-scram|gss-scramd|gss-scram-agent|gss_scram\.so)$/ {
            next
        }
        $3 == "kept" && $5 != "/dev/null" { print "# " $0; bad = 1 }
        $3 == "made" { count++ }
        END { exit bad || count == 0 }' "$log"
}

explain_failure()
{
    echo "# the last exit code was $code; these are the last calls:"
    tail -n 40 "$log" | sed 's/^/#     /'
    sed 's/^/#     /' "$dir/err"
}

# The file of users
users()
{
    watch_with "$1" "${@:2}"
    ok "\"${*:2}\" writes the users' file, and then its name" exits 0
    ok "and it is on disk in that order" are_replaced "$dir/users"
    ok "and no descriptor is kept" none_is_kept
}
users 'open sesame' user add alice --iterations 4096
users swordfish user add bob --iterations 4096
users swordfish user passwd alice --iterations 4096
watch "$command" user disable alice
ok "a user who is disabled is so on disk" are_replaced "$dir/users"
watch "$command" user remove bob
ok "and one who is removed" are_replaced "$dir/users"
ok "and no descriptor is kept" none_is_kept
"$command" user enable alice >"$dir/out"
"$command" user export --format postgresql >"$dir/exported"
watch_with swordfish user passwd alice --iterations 5000
watch "$command" user import --replace --format postgresql "$dir/exported"
ok "what is imported is on disk in that order" are_replaced "$dir/users"
ok "and no descriptor is kept" none_is_kept
watch_with swordfish user add carol --iterations 4096
watch "$command" user list
ok "who only reads writes nothing" not grep -qE ' (write|name) ' "$log"

# A credentials file
unset GSS_SCRAM_CREDENTIALS
export HOME=$dir/home XDG_CONFIG_HOME=$dir/home/.config
mkdir "$HOME"
file=$XDG_CONFIG_HOME/gss-scram/credentials
watch_with swordfish login --save carol --any-server
ok "a password that is saved is on disk" are_replaced "$file"
ok "and no descriptor is kept" none_is_kept
watch_with hunter2 login --save carol --any-server
ok "and so is another one" are_replaced "$file"
watch "$command" logout --all
ok "and that there is none" are_replaced "$file"
ok "and no descriptor is kept" none_is_kept

# gss-scramd: the seal's keys, its store, and each of its connections
gss_scram=$command
store=lmdb:$dir/broker.mdb
mkdir -m 700 "$dir/state"
printf '%s\n' '[scram]' "store = $store" "broker = $dir/broker" '[broker]' \
    "admin = $dir/broker-admin" "state = $dir/state" \
    "account = $broker_account" "group = $(id -gn)" >"$dir/scram.conf"
: >"$log"
broker_starter=("${watched[@]}")
start_broker
add_user dora 'open sesame' >"$dir/out"
"$command" doctor >"$dir/out" 2>"$dir/err"
ok "gss-scramd stops" stop_broker
ok "its keys and its store are on disk before they have their names" \
    are_replaced "$dir/state/seal-keys" "$dir/broker.mdb"
ok "and no descriptor is kept" none_is_kept
ok "it had connections" grep -q ' gss-scramd made accept4 ' "$log"

# gss-scram-agent, with which the command talks
: >"$log"
agent_starter=("${watched[@]}")
start_agent
watch_agent()
{
    "${watched[@]}" "$command" "$@" >"$dir/out" 2>"$dir/err" <<<swordfish
    code=$?
}
watch_agent login carol --any-server --password-stdin
ok "gss-scram-agent has a password" exits 0
watch_agent login --list
ok "and says so" exits 0
watch_agent logout --all
ok "gss-scram-agent stops" stop_agent
ok "and no descriptor is kept" none_is_kept
ok "it had connections" grep -q ' gss-scram-agent made accept4 ' "$log"

# The module, in a program that logs in, with the file and with gss-scramd
for broker in '' yes; do
    watch env ${broker:+GSS_SCRAM_TEST_BROKER=$broker} \
        "$GSS_SCRAM_BUILD/tests/gss/exchange_test"
    ok "users log in${broker:+ by gss-scramd}" exits 0
    ok "and the module keeps no descriptor" none_is_kept
    ok "of which it had some" grep -q \
        " gss_scram.so made ${broker:+socket}" "$log"
done

finish
