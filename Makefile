# The commands of this project. Meson does the building; tools/ holds what each command does.
BUILD ?= build
T ?=

.PHONY: all demo check check-quick check-all bench fuzz format install clean

all: $(BUILD)/build.ninja
	@ninja -C $(BUILD)

$(BUILD)/build.ninja:
	@tools/install-deps build
	@meson setup $(BUILD) >/dev/null || { cat $(BUILD)/meson-logs/meson-log.txt; exit 1; }

clean:
	rm -rf $(BUILD) $(BUILD)-*
