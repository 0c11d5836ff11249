"""Counters of frames as stations report them. Ref: MEC 028 clauses 6.5.13 and 6.5.34 to 6.5.38.

Their names are those of the management base of IEEE 802.11. Never counts: no source does yet.
"""

import msgspec

from wayside.core.wire import Wire

from .identities import StaIdentity
from .units import Uint8, Uint16, Uint32


class ReportingReasonStaCounters(Wire):
    """Ref: MEC 028 clause 6.5.37."""

    failed: bool
    fcs_error: bool
    multiple_retry: bool
    frame_duplicate: bool
    rts_failure: bool
    ack_failure: bool
    retry: bool


class ReportingReasonQoSCounters(Wire):
    """Ref: MEC 028 clause 6.5.38."""

    qos_failed: bool
    qos_retry: bool
    qos_multiple_retry: bool
    qos_frame_duplicate: bool
    qos_rts_failure: bool
    qos_ack_failure: bool
    qos_discarded: bool


class StaStatisticsGroupZeroData(Wire):
    """Ref: MEC 028 clause 6.5.34."""

    transmitted_fragment_count: Uint32
    group_transmitted_frame_count: Uint32
    failed_count: Uint32
    received_fragment_count: Uint32
    group_received_frame_count: Uint32
    fcs_error_count: Uint32
    transmitted_frame_count: Uint32
    reporting_reason_sta_counters: ReportingReasonStaCounters | None = None


class StaStatisticsGroupOneData(Wire):
    """Ref: MEC 028 clause 6.5.35."""

    retry_count: Uint32
    multiple_retry_count: Uint32
    frame_duplicate_count: Uint32
    rts_success_count: Uint32
    rts_failure_count: Uint32
    ack_failure_count: Uint32
    reporting_reason_sta_counters: ReportingReasonStaCounters | None = None


class StaStatisticsGroup2to9Data(Wire):
    """Ref: MEC 028 clause 6.5.36."""

    qos_transmitted_fragment_count: Uint32
    qos_failed_count: Uint32
    qos_retry_count: Uint32
    qos_multiple_retry_count: Uint32
    qos_frame_duplicate_count: Uint32
    qos_rts_success_count: Uint32 = msgspec.field(name="qosRTSSuccessCount")
    qos_rts_failure_count: Uint32 = msgspec.field(name="qosRTSFailureCount")
    qos_ack_failure_count: Uint32
    qos_received_fragment_count: Uint32
    qos_transmitted_frame_count: Uint32
    qos_discarded_frame_count: Uint32
    qos_mpdus_received_count: Uint32 = msgspec.field(name="qosMPDUsReceivedCount")
    qos_retries_received_count: Uint32
    reporting_reason_qos_counters: ReportingReasonQoSCounters | None = msgspec.field(
        default=None, name="reportingReasonQoSCounters"
    )


class StaStatistics(Wire):
    """One group of counters. Ref: MEC 028 clause 6.5.13."""

    sta_id: StaIdentity | None = None
    measurement_id: str
    measurement_duration: Uint16
    group_identity: Uint8
    group_zero_data: StaStatisticsGroupZeroData | None = None
    group_one_data: StaStatisticsGroupOneData | None = None
    group_2_to_9_data: StaStatisticsGroup2to9Data | None = msgspec.field(
        default=None, name="group2to9Data"
    )
