# shellcheck shell=bash
# Sourced: the private Redis of scripts/up. It holds caches only, so it keeps no file.

# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=process.sh
. "$(dirname "${BASH_SOURCE[0]}")/process.sh"

redis_pid_file=$run_dir/redis.pid
redis_folder=$var_dir/redis

private_redis_url() {
    printf 'redis://default:%s@127.0.0.1:%s/0' \
        "$(value_in "$env_file" PRIVATE_REDIS_PASSWORD)" "$(value_in "$env_file" PRIVATE_REDIS_PORT)"
}

redis_answers() {
    local answer
    answer=$(REDISCLI_AUTH=$2 timeout 2 redis-cli -h 127.0.0.1 -p "$1" ping 2>/dev/null) || return 1
    [ "$answer" = PONG ]
}

write_redis_conf() {
    (umask 077 && cat >"$redis_folder/redis.conf") <<EOF
bind 127.0.0.1
port $1
requirepass $2
daemonize no
save ""
appendonly no
maxmemory 256mb
maxmemory-policy allkeys-lru
EOF
}

# redis_conf NAME: what the last start's configuration says.
redis_conf() { sed -n "s/^$1 //p" "$redis_folder/redis.conf" 2>/dev/null || true; }

start_redis() {
    local port password until
    port=$(redis_conf port)
    password=$(redis_conf requirepass)
    if ! read_pid_file "$redis_pid_file"; then
        port=$(free_port "${port:-16379}")
        [ -n "$password" ] || password=$(random_hex 16)
        mkdir -p "$redis_folder" "$run_dir"
        write_redis_conf "$port" "$password"
        (cd "$redis_folder" && exec setsid redis-server redis.conf) </dev/null >"$redis_folder/server.log" 2>&1 9>&- &
        write_pid_file "$redis_pid_file" $! "$port" || true
    fi
    until=$(($(now_ms) + 10000))
    while ! redis_answers "$port" "$password"; do
        if ! read_pid_file "$redis_pid_file" || [ "$(now_ms)" -ge "$until" ]; then
            tail -n 15 "$redis_folder/server.log" >&2
            die "Redis does not start on 127.0.0.1:$port"
        fi
        sleep 0.05
    done
    keep PRIVATE_REDIS_PORT "$port"
    keep PRIVATE_REDIS_PASSWORD "$password"
    keep REDIS_URL "$(private_redis_url)"
    say "Redis: 127.0.0.1:$port"
}

stop_redis() {
    read_pid_file "$redis_pid_file" || return 0
    kill -TERM "$pid"
    if ! wait_for_end "$pid" "$pid_started" 10; then
        kill -KILL "$pid"
        wait_for_end "$pid" "$pid_started" 5
    fi
    rm -f "$redis_pid_file"
    say "Redis: stopped"
}
