# shellcheck shell=bash disable=SC2034 # read_pid_file's variables are for its callers.
# Sourced: processes that we started, told apart from strangers. A pid file holds "pid start-time boot-id port mark"; the
# start time (clock ticks since boot) and the boot make sure that a number used again is never taken for ours.

# start_time PID: fails if there is no such process, or only its remains (a zombie). A zombie with more than one thread is
# still ending: its main thread went first, and the others hold its ports.
start_time() {
    local stat fields
    { stat=$(<"/proc/$1/stat"); } 2>/dev/null || return 1
    read -ra fields <<<"${stat##*) }"
    case ${fields[0]} in
        X) return 1 ;;
        Z) [ "${fields[17]}" -gt 1 ] || return 1 ;;
    esac
    printf '%s' "${fields[19]}"
}

boot_id() { cat /proc/sys/kernel/random/boot_id; }

# is_process PID START_TIME
is_process() { [ "$(start_time "$1" || true)" = "$2" ]; }

# write_pid_file FILE PID PORT [MARK]: fails if the process has ended already.
write_pid_file() {
    local started
    started=$(start_time "$2") || return 1
    mkdir -p "$(dirname "$1")"
    printf '%s %s %s %s %s\n' "$2" "$started" "$(boot_id)" "$3" "${4:-}" >"$1.new"
    mv "$1.new" "$1"
}

# read_pid_file FILE: sets pid, pid_started, pid_port and pid_mark if that very process is still there; else removes the file
# and fails.
read_pid_file() {
    local boot
    pid='' pid_started='' pid_port='' pid_mark=''
    [ -f "$1" ] || return 1
    read -r pid pid_started boot pid_port pid_mark <"$1" || true
    if [ -n "$pid" ] && [ "$boot" = "$(boot_id)" ] && is_process "$pid" "$pid_started"; then
        return 0
    fi
    rm -f "$1"
    return 1
}

# wait_for_end PID START_TIME SECONDS: fails if it is still there after that time.
wait_for_end() {
    local until=$(($(now_ms) + $3 * 1000))
    while is_process "$1" "$2"; do
        [ "$(now_ms)" -lt "$until" ] || return 1
        sleep 0.05
    done
}

# listening_inode PORT: the socket that listens there; empty if none does.
listening_inode() {
    cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v port="$(printf ':%04X' "$1")" \
        '$4 == "0A" && substr($2, length($2) - 4) == port { inode = $10 } END { if (inode) print inode }'
}

# port_owner PORT: "pid 123 (nginx)" for a message.
port_owner() {
    local inode link owner
    inode=$(listening_inode "$1")
    link=$(find /proc/[0-9]*/fd -maxdepth 1 -lname "socket:\[$inode\]" -print -quit 2>/dev/null || true)
    owner=${link#/proc/}
    owner=${owner%%/*}
    if [ -n "$owner" ]; then
        printf 'pid %s (%s)' "$owner" "$(cat "/proc/$owner/comm" 2>/dev/null || true)"
    else
        printf 'a process of another user'
    fi
}

# free_port FIRST: the first port from there on that nobody listens on.
free_port() {
    local port=$1
    while [ -n "$(listening_inode "$port")" ]; do
        port=$((port + 1))
    done
    printf '%s' "$port"
}
