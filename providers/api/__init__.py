"""REST of the capacity plane."""
