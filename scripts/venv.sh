#!/bin/sh
# venv.sh PYTHON REQUIREMENTS: put the requirements, and the command boxscope, into .venv, made with PYTHON when there
# is none to build on.
# A stamp in .venv, app or dev, says that an install came to its end. While pip works there is none.
set -eu
python=$1
requirements=$2
builder='setuptools>=70.1' # as in pyproject.toml; in .venv, so that boxscope itself is installed without a network

stop() {
    echo "$*" >&2
    exit 1
}

# Without a stamp the last install was cut short, and pip would take a half-written package for an installed one.
if ! { [ -e .venv/app ] || [ -e .venv/dev ]; } || ! .venv/bin/python -c '' 2>/dev/null; then
    "$python" -c '' 2>/dev/null ||
        stop "Boxscope needs Python 3.11 or newer, and '$python' does not run. Name another: make PYTHON=python3.12 ..."
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        stop "Boxscope needs Python 3.11 or newer; '$python' is $("$python" --version 2>&1). Name another: make PYTHON=python3.12 ..."
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        stop "'$python' lacks the venv module. On Debian and Ubuntu: apt-get install python3-venv"
    echo "Making .venv with $("$python" --version 2>&1)"
    "$python" -m venv --clear .venv
else
    # No network, no such version: what fails before pip writes anything fails here and leaves .venv as it was.
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --dry-run -r "$requirements" "$builder"
fi

rm -f .venv/app .venv/dev
.venv/bin/python -m pip install --disable-pip-version-check -r "$requirements" "$builder"
.venv/bin/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation -e .
