"""Documents of fields, forms, brands, statuses and the account's settings."""

from __future__ import annotations

from syncline_connectors.zendesk.simulator import entities as e
from syncline_connectors.zendesk.simulator.entities import Json, stamp
from syncline_connectors.zendesk.simulator.render import Renderer
from syncline_connectors.zendesk.simulator.work import Work

_SYSTEM_OPTIONS = {
    "status": (("Open", "open"), ("Pending", "pending"), ("On-hold", "hold"), ("Solved", "solved")),
    "tickettype": (
        ("Question", "question"),
        ("Incident", "incident"),
        ("Problem", "problem"),
        ("Task", "task"),
    ),
    "priority": (("Low", "low"), ("Normal", "normal"), ("High", "high"), ("Urgent", "urgent")),
}


class Furniture:
    """Renders what an account is furnished with."""

    def __init__(self, work: Work, render: Renderer) -> None:
        self._work, self._render = work, render

    def field(self, field: e.TicketField) -> Json:
        made: Json = {
            "url": self._render.url(f"ticket_fields/{field.id}"),
            "id": field.id,
            "type": field.type,
            "title": field.title,
            "raw_title": field.title,
            "description": field.description,
            "raw_description": field.description,
            "position": 9999 if field.removable else list(self._work.fields).index(field.id) + 1,
            "active": field.active,
            "required": field.required,
            "collapsed_for_agents": False,
            "regexp_for_validation": field.pattern,
            "title_in_portal": field.title,
            "raw_title_in_portal": field.title,
            "visible_in_portal": not field.removable,
            "editable_in_portal": not field.removable,
            "required_in_portal": field.type in ("subject", "description"),
            "tag": field.tag,
            "created_at": stamp(field.created),
            "updated_at": stamp(field.created),
            "removable": field.removable,
            "key": None,
            "agent_description": None,
        }
        if field.type in ("tagger", "multiselect"):
            made["custom_field_options"] = [self._option(field, option) for option in field.options]
        if field.type in _SYSTEM_OPTIONS:
            made["system_field_options"] = [{"name": n, "value": v} for n, v in _SYSTEM_OPTIONS[field.type]]
        if field.type == "custom_status":
            made["custom_statuses"] = [self.status(s) for s in self._work.custom_statuses.values()]
        return made

    def _option(self, field: e.TicketField, option: e.Option) -> Json:
        return {
            "id": option.id,
            "name": option.name,
            "raw_name": option.name,
            "value": option.value,
            "default": False,
        }

    def status(self, status: e.CustomStatus) -> Json:
        return {
            "url": self._render.url(f"custom_statuses/{status.id}"),
            "id": status.id,
            "status_category": status.category,
            "agent_label": status.agent_label,
            "raw_agent_label": status.agent_label,
            "end_user_label": status.end_user_label,
            "raw_end_user_label": status.end_user_label,
            "description": None,
            "raw_description": None,
            "end_user_description": None,
            "raw_end_user_description": None,
            "active": status.active,
            "default": status.default,
            "created_at": stamp(status.created),
            "updated_at": stamp(status.created),
        }

    def form(self, form: e.Form) -> Json:
        return {
            "url": self._render.url(f"ticket_forms/{form.id}"),
            "id": form.id,
            "name": form.name,
            "raw_name": form.name,
            "display_name": form.name,
            "raw_display_name": form.name,
            "end_user_visible": form.default,
            "position": 1,
            "ticket_field_ids": list(self._work.fields),
            "active": True,
            "default": form.default,
            "created_at": stamp(form.created),
            "updated_at": stamp(form.created),
            "in_all_brands": True,
            "restricted_brand_ids": [],
            "end_user_conditions": [],
            "agent_conditions": [],
        }

    def brand(self, brand: e.Brand) -> Json:
        return {
            "url": self._render.url(f"brands/{brand.id}"),
            "id": brand.id,
            "name": brand.name,
            "brand_url": f"https://{brand.subdomain}.zendesk.com",
            "subdomain": brand.subdomain,
            "host_mapping": None,
            "has_help_center": False,
            "help_center_state": "disabled",
            "active": brand.active,
            "default": brand.default,
            "is_deleted": False,
            "logo": None,
            "ticket_form_ids": list(self._work.forms),
            "signature_template": "{{agent.signature}}",
            "created_at": stamp(brand.created),
            "updated_at": stamp(brand.created),
        }

    def settings(self) -> Json:
        """The part of the settings that a client may care for. The account's number is not told here."""
        return {
            "active_features": {
                "customer_satisfaction": self._work.surveys,
                "markdown": True,
                "on_hold_status": True,
                "ticket_forms": True,
                "ticket_tagging": True,
                "user_org_fields": True,
            },
            "api": {
                "accepted_api_agreement": True,
                "api_password_access": "false",
                "api_token_access": "true",
            },
            "brands": {
                "default_brand_id": self._work.default_brand.id,
                "require_brand_on_new_tickets": False,
            },
            "limits": {"attachment_size": 52428800},
            "metrics": {"account_size": "20-99"},
            "tickets": {
                "agent_ticket_deletion": True,
                "comments_public_by_default": True,
                "custom_statuses_enabled": True,
                "tagging": True,
            },
        }
