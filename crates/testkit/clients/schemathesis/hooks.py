"""Lets calls that bring an Idempotency-Key do their work.

Generated keys repeat although their calls differ, and most calls would be refused for that. A key
that is made of the call belongs to it alone; a call that is sent again is then answered as it was,
which is tried as well. Every eighth key stays as it was generated.
"""

import hashlib

import schemathesis

HEADER = "Idempotency-Key"


@schemathesis.hook
def before_call(context, case, kwargs):
    if HEADER not in case.headers:
        return
    call = repr((case.method, case.path, case.path_parameters, case.query, case.body))
    digest = hashlib.sha256(call.encode("utf-8", "surrogatepass")).digest()
    if digest[0] % 8:
        case.headers[HEADER] = digest.hex()
