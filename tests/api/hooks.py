"""How the API test calls: as the owner of an organization of its own, signed in anew whenever the session ends."""
import ast
import json
import os
import random
import threading
import urllib.error
import urllib.request

import schemathesis

BASE = os.environ["WT_BASE_URL"].rstrip("/") + "/api/v1"
EMAIL = "fuzz@example.org"
PASSWORD = "nine dull otters read maps"
ADDRESSES = random.Random(1)
PARSE = ast.parse
PARSING = threading.Lock()


def parse_alone(*args, **options):
    """`ast.parse` for one thread at a time: before Python 3.12 all threads count its depth in one place, so two that
    parse together may end in a SystemError (python/cpython#106905), and the generator parses to print what it made."""
    with PARSING:
        return PARSE(*args, **options)


ast.parse = parse_alone


def address():
    """An address of the network for documentation (RFC 6890): budgets are kept for each address."""
    return f"198.18.{ADDRESSES.randrange(256)}.{ADDRESSES.randrange(256)}"


def post(path, body):
    """The answer to a request; an error status is an exception."""
    headers = {"content-type": "application/json", "x-forwarded-for": address()}
    request = urllib.request.Request(BASE + path, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def sign_in():
    """A token of the test's account, which the first call makes."""
    account = {"email": EMAIL, "password": PASSWORD}
    try:
        answer = post("/auth/login", account)
    except urllib.error.HTTPError:
        answer = post("/auth/signup", {**account, "display_name": "Fuzz", "organization_name": "Fuzz"})
    return answer["access_token"]


@schemathesis.auth(refresh_interval=60)
class SignedIn:
    """A bearer token; asked for again every minute, because the test also ends sessions."""

    def get(self, case, context):
        return sign_in()

    def set(self, case, data, context):
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {data}"}


@schemathesis.hook
def before_call(context, case, kwargs):
    """Comes from many addresses, so that budgets of one address do not hide what is behind them."""
    case.headers = {**(case.headers or {}), "X-Forwarded-For": address()}
