"""Which account the embedded servers run as: PostgreSQL refuses to run as root."""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import stat
import tempfile
from pathlib import Path
from typing import NamedTuple

from config.launcher.errors import Stopped
from config.launcher.places import LASTING_TEMPORARY, data_folder, made, mark, private


class Account(NamedTuple):
    """A user of the operating system."""

    uid: int
    gid: int


def is_root() -> bool:
    """Whether this process may become another account."""
    return os.geteuid() == 0


def server_account() -> Account:
    """Who runs the servers: root steps down to the owner of the data, or to `nobody`."""
    if not is_root():
        return _named(os.geteuid(), os.getegid())
    owner = made(data_folder()).stat()
    if owner.st_uid != 0:
        return _named(owner.st_uid, owner.st_gid)
    try:
        found = pwd.getpwnam("nobody")
    except KeyError:
        raise Stopped("PostgreSQL does not run as root and there is no account `nobody`.") from None
    return Account(found.pw_uid, found.pw_gid)


def _named(uid: int, gid: int) -> Account:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        raise Stopped(
            f"PostgreSQL does not run for user {uid}, who has no name on this machine; "
            "start as another user, or set DATABASE_URL."
        ) from None
    return Account(uid, gid)


def server_folder(name: str) -> Path:
    """The folder of one server's files, owned by the account that runs it.

    Normally below the data folder; for root, when `nobody` cannot get there, below /var/tmp.
    """
    account = server_account()
    parent = made(data_folder())
    if is_root() and not others_reach(parent):
        parent = private(LASTING_TEMPORARY / f"vardbryggan-{mark()}", account.uid)
    folder = made(parent / name, 0o700)
    if is_root():
        os.chown(folder, account.uid, account.gid)
    return folder


def others_reach(path: Path) -> bool:
    """Whether every account may read this file or enter this folder."""
    wanted = stat.S_IXOTH | stat.S_IROTH
    if not path.exists() or path.stat().st_mode & wanted != wanted:
        return False
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in path.parents)


def reachable_copy(package: Path, probe: Path) -> Path:
    """The package's folder itself, or a copy that the servers' account can read.

    `<package>.libs` goes with it: the programs find their libraries relative to themselves.
    """
    if not is_root() or others_reach(probe):
        return package
    stamp = hashlib.sha256(f"{probe} {probe.stat().st_mtime_ns}".encode()).hexdigest()[:12]
    home = LASTING_TEMPORARY / f"vardbryggan-programs-{stamp}"
    if not home.exists():
        fresh = Path(tempfile.mkdtemp(dir=LASTING_TEMPORARY, prefix=f"{home.name}-"))
        for source in (package, package.with_name(f"{package.name}.libs")):
            _copy_open(source, fresh / source.name)
        fresh.chmod(0o755)
        fresh.rename(home)
    if home.lstat().st_uid != 0:
        raise Stopped(f"{home} belongs to somebody else; remove it, then start again.")
    return home / package.name


def _copy_open(source: Path, target: Path) -> None:
    if not source.exists():
        return
    shutil.copytree(source, target)
    for path in (target, *target.rglob("*")):
        path.chmod(path.stat().st_mode | (0o055 if path.stat().st_mode & stat.S_IXUSR else 0o044))
