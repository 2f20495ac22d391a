# shellcheck shell=bash
#
# How scripts/test and scripts/test-platforms count their checks. Whoever sources
# this sets $work, a folder for logs, and $copy, in which commands are run.

passed=0
failed=0
failures=
started=$SECONDS

say()
{
    printf '[%3ds] %s\n' $((SECONDS - started)) "$*"
}

# Print a log, indented, so that nothing in it passes for this script's words.
show()
{
    say "this is the log, $(wc -l <"$1") lines, or its last 300:"
    tail -n 300 "$1" | sed 's/^/    | /'
}

# fail N SENTENCE LOG: N more have failed, as the log shows: now, and in short in
# the end, where somebody looks first, and what cuts long output leaves it.
fail()
{
    failed=$((failed + $1))
    say "FAILED: $2"
    show "$3"
    failures+="- $2"$'\n'$({
        grep -B 2 -E '^not ok |:[FE]:|Sanitizer|[Ee]rror:|warning:' "$3" ||
            tail -n 8 "$3"
    } | tail -n 10 | cut -c 1-200 | sed 's/^/    | /')$'\n'
}

finish()
{
    [ -z "$failures" ] || printf 'what failed:\n%s' "$failures"
    echo "$passed passed, $failed failed"
    [ "$failed" = 0 ] && [ "$passed" != 0 ]
    exit
}

# check SENTENCE COMMAND...: one check, which passes if the command does.
check()
{
    local sentence=$1 log=$work/check.log
    shift
    if (cd "$copy" && "$@") >"$log" 2>&1 </dev/null; then
        passed=$((passed + 1))
        say "ok: $sentence"
    else
        fail 1 "$sentence" "$log"
        return 1
    fi
}

# Print "passed failed", as a test program's log counts them: Check's closing
# line, or a shell test's lines of "ok" and "not ok".
count_log()
{
    awk '
        /%: Checks: [0-9]+, Failures: [0-9]+, Errors: [0-9]+/ {
            gsub(/[^0-9 ]/, "")
            bad += $3 + $4
            good += $2 - $3 - $4
        }
        /^ok [0-9]+ - / { good++ }
        /^not ok [0-9]+ - / { bad++ }
        END { print good + 0, bad + 0 }' "$1"
}

# count_tests BUILD: add what the test programs of a build counted. One that did
# not pass and counted no failure has crashed before its closing line, and one
# that counted nothing has tested nothing: both failed.
# The exception is a test that was skipped and has said why by "not tried:",
# which is for what installing packages does not help.
count_tests()
{
    local trs log result good bad before=$failed
    while read -r trs; do
        log=${trs%.trs}.log
        result=$(sed -n 's/^:test-result: *//p' "$trs")
        if [ "$result" = SKIP ] && grep -q '^not tried: ' "$log"; then
            say "${log#"$work/"}: $(grep -m1 '^not tried: ' "$log")"
            continue
        fi
        read -r good bad < <(count_log "$log")
        if [ "$bad" = 0 ] && { [ "$result" != PASS ] || [ "$good" = 0 ]; }; then
            bad=1
        fi
        passed=$((passed + good))
        [ "$bad" = 0 ] || fail "$bad" "$bad in ${log#"$work/"} ($result)" "$log"
    done < <(find "$1" -name '*.trs' | sort)
    [ "$failed" = "$before" ]
}
