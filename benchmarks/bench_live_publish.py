"""How soon a thousand open screens hear of a place that was just published, and search shows it."""

from benchmarks.stage import on_stage

if __name__ == "__main__":
    on_stage("benchmarks.live_publish")
