"""REST of searching and booking."""
