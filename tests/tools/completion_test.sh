#!/bin/bash
# bash's completion of the command: it offers what there is, users too, and
# whatever a user is called, nothing of it is run.
# shellcheck source=tests/tools/lib.sh
. "$(dirname "$0")/lib.sh"

# What the package bash-completion has; the words are in $line.
_init_completion()
{
    words=("${line[@]}")
    cword=$((${#line[@]} - 1))
    cur=${words[cword]}
    prev=${words[cword - 1]}
}
# shellcheck source=completions/gss-scram.bash
. "$(dirname "$0")/../../completions/gss-scram.bash"
PATH=$(dirname "$command"):$PATH

# offers WORD... -- OFFERED...: that is what there is for the last word.
offers()
{
    line=()
    while [ "$1" != -- ]; do
        line+=("$1")
        shift
    done
    shift
    COMPREPLY=()
    _gss_scram
    [ "${COMPREPLY[*]}" = "$*" ]
}

evil="\$(touch\${IFS}$dir/run)"
for user in alice 'al bert' bob "$evil"; do
    run_with swordfish user add "$user"
done
run_with swordfish user add carol --store "file:$dir/other"

ok "commands are offered" offers gss-scram user re -- remove
ok "options too" offers gss-scram user list --j -- --json
ok "and users" offers gss-scram user show bo -- bob
ok "those with a space in their names as the shell takes them" \
    offers gss-scram user show al -- 'al\ bert' alice
ok "those of the store that is named" offers gss-scram user disable \
    --store "file:$dir/other" '' -- carol
ok "a name with a command in it is offered" offers gss-scram user show '\$' -- \
    "$(printf %q "$evil")"
ok "and not run" [ ! -e "$dir/run" ]
finish
