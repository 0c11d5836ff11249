"""A developer's project folder: ``app.yaml`` or a Containerfile, and the application's files.

Ours: a short form of the AppD, with the whole AppD at hand under ``appd`` where it is too short.
Never writes anything.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from wayside.model.appd import AppD
from wayside.model.appd_checks import faults_of
from wayside.model.images import ChecksumData, SwImageDescriptor

from .app_file import AppFile, read_app_file
from .appd_text import checked_appd, nearest, path_of
from .faults import Fault, FaultsFound
from .image import RECIPE_FILES
from .image_source import ImageSource, Sources, recipe_in
from .names import name_fault
from .project_appd import ContainerPlan, appd_of, container_plans
from .recipe_labels import app_file_of
from .yamltext import YamlText, parse_yaml

PROJECT_FILES = ("app.yaml", "wayside.yaml")
CONTAINER_NAME = re.compile(r"^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$")


@dataclass(frozen=True)
class Built:
    """What is known of an image's file once it is there."""

    path: Path
    size_bytes: int
    sha256: str


@dataclass(frozen=True)
class Project:
    """A project as read. ``appd`` lacks the images' sizes and checksums until they are built."""

    folder: Path
    file: AppFile
    appd: AppD
    images: tuple[ImageSource, ...]
    """Every image that the package holds."""
    faults: tuple[Fault, ...]

    def appd_with(self, built: Mapping[str, Built]) -> AppD:
        """Return the AppD with what is known of the images, by file name, once they are built."""
        images = tuple(_measured(each, built) for each in self.appd.sw_image_descriptor)
        return msgspec.structs.replace(self.appd, sw_image_descriptor=images)


def read_project(folder: Path) -> Project:
    """Return the project in ``folder``; raises FaultsFound where no AppD can be made of it."""
    text, file = _read_files(folder)
    unknown = _unknown_attributes(file, text)
    if unknown:
        raise FaultsFound(unknown)
    plans = container_plans(file)
    wire, places = appd_of(file, plans)
    appd = checked_appd(wire, text, places)
    faults = [
        each.at(text.file, text.line(nearest(places, path_of(each.field or ""))))
        for each in faults_of(appd)
    ]
    reading = _Images(folder, appd, text)
    reading.made(plans)
    reading.own()
    faults += [*_amount_faults(plans, text), *reading.faults, *_chart_faults(folder, file, text)]
    return Project(folder, file, appd, tuple(reading.found.values()), tuple(faults))


def _read_files(folder: Path) -> tuple[YamlText, AppFile]:
    """Return ``app.yaml``, or what a Containerfile alone says of its application."""
    name = next((each for each in PROJECT_FILES if (folder / each).is_file()), None)
    if name is not None:
        text = parse_yaml((folder / name).read_bytes(), name)
        return text, read_app_file(text)
    recipe, faults = recipe_in(folder, ".")
    if recipe is None:
        sentence = f"{folder} has neither {PROJECT_FILES[0]} nor {RECIPE_FILES[0]}."
        remedy = "Make a project: wayside app new NAME."
        missing = Fault("project-missing", sentence, remedy)
        raise FaultsFound(faults or [missing])
    if faults:
        raise FaultsFound(faults)
    name = next(each for each in RECIPE_FILES if (folder / each).is_file())
    return YamlText(None, name, {(): 1}), app_file_of(recipe, name)


def _unknown_attributes(file: AppFile, text: YamlText) -> list[Fault]:
    """A misspelt attribute would be ignored in silence, as MEC 009 asks of a receiver."""
    known = {each.encode_name for each in msgspec.structs.fields(AppD)}
    remedy = "Spell it as MEC 010-2 clause 6.2.1.2 does, such as appTrafficRule."
    return [
        text.fault("appd-unknown", f"An AppD has no {name}.", remedy, ("appd", name))
        for name in file.appd
        if name not in known
    ]


class _Images:
    """Finds where each image of the AppD comes from."""

    def __init__(self, folder: Path, appd: AppD, text: YamlText) -> None:
        self.folder, self.appd, self.text = folder, appd, text
        self.found: dict[str, ImageSource] = {}
        self.faults: list[Fault] = []

    def made(self, plans: tuple[ContainerPlan, ...]) -> None:
        """Take the images that are made of containers' files, as far as the AppD has them."""
        wanted = {image.sw_image for image in self.appd.sw_image_descriptor}
        sources = Sources(self.folder, self.text, self.faults)
        for plan in plans:
            if plan.image_file in wanted and plan.image_file not in self.found:
                source = sources.of(plan.container, plan.image_file, plan.at)
                self.found[plan.image_file] = source

    def own(self) -> None:
        """Take the others from the project's folder, under the name that the AppD gives them."""
        for number, image in enumerate(self.appd.sw_image_descriptor):
            if image.sw_image in self.found:
                continue
            path = self.folder / image.sw_image
            why = name_fault(image.sw_image)
            if why or not path.is_file():
                sentence = f"Image {image.id}: " + (
                    f"swImage {image.sw_image!r} {why}." if why else f"no file {image.sw_image}."
                )
                remedy = "Put the image into the project, and its name there into swImage."
                at = ("appd", "swImageDescriptor", number, "swImage")
                self.faults.append(self.text.fault("project-image", sentence, remedy, at))
            else:
                self.found[image.sw_image] = ImageSource(image.sw_image, archive=path)


def _measured(image: SwImageDescriptor, built: Mapping[str, Built]) -> SwImageDescriptor:
    """Return ``image`` with size and checksum, unless its author has given them."""
    known = built.get(image.sw_image)
    if known is None:
        return image
    size = known.size_bytes if image.size is None else image.size
    checksum = image.checksum or ChecksumData(algorithm="SHA-256", hash=known.sha256)
    return msgspec.structs.replace(image, size=size, checksum=checksum)


def _chart_faults(folder: Path, file: AppFile, text: YamlText) -> Iterator[Fault]:
    if file.chart is not None and not (folder / file.chart).is_file():
        sentence = f"There is no Helm chart {file.chart}."
        remedy = "Put the chart there (helm package makes it), or correct chart."
        yield text.fault("project-chart", sentence, remedy, ("chart",))


def _amount_faults(plans: tuple[ContainerPlan, ...], text: YamlText) -> Iterator[Fault]:
    for plan in plans:
        wanted = plan.container
        for name, amount in (("cpu_milli", wanted.cpu_milli), ("memory_mb", wanted.memory_mb)):
            if amount <= 0:
                sentence = f"{name} is {amount}; an application needs more."
                at = (*plan.at, name)
                yield text.fault("project-amount", sentence, "Write a larger one.", at)
        if not CONTAINER_NAME.match(wanted.name):
            sentence = f"{wanted.name!r} cannot name a container."
            remedy = "Use up to 63 letters, digits, dots, dashes and underscores."
            yield text.fault("project-container", sentence, remedy, (*plan.at, "name"))
