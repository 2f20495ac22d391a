#!/bin/bash
# Users of gss-scramd's own store, by the same commands as any others, and
# "gss-scram broker".
# shellcheck source=tests/tools/lib.sh
. "$(dirname "$0")/lib.sh"

store=lmdb:$dir/users.mdb
cat >"$GSS_SCRAM_CONFIG" <<END
[scram]
    store = $store
[broker]
    admin = $dir/admin
    state = $dir/state
    account = $(id -un)
END
daemon=
holder=

# Start gss-scramd, and wait until it serves.
start()
{
    : >"$dir/said"
    "$GSS_SCRAM_BUILD/gss-scramd" --foreground --config "$GSS_SCRAM_CONFIG" \
        --socket "$dir/broker" 2>"$dir/said" &
    daemon=$!
    until grep -q serves "$dir/said"; do
        if ! kill -0 $daemon 2>/dev/null; then
            cat "$dir/said"
            exit 1
        fi
        sleep 0.05
    done
}
stop()
{
    kill $daemon && wait $daemon
}
# shellcheck disable=SC2064 # the folder as it is now
trap "kill \$daemon \$holder 2>/dev/null; wait; rm -rf '$dir'" EXIT

# What to start is another thing where systemd runs.
start_it='Start "gss-scramd --foreground" as root'
[ ! -e /run/systemd/system ] || start_it='Start it with "systemctl start'
run user list
ok "without gss-scramd it is said what to start" complains 3 "$start_it"
if [ ! -e /run/systemd/system ]; then
    ok "and how to do without" \
        complains 3 "broker = none and store = file:/"
fi

start
run user list
ok "there is no store before there is a user" complains 3 "there is no store"
run_with wonderland user add alice
ok "the first user makes it" says "added alice to $store (SCRAM-SHA-256, 4096 iterations)"
ok "its file is its owner's alone" [ "$(stat -c %a "$dir/users.mdb")" = 600 ]
run_with wonderland user add alice
ok "a user is added once" complains 1 "alice is in $store already"
if [ "$(id -u)" = 0 ]; then
    sed "s|^\[scram\]|&\n    broker = $dir/broker|" "$GSS_SCRAM_CONFIG" \
        >"$dir/asking.conf"
    GSS_SCRAM_CONFIG=$dir/asking.conf run doctor
    ok "the doctor tells root that there are users" \
        out_has_line "ok +there are users in it"
    run user disable alice
    GSS_SCRAM_CONFIG=$dir/asking.conf run doctor
    ok "and that there is none who may log in" out_has_line \
        "FAIL +$store has no user who may log in"
    run user enable alice
fi
run_with builder user add bob --mechanism SCRAM-SHA-256 --mechanism SCRAM-SHA-1
ok "with two mechanisms too" exits 0

run user show alice --keys
verifier=$(tail -1 "$dir/out")
salt=${verifier#*:}
run_with hatter user passwd alice
ok "a password is changed" exits 0
run user show alice --keys
ok "the salt stays where the count does" \
    [ "$(tail -1 "$dir/out" | sed 's/^[^:]*://; s/\$.*//')" = "${salt%%\$*}" ]
ok "and the keys do not" not out_has "$verifier"
run_with hatter user passwd alice --iterations 5000
run user show alice --keys
ok "another count has another salt" \
    [ "$(tail -1 "$dir/out" | sed 's/^[^:]*://; s/\$.*//')" != "${salt%%\$*}" ]
run user show alice
ok "keys are shown to who asks alone" not out_has 'SHA-256$'

run user disable bob
ok "a user is disabled" says "disabled bob in $store"
run user disable bob
ok "and that is said the next time" says "bob is disabled already in $store"
run_with builder2 user passwd bob
ok "a new password does not let in" out_has "the user is still disabled"
run user export --format postgresql
keys=$(grep '^alice|' "$dir/out")
ok "an export has the keys" [ "$(grep -c '^alice|SCRAM-SHA-256' "$dir/out")" = 1 ]
run user enable bob
ok "a user is enabled" says "enabled bob in $store"
run user export --format postgresql
ok "with the keys as they were" grep -qxF -- "$keys" "$dir/out"
run user list
ok "all are listed" [ "$(grep -c ' enabled$' "$dir/out")" = 2 ]

stop
start
run user list
ok "after a restart too" [ "$(grep -c ' enabled$' "$dir/out")" = 2 ]

# Many, in more than one message; some of them again, and some disabled.
for i in $(seq -w 1 2500); do
    printf 'user%s|%s\n' "$i" "${keys#*|}"
done >"$dir/many"
run user import --format postgresql "$dir/many"
ok "many are imported" grep -qF "2500 verifiers were put into $store" "$dir/out"
run user import --format postgresql "$dir/many"
ok "and left alone the second time" \
    grep -qF "2500 exist and were kept" "$dir/out"
run user disable user0007
run user import --format postgresql --replace "$dir/many"
ok "who is disabled remains so" grep -qF "1 of them is of users who are disabled" "$dir/out"
run user show user0007
ok "as is shown" out_has_line 'state +disabled'
run user import --format postgresql --replace --enable "$dir/many"
run user show user0007
ok "and is let in where that is asked for" out_has_line 'state +enabled'
run user list
ok "all of them are listed, each once" \
    [ "$(tail -n +2 "$dir/out" | cut -d' ' -f1 | sort -u | wc -l)" = 2502 ]

run user remove user0007
ok "a user is removed" says "removed user0007 from $store"
run user remove user0007
ok "once" complains 1 "there is no user user0007 in $store"

run broker status
ok "the status names the store" out_has "$store"
run broker who "$(id -un)"
ok "who runs it is served" says "$(id -un) is served from $store"
run broker who bin
ok "another account is not" complains 1 "bin is not served: "
run broker who no-such-account
ok "and one that there is not is said" complains 1 "there is no account"
run broker metrics
ok "the metrics are text" out_has "# TYPE gss_scram_logins counter"
ok "to their end" [ "$(tail -1 "$dir/out")" = "# EOF" ]
run broker reload
ok "the configuration is read" exits 0
echo '    nonsense = 1' >>"$GSS_SCRAM_CONFIG"
GSS_SCRAM_CONFIG=$dir/whole.conf
sed '$d' "$dir/scram.conf" >"$GSS_SCRAM_CONFIG"
run broker reload
ok "a mistake in it is said" complains 3 nonsense
GSS_SCRAM_CONFIG=$dir/scram.conf
sed -i '$d' "$GSS_SCRAM_CONFIG"

run user list --store "lmdb:$dir/other.mdb"
ok "a store that it does not serve is refused" complains 3 "broker reload"

# The users of a file are taken over.
file=file:$dir/users
run_with pleasance user add dave --store "$file"
run_with pleasance user add erin --store "$file"
run_with pleasance user add alice --store "$file"
run user disable erin --store "$file"
run user show dave --keys --store "$file"
verifier=$(tail -1 "$dir/out")
exec 7<"$dir/users"
sleep 1000 7<&7 &
holder=$!
exec 7<&-
run broker enable "$file"
ok "a file is taken over" out_has "2 verifiers were taken from $file into $store"
ok "those who are there stay" out_has "1 exist already and were kept"
ok "who has the file open is named" out_has "process $holder (sleep) has $dir/users open"
kill $holder
wait $holder 2>/dev/null
run user show dave --keys
ok "with their verifiers" out_has "$verifier"
run user show erin
ok "and disabled where they were" out_has_line 'state +disabled'
run user show alice --keys
ok "and others as they were" [ "$(tail -1 "$dir/out")" = "${keys#*|}" ]
run broker enable "$file" --store "$file"
ok "a file is no place to take them to" complains 1 "is not gss-scramd's own store"

# What the doctor finds, as an account that may ask and as one that may not.
run doctor
ok "without a broker servers have no part in the store" \
    out_has "/gss-scram/broker in $GSS_SCRAM_CONFIG"
sed -i "s|^\\[scram\\]|&\n    broker = $dir/broker|" "$GSS_SCRAM_CONFIG"
run broker reload
run doctor
ok "with one gss-scramd answers" out_has_line \
    "ok +gss-scramd answers this account at $dir/broker.*"
if [ "$(id -u)" = 0 ] && getent passwd daemon >/dev/null; then
    chmod 755 "$dir"
    chmod 644 "$GSS_SCRAM_CONFIG"
    run doctor --account daemon
    ok "another account is not entitled, and told how to be" out_has_line \
        "      fix: .*\"usermod --append --groups gss-scram daemon\".*"
    chmod 644 "$dir/users.mdb"
    run doctor
    ok "a file that others can read is found" out_has_line \
        "FAIL +$dir/users.mdb, which has verifiers, can be read by other.*"
    chmod 600 "$dir/users.mdb"
fi
stop
run doctor
ok "without gss-scramd it is said what to start" out_has_line "(FAIL +|      fix: ).*$start_it.*"

# Once it stops, nobody else does what it does.
run user list
ok "and without it nothing is shown" complains 3 "$start_it"

finish
