# fish completion for nano_ssh_server: the program is asked for its options (--help), so that these are those of the build at hand.

complete -c nano_ssh_server -f
begin
    set -lx PATH $PATH /usr/local/sbin /usr/sbin /sbin
    for line in (nano_ssh_server --help 2>/dev/null </dev/null)
        # all, letter, name, value, text
        set -l row (string match -r '^  (-., |    )--([a-z0-9-]+)((?: \S+)?)  +(.*)$' -- $line)
        or continue
        set -l option -l $row[3] -d $row[5]
        string match -q -- '-*' $row[2]; and set option $option -s (string sub -s 2 -l 1 -- $row[2])
        switch (string trim -- $row[4])
            case ''
                complete -c nano_ssh_server $option
            case '*FILE*' '*PATH*' 'DIR*'
                complete -c nano_ssh_server $option -r -F
            case NAME USER
                complete -c nano_ssh_server $option -x -a '(__fish_complete_users)'
            case CMD
                complete -c nano_ssh_server $option -x -a '(__fish_complete_command)'
            case '*' # numbers, addresses
                complete -c nano_ssh_server $option -x
        end
    end
end
# Behind -- it is another program.
complete -c nano_ssh_server -n 'contains -- -- (commandline -opc)' -x -a '(__fish_complete_subcommand)'
