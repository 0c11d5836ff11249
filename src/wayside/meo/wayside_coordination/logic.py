"""What becomes of a question: the answers it may get, and the messages of it. Pure."""

import msgspec

from wayside.core.errors import Conflict, Forbidden, GatewayTimeout, Problem, Unprocessable
from wayside.model.app_lcm import APP_LCM, LcmOperation, instance_path
from wayside.model.common import LinkType
from wayside.model.coordination import (
    SELECT_APPS_TO_TERMINATE,
    LcmCoordResult,
    TerminateApp,
    TerminationOption,
    WaysideCoordination,
    WaysideCoordinationAnswer,
    WaysideCoordinationState,
    WaysideTermOption,
)
from wayside.model.lcm_coord import (
    LcmCoord,
    LcmCoordLinks,
    LcmCoordRequest,
    SelectAppsInput,
    SelectAppsOutput,
)

State = WaysideCoordinationState


def answered(asked: WaysideCoordination, answer: WaysideCoordinationAnswer) -> WaysideCoordination:
    """Return the question with its answer.

    Raises Conflict unless it is PENDING, Unprocessable naming the field that does not fit it.
    """
    if asked.state is not State.PENDING:
        raise Conflict(f"The coordination {asked.id} is {asked.state} already.")
    if answer.coordination_result is LcmCoordResult.CANCELLED:
        raise Unprocessable(
            "coordinationResult is CANCELLED, which whoever asked may do; give CONTINUE or ABORT.",
            field="$.coordinationResult",
        )
    if answer.coordination_result is LcmCoordResult.ABORT and answer.terminate_apps:
        raise Unprocessable(
            "terminateApps goes with CONTINUE; leave it out.", field="$.terminateApps"
        )
    for number, app in enumerate(answer.terminate_apps):
        app.check(f"$.terminateApps[{number}]")
    if answer.terminate_apps:
        option_of(asked, answer.terminate_apps)
    return msgspec.structs.replace(
        asked,
        state=State(answer.coordination_result.value),
        terminate_apps=answer.terminate_apps,
        reason=answer.reason,
    )


def option_of(asked: WaysideCoordination, selected: tuple[TerminateApp, ...]) -> WaysideTermOption:
    """Return the option that was selected; raise Unprocessable where it is none, or not whole."""
    ids = [app.app_instance_id for app in selected]
    for option in asked.termination_options:
        if sorted(option.app_inst_id_termination_cands) == sorted(ids):
            return option
    options = "; or ".join(
        ", ".join(option.app_inst_id_termination_cands) for option in asked.termination_options
    )
    raise Unprocessable(
        f"terminateApps must be the whole of one option and no more: {options}.",
        field="$.terminateApps",
    )


def closed(asked: WaysideCoordination, state: State, reason: str) -> WaysideCoordination:
    """Return the question as one that is not answered any more; as it is, where it was."""
    if asked.state is not State.PENDING:
        return asked
    return msgspec.structs.replace(asked, state=state, reason=reason)


def problem_of(asked: WaysideCoordination) -> Problem | None:
    """Return why the operation does not go on; None where it does."""
    why = asked.reason or "no reason is given"
    if asked.state is State.CONTINUE:
        return None
    if asked.state is State.ABORT:
        return Forbidden(f"{asked.asked} does not let others end for the instance: {why}")
    if asked.state is State.TIMED_OUT:
        return GatewayTimeout(why)
    return Conflict(why)


def request_of(asked: WaysideCoordination, root: str) -> LcmCoordRequest:
    """Return the question as the OSS is asked; links begin with ``root``."""
    options = tuple(
        TerminationOption(app_inst_id_termination_cands=each.app_inst_id_termination_cands)
        for each in asked.termination_options
    )
    operation = f"{root}{APP_LCM}/app_lcm_op_occs/{asked.app_lcm_op_occ_id}"
    return LcmCoordRequest(
        app_instance_id=asked.app_instance_id,
        app_lcm_op_occ_id=asked.app_lcm_op_occ_id,
        lcm_operation_type=LcmOperation.INSTANTIATE,
        coordination_action_name=SELECT_APPS_TO_TERMINATE,
        input_params=SelectAppsInput(
            app_instance_id=asked.app_instance_id, termination_options=options
        ),
        links=LcmCoordLinks(
            app_lcm_op_occ=LinkType(href=operation),
            app_instance=LinkType(href=root + instance_path(asked.app_instance_id)),
        ),
    )


def answer_of(said: LcmCoord) -> WaysideCoordinationAnswer:
    """Return what an OSS has said."""
    if said.coordination_result is LcmCoordResult.CONTINUE:
        selected = said.output_params or SelectAppsOutput()
        return WaysideCoordinationAnswer(
            coordination_result=LcmCoordResult.CONTINUE, terminate_apps=selected.terminate_apps
        )
    reason = f"It says {said.coordination_result}."
    if said.error is not None:
        reason = said.error.detail
    return WaysideCoordinationAnswer(coordination_result=LcmCoordResult.ABORT, reason=reason)
