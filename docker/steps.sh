#!/bin/sh
# What the image does after its packages are installed: train the model. Also run without Docker, in a clean folder.
set -eu
export PYTHONPATH=. RASA_TELEMETRY_ENABLED=false TF_CPP_MIN_LOG_LEVEL=3
AMPARO_ENV_FILE=/tmp/amparo-build.env .venv/bin/python -m amparo train
rm -f /tmp/amparo-build.env
