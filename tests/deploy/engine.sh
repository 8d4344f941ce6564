#!/usr/bin/env bash
# Runs a command with its own Docker engine, as root, on a Debian 12 machine that has neither an engine nor a registry:
#   tests/deploy/engine.sh FOLDER make stack
# The base images are stand-ins, made from Debian's packages, with the names that the Dockerfile has for the public ones.
# All files are in FOLDER, which is used again if it exists. The engine stops with the command; a network bridge and rules
# of iptables remain.
set -euo pipefail
mkdir -p "$1"
folder=$(cd "$1" && pwd)
shift
export DOCKER_HOST=unix://$folder/engine.sock DOCKER_CONFIG=$folder/client

if ! command -v dockerd >/dev/null || ! command -v iptables >/dev/null || ! command -v mmdebstrap >/dev/null; then
    apt-get -qq -o Acquire::Retries=5 update
    DEBIAN_FRONTEND=noninteractive apt-get -qq -o Acquire::Retries=5 -o DPkg::Lock::Timeout=600 \
        install -y --no-install-recommends docker.io iptables mmdebstrap
fi

# Debian 12 does not have version 2 of compose; that of Debian 13 runs on Debian 12, too.
if [ ! -x "$DOCKER_CONFIG/cli-plugins/docker-compose" ]; then
    apt=$folder/apt
    mkdir -p "$apt"/{lists/partial,archives/partial} "$DOCKER_CONFIG/cli-plugins"
    eval "$(apt-config shell sources Dir::Etc::sourceparts/d)"
    sed s/bookworm/trixie/g "$sources/debian.sources" >"$apt/trixie.sources"
    newer=(apt-get -qq -o Acquire::Retries=5 -o "Dir::Etc::sourcelist=$apt/trixie.sources" -o Dir::Etc::sourceparts=-
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
for _ in {1..180}; do
    docker info >/dev/null 2>&1 && break
    kill -0 "$engine" 2>/dev/null || break
    sleep 1
done
docker info >/dev/null || { tail -n 20 "$folder/engine.log" >&2; exit 1; }

has_image() { docker image inspect "$1" >/dev/null 2>&1; }
if ! has_image debian:bookworm-slim; then
    # As slim as the public image: no manuals, no translations. Its builds trust the certificates that this machine trusts.
    timeout 900 mmdebstrap --quiet --aptopt='Acquire::Retries "5"' --variant=minbase --include=ca-certificates,usr-is-merged \
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
RUN apt-get -o Acquire::Retries=5 update && apt-get -o Acquire::Retries=5 install -y --no-install-recommends $3 && rm -rf /var/lib/apt/lists/* /var/cache/apt
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
ENTRYPOINT ["prometheus"]
CMD ["--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus"]
END
fi
# A folder of wheels from which this machine's pip installs is used in builds, too.
if [ -d "${PIP_FIND_LINKS:-}" ]; then
    export WHEELS_IMAGE=wheels
    has_image wheels || tar -C "$PIP_FIND_LINKS" -c . | docker import - wheels >/dev/null
fi
echo "Docker engine started; its base images are stand-ins, not the public ones" >&2

"$@"
