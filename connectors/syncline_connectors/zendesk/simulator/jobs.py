"""Changes to many tickets at once: a job is queued, works for a while and then tells what became of each ticket.

Statuses, messages and results as recorded; of failures only one kind is, and of merges none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from syncline_connectors.zendesk.simulator.call import Call, Route
from syncline_connectors.zendesk.simulator.entities import Json
from syncline_connectors.zendesk.simulator.errors import (
    Refusal,
    bad_request,
    missing_parameter,
    not_found,
    too_many_values,
)
from syncline_connectors.zendesk.simulator.ledger import Write
from syncline_connectors.zendesk.simulator.tickets import Ticket
from syncline_connectors.zendesk.simulator.writing import binned, change, make

MOST = 100
MOST_JOBS = 30
KEPT = timedelta(days=1)


@dataclass
class Job:
    """``tasks`` are done when it is ``due``; each gives its line of the results."""

    id: str
    kind: str
    due: datetime
    tasks: Sequence[Callable[[int], Json]]
    results: list[Json] = field(default_factory=list)
    done: datetime | None = None


class Jobs:
    """The jobs of one account. `catch_up` does what is due; the service calls it before it answers anything."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}

    def routes(self) -> list[Route]:
        return [
            Route("POST", "tickets/create_many", self.create_many),
            Route("PUT", "tickets/update_many", self.update_many),
            Route("DELETE", "tickets/destroy_many", self.destroy_many),
            Route("POST", "tickets/{id}/merge", self.merge),
            Route("DELETE", "deleted_tickets/{id}", self.delete_permanently),
            Route("GET", "job_statuses", self.all),
            Route("GET", "job_statuses/show_many", self.show_many),
            Route("GET", "job_statuses/{job}", self.show),
        ]

    def catch_up(self, now: datetime) -> None:
        for job in list(self._jobs.values()):
            if job.done is None and job.due <= now:
                job.done = job.due
                job.results = [task(index) for index, task in enumerate(job.tasks)]
            if job.done and job.done + KEPT <= now:
                del self._jobs[job.id]

    # ---- what can be queued ----------------------------------------------------------------------------------------

    def create_many(self, call: Call) -> Json:
        asked = _rows(call)

        def task(one: Json) -> Callable[[int], Json]:
            return lambda index: _attempt(call, index, None, lambda late: _created(late, index, one))

        return self._queue(call, "Bulk Create Ticket", [task(one) for one in asked])

    def update_many(self, call: Call) -> Json:
        """A patch for each ticket, or one for all that ``ids`` names."""
        ids = call.words("ids")
        if len(ids) > MOST:
            raise too_many_values()
        asked = [{**call.body("ticket"), "id": int(id_)} for id_ in ids] if ids else _rows(call)

        def task(one: Json) -> Callable[[int], Json]:
            return lambda index: _attempt(call, index, one.get("id"), lambda late: _updated(late, one))

        return self._queue(call, "Bulk Update Ticket", [task(one) for one in asked])

    def destroy_many(self, call: Call) -> Json:
        ids = call.words("ids")
        if not ids:
            raise missing_parameter("ids")
        if len(ids) > MOST:
            raise too_many_values()

        def task(id_: int) -> Callable[[int], Json]:
            return lambda index: _attempt(call, index, id_, lambda late: _deleted(late, id_))

        return self._queue(call, "Bulk Delete Ticket", [task(int(id_)) for id_ in ids])

    def merge(self, call: Call) -> Json:
        """Comments that tell of it are internal unless the body says otherwise."""
        into, asked = call.ticket(), call.json()
        if not isinstance(asked.get("ids"), list):
            raise missing_parameter("ids")
        public = bool(asked.get("source_comment_is_public") or asked.get("target_comment_is_public"))
        call.ledger.note(Write("POST", call.request.path, into.id, asked), "closed", public=public)

        def task(id_: int) -> Callable[[int], Json]:
            return lambda index: _attempt(call, index, id_, lambda late: _merged(late, id_, into))

        return self._queue(call, "Bulk Merge Ticket", [task(id_) for id_ in asked["ids"]])

    def delete_permanently(self, call: Call) -> Json:
        ticket = binned(call)
        call.ledger.note_deletion(Write("DELETE", call.request.path, ticket.id, {}))
        return self._queue(call, "Delete Ticket Permanently", [lambda index: _scrubbed(call, ticket)])

    def _queue(self, call: Call, kind: str, tasks: Sequence[Callable[[int], Json]]) -> Json:
        if sum(job.done is None for job in self._jobs.values()) >= MOST_JOBS:
            text = "Too many jobs are queued or running"
            raise Refusal(429, {"error": "TooManyJobs", "description": text}, [("Retry-After", "60")])
        seconds = call.work.random.uniform(*call.quirks.job_seconds)
        job = Job(
            f"V3-{call.work.random.getrandbits(128):032x}", kind, call.now + timedelta(seconds=seconds), tasks
        )
        self._jobs[job.id] = job
        return {"job_status": self._told(call, job, "queued")}

    # ---- what is told of it ----------------------------------------------------------------------------------------

    def show(self, call: Call) -> Json:
        job = self._jobs.get(call.arguments["job"])
        if job is None:
            raise not_found()
        return {"job_status": self._told(call, job, "completed" if job.done else "working")}

    def show_many(self, call: Call) -> Json:
        return {
            "job_statuses": [
                self._row(call, job) for job in self._jobs.values() if job.id in call.words("ids")
            ]
        }

    def all(self, call: Call) -> Json:
        return call.page("job_statuses", [*self._jobs.values()], lambda job: self._row(call, job))

    def _row(self, call: Call, job: Job) -> Json:
        return self._told(call, job, "completed" if job.done else "working")

    def _told(self, call: Call, job: Job, status: str) -> Json:
        messages = {
            "queued": None,
            "working": "Working",
            "completed": f"Completed at {job.done:%Y-%m-%d %H:%M:%S} +0000" if job.done else None,
        }
        return {
            "id": job.id,
            "job_type": job.kind,
            "url": call.render.url(f"job_statuses/{job.id}"),
            "total": len(job.tasks),
            "progress": {"queued": None, "working": 0}.get(status, len(job.tasks)),
            "status": status,
            "message": messages[status],
            "results": job.results if job.done else None,
        }


# ---- one ticket of a job ---------------------------------------------------------------------------------------------


def _rows(call: Call) -> list[Json]:
    rows = call.json().get("tickets")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise bad_request("ParameterMissing", "Parameter tickets is required")
    if len(rows) > MOST:
        raise too_many_values()
    return rows


def _attempt(call: Call, index: int, id_: Any, act: Callable[[Call], Json]) -> Json:
    """What became of one ticket; a failure of one leaves the others alone. Done when the job is, by who asked.

    Recorded: a failure has no ``success``, and its details are a text.
    """
    try:
        return act(replace(call, now=call.work.now()))
    except Refusal as refusal:
        body = refusal.body if isinstance(refusal.body, dict) else {}
        kind = "TicketUpdateConflict" if refusal.status == 409 else str(body.get("error"))
        return {"index": index, "error": kind, "id": id_, "details": _details(body)}


def _details(body: Json) -> str:
    problems = [line["description"] for lines in body.get("details", {}).values() for line in lines]
    return "; ".join(problems) or str(body.get("description"))


def _created(call: Call, index: int, asked: Json) -> Json:
    return {"index": index, "id": make(call, asked).id, "account_id": call.work.account_id}


def _updated(call: Call, asked: Json) -> Json:
    ticket = _there(call, asked.get("id"))
    values = {name: value for name, value in asked.items() if name != "id"}
    more, less = values.pop("additional_tags", []), values.pop("remove_tags", [])
    if more or less:
        values["tags"] = [tag for tag in [*values.get("tags", ticket.tags), *more] if tag not in less]
    change(call, ticket, values)
    return {"action": "update", "status": "Updated", "success": True, "id": ticket.id}


def _deleted(call: Call, id_: int) -> Json:
    ticket = _there(call, id_)
    call.ledger.note_deletion(Write("DELETE", call.request.path, ticket.id, {}))
    call.work.delete(ticket, by=call.user, at=call.now)
    return {"action": "delete", "status": "Deleted", "success": True, "id": ticket.id}


def _scrubbed(call: Call, ticket: Ticket) -> Json:
    call.work.delete_permanently(ticket)
    return {"action": "delete", "status": "Deleted", "success": True, "id": ticket.id}


def _merged(call: Call, id_: int, into: Ticket) -> Json:
    source = _there(call, id_)
    if source.closed or into.closed or source is into:
        raise bad_request("InvalidMerge", "Closed tickets cannot be merged")
    call.work.merge(source, into, by=call.user, at=call.now)
    return {"action": "merge", "status": "Merged", "success": True, "id": source.id}


def _there(call: Call, id_: Any) -> Ticket:
    found = call.work.tickets.get(id_) if isinstance(id_, int) else None
    if found is None or found.deleted is not None or not call.sees(found):
        raise not_found()
    return found
