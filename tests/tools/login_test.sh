#!/bin/bash
# "gss-scram login" and "logout": a password goes to the account's agent, or
# into its own file, is listed without it, and is gone again.
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

no_agent="no gss-scram-agent listens at $dir/gss-scram/agent: start it with"
json_is()
{
    /usr/bin/python3 - "$dir/out" "$account" <<'END'
import json, sys
logins = json.load(open(sys.argv[1]))
expected = [
    {"user": sys.argv[2], "server": "*", "from": "agent", "left": None,
     "min_iterations": 100000, "mechanism": "SCRAM-SHA-1", "bound": False,
     "used": 0, "refused": False},
    {"user": "bob", "server": "*@www.example.org", "from": "agent",
     "min_iterations": 4096, "mechanism": "SCRAM-SHA-256", "bound": True,
     "used": 0, "refused": False},
    {"user": "alice", "server": "HTTP@www.example.org", "from": "agent",
     "min_iterations": 100000, "mechanism": "SCRAM-SHA-256", "bound": False,
     "used": 0, "refused": False},
    {"user": "carol", "server": "*", "from": "file", "left": None,
     "min_iterations": 100000}]
left = [login.pop("left") for login in logins[1:3]]
sys.exit(not (259100 < left[0] <= 259200 and 28700 < left[1] <= 28800 and
              logins == expected))
END
}

run login --list
ok "at first there is no login" complains 0 "there is no login in $file"
ok "nor an agent, and it is said how to start one" complains 0 \
    "$no_agent \"systemctl --user enable --now gss-scram-agent.socket\", or"
ok "without systemd too" complains 0 '"gss-scram-agent --foreground"'
input='x'$'\n' run login --any-server --password-stdin
ok "without an agent a login says so" complains 3 "$no_agent"
ok "and what else there is" complains 3 \
    "Or say --save, and the password is written to $file"
ok "and nothing is kept" not test -e "$file"
run login --list --json
ok "for programs an empty list" says '[]'
input='x'$'\n' run login --save --password-stdin
ok "a login says which server it is for" \
    complains 2 "say which server the password is for"
ok "and how to say that it is any" complains 2 "or say --any-server"
ok "and nothing is kept without" not test -e "$file"
for target in '*' '*@*' 'HTTP@*'; do
    input='x'$'\n' run login --save --server "$target" --password-stdin
    ok "$target is any server, which is to be said" complains 2 "any server"
done
input='x'$'\n' run login --save --any-server \
    --server HTTP@www.example.org --password-stdin
ok "and not of one that is none" complains 2 "is not any server"
input='open sesame'$'\n' run login --save --any-server --password-stdin
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
input='"; #}'$'\n' run login --save alice \
    --server HTTP@www.example.org --password-stdin
ok "another one for a target" exits 0
input='x'$'\n' run login --save bob --server HTTP@www.example.org --password-stdin \
    --min-iterations 4096
ok "or as many as it is told" grep -qx '    min_iterations = 4096' "$file"
for least in 4095 10000001 many ''; do
    input='x'$'\n' run login --save --server HTTP@a --password-stdin \
        --min-iterations "$least"
    ok "\"$least\" is no such number" \
        complains 2 "--min-iterations takes a number from 4096 to 10000000"
done
run login --list
ok "all are listed" [ "$(tail -n +2 "$dir/out" | wc -l)" = 3 ]
ok "with their users and servers" \
    out_has_line 'alice +HTTP@www\.example\.org +forever +file'
ok "and without passwords" not out_has sesame
run login --list --json
ok "for programs in JSON" out_has \
    '{"user": "alice", "server": "HTTP@www.example.org", "from": "file",'
input='new'$'\n' run login --save alice \
    --server HTTP@www.example.org --password-stdin
run login --list
ok "a second login of the same user replaces the first" \
    [ "$(grep -c alice "$dir/out")" = 1 ]

run logout bob --server HTTP@www.example.org
ok "one user is logged out" says \
    "The password of bob for HTTP@www.example.org is no longer in $file."
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
input='x'$'\n' run login --save alice --server www.example.org --password-stdin
run login --list
ok "a host alone is any service on it" \
    out_has_line 'alice +\*@www\.example\.org +forever +file'
run logout
ok "what is saved is not gone with what an agent has" complains 1 \
    "1 saved login is in $file, which \"--all\" removes"
run logout bob
ok "nor where it is another's" complains 1 'there is no such login; '
run logout --server www.example.org
ok "a host alone is that in a logout too" exits 0
input='x'$'\n' run login --save alice --server www.example.org --password-stdin
input='x'$'\n' run login --save bob --server HTTP@www.example.org --password-stdin
run logout --all alice
ok "all of one user are removed" says \
    "The password of alice for *@www.example.org is no longer in $file."
run logout --all --server www.example.org
ok "all is whatever the server" complains 2 'leave out --server'
run logout --all
ok "all of all users are" says \
    "The password of bob for HTTP@www.example.org is no longer in $file."

export GSS_SCRAM_CREDENTIALS=$dir/elsewhere
input='x'$'\n' run login --save --any-server --password-stdin
ok "the environment says where the file is" test -s "$dir/elsewhere"
chmod 644 "$dir/elsewhere"
run login --list
ok "a file that others can read is refused" complains 3 "$dir/elsewhere"
unset GSS_SCRAM_CREDENTIALS
run login --save --server 'a b@c@d' --password-stdin
ok "what is no server" complains 1 'is no server: write SERVICE@HOST'
run login --save --server '' --password-stdin
ok "nor is nothing" complains 1 'is no server: write SERVICE@HOST'
run login --save one --server one@host two --password-stdin
ok "a second word, which may be a password, is not repeated" \
    not grep -q two "$dir/err"
ok "and refused" exits 2
input=$'\n' run login --save --any-server --password-stdin
ok "an empty password is none" refuses 1 "a password may not be empty"
input='x'$'\n' HOME=$dir/gone run login --save --any-server --password-stdin
ok "no home is made for an account that has none" complains 3 "$dir/gone"
ok "nor is a part of it" not test -e "$dir/gone"
input='x'$'\n' HOME='' run login --save --any-server --password-stdin
ok "without a home there is nowhere to keep it" complains 3 "set HOME"
for option in --lifetime=1h --bound --mechanism=SCRAM-SHA-1; do
    run login --save --any-server --password-stdin $option
    ok "a file knows nothing of $option" \
        complains 2 "--save takes no ${option%%=*}"
done
for time in 0 999ms 8x forty 41d -1h ''; do
    run login --any-server --password-stdin --lifetime "$time"
    ok "\"$time\" is no time" complains 2 '--lifetime takes a number and a unit'
done

ok "an agent starts" start_agent
run login --list
ok "it has no login" refuses 0 \
    "there is no login in gss-scram-agent, and none in $file"
run login --list --json
ok "nor has it for programs" says '[]'
input='open sesame'$'\n' run login alice --password-stdin \
    --server HTTP@www.example.org
ok "a login goes to the agent, for a day's work" out_has_line \
    "Programs of this account log in to HTTP@www\.example\.org as alice from now on, for 8h\."
ok "it is said who has the password" out_has \
    "gss-scram-agent has the password in its memory"
ok "and no file has it" not grep -rq 'open sesame' "$dir/home" "$GSS_SCRAM_CONFIG"
input='x'$'\n' run login bob --password-stdin --server www.example.org \
    --lifetime 3d --bound --min-iterations 4096
ok "or for as long as it is told" out_has 'from now on, for 3d.'
input='x'$'\n' run login --password-stdin --any-server --lifetime forever \
    --mechanism SCRAM-SHA-1
ok "or for ever" out_has "log in to * as $account from now on, forever."
input='x'$'\n' run login carol --save --password-stdin --any-server
run login --list
ok "all are listed" [ "$(wc -l <"$dir/out")" = 5 ]
ok "under what they are" out_has_line 'USER +SERVER +LEFT +FROM'
ok "with the time that is left" out_has_line \
    'alice +HTTP@www\.example\.org +(8h|7h 59m) +agent'
ok "with what is peculiar about them" out_has_line \
    'bob +\*@www\.example\.org +(3d|2d 23h) +agent; with channel bindings alone'
ok "and their mechanism" out_has_line \
    "$account +\* +forever +agent; SCRAM-SHA-1"
ok "those of the file come last" [ "$(tail -n 1 "$dir/out" | cut -c 1-5)" = carol ]
run login --list --json
ok "programs get the same, what was given last first" json_is
input='new'$'\n' run login alice --password-stdin --lifetime 1h \
    --server HTTP@www.example.org
run login --list
ok "a second login of the same user replaces the first" \
    [ "$(grep -c alice "$dir/out")" = 1 ]
ok "its time too" out_has_line 'alice .* (1h|59m [0-9]+s) +agent'
run logout bob --server HTTP@www.example.org
ok "nobody else's login is forgotten" complains 1 'there is no such login; '
run logout bob
ok "a user's logins are forgotten" says 'gss-scram-agent has forgotten 1 login.'
input='x'$'\n' run login carol --password-stdin --any-server
run logout --any-server carol
ok "a server's are, in both places" says "\
The password of carol for * is no longer in $file.
gss-scram-agent has forgotten 1 login."
input='x'$'\n' run login carol --save --password-stdin --any-server
run logout
ok "all are, and what is saved is said to be left" says "\
gss-scram-agent has forgotten 2 logins.
1 saved login is still in $file; \"--all\" removes that too."
run logout --all
ok "or is not" says "The password of carol for * is no longer in $file."
HOME='' XDG_CONFIG_HOME='' input='x'$'\n' run login --any-server \
    --password-stdin
ok "the agent needs no home" exits 0
run doctor
ok "the doctor knows the agent" out_has_line \
    "ok    gss-scram-agent answers this account at $dir/gss-scram/agent, and has 1 login"
ok "the agent stops" stop_agent
run doctor
ok "and knows that it has gone" out_has "$no_agent"

# In the agent's place: welcomes one program, and lists a login with a mechanism
# that there is not.
lie()
{
    /usr/bin/python3 - "$dir/gss-scram/agent" <<'END'
import os, socket, sys
listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
listener.settimeout(60)
listener.bind(sys.argv[1] + "-new")
listener.listen()
os.rename(sys.argv[1] + "-new", sys.argv[1])
peer, _ = listener.accept()
peer.settimeout(60)
peer.recv(100)
peer.send(bytes([1, 0, 1, 3]) + bytes(8))
peer.recv(100)
peer.send(bytes([41, 0, 0, 255]) + bytes(8 + 4 + 4 + 1 + 4 + 1 + 4))
END
}
lie &
liar=$!
until_true test -S "$dir/gss-scram/agent"
run login --list
wait "$liar"
ok "an agent that lists what there is not is not believed" complains 3 \
    "is not what this module knows; are both of the same version?"
finish
