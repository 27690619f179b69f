# Completion for fish.  batchctl itself knows its words: each line is a word, a tab and what it
# means; the last one is ":" and a sum of 2 (no space behind it), 4 (no files), 16 (folders only).
function __batchctl_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l lines (command $words[1] __complete $words[2..-1] 2>/dev/null)
    test (count $lines) -gt 0; or return
    set -l flags (string sub -s 2 -- $lines[-1])
    set -e lines[-1]
    printf '%s\n' $lines
    if test (math "bitand($flags, 16)") -ne 0
        __fish_complete_directories (commandline -ct)
    else if test (math "bitand($flags, 4)") -eq 0
        __fish_complete_path (commandline -ct)
    end
end
complete -c batchctl -f -a '(__batchctl_complete)'
