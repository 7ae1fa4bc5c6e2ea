# Tallygate: everything a person or CI runs. `make` alone explains itself.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# npm writes this file when it has installed what the lock file names.
packages := node_modules/.package-lock.json
vitest := node_modules/.bin/vitest run --config test/vitest.config.ts
sources := $(shell find app njs -name '*.ts' -o -name '*.tsx' -o -name '*.mjs' -o -name '*.css' -o -name '*.svg' -o -name '*.js' 2>/dev/null)

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

# --- to work on it

.PHONY: build
build: dist/tallygate.js dist/njs/tallygate.js ## bundle the tallygate program and the njs module into dist/

dist/tallygate.js: $(sources) package-lock.json $(packages)
	@node app/build.mjs

dist/njs/tallygate.js: $(sources) package-lock.json $(packages)
	@node njs/build.mjs

$(packages): package-lock.json
	@echo 'tallygate: installing Node packages (npm ci)' >&2
	@npm ci --loglevel=error
	@touch $@

.PHONY: check
check: $(packages) ## types, lint, format
	node_modules/.bin/tsc -b
	node_modules/.bin/biome check --error-on-warnings

.PHONY: format
format: ## mend what lint and format can mend
	node_modules/.bin/biome check --write

.PHONY: debian-packages-for-tests
debian-packages-for-tests:
	@app/run/install-packages.sh --for-tests

.PHONY: test
test: debian-packages-for-tests build ## everything, against real NGINX and real PostgreSQL; ONLY=name picks files
	$(vitest) $(ONLY)

.PHONY: test-nginx
test-nginx: build ## what runs in NGINX; NGINX_BIN= NGINX_MODULES= NGINX_JS_ENGINE=qjs pick another
	$(vitest) link gate

.PHONY: clean
clean: ## remove what was built
	rm -rf dist node_modules/.cache
