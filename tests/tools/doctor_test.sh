#!/bin/bash
# "gss-scram doctor": for each thing that can be wrong, it is said what, what to
# do, and the exit code is 1; where nothing is, it is 0.
. "$(dirname "$0")/lib.sh"

module=$GSS_SCRAM_BUILD/.libs/gss_scram.so
export GSS_MECH_CONFIG=$dir/mech TMPDIR=$dir/tmp
mkdir "$TMPDIR"

register()
{
    printf 'scram-sha-256\t1.3.6.1.5.5.18\t%s\n' "$1" >"$GSS_MECH_CONFIG"
}

# finds TEXT: that alone fails, or is what is to be done about it.
finds()
{
    [ "$code" = 1 ] && [ "$(grep -c '^FAIL' "$dir/out")" = 1 ] &&
        grep -E '^(FAIL|      fix: )' "$dir/out" | grep -qF -- "$1" &&
        out_has_line '1 problem\. Fix the first FAIL, and run this again\.' &&
        [ ! -s "$dir/err" ]
}

misuses()
{
    [ "$code" = 2 ] && grep -qF -- "$1" "$dir/err" && [ ! -s "$dir/out" ]
}

all_is_well()
{
    [ "$code" = 0 ] && not grep -q '^FAIL' "$dir/out" &&
        out_has_line 'All is well\.' && [ ! -s "$dir/err" ]
}

run_with password user add alice
register "$module"
run doctor
ok "where a user can log in, all is well" all_is_well
ok "a login was tried, and one with a wrong password" \
    out_has 'a login inside this process succeeds, messages after it too, and'
ok "SPNEGO was asked" out_has 'this account offers it in SPNEGO'
ok "the store that was tried is gone" [ -z "$(ls -A "$TMPDIR")" ]
run doctor --store "$store"
ok "a store can be named" all_is_well
run doctor --store "file:$dir/none"
ok "one that is not there is not taken for the configuration's" \
    finds "there is no store at $dir/none"

: >"$GSS_MECH_CONFIG"
run doctor
ok "a mechanism that is not registered" \
    finds "no line registers the mechanism in $GSS_MECH_CONFIG"
ok "is to be registered in the file that the library reads" \
    finds "gss_scram.so\" into $GSS_MECH_CONFIG"
ok "which is noted to be the environment's" \
    out_has 'GSS_MECH_CONFIG names the file of registrations here'
register "$module"
sed -i 's/^/#/' "$GSS_MECH_CONFIG"
run doctor
ok "one that is registered in a comment" finds "no line registers"
rm "$GSS_MECH_CONFIG"
run doctor
ok "a file of registrations that is not there" \
    finds "$GSS_MECH_CONFIG (which is not there)"
register "$dir/no-such-module.so"
run doctor
ok "a module that is not there, in the loader's words" \
    finds "$dir/no-such-module.so: cannot open shared object file"
register libc.so.6
run doctor
ok "a relative name is looked for beside the library" finds "/gss/libc.so.6: "
echo 'no module at all' >"$dir/text.so"
register "$dir/text.so"
run doctor
ok "a module that is none" finds "$dir/text.so: "
other=$(ldd "$command" | sed -n 's/.*=> \(.*libidn[^ ]*\).*/\1/p')
register "$other"
run doctor
ok "a library that is no mechanism" \
    finds "$other, which $GSS_MECH_CONFIG, line 1, names, loads, but is no"
register "$module"

printf '[scram]\nstores = x\n' >"$GSS_SCRAM_CONFIG"
run doctor
ok "a key that the configuration should not have" \
    finds "$GSS_SCRAM_CONFIG: line 2: there is no key stores"
rm "$GSS_SCRAM_CONFIG"
run doctor
ok "a configuration that the environment names and that is not there" \
    finds "GSS_SCRAM_CONFIG names $GSS_SCRAM_CONFIG, and there is no such file"
ln -s nowhere "$GSS_SCRAM_CONFIG"
run doctor
ok "one that is a symbolic link and leads nowhere" \
    finds "cannot read $GSS_SCRAM_CONFIG: it is a symbolic link that"
rm "$GSS_SCRAM_CONFIG"
printf '[scram]\nstore = %s\n[accounts]\nno-such-account = {\n}\n0 = {\n}\n' \
    "$store" >"$GSS_SCRAM_CONFIG"
run doctor
ok "an account in the configuration that is not there" out_has "FAIL  there \
is no account no-such-account on this machine, for which $GSS_SCRAM_CONFIG has \
a section in line 4"
ok "and a number for one that has a name" out_has "a section for the uid 0 in \
line 6, which counts for nobody, as that account has a name"
ok "which is to be used" out_has_line '      fix: call the section root'
ok "the rest is looked at all the same" \
    [ "$(grep -c '^FAIL' "$dir/out")" = 2 ]
printf '[scram]\nstore = %s\n[accounts]\nroot = {\n}\n3999999999 = {\n}\n' \
    "$store" >"$GSS_SCRAM_CONFIG"
run doctor
ok "those that are, and one without a name, are well" all_is_well
printf '[scram]\nstore = %s\nrequire_channel_bindings = true\n' "$store" \
    >"$GSS_SCRAM_CONFIG"
run doctor
ok "channel bindings may be required" all_is_well
ok "and it is noted whom that keeps out" \
    out_has 'passes no channel bindings lets nobody in'
printf '[scram]\nstore = %s\n' "$store" >"$GSS_SCRAM_CONFIG"

mkdir "$dir/folder"
cp -p "$dir/users" "$dir/folder/users"
for mode in 775 757 1777; do
    chmod $mode "$dir/folder"
    run doctor --store "file:$dir/folder/users"
    ok "a folder in which others may put another store, mode $mode" \
        finds "as the directory $dir/folder is"
done
chmod 755 "$dir/folder"
ln -s folder "$dir/link"
run doctor --store "file:$dir/link/users"
ok "one that is a symbolic link is well" all_is_well
mkdir "$dir/open"
ln -s ../folder/users "$dir/open/users"
chmod 777 "$dir/open"
run doctor --store "file:$dir/open/users"
ok "one where a symbolic link to the store may be replaced is not" \
    finds "as the directory $dir/open is"
chmod g+w "$dir/folder/users"
run doctor --store "file:$dir/folder/users"
ok "a store that its group can change" \
    finds "other accounts may write to it"
rm -r "$dir/folder" "$dir/open"

chmod o+r "$dir/users"
run doctor
ok "verifiers that everybody can read" finds "can read the verifiers in $dir"
chmod o-r "$dir/users"
run user disable alice
run doctor
ok "a store in which nobody may log in" finds "has no user who may log in"
run user enable alice
head -c 8192 /dev/zero >"$dir/broken"
chmod 640 "$dir/broken"
run doctor --store "file:$dir/broken"
ok "a file that is no store" finds "$dir/broken"

rm "$dir/broken"

# What depends on something that fails is not looked at, and said to be so.
: >"$GSS_MECH_CONFIG"
run doctor
ok "no login is tried without a module" \
    out_has_line 'skip  a login inside this process, which needs the module .*'
ok "nor a server's credential" out_has_line "skip  a server's credential .*"
register "$module"
run doctor --json
ok "all is well in JSON too" out_has_line '\], "problems": 0\}'
ok "with each line's result" \
    out_has_line '\{"result": "ok", "text": "the module .* loads"\},'
run doctor --json --store "file:$dir/none\""
ok "a failure in JSON is one for the exit status" [ "$code" = 1 ]
ok "and its text is JSON's string" out_has_line '\{"result": "FAIL", "text": '\
'"there is no store at .*/none\\".*'
ok "which is counted" out_has_line '\], "problems": 1\}'

TMPDIR=$dir/nowhere run doctor
ok "nowhere to try a login" finds "no directory can be made in $dir/nowhere"

export GSS_SCRAM_CREDENTIALS=$dir/credentials
input='x'$'\n' run login --save --any-server --password-stdin
run doctor
ok "a client's file of passwords is looked at too" \
    out_has "clients of this account have 1 login in $dir/credentials"
chmod 644 "$dir/credentials"
run doctor
ok "and one that others can read is wrong" finds "$dir/credentials"
rm "$dir/credentials"
run doctor
ok "none at all is not" all_is_well
ok "but noted where the environment names it" \
    out_has "$dir/credentials, which GSS_SCRAM_CREDENTIALS names, is not there"

run doctor --account no-such-account
ok "an account that is not there" \
    refuses 3 "there is no account no-such-account on this machine"
run doctor --pid 1x
ok "what is no process" misuses 'gss-scram doctor: --pid takes the number'
run doctor --pid 999999999
ok "a process that is not there" \
    complains 3 "there is no process 999999999: cannot read /proc/999999999"
run doctor --pid $$ --account root
ok "an account beside a process" misuses '--pid says which account it is'
if [ "$(id -u)" = 0 ]; then
    run doctor
    ok "root is told that it looks as root" \
        out_has 'root may read everything: for a server use --account'
    chmod 755 "$dir"
    chmod 1777 "$TMPDIR"
    # The build may be where other accounts cannot look.
    cp "$module" "$dir/gss_scram.so"
    register "$dir/gss_scram.so"
    run doctor --account nobody
    ok "a store that the server's account cannot read" \
        finds "cannot read the store $dir/users as nobody"
    group=$(id -gn nobody)
    chgrp "$group" "$dir/users"
    run doctor --account nobody
    ok "one that it can" all_is_well
    ok "it says whose eyes it looked with" out_has "checking as nobody (uid"
    ok "which are not root's" not out_has 'root may read'

    # A server of nobody's that was started before nobody was in that group.
    setpriv --reuid nobody --regid daemon --clear-groups sleep 120 &
    server=$!
    is_nobody()
    {
        [ "$(stat -c %U "/proc/$server/comm")" = nobody ]
    }
    until_true is_nobody
    run doctor --pid $server
    ok "a process that has not the group which its account has by now" \
        finds "start the program again with the group $group, which this \
account is in and the program is not"
    ok "is noted to be behind" out_has "the process $server is not in these \
groups, in which its account is now: $group;"
    kill $server
    wait $server 2>/dev/null
    setpriv --reuid nobody --regid "$group" --clear-groups sleep 120 &
    server=$!
    until_true is_nobody
    run doctor --pid $server
    ok "one that has it is well" all_is_well
    ok "and is looked at as its account" out_has "checking as nobody (uid"
    kill $server
    wait $server 2>/dev/null

    mkdir "$dir/its"
    cp -p "$dir/users" "$dir/its/users"
    chown nobody "$dir/its"
    for words in '' '--account nobody'; do
        # shellcheck disable=SC2086 # words
        run doctor $words --store "file:$dir/its/users"
        ok "a folder that is the server's account's, $words" \
            finds "as the directory $dir/its is nobody:"
    done
else
    run doctor --account root
    ok "an account that only root can be" \
        refuses 3 "only root can look at this as root; run it as root, or as \
that account without --account"
fi
finish
