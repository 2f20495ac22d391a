#!/bin/bash
# The password on a terminal: script(1) makes one, with echo as a shell's has,
# and writes down all that appears on it.
# shellcheck source=tests/tools/lib.sh
. "$(dirname "$0")/lib.sh"

# What runs there. It says what the command exits with, and whether there is
# echo then; a command that was stopped is continued.
screen=$dir/screen
pid=$dir/pid
export command pid
cat >"$dir/session" <<'END'
[ -z "$STOPS" ] || set -m
trap : INT TERM HUP
# shellcheck disable=SC2016
sh -c 'echo $$ >"$pid"; exec "$command" user "$@" --iterations 4096' sh "$@"
code=$?
while [ $code = 148 ]; do
    stty -a | sed -n 's/.* \(-\?echo\) .*/stopped with \1/p'
    fg >/dev/null
    code=$?
done
stty -a | sed -n "s/.* \(-\?echo\) .*/exited $code with \1/p"
END

# What script(1) runs it with. Another shell may stay, as the session's leader,
# and take the signals that are meant for the command: its end hangs up on it.
SHELL=$BASH
export SHELL

# begin WORD...: start the command on a terminal of its own.
begin()
{
    local words
    words=$(printf '%q ' bash "$dir/session" "$@")
    rm -f "$screen" "$pid"
    touch "$screen"
    # Whoever runs the test in the background may have had signals ignored.
    coproc exec env --default-signal=INT,QUIT,HUP \
        script -qfec "$words" -E always "$screen" >/dev/null 2>&1
    keyboard=${COPROC[1]}
    session=$COPROC_PID
}

# appears TEXT [COUNT]: wait until it is on the screen, so many times.
appears()
{
    local tries=1500
    until [ "$(grep -aoF -- "$1" "$screen" | wc -l)" -ge "${2-1}" ]; do
        [ $((tries -= 1)) -gt 0 ] || return 1
        sleep 0.02
    done
}

# press KEYS: they may have a backslash's escapes.
press()
{
    printf %b "$1" >&"$keyboard"
}

# ends CODE: the command exits so, and the terminal has echo then. What was on
# it is in $dir/out.
ends()
{
    appears "exited $1 with echo"
    local result=$?
    kill "$session" 2>/dev/null
    exec {keyboard}>&-
    wait "$session" 2>/dev/null
    tr -d '\r' <"$screen" >"$dir/out"
    cat "$dir/out" >>"$dir/all"
    code=$1
    return "$result"
}

STOPS=
export STOPS

begin add alice
ok "the password is asked for" appears "Password for alice: "
press 'open sesame\n'
ok "and asked for again" appears "The same again: "
press 'open sesame\n'
ok "whoever gives the same is added" ends 0
ok "as is said" out_has "added alice to $store"

begin add bob
appears "Password for bob: " && press 'open sesame\n'
appears "The same again: " && press 'close sesame\n'
ok "whoever gives another is not" ends 1
ok "as is said" out_has "the two passwords differ; nothing was changed"

begin add bob
appears "Password for bob: " && press '\n'
ok "an empty one is refused" ends 1
ok "at once" not out_has "The same again"

begin add bob
appears "Password for bob: " && press '\004'
ok "and the end of the input" ends 1
ok "as is said" out_has "no password was given"

begin add bob
appears "Password for bob: " && press "$(printf '%01025d' 0)sesame\n"
ok "and one of more than 1024 bytes" ends 1
ok "as is said" out_has "a password may have 1024 bytes at most"

begin add bob
appears "Password for bob: " && press 'open sesame\003'
ok "an interrupt ends it" ends 130

begin add bob
appears "Password for bob: " && press 'open sesame\n'
appears "The same again: " && press '\034'
ok "and so does a quit" ends 131

begin add bob
appears "Password for bob: " && kill -TERM "$(cat "$pid")"
ok "and a termination" ends 143

run user list
ok "nobody is added by half" out_has_line 'alice .*'
ok "nor by another half" not out_has bob

STOPS=yes
begin passwd alice
appears "Password for alice: " && press 'close sesame\032'
ok "it may be stopped, and the terminal used" appears "stopped with echo"
ok "and continued, when it asks again" appears "Password for alice: " 2
press 'close sesame\n'
appears "The same again: " && press 'close sesame\n'
ok "as if nothing had happened" ends 0
STOPS=

begin add bob --password-stdin
ok "a terminal that is standard input is asked too" \
    appears "Password for bob: "
press 'open sesame\n'
appears "The same again: " && press 'open sesame\n'
ok "and as silently" ends 0

without_terminal()
{
    setsid -w "$command" user add carol >"$dir/out" 2>"$dir/err" </dev/null
    code=$?
    complains 2 "--password-stdin"
}
ok "where there is no terminal it is said what to do" without_terminal

ok "no password was ever on a screen" not grep -qa sesame "$dir/all"
finish
