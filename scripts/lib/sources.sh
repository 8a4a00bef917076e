# shellcheck shell=bash
# Sourced: which of our files the linters look at. Run from the root of the project.

cpp_files() { find libs services tests cmake -name '*.[ch]pp' -type f | sort; }

# changed_cpp_files: those that differ from the main branch of the remote, or without one from the last commit.
changed_cpp_files() {
    local base=HEAD
    git rev-parse --quiet --verify origin/main >/dev/null && base=$(git merge-base HEAD origin/main)
    {
        git diff --name-only --diff-filter=d "$base" -- '*.cpp' '*.hpp' 2>/dev/null || true
        git ls-files --others --exclude-standard -- '*.cpp' '*.hpp'
    } | sort -u | existing
}

# shell_files: by name or by first line.
shell_files() {
    find scripts tests deploy .ci -type f | sort | while IFS= read -r file; do
        if [[ $file == *.sh ]] || [ "$(head -c 19 "$file" | tr -d '\0')" = '#!/usr/bin/env bash' ]; then
            printf '%s\n' "$file"
        fi
    done
}

existing() {
    local file
    while IFS= read -r file; do
        [ ! -f "$file" ] || printf '%s\n' "$file"
    done
}
