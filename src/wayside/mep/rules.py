"""The rules of all instances, and the platform's only hand on the data plane (Mp2).

What is stored and what is in force agree at every answer: durable first, then in force, and back
again where the data plane refuses. Never decides what a rule may become: ``logic`` does.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from typing import NoReturn, TypeVar

from msgspec.structs import replace

from wayside.chassis.collection import Collection
from wayside.chassis.store import Store, Wish
from wayside.core.errors import NotFound, Unprocessable
from wayside.core.replies import Entry
from wayside.model.rules import DnsRule, RuleState, TrafficRule
from wayside.refpoints.mm5 import Attachment, PlatformConfiguration
from wayside.refpoints.mp2 import Mp2, NameRecord, RuleKey, SteeringRule

from .instances import IN_FORCE, Instance
from .mec_app_support.destinations import key_of, steering_of
from .mec_app_support.logic import record_of
from .tags import Tags, is_tagged

log = logging.getLogger(__name__)

ACTIVE, INACTIVE = RuleState.ACTIVE, RuleState.INACTIVE

T = TypeVar("T")
Wishes = list[Wish[TrafficRule] | Wish[DnsRule] | Wish[Instance]]


class Rules:
    """Traffic and DNS rules by instance, stored and in force."""

    def __init__(self, store: Store, mp2: Mp2) -> None:
        self._store = store
        self._mp2 = mp2
        self.tags = Tags()
        self._traffic = Collection(store, "traffic_rule", TrafficRule, what="traffic rule")
        self._dns = Collection(store, "dns_rule", DnsRule, what="DNS rule")
        self.also: Callable[[], Sequence[SteeringRule]] = lambda: ()
        """What is in force beside the instances' rules."""
        self._named: dict[str, NameRecord] = {}
        self._naming = asyncio.Lock()

    def list_traffic(self, instance: Instance) -> Sequence[Entry[TrafficRule]]:
        """Return the instance's traffic rules, as configured and changed since."""
        app = instance.configuration.app_instance_id
        return [self._traffic.get(key_of(app, each)) for each in instance.traffic_rule_ids]

    def list_dns(self, instance: Instance) -> Sequence[Entry[DnsRule]]:
        """Return the instance's DNS rules, as configured and changed since."""
        app = instance.configuration.app_instance_id
        return [self._dns.get(key_of(app, each)) for each in instance.dns_rule_ids]

    def get_traffic(self, app_instance_id: str, rule_id: str) -> Entry[TrafficRule]:
        """Return one traffic rule; raise NotFound where the instance has no such rule."""
        found = self._traffic.find(key_of(app_instance_id, rule_id))
        return found or _missing("traffic rule", app_instance_id, rule_id)

    def get_dns(self, app_instance_id: str, rule_id: str) -> Entry[DnsRule]:
        """Return one DNS rule; raise NotFound where the instance has no such rule."""
        found = self._dns.find(key_of(app_instance_id, rule_id))
        return found or _missing("DNS rule", app_instance_id, rule_id)

    async def replace_traffic(
        self, instance: Instance, rule: TrafficRule, *, if_match: str | None
    ) -> Entry[TrafficRule]:
        """Store ``rule`` and have it in force, or out of force, on return.

        Raises PreconditionFailed before anything happens, and what the data plane raises; then
        the stored rule is what it was.
        """
        app = instance.configuration.app_instance_id
        key = key_of(app, rule.traffic_rule_id)
        wanted = self._in_force(app, rule, instance.configuration.attachments)
        before = self._traffic.get(key).value
        entry = await self._traffic.replace(key, rule, if_match=if_match)
        try:
            if rule.state is ACTIVE and wanted is not None:
                await self._mp2.change(put=(wanted,))
            elif before.state is ACTIVE:
                await self._mp2.change(remove=(key,))
        except BaseException:
            await self._traffic.replace(key, before)
            raise
        return entry

    def _in_force(
        self, app_instance_id: str, rule: TrafficRule, attachments: Sequence[Attachment]
    ) -> SteeringRule | None:
        """Return what an ACTIVE rule asks of the data plane; None: nothing, by its tags."""
        steering = steering_of(app_instance_id, rule, attachments)
        meant = self.tags.meant(app_instance_id, rule)
        return None if meant is None else SteeringRule(steering.key, meant, steering.targets)

    async def change_also(self, put: Sequence[SteeringRule], remove: Sequence[RuleKey]) -> None:
        """Have rules that are no instance's in force, or out of force, on return.

        Raises what the data plane raises; then nothing has changed.
        """
        kept = {each.key for each in put}
        await self._mp2.change(put=put, remove=[key for key in remove if key not in kept])

    async def define_tag(self, tag: str, devices: Sequence[str] | None) -> None:
        """Have a tag stand for ``devices``, in force on return; None: it is not known any more.

        Raises what the data plane raises; then it stands for what it stood for.
        """
        await self._mp2.change(tags={tag: devices})
        self.tags.define(tag, devices)

    async def register_tags(
        self, app_instance_id: str, tags: Set[str], instance: Instance | None
    ) -> None:
        """Have ``tags`` be all that an instance has registered, and its rules obey on return.

        Raises what the data plane raises; then nothing has changed.
        """
        before = self.tags.registered(app_instance_id)
        self.tags.register(app_instance_id, tags)
        try:
            if instance is not None and instance.state in IN_FORCE:
                await self._retag(instance)
        except BaseException:
            self.tags.register(app_instance_id, before)
            raise

    async def _retag(self, instance: Instance) -> None:
        app, attachments = (
            instance.configuration.app_instance_id, instance.configuration.attachments
        )  # fmt: skip
        tagged = [
            (RuleKey(entry.id), self._in_force(app, entry.value, attachments))
            for entry in self.list_traffic(instance)
            if entry.value.state is ACTIVE and is_tagged(entry.value)
        ]
        put = [wanted for _, wanted in tagged if wanted is not None]
        remove = [key for key, wanted in tagged if wanted is None]
        if tagged:
            await self._mp2.change(put=put, remove=remove)

    async def replace_dns(
        self, instance: Instance, rule: DnsRule, *, if_match: str | None
    ) -> Entry[DnsRule]:
        """Store ``rule`` and have it answered, or not, on return; raises as ``replace_traffic``."""
        app = instance.configuration.app_instance_id
        key = key_of(app, rule.dns_rule_id)
        before = self._dns.get(key).value
        entry = await self._dns.replace(key, rule, if_match=if_match)
        try:
            await self._name({key: record_of(app, rule) if rule.state is ACTIVE else None})
        except BaseException:
            await self._dns.replace(key, before)
            raise
        return entry

    def configuration(
        self, wanted: PlatformConfiguration, present: Instance | None = None
    ) -> Wishes:
        """Return the wishes that make the rules of ``wanted`` known, INACTIVE.

        They take the place of those of ``present``; withdraw these before. Raises Unprocessable
        where a rule sends to what is not the instance's own, or asks for a tag that is unknown.
        """
        app = wanted.app_instance_id
        traffic, names = [], []
        for rule in wanted.traffic_rules:
            steering_of(app, rule, wanted.attachments)
            self.tags.require_known(rule)
            traffic.append((key_of(app, rule.traffic_rule_id), replace(rule, state=INACTIVE)))
        for name in wanted.dns_rules:
            names.append((key_of(app, name.dns_rule_id), replace(name, state=INACTIVE)))
        rules, records = (
            (self.list_traffic(present), self.list_dns(present)) if present else ((), ())
        )
        return [
            *_instead(self._traffic, traffic, rules),
            *_instead(self._dns, names, records),
        ]

    def removal(self, instance: Instance) -> Wishes:
        """Return the wishes that forget the instance's rules; withdraw them before."""
        wishes: Wishes = [self._traffic.deletion(e.id) for e in self.list_traffic(instance)]
        wishes += [self._dns.deletion(e.id) for e in self.list_dns(instance)]
        return wishes

    async def activate(
        self, instance: Instance, *, forth: Wish[Instance], back: Wish[Instance]
    ) -> None:
        """Have all the instance's rules ACTIVE and in force, with ``forth`` stored beside them.

        Raises what the data plane raises; then no rule is in force and ``back`` is stored.
        """
        app, attachments = (
            instance.configuration.app_instance_id, instance.configuration.attachments
        )  # fmt: skip
        await self._store.commit(*self._states(instance, ACTIVE), forth)
        wanted = [self._in_force(app, e.value, attachments) for e in self.list_traffic(instance)]
        put = [each for each in wanted if each is not None]
        names = {e.id: record_of(app, e.value) for e in self.list_dns(instance)}
        try:
            if put:
                await self._mp2.change(put=put)
            await self._name(names)
        except BaseException:
            await self.withdraw(instance, back)
            raise

    async def withdraw(self, instance: Instance, *also: Wish[Instance]) -> None:
        """Have none of the instance's rules in force and all INACTIVE, ``also`` stored with them.

        Idempotent: what a crash left half done is done again.
        """
        wishes = [*self._states(instance, INACTIVE), *also]
        if wishes:
            await self._store.commit(*wishes)
        remove = [RuleKey(rule.id) for rule in self.list_traffic(instance)]
        if remove:
            await self._mp2.change(remove=remove)
        await self._name({rule.id: None for rule in self.list_dns(instance)})

    async def restore(self, instances: Iterable[Instance]) -> None:
        """Make the data plane obey what is stored, and nothing else: at the start, once.

        A rule that the data plane refuses now is put INACTIVE, with a line in the log.
        """
        steering: list[SteeringRule] = list(self.also())
        self._named = {}
        for instance in instances:
            if instance.state not in IN_FORCE:
                continue
            app, attachments = (
                instance.configuration.app_instance_id, instance.configuration.attachments
            )  # fmt: skip
            wanted = [
                self._in_force(app, rule.value, attachments)
                for rule in self.list_traffic(instance)
                if rule.value.state is ACTIVE
            ]
            steering += [each for each in wanted if each is not None]
            for name in self.list_dns(instance):
                if name.value.state is ACTIVE:
                    self._named[name.id] = record_of(app, name.value)
        try:
            await self._mp2.replace(steering, self.tags.devices)
        except Unprocessable:
            await self._restore_one_by_one(steering)
        try:
            await self._mp2.name(list(self._named.values()))
        except Unprocessable:
            await self._name_one_by_one()

    async def _restore_one_by_one(self, steering: Sequence[SteeringRule]) -> None:
        await self._mp2.replace((), self.tags.devices)
        for each in steering:
            try:
                await self._mp2.change(put=(each,))
            except Unprocessable as fault:
                log.warning("traffic rule %s is INACTIVE from now on: %s", each.key, fault.detail)
                if self._traffic.find(each.key) is not None:
                    await self._traffic.replace(each.key, replace(each.rule, state=INACTIVE))

    async def _name_one_by_one(self) -> None:
        wanted, self._named = self._named, {}
        await self._mp2.name(())
        for key, record in wanted.items():
            try:
                await self._name({key: record})
            except Unprocessable as fault:
                log.warning("DNS rule %s is INACTIVE from now on: %s", key, fault.detail)
                await self._dns.modify(key, lambda rule: replace(rule, state=INACTIVE))

    async def _name(self, changes: Mapping[str, NameRecord | None]) -> None:
        """Have the host's DNS answer, or stop answering; as before where it refuses."""
        async with self._naming:
            wanted = dict(self._named)
            for key, record in changes.items():
                if record is None:
                    wanted.pop(key, None)
                else:
                    wanted[key] = record
            if wanted != self._named:
                await self._mp2.name(list(wanted.values()))
                self._named = wanted

    def _states(self, instance: Instance, state: RuleState) -> Wishes:
        """Return the wishes that put every rule that is not in ``state`` there."""
        wishes: Wishes = [
            self._traffic.replacement(rule.id, replace(rule.value, state=state))
            for rule in self.list_traffic(instance)
            if rule.value.state is not state
        ]
        wishes += [
            self._dns.replacement(rule.id, replace(rule.value, state=state))
            for rule in self.list_dns(instance)
            if rule.value.state is not state
        ]
        return wishes


def _instead(
    collection: Collection[T], wanted: Sequence[tuple[str, T]], held: Sequence[Entry[T]]
) -> Iterator[Wish[T]]:
    """Yield the wishes that have ``wanted`` in the collection in place of ``held``."""
    known, kept = {entry.id for entry in held}, {id_ for id_, _ in wanted}
    for id_, value in wanted:
        wish = collection.replacement if id_ in known else collection.creation
        yield wish(id_, value)
    for gone in known - kept:
        yield collection.deletion(gone)


def _missing(what: str, app_instance_id: str, rule_id: str) -> NoReturn:
    raise NotFound(
        f"The instance {app_instance_id} has no {what} {rule_id[:128]}; list its rules to see "
        "which there are."
    )
