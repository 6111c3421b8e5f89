#!/usr/bin/env bash
# Write the newest versions that pyproject.toml allows today, of everything that a developer needs, on every system and
# every Python that is supported:
#   scripts/lock_versions.sh [FILE]
# FILE: constraints/locked.txt unless another is given.
set -euo pipefail
cd "$(dirname "$0")/.."

made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
python3 -m venv "$made"
"$made/bin/pip" install --quiet --disable-pip-version-check uv
{
  sed -n '/^#/p' constraints/locked.txt
  # One version for all Pythons and systems: the newest that the oldest Python can have, and without a package's conditions.
  "$made/bin/uv" pip compile --quiet --universal --fork-strategy fewest --python-version 3.11 --extra dev \
    --no-header --no-annotate --no-emit-index-url --no-emit-find-links pyproject.toml | sed 's/ ;.*//'
} >"$made/locked.txt"
cp "$made/locked.txt" "${1:-constraints/locked.txt}"
