#!/usr/bin/env bash
# Replaces every replica of the stack by one of the image that DIGITGAN_IMAGE names; no request is lost.
#   DIGITGAN_IMAGE=digitgan:next deploy/roll.sh
# New ones are ready before old ones are told to end, so there are twice as many for a while; the gateway has room for 16.
set -euo pipefail
cd "$(dirname "$0")/.."

mapfile -t old < <(docker compose ps --quiet service)
docker compose up --detach --wait --no-deps --no-recreate --no-build --scale "service=$((2 * ${#old[@]}))" service
docker stop --time 30 "${old[@]}"
docker rm "${old[@]}"
