"""Insight's stories begin as those of brokering do."""

from tests.brokering.conftest import alice, clinic, lot

__all__ = ["alice", "clinic", "lot"]
