"""Runs last: every operation that is offered was called, and every reply fitted its shape."""

import re

import bulwark


def offered():
    text = (bulwark.ROOT / "src/contract/offered.h").read_text()
    return {name for name, how in re.findall(r"^    X\((\w+), (\w+)\)", text, re.M)
            if how != "LATER"}


def test_every_offered_operation_was_called(request):
    ran = {item.nodeid.split("::")[0] for item in request.session.items}
    if len(ran) < len(list((bulwark.ROOT / "tests/integration").glob("test_*.py"))):
        return  # a part of the tests was asked for: nothing to judge
    assert sorted(offered() - set(bulwark.calls)) == []


def test_every_reply_fitted_its_shape():
    assert bulwark.misfits == []
