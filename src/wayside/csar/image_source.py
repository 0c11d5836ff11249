"""Where an image of a project comes from, and the making of it.

Never decides which containers run it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .app_file import ContainerFile
from .faults import Fault
from .image import HOST_BASE, ImageConfig, write_image
from .yamltext import Path as YamlPath
from .yamltext import YamlText


@dataclass(frozen=True)
class ImageSource:
    """An image of the package: ``archive`` is taken as it is, ``folder`` is made into one."""

    file: str
    """Its name in the package."""
    archive: Path | None = None
    folder: Path | None = None
    config: ImageConfig | None = None

    def made(self, target: Path) -> Path:
        """Return the image's file: the project's own, or one written to ``target``."""
        if self.archive is not None:
            return self.archive
        if self.folder is not None and self.config is not None:
            write_image(self.folder, target, self.config)
        return target


def source_of(project: Path, container: ContainerFile, file: str) -> ImageSource:
    """Return how the image of ``container`` is made; ``file`` is its name in the package."""
    if container.image is not None:
        return ImageSource(file, archive=project / container.image)
    env = tuple(f"{name}={value}" for name, value in sorted(container.env.items()))
    config = ImageConfig(entrypoint=container.run, env=env, cwd="/app", base=HOST_BASE)
    return ImageSource(file, folder=project / container.files, config=config)


def source_faults(
    project: Path, container: ContainerFile, text: YamlText, at: YamlPath
) -> Iterator[Fault]:
    """Yield what keeps the image of ``container`` from being made."""
    if container.image is not None:
        if not (project / container.image).is_file():
            sentence = f"There is no image {container.image}."
            yield text.fault("project-image", sentence, "Correct image.", (*at, "image"))
        return
    if not (project / container.files).is_dir():
        sentence = f"There is no folder {container.files}."
        remedy = "Put the application's files there, or correct files."
        yield text.fault("project-files", sentence, remedy, (*at, "files"))
    if not container.run:
        sentence = "run is missing: nothing says what is executed."
        yield text.fault("project-run", sentence, "Write run: [python3, main.py].", at)
