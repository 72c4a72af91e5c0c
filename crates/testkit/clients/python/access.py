"""Tokens of every type, and what they open."""

from datetime import datetime, timedelta, timezone

from netlicensing import ApiKeyRole, TokenType

from harness import Session, check, equal, numbers, refused


def tokens(client):
    @check("a token of no named type is one of the default type, for half an hour")
    def _():
        token = client.tokens.create()
        equal(token.token_type, TokenType.DEFAULT)
        equal(token.active, True)
        assert token.vendor_number
        left = token.expiration_time - datetime.now(timezone.utc)
        assert timedelta(minutes=25) < left < timedelta(minutes=35), left

    @check("a token of the shop leads there and back")
    def _():
        token = client.tokens.create_shop_token(
            "I-ONLINE",
            product_number="P",
            license_template_number="E-SUB",
            success_url="https://vendor.example/thanks",
            success_url_title="Thanks & goodbye",
            cancel_url="https://vendor.example/pity",
            cancel_url_title="What a pity",
        )
        equal(token.token_type, TokenType.SHOP)
        equal(token.licensee_number, "I-ONLINE")
        equal(token.license_template_number, "E-SUB")
        assert token.shop_url.endswith(f"/shop/v2/?shoptoken={token.number}"), token.shop_url
        equal(token.success_url, "https://vendor.example/thanks")
        equal(token.success_url_title, "Thanks & goodbye")
        equal(token.cancel_url, "https://vendor.example/pity")
        equal(token.cancel_url_title, "What a pity")

    @check("a token of the shop needs a licensee")
    def _():
        error = refused(
            400,
            "MalformedRequestException",
            lambda: client.tokens.create(token_type=TokenType.SHOP),
        )
        equal(
            str(error),
            "HTTP 400: Malformed token request; Property 'licenseeNumber' not found",
        )

    @check("a token of an action opens the customer portal")
    def _():
        token = client.tokens.create(
            token_type=TokenType.ACTION, action="licenseeLogin", licensee_number="I-ONLINE"
        )
        equal(token.token_type, TokenType.ACTION)
        equal(token.action, "licenseeLogin")
        assert token.customerPortalURL.startswith("http")

    @check("a token lives as long as asked for")
    def _():
        until = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(days=3)
        equal(client.tokens.create(expirationTime=until).expiration_time, until)

    @check("tokens are listed by type, read and revoked")
    def _():
        (shop,) = client.tokens.list({"tokenType": TokenType.SHOP})
        equal(client.tokens.get(shop.number), shop)
        assert client.tokens.delete(shop.number)
        refused(404, "NotFoundException", lambda: client.tokens.get(shop.number))
        equal(numbers(client.tokens.list({"tokenType": "SHOP"})), [])


def keys(client, base):
    def session(**properties):
        return Session(base, api_key=client.tokens.create_api_key_token(**properties).number)

    @check("an API key is for licensees unless told otherwise, and does not expire")
    def _():
        token = client.tokens.create(token_type=TokenType.APIKEY)
        equal(token.token_type, TokenType.APIKEY)
        equal(token.api_key_role, ApiKeyRole.LICENSEE)
        equal(token.expiration_time, None)
        customer = Session(base, api_key=token.number)
        assert customer.validate("I-ONLINE").by_product_module("M-SUB")
        refused(403, "AccessDeniedException", customer.products.list)

    @check("an API key opens what its role allows, and no more")
    def _():
        reader = session(api_key_role=ApiKeyRole.ANALYTICS)
        equal(reader.products.get("P").number, "P")
        refused(
            403,
            "AccessDeniedException",
            lambda: reader.products.update("P", name="Not mine to change"),
        )
        for service in [reader.tokens, reader.payment_methods, reader.notifications]:
            refused(403, "AccessDeniedException", service.list)

    @check("an API key is listed and revoked")
    def _():
        token = client.tokens.create_api_key_token(api_key_role=ApiKeyRole.ADMIN)
        admin = Session(base, api_key=token.number)
        assert token.number in numbers(admin.tokens.list({"tokenType": "APIKEY"}))
        assert client.tokens.delete(token.number)
        refused(401, "AuthenticationException", lambda: admin.products.get("P"))

    @check("an API key of a licensee serves that licensee alone")
    def _():
        customer = session(api_key_role=ApiKeyRole.ADMIN, licensee_number="I-ONLINE")
        assert customer.validate("I-ONLINE").by_product_module("M-SUB")
        assert customer.tokens.create_shop_token("I-ONLINE").shop_url
        refused(403, "AccessDeniedException", lambda: customer.validate("I-OFFLINE"))
        refused(
            403, "AccessDeniedException", lambda: customer.tokens.create_shop_token("I-OFFLINE")
        )
        refused(403, "AccessDeniedException", lambda: customer.products.get("P"))

    @check("an empty private key is none, and rubbish is refused")
    def _():
        assert client.tokens.create_api_key_token(privateKey="").number
        refused(
            400,
            "MalformedRequestException",
            lambda: client.tokens.create_api_key_token(privateKey="rubbish"),
        )
