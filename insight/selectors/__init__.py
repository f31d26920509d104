"""Questions to published statistics and to estimates built on them."""
