"""What must be refused, and how the library shows it."""

from netlicensing import License, NetLicensingAuthError

from harness import Session, check, equal, refused


def errors(client, base):
    @check("an unknown entity of each kind is not found")
    def _():
        kinds = {
            "product": client.products,
            "product module": client.product_modules,
            "license template": client.license_templates,
            "licensee": client.licensees,
            "license": client.licenses,
            "bundle": client.bundles,
            "notification": client.notifications,
            "payment method": client.payment_methods,
            "token": client.tokens,
            "transaction": client.transactions,
        }
        for kind, service in kinds.items():
            error = refused(404, "NotFoundException", lambda: service.get("none"))
            equal(str(error), f"HTTP 404: Requested {kind} does not exist")

    @check("a number in use is refused")
    def _():
        refused(
            400,
            "IllegalOperationException",
            lambda: client.products.create(number="P", name="Twice"),
        )

    @check("what is required is named")
    def _():
        error = refused(400, "MalformedRequestException", client.products.create)
        equal(str(error), "HTTP 400: Product name is required")
        error = refused(400, "MalformedRequestException", client.licensees.create)
        equal(str(error), "HTTP 400: Product number is not provided")

    @check("an unknown licensing model is refused")
    def _():
        refused(
            400,
            "MalformedRequestException",
            lambda: client.product_modules.create(
                product_number="P", name="Wrong", licensing_model="Honesty"
            ),
        )

    @check("an unknown product in a parameter is refused")
    def _():
        refused(
            400, "NotFoundException", lambda: client.licensees.create(product_number="none")
        )

    @check("a malformed date is refused")
    def _():
        refused(
            400,
            "MalformedRequestException",
            lambda: client.licenses.create(
                License(start_date="yesterday"),
                licensee_number="I-ONLINE",
                license_template_number="E-SUB",
            ),
        )

    @check("a product with licensees is not deleted without cascade")
    def _():
        refused(400, "IllegalOperationException", lambda: client.products.delete("P"))

    @check("nobody, and a wrong password, are refused without a challenge")
    def _():
        for credentials in [{}, {"username": "vendor", "password": "wrong"}]:
            stranger = Session(base, **credentials)
            error = refused(401, "AuthenticationException", lambda: stranger.products.get("P"))
            assert isinstance(error, NetLicensingAuthError)
            assert "www-authenticate" not in stranger.last_reply.headers
