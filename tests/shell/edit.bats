#!/usr/bin/env bats
# The line editor on real terminals: those of tmux, whose screen is what a person would see, and a bare one.

setup() {
    load ../applets/common
    folder_make
    driver=${SERVER%/*}/tests/shell/edit_driver
    [ -x "$driver" ] || driver=$root/build/host/tests/shell/edit_driver
    socket=nano-edit-$$-$BATS_TEST_NUMBER
    PATH=/usr/bin:/bin
}
teardown() { screen kill-server 2>/dev/null || true; }

screen() { LC_ALL=C.UTF-8 tmux -u -L "$socket" -f /dev/null "$@"; }

# terminal COLUMNS ROWS [PROMPT]
terminal() {
    screen new-session -d -x "$1" -y "$2" "exec '$driver' '${3:-# }'" \; set-option -g remain-on-exit on \; set-option -g status off
    see "^${3:-#}"
}
keys() { screen send-keys "$@"; }
text() { screen send-keys -l -- "$1"; }

# see REGEX: soon the screen has it (a ^ is the beginning of a row)
see() {
    local i shown
    for ((i = 0; i < 200; i++)); do
        shown=$(screen capture-pane -p 2>/dev/null)
        [[ $'\n'$shown =~ ${1//^/$'\n'} ]] && return
        sleep 0.05
    done
    printf 'waited for %q on\n%s\n' "$1" "$shown"
    return 1
}
# resize COLUMNS: tmux tells the terminal some time later
resize() {
    local i tty
    tty=$(screen display-message -p '#{pane_tty}')
    screen resize-window -x "$1" -y 12
    for ((i = 0; i < 200; i++)); do
        [ "$(stty size <"$tty")" != "12 $1" ] || return 0
        sleep 0.05
    done
    return 1
}
cursor() { screen display-message -p '#{cursor_x}'; }
# at COLUMN: soon the cursor is there
at() {
    local i
    for ((i = 0; i < 200; i++)); do
        [ "$(cursor)" != "$1" ] || return 0
        sleep 0.05
    done
    echo "the cursor is at $(cursor), not $1"
    return 1
}

# bats test_tags=quick
@test "a line is typed, mended and entered" {
    terminal 60 12
    text 'ehco hello'
    keys Home Right DC Right h End BSpace
    see '^# echo hell'
    at 11
    keys C-Left
    at 7
    keys o o C-e Enter
    see '^\[echo oohell\]^#'
}

@test "control-C, control-D, control-L" {
    terminal 60 12
    text 'not this'
    keys C-c
    see '^# not this.C^\[cancelled\]^#'
    text 'abc'
    keys Home C-d C-l
    see '^# bc'
    [[ $(screen capture-pane -p) != *cancelled* ]]
    keys C-u C-k C-d
    see '^\[end\]'
}

@test "what was entered before: arrows and control-R" {
    terminal 60 20
    for line in 'first one' 'second one' 'third'; do
        text "$line"
        keys Enter
        see "^\[$line\]^#"
    done
    text 'half'
    keys Up Up
    see '^# second one$'
    keys Down Down
    see '^# half'
    keys C-r
    text 'one'
    see '^\(search\) one: second one'
    keys C-r
    see '^\(search\) one: first one'
    keys Left X Enter
    see '^\[firstX one\]'
}

@test "a prompt begins in a row of its own" {
    terminal 60 12
    text bare
    keys Enter
    see '^\[bare\]^#'
    at 2
}

@test "a line that is longer than the terminal is scrolled, and all of it shown at the end" {
    terminal 40 12
    text 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'
    see '^ABCDEFGHIJKLMNOPQRSTUVWXYZ'
    keys Home
    see '^# abcdefghijklmnopqrstuvwxyz0123456789A'
    at 2
    keys End Enter
    see '^# abcdefghijklmnopqrstuvwxyz0123456789AB^CDEFGHIJKLMNOPQRSTUVWXYZ^\[abc'
}

@test "the terminal gets another width" {
    terminal 60 12
    text 'abcdefghijklmnopqrstuvwxyz0123456789'
    see '0123456789'
    resize 30
    text X
    see '123456789X'
    resize 80
    text Y
    see '^# abcdefghijklmnopqrstuvwxyz0123456789XY'
    at 40
}

@test "characters of several bytes, and wide ones" {
    terminal 60 12 'é漢#'
    at 4
    text 'aé漢🙂z'
    at 11
    keys Left Left
    at 8
    keys BSpace
    see '^é漢#aé🙂z'
    at 6
    keys Enter
    see '^\[aé🙂z\]'
}

@test "names are completed, and listed in columns" {
    mkdir folder
    touch file_one file_two 'file three' .hidden folder/inner
    terminal 60 12
    text 'cat fi'
    keys Tab
    see '^# cat file'
    keys Tab
    see '^file three +file_one +file_two^# cat file'
    text '\ '
    keys Tab
    see '^# cat file\\ three$'
    text 'fo'
    keys Tab Tab Enter
    see '^\[cat file\\ three folder/inner \]'
    text './'
    keys Tab Tab Tab
    see 'folder/'
    [[ $(screen capture-pane -p) != *hidden* ]]
}

@test "ten thousand names" {
    mkdir many
    (cd many && seq -f 'name-%05.0f' 10000 | xargs touch)
    terminal 80 200
    text 'cat many/'
    keys Tab Tab Tab
    see '^\.\.\. and 9500 more^# cat many/name-'
}

@test "names that would drive the terminal do not" {
    touch $'evil\e[2J' $'evil\nrm -rf x' $'evil\xc2\x9b2J' evilly ok
    terminal 60 12
    text 'above'
    keys Enter
    see '^\[above\]^#'
    text 'cat ev'
    keys Tab
    see '^# above^\[above\]^# cat evilly'
}

# bats test_tags=quick
@test "the terminal's mode is raw only while a line is edited" { python3 "$root/tests/shell/edit_pty.py" mode "$driver"; }
@test "what is typed ahead is not taken" { python3 "$root/tests/shell/edit_pty.py" ahead "$driver"; }
@test "sequences in parts, and ESC alone" { python3 "$root/tests/shell/edit_pty.py" escape "$driver"; }
@test "the terminal vanishes" { python3 "$root/tests/shell/edit_pty.py" gone "$driver"; }
@test "a terminal that a program left non-blocking" { python3 "$root/tests/shell/edit_pty.py" nonblock "$driver"; }
@test "what comes at once is drawn once" { python3 "$root/tests/shell/edit_pty.py" once "$driver"; }

@test "no terminal, or a dumb one" {
    run -1 "$driver" </dev/null
    equal "$output" 'no terminal'
    run env TERM=dumb python3 "$root/tests/support/terminal.py" 24 80 "$driver" </dev/null
    equal "$output" 'no terminal'
    run env -u TERM python3 "$root/tests/support/terminal.py" 24 80 "$driver" <<'END'
wait #
send \x04
wait end
END
    equal "$status" 0
}
