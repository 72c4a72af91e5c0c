"""Licensees, their licenses and lists."""

from netlicensing import License, Licensee

from harness import check, equal, numbers, refused


def customers(client):
    for number in ["I-ONLINE", "I-OFFLINE"]:

        @check(f"the licensee {number} is created, with its automatic license")
        def _():
            made = client.licensees.create(product_number="P", number=number, name="A customer")
            equal(made.number, number)
            equal(made.active, True)
            equal(made.product_number, "P")
            licenses = client.licenses.list({"licenseeNumber": number})
            equal([license.license_template_number for license in licenses], ["E-FEA"])

        for template in ["E-SUB", "E-FLO", "E-PPU", "E-NOD"]:

            @check(f"{number} gets a license of {template}")
            def _():
                license = License(number=f"{number}-{template}", active=True)
                made = client.licenses.create(
                    license, licensee_number=number, license_template_number=template
                )
                equal(made.number, f"{number}-{template}")
                equal(made.licensee_number, number)
                equal(made.license_template_number, template)

    @check("a licensee is updated")
    def _():
        licensee = client.licensees.update("I-ONLINE", name="The customer", city="Munich")
        equal(licensee.name, "The customer")
        equal(licensee.city, "Munich")
        equal(licensee.in_use, True)

    @check("a licensee answers to its aliases")
    def _():
        client.licensees.update("I-ONLINE", aliases='["first alias","second, with comma"]')
        licensee = client.get_licensee("second, with comma")
        equal(licensee.number, "I-ONLINE")
        equal(licensee.aliases, ["first alias", "second, with comma"])
        # The library never sends aliases by itself, so that what was read keeps them.
        equal(client.licensees.update("I-ONLINE", licensee).aliases, licensee.aliases)
        equal(client.licensees.update("I-ONLINE", aliases="").aliases, None)

    @check("a license that was read can be sent back whole")
    def _():
        license = client.licenses.get("I-ONLINE-E-SUB")
        equal(str(license.price), "10.00")
        equal(client.licenses.update(license.number, license), license)


def lists(client):
    @check("licensees come in pages")
    def _():
        for at in range(5):
            client.licensees.create(product_number="P", number=f"I-PAGE-{at}", kind="paged")
        seen = []
        for page in range(3):
            filter = {"productNumber": "P", "kind": "paged", "page": page, "items": 2}
            answer = client.licensees.list(filter)
            equal(answer.total_items, 5)
            equal(answer.total_pages, 3)
            equal(answer.page_number, page)
            equal(answer.items_number, 1 if page == 2 else 2)
            equal(answer.has_next, page < 2)
            seen += numbers(answer)
        equal(seen, [f"I-PAGE-{at}" for at in range(5)])
        equal(numbers(client.licensees.iterate({"kind": "paged"})), seen)

    @check("an empty list is a page")
    def _():
        answer = client.licensees.list({"productNumber": "none"})
        equal(len(answer), 0)
        equal(answer.total_items, 0)
        equal(answer.total_pages, 0)

    @check("a filter by an unknown name is ignored with a warning")
    def _():
        equal(numbers(client.products.list("nonsense=1")), ["P"])
        info = client.last_reply.json()["infos"]["info"][0]
        equal((info["id"], info["type"]), ("filterIgnored", "WARNING"))

    @check("a number with blanks and umlauts is found by it")
    def _():
        number = "I Müller, Söhne & Co"
        client.licensees.create(product_number="P", number=number)
        equal(client.licensees.get(number).number, number)
        equal(numbers(client.licensees.list({"number": number})), [number])
        assert client.licensees.delete(number, force_cascade=True)

    @check("the utility lists are given")
    def _():
        equal(len(client.utility.list_licensing_models()), 9)
        equal(
            sorted(client.utility.list_license_types()),
            ["FEATURE", "FLOATING", "QUANTITY", "TIMEVOLUME"],
        )
        assert len(client.utility.list_countries()) > 190

    @check("countries are filtered, and one without value added tax has none")
    def _():
        (germany,) = client.utility.list_countries("code=DE")
        equal(germany.name, "GERMANY")
        equal(germany.is_eu, True)
        assert germany.vat_percent > 0
        (states,) = client.utility.list_countries("code=US")
        equal(states.is_eu, False)
        equal(states.vat_percent, None)


def transfers(client):
    def owned(number):
        filter = {"licenseeNumber": number, "licenseTemplateNumber": "E-PPU"}
        return numbers(client.licenses.list(filter))

    @check("a licensee that is not marked gives nothing away")
    def _():
        for number in ["I-FROM", "I-TO"]:
            client.licensees.create(Licensee(number=number), product_number="P")
        client.licenses.create(
            licensee_number="I-FROM", license_template_number="E-PPU", number="L-MOVES"
        )
        refused(
            400, "IllegalOperationException", lambda: client.licensees.transfer("I-TO", "I-FROM")
        )

    @check("a transfer moves what was bought and leaves what was automatic")
    def _():
        equal(client.licensees.update("I-FROM", marked_for_transfer=True).marked_for_transfer, True)
        client.licensees.transfer("I-TO", "I-FROM")
        equal(client.last_reply.status_code, 204)
        equal(client.last_reply.content, b"")
        equal(owned("I-FROM"), [])
        equal(owned("I-TO"), ["L-MOVES"])
        equal(len(client.licenses.list({"licenseeNumber": "I-FROM"})), 1)

    @check("a transfer from or to nobody is refused")
    def _():
        refused(404, "NotFoundException", lambda: client.licensees.transfer("nobody", "I-FROM"))
        refused(404, "NotFoundException", lambda: client.licensees.transfer("I-TO", "nobody"))


def customer_removals(client):
    @check("a license is updated and deleted")
    def _():
        license = client.licenses.create(
            licensee_number="I-PAGE-0", license_template_number="E-PPU", name="Some"
        )
        changed = client.licenses.update(license.number, name="None", active=False)
        equal(changed.name, "None")
        equal(changed.active, False)
        assert client.licenses.delete(license.number)
        refused(404, "NotFoundException", lambda: client.licenses.get(license.number))

    @check("a licensee is deleted with its licenses")
    def _():
        refused(400, "IllegalOperationException", lambda: client.delete_licensee("I-PAGE-1"))
        assert client.licensees.delete("I-PAGE-1", force_cascade=True)
        equal(client.last_reply.status_code, 204)
        refused(404, "NotFoundException", lambda: client.get_licensee("I-PAGE-1"))
        refused(
            404,
            "NotFoundException",
            lambda: client.licensees.delete("I-PAGE-1", force_cascade=True),
        )
