#!/usr/bin/env bats
# packaging/systemd, packaging/openrc, packaging/procd: that they are well-formed, and that what they would run logs users in.

load ../support/interop
load ../support/services

setup_file() {
    folder_make
    program_place
    export PATH
}
teardown_file() {
    servers_end
    folder_remove
}

# --- systemd --------------------------------------------------------------------------------------------

# units DROP-IN...: our units in $units, with the program under test; NAME.d/FILE of packaging/systemd's FILE
units() {
    units=$BATS_TEST_TMPDIR/units
    local file
    mkdir "$units"
    for file in "$packaging"/systemd/nano_ssh_server*; do
        sed "s,/usr/sbin/nano_ssh_server,$SERVER," "$file" >"$units/${file##*/}"
    done
    for file; do
        mkdir -p "$units/${file%/*}"
        cp "$packaging/systemd/${file##*/}" "$units/$file"
    done
}
verified() { # UNIT...
    local unit
    for unit; do
        run -0 systemd-analyze verify --man=no --recursive-errors=no "$units/$unit"
        equal "$output" ''
    done
}

# bats test_tags=quick
@test "systemd-analyze verify has nothing to say" {
    needs systemd-analyze
    units
    verified nano_ssh_server.service nano_ssh_server.socket nano_ssh_server@.service
}

@test "nor with the drop-ins" {
    needs systemd-analyze
    units nano_ssh_server.service.d/confined.conf nano_ssh_server@.service.d/confined.conf nano_ssh_server.socket.d/accept.conf
    verified nano_ssh_server.service nano_ssh_server@.service nano_ssh_server.socket
}

@test "systemd-analyze security: confined.conf is worth its name" {
    needs systemd-analyze
    units nano_ssh_server.service.d/confined.conf
    systemd-analyze security --help | grep -q -- --offline || skip "this systemd-analyze cannot do it offline"
    systemd-analyze security --offline=yes --threshold=40 --no-pager "$units/nano_ssh_server.service" >/dev/null
}

# --- OpenRC ---------------------------------------------------------------------------------------------

# openrc FUNCTION: of our script, with openrc-run's part played by words that say what they were told
openrc() {
    # shellcheck disable=SC2016
    RC_SVCNAME=nano_ssh_server nano_ssh_server_command=$SERVER nano_ssh_server_dir=$work/etc \
        nano_ssh_server_opts="--listen 127.0.0.1:$port $(usual_options)" sh -euc '
        for word in use after need checkpath ebegin eend supervise-daemon; do
            alias "$word=told $word"
        done
        told() { echo "$*"; }
        . "$1"
        "$2"
        echo "$supervisor|$command|$command_args"' sh "$packaging/openrc/init.d/nano_ssh_server" "$1" 2>&1
}

@test "OpenRC: what it is told, and that it works" {
    port_find
    like "$(openrc depend)" 'use logger dns'
    run -0 openrc start_pre
    like "$output" "checkpath --directory --mode 0700 $work/etc"
    like "$output" "supervise-daemon\|$SERVER\|--listen 127.0.0.1:$port "
    like "$(openrc reload)" 'supervise-daemon nano_ssh_server --signal HUP'
    # shellcheck disable=SC2046
    server_run openrc $(openrc depend | sed -n 's/^supervise-daemon|[^|]*|//p')
    client_configure 127.0.0.1 "$port"
    logs_in
    server_stop
}

@test "OpenRC: wrong options are found before the start" {
    port='1 --nonsense'
    run ! openrc start_pre
    like "$output" 'unknown option: --nonsense'
}

# In a namespace where it is installed and has nothing else to do; the server is on $port there and here.
@test "OpenRC itself: start, reload, stop" {
    is_root || skip "needs root"
    (cd "$root" && flock build sh deps/openrc.sh) || skip "OpenRC is not to be had here"
    port_find
    served_by openrc
    mkdir "$work/openrc"
    run -0 timeout 60 unshare -m --propagation private sh -euc '
        program=$1 options=$2 script=$3 work=$4 openrc=$5
        mount -t tmpfs none "$work/openrc"
        mkdir "$work/openrc/up" "$work/openrc/work"
        mount -t overlay none -o "lowerdir=$openrc/lib:/usr/lib" /usr/lib
        mount -t overlay none -o "lowerdir=$openrc/sbin:/usr/sbin" /usr/sbin
        mount -t overlay none -o "lowerdir=$openrc/etc:/etc,upperdir=$work/openrc/up,workdir=$work/openrc/work" /etc
        mount -t tmpfs none /run
        for folder in started starting inactive wasinactive failed hotplugged daemons options exclusive scheduled tmp stopping; do
            mkdir -p "/run/openrc/$folder"
        done
        echo default >/run/openrc/softlevel
        : >/etc/insserv.conf
        mkdir -p /etc/conf.d
        cp "$script" /etc/init.d/nano_ssh_server
        printf "nano_ssh_server_opts=\"%s\"\nnano_ssh_server_command=%s\n" "$options" "$program" >/etc/conf.d/nano_ssh_server
        for what in describe start status reload status stop; do
            openrc-run /etc/init.d/nano_ssh_server -D "$what"
            [ "$what" != start ] || ssh -o ConnectionAttempts=20 -F "$work/openrc.conf" here echo in
        done' sh "$SERVER" "--listen 127.0.0.1:$port $(usual_options)" "$packaging/openrc/init.d/nano_ssh_server" "$work" \
        "$root/build/openrc"
    like "$output" 'A tiny SSH server'
    like "$output" 'Starting nano_ssh_server.*ok'
    like "$output" $'\nin\n'
    like "$output" 'Reloading nano_ssh_server.*ok'
    like "$output" 'Stopping nano_ssh_server.*ok'
}

# --- procd ----------------------------------------------------------------------------------------------

# procd FUNCTION CONFIG: with OpenWrt's functions played by such as read CONFIG and print what procd would get, a word a line
procd() {
    sh -euc '
        config=$2
        config_load() { [ "$1" = nano_ssh_server ]; }
        values() { sed -n "s/^[[:blank:]]*$1 $2 '\''\(.*\)'\''$/\1/p" "$config"; }
        config_get() { eval "$1=\$(values option $3 | tail -n 1); $1=\${$1:-\${4:-}}"; }
        config_get_bool() { config_get "$@"; }
        config_list_foreach() {
            list=$2 function=$3
            shift 3
            while read -r item; do [ -z "$item" ] || "$function" "$item" "$@"; done <<END
$(values list "$list")
END
        }
        config_foreach() { "$1" main; }
        procd_open_instance() { echo "open $1"; }
        procd_close_instance() { echo close; }
        procd_set_param() { name=$1; shift; echo "$name:"; [ $# = 0 ] || printf "%s\n" "$@"; }
        procd_append_param() { shift; printf "%s\n" "$@"; }
        procd_send_signal() { echo "signal $*"; }
        procd_add_reload_trigger() { echo "trigger $1"; }
        rc_procd() { "$@"; }
        mkdir() { echo "mkdir $*"; }
        . "$3"
        "$1"' sh "$1" "$2" "$packaging/procd/init.d/nano_ssh_server"
}

@test "procd: the file that is shipped is what one would type" {
    run -0 procd start_service "$packaging/procd/config/nano_ssh_server"
    equal "$output" "mkdir -p /etc/nano_ssh_server
open main
command:
/usr/sbin/nano_ssh_server
--listen
22
--authorized-keys
/etc/dropbear/authorized_keys
respawn:
stderr:
1
close"
    equal "$(procd service_triggers /dev/null)" 'trigger nano_ssh_server'
    like "$(procd reload_service "$packaging/procd/config/nano_ssh_server")" 'signal nano_ssh_server'
}

@test "procd: every option, and values with blanks in them, log a user in" {
    port_find
    cat >"$work/uci" <<END
config nano_ssh_server 'main'
	list listen '127.0.0.1:$port'
	list listen 'unix:$work/with a blank'
	list host_key '$work/host_key'
	option authorized_keys '$work/authorized_keys'
	option idle_timeout '600'
	option max_per_source '8'
	option syslog '1'
	option verbose '1'
	option no_forwarding '1'
	list word '--max-startups'
	list word '10'
END
    local words=()
    procd start_service "$work/uci" >"$work/told"
    mapfile -t words < <(sed -n '/^command:/,/^respawn:/p' "$work/told" | sed '1,2d;$d')
    equal "${words[*]: -5}" '--syslog --verbose --no-forwarding --max-startups 10'
    server_run procd "${words[@]}"
    client_configure 127.0.0.1 "$port"
    logs_in
    test -S "$work/with a blank"
    server_stop
}

@test "procd: a section that is switched off starts nothing" {
    printf "config nano_ssh_server 'main'\n\toption enabled '0'\n" >"$work/uci"
    equal "$(procd start_service "$work/uci")" 'mkdir -p /etc/nano_ssh_server'
}

# --- all of them ------------------------------------------------------------------------------------------

@test "every script is one for sh, BusyBox's too" {
    local file
    while read -r file; do
        sh -n "$file"
        ! command -v busybox >/dev/null || busybox sh -n "$file"
    done < <(find "$packaging" -type f -perm -100)
}
