"""What a process does once it has loaded the product and before it answers anybody."""

import gc


def settle() -> None:
    """Leave what is loaded for good out of every later search for garbage.

    Some 200,000 objects of modules live as long as the process. A full search that goes through them takes
    tenths of a second, and whoever asks just then waits for it.
    """
    gc.collect()
    gc.freeze()
