"""What the checks share: counting, refusals, and the last reply as it came."""

import sys
import traceback

import httpx
from netlicensing import NetLicensingClient
from netlicensing.exceptions import NetLicensingHTTPError

_passed = 0
_failed = 0


def check(what):
    """Runs the function at once, and tells whether what it checks is so."""

    def run(function):
        global _passed, _failed
        try:
            function()
        except Exception as error:
            _failed += 1
            why = str(error) or error.__class__.__name__
            print(f"not ok {what}: {_place(error)}{' | '.join(why.splitlines())}")
        else:
            _passed += 1
            print(f"ok {what}")

    return run


def conclude(against):
    """Prints the count, and tells it to whoever started us."""
    print(f"{against}: {_passed} passed, {_failed} failed")
    sys.exit(0 if _failed == 0 else 1)


def equal(found, expected):
    assert found == expected, f"{found!r} must be {expected!r}"


def refused(status, id, call):
    """The error of a call that must be refused with this status and info id."""
    try:
        answer = call()
    except NetLicensingHTTPError as error:
        info = error.payload["infos"]["info"][0]
        found = f"{error.status_code} {info['id']}"
        assert found == f"{status} {id}", f"{found}: {info['value']}"
        equal(info["type"], "ERROR")
        assert error.request_id, "the reply names no request"
        return error
    raise AssertionError(f"was accepted: {answer!r}")


class Session(NetLicensingClient):
    """The library's client, keeping the last reply as it came."""

    def __init__(self, base_url, **credentials):
        # What fails is not tried again: the reply would be another one's.
        super().__init__(base_url=base_url, retries=0, **credentials)
        self._http.event_hooks["response"].append(self._keep)

    def _keep(self, response: httpx.Response):
        response.read()
        self.last_reply = response

    def last_item(self):
        return self.last_reply.json()["items"]["item"][0]

    def last_property(self, name):
        """A property of the last reply's first item, as text, or None."""
        properties = {entry["name"]: entry["value"] for entry in self.last_item()["property"]}
        return properties.get(name)


def numbers(entities):
    return [entity.number for entity in entities]


def _place(error):
    """The line of the check that failed."""
    ours = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename.endswith(".py") and "site-packages" not in frame.filename
    ]
    inside = [frame for frame in ours if not frame.filename.endswith("harness.py")]
    return f"line {inside[-1].lineno}: " if inside else ""
