# The images of digitgan, one for each target:
#   docker build .                      the service on processors: the last stage, and the default
#   docker build --target gpu .         the service on NVIDIA's GPUs
#   docker build --target gateway .     HAProxy with deploy/haproxy.cfg
#   docker build --target training .    the trainer
# Build arguments beside those below: EXTRAS, and VERSION, REVISION and SOURCE for the labels, as `make image` gives them.
# Both Python images must have the same version and distribution, since the environment is copied from one to the other.
# The slim one needs neither a shell nor a package manager.

ARG BUILD_IMAGE=python:3.11-bookworm
ARG BASE_IMAGE=python:3.11-slim-bookworm
ARG GATEWAY_IMAGE=debian:bookworm-slim
# Licences as the packages in /opt/digitgan declare them; sbom.cdx.json says which has which. The base image has its own.
ARG LICENSES="Apache-2.0 AND MIT AND 0BSD AND BSD-2-Clause AND BSD-3-Clause AND CC0-1.0 AND MIT-CMU AND MPL-2.0 AND PSF-2.0 AND Zlib"
# An image with wheels that no index has, such as a CPU build of torch; scratch has none.
ARG WHEELS_IMAGE=scratch


# What all environments share: the tools that make them, and the pinned packages of the service.
FROM ${BUILD_IMAGE} AS packages
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
COPY requirements/sbom.txt /src/requirements/
RUN python3 -m venv /opt/tools \
    && /opt/tools/bin/pip install --require-hashes -r /src/requirements/sbom.txt \
    && python3 -m venv --without-pip /opt/digitgan
COPY requirements/service.txt /src/requirements/
RUN /opt/tools/bin/pip --python /opt/digitgan/bin/python install --require-hashes \
        --report /src/installed-service.json -r /src/requirements/service.txt


# The environment without a GPU: pinned packages, the service, and a bill of materials.
FROM packages AS build
# Names of extras that have a file of pins, such as "otel parquet".
ARG EXTRAS=""
COPY requirements/extra-*.txt /src/requirements/
RUN for extra in ${EXTRAS}; do \
        /opt/tools/bin/pip --python /opt/digitgan/bin/python install --require-hashes \
            --report "/src/installed-${extra}.json" -r "/src/requirements/extra-${extra}.txt" || exit; \
    done
COPY pyproject.toml setup.py README.md LICENSE NOTICE /src/
COPY digitgan /src/digitgan
COPY service /src/service
# Elsewhere an extension that does not compile is replaced by slower Python; in an image that is an error. Build tools,
# tests, debug symbols, onnxruntime's tools for making models and its C library are not needed at run time.
RUN /opt/tools/bin/pip --python /opt/digitgan/bin/python install --no-deps --no-build-isolation /src \
    && /opt/digitgan/bin/python -c 'import digitgan.png._deflate, digitgan.ink._ink, digitgan.contract._latents' \
    && /opt/tools/bin/pip --python /opt/digitgan/bin/python uninstall --yes setuptools \
    && find /opt/digitgan/lib -type d -name tests -prune -exec rm -r {} + \
    && find /opt/digitgan/lib -name '*.cpython-*.so' -exec strip --strip-unneeded {} + \
    && rm -r /opt/digitgan/lib/python3*/site-packages/onnxruntime/quantization \
        /opt/digitgan/lib/python3*/site-packages/onnxruntime/tools \
        /opt/digitgan/lib/python3*/site-packages/onnxruntime/transformers \
        /opt/digitgan/lib/python3*/site-packages/onnxruntime/capi/libonnxruntime.so.*
# The remaining packages must be able to serve every model.
RUN --mount=type=bind,source=exported,target=/models \
    DIGITGAN_MODELS_DIR=/models /opt/digitgan/bin/digitgan check
COPY deploy/sbom.py /src/
RUN --mount=type=bind,source=exported,target=/models \
    /opt/tools/bin/cyclonedx-py environment --output-reproducible --pyproject /src/pyproject.toml \
        --output-file /src/environment.json /opt/digitgan/bin/python \
    && /opt/tools/bin/python /src/sbom.py /opt/digitgan/lib/python3*/site-packages/digitgan /models \
        /src/installed-*.json < /src/environment.json > /opt/digitgan/sbom.cdx.json


# The runtimes for CPU and GPU share one import package, so the first is removed before the second is installed. CUDA itself
# comes as wheels too; only the driver is the machine's.
FROM build AS gpu-build
COPY requirements/gpu.txt /src/requirements/
RUN --mount=type=bind,source=exported,target=/models \
    /opt/tools/bin/pip --python /opt/digitgan/bin/python uninstall --yes onnxruntime \
    && /opt/tools/bin/pip --python /opt/digitgan/bin/python install --require-hashes \
        --report /src/installed-gpu.json -r /src/requirements/gpu.txt \
    && ln -s "$(echo /opt/digitgan/lib/python3*/site-packages/nvidia)" /opt/digitgan/nvidia \
    && /opt/tools/bin/cyclonedx-py environment --output-reproducible --pyproject /src/pyproject.toml \
        --output-file /src/environment.json /opt/digitgan/bin/python \
    && /opt/tools/bin/python /src/sbom.py /opt/digitgan/lib/python3*/site-packages/digitgan /models \
        /src/installed-*.json < /src/environment.json > /opt/digitgan/sbom.cdx.json


FROM ${WHEELS_IMAGE} AS wheels


# The environment of the trainer, with the pins that its tests use. It also has the models, to draw with and to learn from.
FROM packages AS training-build
COPY requirements/training.txt requirements/torch.txt /src/requirements/
RUN --mount=type=bind,from=wheels,target=/wheels \
    /opt/tools/bin/pip --python /opt/digitgan/bin/python install --require-hashes \
        --report /src/installed-training.json -r /src/requirements/training.txt \
    && /opt/tools/bin/pip --python /opt/digitgan/bin/python install --find-links /wheels \
        --report /src/installed-torch.json -r /src/requirements/torch.txt
COPY pyproject.toml setup.py README.md LICENSE NOTICE /src/
COPY exported /src/exported
COPY digitgan /src/digitgan
COPY service /src/service
COPY training /src/training
# Tests, debug symbols, and what only compilers and programs in C need are not needed at run time.
RUN /opt/tools/bin/pip --python /opt/digitgan/bin/python install --no-deps --no-build-isolation /src \
    && /opt/digitgan/bin/python -c 'import digitgan.png._deflate, digitgan.ink._ink, digitgan.contract._latents' \
    && find /opt/digitgan/lib -type d -name tests -prune -exec rm -r {} + \
    && find /opt/digitgan/lib -name '*.cpython-*.so' -exec strip --strip-unneeded {} + \
    && rm -r /opt/digitgan/lib/python3*/site-packages/onnxruntime/capi/libonnxruntime.so.* \
        /opt/digitgan/lib/python3*/site-packages/torch/bin/protoc* \
        /opt/digitgan/lib/python3*/site-packages/torch/bin/test_* \
        /opt/digitgan/lib/python3*/site-packages/torch/include \
        /opt/digitgan/lib/python3*/site-packages/torch/test
COPY deploy/sbom.py /src/
RUN /opt/tools/bin/cyclonedx-py environment --output-reproducible --pyproject /src/pyproject.toml \
        --output-file /src/environment.json /opt/digitgan/bin/python \
    && /opt/tools/bin/python /src/sbom.py /opt/digitgan/lib/python3*/site-packages/digitgan \
        /opt/digitgan/lib/python3*/site-packages/digitgan/exported \
        /src/installed-*.json < /src/environment.json > /opt/digitgan/sbom.cdx.json


# What all images with Python share: everything but the environment.
FROM ${BASE_IMAGE} AS base
ARG VERSION=unknown
ARG REVISION=unknown
ARG SOURCE=unknown
ARG LICENSES
ENV PATH=/opt/digitgan/bin:$PATH
ENTRYPOINT ["/opt/digitgan/bin/digitgan"]
# A number, so that Kubernetes can see that it is not root; no file belongs to it.
USER 65532:65532
LABEL org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.licenses="${LICENSES}"


FROM base AS training
ARG LICENSES
# What the build of torch adds: the index's build for Linux contains NVIDIA's libraries, and a build for processors does not.
ARG TORCH_LICENSES=
# Runs, checkpoints and exports are written to the folder that is mounted here, and so is what is downloaded. The user's
# number has no home folder.
WORKDIR /mnt
ENV XDG_CACHE_HOME=/mnt/.cache
CMD ["--help"]
LABEL org.opencontainers.image.title="digitgan training" \
      org.opencontainers.image.description="Trains, judges and exports generators of handwritten digits" \
      org.opencontainers.image.licenses="${LICENSES} AND Apache-2.0 WITH LLVM-exception AND BSL-1.0 AND CC-BY-SA-3.0${TORCH_LICENSES}"
COPY --from=training-build /opt/digitgan /opt/digitgan


FROM ${GATEWAY_IMAGE} AS gateway
# Debian keeps only the newest version, so a pin would break the build at the next update.
# hadolint ignore=DL3008
RUN apt-get -o Acquire::Retries=5 update \
    && apt-get -o Acquire::Retries=5 install --yes --no-install-recommends haproxy \
    && rm -rf /var/lib/apt/lists/*
COPY deploy/haproxy.cfg /etc/haproxy/haproxy.cfg
COPY deploy/gateway/settings.cfg /etc/haproxy/gateway/
COPY deploy/gateway/reload.sh /usr/local/bin/reload
USER 65532:65532
EXPOSE 8080 8443
# At this signal it finishes the requests in progress: whoever stops a container must wait longer than the longest of them.
STOPSIGNAL SIGUSR1
# Healthy means that it has a replica. Its metrics say so without a line in its log.
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s --retries=3 \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8405 && printf 'GET /metrics?scope=backend HTTP/1.0\\r\\n\\r\\n' >&3 && grep -q '^haproxy_backend_active_servers{proxy=\"replicas\"} [1-9]' <&3"]
# A master and its workers, so that `reload` loses no request.
ENTRYPOINT ["haproxy", "-W", "-db", "-f", "/etc/haproxy/gateway", "-f", "/etc/haproxy/haproxy.cfg"]
# Last, since each declared argument is part of what later layers are cached by.
ARG VERSION=unknown
ARG REVISION=unknown
ARG SOURCE=unknown
LABEL org.opencontainers.image.title="digitgan gateway" \
      org.opencontainers.image.description="HAProxy in front of digitgan's replicas" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.licenses="Apache-2.0 AND GPL-2.0-or-later AND LGPL-2.1-or-later"


# What both images of the service share.
FROM base AS runtime
COPY exported /models
ENV DIGITGAN_HOST=0.0.0.0 DIGITGAN_MODELS_DIR=/models DIGITGAN_LOG_FORMAT=json
EXPOSE 8000
# drain_s + grace_s is 25 s: whoever stops a container must wait longer before killing it, as docker stop -t 30 does.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s --retries=3 \
    CMD ["/opt/digitgan/bin/digitgan", "health"]
CMD ["serve"]
LABEL org.opencontainers.image.title="digitgan" \
      org.opencontainers.image.description="Handwritten digits from a GAN, over HTTP and on the command line"


FROM runtime AS gpu
ARG LICENSES
COPY --from=gpu-build /opt/digitgan /opt/digitgan
ENV DIGITGAN_PROVIDER=cuda DIGITGAN_BATCH_IMAGES=1024 DIGITGAN_QUEUE_IMAGES=65536
# Where CUDA's wheels have their libraries, and what the driver's container runtime must provide.
ENV LD_LIBRARY_PATH=/opt/digitgan/nvidia/cu13/lib:/opt/digitgan/nvidia/cudnn/lib \
    NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility
LABEL org.opencontainers.image.licenses="${LICENSES} AND LicenseRef-NVIDIA-Proprietary"


FROM runtime AS service
COPY --from=build /opt/digitgan /opt/digitgan
