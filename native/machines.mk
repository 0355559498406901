# Other machines: cross-compiled, run under qemu's user emulation.
#   make machines          all below (Debian: gcc-aarch64-linux-gnu, gcc-s390x-linux-gnu with their libc6-dev,
#                          qemu-user, clang-14, clang-19, lld-19, g++)
#   make machines-compile  what is only compiled: compilers, C++, Android; WebAssembly is linked too
#   make machines-test     C tests; test/machines compares records (npm run test:machines)
.PHONY: machines machines-compile machines-test compilers android wasm programs
machines: machines-compile machines-test

# ---- compilers ------------------------------------------------------------------

WARNINGS = -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror
# gcc has its say in every other build.
C_COMPILERS = clang-14 clang-19
CXX_COMPILERS = g++ clang++-14 clang++-19
FREESTANDING = -ffreestanding -nostdlibinc -Iwasm/include

COMPILED = $(C_COMPILERS:%=compiled/%) $(foreach c,$(CXX_COMPILERS),compiled/$c/c++11 compiled/$c/c++17)
.PHONY: $(COMPILED)
compilers: $(COMPILED)
$(C_COMPILERS:%=compiled/%): compiled/%:
	@$* -std=c11 $(WARNINGS) $(INC) -fsyntax-only $(CORE) $(SIDE)
	@echo "compiles clean: $*, C11"
$(filter compiled/%11 compiled/%17,$(COMPILED)):
	@$(word 2,$(subst /, ,$@)) -std=$(@F) $(WARNINGS) $(INC) -fsyntax-only -x c++ -include weir.h /dev/null
	@echo "compiles clean: $(word 2,$(subst /, ,$@)), weir.h as $(@F)"

ANDROID_OBJ = $(CORE:%.c=build/android/%.o)
$(ANDROID_OBJ): build/android/%.o: %.c
	@mkdir -p $(@D)
	@clang-19 --target=aarch64-linux-android24 -fPIC $(WARN) -O1 $(FREESTANDING) $(INC) -MMD -MP -c $< -o $@
android: $(ANDROID_OBJ)
	@echo "compiles clean: the core for Android (aarch64)"

# ---- WebAssembly ----------------------------------------------------------------

WASM_OBJ = $(patsubst %.c,build/wasm/%.o,$(CORE) $(SIDE) $(wildcard wasm/*.c))
$(WASM_OBJ): build/wasm/%.o: %.c
	@mkdir -p $(@D)
	@clang-19 --target=wasm32 -mbulk-memory $(WARN) -O1 $(FREESTANDING) $(INC) -Itest -MMD -MP -c $< -o $@
build/wasm/weir.wasm: $(WASM_OBJ)
	@wasm-ld-19 --no-entry --stack-first -z stack-size=262144 $^ -o $@
	@echo "links: WebAssembly, $$(stat -c %s $@) bytes"
wasm: build/wasm/weir.wasm

machines-compile: compilers android wasm

# ---- C tests --------------------------------------------------------------------

programs: $(TEST_BIN) $(OUT)/test/replay

UNDEFINED = -fsanitize=undefined -fno-sanitize-recover=all
aarch64 = CC=aarch64-linux-gnu-gcc OPT="-O2 -static" TEST_OPT="-O1 -static"
aarch64-san = CC=aarch64-linux-gnu-gcc OPT="-O1 -mstrict-align -static $(UNDEFINED)" TEST_OPT="-static $(UNDEFINED)"
s390x = CC=s390x-linux-gnu-gcc OPT="-O2 -static" TEST_OPT="-O1 -static"
s390x-san = CC=s390x-linux-gnu-gcc OPT="-O1 -static $(UNDEFINED)" TEST_OPT="-static $(UNDEFINED)"
BUILDS = aarch64 aarch64-san s390x s390x-san
.PHONY: $(BUILDS:%=build-%) $(BUILDS:%=test-%)
$(BUILDS:%=build-%): build-%:
	@$(MAKE) -s programs OUT=build/$* $($*)

# Page sizes in bytes.  ruleset_damage_test, nine tenths of the time, runs once on each machine, unsanitized.
test-aarch64: build-aarch64
	@test/machine_test.sh aarch64-16k build/aarch64 qemu-aarch64 -p 16384
	@SKIP=ruleset_damage_test test/machine_test.sh aarch64-64k build/aarch64 qemu-aarch64 -p 65536
test-aarch64-san: build-aarch64-san
	@SKIP=ruleset_damage_test test/machine_test.sh aarch64-4k-strict-align-ubsan build/aarch64-san qemu-aarch64 -p 4096
test-s390x: build-s390x
	@test/machine_test.sh s390x build/s390x qemu-s390x
test-s390x-san: build-s390x-san
	@SKIP=ruleset_damage_test test/machine_test.sh s390x-ubsan build/s390x-san qemu-s390x
machines-test: build/plain/test/replay $(BUILDS:%=test-%)
