"""Transactions, bundles and payment methods, on a product of their own."""

from datetime import datetime, timedelta, timezone
from decimal import Decimal

from netlicensing import Bundle, Transaction, TransactionSource, TransactionStatus

from harness import check, equal, numbers, refused

BUYER = "I-BUYER"


def shop(client):
    @check("a product that sells credits is made")
    def _():
        client.products.create(number="P-SALES", name="Sales")
        client.product_modules.create(
            product_number="P-SALES",
            number="M-CREDITS",
            name="Credits",
            licensing_model="PayPerUse",
        )
        for number, quantity in [("E-TEN", 10), ("E-HUNDRED", 100)]:
            client.license_templates.create(
                product_module_number="M-CREDITS",
                number=number,
                name=f"{quantity} credits",
                license_type="QUANTITY",
                quantity=quantity,
                price=quantity,
                currency="EUR",
            )
        client.licensees.create(product_number="P-SALES", number=BUYER, name="A buyer")


def credits(client):
    """What a validation says remains, without using any of it."""
    result = client.licensees.validate(BUYER, dry_run=True)
    return int(result.by_product_module("M-CREDITS").model_extra.get("remainingQuantity", 0))


def joined_licenses(transaction):
    return [join["licenseNumber"] for join in transaction.license_transaction_joins or []]


def buy(client, template, **more):
    return client.licenses.create(
        licensee_number=BUYER, license_template_number=template, **more
    )


def transactions(client):
    def of_source(source):
        return client.transactions.list({"source": source}).items

    @check("a license that is given makes a closed transaction")
    def _():
        buy(client, "E-TEN", number="L-GIVEN")
        found = of_source(TransactionSource.AUTO_LICENSE_CREATE)
        (made,) = [each for each in found if "L-GIVEN" in joined_licenses(each)]
        equal(made.status, TransactionStatus.CLOSED)
        equal(made.source, TransactionSource.AUTO_LICENSE_CREATE)
        equal(made.active, True)
        now = datetime.now(timezone.utc)
        for date in [made.date_created, made.date_closed]:
            assert now - timedelta(minutes=10) < date <= now + timedelta(seconds=1), date
        equal(made.license_transaction_joins[0]["transactionNumber"], made.number)
        equal(credits(client), 10)

    @check("a change and a removal of a license make transactions too")
    def _():
        client.licenses.update("L-GIVEN", name="A gift")
        found = of_source(TransactionSource.AUTO_LICENSE_UPDATE)
        assert any("L-GIVEN" in joined_licenses(each) for each in found)
        client.licenses.delete("L-GIVEN")
        (removal,) = of_source(TransactionSource.AUTO_LICENSE_DELETE)
        equal(removal.status, TransactionStatus.CLOSED)

    @check("a pending transaction is created and read")
    def _():
        client.transactions.create(
            Transaction(grand_total=Decimal("11.9"), discount=Decimal(0), currency="EUR"),
            status=TransactionStatus.PENDING,
            source=TransactionSource.SHOP,
            number="T",
            vat=19,
        )
        equal(client.last_property("grandTotal"), "11.90")
        made = client.transactions.get("T")
        equal(made.status, TransactionStatus.PENDING)
        equal(made.source, TransactionSource.SHOP)
        equal(made.active, True)
        equal(made.grand_total, Decimal("11.90"))
        equal(made.discount, Decimal(0))
        equal(made.currency, "EUR")
        equal(made.vat, "19")
        assert made.date_created
        equal(made.date_closed, None)

    @check("a license of a pending transaction waits for it")
    def _():
        equal(buy(client, "E-TEN", transaction_number="T", number="L-BOUGHT").active, False)
        equal(credits(client), 0)
        equal(joined_licenses(client.transactions.get("T")), ["L-BOUGHT"])

    @check("transactions are filtered by status and source")
    def _():
        equal(numbers(client.transactions.list({"status": "PENDING"})), ["T"])
        equal(numbers(client.transactions.list({"shopOnly": True})), ["T"])

    @check("closing it makes the license count")
    def _():
        # Sent back whole: the library spells the dates as dateCreated and dateClosed.
        pending = client.transactions.get("T")
        closed = client.transactions.update("T", pending, status=TransactionStatus.CLOSED)
        equal(closed.status, TransactionStatus.CLOSED)
        equal(closed.date_created, pending.date_created)
        assert closed.date_closed
        assert client.last_property("datecreated")
        equal(client.last_property("dateCreated"), None)
        equal(client.licenses.get("L-BOUGHT").active, True)
        equal(credits(client), 10)

    @check("a closed transaction stays closed")
    def _():
        for status in [TransactionStatus.PENDING, TransactionStatus.CANCELLED]:
            refused(
                400,
                "IllegalOperationException",
                lambda: client.transactions.update("T", status=status),
            )

    @check("a cancelled transaction leaves its license without effect")
    def _():
        client.transactions.create(number="T-NOT", status="PENDING", source="SHOP")
        buy(client, "E-HUNDRED", transaction_number="T-NOT")
        cancelled = client.transactions.update(
            "T-NOT", status=TransactionStatus.CANCELLED, active=False
        )
        equal(cancelled.status, TransactionStatus.CANCELLED)
        equal(credits(client), 10)

    @check("an unknown transaction is not found")
    def _():
        refused(404, "NotFoundException", lambda: client.transactions.get("none"))
        refused(
            400, "NotFoundException", lambda: buy(client, "E-TEN", transaction_number="none")
        )


def bundles(client):
    templates = ["E-TEN", "E-HUNDRED"]

    @check("a bundle is created")
    def _():
        made = client.bundles.create(
            Bundle(price=Decimal("99.5"), currency="EUR", description="All that one needs"),
            number="B",
            name="Starter",
            license_template_numbers=templates,
        )
        equal(made.number, "B")
        equal(made.active, True)
        equal(made.name, "Starter")
        equal(made.price, Decimal("99.50"))
        equal(made.currency, "EUR")
        equal(made.description, "All that one needs")
        equal(made.license_template_numbers, templates)

    @check("a bundle is updated and read, and what was read can be sent back whole")
    def _():
        changed = client.bundles.update(
            "B", name="Small starter", license_template_numbers=["E-TEN"]
        )
        equal(changed.license_template_numbers, ["E-TEN"])
        equal(changed.price, Decimal("99.50"))
        bundle = client.bundles.get("B")
        equal(bundle, changed)
        equal(client.bundles.update("B", bundle), bundle)

    @check("bundles are listed")
    def _():
        other = client.bundles.create(name="Other", license_template_numbers=["E-HUNDRED"])
        page = client.bundles.list()
        equal(numbers(page), ["B", other.number])
        equal(page.total_items, 2)
        equal(numbers(client.bundles.list({"name": "Other"})), [other.number])

    @check("a bundle is obtained")
    def _():
        client.bundles.update("B", license_template_numbers=templates)
        page = client.bundles.obtain("B", BUYER)
        equal(page.total_items, 2)
        equal(sorted(each.license_template_number for each in page), sorted(templates))
        assert all(each.licensee_number == BUYER and each.active for each in page)
        equal(credits(client), 120)
        (transaction,) = client.transactions.list({"source": TransactionSource.OBTAIN_BUNDLE})
        equal(transaction.status, TransactionStatus.CLOSED)
        equal(sorted(joined_licenses(transaction)), sorted(numbers(page)))

    @check("a bundle is obtained within a pending transaction")
    def _():
        client.transactions.create(number="T-BUNDLE", status="PENDING", source="SHOP")
        page = client.bundles.obtain("B", BUYER, transaction_number="T-BUNDLE")
        assert not any(each.active for each in page)
        equal(credits(client), 120)
        transaction = client.transactions.update("T-BUNDLE", status="CLOSED")
        equal(sorted(joined_licenses(transaction)), sorted(numbers(page)))
        equal(credits(client), 230)

    @check("what makes no bundle is refused, and nobody obtains one")
    def _():
        error = refused(
            400,
            "ValidationException",
            lambda: client.bundles.create(license_template_numbers=templates),
        )
        equal(str(error), "HTTP 400: Bundle name is required.")
        refused(
            400,
            "IllegalArgumentException",
            lambda: client.bundles.create(name="X", license_template_numbers=templates, price=1),
        )
        error = refused(400, "NotFoundException", lambda: client.bundles.obtain("B", "nobody"))
        equal(str(error), "HTTP 400: Requested licensee does not exist.")

    @check("a bundle is deleted, what it brought remains")
    def _():
        assert client.bundles.delete("B", force_cascade=True)
        refused(404, "NotFoundException", lambda: client.bundles.get("B"))
        equal(credits(client), 230)


def payment_methods(client):
    @check("the payment methods are listed, none of them active")
    def _():
        page = client.payment_methods.list()
        equal(
            sorted(numbers(page)),
            ["NULL", "PAYPAL", "PAYPAL_SANDBOX", "STRIPE", "STRIPE_TESTING"],
        )
        assert not any(method.active for method in page)

    @check("a payment method is updated and read")
    def _():
        subject = {"paypal.subject": "seller@example.com"}
        equal(client.payment_methods.update("PAYPAL_SANDBOX", subject, active=True).active, True)
        method = client.payment_methods.get("PAYPAL_SANDBOX")
        equal(method.active, True)
        equal(method.model_extra["paypal.subject"], "seller@example.com")
        equal(client.payment_methods.update("PAYPAL_SANDBOX", method), method)

    @check("no payment method is added or renamed")
    def _():
        error = refused(
            400,
            "IllegalOperationException",
            lambda: client.payment_methods.update("STRIPE", {"number": "CASH"}),
        )
        equal(str(error), "HTTP 400: Requested payment method is not supported")
        refused(404, "NotFoundException", lambda: client.payment_methods.get("CASH"))
