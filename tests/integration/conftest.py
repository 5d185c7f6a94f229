"""Fixtures: a daemon for each file of tests, or a fresh one for a test that kills or fills it."""

import pytest

from bulwark import Daemon


@pytest.fixture(scope="module")
def daemon(tmp_path_factory):
    """One daemon for a file's tests: they use names of their own."""
    with Daemon(tmp_path_factory.mktemp("bulwark")) as running:
        yield running


@pytest.fixture
def fresh(tmp_path):
    """A daemon of the test's own."""
    with Daemon(tmp_path) as running:
        yield running
