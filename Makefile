# What one can do here. Each recipe works from a fresh checkout with Python 3.11+ and make.
PYTHON ?= python3
PORT ?= 8000
SERVE := .venv
DEV := .venv-dev
DOCS := .venv-docs

.DEFAULT_GOAL := help
.PHONY: help serve test test-openvino test-ray test-all lint fix reference docs bench image stack test-stack lock vendor clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

serve: $(SERVE)/.installed ## answer HTTP requests on port 8000; PORT=9000 make serve moves it
	$(SERVE)/bin/python -m service serve --port $(PORT)

# A process for each processor; no more of them than memory, or a quota that they do not see, is likely to bear.
BESIDE := -n auto --maxprocesses 8 --dist loadfile

test: $(DEV)/.installed ## run the tests
	$(DEV)/bin/python -m pytest $(BESIDE) -m "not slow and not alone"
	$(DEV)/bin/python -m pytest -m "alone and not slow"

test-openvino: $(DEV)/.installed ## test OpenVINO on this processor, in an environment of its own
	$(DEV)/bin/python -m pytest -m slow -s tests/digitgan/engine/test_openvino.py

test-ray: $(DEV)/.installed ## test a Ray cluster whose nodes die, in an environment of its own
	$(DEV)/bin/python -m pytest -m slow -s tests/cluster

test-all: $(DEV)/.installed ## run the tests, and those that take minutes
	$(DEV)/bin/python -m pytest $(BESIDE) -m "not alone"
	$(DEV)/bin/python -m pytest -m alone

lint: $(DEV)/.installed ## check format, style, types and import rules
	$(DEV)/bin/ruff format --check .
	$(DEV)/bin/ruff check .
	$(DEV)/bin/mypy
	$(DEV)/bin/lint-imports

fix: $(DEV)/.installed ## format, and mend what can be mended by itself
	$(DEV)/bin/ruff check --fix .
	$(DEV)/bin/ruff format .

reference: $(DEV)/.installed ## write the pages of docs/ that are made from the code again
	$(DEV)/bin/python -m service settings > docs/configuration.md
	$(DEV)/bin/python -m reference

docs: $(DOCS)/.installed ## build the guide into site/, and stop at the first dead link
	NO_MKDOCS_2_WARNING=1 $(DOCS)/bin/mkdocs build --strict --quiet

bench: $(DEV)/.installed ## compare with a floor, a limit and other servers, some 20 minutes; needs wrk
	$(DEV)/bin/python -m bench.peers install --missing
	$(DEV)/bin/python -m bench.run --rounds 3

image: ## build the images of the service and of the gateway; needs docker
	docker compose build --build-arg REVISION="$$(git rev-parse HEAD)" service gateway

stack: image ## bring up gateway and replicas on port 8080, ask them, take them down; needs docker
	trap 'docker compose down --timeout 5' EXIT; docker compose up --detach --wait --wait-timeout 300 \
		&& deploy/smoke.sh "http://$$(docker compose port gateway 8080)"

test-stack: $(DEV)/.installed ## test images, gateway and scaling with real containers; needs docker
	$(DEV)/bin/python -m pytest -s -p no:randomly tests/deploy/test_stack.py

# Pins with hashes, and without the address of any index.
COMPILE := CUSTOM_COMPILE_COMMAND="make lock" $(DEV)/bin/pip-compile --quiet --no-strip-extras --allow-unsafe --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host

lock: $(DEV)/.installed ## pin the newest allowed version of every dependency
	$(COMPILE) --upgrade --all-build-deps --extra cpu --output-file requirements/service.txt pyproject.toml
	$(COMPILE) --upgrade --extra gpu --output-file requirements/gpu.txt --constraint requirements/service.txt pyproject.toml
	$(COMPILE) --upgrade --extra cpu --extra test --extra lint --output-file requirements/dev.txt pyproject.toml requirements/dev.in
	$(COMPILE) --upgrade --output-file requirements/docs.txt requirements/docs.in

# What draws in the browser, as its npm package has it; docs/adr/0031-browser.md.
ORT_WEB := 1.30.0
VENDORED := service/static/vendor/onnxruntime-web

vendor: ## take the page's onnxruntime-web from its npm package again; needs npm and zstd
	rm -rf build/vendor && mkdir -p build/vendor
	cd build/vendor && npm pack --silent onnxruntime-web@$(ORT_WEB) && tar xzf *.tgz
	cp build/vendor/package/dist/ort.wasm.bundle.min.mjs $(VENDORED)
	zstd -19 --quiet --force build/vendor/package/dist/ort-wasm-simd-threaded.wasm -o $(VENDORED)/ort-wasm-simd-threaded.wasm.zst
	cd build/vendor/package/dist && sha256sum ort.wasm.bundle.min.mjs ort-wasm-simd-threaded.wasm > $(CURDIR)/$(VENDORED)/SHA256SUMS
	rm -rf build/vendor

clean: ## remove the virtual environments and caches
	rm -rf $(SERVE) $(DEV) $(DOCS) site .mypy_cache .pytest_cache .ruff_cache .hypothesis

# An environment is stamped last, so that an interrupted installation is made again. Installing the checkout itself builds
# what is in C; without a compiler that is left out, and numpy makes the same bytes.
INSTALL_CHECKOUT := -m pip install --quiet --no-deps --no-build-isolation --editable .
COMPILED := digitgan/png/_deflate.c digitgan/contract/_latents.c

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
