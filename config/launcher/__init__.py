"""Starts everything with one command; the bootstrap part uses the standard library only."""
