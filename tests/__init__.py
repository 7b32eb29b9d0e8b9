"""The tests mirror the house; `store_fixtures` gives any of them a real PostGIS."""
