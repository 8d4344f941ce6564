# The images of digitgan, one for each target:
#   docker build .                      the service on processors: the last stage, and the default
#   docker build --target gpu .         the service on NVIDIA's GPUs
#   docker build --target gateway .     HAProxy with deploy/haproxy.cfg
#   docker build --target training .    the trainer
# Both Python images must have the same version and distribution, since the environment is copied from one to the other.
# The slim one needs neither a shell nor a package manager.

ARG BUILD_IMAGE=python:3.11-bookworm
ARG BASE_IMAGE=python:3.11-slim-bookworm
ARG GATEWAY_IMAGE=debian:bookworm-slim
# An image with wheels that no index has, such as a CPU build of torch; scratch has none.
ARG WHEELS_IMAGE=scratch


# The environment without a GPU: pinned packages, the service, and a bill of materials.
FROM ${BUILD_IMAGE} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
RUN python3 -m venv /opt/tools && /opt/tools/bin/pip install cyclonedx-bom==7.5.0
RUN python3 -m venv --without-pip /opt/digitgan
COPY requirements/service.txt /src/requirements/
RUN /opt/tools/bin/pip --python /opt/digitgan/bin/python install --require-hashes -r /src/requirements/service.txt
COPY pyproject.toml setup.py README.md LICENSE NOTICE /src/
COPY digitgan /src/digitgan
COPY service /src/service
# Elsewhere an extension that does not compile is replaced by slower Python; in an image that is an error. Build tools,
# tests, debug symbols, onnxruntime's tools for making models and its C library are not needed at run time.
RUN /opt/tools/bin/pip --python /opt/digitgan/bin/python install --no-deps --no-build-isolation /src \
    && /opt/digitgan/bin/python -c 'import digitgan.png._deflate, digitgan.contract._latents' \
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
RUN /opt/tools/bin/cyclonedx-py environment --output-reproducible --pyproject /src/pyproject.toml \
        --output-file /opt/digitgan/sbom.cdx.json /opt/digitgan/bin/python


# The runtimes for CPU and GPU share one import package, so the first is removed before the second is installed. CUDA itself
# comes as wheels too; only the driver is the machine's.
FROM build AS gpu-build
COPY requirements/gpu.txt /src/requirements/
RUN /opt/tools/bin/pip --python /opt/digitgan/bin/python uninstall --yes onnxruntime \
    && /opt/tools/bin/pip --python /opt/digitgan/bin/python install --require-hashes -r /src/requirements/gpu.txt \
    && ln -s "$(echo /opt/digitgan/lib/python3*/site-packages/nvidia)" /opt/digitgan/nvidia \
    && /opt/tools/bin/cyclonedx-py environment --output-reproducible --pyproject /src/pyproject.toml \
        --output-file /opt/digitgan/sbom.cdx.json /opt/digitgan/bin/python


FROM ${WHEELS_IMAGE} AS wheels


# The trainer, with the pins that its tests use. Its sheets are encoded by the compiled extension.
FROM ${BUILD_IMAGE} AS training
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
RUN python3 -m venv /opt/digitgan
COPY requirements /src/requirements
RUN --mount=type=bind,from=wheels,target=/wheels \
    /opt/digitgan/bin/pip install --require-hashes -r requirements/dev.txt \
    && /opt/digitgan/bin/pip install --find-links /wheels -r requirements/torch.txt
COPY pyproject.toml setup.py README.md LICENSE NOTICE /src/
COPY digitgan /src/digitgan
COPY service /src/service
COPY training /src/training
RUN /opt/digitgan/bin/pip install --no-deps --no-build-isolation /src && rm -r /src
USER 65532:65532
# Runs, checkpoints and exports are written to the folder that is mounted here.
WORKDIR /work
ENTRYPOINT ["/opt/digitgan/bin/digitgan"]
CMD ["--help"]
LABEL org.opencontainers.image.title="digitgan training" \
      org.opencontainers.image.description="Trains, judges and exports generators of hand-drawn digits" \
      org.opencontainers.image.licenses="Apache-2.0"


FROM ${GATEWAY_IMAGE} AS gateway
# Debian keeps only the newest version, so a pin would break the build at the next update.
# hadolint ignore=DL3008
RUN apt-get -o Acquire::Retries=5 update \
    && apt-get -o Acquire::Retries=5 install --yes --no-install-recommends haproxy \
    && rm -rf /var/lib/apt/lists/*
COPY deploy/haproxy.cfg /etc/haproxy/haproxy.cfg
USER 65532:65532
EXPOSE 8080 8443
# At this signal it finishes the requests in progress, within a limit that haproxy.cfg sets.
STOPSIGNAL SIGUSR1
# Healthy means that a request reaches a replica.
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s --retries=3 \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /health/ready HTTP/1.0\\r\\n\\r\\n' >&3 && grep -q '^HTTP/1.[01] 200' <&3"]
ENTRYPOINT ["haproxy", "-db", "-f", "/etc/haproxy/haproxy.cfg"]
LABEL org.opencontainers.image.title="digitgan gateway" \
      org.opencontainers.image.description="HAProxy in front of digitgan's replicas" \
      org.opencontainers.image.licenses="Apache-2.0"


# What both images of the service share: everything but the environment.
FROM ${BASE_IMAGE} AS runtime
ARG REVISION=unknown
COPY exported /models
ENV DIGITGAN_HOST=0.0.0.0 DIGITGAN_MODELS_DIR=/models DIGITGAN_LOG_FORMAT=json
# A number, so that Kubernetes can see that it is not root; no file belongs to it.
USER 65532:65532
EXPOSE 8000
# drain_s + grace_s is 25 s: whoever stops a container must wait longer before killing it, as docker stop --time 30 does.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s --retries=3 \
    CMD ["/opt/digitgan/bin/python", "-I", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/health/ready', timeout=2)"]
ENTRYPOINT ["/opt/digitgan/bin/digitgan"]
CMD ["serve"]
LABEL org.opencontainers.image.title="digitgan" \
      org.opencontainers.image.description="Hand-drawn digits from a GAN, over HTTP: post seeds, get PNGs" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.revision="${REVISION}"


FROM runtime AS gpu
COPY --from=gpu-build /opt/digitgan /opt/digitgan
ENV DIGITGAN_PROVIDER=cuda
# Where CUDA's wheels have their libraries, and what the driver's container runtime must provide.
ENV LD_LIBRARY_PATH=/opt/digitgan/nvidia/cu13/lib:/opt/digitgan/nvidia/cudnn/lib \
    NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility


FROM runtime AS service
COPY --from=build /opt/digitgan /opt/digitgan
