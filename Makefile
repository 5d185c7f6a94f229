# The commands of this project. Meson does the building; tools/ holds what each command does.
BUILD ?= build
PREFIX ?= /usr/local
FUZZ_SECONDS ?= 60
T ?=
B ?=

# Progress for a person, silence in a log.
QUIET := $(if $(MAKE_TERMOUT),,--quiet)
NINJA = ninja $(QUIET) -C
SANITIZE = -Db_sanitize=address,undefined -Db_lundef=false -Doptimization=1 -Dwerror=false \
	-Dc_args=-Wno-format-truncation
COUNTS = $(BUILD)/check-counts.json

.PHONY: all demo check check-quick check-all bench gates fuzz format tidy install clean help

all: $(BUILD)/build.ninja
	@tools/install-deps build test
	@$(NINJA) $(BUILD)

# The tests are configured with the programs, so their libraries are wanted at once.
$(BUILD)/build.ninja:
	@tools/install-deps build test
	@tools/configure $(BUILD)

$(BUILD)-asan/build.ninja:
	@tools/configure $(BUILD)-asan $(SANITIZE)

demo: all
	@tools/install-deps demo
	@tools/demo

check: all
	@tools/check --build $(BUILD) --rules --suite quick --pytest tests/integration

check-quick: all
	@tools/check --build $(BUILD) --rules --suite quick

check-all: all $(BUILD)-asan/build.ninja
	@$(NINJA) $(BUILD)-asan
	@rm -f $(COUNTS)
	@tools/check --build $(BUILD) --rules --suite quick --suite long --pytest tests/integration \
	    --add $(COUNTS)
	@ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1 \
	    UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 \
	    tools/check --build $(BUILD)-asan --label sanitized --slow 5 --suite quick --suite long \
	    --pytest tests/integration --add $(COUNTS) --last

bench: $(BUILD)/build.ninja
	@tools/install-deps bench
	@meson setup --reconfigure $(BUILD) >/dev/null
	@$(NINJA) $(BUILD)
	@tools/bench --build $(BUILD) $(B)

gates: all
	@tools/install-deps gates
	@tools/check-gates $(BUILD)

fuzz:
	@tools/install-deps fuzz
	@FUZZ_SECONDS=$(FUZZ_SECONDS) tools/fuzz $(T)

format:
	@tools/install-deps test
	@git ls-files -z --cached --others --exclude-standard '*.c' '*.h' '*.cpp' | \
	    xargs -0 clang-format -i

tidy: all
	@tools/install-deps tidy
	@tools/tidy $(BUILD)

install: $(BUILD)/build.ninja
	@tools/install-deps install
	@meson configure $(BUILD) -Dprefix=$(PREFIX)
	@$(NINJA) $(BUILD)
	@DESTDIR=$(DESTDIR) meson install -C $(BUILD) --no-rebuild --strip

clean:
	rm -rf $(BUILD) $(BUILD)-asan $(BUILD)-fuzz

help:
	@sed -n '/^## Commands/,/^## Where/p' CONTRIBUTING.md | grep '^|'
