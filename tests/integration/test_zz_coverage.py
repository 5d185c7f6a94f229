"""Runs last: every operation that is offered was called, and every reply fitted its shape."""

import json
import os
import pathlib
import re

import pytest

import bulwark


def offered():
    text = (bulwark.ROOT / "src/contract/offered.h").read_text()
    return {name for name, how in re.findall(r"^    X\((\w+), (\w+)\)", text, re.M)
            if how != "LATER"}


@pytest.fixture(scope="module")
def seen(request):
    """What the processes of a whole run have called; of a run by hand, what this one has."""
    calls, misfits = set(bulwark.calls), list(bulwark.misfits)
    folder = os.environ.get("BULWARK_COUNTS")
    for file in pathlib.Path(folder).glob("*.counts") if folder else ():
        counts = json.loads(file.read_text())
        calls |= set(counts["calls"])
        misfits += counts["misfits"]
    ran = {item.nodeid.split("::")[0] for item in request.session.items}
    all_files = len(list((bulwark.ROOT / "tests/integration").glob("test_*.py")))
    return calls, misfits, bool(folder) or len(ran) == all_files


def test_every_offered_operation_was_called(seen):
    calls, _, whole = seen
    if whole:  # else a part of the tests was asked for: nothing to judge
        assert sorted(offered() - calls) == []


def test_every_reply_fitted_its_shape(seen):
    assert seen[1] == []
