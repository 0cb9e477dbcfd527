#!/bin/sh
# Check HTML pages of reports with axe-core in headless Chromium, light and dark, at 1200, 640 and 400 pixels.
#
#   bench/axe.sh PAGE.html|RUN...        exit 1: a violation, a page wider than its window, or a request for anything outside the page
#
# Needs node, and Chromium (CHROMIUM=/path/to/it where it is elsewhere). axe-core and puppeteer-core, which brings no browser, are
# fetched once from npm into AXE_HOME (default: ~/.cache/auditor-axe); after that nothing needs a network.
set -eu

[ "$#" -gt 0 ] || { sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
home=${AXE_HOME:-${XDG_CACHE_HOME:-$HOME/.cache}/auditor-axe}
if [ ! -d "$home/node_modules/axe-core" ] || [ ! -d "$home/node_modules/puppeteer-core" ]; then
    mkdir -p "$home"
    npm install --prefix "$home" --no-audit --no-fund --no-save axe-core@4.14.1 puppeteer-core@24.43.1 >&2
fi
found=
for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
    found=$(command -v "$name" 2>/dev/null) && break
done
[ -n "$found" ] || { echo "no Chromium found: set CHROMIUM=/path/to/it" >&2; exit 2; }
NODE_PATH="$home/node_modules" CHROMIUM="$found" exec node "$here/axe.js" "$@"
