#!/bin/sh
# chromium.sh PYTHON: print the path of a Chromium for the browser tests, installing one if there is none.
# What the installers say goes to standard error.
set -eu
python=$1

on_the_path() {
    command -v chromium || command -v chromium-browser || command -v google-chrome
}

playwrights_own() {
    path=$("$python" -c 'import playwright.sync_api as api; print(api.sync_playwright().start().chromium.executable_path)')
    [ -x "$path" ] && echo "$path"
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

install_debians() {
    command -v apt-get >/dev/null && as_root true || return 1
    as_root apt-get update || true # one stale source must not stand in the way of the others
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium
}

if [ -n "${BOXSCOPE_CHROMIUM:-}" ]; then
    command -v "$BOXSCOPE_CHROMIUM" && exit
    echo "BOXSCOPE_CHROMIUM is '$BOXSCOPE_CHROMIUM', which is no program." >&2
    exit 1
fi

on_the_path && exit
playwrights_own && exit
install_debians >&2 && on_the_path && exit
"$python" -m playwright install chromium >&2 && playwrights_own && exit
echo "The browser tests need a Chromium: install one, or give its path in BOXSCOPE_CHROMIUM." >&2
exit 1
