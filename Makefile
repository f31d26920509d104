# Every target only calls `python3 -m config.launcher …`, which works alone where there is no make.
PYTHON ?= python3
LAUNCHER = $(PYTHON) -m config.launcher

.PHONY: help run test check bench drill mutate clean-data lock messages
.DEFAULT_GOAL := help

help: ## say what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

run: ## build the environment, start everything, print the address (PORT=8000)
	@$(LAUNCHER) run

test: ## the whole suite on servers of its own (ARGS="-k hold" for some of it)
	@$(LAUNCHER) test $(ARGS)

check: ## style, types, import contracts, migrations, generated documents
	@$(LAUNCHER) check

bench: ## every benchmark once, one JSON object a line (ONLY="bench_cap bench_hold" for some of them)
	@$(LAUNCHER) bench $(ONLY) $(ARGS)

drill: ## kill, cut off and fill up parts under load, then see who lost what (MINUTES=3 SEED=7)
	@$(LAUNCHER) drill

mutate: ## change the law in thousands of ways, see whether its tests notice (ARGS="payer" for some of it)
	@$(LAUNCHER) mutate $(ARGS)

clean-data: ## remove the data of the embedded servers and start over
	@$(LAUNCHER) clean-data

lock: ## resolve requirements*.in into requirements*.txt
	@$(LAUNCHER) lock

messages: ## take in new sentences, name those that lack a translation, compile
	@$(LAUNCHER) messages
