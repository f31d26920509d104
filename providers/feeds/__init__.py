"""Reads what providers publish for anyone to fetch: fetching with care, and two formats into free times."""
