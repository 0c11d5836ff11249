"""The four queries of radio network information. Ref: MEC 012 clauses 7.2 to 7.5.

Never decides: each sees that the caller asks for itself, and hands on.
"""

from collections.abc import Mapping, Sequence

from wayside.core.authorisation import Caller, require_own
from wayside.core.errors import NotFound
from wayside.core.ids import NewId
from wayside.core.operations import Api, get
from wayside.model.common import TimeStamp
from wayside.refpoints.hosting import Instances
from wayside.refpoints.net.picture import AccessNetwork, Picture

from . import layer2
from .logic import Asked, Bearers, Places, asked, tunnels_of, users_of
from .model import CellInfo, CellUEInfo, L2Meas, PlmnInfo, RabInfo, S1BearerInfo
from .names import Names, NamesKeeper

READ = "rni:read"
SLIPS = {
    "received_randomly_selecte_preambles_low_range_cell": (
        "received_randomly_selected_preambles_low_range_cell"
    )
}
"""Query parameters that the standard's table writes other than the attribute they mean."""


class RniQueries(Api):
    """What is so at the moment; a base of the whole API."""

    def __init__(
        self, network: AccessNetwork, instances: Instances, names: NamesKeeper, *, new_id: NewId
    ) -> None:
        self._network = network
        self._instances = instances
        self._names = names
        self._new_id = new_id

    @get("/queries/rab_info", clause="7.3.3.1", scope=READ, errors=(404, 414))
    async def get_rab_info(
        self,
        *,
        app_ins_id: tuple[str, ...] = (),
        cell_id: tuple[str, ...] = (),
        ue_ipv4_address: tuple[str, ...] = (),
        ue_ipv6_address: tuple[str, ...] = (),
        nated_ip_address: tuple[str, ...] = (),
        gtp_teid: tuple[str, ...] = (),
        erab_id: int | None = None,
        qci: int | None = None,
        erab_mbr_dl: int | None = None,
        erab_mbr_ul: int | None = None,
        erab_gbr_dl: int | None = None,
        erab_gbr_ul: int | None = None,
        caller: Caller | None = None,
    ) -> RabInfo:
        """Read the radio access bearers of devices, by cell; those that fit all that is given.

        404 where the network knows none of the cells, or of the devices, that are named.
        """
        self._require_own(app_ins_id, caller)
        places = Places(cell_id, ue_ipv4_address, ue_ipv6_address, nated_ip_address, gtp_teid)
        picture, names, who = self._asked(places)
        which = Bearers(
            erab_id=frozenset() if erab_id is None else frozenset((erab_id,)),
            qci=qci,
            erab_mbr_dl=erab_mbr_dl,
            erab_mbr_ul=erab_mbr_ul,
            erab_gbr_dl=erab_gbr_dl,
            erab_gbr_ul=erab_gbr_ul,
        )
        return RabInfo(
            time_stamp=_told_at(picture),
            app_instance_id=",".join(app_ins_id) or _name_of(caller),
            request_id=self._new_id(),
            cell_user_info=users_of(picture, names, who, which),
            wayside_origin=picture.origin,
        )

    @get("/queries/plmn_info", clause="7.4.3.1", scope=READ, errors=(404, 414))
    async def get_plmn_info(
        self, *, app_ins_id: tuple[str, ...], caller: Caller | None = None
    ) -> tuple[PlmnInfo, ...]:
        """Read the mobile networks whose cells are around application instances.

        404 where an instance is not known, and where the host is told of no mobile network.
        """
        self._require_own(app_ins_id, caller)
        picture = self._network.picture
        plmns = self._names.of(picture.network).plmns
        if not plmns:
            raise NotFound("This host is told of no mobile network: there is no PLMN to name.")
        return tuple(
            PlmnInfo(
                time_stamp=_told_at(picture),
                app_instance_id=each,
                plmn=plmns,
                wayside_origin=picture.origin,
            )
            for each in app_ins_id
        )

    @get("/queries/s1_bearer_info", clause="7.5.3.1", scope=READ, errors=(404, 414))
    async def get_s1_bearer_info(
        self,
        *,
        temp_ue_id: tuple[str, ...] = (),
        ue_ipv4_address: tuple[str, ...] = (),
        ue_ipv6_address: tuple[str, ...] = (),
        nated_ip_address: tuple[str, ...] = (),
        gtp_teid: tuple[str, ...] = (),
        cell_id: tuple[str, ...] = (),
        erab_id: tuple[int, ...] = (),
    ) -> S1BearerInfo:
        """Read the ends of bearers on S1-U, where the source of facts tells them.

        Empty where it does not: a core of 5G has no S1. 404 as for radio access bearers.
        """
        places = Places(
            cell_id, ue_ipv4_address, ue_ipv6_address, nated_ip_address, gtp_teid, temp_ue_id
        )
        picture, names, who = self._asked(places)
        return S1BearerInfo(
            time_stamp=_told_at(picture),
            s1_ue_info=tunnels_of(picture, names, who, frozenset(erab_id)),
            wayside_origin=picture.origin,
        )

    @get("/queries/layer2_meas", clause="7.5a.3.1", scope=READ, errors=(404, 414))
    async def get_layer2_meas(
        self,
        *,
        app_ins_id: tuple[str, ...] = (),
        cell_id: tuple[str, ...] = (),
        ue_ipv4_address: tuple[str, ...] = (),
        ue_ipv6_address: tuple[str, ...] = (),
        nated_ip_address: tuple[str, ...] = (),
        gtp_teid: tuple[str, ...] = (),
        dl_gbr_prb_usage_cell: int | None = None,
        ul_gbr_prb_usage_cell: int | None = None,
        dl_nongbr_prb_usage_cell: int | None = None,
        ul_nongbr_prb_usage_cell: int | None = None,
        dl_total_prb_usage_cell: int | None = None,
        ul_total_prb_usage_cell: int | None = None,
        received_dedicated_preambles_cell: int | None = None,
        received_randomly_selected_preambles_low_range_cell: int | None = None,
        received_randomly_selecte_preambles_low_range_cell: int | None = None,
        received_randomly_selected_preambles_high_range_cell: int | None = None,
        number_of_active_ue_dl_gbr_cell: int | None = None,
        number_of_active_ue_ul_gbr_cell: int | None = None,
        number_of_active_ue_dl_nongbr_cell: int | None = None,
        number_of_active_ue_ul_nongbr_cell: int | None = None,
        dl_gbr_pdr_cell: int | None = None,
        ul_gbr_pdr_cell: int | None = None,
        dl_nongbr_pdr_cell: int | None = None,
        ul_nongbr_pdr_cell: int | None = None,
        dl_gbr_delay_ue: int | None = None,
        ul_gbr_delay_ue: int | None = None,
        dl_nongbr_delay_ue: int | None = None,
        ul_nongbr_delay_ue: int | None = None,
        dl_gbr_pdr_ue: int | None = None,
        ul_gbr_pdr_ue: int | None = None,
        dl_nongbr_pdr_ue: int | None = None,
        ul_nongbr_pdr_ue: int | None = None,
        dl_gbr_throughput_ue: int | None = None,
        ul_gbr_throughput_ue: int | None = None,
        dl_nongbr_throughput_ue: int | None = None,
        ul_nongbr_throughput_ue: int | None = None,
        dl_gbr_data_volume_ue: int | None = None,
        ul_gbr_data_volume_ue: int | None = None,
        dl_nongbr_data_volume_ue: int | None = None,
        ul_nongbr_data_volume_ue: int | None = None,
        caller: Caller | None = None,
    ) -> L2Meas:
        """Read measurements of layer 2 of cells and of devices; entries with the values given.

        Throughput in kilobits per second, shares in percent. 404 as for radio access bearers.
        """
        given = dict(locals())
        self._require_own(app_ins_id, caller)
        places = Places(cell_id, ue_ipv4_address, ue_ipv6_address, nated_ip_address, gtp_teid)
        picture, names, who = self._asked(places)
        return L2Meas(
            time_stamp=_told_at(picture),
            cell_info=layer2.cells_of(picture, names, who, _figures(given, CellInfo)),
            cell_ue_info=layer2.devices_of(picture, names, who, _figures(given, CellUEInfo)),
            wayside_origin=picture.origin,
        )

    def _require_own(self, app_ins_ids: Sequence[str], caller: Caller | None) -> None:
        for each in app_ins_ids:
            require_own(caller, each, "app_ins_id")
        for each in app_ins_ids:
            self._instances.require_known(each)

    def _asked(self, places: Places) -> tuple[Picture, Names, Asked]:
        picture = self._network.picture
        names = self._names.of(picture.network)
        return picture, names, asked(places, names, picture)


def _figures(
    given: Mapping[str, object], kind: type[CellInfo] | type[CellUEInfo]
) -> dict[str, int]:
    """Return the values that a request asks for in entries of a kind."""
    wanted = {SLIPS.get(name, name): value for name, value in given.items()}
    return {
        name: value
        for name, value in wanted.items()
        if name in kind.__struct_fields__ and isinstance(value, int)
    }


def _told_at(picture: Picture) -> TimeStamp | None:
    """Return when the last facts were told; None where none ever were."""
    return TimeStamp.of(picture.time_ns) if picture.time_ns else None  # type: ignore[arg-type]


def _name_of(caller: Caller | None) -> str:
    if caller is None:
        return "anonymous"
    return caller.app_instance_id or caller.subject
