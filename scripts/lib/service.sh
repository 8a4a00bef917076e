#!/usr/bin/env bash
# The life of one service: scripts/lib/service.sh NAME {start|stop|restart|status|logs [-n LINES]}
# Exit: 0 done or running, 1 failed (status: running but not ready), 2 wrong usage, 3 not running (status only).
# `refresh`, for scripts/up: start, but restart a process whose executable or settings are no longer the present ones.
set -euo pipefail
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
# shellcheck source=common.sh
. "$here/common.sh"
# shellcheck source=process.sh
. "$here/process.sh"

name=$1
action=${2:-}
script=$(service_field "$name" 2)
[ -n "$script" ] || die "there is no service $name in scripts/lib/services"

executable=$root/build/bin/$name
pid_file=$run_dir/$name.pid
port=$(service_port "$name")
url=$(service_url "$name")
log_dir=$(log_folder)
log_file=$log_dir/$(service_field "$name" 5)
stderr_file=$log_dir/$name.stderr
ready_seconds=$(number_setting READY_SECONDS 20)
drain_seconds=$(number_setting DRAIN_SECONDS 10)

usage() {
    warn "usage: scripts/$script {start|stop|restart|status|logs [-n LINES]}"
    exit 2
}

# ask_ready: sets ready_code (000 when nobody answers) and ready_answer.
ask_ready() {
    local answer
    answer=$(curl --noproxy '*' -s -m 2 -w '\n%{http_code}' "$url/ready") || true
    ready_code=${answer##*$'\n'}
    ready_answer=${answer%$'\n'*}
}

# last_words: the last lines of this start's standard error, or of the log.
last_words() {
    local text
    text=$(tail -c "+$((stderr_before + 1))" "$stderr_file" 2>/dev/null | tail -n 15)
    [ -n "$text" ] || text=$(tail -n 15 "$log_file" 2>/dev/null || true)
    [ -z "$text" ] || printf '%s\n' "$text" | sed 's/^/    /' >&2
}

launch() {
    mkdir -p "$run_dir" "$log_dir"
    stderr_before=$(stat -c %s "$stderr_file" 2>/dev/null || printf 0)
    export_settings
    export "$(service_field "$name" 3)=$port"
    # setsid: a Ctrl-C in the terminal that started it is not meant for it. Descriptor 9 is the lock.
    (cd "$root" && exec setsid "$executable") </dev/null >>"$stderr_file" 2>&1 9>&- &
    pid=$!
}

wait_until_ready() {
    local from=$1 code=0
    local until=$((from + ready_seconds * 1000))
    while ask_ready && [ "$ready_code" != 200 ]; do
        if ! is_process "$pid" "$pid_started"; then
            wait "$pid" || code=$?
            rm -f "$pid_file"
            warn "$name: failed: it ended with code $code after $(seconds_since "$from"). Its last words:"
            last_words
            return 1
        fi
        if [ "$(now_ms)" -ge "$until" ]; then
            warn "$name: runs (pid $pid), but is not ready after $ready_seconds s: ${ready_answer:-no answer from $url/ready}"
            last_words
            return 1
        fi
        sleep 0.05
    done
}

start() {
    local from
    from=$(now_ms)
    if read_pid_file "$pid_file"; then
        say "$name: is already running (pid $pid, port $pid_port)"
        return 0
    fi
    [ -x "$executable" ] || die "$name: ${executable#"$root/"} is not there: run scripts/build"
    if [ -n "$(listening_inode "$port")" ]; then
        die "$name: failed: port $port is taken by $(port_owner "$port"); set $(service_field "$name" 3) to another"
    fi
    launch
    if write_pid_file "$pid_file" "$pid" "$port" "$(settings_mark)"; then
        pid_started=$(start_time "$pid" || true)
    else
        pid_started=ended
    fi
    wait_until_ready "$from"
    say "$name: ready on $url (pid $pid, $(seconds_since "$from"))"
}

stop() {
    local from
    from=$(now_ms)
    if ! read_pid_file "$pid_file"; then
        say "$name: is not running"
        return 0
    fi
    kill -TERM "$pid" 2>/dev/null || true
    # The service gives up by itself after DRAIN_SECONDS; five more for its last writes.
    if wait_for_end "$pid" "$pid_started" "$((drain_seconds + 5))"; then
        say "$name: stopped ($(seconds_since "$from"))"
    else
        kill -KILL "$pid" 2>/dev/null || true
        wait_for_end "$pid" "$pid_started" 5 || die "$name: failed: pid $pid does not end"
        warn "$name: killed: it had not ended $((drain_seconds + 5)) s after SIGTERM"
    fi
    rm -f "$pid_file"
}

# Settings that would not let it start again must not bring a running service down.
restart() {
    local complaint
    if read_pid_file "$pid_file" && [ -x "$executable" ]; then
        if ! complaint=$(export_settings && cd "$root" && "$executable" --check-config 2>&1); then
            warn "$name: failed: not restarted (pid $pid goes on), because of its settings:"
            printf '%s\n' "$complaint" | sed 's/^/    /' >&2
            exit 1
        fi
    fi
    stop
    start
}

refresh() {
    local outdated=
    if read_pid_file "$pid_file"; then
        case $(readlink "/proc/$pid/exe" || true) in *' (deleted)') outdated=yes ;; esac
        [ "$pid_port $pid_mark" = "$port $(settings_mark)" ] || outdated=yes
    fi
    if [ -n "$outdated" ]; then
        restart
    else
        start
    fi
}

status() {
    if ! read_pid_file "$pid_file"; then
        say "$name: is not running"
        exit 3
    fi
    url=http://$(local_host):$pid_port
    ask_ready
    if [ "$ready_code" = 200 ]; then
        say "$name: running and ready (pid $pid, $url)"
    else
        say "$name: running, not ready (pid $pid, $url): ${ready_answer:-no answer}"
        exit 1
    fi
}

logs() {
    case ${1:-} in
        '') exec tail -n 20 -F "$log_file" ;;
        -n)
            [[ ${2:-} =~ ^[0-9]+$ ]] || usage
            [ -f "$log_file" ] || die "$name: there is no $log_file yet"
            exec tail -n "$2" "$log_file"
            ;;
        *) usage ;;
    esac
}

# One at a time: two starts at once would both see that it does not run.
lock() {
    mkdir -p "$run_dir"
    exec 9>"$run_dir/$name.lock"
    flock -w 60 9 || die "$name: failed: another start or stop has been at work for 60 s"
}

case $action in
    start | stop | restart | refresh)
        [ $# -eq 2 ] || usage
        lock
        "$action"
        ;;
    status) status ;;
    logs) logs "${@:3}" ;;
    *) usage ;;
esac
