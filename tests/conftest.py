"""Fixtures for all tests."""

pytest_plugins = ["tests.store_fixtures"]
