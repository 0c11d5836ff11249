"""Where an image of a project comes from, and the making of it.

Never decides which containers run it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .app_file import ContainerFile
from .faults import Fault
from .image import (
    HOST_BASE,
    RECIPE_FILES,
    ImageConfig,
    Recipe,
    copy_faults,
    make_image,
    parse_recipe,
    write_image,
)
from .yamltext import Path as YamlPath
from .yamltext import YamlText

Ports = tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class ImageSource:
    """An image of the package.

    ``archive`` is taken as it is; ``folder`` is made into one, by ``recipe`` or else as ``/app``.
    """

    file: str
    """Its name in the package."""
    archive: Path | None = None
    folder: Path = Path()
    config: ImageConfig = field(default_factory=ImageConfig)
    recipe: Recipe | None = None

    def made(self, target: Path) -> Path:
        """Return the image's file: the project's own, or one written to ``target``."""
        if self.archive is not None:
            return self.archive
        if self.recipe is not None:
            make_image(self.recipe, self.folder, target)
        else:
            write_image(self.folder, target, self.config)
        return target


@dataclass
class Sources:
    """Finds how each container's image is made; what is wrong is added to ``faults``."""

    project: Path
    text: YamlText
    faults: list[Fault] = field(default_factory=list)

    def of(self, container: ContainerFile, file: str, at: YamlPath) -> ImageSource:
        """Return how the image of ``container``, called ``file`` in the package, is made."""
        if container.build is not None:
            return self._built(container, container.build, file, at)
        env = tuple(f"{name}={value}" for name, value in sorted(container.env.items()))
        if container.image is not None:
            return self._taken(container, container.image, env, file=file, at=at)
        self.faults += self._file_faults(container, at)
        config = ImageConfig(entrypoint=container.run, env=env, cwd="/app", base=HOST_BASE)
        return ImageSource(file, folder=self.project / container.files, config=config)

    def _built(self, container: ContainerFile, build: str, file: str, at: YamlPath) -> ImageSource:
        for name, value in (("image", container.image), ("run", container.run)):
            if value:
                sentence = f"{name} stands beside build, which says it already."
                remedy = f"Take {name} away, or build."
                self.faults.append(self.text.fault("project-build", sentence, remedy, (*at, name)))
        recipe, faults = recipe_in(self.project, build)
        if recipe is None:
            sentence = f"There is no {' or '.join(RECIPE_FILES)} in {build}."
            remedy = "Put one there, or correct build."
            self.faults.append(self.text.fault("project-build", sentence, remedy, (*at, "build")))
        self.faults += faults
        return ImageSource(file, folder=self.project / build, recipe=recipe)

    def _taken(
        self, container: ContainerFile, image: str, env: tuple[str, ...], *, file: str, at: YamlPath
    ) -> ImageSource:
        if not (self.project / image).is_file():
            sentence = f"There is no image {image}."
            fault = self.text.fault("project-image", sentence, "Correct image.", (*at, "image"))
            self.faults.append(fault)
        if not container.run and not env:
            return ImageSource(file, archive=self.project / image)
        config = ImageConfig(entrypoint=container.run, env=env, cwd="")
        return ImageSource(file, folder=self.project, recipe=Recipe(base=image, config=config))

    def _file_faults(self, container: ContainerFile, at: YamlPath) -> Iterator[Fault]:
        if not (self.project / container.files).is_dir():
            sentence = f"There is no folder {container.files}."
            remedy = "Put the application's files there, or correct files."
            yield self.text.fault("project-files", sentence, remedy, (*at, "files"))
        if not container.run:
            sentence = "run is missing: nothing says what is executed."
            yield self.text.fault("project-run", sentence, "Write run: [python3, main.py].", at)


def recipe_in(project: Path, build: str) -> tuple[Recipe | None, list[Fault]]:
    """Return the recipe in the folder ``build`` of ``project``, if any, and its faults."""
    folder = project / build
    name = next((each for each in RECIPE_FILES if (folder / each).is_file()), None)
    if name is None:
        return None, []
    shown = name if build in ("", ".") else f"{build.rstrip('/')}/{name}"
    try:
        text = (folder / name).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        remedy = "Save it as UTF-8."
        return None, [Fault("recipe-text", "It is not UTF-8 text.", remedy, file=shown)]
    recipe, faults = parse_recipe(text, shown)
    if (folder / ".dockerignore").is_file():
        sentence = f"{shown}: .dockerignore is not followed here."
        remedy = "Take it away and COPY only what belongs into the image."
        faults.append(Fault("recipe-ignore", sentence, remedy, file=shown))
    return recipe, [*faults, *copy_faults(recipe, folder, shown)]
