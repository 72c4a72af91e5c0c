"""Drives a server, and then an agent, by the official client library for Python.

    python checks.py server ADDRESS LOGIN PASSWORD    a whole life cycle of every service
    python checks.py agent  ADDRESS APIKEY            the validations alone

ADDRESS is http://host:port. Each check prints a line that begins with "ok" or "not ok"; the last
line counts them. The server's run leaves the licensee I-OFFLINE behind, untouched, for the agent's
run to be asked about.
"""

import sys

# The compiled modules would land beside their sources.
sys.dont_write_bytecode = True

from access import keys, tokens
from catalogue import catalogue, catalogue_removals
from customers import customer_removals, customers, lists, transfers
from errors import errors
from harness import Session, check, conclude, refused
from notifications import notifications
from sales import bundles, payment_methods, shop, transactions
from validations import online_validations, validations


def drive_server(base, login, password):
    client = Session(base, username=login, password=password)
    catalogue(client)
    customers(client)
    lists(client)
    validations(client, "I-ONLINE")
    online_validations(client)
    transfers(client)
    shop(client)
    transactions(client)
    bundles(client)
    payment_methods(client)
    tokens(client)
    keys(client, base)
    errors(client, base)
    customer_removals(client)
    catalogue_removals(client)
    notifications(client)


def drive_agent(base, key):
    client = Session(base, api_key=key)
    validations(client, "I-OFFLINE")

    @check("the agent has no vendor functions")
    def _():
        refused(404, "NotFoundException", lambda: client.products.get("P"))
        refused(404, "NotFoundException", client.licenses.list)

    @check("the agent demands a key")
    def _():
        stranger = Session(base, api_key="no key of ours")
        refused(401, "AuthenticationException", lambda: stranger.validate("I-OFFLINE"))


def main(against, address, *credentials):
    if against == "server":
        drive_server(f"{address}/core/v2/rest", *credentials)
    else:
        # The base path of the original's agent.
        drive_agent(f"{address}/rest", *credentials)
    conclude(against)


if __name__ == "__main__":
    main(*sys.argv[1:])
