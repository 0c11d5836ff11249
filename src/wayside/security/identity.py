"""The OAuth 2.0 client id of an application, made of what its AppD says. Pure, and reversible.

Ref: MEC 009 clause 6.16 (the client id derives from appProvider and appName); ours: the form.
"""

from urllib.parse import quote, unquote

BETWEEN = "~"
"""Between the two; within them it is percent-encoded, as all but letters, digits, ``-._`` is."""


def client_id_of(app_provider: str, app_name: str) -> str:
    """Return the client id, such as ``ACME%20Ltd~face-finder``: no character needs a quote."""
    return BETWEEN.join(
        quote(text, safe="").replace("~", "%7E") for text in (app_provider, app_name)
    )


def application_of(client_id: str) -> tuple[str, str]:
    """Return the appProvider and the appName that a client id was made of."""
    provider, _, name = client_id.partition(BETWEEN)
    return unquote(provider), unquote(name)
