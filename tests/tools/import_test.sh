#!/bin/bash
# "gss-scram user import" and "user export": what other programs write is taken
# over, and comes out as it went in; what cannot be taken is said, line by line.
# shellcheck source=tests/tools/lib.sh
. "$(dirname "$0")/lib.sh"

# RFC 7677's user, whose password is "pencil", and another one.
sha256='SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZk'
sha256+='BFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU='
other='SCRAM-SHA-256$5000:V/h6aq9p8p/74YQeS/fRsg==$kjmXVByhHjsbJWxGMiAGxkd+QU2'
other+='ne/XNkTHSEzOVwRY=:zlm7zGu2eY6MUJwwHAabkdSLUYeH9y/Ms8x2M6S+4oM='
sha1='SCRAM-SHA-1$4096:QSXCR+Q6sek8bf92$6dlGYMOdZcOPutkcNY8U2g7vK9Y=:D+CSWLOshSu'
sha1+='lAsxiupA+qs2/fTE='
md5=md53175bce1d3201d16594cebf9d7eb3f9d

# A store of its own for each test.
number=0
new_store()
{
    number=$((number + 1))
    store=file:$dir/$number
}

# import FORMAT [OPTION...]: what is on this function's standard input.
import()
{
    local format=$1
    shift
    cat >"$dir/file"
    run user import --store "$store" --format "$format" "$@" "$dir/file"
}

# The last import put so many verifiers into the store, and said no more.
put()
{
    [ "$code" = 0 ] && ! grep -qv 'several iteration counts' "$dir/err" &&
        out_has_line "$1 (verifiers were|verifier was) put into $store in [0-9.]+ s"
}
# It put so many, and refused so many lines.
put_but()
{
    [ "$code" = 1 ] && [ "$(grep "file: line" "$dir/err" |
        grep -vc 'when it is prepared')" = "$2" ] &&
        out_has_line "$1 (verifiers were|verifier was) put into .* s; $2 rejected [(].*"
}
# It said this of that line.
blames()
{
    grep -qF -- "gss-scram: $dir/file: line $1: $2" "$dir/err"
}
# has USER VERIFIER: this is what the store has.
has()
{
    "$command" user show --store "$store" --keys -- "$1" |
        grep -qxF -- "$2"
}
has_not()
{
    not "$command" user show --store "$store" -- "$1" 2>"$dir/err"
}
# State of a user, in the words of `user list`.
is_disabled()
{
    "$command" user show --store "$store" -- "$1" |
        grep -qx 'state  disabled'
}

new_store
import postgresql <<END
rolname|rolpassword
alice|$sha256
postgres|
old|$md5
a b|c|$other
(4 rows)
END
ok "what psql -A prints is taken, but for MD5" put_but 2 1
ok "with a word on what to do about that" \
    blames 4 "its password is hashed with MD5, which cannot be turned into"
ok "a verifier is what it was" has alice "$sha256"
ok "a name may have what stands between columns" has 'a b|c' "$other"
ok "who has no password is not there" has_not postgres
ok "nor whose cannot be used" has_not old
new_store
import postgresql <<<"alice|$sha256"$'\n'"bob|$other"
ok "so is what it prints without a title" put 2
new_store
import postgresql <<<"rolname,rolpassword"$'\n'"\"a\"\",b\",$sha256"
ok "and as CSV" put 1
ok "with what quotation marks are for" has 'a",b' "$sha256"
new_store
import postgresql <<END
 rolname  |                      rolpassword
----------+------------------------------------------------------
 alice    | $sha256
(1 row)

END
ok "its table for people is not" put_but 0 1
ok "with a word on how to have another" blames 1 "it is not a role's name, | \
and a password: aligned and expanded output of psql is not read; have it \
written by psql -XAt or psql -X --csv"
import postgresql <<<"rolname|alice"$'\n'"rolpassword|$sha256"
ok "nor is what it prints with \\x" put_but 0 1
ok "nobody is there of that name" has_not rolpassword

new_store
import pgbouncer <<END
; a comment
"alice" "$sha256"
"b""ob" "$other" "more"

"carol" "plain"
"dave" "$md5"
dora "$other"
END
ok "PgBouncer's list is taken, but for what is no verifier" put_but 2 3
ok "a quotation mark in a name" has 'b"ob' "$other"
ok "a password is not repeated" not grep -q plain "$dir/err"

new_store
dovecot=${sha256//[\$:]/,}
dovecot="{SCRAM-SHA-256}${dovecot#SCRAM-SHA-256,}"
import dovecot <<END
# a comment
alice:$dovecot
bob:$dovecot:1000:1000::/home/bob::userdb_mail=x nologin
carol:{PLAIN}secret
dora:${dovecot%=}
eve:$dovecot::::::allow_nets=192.168.0.0/24 userdb_mail=x
END
ok "Dovecot's users are taken, but for other schemes" put_but 2 3
ok "and those who may log in from some places alone" \
    blames 6 "its extra field allow_nets may keep the user from some logins"
ok "the verifier is what it was" has alice "$sha256"
ok "one that may not log in is disabled" is_disabled bob
ok "and one that may is not" not is_disabled alice

new_store
import ldif <<END
version: 1

dn: dc=example,dc=org
objectClass: domain
dc: example

# two at once, folded, with spaces as RFC 3112 allows them
dn: uid=alice,dc=example,dc=org
uid: alice
authPassword: SCRAM-SHA-256 \$ ${sha256:14:20}
 ${sha256:34}
AuthPassword: $sha1

dn: cn=B\\2c ob\\,x,dc=example,dc=org
authPassword:: $(printf %s "$other" | base64 -w0)

dn: uid=carol,dc=example,dc=org
uid: carol
authPassword: MD5\$abc\$def

dn: uid=dora,dc=example,dc=org
authPassword: MD5\$abc\$def
authPassword: $sha256

dn:: $(printf %s 'uid=Jörg,dc=example,dc=org' | base64 -w0)
changetype: modify
add: authPassword
authPassword: $sha256
-
END
ok "LDIF is taken, but for who has other schemes alone" put_but 5 1
ok "a folded value" has alice "$sha256"
ok "the other one of the same user" has alice "$sha1"
ok "a name from a dn that is escaped" has 'B, ob,x' "$other"
ok "one in base64" has 'Jörg' "$sha256"
ok "an entry is named by its first line" blames 17 "its verifier is not as"
new_store
import ldif <<END
dn: uid=alice,dc=example,dc=org
changetype: modify
delete: authPassword
authPassword: $sha256
-
add: authPassword
authPassword: $other
-

dn: uid=bob,dc=example,dc=org
changetype: delete

dn: uid=carol,dc=example,dc=org
changetype: modify
add: authPassword
authPassword: $sha256
-
END
ok "changes that only add are taken" put_but 1 2
ok "others are refused by name" blames 1 'the record is a change, "delete: auth'
ok "whatever they are" blames 10 'the record is a change, "changetype: delete"'
ok "what is deleted is not there" has_not alice
ok "and what is added is" has carol "$sha256"
new_store
import ldif <<END
dn: uid=alice,dc=example,dc=org
jpegPhoto:: $(head -c 200000 /dev/zero | base64 -w0)
authPassword: $sha256
END
ok "a photo is of no account" put 1
new_store
import ldif <<END
what is this
"alice" "$sha256"

dn: uid=bob,dc=example,dc=org
authPassword: $other

dn: uid=carol,dc=example,dc=org
authPassword $other
authPassword: $sha256

 continued
END
ok "what is no LDIF is said" put_but 1 3
ok "with the number of its line" blames 8 "it is not a line of LDIF"
ok "also where nothing is to be continued" blames 11 "it is not a line of LDIF"
ok "its entry is left out" has_not carol
ok "and others are not" has bob "$other"

new_store
import csv --iterations 4096 <<END
user,password
alice,pencil
"b,ob","pa""ss,word"
no comma
carol,
dora,a,b
Aª,pencil
$(printf '%01025d' 0 | sed 's/^/long,/')
END
ok "passwords are taken, but for lines that are none" put_but 3 4
ok "a name that SASLprep changes is said" \
    blames 7 '"Aª" is "Aa" when it is prepared'
ok "and stored so" out_has "3 verifiers"
ok "an empty password is none" blames 5 "it has no password"
ok "a comma has to be in quotation marks" blames 6 "what follows the first"
run_with x user add --store "$store" 'b,ob'
ok "a name in quotation marks is there" exits 1
new_store
import csv --iterations 4096 <<<'"user","password"'$'\n''"alice","pencil"'
ok "a title may be in quotation marks" put 1
ok "and is nobody" has_not user
new_store
import csv --mechanism SCRAM-SHA-1 --iterations 4096 <<<alice,pencil
ok "passwords make verifiers for the mechanism that is asked for" put 1
ok "and no other" not grep -q SHA-256 \
    <("$command" user show --store "$store" alice)

new_store
import pgbouncer <<<"\"alice\" \"$sha256\""
import pgbouncer <<<"\"alice\" \"$other\""$'\n'"\"bob\" \"$other\""
ok "who is there already is left alone" has alice "$sha256"
ok "and counted" out_has "1 exists and was kept"
ok "which is no failure" exits 0
seq -f "\"u%.0f\" \"$sha256\"" 200 | import pgbouncer
seq -f "u%.0f,pencil" 200 >"$dir/file"
timeout 30 "$command" user import --store "$store" --format csv \
    --iterations 10000000 "$dir/file" >"$dir/out"
ok "for whom no verifier is made" out_has "200 exist and were kept"
import pgbouncer --replace <<<"\"alice\" \"$other\""
ok "--replace replaces" has alice "$other"

# A file that is something else does not fill the screen.
new_store
{
    echo "\"alice\" \"$sha256\""
    seq -f 'line %.0f' 1000
    echo "\"bob\" \"$sha256\""
} >"$dir/lines"
run user import --store "$store" --format pgbouncer "$dir/lines"
ok "twenty lines are said to be bad" \
    [ "$(grep -c ': line [0-9]*: ' "$dir/err")" = 20 ]
ok "and that there are more" [ "$(sed -n '21,$p' "$dir/err")" = \
    "gss-scram: $dir/lines: more lines cannot be taken; they are only counted" ]
ok "all are counted" out_has "; 1000 rejected (see the first of them above)"
ok "and the others are taken" has bob "$sha256"
seq -f "\"Aª%.0f\" \"$sha256\"" 30 | import pgbouncer
ok "nor do names that SASLprep changes" \
    [ "$(grep -c 'when it is prepared' "$dir/err")" = 20 ]
ok "which are counted too" grep -q '; 30 names were changed by SASLprep' \
    "$dir/out"

# Nobody is let in again whom somebody has shut out, unless it is said.
new_store
import pgbouncer <<<"\"alice\" \"$sha256\""$'\n'"\"bob\" \"$sha256\""
run user disable --store "$store" alice
import pgbouncer --replace <<<"\"alice\" \"$other\""$'\n'"\"bob\" \"$other\""
ok "--replace replaces a disabled user's verifier" has alice "$other"
ok "who remains disabled" is_disabled alice
ok "which is said" out_has "; 1 of them is of users who are disabled, and \
remain so (--enable lets them in)"
ok "and nobody else is" not is_disabled bob
import csv --mechanism SCRAM-SHA-1 --iterations 4096 <<<alice,pencil
ok "nor does another mechanism let in who is disabled" is_disabled alice
import dovecot --replace <<<"alice:$dovecot"
ok "nor a file that could say that a user is disabled" is_disabled alice
run user disable --store "$store" bob
import csv --replace --iterations 4096 <<<bob,pencil
ok "a password does not either" is_disabled bob
import csv --replace --enable --iterations 4096 <<<bob,pencil
ok "--enable does" not is_disabled bob
ok "without more words" not out_has disabled
import dovecot --replace --enable <<<"bob:$dovecot::::::nologin"
ok "but for whom the file has disabled" is_disabled bob
import csv --enable --mechanism SCRAM-SHA-1 --iterations 4096 <<<bob,pencil
ok "what was not put is as it was" [ "$("$command" user show --store "$store" \
    bob | grep -c '^state  partly enabled$')" = 1 ]
new_store
import dovecot <<<"alice:$dovecot::::::nologin"
import dovecot --replace <<<"alice:$dovecot"
ok "whom a file has disabled remains so too" is_disabled alice
new_store
import pgbouncer --stop-on-error <<END
"alice" "$sha256"
bad
"bob" "$sha256"
END
ok "--stop-on-error stops at the first bad line" put_but 1 1
ok "and says so" out_has "nothing after that was looked at (--stop-on-error)"
ok "with what came before it" has alice "$sha256"
ok "and not what comes after" has_not bob
few=${sha256/4096/4095}
import pgbouncer <<<"\"few\" \"$few\""
ok "too few iterations are refused" \
    blames 1 "its verifier has 4095 iterations, and clients refuse fewer"

# What cannot take its place is not counted: here for want of the right to give
# the new file its group.
if [ "$(id -u)" = 0 ]; then
    new_store
    import pgbouncer <<<"\"alice\" \"$sha256\""
    chgrp 65534 "$dir/$number" || exit 1
    seq -f "\"u%.0f\" \"$sha256\"" 20001 >"$dir/file"
    code=0
    setpriv --bounding-set=-chown "$command" user import --store "$store" \
        --format pgbouncer "$dir/file" >"$dir/out" 2>"$dir/err" || code=$?
    ok "what is lost is an error" exits 3
    ok "and not said to be there" out_has_line "0 verifiers were put into .*"
    ok "as it is not" has_not u1
    ok "but what was there before is" has alice "$sha256"
fi

input="\"alice\" \"$sha256\""
new_store
run user import --store "$store" --format pgbouncer
ok "standard input is read where no file is named" put 1
new_store
run user import --store "$store" --format pgbouncer -
ok "or is named -" put 1
input=
run user import --store "$store" --format pgbouncer "$dir/none"
ok "a file that is not there" \
    refuses 3 "$dir/none: cannot be read: No such file or directory"
run user import --store "$store" --format pgbouncer "$dir"
ok "a directory" refuses 3 "$dir: cannot be read: it is a directory"
run user import --store "$store" "$dir/file"
ok "a format has to be named" refuses 2 "--format is missing; it is one of \
csv, dovecot, ejabberd, ldif, pbkdf2-sha256, pgbouncer, postgresql and xep0227"
run user import --format sql "$dir/file"
ok "one that is there" complains 2 "--format takes one of csv, dovecot,"
run user import --format ldif --iterations 5000 "$dir/file"
ok "iterations are for passwords" complains 2 "--mechanism and --iterations"
run user import --format csv --mechanism SCRAM-SHA-1 \
    --mechanism SCRAM-SHA-256 "$dir/file"
ok "one mechanism at a time" complains 2 "one --mechanism at a time"

# What is written is read again.
new_store
from=$store
import pgbouncer <<END
"alice" "$sha256"
"b""o,b|\\x=y" "$other"
" Jörg+#" "$sha256"
"carol" "$other"
END
ok "there is something to write" put 4
for format in dovecot ldif pgbouncer postgresql; do
    base=()
    [ $format != ldif ] || base=(--base ou=people,dc=example,dc=org)
    run user export --store "$from" --format $format "${base[@]}"
    cp "$dir/out" "$dir/file"
    new_store
    run user import --store "$store" --format $format "$dir/file"
    ok "$format is read as it was written" put 4
    ok "with the spaces around a name" has ' Jörg+#' "$sha256"
    ok "the verifier of the oddest name in it" has 'b"o,b|\x=y' "$other"
done
run user disable --store "$from" carol
run user export --store "$from" --format pgbouncer
ok "a disabled user is not let in elsewhere" not out_has carol
ok "which is said" grep -qF "1 verifier was left out" "$dir/err"
ok "and not done as was asked" exits 1
run user export --store "$from" --format dovecot
ok "unless it can be said there" grep -q '^carol:.*nologin' "$dir/out"
run user export --store "$from" --format ldif --base dc=example,dc=org
cp "$dir/out" "$dir/file"
new_store
run user import --store "$store" --format ldif "$dir/file"
ok "as in LDIF too" is_disabled carol
ok "where nobody else is" not is_disabled alice
run user export --format ldif --store "$from"
ok "a directory's entries have to be somewhere" complains 2 "--base is missing"
for format in xep0227 ejabberd; do
    run user export --store "$from" --format $format --base example.org
    ok "$format has a host's users" grep -q "<host jid='example.org'>" "$dir/out"
    ok "but no blanks and bars" not grep -qi 'Jörg\|x=y' "$dir/out"
    ok "nor those who are disabled" not out_has carol
    ok "which is said" grep -qF "3 verifiers were left out" "$dir/err"
    cp "$dir/out" "$dir/file"
    new_store
    run user import --store "$store" --format $format "$dir/file"
    ok "it is read as it was written" put 1
    ok "with its verifier" has alice "$sha256"
done
run user export --format xep0227 --store "$from"
ok "a host's users have a host" complains 2 "--base is missing: which host"
for base in '' "a' b='" a@b; do
    run user export --format xep0227 --base "$base" --store "$from"
    ok "which '$base' is none" complains 2 "--base cannot be that: it is which"
done
run user export --format pgbouncer --base example.org --store "$from"
ok "others have none" complains 2 "pgbouncer takes no --base"
new_store
import xep0227 --iterations 4096 <<END
<server-data xmlns='urn:xmpp:pie:0'><host jid='example.org'>
<user name='dora' password='explorer'/></host></server-data>
END
ok "a password makes a verifier" put 1
ok "with the iterations that were asked for" eval \
    '"$command" user show --store "$store" --keys dora |
    grep -q "^SCRAM-SHA-256[$]4096:"'
run user export --format csv --store "$from"
ok "there are no passwords to write" complains 2 "csv has passwords"
run user export --format pbkdf2-sha256 --store "$from"
ok "nor hashes of them" complains 2 "pbkdf2-sha256 has hashes, which cannot"
run user show --store "$from" alice
ok "no key is shown unless somebody asks" not grep -q W22Z "$dir/out"

# An import that is killed in the middle, at whatever point.
new_store
awk -v v="$sha256" 'BEGIN {
    for (i = 0; i < 60000; i++)
        printf "\"user%05d\" \"%s\"\n", i, v
}' >"$dir/many"
"$command" user import --store "$store" --format pgbouncer "$dir/many" \
    >/dev/null 2>&1 &
importing=$!
until "$command" user show --store "$store" user00000 >/dev/null 2>&1; do
    kill -0 "$importing" 2>/dev/null || break
    sleep 0.01
done
kill -9 "$importing" 2>/dev/null
wait "$importing" 2>/dev/null
killed=$?
ok "an import was killed" [ "$killed" = 137 ]
some=$("$command" user list --store "$store" | tail -n +2 | wc -l)
ok "the store is whole, with whole transactions in it" \
    [ $((some % 10000)) = 0 ]
run user import --store "$store" --format pgbouncer "$dir/many"
ok "it can be run again" exits 0
ok "and puts what is missing" out_has "$((60000 - some)) verifiers were put"
ok "all are there then" [ "$("$command" user list --store "$store" |
    tail -n +2 | wc -l)" = 60000 ]

# One that is interrupted says what is in.
new_store
mkfifo "$dir/fifo"
"$command" user import --store "$store" --format pgbouncer "$dir/fifo" \
    >"$dir/out" 2>"$dir/err" &
importing=$!
exec 9>"$dir/fifo"
cat "$dir/many" >&9 # all but what the pipe holds has been read when this ends
kill -TERM "$importing"
wait "$importing"
code=$?
exec 9>&-
ok "an import is interrupted" exits 143
some=$(sed -n 's/^\([0-9]*\) verifiers were put into .*/\1/p' "$dir/out")
ok "it has said how many it has put" [ "${some:-0}" -ge 10000 ]
ok "and that the rest is missing" \
    grep -q '^gss-scram: interrupted; the same import puts' "$dir/err"
ok "so many are there" [ "$("$command" user list --store "$store" |
    tail -n +2 | wc -l)" = "$some" ]
run user import --store "$store" --format pgbouncer "$dir/many"
ok "and the others when it is run again" \
    out_has "$((60000 - some)) verifiers were put"

# On a terminal it shows how far it is, if it takes more than a second.
seq -f 'user%g,pencil' 64 >"$dir/passwords"
for iterations in 100000 1000000 10000000; do
    new_store
    SHELL=$BASH TERM=vt100 script -qec "'$command' user import --format csv \
        --store '$store' --iterations $iterations '$dir/passwords'" \
        "$dir/screen" >/dev/null 2>&1 </dev/null
    ! grep -q '/s, .* left' "$dir/screen" || break
done
ok "a terminal is told how much of it is done, how fast, and what is left" \
    grep -qaE '\[#+ *\] +[0-9]+ %  [0-9]+ users, [0-9]+/s, [0-9]+ (s|min)' \
    "$dir/screen"
ok "and has the result alone in the end" \
    grep -qaE $'\x1b\\[K64 verifiers were put' "$dir/screen"
ok "what is no terminal is not" not grep -qa '/s, ' "$dir/all"
finish
