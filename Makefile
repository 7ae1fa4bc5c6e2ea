# Tallygate: everything a person or CI runs. `make` alone explains itself.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# Written when what the lock file names is installed and patched.
packages := node_modules/.patched
vitest := node_modules/.bin/vitest run --config test/vitest.config.ts
sources := $(shell find app njs -name '*.ts' -o -name '*.tsx' -o -name '*.mjs' -o -name '*.css' -o -name '*.svg' -o -name '*.js' -o -path '*/user-agents/*' -type f 2>/dev/null)

.PHONY: help
help: ## show this list
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# --- to try it

.PHONY: run
run: setup build ## start everything on free loopback ports, show how to try it, stop with Ctrl-C
	@node dist/run.js

.PHONY: smoke
smoke: setup build ## the same without a person: issue a link, download, compare every number, stop
	@node dist/run.js --smoke

.PHONY: setup
setup: debian-packages $(packages) ## install what is missing: nginx, njs module, postgresql, Node packages

.PHONY: debian-packages
debian-packages:
	@app/run/install-packages.sh

# --- to put it on a server (app/deploy)

PREFIX ?= /usr/local
DESTDIR ?=
SERVICES ?= serve,agent
KEEP ?= 5
# The configuration to begin with where there is none; a release to go back to; where the site answers.
CONFIG ?=
RELEASE ?=
PROBE ?=
# user@server, and how to get there.
HOST ?=
SSH ?= ssh

place := --prefix '$(PREFIX)' --destdir '$(DESTDIR)'
deploy := $(place) deploy --services '$(SERVICES)' --keep '$(KEEP)' $(if $(PROBE),--probe '$(PROBE)')
remote := app/deploy/remote.sh '$(SSH)' '$(HOST)' '$(CONFIG)'
# Root where the root directory is changed; a DESTDIR is its owner's.
as_root := $(if $(DESTDIR),,$(if $(filter 0,$(shell id -u)),,sudo ))

.PHONY: install
install: dist/release/RELEASE ## put the files in place and nothing else, for packages (PREFIX, DESTDIR)
	@node dist/release/deploy.js $(place) install

.PHONY: deploy
deploy: dist/release/RELEASE ## install, migrate, reload, check; on this host, or with HOST=user@server (CONFIG=first.toml)
ifeq ($(HOST),)
	@$(as_root)node dist/release/deploy.js $(deploy) $(if $(CONFIG),--config '$(abspath $(CONFIG))')
else
	@$(remote) $(deploy)
endif

.PHONY: rollback
rollback: ## go back to the release before, or to RELEASE=id (HOST=user@server)
	@$(if $(HOST),$(remote),$(as_root)app/deploy/here.sh) $(place) rollback --services '$(SERVICES)' $(if $(PROBE),--probe '$(PROBE)') $(RELEASE)

.PHONY: releases
releases: ## list the releases kept (HOST=user@server)
	@$(if $(HOST),$(remote),app/deploy/here.sh) $(place) releases

.PHONY: undeploy
undeploy: ## remove program and includes; keys, configuration, logs and database stay (HOST=user@server)
	@$(if $(HOST),$(remote),$(as_root)app/deploy/here.sh) $(place) undeploy

# --- to work on it

.PHONY: dev
dev: setup build ## run it and build again on each change; a year of history, a database that stays in .dev/ (DEV_DIR=)
	@DEV_DIR='$(DEV_DIR)' node dist/dev.js

.PHONY: dev-reset
dev-reset: ## forget the database of make dev
	@pid=$$(head -1 '$(or $(DEV_DIR),.dev)/postgres/data/postmaster.pid' 2>/dev/null); \
	  if [ -n "$$pid" ] && kill -0 "$$pid" 2>/dev/null; then echo 'make dev is running: stop it with Ctrl-C first' >&2; exit 1; fi
	@rm -rf '$(or $(DEV_DIR),.dev)'

.PHONY: build
build: dist/tallygate.js dist/client/client.d.ts dist/njs/tallygate.js dist/release/RELEASE ## bundle program and njs module, gather a release, into dist/

dist/tallygate.js: $(sources) package-lock.json $(packages)
	@node app/build.mjs

# The types a program sees that imports tallygate/client, without our sources.
dist/client/client.d.ts: $(wildcard app/client/*) package-lock.json $(packages)
	@node_modules/.bin/tsc -p app/client

dist/njs/tallygate.js: $(sources) package-lock.json $(packages)
	@node njs/build.mjs

# Patched here and not by a script of npm's, which many people forbid with ignore-scripts. A bare `npm ci` takes the
# mark away with the folder: the next make installs again and patches.
$(packages): package-lock.json $(wildcard app/db/patches/*.patch)
	@echo 'tallygate: installing Node packages (npm ci)' >&2
	@npm ci --loglevel=error --fetch-retries=5
	@node_modules/.bin/patch-package --patch-dir app/db/patches --error-on-fail
	@touch $@

dist/release/RELEASE: dist/tallygate.js dist/njs/tallygate.js $(wildcard nginx/* sql/*/* sql/*/*/* app/deploy/files/*)
	@node dist/deploy.js stage dist/release

.PHONY: debian-packages-for-check
debian-packages-for-check:
	@app/run/install-packages.sh --for-check

# Every file of ours whose first line says that a shell runs it.
shell_scripts = $(shell find . \( -name node_modules -o -name dist -o -name .git -o -name .dev \) -prune -o -type f -print0 | xargs -0 awk 'FNR > 1 { nextfile } /^\#!.*sh$$/ { print FILENAME }')
project_checks := node_modules/.bin/vitest run --config test/check/vitest.config.ts

.PHONY: check
check: debian-packages-for-check $(packages) ## types, lint, format, dead exports, shell scripts, licences, links, imports, words, SQL, the API
	node_modules/.bin/tsc -b
	node_modules/.bin/biome check --error-on-warnings
	node_modules/.bin/knip
	shellcheck $(shell_scripts)
	$(project_checks)

.PHONY: openapi
openapi: $(packages) ## commit to a change of the API: write its OpenAPI document and the client's types anew
	@OPENAPI_UPDATE=1 $(project_checks) openapi --update

.PHONY: format
format: ## mend what lint and format can mend
	node_modules/.bin/biome check --write

.PHONY: debian-packages-for-tests
debian-packages-for-tests:
	@app/run/install-packages.sh --for-tests

.PHONY: test
test: debian-packages-for-tests build ## everything, against real NGINX and real PostgreSQL; ONLY=name picks files, LEAVE=1 keeps what failed
	$(vitest) $(ONLY)

.PHONY: test-nginx
test-nginx: build ## what runs in NGINX; NGINX_BIN= NGINX_MODULES= NGINX_JS_ENGINE=qjs pick another
	$(vitest) link gate keys

.PHONY: test-deploy
test-deploy: debian-packages-for-tests build ## deploying, here and over ssh, failing and undone
	$(vitest) deploy/

# What is built here is older than its sources, so that the next make builds anew what people use. The folder is for
# NGINX's workers and PostgreSQL's user, too.
.PHONY: coverage
coverage: debian-packages-for-tests $(packages) ## which lines of the built programs and of njs the tests reach; dist/coverage/
	@export COVERAGE=$$(mktemp -d); chmod 777 "$$COVERAGE"; trap 'rm -rf "$$COVERAGE"' EXIT; \
	  node_modules/.bin/tsc -p app/client && node app/build.mjs && node njs/build.mjs && node dist/deploy.js stage dist/release && \
	  touch --date=@0 dist/tallygate.js dist/njs/tallygate.js dist/release/RELEASE && $(vitest) $(ONLY)

.PHONY: mutate
mutate: build ## small faults put into what counts, one at a time: does a test notice? ONLY=part of a path[:line,line]
	@node_modules/.bin/esbuild mutate=test/mutate/main.ts mutate-session=test/mutate/session.ts \
	  --bundle --platform=node --format=esm --packages=external --outdir=dist --log-level=warning
	@node dist/mutate.js $(ONLY)

.PHONY: debian-packages-for-bench
debian-packages-for-bench:
	@app/run/install-packages.sh --for-bench

.PHONY: bench-gate
bench-gate: debian-packages-for-bench build ## the gate beside native secure_link, Node and Lua; memory; NGINX_BIN= NGINX_MODULES= add another NGINX
	@node_modules/.bin/esbuild bench-gate=test/bench/gate/main.ts bench-gate-service=test/bench/gate/auth-service.ts \
	  --bundle --platform=node --format=esm --packages=external --outdir=dist --log-level=warning
	@node dist/bench-gate.js

.PHONY: bench-service
bench-service: build ## the API beside pgbench and bare Hono: tokens, batches, links, codes, cards, memory, revocation
	@node_modules/.bin/esbuild bench-service=test/bench/service/main.ts bench-bare=test/bench/service/bare.ts \
	  --bundle --platform=node --format=esm --packages=external --outdir=dist --log-level=warning
	@node dist/bench-service.js

.PHONY: storm
SECONDS_OF_STORM := $(if $(filter command line environment,$(origin SECONDS)),$(SECONDS),60)
storm: debian-packages-for-tests build ## load, rotations, kills and restarts at random, nothing lost or doubled: SECONDS=60 SEED=1
	@TALLYGATE_STORM_SECONDS=$(SECONDS_OF_STORM) TALLYGATE_STORM_SEED=$(or $(SEED),1) $(vitest) faults/storm

.PHONY: bench-ingest
bench-ingest: debian-packages-for-bench build ## counting beside GoAccess and \copy on the same requests; memory; latency
	@node_modules/.bin/esbuild bench-ingest=test/bench/ingest/main.ts \
	  --bundle --platform=node --format=esm --packages=external --outdir=dist --log-level=warning
	@node dist/bench-ingest.js

.PHONY: truth
truth: debian-packages-for-bench debian-packages-for-tests build ## 300 real downloads, many of them broken: what clients received beside Tallygate, GoAccess, AWStats; SEED=1
	@node_modules/.bin/esbuild truth=test/truth/main.ts \
	  --bundle --platform=node --format=esm --packages=external --outdir=dist --log-level=warning
	@SEED=$(or $(SEED),1) node dist/truth.js

# Its bundle needs stylesheets and sql/ as the program does: it is built by app/build.mjs.
.PHONY: bench-reports
bench-reports: build ## pages and reports on a history of 36 days and of a year: growth, p95, page size; ROUNDS=25
	@node app/build.mjs bench-reports=test/bench/reports/main.ts
	@node dist/bench-reports.js

.PHONY: test-edges
test-edges: debian-packages-for-tests build ## three NGINX hosts, two services, one PostgreSQL; PgBouncer in front
	$(vitest) edges/

.PHONY: refresh-user-agents
refresh-user-agents: $(packages) ## the newest published lists of apps and bots, pinned in app/ingest/record/user-agents; then: make test ONLY=user-agents
	@node app/build.mjs refresh-user-agents=app/ingest/record/user-agents/refresh/main.ts
	@node dist/refresh-user-agents.js

.PHONY: clean
clean: ## remove what was built
	rm -rf dist node_modules/.cache
