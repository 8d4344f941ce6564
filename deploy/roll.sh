#!/usr/bin/env bash
# Replaces every replica of the stack without losing a request, and keeps the chosen image in .env, for later commands:
#   DIGITGAN_IMAGE=digitgan:next deploy/roll.sh    another image
#   deploy/roll.sh                                 the image and the settings that .env has now
#   deploy/roll.sh --back                          the image before the last roll
# New replicas must be ready before old ones stop, so there are twice as many for a while. If they do not become ready,
# they are removed, and what ran before still runs.
# shellcheck disable=SC2086,SC2046 # lists of containers are words
set -euo pipefail
cd "$(dirname "$0")/.."
say() { echo "roll.sh: $*" >&2; }
fail() { say "$@"; exit 1; }

if [ $# -gt 0 ]; then
    [ "$*" = --back ] || fail "usage: [DIGITGAN_IMAGE=...] deploy/roll.sh [--back]"
    DIGITGAN_IMAGE=$(sed -n 's/^DIGITGAN_IMAGE=.* # before: //p' .env 2>/dev/null || true)
    [ -n "$DIGITGAN_IMAGE" ] || fail ".env names no image before; name it: DIGITGAN_IMAGE=... deploy/roll.sh"
    export DIGITGAN_IMAGE
fi

docker compose version >/dev/null 2>&1 ||
    fail "this needs Docker and its compose plugin, version 2.24 or newer: \`docker compose version\` fails"
replicas() { docker compose ps --all --quiet service; }
image=$(docker compose config --images service)
kept=$(env -u DIGITGAN_IMAGE docker compose config --images service) # what a command without the variable gets
old=$(replicas)
n=$(grep -c . <<<"$old" || true)
[ $n -gt 0 ] || fail "there is no replica; start the stack: docker compose up --detach --wait"
[ $n -le 8 ] || fail "there are $n replicas; at most 8 can be replaced, since the gateway finds at most 16"

# The image that runs, by a name for the way back. If its own name has another image by now, it gets a new one.
read -r before id < <(docker inspect --format '{{.Config.Image}} {{.Image}}' $old)
if [ "$(docker image inspect --format '{{.Id}}' "$before" 2>/dev/null)" != "$id" ]; then
    before=digitgan:${id:7:12}
    docker tag "$id" "$before"
fi

new() { replicas | grep -vxF "$old" || true; }
give_up() {
    trap '' INT TERM HUP
    for replica in $(new); do
        say "the last lines of ${replica:0:12}:"
        docker logs --tail 3 "$replica" >&2
    done
    docker rm --force $(new) >/dev/null 2>&1 || true
    say "$image did not become ready, and its replicas are removed; $n replicas of $before still run, as before"
}
trap give_up EXIT
trap 'exit 1' INT TERM HUP

docker compose up --detach --no-deps --no-recreate --no-build --scale "service=$((2 * n))" service
for replica in $(new); do
    state='0 running starting'
    while [ "$state" = '0 running starting' ]; do # the image's health check says how long
        sleep 0.5
        state=$(docker inspect --format '{{.RestartCount}} {{.State.Status}} {{.State.Health.Status}}' "$replica")
    done
    [ "$state" = '0 running healthy' ]
done
if [ "$image" != "$before" ] || [ "$image" != "$kept" ]; then
    others=$(grep -v '^DIGITGAN_IMAGE=' .env 2>/dev/null || true)
    printf '%s\n' ${others:+"$others"} "DIGITGAN_IMAGE=$image # before: $before" >.env
    back="; deploy/roll.sh --back returns to $before"
fi

# From here on the new replicas are the stack's. The old ones have stop_grace_period: drain_s + grace_s + 5 s.
trap - EXIT
trap '' INT TERM HUP
began=$(date +%s)
docker stop $old >/dev/null
docker rm $old >/dev/null
say "$n replicas of $image run${back:-}"
cut=$(docker compose --profile '*' logs --no-log-prefix --since "$began" | grep '"ended":"S' || true)
[ -z "$cut" ] || say "requests that took longer than drain_s + grace_s and were cut off:"$'\n'"$cut"
