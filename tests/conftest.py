"""Fixtures for all tests."""

import os

# One test asks more than one office does; the tests of the limits set their own.
os.environ["WANGGE_PUBLIC_PER_MINUTE"] = "0"
os.environ["WANGGE_LOGIN_PER_MINUTE"] = "0"

pytest_plugins = ["tests.store_fixtures", "tests.browser.demo_site"]
