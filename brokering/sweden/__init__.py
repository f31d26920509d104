"""A synthetic Sweden, calibrated on the published waiting statistics of December 2020."""
