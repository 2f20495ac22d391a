#!/bin/bash
# The example server under attack, while honest clients keep coming: every one
# of those gets in, and afterwards the server is as it was.
. "$(dirname "$0")/lib.sh"
need_stock_programs
enter_own_network
set_up_loop

sanitized=$((${#stock[@]} != 1))
many=10000
[ $sanitized = 0 ] || many=1000
# Both the server and the attacker need a descriptor for each connection.
ulimit -n "$(ulimit -Hn)"
may=$(ulimit -n)
if [ "$may" != unlimited ] && [ "$may" -lt $((many + 300)) ]; then
    echo "# $many connections need more descriptors than the $may there may be"
    many=$((may - 300))
fi

# start_with SECONDS SECONDS: a server that gives a client who fell silent after
# the first token these many seconds, and one who has not got that far those.
start_with()
{
    honest=0
    configure_with "store = file:$dir/users" \
        "handshake_timeout = ${1}s" 'max_half_open = 65536'
    start_loop --limit "$2" && descriptors_before=$(descriptors)
}

descriptors()
{
    find "/proc/$server_pid/fd" -mindepth 1 | wc -l
}
memory()
{
    awk '$1 == "VmRSS:" { print $2 }' "/proc/$server_pid/status"
}
has_as_many_descriptors()
{
    [ "$(descriptors)" = "$descriptors_before" ]
}
# Give or take a mebibyte, for what an allocator keeps in between. It keeps more
# while nothing happens: the buffers of a long message, when they are released,
# have it put together what is free, and give back what is at the end.
head -c 100000 /dev/zero >"$dir/long"
has_as_much_memory()
{
    local message=$dir/long
    log_in alice 'correct horse' -f && honest=$((honest + 1))
    [ "$(memory)" -le $((memory_before + 1024)) ]
}

# Clients of both kinds, which are told apart by nothing but their programs.
honest=0
honest_clients_get_in()
{
    local begun=$EPOCHREALTIME
    log_in alice 'correct horse' -ccount 5 -mcount 2 &&
        client_says 'Signature verified.' 10 &&
        load --total 200 --at-once 8 >"$dir/honest" || return
    honest=$((honest + 205))
    echo "# stock clients and load generator took" \
        "$(((${EPOCHREALTIME/./} - ${begun/./}) / 1000)) ms; $(cat "$dir/honest")"
}

# What the server has when it has no client.
remember()
{
    until_true has_as_many_descriptors
    memory_before=$(memory)
}
server_is_as_it_was()
{
    ok "the server has closed every connection" \
        until_true has_as_many_descriptors
    if [ $sanitized = 0 ]; then
        ok "the server's memory is back to where it was" \
            until_true has_as_much_memory
    fi
    echo "# $memory_before KiB before, $(memory) KiB after"
}

# attack MODE OPTION...: in the background. There is no telling how long a loaded
# machine takes to close so many connections: --most is as good as never.
attack()
{
    local mode=$1
    shift
    : >"$dir/attack"
    (
        exec "${own[@]}" "$GSS_SCRAM_BUILD/bench/load" --port "$port" \
            --user alice --mode "$mode" --total $many --at-once $many \
            --sources 8 --most 3000000 "$@" <<<'correct horse'
    ) >"$dir/attack" 2>"$dir/complaints" &
    attacker=$!
}
# For those who would stay for an hour.
end_attack()
{
    kill -KILL "$attacker"
    wait "$attacker" 2>/dev/null
}
attack_went_as_it_should()
{
    wait "$attacker"
    local status=$?
    sed 's/^/# /' "$dir/attack"
    head -n 5 "$dir/complaints" | sed 's/^/# /'
    return $status
}
attack_is_over()
{
    ! kill -0 "$attacker" 2>/dev/null
}
honest_clients_get_in_until_over()
{
    honest_clients_get_in || return
    until attack_is_over; do
        honest_clients_get_in >"$dir/again" || return
    done
}
all_are_silent_or_gone()
{
    grep -q 'all .* have had an answer' "$dir/attack" || attack_is_over
}
# The attacker has connected once the server has so many more descriptors.
all_have_connected_or_gone()
{
    [ "$(descriptors)" -ge $((descriptors_before + many)) ] || attack_is_over
}
all_are_there()
{
    [ "$(descriptors)" -ge $((descriptors_before + many)) ]
}

server_counted_the_honest()
{
    [ "$(grep -c '^established: alice$' "$server_out")" = $honest ]
}
server_ends_well()
{
    ok "honest clients get in when all is over" honest_clients_get_in
    ok "the server established a context for each honest client and no other" \
        until_true server_counted_the_honest
    ok "the server ends well" stop_loop
}

ok "a user is added" add_user alice 'correct horse'

# The time of nobody is up here, however slow the machine is: who is gone has
# been refused.
ok "a server starts that gives clients an hour" start_with 3600 3600 || finish
ok "honest clients get in" honest_clients_get_in

remember
attack silent
until_true all_are_silent_or_gone
ok "$many clients sent the first token and are silent" all_are_there
echo "# $(memory) KiB: $((($(memory) - memory_before) * 1024 / many)) bytes each"
ok "honest clients get in meanwhile" honest_clients_get_in
ok "the silent ones are still there" all_are_there
end_attack
server_is_as_it_was

remember
attack drip
until_true all_have_connected_or_gone
ok "$many clients send the first token byte by byte" all_are_there
ok "honest clients get in meanwhile" honest_clients_get_in
ok "the slow ones are still there" all_are_there
end_attack
server_is_as_it_was

for mode in garbage close replay; do
    case $mode in
    garbage) what='send garbage' ;;
    close) what='close in the middle' ;;
    replay)
        what='repeat a whole earlier exchange'
        honest=$((honest + 1)) # the one that is recorded
        ;;
    esac
    remember
    attack $mode --at-once 500
    ok "honest clients get in while $many $what" \
        honest_clients_get_in_until_over
    ok "each of those got nothing but a refusal" attack_went_as_it_should
    server_is_as_it_was
done
server_ends_well

# Nobody is closed before it is time. How soon after, a loaded machine decides.
handshake=10
limit=5
ok "a server starts that gives clients some seconds" \
    start_with $handshake $limit || finish
ok "honest clients get in" honest_clients_get_in
for mode in silent drip; do
    case $mode in
    silent) time=$handshake what='are silent' ;;
    drip) time=$limit what='send the first token byte by byte' ;;
    esac
    remember
    attack $mode --least $((time * 1000 - 50))
    ok "honest clients get in until $many who $what are gone" \
        honest_clients_get_in_until_over
    ok "each of those was closed, and not before its time was up" \
        attack_went_as_it_should
    server_is_as_it_was
done
server_ends_well
finish
