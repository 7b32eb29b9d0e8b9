"""How a phone is set up for this server: in words, and as the picture that ODK Collect scans.

Source: docs.getodk.org/collect-import-export: JSON with `general` and `admin`, zlib, Base64, QR code. The password is
never in it: such a picture is passed on and printed.
"""

import base64
import json
import zlib
from typing import Any

import segno
from starlette.requests import Request

from api.openrosa.xml import base_of
from gis.roles import PERMITTED
from gis.services.accounts.sessions import SignedIn
from gis.texts import _


def settings_code(address: str, name: str) -> bytes:
    """What the picture says: server, name, and that forms and lists are fetched and submissions sent by themselves.

    >>> json.loads(zlib.decompress(base64.b64decode(settings_code("https://a.example/openrosa", "zhang"))))["admin"]
    {}
    """
    general = {
        "server_url": address,
        "username": name,
        "form_update_mode": "match_exactly",
        "autosend": "wifi_and_cellular",
    }
    settings = {"general": general, "admin": {}, "project": {"name": "wangge", "icon": "W", "color": "#1f4e5f"}}
    return base64.b64encode(zlib.compress(json.dumps(settings, separators=(",", ":")).encode(), 9))


def set_up(request: Request, me: SignedIn, public_url: str | None) -> dict[str, Any] | None:
    """What the account page says about it; None for those who do not inspect."""
    if me.actor.role not in PERMITTED["inspections.record"] or me.must_change:
        return None
    address = base_of(request, public_url)
    picture = segno.make(settings_code(address, me.actor.name), error="m", micro=False)
    return {
        "title": _("Phone: ODK Collect"),
        "lead": _("With ODK Collect you inspect where there is no signal; it sends when there is one."),
        "steps": [
            _("Install ODK Collect on the phone and open it."),
            _("Scan this picture, or type the address and the name."),
            _("In the project's settings, under Server, type your password. It is not in the picture."),
            _("With one-time codes, make an API token below that may change; there it is your password."),
        ],
        "address_label": _("Server address"),
        "address": address,
        "name_label": _("Name"),
        "name": me.actor.name,
        "picture": picture.svg_data_uri(scale=4, border=4, light="#fff", dark="#000"),
        "alt": _("QR code with the server address and the name below"),
    }
