"""What a Containerfile alone says of its application, by the labels that OCI has for it. Pure.

Ref: OCI image specification 1.0, annotations. Never guesses what only the author can know.
"""

from .app_file import AppFile
from .faults import Fault, FaultsFound
from .image import Recipe

PREFIX = "org.opencontainers.image"
LABELS = {
    "name": f"{PREFIX}.title",
    "provider": f"{PREFIX}.vendor",
    "version": f"{PREFIX}.version",
    "description": f"{PREFIX}.description",
}
"""What an AppD needs, and the label that says it."""


def app_file_of(recipe: Recipe, file: str) -> AppFile:
    """Return the application that ``recipe`` describes; raises FaultsFound for missing labels."""
    labels = recipe.config.labels
    faults = [
        Fault(
            "recipe-label",
            f"Nothing says the application's {name}, and there is no app.yaml.",
            f'Write LABEL {label}="…", or an app.yaml with build: . in it.',
            file=file,
            line=recipe.base_line,
        )
        for name, label in LABELS.items()
        if not labels.get(label)
    ]
    if faults:
        raise FaultsFound(faults)
    name, version = labels[LABELS["name"]], labels[LABELS["version"]]
    return AppFile(
        id=f"{name}-{version}",
        name=name,
        version=version,
        provider=labels[LABELS["provider"]],
        description=labels[LABELS["description"]],
        build=".",
    )
