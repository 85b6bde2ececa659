.DEFAULT_GOAL := help
SHELL := /bin/bash

VERSION := $(shell scripts/version)
COMMIT  := $(shell git rev-parse --short HEAD 2>/dev/null || echo unknown)
# no_emoji: Fyne's own font of emoji is 4.2 MB; without it those of the system are used.
TAGS := migrated_fynedo,no_emoji
LDFLAGS := -s -w -X main.version=$(VERSION) -X main.commit=$(COMMIT)

LINT_VERSION := v2.15.0
LINT := bin/tools/golangci-lint-$(LINT_VERSION)

.PHONY: help build run test test-all fuzz test-deaths test-engines soak bench bench-window bench-state screenshots lint vuln package test-package

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

build: ## build bin/berth, installing what the build needs
	@scripts/setup build
	CGO_ENABLED=1 go build -trimpath -tags $(TAGS) -ldflags '$(LDFLAGS)' -o bin/berth .

run: ## build Berth, see to an engine, open it and start the default sandbox
	@scripts/setup build
	@scripts/setup engine
	@scripts/baseimage
	@$(MAKE) --no-print-directory build
	@scripts/run --start

test: ## run the tests on engines of its own, and each fuzz target for 5 s
	@scripts/setup test
	scripts/testbed run go test -short -count=1 -p 1 -timeout 30m ./...
	scripts/fuzz 5s

test-all: ## run those too that take long, and all with the race detector: what lands has passed all
	@scripts/setup test
	scripts/testbed run go test -race -count=1 -p 1 -timeout 70m ./...
	scripts/fuzz 5s

fuzz: ## run each fuzz target for two minutes, two at once: FUZZ=10m for longer
	@scripts/setup build
	scripts/fuzz $(or $(FUZZ),2m)

test-deaths: ## let Berth, and the engine, die at every step of every change, and write down in docs/deaths.md what the next one made of it (hours): OPERATIONS='edit|clone' for some
	@scripts/setup test
	BERTH_DEATHS=all BERTH_DEATHS_INTO=$(CURDIR)/docs/deaths.md BERTH_VERSION=$(VERSION) scripts/testbed run go test -count=1 -timeout 24h -v \
		-run '(TestADeathAtAnyStep|TestAnEngineThatDiesAtAStep|TestAnEngineAndABerthThatDieAtAStep)/^($(or $(OPERATIONS),.*))$$|$(if $(OPERATIONS),^$$,TestADeathWhileThePassword)' ./engine

soak: ## give random commands for 20 minutes while all around fails, and look what is left: SOAK=1h for longer, BERTH_SEED=n for the same choices
	@scripts/setup test
	BERTH_SOAK=$(or $(SOAK),20m) scripts/testbed run go test -race -count=1 -run TestSoak -timeout 24h -v ./engine

test-engines: ## run the tests of the engine layer, and the main job in a window, on each kind of engine, and write down in docs/engines.md what passed where (an hour and more): ENGINES='docker podman' for some of docker, graph, containerd, podman
	@scripts/setup test
	BERTH_VERSION=$(VERSION) BERTH_ENGINES_ONLY="$(ENGINES)" scripts/testbed run scripts/engines run docs/engines.md

bench: ## measure all beside what people use, into BENCHMARKS.md: BENCH='-part pull,start' for some of it, BENCH=-short to see it work
	@scripts/setup test
	scripts/testbed run scripts/bench $(BENCH)

bench-window: ## measure the window alone
	@$(MAKE) --no-print-directory bench BENCH='-part window $(BENCH)'

bench-state: ## measure backup, restore and clone alone
	@$(MAKE) --no-print-directory bench BENCH='-part state $(BENCH)'

package: ## make the packages for Linux and Windows in dist/
	@scripts/setup package
	TAGS=$(TAGS) scripts/package

test-package: ## make the packages, install the .deb in a clean Debian, start a sandbox by it, and look at the others
	@scripts/setup test
	@scripts/setup package
	TAGS=$(TAGS) scripts/package
	BERTH_DIST=$(CURDIR)/dist scripts/testbed run go test -count=1 -run 'TestFromDoubleClick|TestEveryPackage|TestTheDeb|TestTheTar|TestTheExe|TestTheMac' -timeout 30m -v .

screenshots: ## make the pictures in docs/ from the real app on a real engine
	@scripts/setup test
	BERTH_SCREENSHOTS=$(CURDIR)/docs scripts/testbed run go test -count=1 -run TestPicturesOfEveryScreen -timeout 20m .

lint: $(LINT) ## check style, the layers, and that it compiles for every system
	$(LINT) run ./...
	@if go list -deps ./engine/... | grep '^fyne.io/'; then echo 'the engine imports fyne'; exit 1; fi
	CGO_ENABLED=0 GOOS=windows go build ./engine/...
	CGO_ENABLED=0 GOOS=darwin go build ./engine/...
	CGO_ENABLED=0 GOOS=darwin go vet -tags ci,mobile . # all that is Berth's own, on drivers of Fyne's that need no Mac

vuln: ## look for known vulnerabilities in what the code calls; needs https://vuln.go.dev, and says so where it is out of reach
	@scripts/setup build
	TAGS=$(TAGS) scripts/vuln

$(LINT):
	@scripts/setup build
	@mkdir -p bin/tools
	GOBIN=$(CURDIR)/bin/tools go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)
	mv bin/tools/golangci-lint $(LINT)
