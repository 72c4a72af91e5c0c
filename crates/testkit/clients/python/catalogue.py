"""Products, modules and templates: what the later checks sell."""

from decimal import Decimal

from netlicensing import (
    LicenseTemplate,
    LicenseType,
    LicensingModel,
    Product,
    ProductDiscount,
    ProductModule,
)

from harness import check, equal, numbers, refused

MODULES = [
    ("M-SUB", LicensingModel.SUBSCRIPTION, {}),
    ("M-FLO", LicensingModel.FLOATING, {"maxCheckoutValidity": 3600}),
    ("M-FEA", LicensingModel.MULTI_FEATURE, {}),
    ("M-PPU", LicensingModel.PAY_PER_USE, {}),
    ("M-NOD", LicensingModel.NODE_LOCKED, {"nodeSecretMode": "CLIENT"}),
]

TEMPLATES = [
    ("E-SUB", "M-SUB", LicenseType.TIMEVOLUME, {"timeVolume": 1, "timeVolumePeriod": "MONTH"}),
    ("E-FLO", "M-FLO", LicenseType.FLOATING, {"maxSessions": 1}),
    ("E-FEA", "M-FEA", LicenseType.FEATURE, {"automatic": True}),
    ("E-FEA2", "M-FEA", LicenseType.FEATURE, {}),
    ("E-PPU", "M-PPU", LicenseType.QUANTITY, {"quantity": 35}),
    ("E-NOD", "M-NOD", LicenseType.QUANTITY, {"quota": 1}),
]


def catalogue(client):
    products(client)
    modules(client)
    templates(client)


def products(client):
    @check("a product is created")
    def _():
        product = Product(number="P", name="Python", version="1", active=True, colour="blue")
        made = client.products.create(product)
        equal(made.number, "P")
        equal(made.name, "Python")
        equal(made.version, "1")
        equal(made.active, True)
        equal(made.in_use, False)
        equal(made.licensee_auto_create, False)
        equal(made.colour, "blue")

    @check("a product is updated, and a custom property removed")
    def _():
        change = {"name": "Python client", "colour": "", "Updated property name": "with blanks"}
        client.products.update("P", change, version="2", licensing_info="Ask us")
        product = client.products.get("P")
        equal(product.name, "Python client")
        equal(product.version, "2")
        equal(product.licensing_info, "Ask us")
        assert "colour" not in product.model_extra
        equal(product.model_extra["Updated property name"], "with blanks")

    @check("discounts are kept, and an empty list clears them")
    def _():
        given = [
            ProductDiscount(total_price=Decimal(100), currency="EUR", amount_fix=Decimal("1.5")),
            ProductDiscount(total_price=Decimal(200), currency="EUR", amount_percent=Decimal(5)),
        ]
        kept = client.products.update("P", Product(discounts=given)).discounts
        equal(kept, given)
        equal(kept[0].amount_percent, None)
        equal(client.products.update("P", Product(discounts=[])).discounts, None)

    @check("a product that was read can be sent back whole")
    def _():
        product = client.products.get("P")
        equal(client.products.update("P", product), product)

    @check("a product without a number gets one")
    def _():
        product = client.products.create(name="Other")
        assert product.number.startswith("P") and len(product.number) == 9, product.number
        assert client.products.delete(product.number)


def modules(client):
    for number, model, more in MODULES:

        @check(f"a {model} module is created")
        def _():
            made = client.product_modules.create(
                product_number="P",
                number=number,
                name=f"{model} module",
                licensing_model=model,
                **more,
            )
            equal(made.number, number)
            equal(made.licensing_model, model)
            equal(made.product_number, "P")

    @check("a module is updated and read")
    def _():
        client.product_modules.update("M-FLO", name="Seats")
        module = client.product_modules.get("M-FLO")
        equal(module.name, "Seats")
        equal(module.maxCheckoutValidity, "3600")
        equal(client.product_modules.update("M-FLO", module), module)

    @check("modules are listed by product")
    def _():
        page = client.product_modules.list({"productNumber": "P", "active": True})
        equal(numbers(page), [number for number, _, _ in MODULES])
        equal(page.total_items, len(MODULES))
        equal(page.has_next, False)


def templates(client):
    for number, module, license_type, more in TEMPLATES:

        @check(f"the template {number} is created")
        def _():
            made = client.license_templates.create(
                product_module_number=module,
                number=number,
                name=f"Template {number}",
                license_type=license_type,
                **more,
            )
            equal(made.number, number)
            equal(made.license_type, license_type)
            equal(made.product_module_number, module)
            equal(made.automatic, more.get("automatic", False))

    @check("a template is updated and read, its price with two decimals")
    def _():
        client.license_templates.update("E-SUB", name="A month", price=Decimal(10), currency="EUR")
        template = client.license_templates.get("E-SUB")
        equal(template.name, "A month")
        equal(template.price, Decimal(10))
        equal(template.currency, "EUR")
        equal(client.last_property("price"), "10.00")
        equal(client.license_templates.update("E-SUB", template), template)

    @check("templates are listed by module")
    def _():
        page = client.license_templates.list({"productModuleNumber": "M-FEA"})
        equal(numbers(page), ["E-FEA", "E-FEA2"])


def catalogue_removals(client):
    @check("a template and a module are deleted")
    def _():
        client.product_modules.create(
            ProductModule(number="M-GONE", name="Brief", licensing_model=LicensingModel.QUOTA),
            product_number="P",
        )
        client.license_templates.create(
            LicenseTemplate(number="E-GONE", name="Brief", license_type=LicenseType.QUANTITY),
            product_module_number="M-GONE",
            quantity=1,
        )
        refused(
            400, "IllegalOperationException", lambda: client.product_modules.delete("M-GONE")
        )
        assert client.license_templates.delete("E-GONE")
        assert client.product_modules.delete("M-GONE")
        refused(404, "NotFoundException", lambda: client.product_modules.get("M-GONE"))

    @check("a product is deleted with all that is in it")
    def _():
        client.products.create(number="P2", name="Brief")
        client.product_modules.create(
            product_number="P2", number="M2", name="Brief", licensing_model="Quota"
        )
        assert client.products.delete("P2", force_cascade=True)
        refused(404, "NotFoundException", lambda: client.product_modules.get("M2"))
