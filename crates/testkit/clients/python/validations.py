"""Validations, with every parameter that the library sends."""

from datetime import datetime, timezone

from netlicensing import ValidationParameters

from harness import check, equal, refused


# The same questions to server and agent, about a licensee that nobody asked about before.
def validations(client, licensee):
    def ask(parameters=None, **more):
        return client.licensees.validate(licensee, product_module_parameters=parameters, **more)

    def about(module, parameters=None, **more):
        result = ask({module: parameters} if parameters else None, **more)
        return result.by_product_module(module)

    @check("a dry run changes nothing")
    def _():
        validation = about("M-PPU", {"usedQuantity": 10}, dry_run=True)
        equal(validation.remainingQuantity, "25")

    @check("validation without parameters")
    def _():
        result = client.validate(licensee)
        subscription = result.by_product_module("M-SUB")
        assert subscription.is_valid()
        equal(subscription.licensing_model, "Subscription")
        assert after_now(subscription.expires)
        features = result.by_product_module("M-FEA").model_extra
        equal(features["E-FEA"][0]["valid"], True)
        equal(features["E-FEA2"][0]["valid"], False)
        credits = result.by_product_module("M-PPU")
        equal(credits.remainingQuantity, "35")
        equal(credits.warning_level, "GREEN")
        # The library takes the time to live for a number and drops it.
        assert after_now(client.last_reply.json()["ttl"])

    @check("used quantity is written off")
    def _():
        equal(about("M-PPU", {"usedQuantity": 10}).remainingQuantity, "25")

    @check("more than remains cannot be reserved")
    def _():
        validation = about("M-PPU", {"reserveQuantity": 26})
        equal(validation.is_valid(), False)
        equal(validation.remainingQuantity, "25")

    @check("a session checks out, a second finds no seat")
    def _():
        mine = about("M-FLO", {"sessionId": "first", "action": "checkOut"})
        assert mine.is_valid()
        assert after_now(mine.expirationTimestamp)
        other = about("M-FLO", {"sessionId": "second", "action": "checkOut"})
        equal(other.valid, False)

    @check("a check-in frees the seat")
    def _():
        about("M-FLO", {"sessionId": "first", "action": "checkIn"})
        equal(client.last_reply.json()["ttl"], None)
        assert about("M-FLO", {"sessionId": "second", "action": "checkOut"}).is_valid()

    @check("a node is bound, another is not")
    def _():
        assert about("M-NOD", {"nodeSecret": "one"}).is_valid()
        equal(about("M-NOD", {"nodeSecret": "two"}).valid, False)

    @check("several modules are asked about at once")
    def _():
        result = client.validation.validate(
            licensee,
            ValidationParameters(
                dry_run=True,
                product_module_parameters={
                    "M-NOD": {"nodeSecret": "one"},
                    "M-PPU": {"usedQuantity": 5},
                },
            ),
        )
        assert result.by_product_module("M-NOD").is_valid()
        equal(result.by_product_module("M-PPU").remainingQuantity, "20")

    @check("a malformed parameter is a warning")
    def _():
        equal(about("M-PPU", {"usedQuantity": "many"}).valid, False)
        infos = client.last_reply.json()["infos"]["info"]
        assert ("malformedParameter", "WARNING") in [(info["id"], info["type"]) for info in infos]

    @check("an unknown licensee is refused")
    def _():
        refused(404, "NotFoundException", lambda: client.validate("nobody"))


# What only the server does.
def online_validations(client):
    @check("a licensee that is not known is created by its validation")
    def _():
        client.products.create(number="P-AUTO", name="Self-service", licensee_auto_create=True)
        client.product_modules.create(
            product_number="P-AUTO",
            number="M-AUTO",
            name="Evaluation",
            licensing_model="TryAndBuy",
        )
        client.license_templates.create(
            product_module_number="M-AUTO",
            number="E-AUTO",
            name="A week",
            license_type="TIMEVOLUME",
            timeVolume=7,
            automatic=True,
        )
        question = ValidationParameters(
            product_number="P-AUTO",
            licensee_name="A newcomer",
            licensee_properties={"city": "Munich"},
        )
        result = client.validate("I-NEW", question)
        assert result.is_valid()
        equal(result.by_product_module("M-AUTO").evaluation, True)
        licensee = client.get_licensee("I-NEW")
        equal(licensee.name, "A newcomer")
        equal(licensee.product_number, "P-AUTO")
        equal(licensee.city, "Munich")

    @check("a validation for offline use shows the licensee first")
    def _():
        result = client.validate("I-NEW", ValidationParameters(for_offline_use=True))
        assert result.by_product_module("M-AUTO")
        equal(client.last_item()["type"], "Licensee")
        equal(client.last_property("number"), "I-NEW")
        equal(client.last_property("licenseeNumber"), "I-NEW")
        equal(client.last_property("city"), "Munich")


def after_now(text):
    return datetime.fromisoformat(text) > datetime.now(timezone.utc)
