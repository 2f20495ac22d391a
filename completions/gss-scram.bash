# bash completion for gss-scram

# A user may be called anything: compgen -W would run what a name has in $().
_gss_scram_users()
{
    local name
    COMPREPLY=()
    while IFS= read -r name; do
        printf -v name %q "$name"
        [[ $name != "$cur"* ]] || COMPREPLY+=("$name")
    done < <(gss-scram user list "${store[@]}" 2>/dev/null |
        sed -n '2,$s/  *SCRAM-SHA-.*//p')
}

_gss_scram()
{
    local cur prev words cword word index path='' skip=''
    local -a store=()
    _init_completion -n : || return

    case $prev in
    --mechanism)
        mapfile -t COMPREPLY < <(compgen -W 'SCRAM-SHA-256 SCRAM-SHA-1' \
            -- "$cur")
        return
        ;;
    --format)
        mapfile -t COMPREPLY < <(compgen -W \
            'csv dovecot ejabberd ldif pbkdf2-sha256 pgbouncer postgresql
            xep0227' -- "$cur")
        return
        ;;
    --store)
        mapfile -t COMPREPLY < <(compgen -W 'file: lmdb:' -- "$cur")
        compopt -o nospace
        __ltrimcolons "$cur"
        return
        ;;
    --expires)
        mapfile -t COMPREPLY < <(compgen -W 'never' -- "$cur")
        return
        ;;
    --account)
        mapfile -t COMPREPLY < <(compgen -u -- "$cur")
        return
        ;;
    --groups | --iterations | --min-iterations | --lifetime | --base | --server | --pid)
        return
        ;;
    esac

    # The commands so far, without options and what belongs to them.
    for ((index = 1; index < cword; index++)); do
        word=${words[index]}
        case $skip$word in
        skip*) skip= ;;
        --store)
            skip=skip
            store=(--store "${words[index + 1]}")
            ;;
        --mechanism | --iterations | --min-iterations | --lifetime | --format | \
            --base | --account | --pid | --server | --expires | \
            --groups) skip=skip ;;
        -*) ;;
        *) path+=" $word" ;;
        esac
    done

    local commands='' options='--help' users=''
    case $path in
    '')
        commands='user login logout broker throttle doctor'
        options+=' --version'
        ;;
    ' user') commands='add passwd change remove enable disable list show import export' ;;
    ' user add')
        options+=' --store --password-stdin --iterations --mechanism --expires'
        options+=' --groups'
        ;;
    ' user change')
        options+=' --store --expires --groups'
        users=yes
        ;;
    ' user passwd')
        options+=' --store --password-stdin --iterations --mechanism'
        users=yes
        ;;
    ' user remove' | ' user enable' | ' user disable')
        options+=' --store'
        users=yes
        ;;
    ' user list') options+=' --store --json --older-than --iterations-below' ;;
    ' user show')
        options+=' --store --json --keys'
        users=yes
        ;;
    ' user import')
        options+=' --format --store --replace --enable --stop-on-error --iterations'
        options+=' --mechanism'
        [[ $cur == -* ]] || _filedir
        ;;
    ' user export') options+=' --format --store --base' ;;
    ' login')
        options+=' --server --any-server --lifetime --min-iterations --bound'
        options+=' --mechanism --save --password-stdin --list --json'
        ;;
    ' logout') options+=' --server --any-server --all' ;;
    ' broker') commands='enable status who metrics reload' ;;
    ' broker enable') options+=' --store' ;;
    ' throttle') commands='list show clear' ;;
    ' doctor') options+=' --account --json --pid --store' ;;
    esac

    if [[ $cur == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
    elif [[ -n $users ]]; then
        _gss_scram_users
    elif [[ -n $commands ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$cur")
    fi
} && complete -F _gss_scram gss-scram
