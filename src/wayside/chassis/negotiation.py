"""What the caller sends and can take: Content-Type and Accept against the declaration.

Never guesses a type from content. Ref: MEC 009 clause 6.3, RFC 9110 clause 12.
"""

from collections.abc import Sequence

from wayside.core.errors import NotAcceptable, UnsupportedMediaType

KEPT_MAX = 256


def media_type_of(header: str) -> str:
    """Return the media type without parameters, lower case."""
    return header.partition(";")[0].strip().lower()


def accepts(header: str, media_type: str) -> bool:
    """Tell whether an Accept header admits ``media_type``; the most exact range decides."""
    main = media_type.partition("/")[0]
    best, quality = -1, 0.0
    for offer in header.split(","):
        range_, *parameters = offer.split(";")
        name = range_.strip().lower()
        rank = {media_type: 2, f"{main}/*": 1, "*/*": 0}.get(name, -1)
        if rank > best:
            best, quality = rank, _quality(parameters)
    return best >= 0 and quality > 0


def _quality(parameters: Sequence[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0


class Negotiator:
    """The media types of one operation, with the verdicts on headers already seen."""

    def __init__(self, consumes: Sequence[str], produces: Sequence[str]) -> None:
        self._consumes = tuple(consumes)
        self._produces = tuple(produces)
        self._accepted: dict[bytes, bool] = {b"*/*": True}
        self._taken: dict[bytes, bool] = {}

    def check_accept(self, header: bytes) -> None:
        """Return where an answer can be given in a type of ``header``; raise NotAcceptable."""
        good = self._accepted.get(header)
        if good is None:
            text = header.decode("latin-1")
            good = any(accepts(text, media_type) for media_type in self._produces)
            _keep(self._accepted, header, good)
        if not good:
            offered = ", ".join(self._produces)
            raise NotAcceptable(f"Accept: this resource is {offered}; accept that.", field="Accept")

    def check_content(self, header: bytes | None) -> None:
        """Return where the body's type is one that is taken; raise UnsupportedMediaType."""
        if header is not None:
            good = self._taken.get(header)
            if good is None:
                given = media_type_of(header.decode("latin-1"))
                good = given in self._consumes or "*/*" in self._consumes
                _keep(self._taken, header, good)
            if good:
                return
        taken = " or ".join(self._consumes)
        said = "is missing" if header is None else f"{header.decode('latin-1')[:80]} is not taken"
        raise UnsupportedMediaType(
            f"Content-Type {said}; send the body as {taken}.", field="Content-Type"
        )


def _keep(verdicts: dict[bytes, bool], header: bytes, good: bool) -> None:
    if len(verdicts) >= KEPT_MAX:
        verdicts.clear()
    verdicts[header] = good
