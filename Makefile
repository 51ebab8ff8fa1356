# make run     build and serve on an embedded store, with two accounts to try
# make test    everything: unit, engine conformance, end to end (installs what it needs)
# make cases   authorization cases by the pure function and through a server: FILE=…
# make tour    three minutes: a refusal across accounts, explained, door by door
# make bench   benchmarks, side by side with versitygw and MinIO
#
# Installed by `make deps`, once, when missing:
# - from Debian: awscli, python3-boto3, nodejs with npm, rclone, s3cmd, restic and
#   s3fs (clients of the end-to-end tests; s3fs mounts a file system, which needs
#   /dev/fuse), iproute2 (network namespaces, which root alone can make), postgresql
#   (an engine under test), gcc and libc6-dev (the race detector needs them)
# - from npm: the AWS SDK for JavaScript, into e2e/testdata/js/node_modules
# - by Go: MinIO's mc, built into .tools
# Nothing else is needed beside Go.

SHELL := /bin/bash
GO ?= go
DATA ?= data
LISTEN ?= 127.0.0.1:4566
BIN := sallyport
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
export GOFLAGS ?= -buildvcs=false

.PHONY: run tour build deps test vet unit race e2e bench fuzz fuzz-short soak soak-memory soak-model mutation generate clean cases

run: build
	./$(BIN) serve --data $(DATA) --listen $(LISTEN) --account green --account blue

# A server of its own on a directory that goes away, and the tour on it.
tour: build
	@dir=$$(mktemp -d) && trap 'kill $$server 2>/dev/null; wait $$server 2>/dev/null; rm -rf "$$dir"' EXIT; \
	./$(BIN) serve --data $$dir --listen 127.0.0.1:0 --account green >$$dir/out 2>$$dir/log & server=$$!; \
	until grep -q '^Serving on' $$dir/out; do kill -0 $$server 2>/dev/null || { cat $$dir/log >&2; exit 1; }; sleep 0.1; done; \
	eval "$$(./$(BIN) env --data $$dir)" && ./$(BIN) tour --profile green

build:
	$(GO) build -ldflags "-X main.version=$(VERSION)" -o $(BIN) ./cmd/sallyport

# Each package only when the command or module that it brings is missing. mc is
# built apart from this module, whose requirements stay its own.
MC := github.com/minio/mc@v0.0.0-20250313080218-cf909e1063a9
JS := e2e/testdata/js
deps:
	@need=(); \
	command -v aws >/dev/null || need+=(awscli); \
	python3 -c 'import boto3' 2>/dev/null || need+=(python3-boto3); \
	command -v node >/dev/null || need+=(nodejs); \
	command -v npm >/dev/null || need+=(npm); \
	for client in rclone s3cmd restic s3fs; do command -v $$client >/dev/null || need+=($$client); done; \
	command -v ip >/dev/null || need+=(iproute2); \
	command -v gcc >/dev/null || need+=(gcc libc6-dev); \
	ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || need+=(postgresql); \
	if [ $${#need[@]} -gt 0 ]; then \
	  sudo=; [ $$(id -u) -eq 0 ] || sudo='sudo -E'; export DEBIAN_FRONTEND=noninteractive; \
	  $$sudo apt-get update -qq && $$sudo apt-get install -y -qq --no-install-recommends -o Dpkg::Options::=--force-unsafe-io $${need[@]} >/dev/null; \
	fi
	@cmp -s $(JS)/package-lock.json $(JS)/node_modules/.installed || \
	  { (cd $(JS) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) && cp $(JS)/package-lock.json $(JS)/node_modules/.installed; }
	@[ "$$(cat .tools/mc.version 2>/dev/null)" = $(MC) ] || \
	  { GOBIN=$(CURDIR)/.tools GOFLAGS= $(GO) install -ldflags='-s -w' $(MC) && echo $(MC) >.tools/mc.version; }

test: deps vet unit race fuzz-short e2e

vet:
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo "not gofmt-ed:"; gofmt -l $$(git ls-files '*.go'); exit 1; }
	$(GO) vet ./...

# The engines' suites run under the race detector only, where they are slower and
# stricter.
unit:
	$(GO) test -timeout 30m $$($(GO) list ./... | grep -vE '/e2e|/internal/kv/(memory|pebble|postgres)|/internal/blob/')

# The packages where goroutines meet, under the race detector.
race:
	$(GO) test -timeout 30m -race ./internal/kv/... ./internal/blob/... ./internal/directory/... ./internal/service/... ./internal/gateway/... ./internal/linklocal ./internal/imds ./internal/containers

e2e: build
	SALLYPORT_BINARY=$(CURDIR)/$(BIN) $(GO) test -count=1 -timeout 40m ./e2e/...

# Each case by the pure function and, where it can be, through a server.
FILE ?= authz/testdata/cases.json
cases:
	@$(GO) run ./internal/cases/run $(FILE)

bench:
	$(GO) run ./internal/bench

# Every fuzz target for FUZZTIME each.
FUZZTIME ?= 60s
fuzz:
	@set -e; for f in $$(git grep -lE '^func Fuzz' -- '*_test.go'); do \
	  for target in $$(sed -nE 's/^func (Fuzz[A-Za-z0-9_]*)\(.*/\1/p' $$f); do \
	    echo "$$(dirname $$f) $$target"; $(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) ./$$(dirname $$f); \
	  done; done

fuzz-short:
	@$(MAKE) --no-print-directory fuzz FUZZTIME=500x

# Ten million random decisions by both evaluators, another ten million with another SEED.
WORLDS ?= 10000000
SEED ?= 1
soak:
	SALLYPORT_WORLDS=$(WORLDS) $(GO) test -count=1 -timeout 6h -run TestRandomWorlds -v ./authz -args -seed $(SEED)

# Streams an object of GIB GiB up and down again and checks that the server's memory
# stays flat. The disk needs that much, and 5 GiB more; TMPDIR says where.
GIB ?= 50
soak-memory: build
	SALLYPORT_BINARY=$(CURDIR)/$(BIN) SALLYPORT_STREAM_GIB=$(GIB) $(GO) test -count=1 -timeout 6h -run '^TestFlatMemory$$' -v ./e2e

# Random operations on buckets, from several clients, while the server is killed ROUNDS times: all as in a model, and each key
# linearizable, also through two gateways. What a kill meets differs from run to run, SEED or not.
ROUNDS ?= 200
soak-model: build
	SALLYPORT_BINARY=$(CURDIR)/$(BIN) SALLYPORT_MODEL_ROUNDS=$(ROUNDS) SALLYPORT_MODEL_SEED=$(SEED) $(GO) test -count=1 -timeout 6h \
	  -run '^Test(BucketsAreAsInModel|KeysAreLinearizable)' -v ./e2e

# Takes each rule out of the evaluator in turn and names those that no test misses. FILES='authz/*.go' and PART=0/4 narrow it.
FILES ?=
PART ?= 0/1
mutation:
	$(GO) test -count=1 -timeout 12h -tags mutation -run TestMutation -v ./authz -args -files '$(FILES)' -part $(PART)

generate:
	$(GO) generate ./internal/api/...

clean:
	rm -f $(BIN)
