#!/usr/bin/env bash
# deploy/docker-compose.yml is valid, and has a well-behaved container for every service of scripts/lib/services.
# shellcheck disable=SC2016 # $name and the like in single quotes are jq's.
set -euo pipefail
project=$(cd "$(dirname "$(readlink -f "$0")")/../.." && pwd -P)
cd "$project"
# shellcheck source=../../scripts/lib/common.sh
. scripts/lib/common.sh
# The caller's settings must not show through.
unset ADMIN_TOKEN INTERNAL_TOKEN SECRETS_KEY POSTGRES_PASSWORD TELEGRAM_API_URL INGEST_PUBLISHED_PORT
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# compose ARGUMENTS...: docker-compose as Debian 12 has it (1.29), or a newer one, which may be a plugin.
compose() {
    local plugin=/usr/libexec/docker/cli-plugins/docker-compose
    if command -v docker-compose >/dev/null; then
        docker-compose "$@"
    elif [ -x "$plugin" ]; then
        "$plugin" compose "$@"
    else
        docker compose "$@"
    fi
}

# The expanded file as JSON. 1.29 prints YAML only, and its own YAML library is then there.
config_json() {
    if ! compose -f deploy/docker-compose.yml "$@" config --format json 2>/dev/null; then
        compose -f deploy/docker-compose.yml "$@" config >"$scratch/config.yml"
        /usr/bin/python3 -c 'import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout)' <"$scratch/config.yml"
    fi
}

passed=0
# holds WHAT FILTER [jq arguments]: the filter yields true for the expanded file.
holds() {
    if ! jq -e "${@:3}" "$2" "$scratch/config.json" >/dev/null; then
        printf 'FAILED: %s\n' "$1" >&2
        exit 1
    fi
    passed=$((passed + 1))
}

config_json >"$scratch/config.json"
sed 's/^\([A-Z_]*\)=$/\1=filled-in/' deploy/example.env >"$scratch/filled.env"
config_json --env-file "$scratch/filled.env" >"$scratch/filled.json"
jq -e '.services.ingest.environment | .ADMIN_TOKEN == "filled-in" and .SECRETS_KEY == "filled-in"
    and (.DATABASE_URL | contains(":filled-in@postgres:5432"))' "$scratch/filled.json" >/dev/null ||
    die "FAILED: deploy/example.env does not reach the services"

for service in $(service_names); do
    port=$(service_field "$service" 4)
    setting=$(service_field "$service" 3)
    arguments=(--arg name "$service" --arg port "$port" --arg setting "$setting" --arg url "${setting%_PORT}_URL")
    holds "$service has a container that runs it" '.services[$name].command | . == [$name] or . == $name' "${arguments[@]}"
    holds "$service listens on $port" '.services[$name].environment[$setting] | tostring == $port' "${arguments[@]}"
    holds "$service is checked on $port" '.services[$name].healthcheck.test | tostring | contains(":\($port)/ready")' \
        "${arguments[@]}"
    holds "the others know $service" \
        '[.services[].environment | select(.[$url] != null) | .[$url] == "http://\($name):\($port)"] | length > 0 and all' \
        "${arguments[@]}"
    holds "$service waits for the tables" \
        '.services[$name].depends_on.migrate.condition == "service_completed_successfully"' "${arguments[@]}"
    holds "$service runs with few rights" '.services[$name] | .read_only and .cap_drop == ["ALL"]
        and (.security_opt | tostring | contains("no-new-privileges"))' "${arguments[@]}"
    holds "$service has a log folder of its own" '.services[$name].environment.LOG_DIR | endswith("/" + $name)' \
        "${arguments[@]}"
done
holds "migrate runs after PostgreSQL is healthy" '.services.migrate.depends_on.postgres.condition == "service_healthy"'
holds "migrate is run once" '.services.migrate | .restart == "no" and (.command | tostring | contains("trunkctl migrate"))'
holds "PostgreSQL is 15 and Redis 7" '.services | .postgres.image == "postgres:15" and .redis.image == "redis:7"'
holds "both are checked" '.services | .postgres.healthcheck.test != null and .redis.healthcheck.test != null'
holds "only ingest is published" '[.services | to_entries[] | select(.value.ports != null) | .key] == ["ingest"]'
holds "and on loopback" '.services.ingest.ports | tostring | contains("127.0.0.1")'
holds "PostgreSQL and Redis have no way out" '.services | [.postgres, .redis]
    | all(.networks | if type == "object" then keys else . end | . == ["inside"])'
holds "the inner network has none" '.networks.inside.internal == true'
holds "ingest's journal has a volume" '.services.ingest | .environment.JOURNAL_DIR as $folder
    | .volumes | tostring | contains("journal") and contains($folder)'
holds "the data has a volume" '.services.postgres.volumes | tostring | contains("postgres-data")'

grep -q '^USER trunkline$' deploy/Dockerfile || die "FAILED: the image runs as root"
grep -q '^HEALTHCHECK ' deploy/Dockerfile || die "FAILED: the image has no health check"
printf '%s passed, 0 failed\n' "$((passed + 3))"
