# Dossier. `make help` lists the targets.
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# The first command that runs Python 3.11 to 3.13. PYTHON=… selects another.
PYTHON_FOUND := $(shell for p in $(or $(PYTHON),python3 python3.13 python3.12 python3.11 python); do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && echo $$p && break; done)
PYTHON_TRIED = $(or $(PYTHON),python3)
PYTHON_FAULT = $(shell $(PYTHON_TRIED) -c 'import sys; print("it is Python " + sys.version.split()[0])' 2>&1 | tail -n 1)
NO_PYTHON = Dossier needs Python 3.11, 3.12 or 3.13. It cannot use $(PYTHON_TRIED): $(PYTHON_FAULT). Name another one: make PYTHON=…
BOOTSTRAP = $(or $(PYTHON_FOUND),$(error $(NO_PYTHON))) infra/bootstrap.py
CLOUD = .dossier/environments/ministack
STACKS = $(BOOTSTRAP) ministack sam -- -m infra
# Only variables of the make command count, not those of the caller's environment. Programs read them from their environment,
# so the shell never interprets them.
given = $(if $(filter command,$(origin $(1))),--$(2) "$$$(1)")
ARGUMENTS = $(call given,STAGE,stage) $(call given,SERVICE,service) $(call given,SCOPES,scopes) $(call given,NAME,name) \
	$(call given,CONFIRM,confirm) $(call given,PARAMETERS,parameters)

.PHONY: help
help:  ## list the commands
	@sed -n 's/^\([a-z][a-z0-9-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|'

.PHONY: run watch stop reset url token logs
run:  ## serve the system on this machine, or deploy what has changed [DOSSIER_PORT=4700]
	@$(BOOTSTRAP) ministack -- -m infra.local run

stop:  ## stop the local cloud; keep its data
reset:  ## stop the local cloud; delete its data
stop reset:
	@test ! -e $(CLOUD)/complete || $(CLOUD)/bin/python -m infra.local $@

.PHONY: backup restore
backup:  ## write all data of the local system to a file [FILE=backups/dossier-<time>.tar.gz]
restore:  ## replace all data of the local system with that of a backup: FILE=…
backup restore:
	@$(BOOTSTRAP) ministack -- -m infra.local $@ $(call given,FILE,file)

watch:  ## deploy each saved code change immediately
	@$(BOOTSTRAP) ministack -- -m infra.local watch

url:  ## print the gateway's URL [STAGE=dev]
token:  ## print an access token [SCOPES="customers/read …"] [STAGE=dev] [NAME=client]
logs:  ## print the last log lines [SERVICE=customer] [STAGE=dev]
url token logs:
	@test -e $(CLOUD)/complete || { echo "Nothing is installed here yet. Start with: make run" >&2; exit 1; }
	@$(CLOUD)/bin/python -m infra $@ $(ARGUMENTS)

.PHONY: deploy delete client delete-client client-secret clients
deploy:  ## deploy what has changed: [STAGE=dev] [SERVICE=customer, or a folder with PARAMETERS="Name=value …"] [DRY_RUN=1]
	@$(STACKS) deploy $(ARGUMENTS) $(if $(DRY_RUN),--dry-run)

delete:  ## delete a service or a whole stage: SERVICE=customer [STAGE=dev], or STAGE=dev CONFIRM=dev
	@$(STACKS) delete $(ARGUMENTS)

client:  ## create a client or change its scopes: NAME=web SCOPES="customers/read …" [STAGE=dev] [CONFIRM=web]
delete-client:  ## delete a client: NAME=web CONFIRM=web [STAGE=dev]
client-secret:  ## write a second secret to a new file, or delete the older secret: NAME=web FILE=… or RETIRE=1 [STAGE=dev]
client delete-client client-secret:
	@$(if $(call given,NAME,name),,echo "Name the client: make $@ NAME=…" >&2; exit 1)
	@$(BOOTSTRAP) ministack -- -m infra $@ $(ARGUMENTS) $(call given,FILE,file) $(if $(RETIRE),--retire)

.PHONY: alarm-test rollback
alarm-test:  ## raise an alarm for a moment, so that its message is sent [SERVICE=customer] [STAGE=dev]
rollback:  ## move a service back to the version before: SERVICE=customer [STAGE=dev]
alarm-test rollback:
	@$(BOOTSTRAP) ministack -- -m infra $@ $(ARGUMENTS)

clients:  ## list the clients with their scopes [STAGE=dev]
	@$(BOOTSTRAP) ministack -- -m infra clients $(ARGUMENTS)

.PHONY: vault
vault:  ## run a job on the number vault: JOB=verify-audit, "rotate-index --to 2", re-encrypt, expire-justifications or after-restore [STAGE=dev]
	@$(if $(call given,JOB,job),,echo 'Name the job: make vault JOB="verify-audit"' >&2; exit 1)
	@$(BOOTSTRAP) dev ministack sam -- -m operations.vault $$JOB $(call given,STAGE,stage)

.PHONY: service
service:  ## create a new Python service: NAME=loan [PLURAL=loans]
	@$(if $(call given,NAME,name),,echo "Name the service: make service NAME=…" >&2; exit 1)
	@$(BOOTSTRAP) dev -- -m infra.generate.scaffold $(call given,NAME,name) $(call given,PLURAL,plural)

.PHONY: sam-local compose openapi baseline
sam-local:  ## serve the system in `sam local start-api` with moto (needs Docker)
	@$(BOOTSTRAP) dev sam -- -m infra.local.sam

compose:  ## generate template.yaml from the stacks' templates
	@$(BOOTSTRAP) dev -- -m infra.generate.compose

openapi:  ## generate the services' OpenAPI documents from routes and models
	@$(BOOTSTRAP) dev -- -m infra.generate.openapi.document

baseline:  ## approve the current API, with which later changes are compared; print its breaking changes
	@$(BOOTSTRAP) dev -- -m infra.generate.openapi.baseline

.PHONY: spectral
spectral:  ## install spectral (npm), which the end-to-end tests use to check the OpenAPI document
	@npm install --silent --no-save --ignore-scripts --fetch-retries=1 --fetch-timeout=30000 --prefix .dossier/spectral \
	@stoplight/spectral-cli@6.16.3 @stoplight/spectral-owasp-ruleset@2.0.1

.PHONY: gate
gate:  ## check the templates by AWS's rules, in every setting of a stage; no account is needed
	@$(BOOTSTRAP) gate -- -m infra.deploy.gate

.PHONY: generators
generators:  ## install the generators of API clients (Python, npm); the end-to-end suite then walks the API with two clients
	@$(BOOTSTRAP) generators
	@npm install --silent --no-save --ignore-scripts --fetch-retries=1 --fetch-timeout=30000 --prefix .dossier/generators \
	openapi-typescript@7.13.0 openapi-fetch@0.17.0 typescript@5.9.3

# These tests wait for a running system most of the time, so they run in parallel with the others.
OUTSIDE = tests/e2e tests/conformance
IN_PROCESS = tests $(OUTSIDE:%=--ignore=%)
.PHONY: bench unit test coverage e2e conformance lint check
# A file that is opened without an encoding fails the tests, because its encoding would depend on the locale.
unit test coverage e2e conformance: export PYTHONWARNDEFAULTENCODING = 1

bench:  ## measure the services and a bare handler [QUICK=1]
	@$(BOOTSTRAP) dev -- -m benchmarks $(if $(QUICK),--quick)

UNIT = .venv/bin/python -m pytest tests/unit --failed-first
unit:  ## run the unit tests, which take seconds; WATCH=1 runs them again after each saved change
	@$(BOOTSTRAP) dev
	@$(if $(WATCH),.venv/bin/watchfiles --filter python '$(UNIT)' benchmarks examples fakes functions gateway_config infra operations tests,$(UNIT))

test:  ## run all tests; the end-to-end tests start their own local cloud
	@$(BOOTSTRAP) dev ministack sam
	@mkdir -p .dossier/logs; .venv/bin/python -m pytest $(OUTSIDE) >.dossier/logs/e2e.log 2>&1 & outside=$$!; \
	.venv/bin/python -m pytest $(IN_PROCESS); failed=$$?; \
	echo "Tests that ran in parallel: $(OUTSIDE)"; wait $$outside || failed=1; cat .dossier/logs/e2e.log; exit $$failed

coverage:  ## run all tests except end-to-end and conformance; fail below 100 % branch coverage
	@$(BOOTSTRAP) dev sam -- -m pytest $(IN_PROCESS) --cov --cov-report=term --cov-fail-under=100

e2e:  ## run the end-to-end tests against the system of `make run` [URL=… TOKEN=command PLACE=aws]
	@url="$(if $(call given,URL,url),$$URL,$$($(CLOUD)/bin/python -m infra url))" && test -n "$$url" && \
	$(BOOTSTRAP) dev -- -m pytest tests/e2e --url "$$url" \
	$(or $(call given,TOKEN,token),--token '$(CLOUD)/bin/python -m infra token --scopes "$$SCOPES"') \
	$(call given,OTHER_TOKEN,other-token) $(call given,PLACE,place)

conformance:  ## compare responses with AWS's documentation [URL=… TOKEN=command PLACE=aws] [WRITE=1]
	@$(BOOTSTRAP) dev ministack sam -- -m pytest tests/conformance $(call given,URL,url) $(call given,TOKEN,token) \
	$(call given,PLACE,place) $(if $(WRITE),--write-differences)

lint:  ## run ruff, check formatting, run mypy
	@$(BOOTSTRAP) dev -- -m ruff check --quiet
	@$(BOOTSTRAP) dev -- -m ruff format --check --quiet
	@$(BOOTSTRAP) dev -- -m mypy --no-error-summary

check: lint gate test  ## run all checks of CI

.PHONY: lock clean
lock:  ## pin and hash the packages of environments and artefacts
	@$(BOOTSTRAP) dev -- -m infra.generate.lock

clean: stop  ## stop the local cloud; delete its data and all generated files
	@rm -rf .dossier .venv .coverage
