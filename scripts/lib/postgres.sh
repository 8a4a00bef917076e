# shellcheck shell=bash
# Sourced: the private PostgreSQL of scripts/up. One cluster on loopback, reached by TCP
# with a password; its superuser has none and so cannot log in. PRIVATE_POSTGRES_* in var/env say where it is.

# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=process.sh
. "$(dirname "${BASH_SOURCE[0]}")/process.sh"

postgres_pid_file=$run_dir/postgres.pid

# PostgreSQL refuses to run as root; then it runs as Debian's user postgres.
run_postgres_tool() {
    (
        # Settings of the caller's own psql must not reach this server.
        unset "${!PG@}"
        # The server must not inherit the lock of scripts/up.
        exec 9>&-
        cd /
        if [ "$(id -u)" = 0 ]; then
            exec runuser -u postgres -- "$@"
        fi
        exec "$@"
    )
}

# postgres_bin [VERSION]: the folder of initdb and pg_ctl, the newest version's if none is named.
postgres_bin() {
    local folder
    # shellcheck disable=SC2086 # Without a version, the asterisk is a pattern.
    folder=$(printf '%s\n' /usr/lib/postgresql/${1:-*}/bin | sort -V | tail -n 1)
    [ -x "$folder/pg_ctl" ] || die "PostgreSQL ${1:-} is not installed: scripts/deps run"
    printf '%s' "$folder"
}

private_database_url() {
    printf 'postgresql://trunkline:%s@127.0.0.1:%s/trunkline' \
        "$(value_in "$env_file" PRIVATE_POSTGRES_PASSWORD)" "$(value_in "$env_file" PRIVATE_POSTGRES_PORT)"
}

# postgres_place: where the cluster is or shall be: under var/, or, if the user postgres cannot get there (a closed
# home above it), under /var/lib.
postgres_place() {
    local place
    place=$(value_in "$env_file" PRIVATE_POSTGRES_PLACE)
    if [ -z "$place" ]; then
        place=$var_dir/postgres
        mkdir -p "$place"
        chmod 700 "$place"
        if [ "$(id -u)" = 0 ]; then
            chown postgres: "$place"
            if ! run_postgres_tool test -w "$place"; then
                rmdir "$place"
                place=/var/lib/trunkline-$(printf '%s' "$root" | sha256sum | cut -c 1-8)
                warn "The user postgres cannot reach $var_dir, so the database is in $place"
            fi
        fi
        keep PRIVATE_POSTGRES_PLACE "$place"
    fi
    if [ ! -d "$place" ]; then
        mkdir -p "$place"
        chmod 700 "$place"
        [ "$(id -u)" != 0 ] || chown postgres: "$place"
    fi
    printf '%s' "$place"
}

# create_cluster PLACE: the folder PLACE/data appears when all of it is done. The password is kept beside it, so that a lost
# var/env does not lock us out.
create_cluster() {
    local bin password new=$1/data.new
    bin=$(postgres_bin)
    password=$(random_hex 16)
    (umask 077 && run_postgres_tool tee "$1/password" <<<"$password" >/dev/null)
    run_postgres_tool rm -rf "$new"
    run_postgres_tool "$bin/initdb" -D "$new" -U postgres -E UTF8 --locale=C.UTF-8 -A trust >/dev/null
    run_postgres_tool tee "$new/pg_hba.conf" >/dev/null <<<'host all all 127.0.0.1/32 scram-sha-256'
    run_postgres_tool tee -a "$new/postgresql.conf" >/dev/null <<'EOF'
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 200
timezone = 'UTC'
log_timezone = 'UTC'
EOF
    printf '%s\n' "CREATE ROLE trunkline LOGIN PASSWORD '$password'" "CREATE DATABASE trunkline OWNER trunkline" |
        run_postgres_tool "$bin/postgres" --single -D "$new" postgres >/dev/null 2>&1
    run_postgres_tool mv "$new" "$1/data"
}

start_postgres() {
    local place data bin port
    place=$(postgres_place)
    data=$place/data
    run_postgres_tool test -f "$data/PG_VERSION" || create_cluster "$place"
    bin=$(postgres_bin "$(run_postgres_tool cat "$data/PG_VERSION")")
    port=$(value_in "$env_file" PRIVATE_POSTGRES_PORT)
    if ! run_postgres_tool "$bin/pg_ctl" -D "$data" status >/dev/null; then
        port=$(free_port "${port:-15432}")
        run_postgres_tool "$bin/pg_ctl" -D "$data" -l "$place/server.log" -o "-p $port" -w -t 60 start >/dev/null || {
            run_postgres_tool tail -n 15 "$place/server.log" >&2
            die "PostgreSQL does not start in $data"
        }
    fi
    # The server's own file: process on line 1, port on line 4.
    port=$(run_postgres_tool sed -n 4p "$data/postmaster.pid")
    write_pid_file "$postgres_pid_file" "$(run_postgres_tool head -n 1 "$data/postmaster.pid")" "$port"
    keep PRIVATE_POSTGRES_PORT "$port"
    keep PRIVATE_POSTGRES_PASSWORD "$(run_postgres_tool cat "$place/password")"
    keep DATABASE_URL "$(private_database_url)"
    say "PostgreSQL: 127.0.0.1:$port, data in $data"
}

stop_postgres() {
    local data bin
    read_pid_file "$postgres_pid_file" || return 0
    data=$(postgres_place)/data
    bin=$(postgres_bin "$(run_postgres_tool cat "$data/PG_VERSION")")
    run_postgres_tool "$bin/pg_ctl" -D "$data" -m fast -w -t 60 stop >/dev/null
    rm -f "$postgres_pid_file"
    say "PostgreSQL: stopped"
}
