"""What the pages of segments work with in one visit: the shop, its segments, and the words for them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from admin_ui.segment_draft import Draft
from admin_ui.segment_faults import fault_of, text_fault
from admin_ui.segment_inputs import Inputs
from admin_ui.segment_query import Asked, asked
from admin_ui.segment_rows import Rows
from admin_ui.segment_views import Drawing
from admin_ui.sentences import Sentences
from admin_ui.visit import Visit
from plugin.core.segments.conditions import Tree
from plugin.core.segments.errors import InvalidConditionError, Place, misread
from plugin.core.segments.parse import MAX_LENGTH
from plugin.core.segments.print import to_text
from plugin.core.segments.resolve import resolve
from plugin.queries.segments_count import BUDGET, Count, count
from plugin.queries.segments_people import sampled
from plugin.store import segments, shops
from plugin.store.live_segments import Shelf, shelf_of
from plugin.store.segments import Definition
from plugin.store.shops import Shop
from plugin.store.unit_of_work import Unit

EXACT = timedelta(seconds=20)
"""How long an exact count may take before it stays an estimate."""
_START = Place(1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody whom a query finds, and why."""

    customer_id: int
    called: str
    reasons: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    visit: Visit
    unit: Unit
    shop: Shop
    shelf: Shelf
    own: Mapping[str, Definition]

    @classmethod
    def of(cls, visit: Visit, unit: Unit) -> "Bench":
        shop = shops.get(unit)
        own = {each.segment_id: each for each in segments.in_force(unit)}
        return cls(visit=visit, unit=unit, shop=shop, shelf=shelf_of(unit, shop), own=own)

    @property
    def inputs(self) -> Inputs:
        return Inputs(words=self.visit.words, language=self.visit.language, currency=self.shop.currency)

    @property
    def rows(self) -> Rows:
        return Rows(inputs=self.inputs)

    @property
    def sentences(self) -> Sentences:
        return Sentences(visit=self.visit, own={id_: each.name for id_, each in self.own.items()})

    def name(self, segment_id: str) -> str:
        """What a segment is called, the house's or the merchant's own."""
        return self.sentences.segment(segment_id)

    def text(self, segment_id: str) -> str:
        """The query of a segment as text; what is stored, where it cannot be understood any more."""
        tree = self.shelf.understood.get(segment_id)
        if tree is None:
            return self.own[segment_id].query
        return to_text(tree, currency=self.shop.currency)

    def asked(self, draft: Draft) -> Asked:
        """The tree of a form, with its other segments found and free of circles."""
        answer = asked(draft, self.rows, self.shop.currency)
        if answer.tree is None:
            return answer
        try:
            self.resolved(answer.tree, draft.segment_id)
        except InvalidConditionError as error:
            place = "text" if draft.mode == "text" else ""
            return Asked(tree=None, faults={place: error})
        return answer

    def resolved(self, tree: Tree, segment_id: str = "") -> Tree:
        """`tree` with other segments put into their places. Raises `InvalidConditionError` for a circle."""
        known = {id_: each for id_, each in self.shelf.understood.items() if id_ != segment_id}
        return resolve(tree, {**known, segment_id: tree} if segment_id else known)

    def query(self, draft: Draft, *, focus: str = "", refusal: str = "") -> dict[str, Any]:
        """What the part of the form with the query shows."""
        answer = self.asked(draft)
        others = (id_ for id_ in self.shelf.understood if id_ != draft.segment_id)
        drawing = Drawing(inputs=self.inputs, segments={id_: self.name(id_) for id_ in others})
        return {
            "mode": draft.mode,
            "shape": draft.shape,
            "menu": drawing.menu(),
            "askable": drawing.askable() if draft.mode == "text" else [],
            "groups": [[drawing.view(entry) for entry in group] for group in draft.groups],
            "excluded": [drawing.view(entry) for entry in draft.excluded],
            "focus": focus,
            "refusal": refusal,
            "longest": MAX_LENGTH,
            **self.said(draft, answer),
        }

    def said(self, draft: Draft, answer: Asked) -> dict[str, Any]:
        """The query in its other form, and what is wrong with it."""
        words = self.visit.words
        fault = answer.faults.get("text")
        placed = misread(fault, _START) if fault is not None else None
        tree = answer.tree
        printed = to_text(tree, currency=self.shop.currency) if tree is not None else ""
        return {
            "is_understood": tree is not None,
            "text": draft.text if draft.mode == "text" else printed,
            "sentences": self.sentences.definition(tree) if tree is not None else [],
            "text_fault": text_fault(placed, draft.text, words) if placed is not None else None,
            "faults": {
                entry.id: fault_of(answer.faults[entry.id], words) if entry.id in answer.faults else ""
                for entry in draft.entries
            },
        }

    def found(self, draft: Draft, *, budget: timedelta = BUDGET) -> dict[str, Any]:
        """Everything that follows a change of the form: numbers, people, what is wrong, whether it can be saved."""
        answer = self.asked(draft)
        tree = answer.tree
        found = self.counted(tree, draft, budget) if tree is not None else None
        return {
            "found": found,
            "sample": self._people(tree, draft, found) if tree is not None and found else [],
            "now": self.visit.now,
            "mode": draft.mode,
            "not_saved_because": self.obstacle(draft, answer),
            "name_fault": "",
            **self.said(draft, answer),
        }

    def obstacle(self, draft: Draft, answer: Asked) -> str:
        """Why the form cannot be saved yet; empty when it can."""
        words = self.visit.words
        if answer.faults:
            if "" in answer.faults:
                return fault_of(answer.faults[""], words)
            if "text" in answer.faults:
                return words.gettext("The query cannot be understood yet.")
            numbers = [n for n, entry in enumerate(draft.entries, 1) if entry.id in answer.faults]
            number = self.visit.formats.num(numbers[0])
            return words.gettext("Condition %(n)s is not complete.") % {"n": number}
        return "" if draft.name.strip() else words.gettext("Give the segment a name.")

    def counted(self, tree: Tree, draft: Draft, budget: timedelta = BUDGET) -> Count:
        """How many customers a query finds."""
        clock = self.visit.deps.clock
        return count(
            self.unit.connection,
            self.unit.shop_id,
            self.resolved(tree, draft.segment_id),
            self.visit.now,
            zone=self.shop.zone,
            monotonic=lambda: clock.now().timestamp(),
            budget=budget,
        )

    def _people(self, tree: Tree, draft: Draft, found: Count) -> list[Person]:
        sentences, whole = self.sentences, self.resolved(tree, draft.segment_id)
        people = []
        for member, why in sampled(self.unit, self.shop, whole, self.visit.now, found):
            reasons = [sentences.finding(each) for each in why.findings() if each.held]
            people.append(
                Person(
                    customer_id=member.customer_id,
                    called=member.name or member.email or "",
                    reasons=list(dict.fromkeys(filter(None, reasons))),
                )
            )
        return people
