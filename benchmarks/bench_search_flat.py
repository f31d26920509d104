"""How a search grows with the country: the same questions among 100,000, 500,000 and 2,000,000 free times."""

import json
import subprocess
import sys

from benchmarks.national import SLOTS, SMALLER, on_nation
from benchmarks.stage import tell_of


def main() -> None:
    """A process for each size; each is compared with the smallest."""
    found = [_measured(size) for size in (*SMALLER, SLOTS)]
    for one in found:
        reference = (f"the same searches among {found[0]['size']:,}", found[0]["value"])
        bare = {"bare": one["reference_value"], "searches": one["searches"]}
        tell_of("search.flat", (one["value"], "milliseconds"), reference, one["size"], **bare)


def _measured(size: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.bench_search_flat", str(size)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    found: dict[str, float] = next(line for line in lines if line["name"] == "search.flat_p50")
    return found


if __name__ == "__main__":
    if sys.argv[1:]:
        on_nation("benchmarks.search_flat", int(sys.argv[1]))
    else:
        main()
