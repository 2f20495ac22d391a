#!/bin/bash
# What the command makes of its command line, and what its help says.
# shellcheck source=tests/tools/lib.sh
. "$(dirname "$0")/lib.sh"

# misuses COMMAND SENTENCE: the last run was refused for it, and nothing was
# done.
misuses()
{
    [ "$code" = 2 ] && [ ! -s "$dir/out" ] && [ ! -e "$dir/users" ] &&
        [ "$(cat "$dir/err")" = "$1: $2; see \"$1 --help\"" ]
}

run
ok "a command has to be named" misuses gss-scram "the command is missing"
run user
ok "on every level" misuses "gss-scram user" "the command is missing"
run usr
ok "one that is there" misuses gss-scram 'there is no command "usr"'
run user lisst
ok "on every level" misuses "gss-scram user" 'there is no command "lisst"'
run usr --help
ok "which help does not make up for" misuses gss-scram 'there is no command "usr"'
run $'us\e[31mer'
ok "a word that is none does not act on a terminal" \
    misuses gss-scram 'there is no command "us\x1b[31mer"'

add="gss-scram user add"
run_with swordfish user add
ok "a user has to be named" misuses "$add" "the user's name is missing"
run_with swordfish user add alice swordfish
ok "and is all that may be" \
    misuses "$add" "give one user's name; the password is asked for"
run user list alice
ok "where nobody is to be named, nobody may be" \
    misuses "gss-scram user list" "this command takes no argument, only options"
run user add alice --password=swordfish
ok "a password is no option's value" \
    misuses "$add" "there is no option --password"
run user add alice --password swordfish
ok "however it is written" misuses "$add" "there is no option --password"
run user add alice -pswordfish
ok "with however few letters" misuses "$add" "there is no option -p"
run user add alice --password-stdin=swordfish
ok "not even of one that is there" \
    misuses "$add" "--password-stdin takes no value"
run user add alice --iter 5000
ok "an option is written in full" misuses "$add" "there is no option --iter"
for number in 4095 10000001 4294971392 05000 -5000 5e3 ''; do
    run user add alice "--iterations=$number"
    ok "$number is no number of iterations" \
        misuses "$add" "--iterations takes a number from 4096 to 10000000"
done
for name in SCRAM-MD5 scram-sha-256 ''; do
    run user add alice --mechanism "$name"
    ok "$name is no mechanism" \
        misuses "$add" "--mechanism takes SCRAM-SHA-256 or SCRAM-SHA-1"
done
run user add alice --store
ok "an option that takes a value needs one" \
    misuses "$add" "--store needs a value, LOCATION"

# takes_no OPTION COMMAND...
takes_no()
{
    local option=$1
    shift
    run "$@" "$option"
    misuses "gss-scram user $2" "this takes no ${option%%=*}"
}
for name in remove enable disable show; do
    ok "$name asks for no password" takes_no --password-stdin user $name alice
    ok "$name makes no verifier" takes_no --iterations=5000 user $name alice
    ok "$name has all mechanisms in view" \
        takes_no --mechanism=SCRAM-SHA-1 user $name alice
done
for name in add passwd remove enable disable; do
    ok "$name has nothing to say in JSON" takes_no --json user $name alice
done
ok "list asks for no password" takes_no --password-stdin user list
ok "the version is the whole command's" takes_no --version user list

run --version
ok "the version is said" out_has_line 'gss-scram [0-9.]+'
run --help
ok "help names the commands" out_has_line '  user  .*'
run user --help
for name in add passwd remove enable disable list show; do
    ok "help names $name" grep -qE "^  $name  " "$dir/out"
    run user $name --help
    ok "$name has help" out_has "Usage: gss-scram user $name "
    ok "with the exit codes" out_has "Exit status:"
    run user --help
done
# helps COMMAND WORD...: these words are answered with that command's help.
helps()
{
    local name=$1
    shift
    run "$@"
    exits 0 && grep -qE "^Usage: $name( |$)" "$dir/out" && [ ! -s "$dir/err" ]
}
ok "-h is help" helps gss-scram -h
ok "of a command too" helps "gss-scram user add" user add -h
ok "after the operand" helps "gss-scram user add" user add alice -h
ok "help is help" helps gss-scram help
ok "on every level" helps "gss-scram user" user help
ok "before the command" helps "gss-scram user add" help user add
ok "within it" helps "gss-scram user add" user help add
run help lisst
ok "but not of what is not there" misuses gss-scram 'there is no command "lisst"'
input=swordfish run user add --password-stdin --iterations 4096 \
    --store "file:$dir/help" help
ok "and a user may have that name" out_has "added help to"
run user add alice -hx
ok "-h stands alone" misuses "$add" "there is no option -h"

# has_status COMMAND STATUS TEXT: what the command's help says of it.
has_status()
{
    # shellcheck disable=SC2086 # words
    "$command" $1 --help | sed -n '/^Exit status:/,$p' | grep -q "^  $2  .*$3"
}
ok "an import's 1 is about lines" has_status 'user import' 1 'lines'
ok "an export's about what was left out" has_status 'user export' 1 'no place for'
ok "add's about who is there" has_status 'user add' 1 'there already'
ok "remove's about who is not" has_status 'user remove' 1 'no such user'
ok "doctor's about a problem" has_status doctor 1 'problem'
ok "list has none" not has_status 'user list' 1 ''
ok "login's 3 is about its file" has_status login 3 'credentials file'
for option in --store --password-stdin --iterations --mechanism --help; do
    run user add --help
    ok "help of add names $option" out_has "  $option"
done
run user add --help
ok "help does not name what is not taken" not out_has "--json"
wide_lines()
{
    for words in '' user 'user add' 'user passwd' 'user list' 'user import' \
        'user export' login logout doctor; do
        # shellcheck disable=SC2086 # words
        "$command" $words --help
    done | grep -E '.{81}'
}
ok "help fits a terminal" not wide_lines

run_with swordfish --store "$store" user add alice
ok "options may stand before the command" exits 0
run_with swordfish user --store "$store" add bob
ok "within it" exits 0
input=swordfish run user add carol --password-stdin --store "$store" \
    --iterations 4096
ok "and after the operand" exits 0
with_posix()
{
    printf swordfish | env POSIXLY_CORRECT=1 "$command" user add dave \
        --password-stdin --iterations 4096 >"$dir/out"
}
ok "whatever POSIX says" with_posix
input=swordfish run user add --password-stdin --iterations 4096 -- --json
ok "what follows -- is no option" out_has "added --json to"

ok "no password was ever said" not grep -q swordfish "$dir/all"
finish
