"""Forms with which a clinic publishes."""
