#!/bin/bash
# "gss-scram user" over a store of its own, as an administrator uses it.
# shellcheck source=tests/tools/lib.sh
. "$(dirname "$0")/lib.sh"

has_mode()
{
    [ "$(stat -c %a "$1")" = "$2" ]
}

# lists NAMES: these are the users, in this order.
lists()
{
    run user list
    [ "$(awk 'NR > 1 { print $1 }' "$dir/out" | paste -sd' ')" = "$1" ]
}

# is STATE USER
is()
{
    "$command" user show "$2" | grep -qx "state  $1"
}

# A store that is not there
run user list
ok "a store that is not there cannot be listed" complains 3 "$dir/users"
run_with swordfish user passwd alice
ok "nor is one made for a new password" complains 3 "$dir/users"
ok "so that there still is none" test ! -e "$dir/users"

# Passwords
input=$'\n' run user add --password-stdin alice
ok "an empty password is refused" refuses 1 "a password may not be empty"
input='' run user add --password-stdin alice
ok "and so is none" refuses 1 "no password was given"
input=$(printf '%01025d' 0) run user add --password-stdin alice
ok "and one of 1025 bytes" refuses 1 "a password may have 1024 bytes at most"
input=$'pass\tword\n' run user add --password-stdin alice
ok "and one with a control character" complains 1 "SASLprep"
input=$'password\r\n' run user add --password-stdin alice
ok "and one that ends with a carriage return" complains 1 "carriage return"
input=$'pass\xffword\n' run user add --password-stdin alice
ok "and one that is not UTF-8" complains 1 "UTF-8"
ok "none of which makes a store" test ! -e "$dir/users"

# Adding
run_with 'open sesame' user add alice
ok "a user is added, to a store that is made" \
    says "added alice to $store (SCRAM-SHA-256, 4096 iterations)"
ok "its group may read it and others may not" has_mode "$dir/users" 640
ok "and nobody else opens its lock file" has_mode "$dir/users.lock" 600
run_with swordfish user add alice
ok "a user is not added twice, and it is said what to do" refuses 1 \
    "alice is in $store already; \"gss-scram user passwd\" changes the password"
run_with swordfish user add alice --mechanism SCRAM-SHA-1
ok "not for another mechanism either" complains 1 "already"
input=swordfish run user add bob --password-stdin --iterations 5000
ok "a password may end with the file" \
    says "added bob to $store (SCRAM-SHA-256, 5000 iterations)"
input=$(printf '%01024d' 0) run user add carol --password-stdin \
    --iterations 10000000
ok "a password may have 1024 bytes, and be hashed ten million times" exits 0
ok "which is in the store" \
    out_has "added carol to $store (SCRAM-SHA-256, 10000000 iterations)"
ok "and is said to take a client its time" \
    grep -q 'a login takes a client about [0-9.]* seconds' "$dir/err"
run_with ' Schlüssel für alle ' user add dave --mechanism SCRAM-SHA-1 \
    --mechanism SCRAM-SHA-256
ok "a user may have several mechanisms" says "added dave to $store \
(SCRAM-SHA-256, 4096 iterations; SCRAM-SHA-1, 4096 iterations)"
input=$'swordfish\n' run user add --password-stdin erin
ok "unless told otherwise a password is hashed 600,000 times" \
    out_has "added erin to $store (SCRAM-SHA-256, 600000 iterations)"
input=$'swordfish\n' run user add --password-stdin frank \
    --mechanism SCRAM-SHA-1
ok "and for SCRAM-SHA-1 1,300,000 times" \
    out_has "added frank to $store (SCRAM-SHA-1, 1300000 iterations)"
add_and_read_on()
{
    "$command" user add --password-stdin --iterations 4096 grace \
        >/dev/null && read -r next && [ "$next" = second ]
}
ok "of standard input the first line is read, and no more" \
    add_and_read_on <<<$'first\nsecond'

# Names
run_with swordfish user add 'o,e=x y'
ok "a name may hold a comma, an equals sign and a space" \
    says "added o,e=x y to $store (SCRAM-SHA-256, 4096 iterations)"
run_with swordfish user add Ⅸ
ok "a name that SASLprep changes is stored as it is then" \
    out_has "added IX to $store"
ok "which is said" grep -qF '"Ⅸ" is "IX"' "$dir/err"
run_with swordfish user add -- -dash
ok "a name may begin with a dash" out_has "added -dash to $store"
run_with swordfish user add jürgen
ok "a name may hold letters beyond ASCII" out_has "added jürgen to $store"
run_with swordfish user add ''
ok "a name may not be empty" refuses 1 "a user's name may not be empty"
run_with swordfish user add "$(printf '%0257d' 0)"
ok "nor have 257 bytes" refuses 1 "a user's name may have 256 bytes at most"
run_with swordfish user add $'a\e[31mb'
ok "nor hold a control character, which no terminal gets to see" \
    complains 1 '"a\x1b[31mb" cannot be a user'"'s name"
run_with swordfish user add $'a\xffb'
ok "nor bytes that are not UTF-8" complains 1 '"a\xffb" cannot be'

# Listing and showing
date='[0-9]{4}-[0-9]{2}-[0-9]{2}'
ok "users are listed in the order of their bytes" \
    lists '-dash IX alice bob carol dave erin frank grace jürgen o,e=x'
ok "with mechanisms, iterations and state" \
    out_has_line \
    "dave     SCRAM-SHA-256,SCRAM-SHA-1  4096,4096        $date  -           enabled"
ok "in columns, also after letters beyond ASCII" \
    out_has_line \
    "jürgen   SCRAM-SHA-256              4096             $date  -           enabled"
verifier()
{
    printf '{"mechanism": "%s", "iterations": %s, ' "$1" "$2"
    printf '"salt_length": 16, "enabled": true, "changed": "%s"}' "$date"
}
run user list --json
ok "the list may be had in JSON" out_has_line \
    "{\"user\": \"alice\", \"verifiers\": \[$(verifier SCRAM-SHA-256 4096)\]},"
ok "whose last user is in it" out_has_line \
    "{\"user\": \"o,e=x y\", \"verifiers\": \[$(verifier SCRAM-SHA-256 4096)\]}"
ok "and ends it" [ "$(tail -n 1 "$dir/out")" = ']' ]
run user show dave
ok "a user is shown, with a line for each mechanism" \
    out_has_line "SCRAM-SHA-1 +4096  16 bytes  $date  -           enabled"
run user show dave --json
ok "who may be had in JSON" out_has_line "{\"user\": \"dave\", \"verifiers\": \
\[$(verifier SCRAM-SHA-256 4096), $(verifier SCRAM-SHA-1 4096)\]}"
# Who is asked for: lines of the file say when they were put. 2024 has a leap day.
days_ago()
{
    date -u -d "$(date -u +%F) $1 days ago" +%F
}
some=file:$dir/some
head -n 1 "$dir/users" >"$dir/some"
line='SCRAM-SHA-256$%s:c2FsdHNhbHRzYWx0c2FsdA==$HCV95H5vrxw5YFsfi9QNcERu4zJ+lQ8'
line+='Tb84j5plM7rY=:+GSgTrhnIjXMLklh7lNkdEIwxO8oaRPt4WvuohZKBNE=%s\n'
{
    # shellcheck disable=SC2059 # the format is above
    printf "leap:$line" 600000 ' changed=2024-02-29'
    printf "month:$line" 100000 " changed=$(days_ago 30)"
    printf "none:$line" 599999 ''
    printf "today:$line" 100000 " changed=$(days_ago 0)"
    printf "year:$line" 600000 " changed=$(days_ago 365)"
} >>"$dir/some"
# asks OPTIONS USERS: these are listed.
asks()
{
    # shellcheck disable=SC2086 # words
    run user list --store "$some" $1
    [ "$(awk 'NR > 1 { print $1 }' "$dir/out" | paste -sd' ')" = "$2" ]
}
ok "a date is shown as the file has it" asks '' 'leap month none today year'
ok "on a leap day too" out_has_line 'leap .* 2024-02-29  -           enabled'
ok "or as none" out_has_line 'none .* 599999 +-           -           enabled'
ok "users whose password is old may be listed alone" \
    asks '--older-than 1y' 'leap none year'
ok "a day younger is not as old" asks '--older-than 366d' 'leap none'
ok "by weeks too" asks '--older-than 5w' 'leap none year'
ok "or days" asks '--older-than 30d' 'leap month none year'
ok "and so may those with few iterations" \
    asks '--iterations-below 600000' 'month none today'
ok "and those of whom both are true" \
    asks '--iterations-below 599999 --older-than 1d' 'month'
ok "nobody may be" asks '--iterations-below 4096' ''
ok "which is said" grep -q 'there are no such users in' "$dir/err"
run user list --store "$some" --json --iterations-below 100001 --older-than 1d
ok "in JSON as well" [ "$(grep -c '"user"' "$dir/out")" = 1 ]
for time in 0d 1 y 1m -1d 101y 36501d 1.5y; do
    run user list --older-than "$time"
    ok "$time is no such time" complains 2 "--older-than takes a number of days"
done

run user show nobody
ok "a user who is not there is not shown" \
    refuses 1 "there is no user nobody in $store"

# Passwords again
cp "$dir/users" "$dir/before"
run_with 'close sesame' user passwd alice
ok "a password is changed" says "changed the password of alice in $store \
(SCRAM-SHA-256, 4096 iterations)"
ok "and with it what is stored" not cmp -s "$dir/users" "$dir/before"
run_with swordfish user passwd nobody
ok "a user who is not there gets none" \
    refuses 1 "there is no user nobody in $store"
input=$'swordfish\n' run user passwd bob --password-stdin
ok "a new password is hashed as often as a new user's" out_has "changed the \
password of bob in $store (SCRAM-SHA-256, 600000 iterations)"
run_with swordfish user passwd dave
ok "the user keeps the mechanisms" says "changed the password of dave in \
$store (SCRAM-SHA-256, 4096 iterations; SCRAM-SHA-1, 4096 iterations)"
run_with swordfish user passwd dave --mechanism SCRAM-SHA-256
ok "or has those that are given" says "changed the password of dave in \
$store (SCRAM-SHA-256, 4096 iterations)"
run user show dave
ok "so that none keeps the old password" not out_has SCRAM-SHA-1
run_with swordfish user passwd dave --mechanism SCRAM-SHA-256 \
    --mechanism SCRAM-SHA-1
ok "a mechanism may come with it too" out_has "SCRAM-SHA-1, 4096 iterations"

# Enabling and disabling
run user disable dave
ok "a user is disabled" says "disabled dave in $store"
ok "for all mechanisms" is disabled dave
run user disable dave
ok "twice, if need be" says "dave is disabled already in $store"
run_with swordfish user passwd dave
ok "a new password does not change that, which is said" \
    out_has "; the user is still disabled"
ok "and is so" is disabled dave
run_with swordfish user passwd dave --mechanism SCRAM-SHA-1
ok "nor does another mechanism" is disabled dave
run user list
ok "the list tells who is disabled" out_has_line 'dave .* disabled'
run user enable dave
ok "a user is enabled again" says "enabled dave in $store"
ok "for all mechanisms" is enabled dave
run user enable dave
ok "twice, if need be" says "dave is enabled already in $store"
# What a person writes into the file: a key of a later version's, and damage.
sed 's/^dave:.*/& quota=2027-01-01/' "$dir/users" >"$dir/edited"
cp "$dir/users" "$dir/before"
chmod 640 "$dir/edited" && mv "$dir/edited" "$dir/users"
ok "a user with a key that is not known counts as disabled" is disabled dave
run user enable dave
ok "and cannot be enabled, which is said" complains 1 "dave is still disabled"
run_with swordfish user passwd dave
ok "nor by a new password" out_has "the user is still disabled"
ok "which keeps the key" grep -q '^dave:.* quota=2027-01-01$' "$dir/users"
sed 's/^dave:/dave /' "$dir/before" >"$dir/edited"
chmod 640 "$dir/edited" && mv "$dir/edited" "$dir/users"
run user list
ok "a line that is damaged is named" complains 3 "$dir/users is damaged: line \
$(grep -n '^dave ' "$dir/users" | cut -d: -f1) does not begin with a user's name"
chmod 640 "$dir/before" && mv "$dir/before" "$dir/users"

# Expiring
run_with swordfish user add heidi --expires 2199-12-31
ok "a user is added who expires" exits 0
ok "which the file says" grep -q '^heidi:SCRAM.* expires=2199-12-31$' "$dir/users"
run user list
ok "and the list" out_has_line "heidi .* $date  2199-12-31  enabled"
run user change heidi --expires 2026-11-28
ok "the day is changed" says "changed heidi in $store"
ok "a user whose day is over has expired" is expired heidi
run user list
ok "the list says it" out_has_line "heidi .* $date  2026-11-28  expired"
run user show heidi --json
ok "and JSON does" out_has \
    '"enabled": true, "changed": "'"$(date -u +%F)"'", "expires": "2026-11-28", "expired": true}'
run_with swordfish user passwd heidi
ok "a new password changes nothing about it, which is said" \
    out_has "; the user has expired all the same"
ok "and is so" is expired heidi
run_with swordfish user passwd heidi --mechanism SCRAM-SHA-1
ok "nor does another mechanism" is expired heidi
run user disable heidi
ok "nor to be disabled" is disabled heidi
run user enable heidi
ok "nor to be enabled, which is said" \
    says "enabled heidi in $store; the user has expired all the same"
ok "and is so" is expired heidi
run user export --format dovecot
ok "who has expired is out where nobody knows the day" \
    out_has_line 'heidi:.*::::::event_expires=2026-11-28 event_expired=yes nologin'
cp "$dir/out" "$dir/backup"
run user change heidi --expires never
ok "a user may be let in for ever again" is enabled heidi
ok "of which the file says nothing" \
    not grep -q '^heidi:.*expires' "$dir/users"
run user import --format dovecot --replace "$dir/backup"
run user show heidi
ok "an export has the day, and an import takes it" out_has 2026-11-28
run user change heidi --expires 2199-12-31
ok "and disables nobody" is enabled heidi
sed -n 's/^heidi:\([^:]*\):.*/heidi:\1/p' "$dir/backup" |
    run user import --format dovecot --replace -
ok "an import of who expires leaves the day" \
    grep -q '^heidi:.*expires=2199-12-31' "$dir/users"
run user export --format ldif --base dc=x
ok "an export that cannot have the day says it" eval 'exits 1 &&
    grep -q "without the day on which their users expire, or their groups: ldif" \
        "$dir/err"'
run user change heidi
ok "it is said what may change" complains 2 'say what is to change: --expires, --groups or both'
for day in 2027-02-29 2027-1-1 tomorrow '' 1970-01-01; do
    run user change heidi --expires "$day"
    ok "\"$day\" is no day" complains 2 "--expires takes a day"
done
run user change nobody --expires never
ok "a user who is not there does not expire" \
    refuses 1 "there is no user nobody in $store"
sed 's/^\(heidi:.*\)expires=2199-12-31/\1expires=31.12.2199/' "$dir/users" \
    >"$dir/edited"
chmod 640 "$dir/edited" && mv "$dir/edited" "$dir/users"
ok "what a person writes that is no day is over" is expired heidi
run_with swordfish user passwd heidi
ok "and a new password does not mend it" is expired heidi
run user change heidi --expires never
ok "but to say a day does" is enabled heidi
run user remove heidi

# Groups
run_with swordfish user add judy --groups 'web,Domain Users' --expires 2199-12-31
ok "a user is added who is in groups" exits 0
ok "which the file says" \
    grep -q '^judy:SCRAM.* expires=2199-12-31 groups=web,Domain%20Users$' \
    "$dir/users"
run user list
ok "and the list" \
    out_has_line 'judy .* 2199-12-31  enabled         web,Domain Users'
run user show judy
ok "and who is shown" out_has_line 'groups web,Domain Users'
run user show judy --json
ok "in JSON too" out_has '"expired": false, "groups": ["web", "Domain Users"]}'
run_with swordfish user passwd judy --mechanism SCRAM-SHA-1
ok "a new password keeps them" out_has 'changed the password of judy'
ok "and a new mechanism" \
    grep -q '^judy:SCRAM-SHA-1.* groups=web,Domain%20Users$' "$dir/users"
run user export --format dovecot
ok "an export has them" out_has_line \
    'judy:.*::::::event_expires=2199-12-31 event_groups=web,Domain%20Users'
cp "$dir/out" "$dir/backup"
run user change judy --groups staff
ok "they are changed" says "changed judy in $store"
ok "and nothing else is" \
    grep -q '^judy:.* expires=2199-12-31 groups=staff$' "$dir/users"
run user import --format dovecot --replace "$dir/backup"
ok "an import takes them" grep -q '^judy:.* groups=web,Domain%20Users$' "$dir/users"
run user change judy --groups ''
ok "a user may be in none" not grep -q '^judy:.*groups' "$dir/users"
for groups in 'a,' ',' 'a,a' ' a' $'a\tb' "$(printf '%0129d' 0)" $'\xff' \
    "$(seq -s, 33)"; do
    run user change judy --groups "$groups"
    ok "groups may not be so: ${groups@Q}" complains 2 "--groups takes up to 32"
done
run user change judy --groups "$(seq -s, 32)"
ok "but 32 they may be" exits 0
sed 's/^\(judy:.*\)groups=.*/\1groups=a,a/' "$dir/users" >"$dir/edited"
chmod 640 "$dir/edited" && mv "$dir/edited" "$dir/users"
ok "who has groups that are none counts as disabled" is disabled judy
run user change judy --groups web
run user enable judy
ok "until that is mended" is enabled judy
run user remove judy

run user enable nobody
ok "a user who is not there is not enabled" \
    refuses 1 "there is no user nobody in $store"
run user disable nobody
ok "nor disabled" refuses 1 "there is no user nobody in $store"

# Removing
run user remove Ⅸ
ok "a user is removed, by any name that is theirs when prepared" \
    out_has "removed IX from $store"
run user remove IX
ok "once" refuses 1 "there is no user IX in $store"
run user remove -- -dash
ok "whatever they are called" says "removed -dash from $store"
ok "and nobody else is" \
    lists 'alice bob carol dave erin frank grace jürgen o,e=x'

# The store
other=file:$dir/other
run_with swordfish user add alice --store "$other"
ok "a store may be named" out_has "added alice to $other"
run user remove alice --store "$other"
ok "and emptied" says "removed alice from $other"
run user list --store "$other"
ok "which its list says" complains 0 "there are no users in $other"
run user list --store "$other" --json
ok "or shows" says '[]'
run user list --store "file:$dir/no/users"
ok "a folder that is not there is not made" complains 3 "$dir/no"
run_with swordfish user add alice --store "file:$dir/no/users"
ok "not for a new user either" complains 3 "$dir/no"
run user list --store "$dir/users"
ok "a path is no location" complains 3 "location"
for wrong in sql:nowhere file:users; do
    printf '[scram]\nstore = %s\n' "$wrong" >"$GSS_SCRAM_CONFIG"
    run user list
    ok "the configuration's wrong location $wrong is said with file and key" \
        complains 3 "$GSS_SCRAM_CONFIG: store is wrong: \"$wrong\""
    run_with swordfish user add alice
    ok "to who adds a user too" complains 3 "$GSS_SCRAM_CONFIG: store is wrong"
    run doctor
    ok "and by the doctor" out_has "$GSS_SCRAM_CONFIG: store is wrong"
    run user list --store "$wrong"
    ok "which is not blamed for the command line's" \
        not grep -qF "$GSS_SCRAM_CONFIG" "$dir/err"
done
echo 'something else' >"$dir/text"
run user list --store "file:$dir/text"
ok "a file of another kind is not taken for a store" complains 3 "$dir/text"

printf '[scram]\nstoer = %s\n' "$store" >"$GSS_SCRAM_CONFIG"
run user list
ok "a mistake in the configuration is said" complains 3 "stoer"
run user list --store "$store"
ok "a store that is named needs no configuration" exits 0
printf '[accounts]\n%s = {\nstore = %s\n}\n' "$(id -un)" "$other" \
    >"$GSS_SCRAM_CONFIG"
run user list
ok "the configuration may name another for this account" \
    complains 0 "there are no users in $other"

written_to_full()
{
    "$command" user list --store "$store" >/dev/full 2>"$dir/err"
    code=$? # for complains
    true >"$dir/out"
    complains 3 "cannot write the output"
}
ok "output that cannot be written is not lost in silence" written_to_full

ok "no password was ever said" \
    not grep -qE 'sesame|swordfish|Schlüssel' "$dir/all"
if [ "$(id -u)" = 0 ]; then
    mkdir "$dir/served"
    run_with password user add alice --store "file:$dir/served/users"
    chgrp daemon "$dir/served" "$dir/served/users"
    chmod 2750 "$dir/served"
    chmod 755 "$dir"
    # as_nobody WORD...: run the command as an ordinary account, which may be
    # kept out of the build's folder.
    cp "$command" "$dir/command"
    as_nobody()
    {
        setpriv --reuid nobody --regid nogroup --clear-groups \
            "$dir/command" "$@" >"$dir/out" 2>"$dir/err"
        code=$?
    }
    for words in 'user list' 'user add bob' 'user export --format postgresql' 'user remove alice'; do
        # shellcheck disable=SC2086 # words
        as_nobody $words --store "file:$dir/served/users"
        ok "an ordinary account is not told to join a group: $words" eval \
            'complains 3 "run this as root" && not grep -q group "$dir/err"'
    done
fi

# A name with a blank at an end does not look like the one without.
store=file:$dir/blanks
run_with swordfish user add --store "$store" ' eve '
ok "a name with blanks is added in quotation marks" \
    out_has "added \" eve \" to $store"
run_with swordfish user add --store "$store" ' eve '
ok "refused in them" complains 1 '" eve " is in '
run user list --store "$store"
ok "listed in them" grep -qE '^" eve " +SCRAM' "$dir/out"
run user show --store "$store" ' eve '
ok "shown in them" out_has_line 'user   " eve "'
run user show --store "$store" --json ' eve '
ok "but once in JSON" out_has '"user": " eve "'
run user disable --store "$store" ' eve '
ok "disabled in them" out_has 'disabled " eve " in'
run user remove --store "$store" eve
ok "not there without" complains 1 "no user eve in"
run user remove --store "$store" ' eve '
ok "removed in them" out_has 'removed " eve " from'
finish
