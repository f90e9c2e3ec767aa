#!/bin/sh
# Installs what Ferryman's processes need into a new virtual environment, $1, and nothing of tests or checks:
# each package in the version of requirements.lock and checked against its hashes. Run it at the project's root;
# the Dockerfile does.
set -eu

target=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Into the environment $1, the packages that are listed in $2 with all that they need.
install() {
  python3 -m venv "$1"
  pip="$1/bin/pip --quiet --disable-pip-version-check --no-cache-dir"
  $pip install --dry-run --only-binary :all: --report "$work/report.json" \
    --constraint "$work/versions.txt" --requirement "$2"
  python3 deploy/locked.py requirements.lock < "$work/report.json" > "$work/locked.txt"
  $pip install --only-binary :all: --require-hashes --no-deps --requirement "$work/locked.txt"
}

# pip takes no extras in constraints; the hashes come with the second call.
sed -nE 's/^([A-Za-z0-9._-]+)(\[[^]]*\])?(==[^ \\]+).*/\1\3/p' requirements.lock > "$work/versions.txt"
python3 - "$work" <<'PY'
import pathlib, sys, tomllib

told = tomllib.loads(pathlib.Path("pyproject.toml").read_text())
project, work = told["project"], pathlib.Path(sys.argv[1])
runtime = [*project["dependencies"], *project["optional-dependencies"]["postgresql"]]
(work / "runtime.txt").write_text("\n".join(runtime))
(work / "build.txt").write_text("\n".join(["editables", *told["build-system"]["requires"]]))
PY

install "$work/build" "$work/build.txt"
$pip wheel --no-deps --no-build-isolation --wheel-dir "$work" .
install "$target" "$work/runtime.txt"
$pip install --no-deps --no-index "$work"/ferryman-*.whl
$pip uninstall --yes pip setuptools
