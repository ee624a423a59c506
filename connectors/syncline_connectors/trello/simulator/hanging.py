"""What hangs on cards: comments, attachments, checklists, values of custom fields."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from syncline_connectors.trello.simulator import entities as e
from syncline_connectors.trello.simulator.telling import card_ref, named
from syncline_connectors.trello.simulator.work import Work


class Hanging(Work):
    """``by`` is who does it, by default the board's first member; ``at`` is when, by default now."""

    # ---- comments: a comment is the action that tells it -----------------------------------------------------------

    def comment(
        self, card: e.Card, text: str, *, by: e.Member | None = None, at: datetime | None = None
    ) -> e.Action:
        with self.lock:
            data = {"text": text, "textData": {"emoji": {}}}
            made = self.tell_card("commentCard", card, data, by=by, at=at or self.now(), with_list=True)
            made.data |= {"idCard": card.id, "idAuthor": made.member.id if made.member else None}
            return made

    def edit_comment(
        self, comment: e.Action, text: str, *, by: e.Member | None = None, at: datetime | None = None
    ) -> None:
        """The action keeps its id and date; ``dateLastEdited`` inside it moves."""
        with self.lock:
            when, old = at or self.now(), comment.data["text"]
            comment.data |= {"text": text, "dateLastEdited": e.stamp(when)}
            data = {"action": {"id": comment.id, "text": text}, "old": {"text": old}}
            self._comment_changed("updateComment", comment, data, by, when)

    def delete_comment(
        self, comment: e.Action, *, by: e.Member | None = None, at: datetime | None = None
    ) -> None:
        """The action is gone from every feed."""
        with self.lock:
            self.drop_action(comment)
            self._comment_changed(
                "deleteComment", comment, {"action": {"id": comment.id}}, by, at or self.now()
            )

    def _comment_changed(
        self, type_: str, comment: e.Action, data: e.Json, by: e.Member | None, at: datetime
    ) -> None:
        card = self.cards.get(comment.card_id or "")
        if card:
            who = by or comment.member
            self.tell_card(type_, card, data, by=who, at=at, touch=self.quirks.comment_edit_touches)

    def comments_of(self, card: e.Card) -> list[e.Action]:
        return [action for action in self.actions_on(card) if action.type == "commentCard"]

    # ---- attachments -----------------------------------------------------------------------------------------------

    def attach(
        self,
        card: e.Card,
        url: str = "",
        *,
        name: str | None = None,
        content: bytes | None = None,
        mime_type: str = "",
        by: e.Member | None = None,
        at: datetime | None = None,
    ) -> e.Attachment:
        """A link, or a file where there is ``content``. The same address may be attached many times."""
        with self.lock:
            when = at or self.now()
            id_ = self.new_id(when)
            shown = name or url or "file"
            if content is not None:
                url = f"https://trello.com/1/cards/{card.id}/attachments/{id_}/download/{shown}"
            place = self.position(other.pos for other in card.attachments)
            made = e.Attachment(id_, shown, url, place, when, by, content, mime_type)
            card.attachments.append(made)
            data = {"attachment": {"id": id_, "name": shown, "url": url}}
            self.tell_card("addAttachmentToCard", card, data, by=by, at=when, with_list=True)
            return made

    def detach(
        self,
        card: e.Card,
        attachment: e.Attachment,
        *,
        by: e.Member | None = None,
        at: datetime | None = None,
    ) -> None:
        with self.lock:
            card.attachments.remove(attachment)
            if card.cover_attachment == attachment.id:
                card.cover_attachment = None
            data = {"attachment": {"id": attachment.id, "name": attachment.name}}
            self.tell_card("deleteAttachmentFromCard", card, data, by=by, at=at or self.now())

    # ---- checklists ------------------------------------------------------------------------------------------------

    def add_checklist(
        self,
        card: e.Card,
        name: str,
        *,
        pos: float | str = "bottom",
        by: e.Member | None = None,
        at: datetime | None = None,
    ) -> e.Checklist:
        with self.lock:
            when = at or self.now()
            place = self.position((other.pos for other in card.checklists), pos)
            made = e.Checklist(self.new_id(when), name, card, place)
            card.checklists.append(made)
            self.checklists[made.id] = made
            self.tell_card("addChecklistToCard", card, {"checklist": named(made)}, by=by, at=when)
            return made

    def rename_checklist(
        self, checklist: e.Checklist, name: str, *, by: e.Member | None = None, at: datetime | None = None
    ) -> None:
        with self.lock:
            old = checklist.name
            if name == old:
                return
            checklist.name = name
            data = {"checklist": named(checklist), "old": {"name": old}}
            self.tell_card("updateChecklist", checklist.card, data, by=by, at=at or self.now())

    def remove_checklist(
        self, checklist: e.Checklist, *, by: e.Member | None = None, at: datetime | None = None
    ) -> None:
        with self.lock:
            checklist.card.checklists.remove(checklist)
            del self.checklists[checklist.id]
            data = {"checklist": named(checklist)}
            self.tell_card("removeChecklistFromCard", checklist.card, data, by=by, at=at or self.now())

    def add_item(
        self,
        checklist: e.Checklist,
        name: str,
        *,
        complete: bool = False,
        due: datetime | None = None,
        member: e.Member | None = None,
        pos: float | str = "bottom",
        by: e.Member | None = None,
        at: datetime | None = None,
    ) -> e.CheckItem:
        with self.lock:
            when = at or self.now()
            place = self.position((other.pos for other in checklist.items), pos)
            made = e.CheckItem(self.new_id(when), name, place, complete, due, member)
            checklist.items.append(made)
            self._item_told("createCheckItem", checklist, made, {}, by, when)
            return made

    def edit_item(
        self,
        checklist: e.Checklist,
        item: e.CheckItem,
        *,
        by: e.Member | None = None,
        at: datetime | None = None,
        **changes: Any,
    ) -> None:
        """Change name, complete, due, member or pos."""
        with self.lock:
            when = at or self.now()
            for field, value in changes.items():
                old = getattr(item, field)
                if value == old:
                    continue
                setattr(item, field, value)
                if field == "complete":
                    self._item_told("updateCheckItemStateOnCard", checklist, item, {}, by, when)
                elif field == "name":
                    self._item_told("updateCheckItem", checklist, item, {"old": {"name": old}}, by, when)
                else:
                    self._item_told("updateCheckItem", checklist, item, {}, by, when)

    def remove_item(
        self,
        checklist: e.Checklist,
        item: e.CheckItem,
        *,
        by: e.Member | None = None,
        at: datetime | None = None,
    ) -> None:
        with self.lock:
            checklist.items.remove(item)
            self._item_told("deleteCheckItem", checklist, item, {}, by, at or self.now())

    def convert(
        self,
        checklist: e.Checklist,
        item: e.CheckItem,
        *,
        by: e.Member | None = None,
        at: datetime | None = None,
    ) -> e.Card:
        """Make a card of an item, in the list of the item's card: told as convertToCardFromCheckItem."""
        with self.lock:
            source = checklist.card
            checklist.items.remove(item)
            made = self.create_card(source.list_, item.name, by=by, at=at)
            created = self.actions_on(made)[-1]
            created.type = "convertToCardFromCheckItem"
            created.data |= {"cardSource": card_ref(source), "checklist": named(checklist)}
            return made

    def _item_told(
        self,
        type_: str,
        checklist: e.Checklist,
        item: e.CheckItem,
        more: e.Json,
        by: e.Member | None,
        at: datetime,
    ) -> None:
        told = {"id": item.id, "name": item.name, "state": "complete" if item.complete else "incomplete"}
        data = {"checklist": named(checklist), "checkItem": told, **more}
        self.tell_card(type_, checklist.card, data, by=by, at=at)

    # ---- values of custom fields -----------------------------------------------------------------------------------

    def set_field(
        self,
        card: e.Card,
        field: e.CustomField,
        value: Any,
        *,
        by: e.Member | None = None,
        at: datetime | None = None,
    ) -> e.FieldItem | None:
        """A value as people give it: text, number, aware time, bool, or the text of an option. None clears it.

        Raises StopIteration for an option that there is not.
        """
        if value is None:
            return self.put_field(card, field, None, None, by=by, at=at)
        if field.type == "list":
            option = next(o for o in field.options if o.text == value)
            return self.put_field(card, field, None, option.id, by=by, at=at)
        key = {"checkbox": "checked"}.get(field.type, field.type)
        shown = e.stamp(value) if isinstance(value, datetime) else value
        text = str(shown).lower() if isinstance(shown, bool) else str(shown)
        return self.put_field(card, field, {key: text}, None, by=by, at=at)

    def put_field(
        self,
        card: e.Card,
        field: e.CustomField,
        value: e.Json | None,
        option: str | None,
        *,
        by: e.Member | None = None,
        at: datetime | None = None,
    ) -> e.FieldItem | None:
        """Store what the vendor stores: texts inside ``value``, or the id of an option. Neither: cleared."""
        with self.lock:
            when = at or self.now()
            known = next((item for item in card.items if item.field is field), None)
            old = {"value": known.value if known else None}
            if known and known.option:
                old["idValue"] = known.option  # type: ignore[assignment]
            made = None
            if value is None and option is None:
                card.items = [item for item in card.items if item is not known]
            else:
                made = e.FieldItem(known.id if known else self.new_id(when), field, value, option)
                card.items = [*(item for item in card.items if item is not known), made]
            data = {
                "old": old,
                "customField": {**named(field), "type": field.type},
                "customFieldItem": {
                    "id": (made or known).id if (made or known) else None,  # type: ignore[union-attr]
                    "value": value,
                    "idValue": option,
                    "idCustomField": field.id,
                    "idModel": card.id,
                    "modelType": "card",
                },
                "card": card_ref(card),
            }
            self.tell_card("updateCustomFieldItem", card, data, by=by, at=when)
            return made
