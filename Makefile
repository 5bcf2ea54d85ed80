# SPDX-License-Identifier: GPL-2.0-only
# Conveniences for people and for DKMS; the kernel build reads Kbuild.

VERSION := $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
KVER	?= $(or $(KERNELRELEASE),$(shell uname -r))
KDIR	?= /lib/modules/$(KVER)/build
KERNEL	:= 6.1

# what a path may not have in it: make and kbuild would misread it
UNUSABLE := $(shell rest="$$(pwd -P | LC_ALL=C tr -d 'A-Za-z0-9/._+@~\200-\377\n-')"; \
	      test -z "$$rest" || printf "'%.1s'" "$$rest")
$(if $(UNUSABLE),$(error the path of the checkout, '$(CURDIR)', has a $(UNUSABLE), where make and \
	kbuild allow letters, digits and / . _ + @ ~ - only; move it))

# The flags of a kernel are those of the compiler that built it. If that was clang,
# CLANG is its version, and the tools are those of this version or else those
# without one. LLVM= on the command line decides, in the environment it does not.
CONFIG	:= $(or $(O),$(KBUILD_OUTPUT),$(KDIR))/include/config/auto.conf
CLANG	:= $(firstword $(shell ! grep -qsx CONFIG_CC_IS_CLANG=y $(CONFIG) || \
	   { sed -n 's/^CONFIG_CLANG_VERSION=\(.*\)....$$/\1/p' $(CONFIG); echo any; }))
have	= $(shell command -v clang$(1) >/dev/null && command -v ld.lld$(1))
SUFFIX	:= $(if $(call have,-$(CLANG)),-$(CLANG))
BUILD	= $(MAKE) -C $(KDIR) M=$(CURDIR) \
	  $(if $(filter command,$(origin LLVM)),,LLVM=$(if $(CLANG),$(or $(SUFFIX),1)))

INSTALL	    ?= install
DKMS_FILES  := Kbuild Makefile dkms.conf COPYING $(wildcard driver/*.[ch]) \
	       include/uapi/linux/mmapdemo.h
DKMS_SOURCE := $(DESTDIR)/usr/src/mmapdemo-$(VERSION)

.PHONY: all modules userspace modules_install install dkms-source dkms-install \
	dkms-remove demo check check-full check-debug coverage lint kernels \
	compile-matrix intree-check clean help

all: modules userspace

modules:
	@test -d $(KDIR) || { printf '%s\n' \
	  'No kernel headers at $(KDIR). Next:' \
	  '  Debian, Ubuntu:  sudo apt-get install linux-headers-$(KVER)' \
	  '  Fedora:          sudo dnf install kernel-devel-$(KVER)' \
	  'No such package? A newer kernel is installed than the one that runs: reboot.' \
	  'The tool alone: make userspace. All of it in a virtual machine: make demo' >&2; \
	  exit 1; }
	@test -z "$(CLANG)" || test -n "$(LLVM)$(SUFFIX)$(call have)" || { printf '%s\n' \
	  'clang $(CLANG) built the kernel of $(KDIR), but clang or ld.lld is not here. Next:' \
	  '  Debian, Ubuntu:  sudo apt-get install clang-$(CLANG) lld-$(CLANG) llvm-$(CLANG)' \
	  '  Fedora:          sudo dnf install clang lld llvm' >&2; \
	  exit 1; }
	$(BUILD) modules

userspace:
	@vm/install-packages gcc libc6-dev zlib1g-dev
	$(MAKE) -C userspace VERSION=$(VERSION)

# Without CONFIG_MODULE_SIG_ALL= each install prints that the key of the
# distribution is not there; external modules_install leaves depmod to us.
modules_install:
	$(BUILD) INSTALL_MOD_DIR=updates CONFIG_MODULE_SIG_ALL= modules_install
	@test -n "$(INSTALL_MOD_PATH)" || depmod -a $(KVER)

install: userspace
	$(MAKE) -C userspace VERSION=$(VERSION) install
	$(MAKE) -C packaging install

# A chosen list: newer dkms would copy .git and every build product
dkms-source:
	@for f in $(DKMS_FILES); do $(INSTALL) -D -m 0644 $$f $(DKMS_SOURCE)/$$f || exit 1; done

dkms-install: dkms-source
	dkms install mmapdemo/$(VERSION) -k $(KVER)

dkms-remove:
	dkms remove mmapdemo/$(VERSION) --all
	rm -rf $(DKMS_SOURCE)

demo:
	@scripts/demo $(KERNEL)

check:
	@scripts/check $(if $(TEST),--test $(TEST) $(if $(CASE),--case $(CASE))) $(KERNEL)

check-full:
	@scripts/check --full $(KERNEL)

check-debug:
	@scripts/check-debug

coverage:
	@scripts/coverage

lint:
	@scripts/lint

kernels:
	@scripts/kernel-table

compile-matrix:
	@scripts/compile-matrix

intree-check:
	@scripts/intree-check

# dkms calls this before each build, with or without headers
clean:
	@test ! -d $(KDIR) || $(BUILD) -s clean
	rm -rf build

help:
	@printf '%s\n' \
	  'make demo             boot a virtual machine and see it work' \
	  'make check            run the tests there; KERNEL="6.1 6.12 newest", or all' \
	  'make check TEST=mmap_test [CASE=name]    run one of them' \
	  'make check-full       run the long repetitions, too' \
	  'make check-debug      run them on kernels that look for mistakes, and fuzz' \
	  'make coverage         which lines of the driver the tests run, and why not the others' \
	  'make                  the module for the running kernel (or KVER=) and the tool' \
	  'make modules, userspace     one of the two' \
	  'make modules_install  install the module (KVER=, INSTALL_MOD_PATH=)' \
	  'make install          install the tool, manual, header, udev rule (prefix=, DESTDIR=)' \
	  'make dkms-install, dkms-remove   have DKMS build it for KVER and each new kernel' \
	  'make lint             checkpatch, sparse, W=1, clang-format, shellcheck, kernel-doc' \
	  'make kernels          check-full on each kernel, and write docs/kernels.md' \
	  'make compile-matrix   build for every header package of Debian, with gcc and clang' \
	  'make intree-check     build it as a part of a kernel tree' \
	  'make clean            remove build products (not the cache: see CONTRIBUTING.md)'
