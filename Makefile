# Dossier. `make help` lists the targets.
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# The first that is a Python of 3.11 to 3.13; name another with PYTHON=…
PYTHON_FOUND := $(shell for p in $(or $(PYTHON),python3 python3.13 python3.12 python3.11 python); do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && echo $$p && break; done)
PYTHON_TRIED = $(or $(PYTHON),python3)
PYTHON_FAULT = $(shell $(PYTHON_TRIED) -c 'import sys; print("it is Python " + sys.version.split()[0])' 2>&1 | tail -n 1)
NO_PYTHON = Dossier needs Python 3.11, 3.12 or 3.13, and $(PYTHON_TRIED) cannot be used ($(PYTHON_FAULT)); name one with make PYTHON=…
BOOTSTRAP = $(or $(PYTHON_FOUND),$(error $(NO_PYTHON))) infra/bootstrap.py
CLOUD = .dossier/environments/ministack
STACKS = $(BOOTSTRAP) ministack sam -- -m infra
# Variables count only when they are given to make, not when the caller's environment happens to have them; they reach
# the programs through the environment, so that the shell never reads them.
given = $(if $(filter command,$(origin $(1))),--$(2) "$$$(1)")
ARGUMENTS = $(call given,STAGE,stage) $(call given,SERVICE,service) $(call given,SCOPES,scopes) $(call given,NAME,name) \
	$(call given,CONFIRM,confirm) $(call given,PARAMETERS,parameters)

.PHONY: help
help:  ## list the targets
	@sed -n 's/^\([a-z][a-z0-9-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|'

.PHONY: run watch stop reset url token logs
run:  ## serve the system on this machine (again: deploys what has changed)
	@$(BOOTSTRAP) ministack sam -- -m infra.local run

stop:  ## stop it; what it holds is kept
reset:  ## stop it and forget what it holds
stop reset:
	@test ! -e $(CLOUD)/complete || $(CLOUD)/bin/python -m infra.local $@

.PHONY: backup restore
backup:  ## write all data of the local system to a file [FILE=backups/dossier-<time>.tar.gz]
restore:  ## replace all data of the local system with that of a backup: FILE=…
backup restore:
	@$(BOOTSTRAP) ministack -- -m infra.local $@ $(call given,FILE,file)

watch:  ## put each saved change of a service live, at once
	@$(BOOTSTRAP) ministack sam -- -m infra.local watch

url:  ## print the gateway's URL [STAGE=dev]
token:  ## print an access token [SCOPES="customers/read …"] [STAGE=dev] [NAME=client]
logs:  ## print the last lines that the services logged [SERVICE=customer] [STAGE=dev]
url token logs:
	@test -e $(CLOUD)/complete || { echo "Nothing is installed here yet. Start with: make run" >&2; exit 1; }
	@$(CLOUD)/bin/python -m infra $@ $(ARGUMENTS)

.PHONY: deploy delete client
deploy:  ## deploy what has changed: STAGE=dev [SERVICE=customer, or a folder with PARAMETERS="Name=value …"] [DRY_RUN=1]
	@$(STACKS) deploy $(ARGUMENTS) $(if $(DRY_RUN),--dry-run)

delete:  ## delete a service, or a whole stage: STAGE=dev SERVICE=customer, or STAGE=dev CONFIRM=dev
	@$(STACKS) delete $(ARGUMENTS)

client:  ## make a client, or change its scopes: STAGE=dev NAME=web SCOPES="customers/read …"
	@$(if $(call given,NAME,name),,echo "Name the client: make client NAME=…" >&2; exit 1)
	@$(STACKS) client $(ARGUMENTS)

.PHONY: vault
vault:  ## maintain the vault: JOB="verify-audit", "rotate-index --to 2", re-encrypt or after-restore [STAGE=dev]
	@$(if $(call given,JOB,job),,echo 'Name the job: make vault JOB="verify-audit"' >&2; exit 1)
	@$(BOOTSTRAP) dev ministack sam -- -m infra.vault $$JOB $(call given,STAGE,stage)

.PHONY: service
service:  ## make a new Python service: NAME=loan [PLURAL=loans]
	@$(if $(call given,NAME,name),,echo "Name the service: make service NAME=…" >&2; exit 1)
	@$(BOOTSTRAP) dev -- -m infra.scaffold $(call given,NAME,name) $(call given,PLURAL,plural)

.PHONY: sam-local compose openapi
sam-local:  ## serve the system in `sam local start-api`, with moto behind it (needs Docker)
	@$(BOOTSTRAP) dev sam -- -m infra.sam_local

compose:  ## write template.yaml, the whole system as one stack, anew from the stacks' templates
	@$(BOOTSTRAP) dev -- -m infra.compose

openapi:  ## write the services' OpenAPI documents anew from their routes and models
	@$(BOOTSTRAP) dev -- -m infra.openapi

.PHONY: spectral
spectral:  ## install spectral (npm); the end-to-end suite then holds the OpenAPI document to its rules
	@npm install --silent --no-save --ignore-scripts --prefix .dossier/spectral \
	@stoplight/spectral-cli@6.16.3 @stoplight/spectral-owasp-ruleset@2.0.1

# What asks a running system, so that it waits more than it works: these run beside the rest.
OUTSIDE = tests/e2e tests/conformance
IN_PROCESS = tests $(OUTSIDE:%=--ignore=%)
.PHONY: bench test coverage e2e conformance lint check
# Text that is opened without an encoding fails the tests: it would be read as the machine's locale says.
test coverage e2e conformance: export PYTHONWARNDEFAULTENCODING = 1

bench:  ## measure the services beside a bare handler [QUICK=1]
	@$(BOOTSTRAP) dev -- -m benchmarks $(if $(QUICK),--quick)

test:  ## run every test, the end-to-end suite on a local cloud of its own included
	@$(BOOTSTRAP) dev ministack sam
	@mkdir -p .dossier/logs; .venv/bin/python -m pytest $(OUTSIDE) >.dossier/logs/e2e.log 2>&1 & outside=$$!; \
	.venv/bin/python -m pytest $(IN_PROCESS); failed=$$?; \
	echo "From outside, side by side with these: $(OUTSIDE)"; wait $$outside || failed=1; cat .dossier/logs/e2e.log; exit $$failed

coverage:  ## run the tests that run in process, and fail unless they cover every line and branch
	@$(BOOTSTRAP) dev sam -- -m pytest $(IN_PROCESS) --cov --cov-report=term --cov-fail-under=100

e2e:  ## run the end-to-end suite against URL with the token source TOKEN (default: what `make run` serves) [PLACE=aws]
	@url="$(if $(call given,URL,url),$$URL,$$($(CLOUD)/bin/python -m infra url))" && test -n "$$url" && \
	$(BOOTSTRAP) dev -- -m pytest tests/e2e --url "$$url" \
	$(or $(call given,TOKEN,token),--token '$(CLOUD)/bin/python -m infra token --scopes "$$SCOPES"') \
	$(call given,OTHER_TOKEN,other-token) $(call given,PLACE,place)

conformance:  ## compare what callers see with AWS's documentation [URL=… TOKEN=command PLACE=aws] [WRITE=1]
	@$(BOOTSTRAP) dev ministack sam -- -m pytest tests/conformance $(call given,URL,url) $(call given,TOKEN,token) \
	$(call given,PLACE,place) $(if $(WRITE),--write-differences)

lint:  ## ruff, formatting, mypy
	@$(BOOTSTRAP) dev -- -m ruff check --quiet
	@$(BOOTSTRAP) dev -- -m ruff format --check --quiet
	@$(BOOTSTRAP) dev -- -m mypy --no-error-summary

check: lint test  ## all that CI checks

.PHONY: lock clean
lock:  ## pin and hash the environments and artefacts anew from pyproject.toml and the functions' pins
	@$(BOOTSTRAP) dev -- -m infra.lock

clean: stop  ## stop the local cloud and remove all that was made here
	@rm -rf .dossier .venv .coverage
