# fish completion for gss-scram

function __gss_scram_users
    gss-scram user list 2>/dev/null | sed -n '2,$s/  *SCRAM-SHA-.*//p'
end

# Whether these are the commands so far.
function __gss_scram_at
    set -l words (string match -v -- '-*' (commandline -opc))
    test "$words[2..-1]" = "$argv"
end

# Whether these were among the first of them.
function __gss_scram_in
    set -l words (string match -v -- '-*' (commandline -opc))
    test (count $words) -gt (count $argv)
    and test "$words[2.."(math (count $argv) + 1)"]" = "$argv"
end

complete -c gss-scram -f
complete -c gss-scram -l help -d 'how to use it'
complete -c gss-scram -n '__gss_scram_at' -l version -d 'which version it is'
complete -c gss-scram -n '__gss_scram_at' -a user -d 'add, change, remove and list users'
complete -c gss-scram -n '__gss_scram_at' -a login -d 'keep a password for this account\'s programs'
complete -c gss-scram -n '__gss_scram_at' -a logout -d 'forget passwords again'
complete -c gss-scram -n '__gss_scram_at' -a broker -d 'look after gss-scramd, as root'
complete -c gss-scram -n '__gss_scram_at' -a throttle -d 'list and free users who must wait'
complete -c gss-scram -n '__gss_scram_at' -a doctor -d 'check the set-up and say what is wrong'

complete -c gss-scram -n '__gss_scram_at user' -a add -d 'add a user'
complete -c gss-scram -n '__gss_scram_at user' -a passwd -d 'change a user\'s password'
complete -c gss-scram -n '__gss_scram_at user' -a change -d 'change when a user expires, and groups'
complete -c gss-scram -n '__gss_scram_at user' -a remove -d 'remove a user'
complete -c gss-scram -n '__gss_scram_at user' -a enable -d 'let a disabled user in again'
complete -c gss-scram -n '__gss_scram_at user' -a disable -d 'keep a user out'
complete -c gss-scram -n '__gss_scram_at user' -a list -d 'list all users'
complete -c gss-scram -n '__gss_scram_at user' -a show -d 'show one user'
complete -c gss-scram -n '__gss_scram_at user' -a import -d 'add users from another program'
complete -c gss-scram -n '__gss_scram_at user' -a export -d 'write all verifiers'

complete -c gss-scram -n '__gss_scram_at broker' -a enable -d 'move the users of a text file to gss-scramd'
complete -c gss-scram -n '__gss_scram_at broker' -a status -d 'show what gss-scramd serves'
complete -c gss-scram -n '__gss_scram_at broker' -a who -d 'show whether an account is served'
complete -c gss-scram -n '__gss_scram_at broker' -a metrics -d 'write what gss-scramd counts'
complete -c gss-scram -n '__gss_scram_at broker' -a reload -d 'have the configuration read again'

complete -c gss-scram -n '__gss_scram_at throttle' -a list -d 'list the users who must wait'
complete -c gss-scram -n '__gss_scram_at throttle' -a show -d 'show how many guesses a user has left'
complete -c gss-scram -n '__gss_scram_at throttle' -a clear -d 'forget a user\'s wrong passwords'

for command in passwd change remove enable disable show
    complete -c gss-scram -n "__gss_scram_at user $command" -a '(__gss_scram_users)'
end
complete -c gss-scram -n '__gss_scram_in user; or __gss_scram_in broker enable; or __gss_scram_in doctor' -l store -x -a 'file:' -d 'the store'
for command in add passwd import
    complete -c gss-scram -n "__gss_scram_in user $command" -l iterations -x -d 'how often a password is hashed'
    complete -c gss-scram -n "__gss_scram_in user $command" -l mechanism -x -a 'SCRAM-SHA-256 SCRAM-SHA-1' -d 'which mechanism'
end
for command in add change
    complete -c gss-scram -n "__gss_scram_in user $command" -l expires -x -a never -d 'the last day of the user'
    complete -c gss-scram -n "__gss_scram_in user $command" -l groups -x -d 'all groups of the user'
end
for command in 'user add' 'user passwd' login
    complete -c gss-scram -n "__gss_scram_in $command" -l password-stdin -d 'take the password from standard input'
end
for command in 'user list' 'user show' login doctor
    complete -c gss-scram -n "__gss_scram_in $command" -l json -d 'for programs'
end
complete -c gss-scram -n '__gss_scram_in user list' -l older-than -x -a '90d 12w 1y' -d 'whose password is so old'
complete -c gss-scram -n '__gss_scram_in user list' -l iterations-below -x -d 'with fewer iterations'
for command in import export
    complete -c gss-scram -n "__gss_scram_in user $command" -l format -x -a 'csv dovecot ejabberd ldif pbkdf2-sha256 pgbouncer postgresql xep0227' -d 'how the file is written'
end
complete -c gss-scram -n '__gss_scram_in user import' -F
complete -c gss-scram -n '__gss_scram_in user import' -l replace -d 'replace what is there'
complete -c gss-scram -n '__gss_scram_in user import' -l enable -d 'enable imported users whom the store has disabled'
complete -c gss-scram -n '__gss_scram_in user import' -l stop-on-error -d 'stop at the first bad line'
complete -c gss-scram -n '__gss_scram_in user export' -l base -x -d 'where in a directory, or of which host, users are'
complete -c gss-scram -n '__gss_scram_in user show' -l keys -d 'with the keys'
complete -c gss-scram -n '__gss_scram_in login; or __gss_scram_in logout' -l server -x -d 'which server'
complete -c gss-scram -n '__gss_scram_in login; or __gss_scram_in logout' -l any-server -d 'whatever the server is'
complete -c gss-scram -n '__gss_scram_in login' -l lifetime -x -a '8h 30m 7d forever' -d 'how long the agent has it'
complete -c gss-scram -n '__gss_scram_in login' -l bound -d 'with channel bindings alone'
complete -c gss-scram -n '__gss_scram_in login' -l mechanism -x -a 'SCRAM-SHA-256 SCRAM-SHA-1' -d 'which mechanism'
complete -c gss-scram -n '__gss_scram_in login' -l save -d 'to the credentials file'
complete -c gss-scram -n '__gss_scram_in logout' -l all -d 'of the file too'
complete -c gss-scram -n '__gss_scram_in login' -l min-iterations -x -d 'refuse a server that asks for fewer'
complete -c gss-scram -n '__gss_scram_in login' -l list -d 'list the logins'
complete -c gss-scram -n '__gss_scram_in doctor' -l account -x -a '(__fish_complete_users)' -d 'as which account'
complete -c gss-scram -n '__gss_scram_in doctor' -l pid -x -a '(__fish_complete_pids)' -d 'as which process'
