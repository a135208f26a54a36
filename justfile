# Recipes for those who like `just`; each is one ./go command.
default:
    @just --list

# everything CI runs
ci:
    .ci/run

# the tests (arguments go to pytest)
test *args:
    ./go test {{args}}

# lint, types, contracts, migrations
check:
    ./go check

# the long trials
slow:
    ./go test -m slow

# the tests on an installed PostgreSQL server
test-server *args:
    .ci/with-server ./go test {{args}}

# format the code
format:
    .venv/bin/ruff format . && .venv/bin/ruff check --fix .

# make the locks anew (needs uv)
lock:
    ./go lock

# pictures for the docs
shots:
    ./go shots docs/shots

demo:
    ./go demo
