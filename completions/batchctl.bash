# Completion for bash.  batchctl itself knows its words: each line is a word, a tab and what it
# means; the last one is ":" and a sum of 2 (no space behind it), 4 (no files), 16 (folders only).
_batchctl() {
    local cur=${COMP_WORDS[COMP_CWORD]} cword=$COMP_CWORD words=("${COMP_WORDS[@]}") lines line flags
    # "--to=pdf" and "BATCH:17" are one word each, whatever readline thinks.
    ! declare -F _init_completion >/dev/null || _init_completion -n '=:' || return
    mapfile -t lines < <("${words[0]}" __complete "${words[@]:1:cword}" 2>/dev/null)
    ((${#lines[@]})) || return
    flags=${lines[-1]#:}
    unset 'lines[-1]'
    local typed=${cur%"${cur##*[=:]}"}  # readline replaces only what is behind the last = or :
    COMPREPLY=()
    for line in "${lines[@]}"; do
        line=${line%%$'\t'*}
        [[ $line == "$cur"* ]] && COMPREPLY+=("${line#"$typed"}")
    done
    ((flags & 2)) && compopt -o nospace
    ((flags & 16)) && compopt -o dirnames
    ((flags & 20)) || compopt -o default
    return 0
}
complete -o nosort -F _batchctl batchctl
