#!/usr/bin/env bash
# Executable documentation of the development workflow: ./run.sh COMMAND, ./run.sh help.
set -euo pipefail
cd "$(dirname "$0")"

VENV=${TRIAGE_VENV:-.venv}
BIN=$VENV/bin

say() { printf '%s\n' "$*" >&2; }
die() { say "run.sh: $*"; exit 1; }

# A Python of 3.11 or newer, by whatever name it goes here.
find_python() {
    local name
    for name in "${PYTHON:-python3}" python3.14 python3.13 python3.12 python3.11; do
        if command -v "$name" >/dev/null && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
            printf '%s' "$name"
            return
        fi
    done
    die "no Python 3.11 or newer found. On Debian: apt-get install python3 python3-venv"
}

apt_install() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
    say "Installing from Debian's packages: $*"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2
}

# Debian's pip lies in a package that anybody may download and unpack, so this needs no rights.
pip_from_debian() {
    command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || return 1
    local box wheel options=()
    box=$(mktemp -d)
    (
        cd "$box"
        if ! apt-get download -qq python3-pip-whl 2>/dev/null; then
            mkdir -p lists/partial cache
            options=(-o "Dir::State::Lists=$box/lists" -o "Dir::Cache=$box/cache")
            apt-get "${options[@]}" update -qq && apt-get "${options[@]}" download -qq python3-pip-whl
        fi
        dpkg-deb -x python3-pip-whl_*.deb .
    ) >&2 || return 1
    "$1" -m venv --without-pip "$VENV"
    wheel=$(echo "$box"/usr/share/python-wheels/pip-*.whl)
    "$BIN/python" "$wheel/pip" install -q --disable-pip-version-check \
        --no-index --find-links "$box/usr/share/python-wheels" pip
    rm -rf "$box"
}

# Debian keeps `ensurepip` in a package of its own, so a bare Python may not be able to make an environment.
make_venv() {
    rm -rf "$VENV"
    if "$1" -c 'import ensurepip' 2>/dev/null; then
        "$1" -m venv "$VENV"
    elif "$1" -m virtualenv --version >/dev/null 2>&1; then
        "$1" -m virtualenv -q "$VENV"
    else
        pip_from_debian "$1" ||
            die "this Python cannot make a virtual environment. Once, as root: apt-get install python3-venv"
    fi
}

# setup run|dev: the virtual environment with the pinned dependencies; does nothing when they are in place.
setup() {
    local lock=requirements/$1.txt stamp
    stamp=$VENV/.installed-$1
    if [ ! -x "$BIN/python" ] || ! "$BIN/python" -c '' 2>/dev/null; then
        make_venv "$(find_python)"
    fi
    if ! cmp -s "$lock" "$stamp" || [ pyproject.toml -nt "$stamp" ]; then
        say "Setting up $VENV (once; about a minute) ..."
        "$BIN/python" -m pip install -q --disable-pip-version-check --require-hashes -r "$lock"
        "$BIN/python" -m pip install -q --disable-pip-version-check --no-deps ${EDITABLE--e} .
        cp "$lock" "$stamp"
    fi
}

# What the tests need beside Python: a real IMAP server, a real PostgreSQL, systemd's own checker of unit files, and a way
# to kill and trace.
need_servers() {
    PATH=$PATH:/usr/sbin:/sbin
    local missing=()
    command -v dovecot >/dev/null || missing+=(dovecot-imapd)
    command -v systemd-analyze >/dev/null || missing+=(systemd)
    command -v strace >/dev/null || missing+=(strace)
    compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null || missing+=(postgresql)
    [ ${#missing[@]} = 0 ] && return
    apt_install "${missing[@]}" ||
        die "the tests need ${missing[*]}, which could not be installed here. Once, as root: apt-get install ${missing[*]}"
}

# And a browser, to see what a letter looks like. Where there is none to be had, those tests say so and are skipped.
need_browser() {
    command -v chromium >/dev/null && return
    apt_install chromium fonts-liberation ||
        say "Without Chromium, how a letter looks is not tested. Once, as root: apt-get install chromium fonts-liberation"
}

# And the shells that completion is for, and two that show a manual page. Those that are missing are not tried.
need_shells() {
    local name missing=()
    for name in man:man-db mandoc:mandoc zsh:zsh fish:fish; do
        command -v "${name%:*}" >/dev/null || missing+=("${name#*:}")
    done
    [ ${#missing[@]} = 0 ] && return
    apt_install "${missing[@]}" ||
        say "Without ${missing[*]}, completion and manual page are tested in part. Once, as root: apt-get install ${missing[*]}"
}

# And what judges the files for those who run the service for others. Without it, these are read by our own tests alone.
need_judges() {
    local missing=()
    command -v promtool >/dev/null || missing+=(prometheus)
    command -v docker-compose >/dev/null || missing+=(docker-compose)
    [ ${#missing[@]} = 0 ] && return
    apt_install "${missing[@]}" ||
        say "Without ${missing[*]}, alerts and the compose file are not tried. Once, as root: apt-get install ${missing[*]}"
}

# Whom the benchmark runs beside ours, and the server they all read from. Without one of them, its row is left out.
need_rivals() {
    PATH=$PATH:/usr/sbin:/sbin
    command -v dovecot >/dev/null || apt_install dovecot-imapd ||
        die "the benchmark needs a real mail server. Once, as root: apt-get install dovecot-imapd"
    command -v mbsync >/dev/null && command -v getmail >/dev/null && return
    apt_install isync getmail6 ||
        say "Without mbsync or getmail, they are not compared. Once, as root: apt-get install isync getmail6"
}

cmd_demo()  { setup run; exec "$BIN/triage" demo "$@"; }              # play a sample search, show the log and the letters
cmd_install() {                                                       # install for yourself: the command triage
    VENV=${XDG_DATA_HOME:-$HOME/.local/share}/triage-app BIN=$VENV/bin
    rm -f "$VENV/.installed-run"  # also when it is there already: this is how it is brought up to date
    EDITABLE= setup run
    mkdir -p "$HOME/.local/bin"
    ln -sf "$BIN/triage" "$HOME/.local/bin/triage"
    "$BIN/triage" --version
    case ":$PATH:" in *":$HOME/.local/bin:"*) ;; *) say "Sign in anew, so that your shell finds ~/.local/bin/triage." ;; esac
    "$BIN/triage" man --install >&2
    case "${SHELL##*/}" in bash|zsh|fish) "$BIN/triage" completion "${SHELL##*/}" --install >&2 ;; esac
    say "Now: triage init"
}
cmd_test()  { setup dev; need_servers; need_browser; need_shells; need_judges; exec "$BIN/python" -m pytest -n 2 "$@"; }  # all tests, real mail server and browser included
cmd_quick() { setup dev; exec "$BIN/python" -m pytest -n 2 -m 'not server and not browser' "$@"; }  # the tests that need no server and no browser
cmd_lint()  { setup dev; "$BIN/ruff" check . && "$BIN/ruff" format --check .; }  # style and likely faults
cmd_types() { setup dev; "$BIN/mypy"; }                               # strict types
cmd_check() { cmd_lint; cmd_types; cmd_test "$@"; }                   # all of the above: what must be green
cmd_bench() { setup dev; need_rivals; exec "$BIN/python" -m bench "$@"; }  # how fast, beside what others use; an hour, or --quick
cmd_mutate() { setup dev; exec "$BIN/python" -m tests.mutate "$@"; }   # that many spoilt mails, all the way to the letter
cmd_torture() { setup dev; need_servers; exec "$BIN/python" -m tests.torture "$@"; }  # killed, cut off, without power, flooded: hours
cmd_train() {                                                         # teach the network anew (docs/model-card.md)
    VENV=.venv-training BIN=.venv-training/bin
    [ -x "$BIN/python" ] || make_venv "$(find_python)"
    "$BIN/python" -m pip install -q --disable-pip-version-check --require-hashes -r requirements/run.txt
    "$BIN/python" -m pip install -q --disable-pip-version-check -r training/requirements.txt
    exec "$BIN/python" -m training.train "$@"
}
cmd_manual() { setup dev; exec "$BIN/python" -m release manual; }     # make the man page and the completions anew from the commands
cmd_release() {                                                       # make and try what people download, into dist/; --help
    VENV=.venv-release BIN=.venv-release/bin
    setup release
    PATH=$PWD/$BIN:$PATH exec "$BIN/python" -m release all "$@"
}
cmd_lock()  {                                                         # renew the pinned dependencies (needs uv)
    local name
    for name in run dev release; do
        uv pip compile --universal --python-version 3.11 --generate-hashes \
            --no-annotate --no-header --upgrade -q pyproject.toml \
            $([ $name = run ] || echo --group $name) -o requirements/$name.txt
    done
}
cmd_help()  { sed -n 's/^cmd_\([a-z]*\)() .*  # \([^\\]*\)$/  \1\t\2/p' "$0" | expand -t 12; }  # this list

command=${1:-help}
[ $# -gt 0 ] && shift
declare -F "cmd_$command" >/dev/null || { say "run.sh: no command '$command'. There are:"; cmd_help >&2; exit 2; }
"cmd_$command" "$@"
