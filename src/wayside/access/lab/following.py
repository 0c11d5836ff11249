"""Which cell of the lab a device belongs to, by what is told of the access network. Pure.

A cell of the lab stands for the network's cell of the same name. Whoever is served by none of them
stays where it was: its link goes on to stand for what serves it.
"""

from wayside.refpoints.net.picture import Picture
from wayside.refpoints.net.values import NOBODY

from .model import Scenario


def followed(scenario: Scenario, picture: Picture) -> dict[str, str]:
    """Return the cell that each device is to be handed over to; the others stay."""
    network, cells = picture.network, {cell.id for cell in scenario.cells}
    found = {}
    for device in scenario.devices:
        row = network.row_of_id(device.id)
        if row is None:
            continue
        serving = (int(of_technology[row]) for of_technology in picture.cells.values())
        serve = {network.cells[each].id for each in serving if each != NOBODY} & cells
        if serve and device.cell not in serve:
            found[device.id] = min(serve)
    return found
