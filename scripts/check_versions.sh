#!/usr/bin/env bash
# Install a set of versions into a fresh environment and run a selection of tests that touches every dependency:
#   scripts/check_versions.sh locked|newest|oldest [PYTHON]
# locked: constraints/locked.txt; newest: whatever is allowed today; oldest: constraints/oldest.txt.
set -euo pipefail
cd "$(dirname "$0")/.."
unset PYTHONPATH  # another tree's code may be there

case "${1:-}" in
  locked | oldest) constraint=(-c "constraints/$1.txt") ;;
  newest) constraint=() ;;
  *) sed -n '2,4s/^# //p' "$0" >&2; exit 2 ;;
esac

made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
"${2:-python3}" -m venv "$made"
"$made/bin/pip" install --quiet --disable-pip-version-check --no-compile ${constraint[@]+"${constraint[@]}"} \
  ".[parquet,import,ac,study,plot,simbench,cluster]" pytest pytest-xdist hypothesis
"$made/bin/pip" check

"$made/bin/lempart" solve example-2 --json - | "$made/bin/python" -m json.tool >"$made/result.json"
grep -q '"proven": true' "$made/result.json"
# What other versions merely warn of is no failure here.
"$made/bin/python" -m pytest -q -p no:cacheprovider -W default -n "${JOBS:-2}" \
  tests/conic/test_linear_against_scipy.py tests/conic/test_session_against_solve.py \
  tests/conic/test_batch_against_solve.py tests/conic/test_what_is_no_number.py \
  tests/cost/test_costs_against_printed_tables.py tests/cost/test_reference_cases.py \
  tests/game/test_core_against_published_games.py tests/game/test_nucleolus_against_published_games.py \
  tests/search/test_exhaustive_against_algorithm_1.py \
  tests/inputs/test_bad_tables.py tests/inputs/test_round_trip.py \
  tests/study/test_store.py tests/study/test_study_command.py tests/study/test_phase_command.py \
  tests/cli/test_output.py tests/cli/test_stdout_holds_the_document.py tests/cli/test_narrow_screens.py \
  tests/cli/test_every_command.py \
  tests/plot/test_plot_command.py tests/imports/test_pandapower_tables.py \
  tests/ac/test_check_ac_command.py tests/bills/test_frames_and_notebooks.py
