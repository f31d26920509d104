"""Pages of a clinic."""
