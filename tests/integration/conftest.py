"""Fixtures: a daemon for each file of tests, or a fresh one for a test that kills or fills it."""

import json
import os
import pathlib

import pytest

import bulwark
from bulwark import Daemon


def pytest_sessionfinish():
    """What was called, for the file that runs last, in whatever process it does."""
    folder = os.environ.get("BULWARK_COUNTS")
    if folder:
        (pathlib.Path(folder) / f"{os.getpid()}.counts").write_text(
            json.dumps({"calls": bulwark.calls, "misfits": bulwark.misfits}))


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
