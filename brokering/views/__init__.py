"""Pages of brokering."""
