"""Notifications: a whole life cycle. Nothing happens while one is there, so that none is sent."""

from netlicensing import Notification, NotificationEvent, NotificationProtocol

from harness import check, equal, numbers, refused

WHOLE = {
    "number": "N",
    "name": "To our CRM",
    "events": [NotificationEvent.LICENSEE_CREATED, NotificationEvent.LICENSE_CREATED],
    "protocol": NotificationProtocol.WEBHOOK,
    "endpoint": "https://crm.example/hook?from=leasehold",
    # The library cannot read a payload that is JSON as it stands.
    "payload": "New: {$.entities.Event[0].name}",
}


def notifications(client):
    def create(**changes):
        return client.notifications.create(Notification(**{**WHOLE, **changes}))

    @check("a notification is created")
    def _():
        made = create()
        equal(made.number, "N")
        equal(made.active, True)
        equal(made.name, WHOLE["name"])
        equal(made.events, WHOLE["events"])
        equal(made.protocol, NotificationProtocol.WEBHOOK)
        equal(made.endpoint, WHOLE["endpoint"])
        equal(made.payload, WHOLE["payload"])

    @check("a notification is updated and read")
    def _():
        client.notifications.update("N", {"active": False}, name="To nobody", payload="{$}")
        notification = client.notifications.get("N")
        equal(notification.active, False)
        equal(notification.name, "To nobody")
        equal(notification.payload, "{$}")
        equal(notification.endpoint, WHOLE["endpoint"])
        equal(notification.events, WHOLE["events"])

    @check("a notification that was read can be sent back whole")
    def _():
        notification = client.notifications.get("N")
        equal(client.notifications.update("N", notification), notification)

    @check("notifications are listed")
    def _():
        drawn = create(number=None, active=False)
        page = client.notifications.list()
        equal(numbers(page), ["N", drawn.number])
        equal(page.total_items, 2)
        assert client.notifications.delete(drawn.number)

    for name, text in [
        ("name", "Notification name is required."),
        ("events", "Notification events are required."),
        ("protocol", "Notification type is required."),
        ("endpoint", "Notification endpoint must be a valid URL."),
    ]:

        @check(f"a notification needs its {name}")
        def _():
            lacking = {"number": "N-LACKING", name: None}
            error = refused(400, "ValidationException", lambda: create(**lacking))
            equal(str(error), f"HTTP 400: {text}")

    @check("what the library offers beyond the original is refused")
    def _():
        for changes in [
            {"protocol": NotificationProtocol.EMAIL},
            {"events": [NotificationEvent.LICENSEE_UPDATED]},
        ]:
            try:
                create(number="N-BEYOND", **changes)
            except Exception as error:
                equal(error.status_code, 400)
            else:
                raise AssertionError(f"was accepted: {changes}")

    @check("a notification is deleted")
    def _():
        assert client.notifications.delete("N")
        refused(404, "NotFoundException", lambda: client.notifications.get("N"))
        equal(len(client.notifications.list()), 0)
