#!/usr/bin/env bash
# Runs a command with a Docker engine of its own, on a machine of Debian 12 without one and without a registry, as root:
#   tests/deploy/engine.sh FOLDER make stack
# The base images are stand-ins, made from Debian's packages under the names that the Dockerfile has for the public ones.
# All of it lies in FOLDER, which is used again if it is there; the engine ends with the command. What is left of it is
# the kernel's: a bridge and rules of iptables.
set -euo pipefail
mkdir -p "$1"
folder=$(cd "$1" && pwd)
shift
export DOCKER_HOST=unix://$folder/engine.sock DOCKER_CONFIG=$folder/client

if ! command -v dockerd >/dev/null || ! command -v iptables >/dev/null || ! command -v mmdebstrap >/dev/null; then
    apt-get update -qq
    apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends docker.io iptables mmdebstrap
fi

# Debian 12 has no second version of compose; Debian 13's needs nothing that 12 lacks.
if [ ! -x "$DOCKER_CONFIG/cli-plugins/docker-compose" ]; then
    apt=$folder/apt
    mkdir -p "$apt"/{lists/partial,archives/partial} "$DOCKER_CONFIG/cli-plugins"
    eval "$(apt-config shell sources Dir::Etc::sourceparts/d)"
    sed s/bookworm/trixie/g "$sources/debian.sources" >"$apt/trixie.sources"
    newer=(apt-get -qq -o "Dir::Etc::sourcelist=$apt/trixie.sources" -o Dir::Etc::sourceparts=-
        -o "Dir::State::lists=$apt/lists" -o "Dir::Cache=$apt")
    "${newer[@]}" update
    (cd "$apt" && "${newer[@]}" download docker-compose docker-buildx)
    for package in "$apt"/docker-*.deb; do dpkg-deb -x "$package" "$apt/unpacked"; done
    mv "$apt"/unpacked/usr/libexec/docker/cli-plugins/* "$DOCKER_CONFIG/cli-plugins/"
    rm -r "$apt"
fi

dockerd --host "$DOCKER_HOST" --data-root "$folder/data" --exec-root "$folder/exec" --pidfile "$folder/engine.pid" \
    >"$folder/engine.log" 2>&1 &
engine=$!
trap 'kill "$engine"; wait "$engine" || true' EXIT
for _ in {1..60}; do
    docker info >/dev/null 2>&1 && break
    kill -0 "$engine" 2>/dev/null || break
    sleep 1
done
docker info >/dev/null || { tail -n 20 "$folder/engine.log" >&2; exit 1; }

has_image() { docker image inspect "$1" >/dev/null 2>&1; }
if ! has_image debian:bookworm-slim; then
    # Slim as the public one: no manuals, no translations. What this machine trusts, its builds trust.
    timeout 900 mmdebstrap --quiet --variant=minbase --include=ca-certificates,usr-is-merged \
        --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr --dpkgopt=force-unsafe-io \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
        --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
        --customize-hook="cp '${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}' \"\$1\"/etc/ssl/certs/ca-certificates.crt" \
        bookworm "$folder/root.tar" >"$folder/base.log" 2>&1 || { tail -n 20 "$folder/base.log" >&2; exit 1; }
    docker import --change 'CMD ["bash"]' "$folder/root.tar" debian:bookworm-slim >/dev/null
    rm "$folder/root.tar"
fi
with_packages() { # image, base, packages
    has_image "$1" || docker build --quiet --tag "$1" - >/dev/null <<END
FROM $2
RUN apt-get update && apt-get install -y --no-install-recommends $3 && rm -rf /var/lib/apt/lists/* /var/cache/apt
END
}
with_packages python:3.11-slim-bookworm debian:bookworm-slim python3
with_packages python:3.11-bookworm python:3.11-slim-bookworm 'gcc libc6-dev python3-dev python3-pip python3-venv'
if ! has_image prom/prometheus:v3.5.0; then
    with_packages debian:prometheus debian:bookworm-slim prometheus
    docker build --quiet --tag prom/prometheus:v3.5.0 - >/dev/null <<END
FROM debian:prometheus
USER nobody
WORKDIR /prometheus
ENTRYPOINT ["prometheus", "--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus"]
END
fi
echo "an engine of its own; base images are stand-ins, not the public ones" >&2

"$@"
