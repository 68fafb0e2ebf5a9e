"""A softhsm2 token for a ledger's own key, behind a PKCS#11 module that can be told to fail as hardware does. TEST keys."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import tamga
from signers import SOFTHSM

PIN = "4711"

# Passes every call on to softhsm2; what the state file begins with says how it fails: (g)one, (h)anging, (l)ying, (n)o Ed25519.
MODULE = r"""
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef unsigned long rv;
typedef struct { unsigned char version[8]; void *functions[68]; } list;
enum { GET_SLOT_LIST = 4, SIGN = 43, GENERATE_KEY_PAIR = 59 };
static list copy;
static void *real[68];

static char state(void) {
    char letter = 0;
    int file = open(getenv("TAMGA_TEST_TOKEN"), O_RDONLY);
    if (file < 0) return 0;
    if (read(file, &letter, 1) != 1) letter = 0;
    close(file);
    return letter;
}

static rv slots(unsigned char present, unsigned long *found, unsigned long *count) {
    if (state() != 'g') return ((rv (*)(unsigned char, unsigned long *, unsigned long *))real[GET_SLOT_LIST])(present, found, count);
    *count = 0;
    return 0;
}

static rv sign(unsigned long session, void *data, unsigned long size, unsigned char *made, unsigned long *room) {
    if (state() == 'g') return 0x32;
    while (state() == 'h') usleep(20000);
    rv value = ((rv (*)(unsigned long, void *, unsigned long, unsigned char *, unsigned long *))real[SIGN])(session, data, size, made, room);
    if (value == 0 && state() == 'l') made[5] ^= 1;
    return value;
}

static rv generate(unsigned long session, void *a, void *b, unsigned long c, void *d, unsigned long e, void *f, void *g) {
    if (state() == 'n') return 0x70;
    return ((rv (*)(unsigned long, void *, void *, unsigned long, void *, unsigned long, void *, void *))real[GENERATE_KEY_PAIR])(
        session, a, b, c, d, e, f, g);
}

rv C_GetFunctionList(list **result) {
    void *library = dlopen("SOFTHSM", RTLD_NOW);
    if (!library) return 5;
    list *functions;
    rv value = ((rv (*)(list **))dlsym(library, "C_GetFunctionList"))(&functions);
    if (value) return value;
    copy = *functions;
    memcpy(real, functions->functions, sizeof real);
    copy.functions[GET_SLOT_LIST] = slots;
    copy.functions[SIGN] = sign;
    copy.functions[GENERATE_KEY_PAIR] = generate;
    *result = &copy;
    return 0;
}
"""


class LogToken:
    """The token LOG, the file with its PIN, and the module."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.pin, self.state = folder, folder / "pin", folder / "state"
        self.module = folder / "module.so"
        (folder / "tokens").mkdir(parents=True)
        (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n")
        (folder / "module.c").write_text(MODULE.replace("SOFTHSM", str(SOFTHSM)))
        self.run(shutil.which("cc") or "clang", "-shared", "-fPIC", "-o", self.module, folder / "module.c", "-ldl")
        self.run("softhsm2-util", "--init-token", "--free", "--label", "LOG", "--so-pin", "123456", "--pin", PIN)
        self.pin.write_text(PIN + "\n")
        self.pin.chmod(0o600)
        self.fail("")

    @property
    def environment(self) -> dict[str, str]:
        return {"SOFTHSM2_CONF": str(self.folder / "softhsm2.conf"), "TAMGA_TEST_TOKEN": str(self.state)}

    def run(self, *arguments) -> str:
        done = subprocess.run(
            list(map(str, arguments)), env={**os.environ, **self.environment}, capture_output=True, timeout=60)
        assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
        return done.stdout.decode()

    def uri(self, key: str = "checkpoints", token: str = "LOG", pin: Path | None = None) -> str:
        return f"pkcs11:token={token};object={key}?module-path={self.module}&pin-source=file:{pin or self.pin}"

    def fail(self, how: str) -> None:
        self.state.write_text(how)


class Machine(tamga.Tamga):
    """The binary on a machine that has the token."""

    def __init__(self, path: Path, state_home: Path, token: LogToken) -> None:
        super().__init__(path, state_home)
        self.token = token

    @property
    def environment(self) -> dict[str, str]:
        return {**super().environment, **self.token.environment}
