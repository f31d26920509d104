"""Agreements as JSON and as CSV: the pure writers and strict readers of what is sent and fetched."""
