#!/bin/sh
# Installs what Ferryman's processes need into a new virtual environment, $1, and nothing of tests or checks:
# each package in the version of requirements.lock and checked against its hashes. Run it at the project's root;
# the Dockerfile does, and tests/production does so without Docker.
set -eu

target=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

install() {
  "$1/bin/pip" install --quiet --disable-pip-version-check --no-cache-dir \
    --only-binary :all: --require-hashes --constraint "$work/lock.txt" --requirement "$2"
}

# pip takes no extras in constraints.
sed -E 's/^([A-Za-z0-9._-]+)\[[^]]*\]==/\1==/' requirements.lock > "$work/lock.txt"
python3 - "$work" <<'PY'
import pathlib, sys, tomllib

told = tomllib.loads(pathlib.Path("pyproject.toml").read_text())
project, work = told["project"], pathlib.Path(sys.argv[1])
runtime = [*project["dependencies"], *project["optional-dependencies"]["postgresql"]]
(work / "runtime.txt").write_text("\n".join(runtime))
(work / "build.txt").write_text("\n".join(["editables", *told["build-system"]["requires"]]))
PY

python3 -m venv "$target"
install "$target" "$work/runtime.txt"
python3 -m venv "$work/build"
install "$work/build" "$work/build.txt"
"$work/build/bin/pip" wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation \
  --wheel-dir "$work" .
"$target/bin/pip" install --quiet --disable-pip-version-check --no-deps --no-index "$work"/ferryman-*.whl
"$target/bin/pip" uninstall --quiet --yes pip setuptools
