#!/usr/bin/env bash
# The restart scripts against two fake services, in a copy of scripts/ of their own. Each case is a function.
set -euo pipefail
project=$(cd "$(dirname "$(readlink -f "$0")")/../.." && pwd -P)
suite=$(mktemp -d)
export READY_SECONDS=10
unset LOG_DIR BIND_HOST ALPHA_PORT BETA_PORT ALPHA_URL BETA_URL DRAIN_SECONDS
# shellcheck source=../../scripts/lib/process.sh
. "$project/scripts/lib/common.sh"
. "$project/scripts/lib/process.sh"

clean_up() {
    "$suite/scripts/all.sh" stop >/dev/null 2>&1 || true
    local strangers
    mapfile -t strangers < <(jobs -p)
    [ ${#strangers[@]} -eq 0 ] || kill "${strangers[@]}" 2>/dev/null || true
    rm -rf "$suite"
}
trap clean_up EXIT

make_suite() {
    local first second
    first=$(free_port $((20000 + RANDOM % 5000)))
    second=$(free_port $((first + 1)))
    cp -r "$project/scripts" "$suite/"
    mkdir -p "$suite/build/bin" "$suite/logs"
    cat >"$suite/scripts/lib/services" <<EOF
alpha  alpha.sh  ALPHA_PORT  $first  alpha.log
beta   beta.sh   BETA_PORT   $second  beta.log
EOF
    printf 'ALPHA_PORT=%s\nBETA_PORT=%s\nFAKE_KEY=a=b==\n' "$first" "$second" >"$suite/.env"
    mkdir -p "$suite/var"
    printf 'KEPT_KEY=base64==\nPRIVATE_THING=1\n' >"$suite/var/env"
    for name in alpha beta; do
        cp "$project/tests/scripts/fake_service.js" "$suite/build/bin/$name"
        sed "s/ ingest / $name /" "$project/scripts/main.sh" >"$suite/scripts/$name.sh"
        chmod +x "$suite/scripts/$name.sh" "$suite/build/bin/$name"
    done
    ALPHA_PORT=$first BETA_PORT=$second
}

fail() {
    printf 'FAILED in %s: %s\n--- output:\n%s\n' "${FUNCNAME[2]:-?}" "$1" "${output:-}" >&2
    exit 1
}
# run EXPECTED_CODE COMMAND...: keeps what it said in `output`.
run() {
    local code=0
    output=$("${@:2}" 2>&1) || code=$?
    [ "$code" = "$1" ] || fail "exit code $code instead of $1 from: ${*:2}"
}
says() { [[ $output == *"$1"* ]] || fail "does not say: $1"; }
alpha() { "$suite/scripts/alpha.sh" "$@"; }
all() { "$suite/scripts/all.sh" "$@"; }
pid_of() { cut -d ' ' -f 1 "$suite/var/run/$1.pid"; }
is_listening() { [ -n "$(listening_inode "$1")" ]; }

starts_once_and_stops() {
    run 3 alpha status
    run 0 alpha start
    says "alpha: ready on http://127.0.0.1:$ALPHA_PORT"
    local first
    first=$(pid_of alpha)
    run 0 alpha start
    says "already running (pid $first"
    run 0 alpha status
    says "running and ready"
    run 0 alpha stop
    ! is_listening "$ALPHA_PORT" || fail "the port is still open"
    run 0 alpha stop
    says "is not running"
    run 3 alpha status
}

restarts_twice_and_from_another_folder() {
    local first second
    run 0 alpha restart
    first=$(pid_of alpha)
    cd /
    run 0 alpha restart
    second=$(pid_of alpha)
    run 0 "$suite/scripts/alpha.sh" restart
    cd "$suite"
    [ "$first" != "$second" ] || fail "the same process after a restart"
    ln -sf "$suite/scripts/alpha.sh" "$suite/link"
    run 0 "$suite/link" status
    run 0 alpha stop
}

passes_kept_settings_on() {
    run 0 alpha start
    local environment
    environment=$(cat "$suite/logs/alpha.environment")
    [[ $environment == *'"KEPT_KEY":"base64=="'* ]] || fail "KEPT_KEY of var/env is not there whole"
    [[ $environment == *"\"BETA_URL\":\"http://127.0.0.1:$BETA_PORT\""* ]] || fail "no address of the neighbour"
    [[ $environment != *PRIVATE_THING* ]] || fail "got what is only for the scripts"
    run 0 alpha stop
}

tells_why_a_start_failed() {
    run 1 env FAKE_CRASH=1 "$suite/scripts/alpha.sh" start
    says "ended with code 1"
    says "alpha: the reason of its end"
    run 3 alpha status
    run 1 env FAKE_NEVER_READY=1 READY_SECONDS=1 "$suite/scripts/alpha.sh" start
    says "not ready after 1 s"
    says "database: away"
    run 1 alpha status
    says "running, not ready"
    run 0 alpha stop
    mv "$suite/build/bin/alpha" "$suite/build/bin/away"
    run 1 alpha start
    says "build/bin/alpha is not there: run scripts/build"
    mv "$suite/build/bin/away" "$suite/build/bin/alpha"
}

names_a_stranger_on_its_port() {
    node -e 'require("net").createServer().listen(Number(process.argv[1]), "127.0.0.1")' "$ALPHA_PORT" &
    local stranger=$!
    until is_listening "$ALPHA_PORT"; do
        kill -0 "$stranger" || fail "the stranger did not start"
        sleep 0.02
    done
    run 1 alpha start
    says "port $ALPHA_PORT is taken by pid $stranger (node)"
    kill "$stranger"
    wait "$stranger" || true
}

keeps_a_running_service_when_the_settings_are_wrong() {
    run 0 alpha start
    local first
    first=$(pid_of alpha)
    run 1 env FAKE_BAD_CONFIG=1 "$suite/scripts/alpha.sh" restart
    says "is not a number"
    run 0 alpha status
    [ "$(pid_of alpha)" = "$first" ] || fail "it is another process"
    run 0 alpha stop
}

kills_a_deaf_service() {
    run 0 env FAKE_DEAF=1 "$suite/scripts/alpha.sh" start
    local deaf
    deaf=$(pid_of alpha)
    run 0 env DRAIN_SECONDS=0 "$suite/scripts/alpha.sh" stop
    says "killed"
    [ ! -d "/proc/$deaf" ] || ! start_time "$deaf" >/dev/null || fail "it still runs"
}

spares_a_stranger_with_a_used_pid() {
    sleep 300 &
    local stranger=$!
    printf '%s %s %s %s\n' "$stranger" 1 "$(boot_id)" "$ALPHA_PORT" >"$suite/var/run/alpha.pid"
    run 3 alpha status
    printf '%s %s %s %s\n' "$stranger" 1 "$(boot_id)" "$ALPHA_PORT" >"$suite/var/run/alpha.pid"
    run 0 alpha stop
    says "is not running"
    printf '%s %s %s %s\n' "$stranger" "$(start_time "$stranger")" another-boot "$ALPHA_PORT" >"$suite/var/run/alpha.pid"
    run 0 alpha restart
    kill -0 "$stranger" || fail "the stranger was killed"
    kill "$stranger"
    wait "$stranger" || true
    run 0 alpha stop
}

shows_logs() {
    run 0 alpha start
    run 0 alpha logs -n 1
    says "start of alpha on $ALPHA_PORT"
    run 2 alpha logs -n many
    run 2 alpha dance
    run 0 alpha stop
}

two_starts_at_once_make_one_process() {
    local one two
    alpha start >"$suite/one" 2>&1 &
    one=$!
    alpha start >"$suite/two" 2>&1 &
    two=$!
    wait "$one" || fail "the first failed: $(cat "$suite/one")"
    wait "$two" || fail "the second failed: $(cat "$suite/two")"
    output=$(cat "$suite/one" "$suite/two")
    says "ready on"
    says "already running"
    run 0 alpha stop
}

refreshes_after_a_change_of_settings() {
    run 0 alpha start
    local first
    first=$(pid_of alpha)
    run 0 "$suite/scripts/lib/service.sh" alpha refresh
    [ "$(pid_of alpha)" = "$first" ] || fail "restarted without need"
    printf 'NEW_KEY=1\n' >>"$suite/var/env"
    run 0 "$suite/scripts/lib/service.sh" alpha refresh
    [ "$(pid_of alpha)" != "$first" ] || fail "still the old settings"
    run 0 alpha stop
}

all_of_them() {
    run 3 all status
    run 0 all start
    [[ $output == *alpha*beta* ]] || fail "not in the order of the list"
    run 0 all restart
    run 0 all status
    run 0 "$suite/scripts/beta.sh" stop
    run 1 all status
    run 1 env FAKE_BAD_CONFIG=1 "$suite/scripts/all.sh" restart
    says "halted at alpha; not touched: beta"
    run 0 all start
    run 0 all logs -n 1
    run 0 "$suite/scripts/down"
    [[ $output == *beta*alpha* ]] || fail "not in the opposite order"
    run 3 all status
    ! is_listening "$ALPHA_PORT" || fail "a port is still open"
    ! is_listening "$BETA_PORT" || fail "a port is still open"
}

layers_are_checked() {
    local tree=$suite/tree
    mkdir -p "$tree"/libs/{base,pg,redis}/{include/x,src} "$tree"/services/{one,two}
    printf 'add_subdirectory(libs/%s)\n' base pg redis >"$tree/CMakeLists.txt"
    run 0 "$project/scripts/check-layers" "$tree"
    printf '#include "pg/pool.hpp"\n' >"$tree/libs/base/src/up.cpp"
    printf '#include "pg/pool.hpp"\n' >"$tree/libs/redis/src/beside.cpp"
    printf '#include <libpq-fe.h>\n' >"$tree/libs/pg/include/x/header.hpp"
    printf '#include <rapidjson/document.h>\n' >"$tree/services/one/json.cpp"
    printf '#include "../two/rules.hpp"\n' >"$tree/services/one/other.cpp"
    printf '// beast::comment\nvoid f(PGconn* c);\nvoid g(rapidjson::Value&);\n' >"$tree/libs/base/include/x/names.hpp"
    run 1 "$project/scripts/check-layers" "$tree"
    says "libs/base/src/up.cpp:1: libs/pg stands below libs/base"
    says "libs/redis/src/beside.cpp:1: libs/redis and libs/pg are neighbours"
    says "libs/pg/include/x/header.hpp:1: a public header includes"
    says "services/one/json.cpp:1: <rapidjson/...> belongs to json"
    says "services/one/other.cpp:1: includes from outside its folder"
    says "libs/base/include/x/names.hpp:2: a public header names a third-party library"
    says "libs/base/include/x/names.hpp:3: a public header names a third-party library"
    [[ $output != *names.hpp:1* ]] || fail "takes a comment for code"
}

make_suite
cd "$suite"
cases=(starts_once_and_stops restarts_twice_and_from_another_folder passes_kept_settings_on tells_why_a_start_failed
    names_a_stranger_on_its_port keeps_a_running_service_when_the_settings_are_wrong kills_a_deaf_service
    spares_a_stranger_with_a_used_pid shows_logs two_starts_at_once_make_one_process
    refreshes_after_a_change_of_settings all_of_them layers_are_checked)
for case in "${cases[@]}"; do
    "$case"
    printf 'ok %s\n' "$case"
done
printf '%s passed, 0 failed\n' "${#cases[@]}"
