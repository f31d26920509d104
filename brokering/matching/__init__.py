"""Matching: who is proposed which place, medical need first. Pure values in, pure values out."""

import hashlib
import os
from pathlib import Path

HERE = Path(__file__).parent


def _kernels() -> Path:
    """Where compiled kernels are kept: a folder for each version of the sources, all of them.

    The compiler looks at the file of a kernel alone, not at what it calls, nor at a class that was renamed: a
    process of the next release would run what the last one compiled, or fail to read it. It does not look
    either at whether every index is checked, which the tests ask for.
    """
    told = hashlib.sha256()
    for path in sorted(HERE.rglob("*.py")):
        told.update(path.read_bytes())
    checked = "-checked" if os.environ.get("NUMBA_BOUNDSCHECK") else ""
    return HERE / "__pycache__" / f"kernels-{told.hexdigest()[:12]}{checked}"


os.environ.setdefault("NUMBA_CACHE_DIR", str(_kernels()))
