# Make .venv from a lock file; sourced by scripts/run and scripts/test. Needs Python >= 3.11 with pip, and a shell.

say() { printf '%s\n' "$*" >&2; }

find_python() {
    for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11 python; do
        if command -v "$candidate" >/dev/null 2>&1 &&
            "$candidate" -c 'import sys; raise SystemExit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return 0
        fi
    done
    say "需要 Python 3.11 或更新的版本（Python 3.11 or newer is needed），请先安装，或用 PYTHON=/路径/python3 指定。"
    return 3
}

make_venv() {
    # Some systems ship Python without ensurepip: then the system's pip installs into the bare environment.
    "$1" -m venv .venv >/dev/null 2>&1 || { rm -rf .venv && "$1" -m venv --without-pip .venv; }
}

venv_pip() {
    if .venv/bin/python -m pip --version >/dev/null 2>&1; then
        .venv/bin/python -m pip "$@"
    else
        "$system_python" -m pip --python .venv/bin/python "$@"
    fi
}

# setup LOCK: install exactly what LOCK says, unless that is done already.
setup() {
    lock=$1
    mark=.venv/.installed-$(basename "$lock")
    system_python=$(find_python) || exit $?
    if [ -f "$mark" ] && cmp -s "$lock" "$mark"; then
        return 0
    fi
    if ! .venv/bin/python -c 'import sys; raise SystemExit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
        say "正在创建运行环境 .venv …"
        make_venv "$system_python" || { say "无法创建 .venv，请检查磁盘空间和目录权限。"; exit 3; }
    fi
    total=$(grep -c '==' "$lock")
    say "正在安装 $total 个组件（只在第一次，约一分钟）…"
    if ! venv_pip install --disable-pip-version-check --no-input --require-hashes --no-deps --progress-bar off \
        -r "$lock" 2>.venv/install.err | show_progress "$total"; then
        tail -n 5 .venv/install.err >&2
    fi
    .venv/bin/python - "$lock" 2>/dev/null <<'PY' || { tail -n 5 .venv/install.err >&2; say "安装没有完成，请检查网络和磁盘空间后重试。"; exit 3; }
import importlib.metadata, re, sys
from packaging.markers import Marker
for line in open(sys.argv[1], encoding="utf-8"):
    match = re.match(r"([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)\s*(?:;\s*([^\\]+))?", line)
    if match and (not match[3] or Marker(match[3].strip()).evaluate()):
        if importlib.metadata.version(match[1]) != match[2]:
            raise SystemExit(1)
PY
    cp "$lock" "$mark"
    say "安装完成。"
}

show_progress() {
    done_count=0
    while IFS= read -r line; do
        case $line in
        Collecting*)
            done_count=$((done_count + 1))
            name=${line#Collecting }
            printf '\r\033[K  [%d/%d] %s' "$done_count" "$1" "${name%%[=<>; ]*}" >&2
            ;;
        Installing*) printf '\r\033[K  正在写入磁盘 …' >&2 ;;
        esac
    done
    printf '\r\033[K' >&2
}
