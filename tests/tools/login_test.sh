#!/bin/bash
# "gss-scram login" and "logout": a password goes into the account's own file,
# which is listed without it, and is gone again.
# shellcheck source=tests/tools/lib.sh
. "$(dirname "$0")/lib.sh"

unset GSS_SCRAM_CREDENTIALS XDG_CONFIG_HOME
export HOME=$dir/home
mkdir "$HOME"
file=$HOME/.config/gss-scram/credentials
account=$(id -un)

mode_of()
{
    [ "$(stat -c %a "$1")" = "$2" ]
}

run login --list
ok "at first there is no login" refuses 0 "there is no login in $file"
run login --list --json
ok "for programs an empty list" says '[]'
input='x'$'\n' run login --password-stdin
ok "a login says which server it is for" \
    complains 2 "say which server the password is for"
ok "and how to say that it is any" complains 2 "or say --any-server"
ok "and nothing is kept without" not test -e "$file"
for target in '*' '*@*' 'HTTP@*'; do
    input='x'$'\n' run login --server "$target" --password-stdin
    ok "$target is any server, which is to be said" complains 2 "any server"
done
input='x'$'\n' run login --any-server --server HTTP@www.example.org --password-stdin
ok "and not of one that is none" complains 2 "is not any server"
input='open sesame'$'\n' run login --any-server --password-stdin
ok "a login for any target, as the account" out_has_line \
    "Programs of this account log in to \* as $account from now on\."
ok "it is said plainly where the password is" \
    out_has "The password itself is in $file, which nobody else may read"
ok "and is so" grep -q 'open sesame' "$file"
ok "it demands many iterations of a server" \
    grep -qx '    min_iterations = 100000' "$file"
ok "which is said" out_has "fewer than 100000 iterations is refused"
ok "it is the account's alone" mode_of "$file" 600
ok "as is its folder" mode_of "${file%/*}" 700
input='"; #}'$'\n' run login alice --server HTTP@www.example.org --password-stdin
ok "another one for a target" exits 0
input='x'$'\n' run login bob --server HTTP@www.example.org --password-stdin \
    --min-iterations 4096
ok "or as many as it is told" grep -qx '    min_iterations = 4096' "$file"
for least in 4095 10000001 many ''; do
    input='x'$'\n' run login --server HTTP@a --password-stdin --min-iterations "$least"
    ok "\"$least\" is no such number" \
        complains 2 "--min-iterations takes a number from 4096 to 10000000"
done
run login --list
ok "all are listed" [ "$(tail -n +2 "$dir/out" | wc -l)" = 3 ]
ok "with their users and servers" out_has_line 'alice +HTTP@www\.example\.org'
ok "and without passwords" not out_has sesame
run login --list --json
ok "for programs in JSON" out_has \
    '{"user": "alice", "server": "HTTP@www.example.org"}'
input='new'$'\n' run login alice --server HTTP@www.example.org --password-stdin
run login --list
ok "a second login of the same user replaces the first" \
    [ "$(grep -c alice "$dir/out")" = 1 ]

run logout bob --server HTTP@www.example.org
ok "one user is logged out" says \
    "The password for HTTP@www.example.org is no longer in $file."
run logout bob --server HTTP@www.example.org
ok "once" exits 1
run login --list
ok "the others are still there" out_has alice
run logout --server HTTP@www.example.org
ok "all of a target are" exits 0
run logout --any-server
ok "and of any" exits 0
ok "no password is left in the file" not grep -q 'sesame\|new' "$file"
run logout --any-server
ok "then there is none" exits 1
run logout
ok "a logout says of which server" complains 2 "say which server"
input='x'$'\n' run login alice --server www.example.org --password-stdin
run login --list
ok "a host alone is any service on it" \
    out_has_line 'alice +\*@www\.example\.org'
run logout --server www.example.org
ok "in a logout too" exits 0

export GSS_SCRAM_CREDENTIALS=$dir/elsewhere
input='x'$'\n' run login --any-server --password-stdin
ok "the environment says where the file is" test -s "$dir/elsewhere"
chmod 644 "$dir/elsewhere"
run login --list
ok "a file that others can read is refused" complains 3 "$dir/elsewhere"
unset GSS_SCRAM_CREDENTIALS
run login --server 'a b@c@d' --password-stdin
ok "what is no server" complains 1 'is no server: write SERVICE@HOST'
run login --server '' --password-stdin
ok "nor is nothing" complains 1 'is no server: write SERVICE@HOST'
run login one --server one@host two --password-stdin
ok "a second word, which may be a password, is not repeated" \
    not grep -q two "$dir/err"
ok "and refused" exits 2
input=$'\n' run login --any-server --password-stdin
ok "an empty password is none" refuses 1 "a password may not be empty"
input='x'$'\n' HOME=$dir/gone run login --any-server --password-stdin
ok "no home is made for an account that has none" complains 3 "$dir/gone"
ok "nor is a part of it" not test -e "$dir/gone"
HOME='' run login --list
ok "without a home there is nowhere to keep it" complains 3 "set HOME"
finish
