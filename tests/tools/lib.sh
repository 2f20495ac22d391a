# shellcheck shell=bash
#
# What the tests of the command share.
#
# There is a folder for the test, $dir, which goes away with it, and a
# configuration that names $store in it.

. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
unset POSIXLY_CORRECT
command=$GSS_SCRAM_BUILD/gss-scram

umask 022
make_dir tools
touch "$dir/out" "$dir/err" "$dir/all"
store=file:$dir/users
export GSS_SCRAM_CONFIG=$dir/scram.conf

# MIT's library does not let go of a module that it has loaded.
cp "$test_source/tests/leaks.txt" "$dir/leaks"
echo 'leak:krb5int_open_plugin' >>"$dir/leaks"
export LSAN_OPTIONS=suppressions=$dir/leaks:print_suppressions=0
printf '[scram]\nstore = %s\n' "$store" >"$GSS_SCRAM_CONFIG"

# run WORD...: run the command. What it says is kept in $dir/out and $dir/err,
# and for good in $dir/all, its exit code in $code. It reads $input.
input=
code=
run()
{
    printf %s "$input" | "$command" "$@" >"$dir/out" 2>"$dir/err"
    code=$?
    cat "$dir/out" "$dir/err" >>"$dir/all"
}

# run_with PASSWORD WORD...: the same, quickly, for a password.
run_with()
{
    local input=$1$'\n'
    shift
    run --password-stdin --iterations 4096 "$@"
}

# What the last run said and did, of which it has to have said no more.
says()
{
    [ "$code" = 0 ] && [ "$(cat "$dir/out")" = "$1" ] && [ ! -s "$dir/err" ]
}
refuses()
{
    [ "$code" = "$1" ] && [ "$(cat "$dir/err")" = "gss-scram: $2" ] &&
        [ ! -s "$dir/out" ]
}
complains()
{
    [ "$code" = "$1" ] && [ "$(wc -l <"$dir/err")" = 1 ] &&
        grep -qF -- "$2" "$dir/err" && [ ! -s "$dir/out" ]
}
exits()
{
    [ "$code" = "$1" ]
}
out_has()
{
    grep -qF -- "$1" "$dir/out"
}
out_has_line()
{
    grep -qxE -- "$1" "$dir/out"
}

explain_failure()
{
    echo "# the last exit code was $code, after this on standard output:"
    sed 's/^/#     /' "$dir/out"
    echo "# and this on standard error:"
    sed 's/^/#     /' "$dir/err"
}
