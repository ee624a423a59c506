"""Documents as the vendor serves them. Nulls stand where recorded answers have them, whatever its schema says."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import quote

from syncline_connectors.zendesk.simulator import entities as e
from syncline_connectors.zendesk.simulator.entities import Json, stamp
from syncline_connectors.zendesk.simulator.metrics import METRIC_IDS, metric_set
from syncline_connectors.zendesk.simulator.tickets import Audit, Comment, Event, Ticket
from syncline_connectors.zendesk.simulator.work import Work

SYSTEM_METADATA = {
    "client": "syncline",
    "ip_address": "192.0.2.1",
    "location": None,
    "latitude": None,
    "longitude": None,
}


def named(field: str) -> str:
    return e.VENDOR_NAMES.get(field, field)


def via(channel: str, **source: Any) -> Json:
    return {"channel": channel, "source": {"from": {}, "to": {}, "rel": None, **source}}


class Renderer:
    """``base`` is the address of the account, such as ``https://acme.zendesk.com``."""

    def __init__(self, work: Work, base: str) -> None:
        self._work, self._base = work, base

    def url(self, path: str) -> str:
        return f"{self._base}/api/v2/{path}.json"

    # ---- tickets ---------------------------------------------------------------------------------------------------

    def ticket(self, ticket: Ticket, *, export: bool = False) -> Json:
        """``export`` adds the time by which the exports are ordered."""
        made = dict(ticket.recorded) if ticket.recorded else self._ticket(ticket)
        made.pop("generated_timestamp", None)
        return {**made, "generated_timestamp": ticket.generated} if export else made

    def _ticket(self, ticket: Ticket) -> Json:
        fields = self.custom_fields(ticket)
        return {
            "url": self.url(f"tickets/{ticket.id}"),
            "id": ticket.id,
            "external_id": ticket.external_id,
            "via": self._ticket_via(ticket),
            "created_at": stamp(ticket.created),
            "updated_at": stamp(ticket.updated),
            "type": ticket.type,
            "subject": ticket.subject,
            "raw_subject": ticket.subject,
            "description": ticket.description,
            "priority": ticket.priority,
            "status": ticket.status,
            "recipient": ticket.recipient,
            "requester_id": ticket.requester,
            "submitter_id": ticket.submitter,
            "assignee_id": ticket.assignee,
            "organization_id": ticket.organization,
            "group_id": ticket.group,
            "collaborator_ids": [*ticket.followers, *ticket.email_ccs],
            "follower_ids": ticket.followers,
            "email_cc_ids": ticket.email_ccs,
            "forum_topic_id": None,
            "problem_id": ticket.problem,
            "has_incidents": ticket.id in self._work.problems(),
            "is_public": ticket.public,
            "due_at": stamp(ticket.due),
            "tags": ticket.tags,
            "custom_fields": fields,
            "satisfaction_rating": self._rating_of(ticket),
            "sharing_agreement_ids": [],
            "custom_status_id": ticket.custom_status,
            "fields": fields,
            "followup_ids": ticket.followups if ticket.closed else [],
            "ticket_form_id": ticket.form,
            "brand_id": ticket.brand,
            "allow_channelback": False,
            "allow_attachments": True,
            "from_messaging_channel": False,
        }

    def _ticket_via(self, ticket: Ticket) -> Json:
        if ticket.followup_of is None:
            return via(ticket.channel)
        before = self._work.tickets[ticket.followup_of]
        told = {"ticket_id": before.id, "subject": before.subject, "channel": before.channel}
        return via(ticket.channel, **{"from": told, "rel": "follow_up"})

    def custom_fields(self, ticket: Ticket) -> list[Json]:
        """Every custom field of the account, null or false where the ticket has no value."""
        found = []
        for field in self._work.fields.values():
            if field.removable and field.active:
                empty = False if field.type == "checkbox" else None
                found.append({"id": field.id, "value": ticket.fields.get(field.id, empty)})
        return found

    def _rating_of(self, ticket: Ticket) -> Json | None:
        rating = self._work.ratings.get(ticket.rating or 0)
        if rating is None:
            return {"score": "unoffered"} if self._work.surveys else None
        return {"score": rating.score, "id": rating.id, "comment": rating.comment}

    def metric_set(self, ticket: Ticket) -> Json:
        url = self.url(f"ticket_metrics/{METRIC_IDS + ticket.id}")
        return metric_set(ticket, url, self._work.now())

    def deleted_ticket(self, ticket: Ticket) -> Json:
        actor = self._work.users.get(ticket.deleted_by)
        return {
            "id": ticket.id,
            "subject": ticket.subject,
            "description": ticket.description,
            "actor": {"id": ticket.deleted_by, "name": actor.name if actor else "System"},
            "deleted_at": stamp(ticket.deleted),
            "previous_state": ticket.before_deletion,
        }

    # ---- comments and audits ---------------------------------------------------------------------------------------

    def comment(self, comment: Comment) -> Json:
        return {
            **self._comment_body(comment),
            "via": via(comment.channel),
            "created_at": stamp(comment.created),
            "metadata": {"system": SYSTEM_METADATA, "custom": {}},
        }

    def _comment_body(self, comment: Comment) -> Json:
        return {
            "id": comment.id,
            "type": "Comment",
            "author_id": comment.author.id,
            "body": comment.body,
            "html_body": comment.html,
            "plain_body": comment.plain,
            "public": comment.public,
            "attachments": [self.attachment(a) for a in comment.attachments],
            "audit_id": comment.audit,
        }

    def attachment(self, attachment: e.Attachment) -> Json:
        name = quote(attachment.name)
        address = f"{self._base}/attachments/token/{attachment.token}/?name={name}"
        return {
            "url": self.url(f"attachments/{attachment.id}"),
            "id": attachment.id,
            "file_name": "redacted.txt" if attachment.redacted else attachment.name,
            "content_url": address,
            "mapped_content_url": address,
            "content_type": attachment.content_type,
            "size": len(attachment.content),
            "width": None,
            "height": None,
            "inline": False,
            "deleted": False,
            "malware_access_override": False,
            "malware_scan_result": "malware_not_found",
            "thumbnails": [],
        }

    def audit(self, audit: Audit) -> Json:
        return {
            "id": audit.id,
            "ticket_id": audit.ticket,
            "created_at": stamp(audit.created),
            "author_id": audit.author,
            "metadata": {"system": SYSTEM_METADATA, "custom": {}},
            "events": [self._event(event) for event in audit.events],
            "via": via(audit.channel),
        }

    def _event(self, event: Event) -> Json:
        if event.comment:
            return self._comment_body(event.comment)
        if event.kind == "Notification":
            return self._notification(event)
        told: Json = {
            "id": event.id,
            "type": event.kind,
            "value": as_text(event.value),
            "field_name": named(event.field_name),
        }
        return {**told, "previous_value": as_text(event.previous)} if event.kind == "Change" else told

    @staticmethod
    def _notification(event: Event) -> Json:
        return {
            "id": event.id,
            "type": "Notification",
            "via": {"channel": "rule", "source": {"from": {}, "to": {}, "rel": "trigger"}},
            "subject": f"[Request {event.value}]",
            "body": event.body,
            "recipients": event.recipients,
        }

    # ---- people and places -----------------------------------------------------------------------------------------

    def user(self, user: e.User) -> Json:
        if user.recorded:
            return user.recorded
        group = self._work.default_group_of(user)
        return {
            "id": user.id,
            "url": self.url(f"users/{user.id}"),
            "name": user.name,
            "email": user.email,
            "created_at": stamp(user.created),
            "updated_at": stamp(user.updated),
            "time_zone": user.time_zone,
            "iana_time_zone": user.time_zone,
            "phone": None,
            "shared_phone_number": None,
            "photo": None,
            "locale_id": 1,
            "locale": "en-US",
            "organization_id": user.organization.id if user.organization else None,
            "role": user.role.value,
            "verified": user.email is not None,
            "external_id": user.external_id,
            "tags": user.tags,
            "alias": None,
            "active": user.active,
            "shared": False,
            "shared_agent": False,
            "last_login_at": None,
            "two_factor_auth_enabled": None,
            "signature": None,
            "details": None,
            "notes": None,
            "role_type": {"end-user": None, "agent": 0, "admin": 4}[user.role.value],
            "custom_role_id": None,
            "moderator": user.role is e.Role.ADMIN,
            "ticket_restriction": user.restriction if user.staff else "requested",
            "only_private_comments": user.private_comments_only,
            "restricted_agent": not user.staff or user.restriction is not None,
            "suspended": False,
            "default_group_id": group.id if group else None,
            "report_csv": user.role is e.Role.ADMIN,
            "user_fields": user.fields,
        }

    def organization(self, organization: e.Organization) -> Json:
        return {
            "url": self.url(f"organizations/{organization.id}"),
            "id": organization.id,
            "name": organization.name,
            "shared_tickets": False,
            "shared_comments": False,
            "external_id": organization.external_id,
            "created_at": stamp(organization.created),
            "updated_at": stamp(organization.updated),
            "domain_names": organization.domains,
            "details": None,
            "notes": None,
            "group_id": None,
            "tags": organization.tags,
            "organization_fields": organization.fields,
        }

    def group(self, group: e.Group) -> Json:
        return {
            "url": self.url(f"groups/{group.id}"),
            "id": group.id,
            "is_public": True,
            "name": group.name,
            "description": group.description,
            "default": group.default,
            "deleted": group.deleted,
            "created_at": stamp(group.created),
            "updated_at": stamp(group.updated),
        }

    def membership(self, membership: e.Membership) -> Json:
        return {
            "url": self.url(f"group_memberships/{membership.id}"),
            "id": membership.id,
            "user_id": membership.user.id,
            "group_id": membership.group.id,
            "default": membership.default,
            "created_at": stamp(membership.created),
            "updated_at": stamp(membership.created),
        }


def as_text(value: Any) -> Any:
    """Audits tell numbers as text and lists as they are. As recorded."""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, datetime):
        return stamp(value)
    return str(value) if isinstance(value, int | float) else value
