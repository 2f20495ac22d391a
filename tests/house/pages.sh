#!/bin/bash
# The manual pages, the completions and the programs say the same: every
# command, option and exit status of --help, every key of the configuration and
# every environment variable is in the page that it belongs in, and a page has
# nothing that is not there.
#
# What a page links to is there, doc/README.md leads to each page, and each
# picture stands on one.
#
#     tests/house/pages.sh BUILD
set -u
export LC_ALL=C.UTF-8
cd "$(dirname "$0")/../.." || exit
command=$1/gss-scram
daemon=$1/gss-scramd
page=man/gss-scram.8
work=$(mktemp -d "${TMPDIR:-/tmp}/gss-scram-pages.XXXXXX") || exit
trap 'rm -rf "$work"' EXIT
status=0

wrong()
{
    echo "$*"
    status=1
}

# compare WHAT FILE FILE: the lines that only one of them has.
compare()
{
    local line
    while read -r line; do
        wrong "$1: $line is only in ${2##*/}"
    done < <(comm -23 <(sort -u "$2") <(sort -u "$3"))
    while read -r line; do
        wrong "$1: $line is only in ${3##*/}"
    done < <(comm -13 <(sort -u "$2") <(sort -u "$3"))
}

# Print each command below one, as "user add", and the help of all.
walk()
{
    local below
    # shellcheck disable=SC2086 # words
    "$command" $1 --help >"$work/help" || exit
    cat "$work/help" >>"$work/helps"
    for below in $(sed -n '/^Commands:/,/^$/s/^  \([a-z]*\)  .*/\1/p' \
        "$work/help"); do
        echo "${1:+$1 }$below"
        walk "${1:+$1 }$below"
    done
}

for file in man/*; do
    mandoc -Tlint -W warning "$file" || status=1
done

walk '' >"$work/commands.help"
grep -q . "$work/commands.help" || wrong "--help lists no command"
# Those that have no command below them have an entry of their own.
awk 'NR > 1 && index($0, last " ") != 1 { print last } { last = $0 }
    END { print last }' "$work/commands.help" >"$work/commands"
sed -n 's/^\.It Cm \([a-z ]*[a-z]\).*/\1/p' "$page" >"$work/commands.page"
compare "the command" "$work/commands" "$work/commands.page"

sed -n 's/^  \(--[a-z-]*\) .*/\1/p' "$work/helps" >"$work/options.help"
sed -n 's/^\.It Fl \(-[a-z-]*\).*/-\1/p' "$page" >"$work/options.page"
compare "the option" "$work/options.help" "$work/options.page"

sed -n '/^Exit status:/,$s/^  \([0-9]\)  .*/\1/p' "$work/helps" \
    >"$work/status.help"
sed -n '/^\.Sh EXIT STATUS/,/^\.Sh EX/s/^\.It \([0-9]\)/\1/p' "$page" \
    >"$work/status.page"
compare "the exit status" "$work/status.help" "$work/status.page"

# options_and_statuses PROGRAM PAGE: of a program that has no commands.
options_and_statuses()
{
    "$1" --help >"$work/help" || wrong "$1 --help fails"
    sed -n 's/^  \(--[a-z-]*\) .*/\1/p' "$work/help" >"$work/options.program"
    sed -n 's/^\.It Fl \(-[a-z-]*\).*/-\1/p' "$2" >"$work/options.there"
    compare "the option" "$work/options.program" "$work/options.there"
    sed -n '/^Exit status:/,$s/^  \([0-9]\)  .*/\1/p' "$work/help" \
        >"$work/status.program"
    sed -n '/^\.Sh EXIT STATUS/,/^\.Sh EX/s/^\.It \([0-9]\)/\1/p' "$2" \
        >"$work/status.there"
    compare "the exit status" "$work/status.program" "$work/status.there"
}
options_and_statuses "$daemon" man/gss-scramd.8
options_and_statuses "$1/gss-scram-agent" man/gss-scram-agent.1

sed -n 's/^    {"\([a-z_]*\)", set_.*/\1/p' mech/base/config_*.c \
    >"$work/keys.program"
sed -n 's/^\.It Ic \([a-z_]*\).*/\1/p' man/scram.conf.5 >"$work/keys.page"
compare "the key" "$work/keys.program" "$work/keys.page"
sed -n '/^\[accounts\]/q; s/^    #*\([a-z_]*\) = .*/\1/p' "$1/scram.conf" \
    >"$work/keys.sample"
compare "the key" "$work/keys.program" "$work/keys.sample"

# The sample holds with everything in it taken out of its comment. It names
# gss-scramd, which need not be here.
sed 's/^\( *\)#\([a-z_-]* =\|}\|    [a-z]\)/\1\2/' "$1/scram.conf" \
    >"$work/all.conf"
grep -q '^    store = ' "$work/all.conf" || wrong "scram.conf: nothing is out"
GSS_SCRAM_CONFIG=$work/all.conf "$command" user list 2>&1 |
    grep -v '^gss-scram: gss-scramd cannot be asked' | grep 'all\.conf' &&
    status=1
# Of [broker] too, which is read up to the first mistake.
printf '[broker]\n    no_such_key = 1\n' >>"$work/all.conf"
GSS_SCRAM_CONFIG=$work/all.conf "$daemon" --foreground 2>&1 |
    grep -q 'no_such_key' || wrong "scram.conf: [broker] is wrong"

grep -rhoE 'getenv\("[A-Z_]+"\)' mech daemon tools | grep -oE '[A-Z_]{2,}' |
    sort -u >"$work/variables.source"
cat man/gss_scram.7 "$page" man/gss-scramd.8 man/gss-scram-agent.1 | sed -n 's/^\.It Ev \([A-Z_]*\).*/\1/p' \
    >"$work/variables.page"
compare "the variable" "$work/variables.source" "$work/variables.page"

sed -n 's/^    \(GSS_SCRAM_[A-Z_]*\) = 0x.*/\1/p' \
    include/gssapi/gssapi_scram.h >"$work/codes.header"
grep -q . "$work/codes.header" || wrong "the header has no minor code"
sed -n 's/^| `\(GSS_SCRAM_[A-Z_]*\)` |.*/\1/p' doc/status-codes.md \
    >"$work/codes.page"
compare "the minor code" "$work/codes.header" "$work/codes.page"

# Print what the headings of a page are called in a link, as forges have it.
anchors_of()
{
    sed -n 's/^#\{1,\} //p' "$1" | tr '[:upper:]' '[:lower:]' |
        sed 's/[^a-z0-9 _-]//g; s/ /-/g'
}
# Print the targets of a page's links, but for those on other machines.
links_of()
{
    sed '/^```/,/^```/d; /^    /d' "$1" | grep -o '](.[^)]*)' |
        sed 's/^](//; s/)$//' | grep -v '^[a-z]*://'
}
for file in *.md doc/*.md; do
    while read -r link; do
        target=$file
        case $link in
        '#'*) ;;
        *) target=${file%"${file##*/}"}${link%%#*} ;;
        esac
        if [ ! -e "$target" ]; then
            wrong "$file: there is no $link"
        elif [ "${link#*#}" != "$link" ]; then
            anchors_of "$target" | grep -qxF -- "${link#*#}" ||
                wrong "$file: $target has no heading for $link"
        fi
    done < <(links_of "$file")
done
for file in doc/*.md; do
    [ "$file" = doc/README.md ] || grep -q '^For ' "$file" ||
        wrong "$file does not say whom it is for"
    [ "$file" = doc/README.md ] || grep -qF "](${file#doc/})" doc/README.md ||
        wrong "doc/README.md does not lead to $file"
    grep -qF "$file" Makefile.am || wrong "Makefile.am does not have $file"
done
# Each picture is one of a page's, and says in words what it shows.
for file in doc/*.svg; do
    ! grep -q '/tmp/' "$file" || wrong "$file has a path of one machine"
    grep -qF "$file" Makefile.am || wrong "Makefile.am does not have $file"
    grep -qE "^!\\[.+\\]\\((doc/)?${file#doc/}\\)" README.md doc/*.md ||
        wrong "no page shows $file"
    grep -q '<title.*>[A-Z].*</title>' "$file" || wrong "$file has no title"
    grep -q '<desc.*>[A-Z].*</desc>' "$file" || wrong "$file has no description"
done

# The completions have every command, option and format.
tr ' ' '\n' <"$work/commands.help" >"$work/words"
cat "$work/options.help" >>"$work/words"
sed -n 's/^\.It Li \([a-z][a-z0-9-]*\)$/\1/p' "$page" >>"$work/words"
for file in completions/*; do
    # An option is --store in two shells, and -l store in the third.
    while read -r word; do
        grep -qE -- "(^|[^a-z])${word#--}([^a-z-]|$)" "$file" ||
            wrong "$file: $word is missing"
    done < <(sort -u "$work/words")
done
exit $status
