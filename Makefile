# Everything is set up from nothing on first use and is quick afterwards.
PYTHON ?= python3
ORG ?= sample
DATA_DIR ?= $(or $(BROADSIDE_DATA),data)
CONTACT ?=
KILLS ?= 50
DAYS ?= 365
PAGES ?= 2000
URLS ?= 1000000
RECORDS ?= 10000,1000000
SCRAPYD_DIR ?= $(BROADSIDE_DATA)/.scrapyd
ORGS ?= $$(.venv-scrapyd/bin/python -m crawler due --names)

BIN := .venv/bin
export BROADSIDE_DATA := $(abspath $(DATA_DIR))
ifneq ($(CONTACT),)
export BROADSIDE_CONTACT := $(CONTACT)
endif

.PHONY: crawl test ci browser lint unit scrapyd scrapyd-deploy scrapyd-schedule quality peers crash-test nightly year discovery many-hosts fetch-speed speed speed-growth export-size ledger-start schema lock clean
.DEFAULT_GOAL := crawl

crawl: .venv/.runtime  ## crawl one organization: make crawl [ORG=name] [DATA_DIR=folder] [CONTACT=you@example.org]
	@$(BIN)/python -m crawler crawl $(ORG)

test: lint unit  ## all checks and tests

ci: browser .venv-scrapyd/.installed test  ## everything that CI runs

browser:  ## Debian's Chromium, by which tests open the report; they skip where there is no browser
	@command -v chromium >/dev/null || { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; }

lint: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

unit: .venv/.dev
	$(BIN)/python -m pytest

# Scrapyd starts its jobs where it was started itself. There must be neither modules of the checkout, which would be run
# in the place of the egg, nor its scrapy.cfg above, which would be a second project.
FREE_PORT = import os, socket, sys; from scrapyd.config import Config; it = Config(); given = os.environ.get; at = (given("SCRAPYD_BIND_ADDRESS") or it.get("bind_address", "127.0.0.1"), int(given("SCRAPYD_HTTP_PORT") or it.getint("http_port", 6800))); sys.exit("make scrapyd: something answers at %s:%d already, such as another Scrapyd; end it, or set http_port in ~/.scrapyd.conf" % at if socket.socket().connect_ex(at) == 0 else 0)
scrapyd: .venv-scrapyd/.installed  ## Scrapyd on this machine, in the foreground: make scrapyd [DATA_DIR=folder] [SCRAPYD_DIR=folder]
	@mkdir -p $(SCRAPYD_DIR) && cp scrapyd.conf $(SCRAPYD_DIR) && touch $(SCRAPYD_DIR)/scrapy.cfg
	@cd $(SCRAPYD_DIR) && $(CURDIR)/.venv-scrapyd/bin/python -W ignore -c '$(FREE_PORT)'
	@export BROADSIDE_ORGANIZATIONS="$$(echo "$$BROADSIDE_ORGANIZATIONS" | sed -E 's,(^|:)([^/:]),\1$(CURDIR)/\2,g')" && \
	cd $(SCRAPYD_DIR) && PYTHONWARNINGS="ignore:pkg_resources is deprecated:UserWarning" exec $(CURDIR)/.venv-scrapyd/bin/scrapyd --pidfile=

scrapyd-deploy: .venv-scrapyd/.installed  ## build the egg and bring it to Scrapyd
	@.venv-scrapyd/bin/scrapyd-deploy | tee /dev/stderr | grep -q '"status": "ok"'

scrapyd-schedule: .venv-scrapyd/.installed  ## a job for each organization that is due, or for ORGS="one another"
	@names="$(ORGS)" || exit 1; status=0; test -n "$$names" || echo "nothing is due in $(BROADSIDE_DATA)"; \
	for name in $$names; do \
		said=$$(.venv-scrapyd/bin/scrapyd-client schedule --project broadside $$name) || status=1; \
		test -n "$$said" || { said="Scrapyd knows no $$name: make scrapyd-deploy, or start Scrapyd anew with the folder of $$name.toml in BROADSIDE_ORGANIZATIONS, by its whole path"; status=1; }; \
		echo "$$said"; \
	done; exit $$status

quality: .venv/.dev  ## texts and dates beside trafilatura, htmldate and the others of make peers, on the corpora next to the checkout
	$(BIN)/python -m benchmarks.quality

peers: .venv-peers/.installed  ## the other extractors for make quality, in an environment of their own

crash-test: .venv/.dev  ## crawls that are killed must end like one that was not: make crash-test [KILLS=50] [PAGES=2000]
	$(BIN)/python -m benchmarks.crash_test --runs $(KILLS) --pages $(PAGES)

nightly: .venv/.dev  ## thirty nights on a site that changes by a script, with and without kills: what must come out does
	$(BIN)/python -m benchmarks.nightly --kills

year: .venv/.dev  ## a year of nights on the sample site, with a redesign, an outage and a full disk: make year [DAYS=365]
	$(BIN)/python -m benchmarks.year --nights $(DAYS)

discovery: .venv/.dev  ## a crawl of a site with many ways to its pages and traps without end, and of a listing of 10,000 items
	$(BIN)/python -m benchmarks.discovery --listing 10000

many-hosts: .venv/.dev  ## a list of 2,000 URLs over 200 hosts, one of them slow, which must hold up only itself
	$(BIN)/python -m benchmarks.many_hosts

ledger-start: .venv/.dev  ## how soon a crawl with URLS= pending URLs asks for its first page
	$(BIN)/python -m benchmarks.ledger_start --urls $(URLS)

fetch-speed: .venv/.dev  ## the fetch phase beside plain Scrapy's, on the corpora next to the checkout
	$(BIN)/python -m benchmarks.fetch_speed

speed: .venv/.dev .venv-peers/.installed  ## how fast pages are read beside other extractors and the bare parse; writes docs/performance.md
	$(BIN)/python -m benchmarks.speed

speed-growth: PAGES = 1000,10000,100000
speed-growth: .venv/.dev  ## time and memory of collections that grow: make speed-growth [PAGES=1000,10000,100000]
	$(BIN)/python -m benchmarks.speed --growth --pages $(PAGES)

export-size: .venv/.dev  ## time and memory of commands on a whole corpus: make export-size [RECORDS=10000,1000000]
	$(BIN)/python -m benchmarks.export_size --records $(RECORDS)

schema: .venv/.runtime  ## write schemas/record.schema.json from items.py
	$(BIN)/python -m crawler.schema > schemas/record.schema.json

lock: .venv/.dev  ## write requirements/*.txt anew from pyproject.toml and peers.in
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --custom-compile-command "make lock" --no-emit-package setuptools --extra verify pyproject.toml -o requirements/runtime.txt
	$(BIN)/uv pip compile --quiet --universal --custom-compile-command "make lock" --no-emit-package setuptools --extra verify --extra dev pyproject.toml -o requirements/dev.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --custom-compile-command "make lock" --no-emit-package setuptools requirements/peers.in -o requirements/peers.txt
	$(BIN)/uv pip compile --quiet --universal --custom-compile-command "make lock" --constraint requirements/runtime.txt --extra verify --extra notify --extra scrapyd pyproject.toml -o requirements/scrapyd.txt

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Broadside needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Name another one: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv

.venv/.runtime: .venv/bin/python requirements/runtime.txt pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements/runtime.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable . --config-settings editable_mode=compat
	@touch $@

.venv/.dev: .venv/.runtime requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements/dev.txt
	@touch $@

.venv-peers/.installed: requirements/peers.txt
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/python -m pip install --quiet --disable-pip-version-check -r requirements/peers.txt
	@touch $@

.venv-scrapyd/.installed: requirements/scrapyd.txt
	$(PYTHON) -m venv .venv-scrapyd
	.venv-scrapyd/bin/python -m pip install --quiet --disable-pip-version-check -r requirements/scrapyd.txt
	@touch $@

clean:  ## remove what make built; collections in DATA_DIR stay
	rm -rf .venv .venv-peers .venv-scrapyd build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache
