# shellcheck shell=bash disable=SC2034 # The variables are for those that source this file.
# Sourced by the scripts: where the project is, messages, time, settings, the list of services.

shopt -s inherit_errexit
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
var_dir=$root/var
run_dir=$var_dir/run
env_file=$var_dir/env
service_list=$root/scripts/lib/services

say() { printf '%s\n' "$*"; }
warn() { printf '%s\n' "$*" >&2; }
die() {
    warn "$*"
    exit 1
}

now_ms() {
    local micros=${EPOCHREALTIME/[.,]/}
    printf '%s' "$((micros / 1000))"
}

# seconds_since MILLISECONDS: "0.42 s"
seconds_since() {
    local spent=$(($(now_ms) - $1))
    printf '%d.%02d s' "$((spent / 1000))" "$((spent % 1000 / 10))"
}

# value_in FILE NAME: NAME's value in a file of KEY=VALUE lines, as the services read .env; empty if absent.
value_in() {
    [ -r "$1" ] || return 0
    local line value=
    while IFS= read -r line || [ -n "$line" ]; do
        line=${line#"${line%%[![:space:]]*}"}
        line=${line#export }
        case $line in "$2="*) value=${line#*=} ;; esac
    done <"$1"
    case $value in
        \"*\"*) value=${value#\"} value=${value%\"*} ;;
        \'*\'*) value=${value#\'} value=${value%\'*} ;;
        *) value=${value%% #*} value=${value%"${value##*[![:space:]]}"} ;;
    esac
    printf '%s' "$value"
}

# given NAME: what a person said, by environment or .env; empty if nothing.
given() {
    if [ -n "${!1:-}" ]; then
        printf '%s' "${!1}"
    else
        value_in "$root/.env" "$1"
    fi
}

# setting NAME [DEFAULT]: environment, then .env, then what scripts/up keeps in var/env, then the default.
setting() {
    local value
    value=$(given "$1")
    [ -n "$value" ] || value=$(value_in "$env_file" "$1")
    printf '%s' "${value:-${2:-}}"
}

# number_setting NAME DEFAULT: the same for a whole number; what is none is left for the service to refuse.
number_setting() {
    local value
    value=$(setting "$1" "$2")
    [[ $value =~ ^[0-9]+$ ]] || value=$2
    printf '%s' "$value"
}

# keep NAME VALUE: writes one line of var/env, which only its owner can read.
keep() {
    local old=
    [ ! -f "$env_file" ] || old=$(grep -v "^$1=" "$env_file" || true)
    mkdir -p "$var_dir"
    (umask 077 && printf '%s\n' ${old:+"$old"} "$1=$2" >"$env_file.new")
    mv "$env_file.new" "$env_file"
}

# random_hex BYTES
random_hex() { head -c "$1" /dev/urandom | od -An -v -tx1 | tr -d ' \n'; }

# service_names: in the order of starting.
service_names() { awk '!/^#/ && NF { print $1 }' "$service_list"; }

# service_field NAME COLUMN: 2 script, 3 port setting, 4 default port, 5 log.
service_field() { awk -v name="$1" -v column="$2" '$1 == name { print $column }' "$service_list"; }

service_port() { setting "$(service_field "$1" 3)" "$(service_field "$1" 4)"; }

# The host by which this machine reaches what listens on BIND_HOST.
local_host() {
    local host
    host=$(setting BIND_HOST 127.0.0.1)
    case $host in
        0.0.0.0) host=127.0.0.1 ;;
        ::) host='[::1]' ;;
        *:*) host="[$host]" ;;
    esac
    printf '%s' "$host"
}

service_url() { printf 'http://%s:%s' "$(local_host)" "$(service_port "$1")"; }

log_folder() {
    local folder
    folder=$(setting LOG_DIR logs)
    case $folder in
        /*) printf '%s' "$folder" ;;
        *) printf '%s' "$root/$folder" ;;
    esac
}

# export_settings: gives the services what var/env holds and where their neighbours are. What a person said, by
# environment or .env, is left as it is.
export_settings() {
    local name service
    if [ -r "$env_file" ]; then
        local kept
        mapfile -t kept < <(sed -n 's/^\([A-Z][A-Z0-9_]*\)=.*/\1/p' "$env_file")
        for name in "${kept[@]}"; do
            case $name in PRIVATE_*) continue ;; esac
            [ -n "$(given "$name")" ] || export "$name=$(value_in "$env_file" "$name")"
        done
    fi
    [ -n "$(setting JOURNAL_DIR)" ] || export JOURNAL_DIR="$var_dir/journal"
    [ -n "$(setting EMULATOR_PATTERNS_DIR)" ] || export EMULATOR_PATTERNS_DIR="$var_dir/patterns"
    for service in $(service_names); do
        name=$(service_field "$service" 3)
        name=${name%_PORT}_URL
        [ -n "$(given "$name")" ] || export "$name=$(service_url "$service")"
    done
}

# settings_mark: changes when the kept settings or a neighbour's address do.
settings_mark() {
    local service
    {
        cat "$env_file" "$root/.env" 2>/dev/null | sort || true
        for service in $(service_names); do
            service_url "$service"
        done
    } | cksum | cut -d ' ' -f 1
}
