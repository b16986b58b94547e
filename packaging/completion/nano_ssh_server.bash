# bash completion for nano_ssh_server              -*- shell-script -*-
#
# The program is asked for its options (--help), so that these are those of the build at hand.

# Sets rows: "-x --name VALUE" for every option; without a value, - in its place
_nano_ssh_server_rows() {
    local line pattern='^  (-(.), |    )--([a-z0-9-]+)( ([^ ]+))?(  |$)' program=${1/#\~\//$HOME/}
    rows=()
    while IFS= read -r line; do
        [[ $line =~ $pattern ]] || continue
        rows+=("${BASH_REMATCH[2]:+-}${BASH_REMATCH[2]:--} --${BASH_REMATCH[3]} ${BASH_REMATCH[5]:--}")
    done < <(PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin "$program" --help 2>/dev/null </dev/null)
}

# _nano_ssh_server_value VALUE WORD: by what --help calls it
_nano_ssh_server_value() {
    local kind=
    case $1 in
    *FILE* | *PATH*) kind=-f ;;
    DIR*) kind=-d ;;
    NAME | USER) kind=-u ;;
    CMD) kind=-c ;;
    *) return 0 ;; # numbers, addresses
    esac
    [[ $kind != -[fd] ]] || compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen $kind -- "$2")
}

_nano_ssh_server() {
    local word=${COMP_WORDS[COMP_CWORD]} before='' rows=() row letter name value i
    ((COMP_CWORD == 0)) || before=${COMP_WORDS[COMP_CWORD - 1]}
    # --name=VALUE is three words to bash.
    if [[ $word == = ]]; then
        word=
    elif [[ $before == = ]]; then
        before=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    COMPREPLY=()
    # Behind -- it is another program.
    for ((i = 1; i < COMP_CWORD; i++)); do
        [[ ${COMP_WORDS[i]} == -- ]] || continue
        if declare -F _command_offset >/dev/null; then
            _command_offset $((i + 1))
        elif ((i + 1 == COMP_CWORD)); then
            _nano_ssh_server_value CMD "$word"
        else
            _nano_ssh_server_value FILE "$word"
        fi
        return 0
    done
    _nano_ssh_server_rows "$1"
    for row in "${rows[@]}"; do
        read -r letter name value <<<"$row"
        [[ $value != - && ($before == "$name" || $before == "$letter") ]] || continue
        _nano_ssh_server_value "$value" "$word"
        return 0
    done
    # Options are all that may stand here.
    mapfile -t COMPREPLY < <(compgen -W "$(printf '%s\n' "${rows[@]}" | cut -d ' ' -f 2) --" -- "$word")
}

complete -F _nano_ssh_server nano_ssh_server
