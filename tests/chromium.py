"""Where this machine's Chromium is, if it has one: named, installed, or shipped inside an npm package."""

import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "node_modules/@sparticuz/chromium"
SHIPPED_IN = (ROOT / PACKAGE, ROOT / ".chromium" / PACKAGE)
"""The front-end packages, and the folder that the integration server fills when nothing is installed."""
NODE = Path(playwright.__file__).parent / "driver" / "node"
UNPACK = 'import chromium from "{}/build/index.js"; process.stdout.write(await chromium.executablePath())'


@cache
def chromium() -> str | None:
    """Its program: CHROMIUM names it, else the usual names are looked up, else a package is unpacked."""
    found = (shutil.which(name) for name in NAMES)
    return os.environ.get("CHROMIUM") or next((path for path in found if path), None) or _shipped()


def surroundings() -> dict[str, str]:
    """What the program needs in its environment beside our own: a package brings its libraries and fonts."""
    program = chromium()
    if program is None or not Path(program).is_relative_to(_unpacked()):
        return {}
    libraries = str(_unpacked() / "al2023" / "lib")
    return {"LD_LIBRARY_PATH": libraries, "FONTCONFIG_PATH": str(_unpacked() / "fonts")}


def _shipped() -> str | None:
    package = next((folder for folder in SHIPPED_IN if folder.is_dir()), None)
    if package is None or not NODE.is_file():
        return None
    _unpacked().mkdir(mode=0o700, exist_ok=True)
    # The package unpacks its libraries only where it believes itself to be in a bare function runtime.
    bare = {"TMPDIR": str(_unpacked()), "AWS_EXECUTION_ENV": "AWS_Lambda_nodejs22.x"}
    script = ["--input-type=module", "-e", UNPACK.format(package.as_posix())]
    done = subprocess.run([NODE, *script], env=bare, capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else None


def _unpacked() -> Path:
    return Path(tempfile.gettempdir()) / f"vardbryggan-chromium-{os.getuid()}"
