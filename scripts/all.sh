#!/usr/bin/env bash
# Every service, in dependency order: scripts/all.sh {start|stop|restart|status|logs [-n LINES]}
# A restart rolls over one at a time, waits until each is ready, and halts at the first that fails, so that a bad
# build or setting takes down one service at the most. Exit: 0 all well, 1 one or more failed, 3 status: none runs.
set -euo pipefail
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
# shellcheck source=lib/common.sh
. "$here/lib/common.sh"

mapfile -t services < <(service_names)
one() { "$here/lib/service.sh" "$@"; }

usage() {
    warn "usage: scripts/all.sh {start|stop|restart|status|logs [-n LINES]}"
    exit 2
}

# each ACTION: on all of them, whatever becomes of the others.
each() {
    local service failed=()
    for service in "${services[@]}"; do
        one "$service" "$1" || failed+=("$service")
    done
    [ ${#failed[@]} -eq 0 ] || die "failed: ${failed[*]}"
}

restart() {
    local index
    for index in "${!services[@]}"; do
        if ! one "${services[index]}" restart; then
            die "halted at ${services[index]}; not touched: ${services[*]:index+1}"
        fi
    done
}

stop() {
    local reversed=() service
    for service in "${services[@]}"; do
        reversed=("$service" "${reversed[@]}")
    done
    services=("${reversed[@]}")
    each stop
}

status() {
    local service code stopped=0 unwell=0
    for service in "${services[@]}"; do
        code=0
        one "$service" status || code=$?
        case $code in
            0) ;;
            3) stopped=$((stopped + 1)) ;;
            *) unwell=1 ;;
        esac
    done
    [ "$stopped" -lt ${#services[@]} ] || exit 3
    [ "$stopped" -eq 0 ] && [ "$unwell" -eq 0 ]
}

logs() {
    local files=() service folder
    folder=$(log_folder)
    for service in "${services[@]}"; do
        files+=("$folder/$(service_field "$service" 5)")
    done
    case ${1:-} in
        '') exec tail -n 5 -F "${files[@]}" ;;
        -n) [[ ${2:-} =~ ^[0-9]+$ ]] || usage && exec tail -n "$2" "${files[@]}" ;;
        *) usage ;;
    esac
}

case ${1:-} in
    start | refresh) each "$1" ;;
    stop | restart | status) "$1" ;;
    logs) logs "${@:2}" ;;
    *) usage ;;
esac
