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

# finds TEXT: that alone is wrong.
finds()
{
    [ "$code" = 1 ] && [ "$(grep -c '^WRONG' "$dir/out")" = 1 ] &&
        grep '^WRONG' "$dir/out" | grep -qF -- "$1" && [ ! -s "$dir/err" ]
}

all_is_well()
{
    [ "$code" = 0 ] && not grep -q '^WRONG' "$dir/out" &&
        out_has_line 'All is well\.' && [ ! -s "$dir/err" ]
}

run_with password user add alice
register "$module"
run doctor
ok "where a user can log in, all is well" all_is_well
ok "a login was tried, and one with a wrong password" \
    out_has 'a login inside this process succeeds, and one with a wrong'
ok "SPNEGO was asked" out_has 'this account offers it in SPNEGO'
ok "the store that was tried is gone" [ -z "$(ls -A "$TMPDIR")" ]
run doctor --store "$store"
ok "a store can be named" all_is_well
run doctor --store "lmdb:$dir/none.mdb"
ok "one that is not there is not taken for the configuration's" \
    finds "there is no store at $dir/none.mdb"

: >"$GSS_MECH_CONFIG"
run doctor
ok "a mechanism that is not registered" \
    finds "no line registers the mechanism in $GSS_MECH_CONFIG;"
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
other=$(ldd "$command" | sed -n 's/.*=> \(.*liblmdb[^ ]*\).*/\1/p')
register "$other"
run doctor
ok "a library that is no mechanism" finds "$other loads, but is no GSS-API"
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
    finds "cannot read $GSS_SCRAM_CONFIG as"
rm "$GSS_SCRAM_CONFIG"
printf '[scram]\nstore = %s\n' "$store" >"$GSS_SCRAM_CONFIG"

chmod o+r "$dir/users.mdb"
run doctor
ok "verifiers that everybody can read" finds "can read the verifiers in $dir"
chmod o-r "$dir/users.mdb"
run user disable alice
run doctor
ok "a store in which nobody may log in" finds "has no user who may log in"
run user enable alice
head -c 8192 /dev/zero >"$dir/broken.mdb"
chmod 640 "$dir/broken.mdb"
run doctor --store "lmdb:$dir/broken.mdb"
ok "a file that is no store" finds "$dir/broken.mdb"

TMPDIR=$dir/nowhere run doctor
ok "nowhere to try a login" finds "no folder can be made in $dir/nowhere"

export GSS_SCRAM_CREDENTIALS=$dir/credentials
input='x'$'\n' run login --password-stdin
run doctor
ok "a client's file of passwords is looked at too" \
    out_has "clients of this account have 1 login in $dir/credentials"
chmod 644 "$dir/credentials"
run doctor
ok "and one that others can read is wrong" finds "$dir/credentials"
rm "$dir/credentials"
run doctor
ok "none at all is not" all_is_well

run doctor --account no-such-account
ok "an account that is not there" \
    refuses 1 "there is no account no-such-account on this machine"
if [ "$(id -u)" = 0 ]; then
    chmod 755 "$dir"
    chmod 777 "$TMPDIR"
    # The build may be where other accounts cannot look.
    cp "$module" "$dir/gss_scram.so"
    register "$dir/gss_scram.so"
    run doctor --account nobody
    ok "a store that the server's account cannot read" \
        finds "cannot read the store $dir/users.mdb as nobody"
    group=$(id -gn nobody)
    chgrp "$group" "$dir/users.mdb"
    run doctor --account nobody
    ok "one that it can" all_is_well
    ok "it says whose eyes it looked with" out_has "to the account nobody (uid"
else
    run doctor --account root
    ok "an account that only root can be" \
        refuses 1 "only root can look at this as root; run it as root, or as \
that account without --account"
fi
finish
