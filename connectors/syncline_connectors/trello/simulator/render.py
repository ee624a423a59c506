"""Documents as the vendor shapes them. What a loaded document said besides is shown as it was."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from syncline_connectors.trello.simulator import entities as e
from syncline_connectors.trello.simulator import shapes

if TYPE_CHECKING:
    from syncline_connectors.trello.simulator.hanging import Hanging

WEB = "https://trello.com"


def pick(document: e.Json, fields: Iterable[str]) -> e.Json:
    """Some fields of a document; the id is always there."""
    return {name: document[name] for name in dict.fromkeys(["id", *fields]) if name in document}


def slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "card"


class Renderer:
    """Makes documents of a site's objects."""

    def __init__(self, site: Hanging) -> None:
        self.site = site

    # ---- people ----------------------------------------------------------------------------------------------------

    def member(self, member: e.Member, *, own: bool = False) -> e.Json:
        made = dict.fromkeys([*shapes.MEMBER, *(shapes.MEMBER_OWN if own else ())]) | {
            "id": member.id,
            "aaId": f"712020:{member.id}",
            "activityBlocked": False,
            "bio": "",
            "confirmed": True,
            "fullName": member.name,
            "idEnterprisesDeactivated": [],
            "idPremOrgsAdmin": [],
            "initials": member.initials,
            "memberType": "normal",
            "nonPublic": {},
            "nonPublicAvailable": True,
            "products": [],
            "url": f"{WEB}/u/{member.username}",
            "username": member.username,
            "status": "disconnected",
        }
        return {**made, **(self._own(member) if own else {}), **member.raw}

    def _own(self, member: e.Member) -> e.Json:
        boards = [board for board in self.site.boards.values() if member.id in board.members]
        cap = shapes.limit(len(boards), 4500)
        return {
            "credentialsRemovedCount": 0,
            "avatarSource": "none",
            "email": member.email,
            "idBoards": [board.id for board in boards],
            "idOrganizations": sorted({board.organization for board in boards if board.organization}),
            "idEnterprisesAdmin": [],
            "limits": {"boards": {"totalPerMember": cap}, "orgs": {"totalPerMember": shapes.limit(0, 850)}},
            "loginTypes": ["atlassian"],
            "marketingOptIn": {"optedIn": False, "date": e.stamp(e.made_at(member.id))},
            "messagesDismissed": [],
            "nodeId": f"ari:cloud:trello::user/{member.id}",
            "oneTimeMessagesDismissed": [],
            "prefs": {"sendSummaries": True, "locale": "en-US", "colorBlind": False},
            "trophies": [],
            "premiumFeatures": [],
            "isAaMastered": True,
            "ixUpdate": "1",
        }

    # ---- boards and what they define -------------------------------------------------------------------------------

    def board(self, board: e.Board) -> e.Json:
        url = f"{WEB}/b/{board.short_link}"
        made = dict.fromkeys(shapes.BOARD_ALL) | {
            "limits": self.board_limits(board),
            "pinned": False,
            "starred": False,
            "subscribed": False,
            "prefs": shapes.PREFS | {"permissionLevel": _level(board)},
            "labelNames": dict.fromkeys(e.SHADES, ""),
            "powerUps": [],
            "idTags": [],
            "enterpriseOwned": False,
            "premiumFeatures": [],
            "idMemberCreator": next(iter(board.members), None),
            **board.raw,
        }
        return made | {
            "id": board.id,
            "nodeId": f"ari:cloud:trello::board/{board.id}",
            "name": board.name,
            "desc": board.desc,
            "closed": board.closed,
            "dateClosed": e.stamp(board.closed_at),
            "idOrganization": board.organization,
            "url": f"{url}/{slug(board.name)}",
            "shortUrl": url,
            "shortLink": board.short_link,
            "dateLastActivity": e.stamp(board.activity),
            "ixUpdate": str(len(self.site.actions_of(board))),
            "memberships": self.memberships(board),
        }

    def memberships(self, board: e.Board) -> list[e.Json]:
        return [
            {
                "id": board.memberships[member],
                "idMember": member,
                "memberType": kind,
                "unconfirmed": False,
                "deactivated": False,
            }
            for member, kind in board.members.items()
        ]

    def board_limits(self, board: e.Board) -> e.Json:
        cards = self.site.cards_of(board)
        lists = self.site.lists_of(board)
        used = {
            "cards.openPerBoard": sum(1 for card in cards if card.visible),
            "cards.totalPerBoard": len(cards),
            "lists.openPerBoard": sum(1 for list_ in lists if not list_.closed),
            "lists.totalPerBoard": len(lists),
            "labels.perBoard": len(self.site.labels_of(board)),
            "attachments.perBoard": sum(len(card.attachments) for card in cards),
            "checklists.perBoard": sum(len(card.checklists) for card in cards),
            "customFields.perBoard": len(self.site.fields_of(board)),
        }
        return shapes.limits(used, self.site.caps)

    def list_(self, list_: e.TrelloList) -> e.Json:
        cards = self.site.cards_in(list_)
        used = {
            "cards.openPerList": sum(1 for card in cards if not card.closed),
            "cards.totalPerList": len(cards),
        }
        made = {
            "color": None,
            "softLimit": None,
            "type": None,
            "datasource": {"filter": False},
            "creationMethod": None,
            "idOrganization": list_.board.organization,
            "limits": shapes.limits(used, self.site.caps, shapes.LIST_CAPS),
            "nodeId": f"ari:cloud:trello::list/{list_.id}",
            "subscribed": False,
            **list_.raw,
        }
        return made | {
            "id": list_.id,
            "name": list_.name,
            "closed": list_.closed,
            "idBoard": list_.board.id,
            "pos": number(list_.pos),
        }

    def label(self, label: e.Label, *, uses: bool = True) -> e.Json:
        made = {"id": label.id, "idBoard": label.board.id, "name": label.name, "color": label.color}
        if not uses:
            return made
        used = sum(1 for card in self.site.cards_of(label.board) if label in card.labels)
        return made | {"uses": used}

    def custom_field(self, field: e.CustomField) -> e.Json:
        made = {
            "id": field.id,
            "idModel": field.board.id,
            "modelType": "board",
            "fieldGroup": (field.id * 3)[:64],
            "display": {"cardFront": True},
            **field.raw,
            "name": field.name,
            "pos": number(field.pos),
            "type": field.type,
        }
        return (
            made | {"options": [self.option(field, o) for o in field.options]}
            if field.type == "list"
            else made
        )

    def option(self, field: e.CustomField, option: e.Option) -> e.Json:
        value = {"text": option.text}
        return {
            "id": option.id,
            "idCustomField": field.id,
            "value": value,
            "color": option.color,
            "pos": number(option.pos),
        }

    # ---- cards and what hangs on them ------------------------------------------------------------------------------

    def card(self, card: e.Card) -> e.Json:
        url = f"{WEB}/c/{card.short_link}"
        made = {
            **dict.fromkeys([*shapes.CARD, *shapes.CARD_MORE]),
            "cover": shapes.COVER,
            "idMembersVoted": [],
            "manualCoverAttachment": False,
            "pinned": False,
            "subscribed": False,
            "isTemplate": False,
            "descData": {"emoji": {}},
            "idMemberCreator": card.creator.id if card.creator else None,
            **card.raw,
        }
        used = {"attachments.perCard": len(card.attachments), "checklists.perCard": len(card.checklists)}
        return made | {
            "id": card.id,
            "badges": self._badges(card),
            "checkItemStates": self.item_states(card),
            "closed": card.closed,
            "dateClosed": e.stamp(card.closed_at),
            "dueComplete": card.due_complete,
            "dateLastActivity": e.stamp(card.activity),
            "desc": card.desc,
            "due": e.stamp(card.due),
            "start": e.stamp(card.start),
            "idBoard": card.board.id,
            "idOrganization": card.board.organization,
            "idChecklists": [checklist.id for checklist in card.checklists],
            "idList": card.list_.id,
            "idMembers": [member.id for member in card.members],
            "idShort": card.number,
            "idAttachmentCover": card.cover_attachment,
            "cover": {**made["cover"], "idAttachment": card.cover_attachment},
            "labels": [self.label(label, uses=False) for label in card.labels],
            "idLabels": [label.id for label in card.labels],
            "limits": shapes.limits(used, self.site.caps, shapes.CARD_CAPS),
            "name": card.name,
            "nodeId": f"ari:cloud:trello::card/{card.id}",
            "pos": number(card.pos),
            "shortLink": card.short_link,
            "shortUrl": url,
            "url": f"{url}/{card.number}-{slug(card.name)}",
        }

    def _badges(self, card: e.Card) -> e.Json:
        items = [item for checklist in card.checklists for item in checklist.items]
        dues = sorted(item.due for item in items if item.due and not item.complete)
        return {
            "attachments": len(card.attachments),
            "fogbugz": "",
            "checkItems": len(items),
            "checkItemsChecked": sum(1 for item in items if item.complete),
            "checkItemsEarliestDue": e.stamp(dues[0]) if dues else None,
            "comments": len(self.site.comments_of(card)),
            "description": bool(card.desc),
            "due": e.stamp(card.due),
            "dueComplete": card.due_complete,
            "lastUpdatedByAi": False,
            "start": e.stamp(card.start),
            "externalSource": None,
            "attachmentsByType": {"trello": {"board": 0, "card": 0}},
            "location": False,
            "votes": 0,
            "maliciousAttachments": 0,
            "viewingMemberVoted": False,
            "subscribed": False,
        }

    def item_states(self, card: e.Card) -> list[e.Json]:
        done = [item for checklist in card.checklists for item in checklist.items if item.complete]
        return [{"idCheckItem": item.id, "state": "complete"} for item in done]

    def attachment(self, attachment: e.Attachment) -> e.Json:
        content = attachment.content
        made = {
            "bytes": None if content is None else len(content),
            "edgeColor": None,
            "isMalicious": False,
            "isUpload": content is not None,
            "mimeType": attachment.mime_type,
            "previews": [],
            "sourceView": None,
            "fileName": attachment.name if content is not None else "",
            "idMember": attachment.member.id if attachment.member else None,
            **attachment.raw,
        }
        return made | {
            "id": attachment.id,
            "date": e.stamp(attachment.date),
            "name": attachment.name,
            "pos": number(attachment.pos),
            "url": attachment.url,
        }

    def checklist(self, checklist: e.Checklist, fields: Sequence[str] = shapes.CHECK_ITEM) -> e.Json:
        ordered = sorted(checklist.items, key=lambda item: (item.pos, item.id))
        made = {
            **checklist.raw,
            "id": checklist.id,
            "name": checklist.name,
            "idBoard": checklist.card.board.id,
            "idCard": checklist.card.id,
            "pos": number(checklist.pos),
        }
        return made | {"checkItems": [pick(self.item(checklist, item), fields) for item in ordered]}

    def item(self, checklist: e.Checklist, item: e.CheckItem) -> e.Json:
        made = {"nameData": {"emoji": {}}, "dueReminder": None, **item.raw}
        return made | {
            "id": item.id,
            "name": item.name,
            "pos": number(item.pos),
            "state": "complete" if item.complete else "incomplete",
            "due": e.stamp(item.due),
            "idMember": item.member.id if item.member else made.get("idMember"),
            "idChecklist": checklist.id,
        }

    def field_item(self, card: e.Card, item: e.FieldItem) -> e.Json:
        made = {"id": item.id, "value": item.value, "idCustomField": item.field.id}
        place = {"idModel": card.id, "modelType": "card"}
        return {**made, "idValue": item.option, **place} if item.option else {**made, **place}

    # ---- actions ---------------------------------------------------------------------------------------------------

    def action(self, action: e.Action, *, whole: bool = False) -> e.Json:
        """``whole`` brings ``display``, which lists leave out unless asked."""
        comment = action.type == "commentCard"
        none: e.Json | None = None if self.site.quirks.null_limits else {}
        made = {
            "id": action.id,
            "idMemberCreator": action.member.id if action.member else None,
            "agenticIdentity": None,
            "appCreator": {"id": action.app} if action.app else None,
            "type": action.type,
            "date": e.stamp(action.date),
            "limits": shapes.limits({}, {}, shapes.ACTION_CAPS) if comment else none,
            **action.raw,
            "data": action.data,
        }
        if action.member and action.member.id in self.site.members:
            made.setdefault("memberCreator", pick(self.member(action.member), shapes.MEMBER_SHORT))
        if other := self.site.members.get(str(action.data.get("idMember", ""))):
            made.setdefault("member", pick(self.member(other), shapes.MEMBER_SHORT))
        return made | {"display": self._display(action)} if whole else made

    def _display(self, action: e.Action) -> e.Json:
        key = {"commentCard": "action_comment_on_card", "createCard": "action_create_card"}
        entities: e.Json = {}
        if card := action.data.get("card"):
            entities["card"] = {"type": "card", "id": card["id"], "text": card.get("name", "")}
        if "text" in action.data:
            entities["comment"] = {"type": "comment", "text": action.data["text"]}
        if action.member:
            who = {"id": action.member.id, "username": action.member.username}
            entities["memberCreator"] = {"type": "member", "text": action.member.name, **who}
        return {"translationKey": key.get(action.type, f"action_{action.type}"), "entities": entities}


def number(value: float) -> Any:
    """Whole numbers have no decimal point, as in JavaScript."""
    return int(value) if value == int(value) else value


def _level(board: e.Board) -> str:
    return "public" if board.public else "org" if board.organization else "private"
