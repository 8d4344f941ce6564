#!/usr/bin/env bash
# Replaces every replica of the stack by one of the image DIGITGAN_IMAGE, without losing a request:
#   DIGITGAN_IMAGE=digitgan:next deploy/roll.sh
# New replicas are ready before old ones are stopped, so there are twice as many for a while; the gateway has room for 16.
set -euo pipefail
cd "$(dirname "$0")/.."

mapfile -t old < <(docker compose ps --quiet service)
docker compose up --detach --wait --no-deps --no-recreate --no-build --scale "service=$((2 * ${#old[@]}))" service
docker stop --time 30 "${old[@]}"
docker rm "${old[@]}"
